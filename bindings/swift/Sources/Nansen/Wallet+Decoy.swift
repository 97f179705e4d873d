import Foundation

// Wrong attempts, decoys and wipes. What a decoy hides and what not stands in `SECURITY.md`.

extension Wallet {
    /// Wrong PINs and passphrases so far, and how long the next has to wait. Needs no unlock.
    ///
    /// - Throws: ``NansenError``.
    public func attempts(now: Date = Date()) async throws -> Attempts {
        try await offPool { try self.attempts(now: Timestamp(now)) }
    }

    /// Makes a second wallet in the same file, empty, that another PIN opens: for whoever forces
    /// its owner to unlock.
    ///
    /// Ends a decoy that is there already; and, called from within a decoy, the wallet that it
    /// hides, since a refusal would tell that there is one. Ask twice.
    ///
    /// - Parameters:
    ///   - proof: A way that unlocks this wallet; wiped.
    ///   - new: What shall open the decoy; wiped. Where a PIN needs the hardware, take
    ///     ``hardwareAnswer(_:for:prompt:)`` of the way that is there.
    /// - Returns: The decoy's recovery code: to be shown once, written on paper, and wiped.
    /// - Throws: ``NansenError``. Nothing has then changed.
    public func createDecoy(proof: UnlockSecret, new: UnlockSecret) async throws -> SecretBytes {
        defer { new.wipe() }
        return try await spending(proof) { proof in
            var code = try new.lend { try self.createDecoy(proof: proof, new: $0) }
            return SecretBytes(taking: &code)
        }
    }

    /// Sets a PIN that destroys this wallet and then opens the decoy, as if it were the decoy's
    /// own.
    ///
    /// To destroy what somebody in front of the screen wants to see can put a person in danger:
    /// say so before you offer it. A copy of the file made before is not wiped.
    ///
    /// - Parameters:
    ///   - proof: A way that unlocks this wallet; wiped.
    ///   - decoy: What opens the decoy; wiped.
    ///   - wipe: What shall destroy this wallet; wiped.
    /// - Throws: ``NansenError``. Nothing has then changed.
    public func setWipePassphrase(
        proof: UnlockSecret, decoy: UnlockSecret, wipe: UnlockSecret
    ) async throws {
        defer {
            decoy.wipe()
            wipe.wipe()
        }
        try await spending(proof) { proof in
            try decoy.lend { decoy in
                try wipe.lend { wipe in
                    try self.setWipePassphrase(proof: proof, decoy: decoy, wipe: wipe)
                }
            }
        }
    }

    /// Ends the PIN that destroys this wallet, if there is one.
    ///
    /// - Throws: ``NansenError``.
    public func removeWipePassphrase() async throws {
        try await offPool { try self.removeWipePassphrase() }
    }

    /// Lets the file destroy everything in it after so many wrong PINs one after the other. That
    /// ends every way in, the recovery code too; a child with the phone can bring it about, and a
    /// copy of the file made before is not hindered.
    ///
    /// - Parameters:
    ///   - attempts: 10 to 255, or `nil` for never.
    ///   - proof: A way that unlocks this wallet; wiped.
    /// - Throws: ``NansenError``.
    public func setWipeAfter(attempts: UInt8?, proof: UnlockSecret) async throws {
        try await spending(proof) { try self.setWipeAfter(proof: $0, attempts: attempts) }
    }
}
