#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import Security

    /// Device keys that never leave the Secure Enclave: P-256, signing with ES256.
    ///
    /// A credential is bound to such a key like to one that the vault keeps:
    ///
    /// ```swift
    /// let signer = SecureEnclaveSigner()
    /// // The issuer binds the credential to this.
    /// let publicKey = try await wallet.newDeviceKey(in: signer, named: "card-1")
    /// let message = try await session.complete(
    ///     choice, signer: signer, prompt: HardwarePrompt(reason: "Show your licence"))
    /// ```
    public struct SecureEnclaveSigner: HardwareSigner {
        private let accessGroup: String?
        private let gate: EnclaveGate

        /// - Parameters:
        ///   - gate: What each signature asks of the person.
        ///   - accessGroup: Keychain access group, for apps that share keys.
        public init(gate: EnclaveGate = .userPresence, accessGroup: String? = nil) {
            self.gate = gate
            self.accessGroup = accessGroup
        }

        /// Makes a key; one of this name that was there before is gone afterwards.
        ///
        /// - Returns: The public key, X9.63 uncompressed: 65 bytes, `04 || x || y`.
        /// - Throws: ``HardwareFailure``.
        public func makeKey(named name: String) async throws -> Data {
            let (key, gate) = (key(name), gate)
            return try await offPool { try key.make(gate: gate) }
        }

        /// The public key of a key made earlier, in the form of ``makeKey(named:)``. Asks nobody.
        ///
        /// - Throws: ``HardwareFailure``.
        public func publicKey(named name: String) async throws -> Data {
            let key = key(name)
            return try await offPool { try key.publicBytes(of: key.find(prompt: nil)) }
        }

        /// Signs with ECDSA over the SHA-256 of `message` (FIPS 186-5).
        ///
        /// - Parameters:
        ///   - message: The whole message; it is hashed here.
        ///   - name: As given to ``makeKey(named:)``.
        ///   - prompt: What the person reads.
        /// - Returns: The signature in DER (X9.62), or why there is none.
        public func sign(
            _ message: Data, withKeyNamed name: String, prompt: HardwarePrompt
        ) async -> HardwareAnswer {
            let key = key(name)
            return await enclaveAnswer {
                var failure: Unmanaged<CFError>?
                guard
                    let signature = SecKeyCreateSignature(
                        try key.find(prompt: prompt), .ecdsaSignatureMessageX962SHA256,
                        message as CFData, &failure)
                else { throw key.read(failure) }
                return signature as Data
            }
        }

        /// Forgets a key; one that is not there is no failure.
        ///
        /// - Throws: ``HardwareFailure``.
        public func removeKey(named name: String) async throws {
            let key = key(name)
            try await offPool { try key.remove() }
        }

        private func key(_ name: String) -> EnclaveKey {
            EnclaveKey(name: "signer.\(name)", accessGroup: accessGroup)
        }
    }
#endif
