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
        _ wrapper: some HardwareWrapper, prompt: HardwarePrompt, now: Date = Date()
    ) async throws {
        let answer = try await hardwareAnswer(wrapper, for: .hardware, prompt: prompt)
        try await unlock(.hardware(answer), now: now)
    }

    /// Unlocks with PIN and hardware together, and wipes the PIN.
    ///
    /// - Throws: As ``unlock(_:prompt:now:)``.
    public func unlock(
        passphrase: SecretBytes, _ wrapper: some HardwareWrapper, prompt: HardwarePrompt,
        now: Date = Date()
    ) async throws {
        defer { passphrase.wipe() }
        let answer = try await hardwareAnswer(
            wrapper, for: .passphraseAndHardware, prompt: prompt)
        try await unlock(.passphraseAndHardware(passphrase, answer), now: now)
    }

    /// Asks the phone's hardware to unwrap the secret of a way, for an ``UnlockSecret`` that is
    /// not to unlock with.
    ///
    /// - Throws: ``NansenError``; ``NansenError/NoSuchWay(way:)`` when it was never added.
    public func hardwareAnswer(
        _ wrapper: some HardwareWrapper, for way: Way, prompt: HardwarePrompt
    ) async throws -> HardwareAnswer {
        let wrapped = try await offPool { try self.wrappedSecret(way: way) }
        guard let wrapped else { throw NansenError.NoSuchWay(way: way) }
        return try await wrapper.unwrap(wrapped, prompt: prompt).carried()
    }

    /// Adds the phone's hardware as a way to unlock, or renews it. The person is asked once, to
    /// prove that what was wrapped can be unwrapped.
    ///
    /// - Parameters:
    ///   - wrapper: Wraps the secret.
    ///   - proof: A way that unlocks this wallet; wiped.
    ///   - prompt: What the person reads.
    /// - Throws: ``NansenError``. The ways are then as before.
    public func addHardwareWay(
        _ wrapper: some HardwareWrapper, proof: UnlockSecret, prompt: HardwarePrompt
    ) async throws {
        defer { proof.wipe() }
        try await renew(.hardware, wrapper, prompt) { wrapped, answer in
            _ = try await spending(proof) {
                try self.completeWay(
                    proof: $0, new: .hardware(wrapped: wrapped, answer: answer))
            }
        }
    }

    /// Adds a PIN that works only together with the phone's hardware, so that a copy of the file
    /// is worth no guess. Remove the passphrase way afterwards if only this one shall remain
    /// beside the recovery code.
    ///
    /// - Parameters:
    ///   - pin: The PIN; wiped.
    ///   - wrapper: Wraps the secret.
    ///   - proof: A way that unlocks this wallet; wiped.
    ///   - prompt: What the person reads.
    /// - Throws: ``NansenError``. The ways are then as before.
    public func addHardwareWay(
        pin: SecretBytes, _ wrapper: some HardwareWrapper, proof: UnlockSecret,
        prompt: HardwarePrompt
    ) async throws {
        defer {
            pin.wipe()
            proof.wipe()
        }
        try await renew(.passphraseAndHardware, wrapper, prompt) { wrapped, answer in
            _ = try await spending(proof) { proof in
                try pin.withCarried { pin in
                    try self.completeWay(
                        proof: proof,
                        new: .passphraseAndHardware(
                            passphrase: pin, wrapped: wrapped, answer: answer))
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
        try await setPassphrase(new, proof: .passphrase(old), cost: cost)
    }

    /// Puts a new passphrase or PIN in place of one that was forgotten, after an unlock by another
    /// way; wipes it and the proof.
    ///
    /// - Throws: ``NansenError``.
    public func setPassphrase(
        _ new: SecretBytes, proof: UnlockSecret, cost: KdfCost = .standard
    ) async throws {
        defer { new.wipe() }
        _ = try await spending(proof) { proof in
            try new.withCarried {
                try self.completeWay(proof: proof, new: .passphrase(passphrase: $0, cost: cost))
            }
        }
    }

    /// Puts a new recovery code in place of the one before; wipes the proof.
    ///
    /// - Returns: The code: to be shown once, written on paper, and wiped.
    /// - Throws: ``NansenError``.
    public func newRecoveryCode(proof: UnlockSecret) async throws -> SecretBytes {
        try await spending(proof) {
            guard var code = try self.completeWay(proof: $0, new: .recoveryCode) else {
                throw NansenError.Defect(reason: "no recovery code came of making one")
            }
            return SecretBytes(taking: &code)
        }
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
}
