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
    /// Keys that were made for credentials which have not come yet.
    public private(set) var waitingKeys: [WaitingKey] = []
    /// Whether face or finger is set up as a way in, as far as is known.
    public private(set) var opensWithHardware = false
    /// Whether face or finger was set up and will never open the wallet again, as after a new
    /// finger: offer to set it up anew.
    public private(set) var isHardwareLost = false
    /// To be shown once; wiped by ``recoveryCodeWasWritten()`` and by ``lock()``.
    public private(set) var recoveryCode: SecretBytes?
    /// Whether the last recovery code may be on no paper: offer a new one.
    public private(set) var lacksRecoveryCode = false
    /// Under which name the chooser shows this wallet; `nil` where it does not.
    public private(set) var label: String?
    /// What to tell the person; the screen clears it.
    public var failure: String?
    public private(set) var isBusy = false

    /// Open, locked or not, once ``unlock(pin:)`` was first called.
    public private(set) var wallet: Wallet?
    /// Signs with device keys that live in the phone's hardware.
    public let signer: (any HardwareSigner)?
    /// `nil` for a wallet that came open: it opens again for as long as the app runs.
    private let file: URL?
    private let wrapper: (any HardwareWrapper)?
    private let trust: AppTrust
    private let cost: KdfCost
    private let codeNote: CodeNote?
    private var lockCount = 0

    /// - Parameters:
    ///   - file: In ``VaultFile/folder()``.
    ///   - wrapper: The phone's hardware to unlock with, if it has any.
    ///   - signer: The phone's hardware for device keys, if it has any.
    ///   - trust: Whom to trust from the start.
    ///   - cost: What trying a PIN shall cost.
    public init(
        file: URL, wrapper: (any HardwareWrapper)?, signer: (any HardwareSigner)? = nil,
        trust: AppTrust = .shipped, cost: KdfCost = .standard
    ) {
        self.file = file
        self.wrapper = wrapper
        self.signer = signer
        self.trust = trust
        self.cost = cost
        codeNote = CodeNote(beside: file)
        phase = FileManager.default.fileExists(atPath: file.path) ? .locked : .absent
    }

    /// A wallet that is open already, from ``PeopleModel``; ``reload()`` shows what is in it.
    /// Nothing is noted beside its file, which is one that others need not know of.
    init(
        unlocked wallet: Wallet, wrapper: (any HardwareWrapper)?, signer: (any HardwareSigner)?,
        trust: AppTrust, cost: KdfCost
    ) {
        self.wallet = wallet
        self.wrapper = wrapper
        self.signer = signer
        self.trust = trust
        self.cost = cost
        file = nil
        codeNote = nil
        phase = .locked
    }

    /// Whether this phone has hardware that can be set up as a way in, or set up anew.
    public var hasHardware: Bool { wrapper != nil }

    public func create(pin: SecretBytes) async {
        guard let file else { return }
        await work {
            let locks = self.lockCount
            let (wallet, code) = try await self.noted {
                try await Wallet.create(at: file, passphrase: pin, cost: self.cost)
            }
            self.wallet = wallet
            self.phase = .locked
            self.recoveryCode = code
            // Locked meanwhile, when there was nothing yet to lock.
            if locks != self.lockCount { self.lock() }
            try await self.read(wallet)
        }
    }

    public func recoveryCodeWasWritten() {
        codeNote?.remove()
        lacksRecoveryCode = false
        wipeRecoveryCode()
    }

    /// Puts a new recovery code in place of the one that may be on no paper.
    public func newRecoveryCode(pin: SecretBytes) async {
        await change { wallet in
            let code = try await self.noted {
                try await wallet.newRecoveryCode(proof: .passphrase(pin))
            }
            self.wipeRecoveryCode()
            self.recoveryCode = code
        }
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
            self.opensWithHardware = true
            do {
                try await wallet.unlock(
                    wrapper, prompt: HardwarePrompt(reason: "Open your wallet"))
            } catch NansenError.NoSuchWay {
                self.opensWithHardware = false
                return
            } catch NansenError.Hardware(let outcome)
                where [.invalidated, .notPresent].contains(outcome)
            {
                self.isHardwareLost = true
                throw NansenError.Hardware(outcome: outcome)
            }
            try await self.read(wallet)
        }
    }

    /// Sets face or finger up as a way in, for the first time or anew.
    public func addHardware(pin: SecretBytes) async {
        guard let wrapper else { return }
        await change { wallet in
            try await wallet.addHardwareWay(
                wrapper, proof: .passphrase(pin), prompt: HardwarePrompt(reason: "Open your wallet like this"))
            self.isHardwareLost = false
        }
    }

    /// From now on the PIN alone opens the wallet, or the recovery code.
    public func removeHardware() async {
        guard let wrapper else { return }
        await change { wallet in
            try await wallet.removeHardwareWay(wrapper)
            self.isHardwareLost = false
        }
    }

    /// Wipes the keys at once, before the app goes to the background: the library's blocking call,
    /// since a task might not run any more. A recovery code that was on the screen is gone, and a
    /// new one is offered after the next unlock.
    public func lock() {
        lockCount += 1
        wallet?.lock()
        credentials = []
        documents = []
        waitingKeys = []
        wipeRecoveryCode()
        if phase == .unlocked { phase = .locked }
    }

    /// Tells the wallet what the person and the app do, and empties the screen when it has locked
    /// by itself: at each touch, and with `.tick` once in a while.
    public func note(_ activity: Activity, now: Date = Date()) async {
        guard let wallet, phase == .unlocked else { return }
        if (try? await wallet.noteActivity(activity, now: now)) != .unlocked { lock() }
    }

    /// Shows what is in the wallet now, as after a restore.
    public func reload() async {
        await change { _ in }
    }

    /// Has the chooser show this wallet under a name, or no longer.
    public func setLabel(_ label: String?) async {
        await change { try await $0.setLabel(label: label) }
    }

    /// Makes a device key for a credential to come.
    ///
    /// - Parameter inHardware: Whether it shall live in this phone's hardware: nobody can copy
    ///   it then, and on a new phone the credential must be issued again.
    /// - Returns: Its public half, to be shown to the issuer as codes; `nil` if that failed.
    public func makeDeviceKey(inHardware: Bool) async -> Message? {
        var made: Data?
        await change { wallet in
            if inHardware {
                guard let signer = self.signer else {
                    throw NansenError.Hardware(outcome: .unavailable)
                }
                made = try await wallet.newDeviceKey(in: signer, named: UUID().uuidString)
            } else {
                made = try await wallet.newDeviceKey()
            }
        }
        return made.map { Message(kind: .file, bytes: $0) }
    }

    /// What was scanned: a credential from its issuer, a pack, or a list.
    public func take(_ message: Message) async {
        if let item = message.trustItem {
            await change { _ = try await $0.addTrust(item: item) }
        } else if message.kind == .file {
            await take(file: message.bytes)
        } else {
            failure = sentence(for: NansenError.WrongMessage(expected: .file, found: message.kind))
        }
    }

    /// As ``take(_:)``, from a file, which does not say which of them it is.
    public func take(file: Data) async {
        await change { wallet in
            let isList = try await takeList(file) { _ = try await wallet.addTrust(item: $0) }
            if !isList { _ = try await wallet.importCredential(bytes: file) }
        }
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
        guard let file else { throw NansenError.Released }
        let opened = try await Wallet.open(at: file)
        wallet = opened
        return opened
    }

    private func read(_ wallet: Wallet) async throws {
        if phase != .unlocked { await addTrust(to: wallet) }
        let contents = try await wallet.contents()
        let ways = try await wallet.ways()
        let label = try await wallet.label()
        // Locked since, by the person or by the app's way to the background.
        guard wallet.state() == .unlocked else {
            wipeRecoveryCode()
            throw NansenError.Locked
        }
        credentials = contents.credentials
        documents = contents.documents
        waitingKeys = contents.waitingKeys
        opensWithHardware = ways.contains(.hardware)
        self.label = label
        lacksRecoveryCode = codeNote?.isThere ?? false
        phase = .unlocked
    }

    /// At each unlock, since an update of the app may bring a root or publisher. What the wallet
    /// holds is shown even if that fails.
    private func addTrust(to wallet: Wallet) async {
        for item in trust.items {
            do {
                try await wallet.addTrust(item: item)
            } catch NansenError.PublisherHeld {
                // Its keys were replaced since the app was made.
            } catch {
                failure = sentence(for: error)
            }
        }
    }

    /// Runs `body`, which makes a recovery code, with a note that nobody has written it down.
    private func noted<Result>(while body: () async throws -> Result) async throws -> Result {
        guard let codeNote else { return try await body() }
        return try await codeNote.leave(while: body)
    }

    private func wipeRecoveryCode() {
        recoveryCode?.wipe()
        recoveryCode = nil
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
