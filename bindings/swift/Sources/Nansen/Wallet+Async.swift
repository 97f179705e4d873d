import Foundation

// The calls of `Wallet` for `async` code: the same names, run off the cooperative pool, with the
// phone's clock for `now`. An `async` function gets these, any other the blocking ones.

extension Wallet {
    /// Makes a wallet in a new file, and wipes `passphrase` whether it succeeds or not.
    ///
    /// - Parameters:
    ///   - url: Where; ``VaultFile/folder()`` is the place for it.
    ///   - passphrase: A passphrase or PIN, 1 to 1,024 bytes of UTF-8.
    ///   - cost: What trying a passphrase shall cost.
    /// - Returns: The wallet, unlocked, and its recovery code: to be shown once, written on
    ///   paper, and wiped.
    /// - Throws: ``NansenError``.
    public static func create(
        at url: URL, passphrase: SecretBytes, cost: KdfCost = .standard
    ) async throws -> (wallet: Wallet, recoveryCode: SecretBytes) {
        try await offPool {
            defer { passphrase.wipe() }
            let path = try url.path.carried("path")
            var new = try passphrase.withCarried { bytes in
                try createWallet(path: path, passphrase: bytes, cost: cost)
            }
            return (new.wallet, SecretBytes(taking: &new.recoveryCode))
        }
    }

    /// Opens a wallet's file, and keeps it from being opened twice. It is locked.
    ///
    /// - Throws: ``NansenError``.
    public static func open(at url: URL) async throws -> Wallet {
        let path = try url.path.carried("path")
        return try await offPool { try Wallet.open(path: path) }
    }

    /// Unlocks, and wipes the secret whether it was right or not. After five wrong PINs or
    /// passphrases the next has to wait: ``attempts(now:)`` tells how long.
    ///
    /// - Throws: ``NansenError``. The wallet is then still locked.
    public func unlock(_ secret: UnlockSecret, now: Date = Date()) async throws {
        try await spending(secret) { try self.unlock(with: $0, now: Timestamp(now)) }
    }

    /// Unlocks with a passphrase or PIN: as ``unlock(_:now:)``.
    ///
    /// - Throws: ``NansenError``.
    public func unlock(passphrase: SecretBytes, now: Date = Date()) async throws {
        try await unlock(.passphrase(passphrase), now: now)
    }

    /// Unlocks with the recovery code: as ``unlock(_:now:)``.
    ///
    /// - Throws: ``NansenError``.
    public func unlock(recoveryCode: SecretBytes, now: Date = Date()) async throws {
        try await unlock(.recoveryCode(recoveryCode), now: now)
    }

    /// Locks and wipes. Sessions, writers and readers end. Does nothing when it is not unlocked.
    public func lock() async {
        await offPool { self.lock() }
    }

    /// Locks, wipes, and closes the file, so that it can be opened again. Does nothing the second
    /// time.
    public func release() async {
        await offPool { self.release() }
    }

    /// What it holds, the newest first; with `search`, what has that text in title, kind, issuer
    /// or tags, whatever case and accents.
    ///
    /// - Throws: ``NansenError``.
    public func contents(search: String? = nil, now: Date = Date()) async throws -> Contents {
        let search = try search?.carried("search")
        return try await offPool { try self.contents(search: search, now: Timestamp(now)) }
    }

    /// A credential in full.
    ///
    /// - Throws: ``NansenError``.
    public func show(id: RecordId, now: Date = Date()) async throws -> CredentialDetails {
        let id = try id.carried("record id")
        return try await offPool { try self.show(id: id, now: Timestamp(now)) }
    }

    /// Deletes a credential, a document, a history entry or a device key that waits for its
    /// credential, and wipes what the file held of it.
    ///
    /// - Throws: ``NansenError``.
    public func delete(id: RecordId) async throws {
        let id = try id.carried("record id")
        try await offPool { try self.delete(id: id) }
    }

    /// Takes in a credential that an issuer gave: at most 1 MiB.
    ///
    /// - Throws: ``NansenError``. Nothing has then changed.
    public func importCredential(
        bytes: Data, now: Date = Date()
    ) async throws -> ImportedCredential {
        let bytes = try bytes.carried("credential")
        return try await offPool { try self.importCredential(bytes: bytes, now: Timestamp(now)) }
    }

    /// A device key that the vault keeps, for a credential to come.
    ///
    /// - Returns: Its public half for the issuer, 32 bytes of Ed25519.
    /// - Throws: ``NansenError``.
    public func newDeviceKey(now: Date = Date()) async throws -> Data {
        try await offPool { try self.newDeviceKey(hardware: nil, now: Timestamp(now)) }
    }

    /// Begins to show something. Nothing is shown to anybody by this.
    ///
    /// - Throws: ``NansenError``.
    public func begin(
        occasion: Occasion, now: Date = Date()
    ) async throws -> PresentationSession {
        let occasion = try occasion.carried()
        return try await offPool { try self.begin(occasion: occasion, now: Timestamp(now)) }
    }

    /// What was shown to whom, the newest first.
    ///
    /// - Throws: ``NansenError``.
    public func history() async throws -> History {
        try await offPool { try self.history() }
    }

    /// How the vault is: as found at unlock, or `thorough`, which opens everything in it.
    ///
    /// - Throws: ``NansenError``.
    public func check(thorough: Bool) async throws -> VaultReport {
        try await offPool { try self.check(thorough: thorough) }
    }
}
