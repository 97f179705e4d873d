import Foundation

// Backups: written, read back, sent and restored, a step at a time.

/// A backup outside the wallet.
public enum BackupFile {
    /// A code for a backup, or to pair two phones that send one by QR: to be written down, or typed
    /// on the other phone, and wiped.
    public static func newCode() -> SecretBytes {
        var code = newBackupCode()
        return SecretBytes(taking: &code)
    }

    /// What a backup says of itself; its records are checked when it is restored. Wipes `key`.
    ///
    /// - Throws: ``NansenError``.
    public static func facts(at url: URL, key: BackupSecret) async throws -> BackupFacts {
        try await spending(key) { try backupFacts(path: url.path.carried("path"), key: $0) }
    }

    /// A backup of at most 1 MiB as a message for QR codes, to another phone that is told its code
    /// by voice or sight. Without that, the codes are worth nothing.
    ///
    /// - Throws: ``NansenError``.
    public static func message(from url: URL) async throws -> Message {
        let path = try url.path.carried("path")
        return try await offPool { try backupMessage(path: path) }
    }

    /// Keeps the backup that came as a message in a new file, to be restored from there.
    ///
    /// - Throws: ``NansenError``.
    public static func keep(_ message: Message, at url: URL) async throws {
        let (message, path) = (try message.carried(), try url.path.carried("path"))
        try await offPool { try keepBackupMessage(message: message, path: path) }
    }
}

extension Wallet {
    /// Begins a backup. What stands at `url` stays until the new one is whole and was read back.
    ///
    /// - Parameters:
    ///   - url: Where. Until it is done, `NAME.part` stands beside it.
    ///   - key: What shall open it; wiped.
    ///   - previous: The last backup of this wallet, made with the same key: the new one then holds
    ///     only what that lacks.
    ///   - now: The phone's clock.
    /// - Throws: ``NansenError``.
    public func writeBackup(
        to url: URL, key: BackupSecret, previous: URL? = nil, now: Date = Date()
    ) async throws -> BackupSession {
        try await spending(key) { key in
            try self.writeBackup(
                path: url.path.carried("path"), key: key,
                previous: previous?.path.carried("path"), now: Timestamp(now))
        }
    }

    /// Goes on with a backup that an error, a lock or the end of the app interrupted, with the key
    /// and the `previous` that it was begun with. Wipes `key`.
    ///
    /// - Throws: ``NansenError``.
    public func continueBackup(
        to url: URL, key: BackupSecret, previous: URL? = nil
    ) async throws -> BackupSession {
        try await spending(key) { key in
            try self.continueBackup(
                path: url.path.carried("path"), key: key,
                previous: previous?.path.carried("path"))
        }
    }

    /// Begins to restore. Nothing that is here is deleted, and nothing that was changed since is
    /// replaced.
    ///
    /// - Parameters:
    ///   - urls: A whole backup and those that follow it, in order.
    ///   - key: What opens them; wiped.
    ///   - isDry: Changes nothing, and tells what would become of each record.
    ///   - hardwareKeys: The public keys of all device keys that the app finds in this phone's
    ///     hardware, as ``HardwareKey/publicKey``: none on a new phone.
    /// - Throws: ``NansenError``.
    public func restore(
        from urls: [URL], key: BackupSecret, isDry: Bool = false, hardwareKeys: [Data] = []
    ) async throws -> RestoreSession {
        try await spending(key) { key in
            for publicKey in hardwareKeys { _ = try publicKey.carried("public key") }
            return try self.restore(
                paths: urls.map(\.path).carried("paths"), key: key, isDry: isDry,
                hardwareKeys: hardwareKeys)
        }
    }

    /// Writes a new vault at `url` with everything in this one that can be read, and puts aside
    /// what is broken, after a thorough check has named damage. It unlocks as this one does, and
    /// this one is not touched.
    ///
    /// - Throws: ``NansenError``; no file is then at `url`.
    public func rescue(to url: URL) async throws -> RescueReport {
        let path = try url.path.carried("path")
        return try await offPool { try self.rescue(path: path) }
    }

    /// Takes the rows as they now stand for the vault's contents, after its owner was told that
    /// some are missing or older. No row is deleted by it.
    ///
    /// - Throws: ``NansenError``.
    public func acceptRows() async throws {
        try await offPool { try self.acceptRows() }
    }
}

extension BackupSession {
    /// Goes on for about a megabyte; between two steps the wallet serves others. A backup that
    /// stood there before stands there still when this fails.
    ///
    /// - Throws: ``NansenError``.
    public func step() async throws -> BackupProgress {
        try await offPool { try self.step() }
    }

    /// All steps to the end. Cancelling the task ends it between two of them, and
    /// ``Wallet/continueBackup(to:key:previous:)`` goes on from there.
    ///
    /// - Throws: ``NansenError``, `CancellationError`.
    public func finish(_ onProgress: (BackupProgress) -> Void = { _ in }) async throws {
        while true {
            let progress = try await step()
            onProgress(progress)
            if progress.phase == .done { return }
        }
    }

    /// Parts of the wallet that cannot be read and are not in the backup.
    ///
    /// - Throws: ``NansenError``.
    public func leftOut() async throws -> [String] {
        try await offPool { try self.leftOut() }
    }

    /// Gives it up, and removes what was written. Does nothing after the end.
    public func discard() async {
        await offPool { self.discard() }
    }
}

extension RestoreSession {
    /// Goes on for about a megabyte. Nothing is changed before all of the backup was read and
    /// checked.
    ///
    /// - Throws: ``NansenError``. What earlier steps restored stays.
    public func step() async throws -> RestoreProgress {
        try await offPool { try self.step() }
    }

    /// All steps to the end. Cancelling the task ends it between two of them; begun anew, a
    /// restore finds what is there.
    ///
    /// - Returns: What became of each record.
    /// - Throws: ``NansenError``, `CancellationError`.
    public func finish(
        _ onProgress: (RestoreProgress) -> Void = { _ in }
    ) async throws -> [RestoredRecord] {
        var records: [RestoredRecord] = []
        while true {
            let progress = try await step()
            records += progress.records
            onProgress(progress)
            if progress.isDone { return records }
        }
    }

    /// Gives the rest up. Does nothing after the end.
    public func stop() async {
        await offPool { self.stop() }
    }
}
