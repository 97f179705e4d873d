import Foundation
import Nansen

/// What two people with two phones do, told in plain words.
@main
struct Journey {
    static func main() async {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("swift-journey-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await run(in: folder)
        } catch {
            print("The journey ended: \(error.localizedDescription)")
            exit(1)
        }
    }

    private static func run(in folder: URL) async throws {
        let desk = try Desk(in: folder)

        print("A welder gets a phone and makes a wallet on it.")
        var typed = Array("492817".utf8)
        let file = folder.appendingPathComponent("wallet.nansen")
        let (wallet, recoveryCode) = try await Wallet.create(
            at: file, passphrase: SecretBytes(taking: &typed))
        print("  What was typed is overwritten; \(typed.count) bytes are left of it.")
        print("  A recovery code of \(recoveryCode.count) characters goes on paper.")
        recoveryCode.wipe()
        try await trust(desk, by: wallet)

        print("The skills board issues a credential to a key of this phone.")
        let credential = try desk.issue(to: await wallet.newDeviceKey())
        let imported = try await wallet.importCredential(bytes: credential)
        let details = try await wallet.show(id: imported.id)
        print("  \(details.summary.title), by \(details.summary.issuer):")
        for claim in details.presented.claims where details.redactable.contains(claim.path) {
            print("    \(claim.path): \(claim.value.text)")
        }

        print("The welder keeps a scan of a contract beside it.")
        let scan = InputStream(data: Data(count: 3 << 20))
        _ = try await wallet.addDocument(
            NewDocument(title: "Contract", mediaType: "application/pdf"), from: scan)
        let documents = try await wallet.contents().documents
        print("  The wallet holds: \(documents.map(\.title).joined(separator: ", ")).")

        print("At a gate, the guard's phone shows a request.")
        let gate = try Verifier(name: "Gate 3")
        try await trust(desk, by: gate)
        let open = try await gate.request(query: query, purpose: "Site induction")

        print("The welder scans it and reads who asks, why, and for what.")
        let request = try carry(open.message)
        let session = try await wallet.begin(occasion: .request(message: request))
        guard let consent = try session.consent() else { throw CocoaError(.coderValueNotFound) }
        print("  \(consent.name), for: \(consent.purpose). Known here: \(consent.verifier.words).")
        var choice: [ChosenCredential] = []
        for (place, query) in consent.queries.enumerated() {
            guard let candidate = query.candidates.first else { continue }
            for claim in candidate.claims {
                print("  Would be shown: \(claim.path), of \(candidate.credential.title).")
            }
            choice.append(
                ChosenCredential(
                    query: UInt32(place), credential: candidate.credential.id,
                    claims: candidate.claims.map(\.path)))
        }
        let answer = try await session.complete(choice)

        print("The welder agrees, and the guard scans the answer.")
        let received = try carry(answer)
        let checked = try await gate.checkAnswer(request: open.id, answer: received)
        for credential in checked.credentials {
            tell(credential.report, asked: choice.flatMap(\.claims))
        }

        print("The guard signs a receipt with the trade in it, and forgets everybody.")
        for credential in checked.credentials {
            let receipt = try await Receipt.read(
                try await gate.receipt(
                    of: credential.report, purpose: "Gate 3", keep: ["qualification"]))
            let kept = receipt.claims.map(\.value.text).joined(separator: ", ")
            print("  \(receipt.name) found it \(receipt.verdict): \(kept), and no name.")
        }
        let counts = await gate.endSession(step: 1)
        print("  Left of the day: \(counts.valid) valid, \(counts.invalid) not.")

        print("Later, the welder looks up what was shown.")
        for entry in try await wallet.history().entries {
            let claims = entry.shown.flatMap(\.claims).joined(separator: ", ")
            print("  To \(entry.name), for \(entry.purpose): \(claims)")
        }

        print("At home, the welder makes a backup, whose code goes on paper.")
        let code = BackupFile.newCode()
        let backup = folder.appendingPathComponent("wallet.backup")
        try await wallet.writeBackup(to: backup, key: .code(code.copy())).finish()

        print("The phone is locked, and lost. Whoever finds it guesses a PIN.")
        await wallet.lock()
        do {
            try await wallet.unlock(passphrase: SecretBytes(utf8: "123456"))
        } catch let error as NansenError {
            print("  \(error.code): nothing opens.")
        }
        await wallet.release()

        print("The welder restores the backup on another phone.")
        let (other, otherCode) = try await Wallet.create(
            at: folder.appendingPathComponent("other.nansen"),
            passphrase: SecretBytes(utf8: "271828"))
        otherCode.wipe()
        for record in try await other.restore(from: [backup], key: .code(code)).finish()
        where [.credential, .document].contains(record.kind) {
            print("  \(record.title): \(record.outcome)")
        }
        await other.release()

        guard checked.isComplete else { throw CocoaError(.coderInvalidValue) }
        print("Done: the answer was complete and valid.")
    }

    private static func trust(_ desk: Desk, by wallet: Wallet) async throws {
        for item in desk.items {
            try await wallet.addTrust(item: item)
        }
    }

    private static func trust(_ desk: Desk, by verifier: Verifier) async throws {
        for item in desk.items {
            try await verifier.addTrust(item: item)
        }
    }

    /// Carries a message from one screen to the other camera, code by code.
    private static func carry(_ message: Message) throws -> Message {
        let texts = try messageCodes(message: message, options: .screen)
        let collector = QrCollector()
        for (number, text) in texts.enumerated() {
            if case .complete(let received) = collector.feed(text: text) {
                print("  Carried \(received.bytes.count) bytes in \(number + 1) code(s).")
                return received
            }
        }
        throw CocoaError(.coderReadCorrupt)
    }

    private static func tell(_ report: Report, asked: [ClaimPath]) {
        print("  Verdict: \(report.verdict).")
        for check in report.checks {
            let why = check.sentence.isEmpty ? "" : " (\(check.sentence))"
            print("    \(check.check): \(check.outcome)\(why)")
        }
        if case .verified(let presented) = report.shown {
            for claim in presented.claims where asked.contains(claim.path) {
                print("  The guard may rely on \(claim.path): \(claim.value.text)")
            }
        }
    }

    private static let query = """
        {"credentials": [{"id": "trade", "format": "dc+sd-cwt",
          "meta": {"vct_values": ["urn:nansen:skills:1"]},
          "claims": [{"path": ["qualification"]}]}]}
        """
}

extension Desk {
    fileprivate var items: [TrustItem] {
        [.root(key: root), .trustList(bytes: trustList), .statusList(bytes: statusList)]
    }
}

extension VerifierStanding {
    fileprivate var words: String {
        switch self {
        case .registered(_, _, _, _, _, _, _, let sentence): return sentence
        case .keyNotTrusted(let name): return "as \(name), whose key is not to be trusted"
        case .listed(let name): return "yes, as \(name)"
        case .met(_, _, let times): return "met \(times) time(s)"
        case .unknown: return "no"
        }
    }
}

extension ClaimValue {
    fileprivate var text: String {
        switch self {
        case .text(let value): return value
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .truth(let value): return value ? "yes" : "no"
        case .bytes(let value): return "\(value.count) bytes"
        case .nothing: return "nothing"
        }
    }
}
