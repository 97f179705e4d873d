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
    /// Each secret has a key of its own, whose number stands before what it wrapped (8 bytes):
    /// setting a way up anew may be given up half-way, and the old key still serves.
    ///
    /// When the answer is ``HardwareAnswer/invalidated`` or ``HardwareAnswer/notPresent``, this
    /// way to unlock is gone and the others remain: ask for the PIN or the recovery code, then
    /// add it again with ``Wallet/addHardwareWay(_:proof:prompt:)``.
    public struct KeychainWrapper: HardwareWrapper {
        private let name: String
        private let accessGroup: String?
        private let gate: EnclaveGate

        /// - Parameters:
        ///   - name: One for each vault.
        ///   - gate: What unwrapping asks of the person.
        ///   - accessGroup: Keychain access group, for apps that share keys.
        public init(
            name: String, gate: EnclaveGate = .currentBiometry, accessGroup: String? = nil
        ) {
            self.name = name
            self.accessGroup = accessGroup
            self.gate = gate
        }

        /// Makes a fresh key and wraps `secret` with it.
        ///
        /// - Parameter secret: Wipe it afterwards: see ``SecretBytes``.
        /// - Returns: The wrapped secret, to be kept anywhere, or why there is none.
        public func wrap(_ secret: SecretBytes) async -> HardwareAnswer {
            let number = Data((0..<Self.numberBytes).map { _ in UInt8.random(in: .min ... .max) })
            let (key, gate) = (key(number), gate)
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
                return number + (wrapped as Data)
            }
        }

        /// Unwraps what ``wrap(_:)`` returned.
        ///
        /// - Returns: The secret, or why there is none.
        public func unwrap(_ wrapped: Data, prompt: HardwarePrompt) async -> HardwareAnswer {
            let (number, sealed) = Self.parts(of: wrapped)
            let key = key(number)
            return await enclaveAnswer {
                var failure: Unmanaged<CFError>?
                guard
                    let secret = SecKeyCreateDecryptedData(
                        try key.find(prompt: prompt), Self.algorithm, sealed as CFData, &failure)
                else { throw key.read(failure) }
                return secret as Data
            }
        }

        /// Forgets the key that wrapped this.
        public func forget(_ wrapped: Data) async {
            let key = key(Self.parts(of: wrapped).number)
            try? await offPool { try key.remove() }
        }

        private func key(_ number: Data) -> EnclaveKey {
            let hex = number.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return EnclaveKey(
                name: "wrapper.\(name).\(hex.joined())", accessGroup: accessGroup)
        }

        private static func parts(of wrapped: Data) -> (number: Data, sealed: Data) {
            (Data(wrapped.prefix(numberBytes)), Data(wrapped.dropFirst(numberBytes)))
        }

        private static let numberBytes = 8
        private static let algorithm: SecKeyAlgorithm =
            .eciesEncryptionCofactorVariableIVX963SHA256AESGCM
    }
#endif
