import Foundation

/// Where a vault's file belongs on the phone, and what the system may do with it.
public enum VaultFile {
    /// The folder for vaults: `Application Support/Nansen`, created when it is missing, left out
    /// of backups and closed while the phone is locked.
    ///
    /// Left out of backups because a vault is backed up by its owner, as a file that opens with
    /// a recovery code: a copy in a cloud account would be open to guesses at the PIN by whoever
    /// gets into that account, and its hardware key would not come along anyway.
    ///
    /// - Throws: What `FileManager` throws.
    public static func folder() throws -> URL {
        let support = try FileManager.default.url(
            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil,
            create: true)
        let folder = support.appendingPathComponent("Nansen", isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true)
        try protect(folder)
        return folder
    }

    /// Leaves `url` out of backups and closes it while the phone is locked
    /// (`FileProtectionType.complete`). For a folder, files made in it later inherit the
    /// protection. Does nothing on systems that have neither.
    ///
    /// Close the wallet when `protectedDataWillBecomeUnavailableNotification` comes: under this
    /// protection its file cannot be read or written until the phone is unlocked again.
    ///
    /// - Throws: What `FileManager` and `URL` throw.
    public static func protect(_ url: URL) throws {
        #if canImport(Darwin)
            var url = url
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try url.setResourceValues(values)
        #endif
        #if os(iOS) || os(watchOS) || os(tvOS) || os(visionOS)
            try FileManager.default.setAttributes(
                [.protectionKey: FileProtectionType.complete], ofItemAtPath: url.path)
        #endif
    }
}
