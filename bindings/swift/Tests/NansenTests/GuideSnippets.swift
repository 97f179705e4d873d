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

/// At each start: the publisher whose first root statement and pin the app ships.
func trustPublisher(_ wallet: Wallet, statement: Data, pin: Data) async throws {
    do {
        try await wallet.addTrust(item: .publisher(statement: statement, pin: pin))
    } catch NansenError.PublisherHeld {}              // its keys were replaced since: no failure
}

/// A pack that came as a file.
func takePack(_ wallet: Wallet, from url: URL) async throws {
    let pack = try Data(contentsOf: url)
    let facts = try await PackFacts.read(pack)        // its own word, not checked yet
    guard await agree(to: facts) else { return }
    try await wallet.addTrust(item: .pack(bytes: pack))
}

/// To the camera of the next phone, until the task is cancelled.
func handOn(_ wallet: Wallet, _ pack: PackFacts) async throws {
    let message = try await wallet.handOn(publisher: pack.publisher, id: pack.id)
    guard let message else { return }
    for try await code in message.frames() { draw(code) }
}

/// What to tell the holder first, and which claims to mark.
func whoAsks(_ consent: Consent) -> (sentence: String, beyond: [ClaimPath]) {
    switch consent.verifier {
    case .registered(_, _, _, let beyond, _, _, _, let sentence):
        return (sentence, beyond.map(\.claim))
    case .keyNotTrusted(let name): return ("Somebody else may be using the key of \(name).", [])
    case .listed(let name): return ("Known as \(name).", [])
    case .met(let name, _, let times): return ("Met \(times) times, last as \(name).", [])
    case .unknown: return ("Unknown. Anybody can ask under any name.", [])
    }
}

/// Up to 64 messages at once, so that each can get its receipt.
func check(_ queue: [Queued], by verifier: Verifier) async throws {
    for (queued, outcome) in zip(queue, try await verifier.checkQueue(queue)) {
        switch outcome {
        case .answered(let answer):
            for report in answer.credentials.map(\.report) {
                file(try await verifier.receipt(
                    of: report, purpose: "Site 12", keep: ["qualification"]))
            }
        case .alone(let report): show(report)
        case .refused(let error): explain(error, of: queued)
        }
    }
}

/// In the evening: nobody's claims are left, and the counts give nobody away.
func endDay(_ verifier: Verifier) async {
    show(await verifier.endSession(step: 5))
}

/// Ages go by the clock, unless signed times speak against it.
func tellAges(_ verifier: Verifier) async throws {
    let time = try await verifier.checkClock()
    if let doubt = time.doubt { warn(doubt) }         // .behind(seconds:) or .ahead(seconds:)
    for pack in await verifier.trust().packs {
        show(pack.id, age: time.reckoned - pack.issuedAt, isDue: pack.nextUpdate < time.reckoned)
    }
}
