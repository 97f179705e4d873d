import Foundation
import Nansen
import Observation

/// The wallet of this phone: is it there, is it open, what is in it.
@MainActor @Observable
public final class WalletModel {
    /// Which screen comes first.
    public enum Phase: Equatable, Sendable {
        case absent, locked, unlocked
    }

    public private(set) var phase: Phase
    public private(set) var credentials: [CredentialSummary] = []
    public private(set) var documents: [DocumentSummary] = []
    /// Whether face or finger opens the wallet.
    public private(set) var opensWithHardware = false
    /// To be shown once, after the wallet was made; wiped by ``recoveryCodeWasWritten()``.
    public private(set) var recoveryCode: SecretBytes?
    /// What to tell the person; the screen clears it.
    public var failure: String?
    public private(set) var isBusy = false

    /// Open, locked or not, once ``unlock(pin:)`` was first called.
    public private(set) var wallet: Wallet?
    private let file: URL
    private let wrapper: (any HardwareWrapper)?
    private let cost: KdfCost

    /// - Parameters:
    ///   - file: In ``VaultFile/folder()``.
    ///   - wrapper: The phone's hardware, if it has any.
    ///   - cost: What trying a PIN shall cost.
    public init(file: URL, wrapper: (any HardwareWrapper)?, cost: KdfCost = .standard) {
        self.file = file
        self.wrapper = wrapper
        self.cost = cost
        phase = FileManager.default.fileExists(atPath: file.path) ? .locked : .absent
    }

    public var canAddHardware: Bool { wrapper != nil && !opensWithHardware }

    public func create(pin: SecretBytes) async {
        await work {
            let (wallet, code) = try await Wallet.create(
                at: self.file, passphrase: pin, cost: self.cost)
            self.wallet = wallet
            self.recoveryCode = code
            try await self.read(wallet)
        }
    }

    public func recoveryCodeWasWritten() {
        recoveryCode?.wipe()
        recoveryCode = nil
    }

    public func unlock(pin: SecretBytes) async {
        await work {
            let wallet = try await self.opened()
            try await wallet.unlock(passphrase: pin)
            try await self.read(wallet)
        }
    }

    public func unlock(recoveryCode: SecretBytes) async {
        await work {
            let wallet = try await self.opened()
            try await wallet.unlock(recoveryCode: recoveryCode)
            try await self.read(wallet)
        }
    }

    /// Asks for face or finger, if the person chose that once; else nothing happens.
    public func unlockWithHardware() async {
        guard let wrapper else { return }
        await work {
            let wallet = try await self.opened()
            do {
                try await wallet.unlock(
                    wrapper, prompt: HardwarePrompt(reason: "Open your wallet"))
            } catch NansenError.NoSuchWay {
                return
            }
            try await self.read(wallet)
        }
    }

    public func addHardware(pin: SecretBytes) async {
        guard let wrapper, let wallet else { return }
        await work {
            try await wallet.addHardwareWay(
                wrapper, proof: pin, prompt: HardwarePrompt(reason: "Open your wallet like this"))
            try await self.read(wallet)
        }
    }

    /// Wipes the keys at once, before the app goes to the background: the library's blocking call,
    /// since a task might not run any more.
    public func lock() {
        wallet?.lock()
        credentials = []
        documents = []
        recoveryCodeWasWritten()
        if phase == .unlocked { phase = .locked }
    }

    public func importCredential(_ message: Message) async {
        await change { _ = try await $0.importCredential(bytes: message.bytes) }
    }

    /// Keeps a scan, a PDF that the document camera made.
    public func addScan(_ pdf: Data, title: String) async {
        await change {
            _ = try await $0.addDocument(
                NewDocument(title: title, mediaType: "application/pdf"), data: pdf)
        }
    }

    public func delete(_ id: RecordId) async {
        await change { try await $0.delete(id: id) }
    }

    private func change(_ body: @escaping (Wallet) async throws -> Void) async {
        guard let wallet else { return }
        await work {
            try await body(wallet)
            try await self.read(wallet)
        }
    }

    private func opened() async throws -> Wallet {
        if let wallet { return wallet }
        let opened = try await Wallet.open(at: file)
        wallet = opened
        return opened
    }

    private func read(_ wallet: Wallet) async throws {
        let contents = try await wallet.contents()
        let ways = try await wallet.ways()
        // Locked since, by the person or by the app's way to the background.
        guard wallet.state() == .unlocked else { throw NansenError.Locked }
        credentials = contents.credentials
        documents = contents.documents
        opensWithHardware = ways.contains(.hardware)
        phase = .unlocked
    }

    private func work(_ body: () async throws -> Void) async {
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        failure = nil
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }
}
