import Foundation
import Nansen
import Observation

/// The people who share this phone: each has a wallet in one folder, and the chooser shows those
/// that their owners let it show.
@MainActor @Observable
public final class PeopleModel {
    /// What the chooser shows.
    public private(set) var shown: [ShownWallet] = []
    /// Whose turn it is; `nil` for the chooser.
    public private(set) var current: WalletModel?
    public private(set) var failure: String?
    private let folder: URL
    private let wrapper: (any HardwareWrapper)?
    private let signer: (any HardwareSigner)?
    private let trust: AppTrust
    private let cost: KdfCost

    /// - Parameters:
    ///   - folder: ``VaultFile/folder()``.
    ///   - wrapper: As ``WalletModel`` takes it, and so the others.
    public init(
        folder: URL, wrapper: (any HardwareWrapper)?, signer: (any HardwareSigner)? = nil,
        trust: AppTrust = .shipped, cost: KdfCost = .standard
    ) {
        self.folder = folder
        self.wrapper = wrapper
        self.signer = signer
        self.trust = trust
        self.cost = cost
    }

    /// Reads anew whom to show.
    public func look() async {
        await work { self.shown = try await Wallet.shown(in: self.folder) }
    }

    public func choose(_ wallet: ShownWallet) {
        current = model(of: wallet.url)
    }

    /// Makes room for one more person: a PIN is asked for next.
    public func addPerson() async {
        await work { self.current = self.model(of: try await Wallet.place(in: self.folder)) }
    }

    /// For whoever is not shown: opens the wallet that the PIN or recovery code belongs to.
    public func unlockHidden(_ secret: UnlockSecret) async {
        await work {
            let wallet = try await Wallet.unlockHidden(in: self.folder, with: secret)
            let model = WalletModel(
                unlocked: wallet, wrapper: self.wrapper, signer: self.signer, trust: self.trust,
                cost: self.cost)
            await model.reload()
            self.current = model
        }
    }

    /// Locks and closes the wallet, and goes back to the chooser.
    public func leave() async {
        current?.lock()
        await current?.wallet?.release()
        current = nil
        await look()
    }

    private func model(of file: URL) -> WalletModel {
        WalletModel(file: file, wrapper: wrapper, signer: signer, trust: trust, cost: cost)
    }

    private func work(_ body: () async throws -> Void) async {
        failure = nil
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }
}
