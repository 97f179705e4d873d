import Foundation

// Several people's wallets in one folder of the app, each unknown to the others unless its owner
// gave it a label.

extension Wallet {
    /// The wallets of a folder that their owners let others see, by label.
    ///
    /// - Throws: ``NansenError``.
    public static func shown(in folder: URL) async throws -> [ShownWallet] {
        let path = try folder.path.carried("path")
        return try await offPool { try shownWallets(folder: path) }
    }

    /// A free place in a folder for ``create(at:passphrase:cost:)``. Its name tells nothing.
    ///
    /// - Throws: ``NansenError``.
    public static func place(in folder: URL) async throws -> URL {
        let path = try folder.path.carried("path")
        return try await offPool { URL(fileURLWithPath: try placeForWallet(folder: path)) }
    }

    /// Opens and unlocks the wallet without a label that a secret belongs to, and wipes the
    /// secret. With a passphrase it takes as long as the cost of each such wallet until the right
    /// one. One that wipes itself after wrong passphrases is not tried: it needs a label.
    ///
    /// - Throws: ``NansenError``; ``NansenError/WrongSecret(way:)`` when it opens none of them.
    public static func unlockHidden(
        in folder: URL, with secret: UnlockSecret, now: Date = Date()
    ) async throws -> Wallet {
        let path = folder.path
        return try await spending(secret) { secret in
            try unlockHiddenWallet(
                folder: path.carried("path"), with: secret, now: Timestamp(now))
        }
    }

    /// What its owner lets others see in a chooser; `nil` where that is nothing. Needs no unlock.
    ///
    /// - Throws: ``NansenError``.
    public func label() async throws -> String? {
        try await offPool { try self.label() }
    }

    /// Lets others see a label of up to 128 bytes in a chooser, or nothing.
    ///
    /// - Throws: ``NansenError``.
    public func setLabel(label: String?) async throws {
        let label = try label?.carried("label")
        try await offPool { try self.setLabel(label: label) }
    }
}

extension ShownWallet {
    /// Its file, for ``Wallet/open(at:)``.
    public var url: URL { URL(fileURLWithPath: path) }
}
