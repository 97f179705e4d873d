#if canImport(Security) && canImport(LocalAuthentication)
    import Foundation
    import LocalAuthentication
    import Security

    /// What the person must do before a key in the Secure Enclave works.
    public enum EnclaveGate: Sendable {
        /// Nothing beyond an unlocked phone.
        case unlockedPhone
        /// Face, finger or passcode. Survives a new fingerprint.
        case userPresence
        /// A face or finger that was enrolled when the key was made. A new one invalidates the
        /// key, so that nobody who learns the passcode can add a finger and use it.
        case currentBiometry

        var flags: SecAccessControlCreateFlags {
            switch self {
            case .unlockedPhone: return [.privateKeyUsage]
            case .userPresence: return [.privateKeyUsage, .userPresence]
            case .currentBiometry: return [.privateKeyUsage, .biometryCurrentSet]
            }
        }

        /// A passcode is required wherever the person is asked, since without one the system
        /// would let anybody through.
        var accessibility: CFString {
            switch self {
            case .unlockedPhone: return kSecAttrAccessibleWhenUnlockedThisDeviceOnly
            case .userPresence, .currentBiometry:
                return kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly
            }
        }
    }

    extension HardwarePrompt {
        var context: LAContext {
            let context = LAContext()
            context.localizedReason = reason
            context.localizedFallbackTitle = fallbackTitle
            return context
        }
    }

    /// One P-256 key in the Secure Enclave, found by its name, with a note beside it.
    ///
    /// The note is a Keychain item of its own that any unlocked phone may read. It holds the
    /// state of the enrolled biometrics at the time when the key was made (empty where there
    /// were none), and outlives the key: so a key that the system took away is told apart from
    /// one that never was.
    struct EnclaveKey {
        let name: String
        let accessGroup: String?

        /// Makes the key; one of this name that was there before is gone afterwards.
        ///
        /// - Returns: The public key, X9.63 uncompressed: 65 bytes, `04 || x || y`.
        func make(gate: EnclaveGate) throws -> Data {
            try remove()
            var failure: Unmanaged<CFError>?
            guard
                let access = SecAccessControlCreateWithFlags(
                    nil, gate.accessibility, gate.flags, &failure)
            else { throw read(failure) }
            var privateKey = keyAttributes
            privateKey[kSecAttrIsPermanent] = true
            privateKey[kSecAttrAccessControl] = access
            let attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrKeySizeInBits: 256,
                kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
                kSecPrivateKeyAttrs: privateKey as CFDictionary,
            ]
            guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &failure) else {
                throw read(failure)
            }
            var note = noteQuery
            note[kSecValueData] = biometryState ?? Data()
            note[kSecAttrAccessible] = kSecAttrAccessibleWhenUnlockedThisDeviceOnly
            let status = SecItemAdd(note as CFDictionary, nil)
            guard status == errSecSuccess else {
                SecItemDelete(keyQuery as CFDictionary)
                throw read(status)
            }
            return try publicBytes(of: key)
        }

        /// The private key's handle; using it may ask the person, with `prompt`.
        func find(prompt: HardwarePrompt?) throws -> SecKey {
            var query = keyQuery
            query[kSecReturnRef] = true
            if let prompt {
                query[kSecUseAuthenticationContext] = prompt.context
            }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            guard status == errSecSuccess, let found else { throw read(status) }
            guard CFGetTypeID(found) == SecKeyGetTypeID() else { throw HardwareFailure.unavailable }
            return found as! SecKey
        }

        /// The public key, X9.63 uncompressed. Asks nobody.
        func publicBytes(of key: SecKey) throws -> Data {
            var failure: Unmanaged<CFError>?
            guard let publicKey = SecKeyCopyPublicKey(key),
                let bytes = SecKeyCopyExternalRepresentation(publicKey, &failure)
            else { throw read(failure) }
            return bytes as Data
        }

        /// Removes key and note; what was not there is no failure.
        func remove() throws {
            for query in [keyQuery, noteQuery] {
                let status = SecItemDelete(query as CFDictionary)
                guard status == errSecSuccess || status == errSecItemNotFound else {
                    throw read(status)
                }
            }
        }

        /// Takes over an error that a function of the Security framework left.
        func read(_ failure: Unmanaged<CFError>?) -> HardwareFailure {
            guard let failure else { return .unavailable }
            let error: CFError = failure.takeRetainedValue()
            return HardwareFailure(error as Error as NSError, enrolment: enrolment)
        }

        private func read(_ status: OSStatus) -> HardwareFailure {
            let error = NSError(domain: NSOSStatusErrorDomain, code: Int(status))
            return HardwareFailure(error, enrolment: enrolment)
        }

        private var keyAttributes: [CFString: Any] {
            var attributes: [CFString: Any] = [
                kSecAttrApplicationTag: Data("nansen.key.\(name)".utf8),
                // The Keychain of iOS on a Mac too: its own knows no Secure Enclave.
                kSecUseDataProtectionKeychain: true,
            ]
            attributes[kSecAttrAccessGroup] = accessGroup
            return attributes
        }

        private var keyQuery: [CFString: Any] {
            keyAttributes.merging([
                kSecClass: kSecClassKey,
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrKeyClass: kSecAttrKeyClassPrivate,
            ]) { _, new in new }
        }

        private var noteQuery: [CFString: Any] {
            var query: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword,
                kSecAttrService: "nansen.note",
                kSecAttrAccount: name,
                kSecUseDataProtectionKeychain: true,
            ]
            query[kSecAttrAccessGroup] = accessGroup
            return query
        }

        private var enrolment: HardwareFailure.Enrolment {
            var query = noteQuery
            query[kSecReturnData] = true
            var found: CFTypeRef?
            guard SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess,
                let note = found as? Data
            else { return .unknown }
            return note == biometryState ?? Data() ? .unchanged : .changed
        }

        /// A digest of the enrolled faces or fingers, opaque, `nil` where none is enrolled.
        private var biometryState: Data? {
            let context = LAContext()
            guard context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: nil)
            else { return nil }
            return context.evaluatedPolicyDomainState
        }
    }

    /// Runs `work`, which may wait for a person, off the cooperative thread pool.
    func enclaveAnswer(_ work: @escaping @Sendable () throws -> Data) async -> HardwareAnswer {
        do {
            return .done(bytes: try await offPool(work))
        } catch let failure as HardwareFailure {
            return failure.answer
        } catch {
            return .unavailable
        }
    }
#endif
