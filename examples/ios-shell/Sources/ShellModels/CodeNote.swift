import Foundation

/// Remembers, over the end of the app, that a recovery code was made which nobody has said to have
/// written down: an empty file beside the wallet's. It is there before the code is.
struct CodeNote {
    private let file: URL

    init(beside wallet: URL) {
        file = wallet.appendingPathExtension("code-not-written")
    }

    /// Whether the person may have no code.
    var isThere: Bool { FileManager.default.fileExists(atPath: file.path) }

    /// Leaves the note while `body` makes a code; takes it back if there was none before and no
    /// code came of it.
    ///
    /// - Throws: What `body` throws, and an error of the file system.
    func leave<Result>(while body: () async throws -> Result) async throws -> Result {
        let wasThere = isThere
        try Data().write(to: file)
        do {
            return try await body()
        } catch {
            if !wasThere { remove() }
            throw error
        }
    }

    /// The code is on paper.
    func remove() {
        try? FileManager.default.removeItem(at: file)
    }
}
