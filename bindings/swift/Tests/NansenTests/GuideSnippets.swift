// The Swift of bindings/README.md, word for word: `GuideTests` compares, and runs it. What it leaves
// to the app, and what this machine lacks, stands there.

import Foundation
import Nansen

func firstVault(typed: inout [UInt8]) async throws {
    let pin = SecretBytes(taking: &typed)             // typed holds zeros now
    let url = try VaultFile.folder().appendingPathComponent("vault.nansen")
    let (wallet, recoveryCode) = try await Wallet.create(at: url, passphrase: pin)
    showOnce(recoveryCode)                            // to be written on paper
    recoveryCode.wipe()
    _ = try await wallet.addTrust(item: .root(key: rootKey))
    print(try await wallet.contents().credentials.count)
    await wallet.release()
}

let enclave = KeychainWrapper(name: "vault")
let prompt = HardwarePrompt(reason: "Unlock your vault", fallbackTitle: "Use PIN")

/// Once, while the wallet is unlocked. Keys of earlier set-ups go.
func setUpHardware(_ wallet: Wallet, pin: SecretBytes) async throws {
    try await wallet.addHardwareWay(enclave, proof: .passphrase(pin), prompt: prompt)
}

/// From the next start on, while it is locked.
func unlockWithHardware(_ wallet: Wallet) async throws {
    try await wallet.unlock(enclave, prompt: prompt)
}

/// What stood at `url` before stands there until the new one was read back.
func backUp(_ wallet: Wallet, to url: URL, code: SecretBytes) async throws {
    let backup = try await wallet.writeBackup(to: url, key: .code(code))    // wipes code
    try await backup.finish { showProgress($0.records, of: $0.records + $0.recordsLeft) }
    tellWhatIsNotInIt(try await backup.leftOut())
}

/// On the other phone: first what would become of each record, then, if the person agrees, for good.
func restore(_ wallet: Wallet, from urls: [URL], typed: SecretBytes) async throws {
    defer { typed.wipe() }
    let dry = try await wallet.restore(from: urls, key: .code(typed.copy()), isDry: true)
    guard await agree(to: try await dry.finish()) else { return }
    let restore = try await wallet.restore(from: urls, key: .code(typed.copy()))
    for record in try await restore.finish() where record.mustBeIssuedAgain {
        askForItAgain(record.title, from: record.issuer)
    }
}

let cards = CardCollector()                           // wipe() wipes what it holds

/// A card as it was typed, or `message.bytes` of a scan.
func onCard(_ wallet: Wallet, _ card: SecretBytes) async throws {
    let collected = try cards.add(card)               // throws Card for one that is no help
    guard collected.have == collected.needed else {
        return showMissing(collected.needed - collected.have)
    }
    try await wallet.unlock(cards.secret())
    try await wallet.setPassphrase(askForNewPin(), proof: cards.secret())
    cards.wipe()
}
