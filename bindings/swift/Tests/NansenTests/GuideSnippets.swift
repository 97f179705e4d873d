// The Swift of bindings/README.md, word for word: `GuideTests` compares, and runs it. What it leaves
// to the app, and what this machine lacks, stands there.

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
