import Foundation
import XCTest

@testable import Nansen

/// Whatever is thrown at the library comes back as a `NansenError`, and the process lives on.
final class BadInputTests: XCTestCase {
    private var fixtures: Fixtures!

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testDamagedFramesAreSkippedAndTheMessageStillArrives() throws {
        let message = Message(kind: .file, bytes: Data((0..<20_000).map { UInt8($0 % 253) }))
        let texts = try messageCodes(message: message, options: .screen)
        XCTAssertGreaterThan(texts.count, 10)
        let collector = QrCollector()
        XCTAssertEqual(collector.feed(text: ""), .foreign)
        XCTAssertEqual(collector.feed(text: "https://example.org/\u{1F30D}"), .foreign)
        var received: Message?
        for (place, text) in texts.enumerated() {
            // Every eighth frame is damaged on its way; spare frames stand in.
            var damaged = text
            damaged.removeLast(3)
            switch collector.feed(text: place % 8 == 7 ? damaged : text) {
            case .complete(let message): received = message
            case .accepted, .unreadable, .duplicate: break
            case let other: XCTFail("\(other)")
            }
        }
        XCTAssertEqual(received, message)
        collector.reset()
        guard case .accepted(let count, _) = collector.feed(text: texts[0]) else {
            return XCTFail("after a reset it begins anew")
        }
        XCTAssertEqual(count, 1)
        XCTAssertEqual(collector.feed(text: texts[0]), .duplicate)
    }

    func testEmptyAndOversizedInputIsRefusedByName() async throws {
        let (wallet, file, _) = try await fixtures.wallet()
        let verifier = try fixtures.verifier()
        let other = fixtures.folder.appendingPathComponent("other.nansen")
        await assertFails(with: "out_of_bounds") {
            try await Wallet.create(at: other, passphrase: pin(""), cost: cheap)
        }
        XCTAssertFalse(FileManager.default.fileExists(atPath: other.path))
        await assertFails(with: "storage.already_exists") {
            try await Wallet.create(at: file, passphrase: pin(), cost: cheap)
        }
        await assertFails(with: "storage.not_found") { try await Wallet.open(at: other) }
        await assertFails(with: "malformed") { try await wallet.show(id: "") }
        await assertFails(with: "malformed") { try await wallet.importCredential(bytes: Data()) }
        await assertFails(with: "out_of_bounds") {
            try await wallet.importCredential(bytes: Data(count: 2 << 20))
        }
        await assertFails(with: "out_of_bounds") {
            try await wallet.contents(search: String(repeating: "x", count: 10_000))
        }
        await assertFails(with: "malformed") {
            try await wallet.begin(occasion: .request(message: Message(kind: .request, bytes: Data())))
        }
        await assertFails(with: "malformed") {
            try await verifier.request(query: "", purpose: "Gate")
        }
        await assertFails(with: "out_of_bounds") {
            try messageCodes(
                message: Message(kind: .file, bytes: Data(count: 2 << 20)), options: .screen)
        }
        await assertFails(with: "out_of_bounds") {
            try codePng(texts: [], level: .l, pixels: Pixels())
        }
        // Longer than a 32-bit number can tell, which the generated code does not survive.
        let huge = Data(count: 3 << 30)
        await assertFails(with: "out_of_bounds") {
            try await wallet.importCredential(bytes: huge)
        }
        await assertFails(with: "out_of_bounds") {
            try await wallet.begin(occasion: .request(message: Message(kind: .request, bytes: huge)))
        }
        await assertFails(with: "out_of_bounds") {
            try await wallet.addTrust(item: .statusList(bytes: huge))
        }
        await assertFails(with: "out_of_bounds") {
            try await verifier.addTrust(item: .pack(bytes: huge))
        }
        await assertFails(with: "out_of_bounds") { try await PackFacts.read(huge) }
        await assertFails(with: "out_of_bounds") { try await Receipt.read(huge) }
        await assertFails(with: "out_of_bounds") {
            try await verifier.checkQueue([
                Queued(request: nil, message: Message(kind: .printable, bytes: huge))
            ])
        }
        await assertFails(with: "out_of_bounds") {
            try await verifier.checkAnswer(
                request: String(repeating: "0", count: 64),
                answer: Message(kind: .response, bytes: huge))
        }
        let unknown = String(repeating: "0", count: 32)
        await assertFails(with: "no_such_record") { try await wallet.show(id: unknown) }
    }

    func testTextThatCannotBeCarriedIsRefusedByName() async throws {
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let verifier = try fixtures.verifier()
        let open = try await verifier.request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        // Above the border's limit, and short enough for the generated code to survive.
        let huge = String(repeating: "x", count: (64 << 20) + 1)
        let calls: [() async throws -> Any] = [
            { try await verifier.request(query: huge, purpose: "Gate") },
            { try await verifier.request(query: tradeQuery, purpose: huge) },
            { try await verifier.reopen(stored: Data(huge.utf8)) },
            { try await verifier.checkAnswer(request: huge, answer: open.message) },
            { try await wallet.contents(search: huge) },
            { try await wallet.show(id: huge) },
            { try await wallet.delete(id: huge) },
            { try await wallet.readDocument(id: huge) },
            {
                try await wallet.addDocument(
                    NewDocument(title: "", mediaType: "a/b", tags: [huge]), data: Data())
            },
            { try await wallet.begin(occasion: .print(credential: huge)) },
            {
                try await wallet.begin(
                    occasion: .unasked(
                        credential: credential, claims: [huge], lifetimeSeconds: 60))
            },
            {
                try await session.complete([
                    ChosenCredential(query: 0, credential: credential, claims: [huge])
                ])
            },
            { try await wallet.unlock(passphrase: pin(huge)) },
            { try await wallet.newRecoveryCode(proof: .passphrase(pin(huge))) },
            { try await wallet.setLabel(label: huge) },
            { try await wallet.rehearse(.guardians([pin(huge)])) },
            { try await wallet.writeBackup(to: URL(fileURLWithPath: huge), key: .code(pin())) },
            { try await Wallet.unlockHidden(in: self.fixtures.folder, with: .recoveryCode(pin(huge))) },
            { try await Verifier.create(name: huge) },
            { try await Verifier.create(name: "Gate", key: pin(huge)) },
            { try await Verifier.create(name: "Gate", trust: Data(huge.utf8)) },
            { try await Wallet.open(at: URL(fileURLWithPath: huge)) },
        ]
        for (place, call) in calls.enumerated() {
            do {
                _ = try await call()
                XCTFail("call \(place) was not refused")
            } catch NansenError.OutOfBounds(_, let size, _, let most) {
                XCTAssertGreaterThan(size, 64 << 20, "call \(place)")
                XCTAssertEqual(most, 64 << 20, "call \(place): refused at the border")
            } catch {
                XCTFail("call \(place): \(error)")
            }
        }
        XCTAssertEqual(QrCollector().feed(huge), .foreign)
        XCTAssertEqual(QrCollector().feed("https://example.org"), .foreign)
    }

    func testTimesOutsideTheCalendarAreRefused() async throws {
        let wallet = try await fixtures.wallet().wallet
        for time in [-1e300, 1e300, -.infinity, .infinity, .nan] as [TimeInterval] {
            await assertFails(with: "out_of_bounds") {
                try await wallet.contents(now: Date(timeIntervalSince1970: time))
            }
            let verifier = try fixtures.verifier()
            await assertFails(with: "out_of_bounds") {
                try await verifier.checkClock(now: Date(timeIntervalSince1970: time))
            }
            await assertFails(with: "out_of_bounds") {
                try await verifier.checkQueue([], now: Date(timeIntervalSince1970: time))
            }
        }
    }

    func testRandomBytesAtEveryCall() async throws {
        var random = SplitMix(state: 20_260_101)
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let verifier = try fixtures.verifier()
        let open = try await verifier.request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        let choice = everything(try XCTUnwrap(session.consent()))
        for _ in 0..<60 {
            for call in Self.calls {
                let bytes = random.bytes()
                do {
                    try call(
                        Target(
                            wallet: wallet, verifier: verifier, session: session,
                            request: open.id,
                            folder: fixtures.folder, credential: credential),
                        bytes, String(decoding: bytes, as: UTF8.self))
                } catch is NansenError {
                    // A refusal by name.
                } catch {
                    XCTFail("\(error)")
                }
            }
        }
        // And everything still works.
        let answer = try await session.complete(choice)
        let checked = try await verifier.checkAnswer(
            request: open.id, answer: answer)
        XCTAssertEqual(checked.credentials.map(\.report.verdict), [.valid])
        let report = try await wallet.check(thorough: true)
        XCTAssertTrue(report.isIntact)
    }

    private struct Target {
        let wallet: Wallet
        let verifier: Verifier
        let session: PresentationSession
        let request: RequestId
        let folder: URL
        let credential: RecordId
    }

    private static let now: Timestamp = 1_790_000_000

    /// Every call that takes bytes or text from outside.
    private static let calls: [(Target, Data, String) throws -> Void] = [
        { target, _, text in
            let path = target.folder.appendingPathComponent("none").path
            _ = try Wallet.open(path: path + "/" + text)
        },
        { target, bytes, text in
            let path = target.folder.appendingPathComponent("missing").path
            _ = try createWallet(path: path + "/" + text, passphrase: bytes, cost: cheap)
        },
        { try $0.wallet.unlock(with: .passphrase(passphrase: $1), now: now); _ = $2 },
        { try $0.wallet.unlock(with: .recoveryCode(code: $1), now: now); _ = $2 },
        { try $0.wallet.unlock(with: .hardware(answer: .done(bytes: $1)), now: now); _ = $2 },
        { _ = $1; _ = try $0.wallet.contents(search: $2, now: now) },
        { _ = $1; _ = try $0.wallet.show(id: $2, now: now) },
        { _ = $1; try $0.wallet.delete(id: $2) },
        { _ = $1; _ = try $0.wallet.readDocument(id: $2) },
        { _ = $2; _ = try $0.wallet.importCredential(bytes: $1, now: now) },
        { target, bytes, text in
            _ = try target.wallet.newDeviceKey(
                hardware: HardwareKey(publicKey: bytes, handle: Data(text.utf8)), now: now)
        },
        { target, bytes, text in
            let writer = try target.wallet.writeDocument(
                document: NewDocument(title: text, mediaType: text, tags: [text]), now: now)
            try writer.append(bytes: bytes)
            writer.discard()
        },
        { _ = $2; _ = try $0.wallet.begin(occasion: .request(message: Message(kind: .request, bytes: $1)), now: now) },
        { target, _, text in
            let session = try target.wallet.begin(
                occasion: .unasked(
                    credential: target.credential, claims: [text], lifetimeSeconds: 60),
                now: now)
            _ = try session.prepare(choice: [], now: now)
        },
        { _ = $1; _ = try $0.wallet.begin(occasion: .print(credential: $2), now: now) },
        { target, bytes, _ in
            for item in items(bytes) { refusedByName { try target.wallet.addTrust(item: item) } }
        },
        { target, bytes, text in
            for name in names(bytes, text) {
                refusedByName { try target.wallet.removeTrust(name: name) }
            }
        },
        { _ = $1; _ = try $0.wallet.handOn(publisher: $2, id: $2) },
        { _ = $1; _ = try $0.wallet.typeNames(credentialType: $2, language: $2) },
        { target, _, text in
            let search = Search(language: text, country: text, topic: text, words: text)
            _ = try target.wallet.searchNotes(search: search, now: now)
        },
        { _ = $0; _ = $2; _ = try packFacts(bytes: $1) },
        { _ = $0; _ = $2; _ = try readReceipt(bytes: $1) },
        { _ = $2; try $0.wallet.rehearse(with: .guardians(cards: [$1, $1])) },
        { _ = $0; _ = $2; _ = try collectCards(cards: [$1]) },
        { _ = $0; _ = try guardianCardSvg(card: $1, lines: [$2]) },
        { target, bytes, _ in
            let secret = Unlock.recoveryCode(code: bytes)
            _ = try target.wallet.createDecoy(proof: secret, new: .passphrase(passphrase: bytes))
        },
        { target, bytes, _ in
            let secret = Unlock.recoveryCode(code: bytes)
            try target.wallet.setWipePassphrase(proof: secret, decoy: secret, wipe: secret)
        },
        { _ = $2; try $0.wallet.setWipeAfter(proof: .recoveryCode(code: $1), attempts: 10) },
        {
            _ = $2
            _ = try $0.wallet.makeGuardians(proof: .recoveryCode(code: $1), needed: 2, total: 3)
        },
        { _ = $1; try $0.wallet.setLabel(label: $2) },
        { target, bytes, text in
            let path = target.folder.appendingPathComponent("none").path + "/" + text
            let key = BackupKey.code(code: bytes)
            _ = try target.wallet.writeBackup(path: path, key: key, previous: path, now: now)
        },
        { target, bytes, text in
            let path = target.folder.appendingPathComponent("received").path
            try? FileManager.default.removeItem(atPath: path)
            try keepBackupMessage(message: Message(kind: .backup, bytes: bytes), path: path)
            _ = try target.wallet.restore(
                paths: [path], key: .code(code: bytes), isDry: false, hardwareKeys: [bytes])
        },
        { target, bytes, _ in
            _ = try unlockHiddenWallet(
                folder: target.folder.path, with: .recoveryCode(code: bytes), now: now)
        },
        { target, bytes, _ in
            _ = try target.wallet.completeWay(
                proof: .recoveryCode(code: bytes),
                new: .hardware(wrapped: bytes, answer: .done(bytes: bytes)))
        },
        { target, _, text in
            _ = try target.session.prepare(
                choice: [ChosenCredential(query: 9, credential: text, claims: [text])], now: now)
        },
        { _ = $2; _ = try $0.session.complete(answers: [.done(bytes: $1)]) },
        { _, bytes, text in
            _ = try Verifier(name: text, key: bytes, trust: bytes, maxStatusAge: -1)
        },
        { target, bytes, _ in
            for item in items(bytes) { refusedByName { try target.verifier.addTrust(item: item) } }
        },
        { target, bytes, text in
            for name in names(bytes, text) {
                refusedByName { try target.verifier.removeTrust(name: name) }
            }
        },
        { _ = $1; _ = $0.verifier.handOn(publisher: $2, id: $2) },
        { _ = $1; _ = $0.verifier.typeNames(credentialType: $2, language: $2) },
        { _ = $1; _ = try $0.verifier.receipt(report: 0, purpose: $2, keep: [$2]) },
        { target, bytes, _ in
            let queue = [MessageKind.presentation, .printable, .response].map { kind in
                Queued(
                    request: kind == .response ? target.request : nil,
                    message: Message(kind: kind, bytes: bytes))
            }
            let outcomes = try target.verifier.checkQueue(queue: queue, threads: 2, now: now)
            XCTAssertEqual(outcomes.count, queue.count)
        },
        { _ = $1; _ = try $0.verifier.request(query: $2, purpose: $2, now: now) },
        { target, bytes, text in
            _ = try target.verifier.checkAnswer(
                request: text, answer: Message(kind: .response, bytes: bytes), now: now)
        },
        { target, bytes, _ in
            _ = try target.verifier.checkAnswer(
                request: target.request, answer: Message(kind: .response, bytes: bytes), now: now)
        },
        { _ = $2; _ = try $0.verifier.reopen(stored: $1) },
        { target, bytes, _ in
            for kind in [MessageKind.presentation, .printable, .request] {
                do {
                    _ = try target.verifier.checkUnasked(
                        message: Message(kind: kind, bytes: bytes), now: now)
                } catch is NansenError {}
            }
        },
        { _, _, text in _ = QrCollector().feed(text: text) },
        { _, bytes, _ in
            _ = try messageCodes(message: Message(kind: .response, bytes: bytes), options: .paper)
        },
        { _ = $0; _ = $1; _ = try drawCode(text: $2, level: .h) },
        { _ = $0; _ = $1; _ = try codePng(texts: [$2, $2], level: .m, pixels: Pixels()) },
    ]
}

/// Everything that can be trusted, of bytes that mean nothing.
private func items(_ bytes: Data) -> [TrustItem] {
    [
        .root(key: bytes), .publisher(statement: bytes, pin: bytes),
        .rotations(statements: [bytes]), .trustList(bytes: bytes), .verifierList(bytes: bytes),
        .pack(bytes: bytes), .statusList(bytes: bytes),
    ]
}

private func names(_ bytes: Data, _ text: String) -> [TrustName] {
    [
        .root(key: bytes), .publisher(name: text), .list(signer: .key(key: bytes), id: text),
        .list(signer: .publisher(name: text), id: text), .pack(publisher: text, id: text),
    ]
}

/// For one of several calls: a refusal by name does not keep the next from being made.
private func refusedByName<Result>(_ call: () throws -> Result) {
    do {
        _ = try call()
    } catch {
        XCTAssertTrue(error is NansenError, "\(error)")
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same bytes in every run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Up to 300 bytes; every third time with the head of a signed message.
    mutating func bytes() -> Data {
        var bytes = Data((0..<next() % 300).map { _ in UInt8(truncatingIfNeeded: next()) })
        if next() % 3 == 0 {
            bytes = Data([0xd2, 0x84, 0x43]) + bytes
        }
        return bytes
    }
}
