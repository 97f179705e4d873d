import Foundation
import Nansen
import Observation

/// A backup outside the phone: written for a code on paper, and restored by it.
@MainActor @Observable
public final class BackupModel {
    /// To be shown until it is on paper: it opens the backup, and nothing else does.
    public private(set) var code: SecretBytes?
    /// Between 0 and 1 while something runs.
    public private(set) var progress: Double?
    /// The finished backup, to be moved where the person keeps it.
    public private(set) var file: URL?
    /// What became of each record; in a dry run, what would.
    public private(set) var records: [RestoredRecord] = []
    /// Whether ``records`` tell what ``restore()`` would do.
    public private(set) var isDry = false
    public private(set) var failure: String?
    private let wallet: Wallet
    private let folder: URL
    private var files: [URL] = []
    private var typed: SecretBytes?

    /// - Parameters:
    ///   - wallet: Unlocked.
    ///   - folder: Where a backup lies until it is moved: the app's own.
    public init(wallet: Wallet, folder: URL) {
        self.wallet = wallet
        self.folder = folder
    }

    /// Draws the code to write down.
    public func begin() {
        code = BackupFile.newCode()
    }

    /// Writes the backup and reads it back. After a failure it may be called again, and goes on
    /// where it was.
    public func codeWasWritten(now: Date = Date()) async {
        guard let code, progress == nil else { return }
        let day = now.formatted(.iso8601.year().month().day())
        let file = folder.appendingPathComponent("Wallet \(day).nansen-backup")
        await work {
            let session: BackupSession
            do {
                session = try await self.wallet.continueBackup(to: file, key: .code(code.copy()))
            } catch NansenError.Backup(.nothingToContinue), NansenError.WrongSecret {
                // Nothing is left of an earlier one, or it was for another code.
                session = try await self.wallet.writeBackup(
                    to: file, key: .code(code.copy()), now: now)
            }
            try await session.finish { self.progress = Self.share($0) }
            self.file = file
            self.wipe()
        }
    }

    /// The backup is where the person keeps it.
    public func wasMoved() {
        file = nil
    }

    /// Tells what restoring these would do, and changes nothing.
    ///
    /// - Parameters:
    ///   - files: A whole backup and those that follow it, in any order.
    ///   - typed: The code; kept until ``restore()`` or ``forget()``.
    public func look(into files: [URL], typed: SecretBytes) async {
        await work {
            self.typed = typed
            var steps: [(step: UInt32, file: URL)] = []
            for file in files {
                let facts = try await BackupFile.facts(at: file, key: .code(typed.copy()))
                steps.append((facts.step, file))
            }
            self.files = steps.sorted { $0.step < $1.step }.map(\.file)
            self.records = try await self.run(typed, isDry: true)
            self.isDry = true
        }
    }

    /// Restores what ``look(into:typed:)`` looked into. Nothing that is here is lost by it.
    public func restore() async {
        guard let typed, isDry else { return }
        await work {
            self.records = try await self.run(typed, isDry: false)
            self.isDry = false
            self.wipe()
        }
    }

    /// Wipes the codes, and removes a backup that was moved nowhere.
    public func forget() {
        wipe()
        if let file { try? FileManager.default.removeItem(at: file) }
        file = nil
    }

    private func wipe() {
        code?.wipe()
        typed?.wipe()
        (code, typed) = (nil, nil)
    }

    private func run(_ typed: SecretBytes, isDry: Bool) async throws -> [RestoredRecord] {
        let session = try await wallet.restore(
            from: files, key: .code(typed.copy()), isDry: isDry)
        return try await session.finish {
            self.progress = Double($0.bytes) / Double(max($0.bytesInAll, 1))
        }
    }

    private func work(_ body: () async throws -> Void) async {
        (failure, progress) = (nil, 0)
        defer { progress = nil }
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }

    /// The first half is writing, the second reading back.
    private static func share(_ progress: BackupProgress) -> Double {
        switch progress.phase {
        case .writing:
            let all = progress.records + progress.recordsLeft
            return Double(progress.records) / Double(max(all, 1)) / 2
        case .checking:
            return 0.5 + Double(progress.bytes) / Double(max(progress.bytesInAll ?? 1, 1)) / 2
        case .done: return 1
        }
    }
}

extension RestoredRecord {
    /// For a line on a screen.
    public var sentence: String {
        switch outcome {
        case .restored where mustBeIssuedAgain: return "Must be issued again for this phone."
        case .restored: return "Restored."
        case .alreadyThere: return "Here already."
        case .newerHere: return "Newer here, and left as it is."
        case .damagedHere: return "Cannot be read here. Delete it, then restore again."
        case .placeTaken: return "Left out. A new wallet has room for it."
        }
    }
}
