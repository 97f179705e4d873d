#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import Security

    /// Wraps a vault's platform secret with a key of the Secure Enclave.
    ///
    /// ECIES with cofactor Diffie-Hellman on P-256, the X9.63 key derivation with SHA-256, and
    /// AES-GCM with a derived initial vector
    /// (`eciesEncryptionCofactorVariableIVX963SHA256AESGCM`). Wrapping needs the public key
    /// only and asks nobody; unwrapping asks the person as the gate says.
    ///
    /// When the answer is ``HardwareAnswer/invalidated`` or ``HardwareAnswer/notPresent``, this
    /// way to unlock is gone and the others remain: ask for the PIN or the recovery code, then
    /// add it again with ``Wallet/addHardwareWay(_:proof:prompt:)``.
    public struct KeychainWrapper: HardwareWrapper {
        private let key: EnclaveKey
        private let gate: EnclaveGate

        /// - Parameters:
        ///   - name: One for each vault.
        ///   - gate: What unwrapping asks of the person.
        ///   - accessGroup: Keychain access group, for apps that share keys.
        public init(
            name: String, gate: EnclaveGate = .currentBiometry, accessGroup: String? = nil
        ) {
            key = EnclaveKey(name: "wrapper.\(name)", accessGroup: accessGroup)
            self.gate = gate
        }

        /// Makes a fresh key and wraps `secret` with it; what the key before it wrapped cannot
        /// be unwrapped any more.
        ///
        /// - Parameter secret: Wipe it afterwards: see ``SecretBytes``.
        /// - Returns: The wrapped secret, to be kept anywhere, or why there is none.
        public func wrap(_ secret: SecretBytes) async -> HardwareAnswer {
            let (key, gate) = (key, gate)
            return await enclaveAnswer {
                _ = try key.make(gate: gate)
                guard let publicKey = SecKeyCopyPublicKey(try key.find(prompt: nil)) else {
                    throw HardwareFailure.unavailable
                }
                var failure: Unmanaged<CFError>?
                let wrapped = secret.withData { data in
                    SecKeyCreateEncryptedData(publicKey, Self.algorithm, data as CFData, &failure)
                }
                guard let wrapped else { throw key.read(failure) }
                return wrapped as Data
            }
        }

        /// Unwraps what ``wrap(_:)`` returned.
        ///
        /// - Returns: The secret, or why there is none.
        public func unwrap(_ wrapped: Data, prompt: HardwarePrompt) async -> HardwareAnswer {
            let key = key
            return await enclaveAnswer {
                var failure: Unmanaged<CFError>?
                guard
                    let secret = SecKeyCreateDecryptedData(
                        try key.find(prompt: prompt), Self.algorithm, wrapped as CFData, &failure)
                else { throw key.read(failure) }
                return secret as Data
            }
        }

        /// Forgets the key, when the person no longer wants this way to unlock.
        ///
        /// - Throws: ``HardwareFailure``.
        public func remove() async throws {
            let key = key
            try await offPool { try key.remove() }
        }

        private static let algorithm: SecKeyAlgorithm =
            .eciesEncryptionCofactorVariableIVX963SHA256AESGCM
    }
#endif
