import Foundation

// Ways to unlock, and device keys, that need the phone's hardware: the library's two steps with
// the hardware asked in between, while nothing is held.

extension Wallet {
    /// Unlocks with the phone's hardware alone.
    ///
    /// ``NansenError/Hardware(outcome:)`` tells what to do next. After `invalidated` and
    /// `notPresent` this way is gone and the others remain: ask for the PIN or the recovery code,
    /// then call ``addHardwareWay(_:proof:prompt:)`` again.
    ///
    /// - Throws: ``NansenError``; ``NansenError/NoSuchWay(way:)`` when it was never added.
    public func unlock(
        _ wrapper: some HardwareWrapper, prompt: HardwarePrompt
    ) async throws {
        let answer = try await unwrap(.hardware, wrapper, prompt)
        try await offPool { try self.unlock(with: .hardware(answer: answer)) }
    }

    /// Unlocks with PIN and hardware together, and wipes the PIN.
    ///
    /// - Throws: As ``unlock(_:prompt:)``.
    public func unlock(
        passphrase: SecretBytes, _ wrapper: some HardwareWrapper, prompt: HardwarePrompt
    ) async throws {
        defer { passphrase.wipe() }
        let answer = try await unwrap(.passphraseAndHardware, wrapper, prompt)
        try await offPool {
            try passphrase.withCarried { bytes in
                try self.unlock(
                    with: .passphraseAndHardware(passphrase: bytes, answer: answer))
            }
        }
    }

    /// Adds the phone's hardware as a way to unlock, or renews it. The person is asked once, to
    /// prove that what was wrapped can be unwrapped.
    ///
    /// - Parameters:
    ///   - wrapper: Wraps the secret.
    ///   - proof: A passphrase or PIN that unlocks this wallet; wiped.
    ///   - prompt: What the person reads.
    /// - Throws: ``NansenError``. The ways are then as before.
    public func addHardwareWay(
        _ wrapper: some HardwareWrapper, proof: SecretBytes, prompt: HardwarePrompt
    ) async throws {
        defer { proof.wipe() }
        try await renew(.hardware, wrapper, prompt) { wrapped, answer in
            try await self.completeWay(proof, .hardware(wrapped: wrapped, answer: answer))
        }
    }

    /// Adds a PIN that works only together with the phone's hardware, so that a copy of the file
    /// is worth no guess. Remove the passphrase way afterwards if only this one shall remain
    /// beside the recovery code.
    ///
    /// - Parameters:
    ///   - pin: The PIN; wiped.
    ///   - wrapper: Wraps the secret.
    ///   - proof: A passphrase or PIN that unlocks this wallet; wiped.
    ///   - prompt: What the person reads.
    /// - Throws: ``NansenError``. The ways are then as before.
    public func addHardwareWay(
        pin: SecretBytes, _ wrapper: some HardwareWrapper, proof: SecretBytes,
        prompt: HardwarePrompt
    ) async throws {
        defer {
            pin.wipe()
            proof.wipe()
        }
        try await renew(.passphraseAndHardware, wrapper, prompt) { wrapped, answer in
            try await offPool {
                _ = try pin.withCarried { pin in
                    try proof.withCarried { proof in
                        try self.completeWay(
                            proof: .passphrase(passphrase: proof),
                            new: .passphraseAndHardware(
                                passphrase: pin, wrapped: wrapped, answer: answer))
                    }
                }
            }
        }
    }

    /// Puts a new passphrase or PIN in place of the one before; wipes both.
    ///
    /// - Throws: ``NansenError``; ``NansenError/WrongSecret(way:)`` when `old` is not the one.
    public func changePassphrase(
        from old: SecretBytes, to new: SecretBytes, cost: KdfCost = .standard
    ) async throws {
        defer {
            old.wipe()
            new.wipe()
        }
        try await offPool {
            _ = try old.withCarried { old in
                try new.withCarried { new in
                    try self.completeWay(
                        proof: .passphrase(passphrase: old),
                        new: .passphrase(passphrase: new, cost: cost))
                }
            }
        }
    }

    /// Puts a new recovery code in place of the one before; wipes the proof.
    ///
    /// - Returns: The code: to be shown once, written on paper, and wiped.
    /// - Throws: ``NansenError``.
    public func newRecoveryCode(proof: SecretBytes) async throws -> SecretBytes {
        defer { proof.wipe() }
        guard var code = try await completeWay(proof, .recoveryCode) else {
            throw NansenError.Defect(reason: "no recovery code came of making one")
        }
        return SecretBytes(taking: &code)
    }

    /// Ways to unlock.
    ///
    /// - Throws: ``NansenError``.
    public func ways() async throws -> [Way] {
        try await offPool { try self.ways() }
    }

    /// Removes a way to unlock, and what the file held of it.
    ///
    /// - Throws: ``NansenError``.
    public func removeWay(way: Way) async throws {
        try await offPool { try self.removeWay(way: way) }
    }

    /// Removes the phone's hardware as a way to unlock on its own, and has it forget its key.
    ///
    /// - Throws: ``NansenError``; ``NansenError/NoSuchWay(way:)`` when it is none.
    public func removeHardwareWay(_ wrapper: some HardwareWrapper) async throws {
        // A damaged one cannot name its key.
        let wrapped = try? await offPool { try self.wrappedSecret(way: .hardware) }
        try await removeWay(way: .hardware)
        if let wrapped {
            await wrapper.forget(wrapped)
        }
    }

    /// Makes a device key in the phone's hardware, for a credential to come. Its name is kept in
    /// the vault, so that ``PresentationSession/complete(_:signer:prompt:now:)`` finds it.
    ///
    /// - Returns: Its public half for the issuer, 33 bytes of P-256.
    /// - Throws: ``NansenError``, ``HardwareFailure``.
    public func newDeviceKey(
        in signer: some HardwareSigner, named name: String, now: Date = Date()
    ) async throws -> Data {
        let handle = try Data(name.utf8).carried("name")
        let publicKey = try await signer.makeKey(named: name).carried("public key")
        let key = HardwareKey(publicKey: publicKey, handle: handle)
        return try await offPool { try self.newDeviceKey(hardware: key, now: Timestamp(now)) }
    }

    private func unwrap(
        _ way: Way, _ wrapper: some HardwareWrapper, _ prompt: HardwarePrompt
    ) async throws -> HardwareAnswer {
        let wrapped = try await offPool { try self.wrappedSecret(way: way) }
        guard let wrapped else { throw NansenError.NoSuchWay(way: way) }
        return try await wrapper.unwrap(wrapped, prompt: prompt).carried()
    }

    /// Has a fresh secret wrapped and unwrapped again, and taken up by `complete`. The key of the
    /// way before is forgotten then, and the fresh one if it came to nothing.
    private func renew(
        _ way: Way, _ wrapper: some HardwareWrapper, _ prompt: HardwarePrompt,
        complete: (Data, HardwareAnswer) async throws -> Void
    ) async throws {
        // A damaged one cannot name its key.
        let before = try? await offPool { try self.wrappedSecret(way: way) }
        let secret = try await offPool {
            var bytes = try self.prepareWay()
            return SecretBytes(taking: &bytes)
        }
        defer { secret.wipe() }
        let wrapped = try await wrapper.wrap(secret).carried().result()
        do {
            let answer = try await wrapper.unwrap(wrapped, prompt: prompt).carried()
            try await complete(wrapped, answer)
        } catch {
            await wrapper.forget(wrapped)
            throw error
        }
        if let before {
            await wrapper.forget(before)
        }
    }

    @discardableResult
    private func completeWay(_ proof: SecretBytes, _ new: NewWay) async throws -> Data? {
        try await offPool {
            try proof.withCarried { bytes in
                try self.completeWay(proof: .passphrase(passphrase: bytes), new: new)
            }
        }
    }
}
