import Foundation
import XCTest

@testable import Nansen

/// What two people with two phones do, from an empty wallet to a verdict.
final class JourneyTests: XCTestCase {
    private var fixtures: Fixtures!

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testFromAnEmptyWalletToAVerdict() async throws {
        // The holder's phone: a wallet, closed and opened again.
        let (made, file, code) = try await fixtures.wallet()
        XCTAssertFalse(code.withData(\.isEmpty))
        await made.release()
        let wallet = try await Wallet.open(at: file)
        XCTAssertEqual(wallet.state(), .locked)
        try await wallet.unlock(passphrase: pin())

        // The issuer's desk gives a credential for a key of this wallet.
        let credential = try fixtures.issue(to: await wallet.newDeviceKey())
        let imported = try await wallet.importCredential(bytes: credential)
        XCTAssertEqual(imported.issuer, .trusted)

        // A scan is kept beside it.
        let scan = Data((0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let document = try await wallet.addDocument(
            NewDocument(title: "Passport", mediaType: "application/pdf", tags: ["travel"]),
            from: InputStream(data: scan))
        let contents = try await wallet.contents()
        XCTAssertEqual(contents.credentials.map(\.id), [imported.id])
        XCTAssertEqual(contents.documents.map(\.title), ["Passport"])
        let reader = try await wallet.readDocument(id: document)
        let read = try await reader.data(limit: 1 << 20)
        XCTAssertEqual(read, scan)

        // The verifier asks, the holder scans, reads and chooses.
        let verifier = try fixtures.verifier()
        let open = try await verifier.request(query: tradeQuery, purpose: "Site induction")
        let request = try carry(open.message)
        XCTAssertEqual(request.kind, .request)
        let session = try await wallet.begin(occasion: .request(message: request))
        let consent = try XCTUnwrap(session.consent())
        XCTAssertEqual(consent.name, "Gate 3")
        XCTAssertEqual(consent.purpose, "Site induction")
        XCTAssertEqual(consent.verifier, .unknown)
        XCTAssertTrue(consent.isSatisfiable)
        let answer = try await session.complete(everything(consent))

        // The verifier scans the answer and reads the report.
        let received = try carry(answer)
        XCTAssertEqual(received.kind, .response)
        let checked = try await verifier.checkAnswer(request: open.id, answer: received)
        XCTAssertTrue(checked.isComplete)
        let report = try XCTUnwrap(checked.credentials.first?.report)
        XCTAssertEqual(report.verdict, .valid)
        guard case .verified(let presented) = report.shown else {
            return XCTFail("\(report.shown)")
        }
        XCTAssertEqual(
            presented.claims.first { $0.path == "qualification" }?.value, .text(value: "Welder"))
        XCTAssertNil(presented.claims.first { $0.path == "family_name" }, "it was not asked for")

        // The holder can look it up.
        let history = try await wallet.history()
        XCTAssertEqual(history.entries.map(\.name), ["Gate 3"])
        XCTAssertEqual(history.entries.first?.shown.first?.claims, ["qualification"])
    }

    func testAVerifierIsMadeAgainFromWhatItKept() async throws {
        let verifier = try fixtures.verifier()
        let key = await verifier.secretKey()
        let kept = key.withData { Array($0) }
        let trust = await verifier.trust()
        let again = try await Verifier.create(name: "Gate 3", key: key, trust: trust.stored)
        XCTAssertEqual(key.count, 0, "wiped")
        let same = await again.secretKey()
        XCTAssertEqual(same.withData { Array($0) }, kept)
        let sameTrust = await again.trust()
        XCTAssertEqual(sameTrust, trust)
        // What it asked before the app was ended is answered after.
        let open = try await verifier.request(query: tradeQuery, purpose: "Gate")
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let session = try await wallet.begin(occasion: .request(message: open.message))
        let answer = try await session.complete(everything(XCTUnwrap(try session.consent())))
        _ = try await again.reopen(stored: open.stored)
        let checked = try await again.checkAnswer(request: open.id, answer: answer)
        XCTAssertTrue(checked.isComplete)
        let stranger = try await Verifier.create(name: "Gate 3")
        let other = await stranger.secretKey()
        XCTAssertNotEqual(other.withData { Array($0) }, kept)
        let unusable = SecretBytes(utf8: "no key")
        await assertFails(with: "malformed") {
            try await Verifier.create(name: "Gate 3", key: unusable)
        }
        XCTAssertEqual(unusable.count, 0, "wiped although it is no key")
    }

    func testWhatNobodyAskedForIsNeverValid() async throws {
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let session = try await wallet.begin(
            occasion: .unasked(
                credential: credential, claims: ["qualification"], lifetimeSeconds: 60))
        XCTAssertNil(try session.consent())
        let message = try carry(await session.complete([]))
        let report = try await fixtures.verifier().checkUnasked(message: message)
        XCTAssertEqual(report.verdict, .undetermined)
    }

    func testAnAnswerOpensForItsRequestOnly() async throws {
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let verifier = try fixtures.verifier()
        let (first, second) = (
            try await verifier.request(query: tradeQuery, purpose: "One"),
            try await verifier.request(query: tradeQuery, purpose: "Two")
        )
        let session = try await wallet.begin(occasion: .request(message: first.message))
        let answer = try await session.complete(everything(XCTUnwrap(try session.consent())))
        await assertFails(with: "not_for_this_request") {
            try await verifier.checkAnswer(request: second.id, answer: answer)
        }
        await assertFails(with: "no_such_request") {
            try await verifier.checkAnswer(
                request: String(repeating: "0", count: 64), answer: answer)
        }
        let checked = try await verifier.checkAnswer(
            request: first.id, answer: answer)
        XCTAssertTrue(checked.isComplete)
        await assertFails(with: "already_answered") {
            try await verifier.checkAnswer(request: first.id, answer: answer)
        }
    }

    func testARequestIsAnsweredOnce() async throws {
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let open = try await fixtures.verifier().request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        let choice = everything(try XCTUnwrap(session.consent()))
        _ = try await session.complete(choice)
        await assertFails(with: "already_answered") { try await session.complete(choice) }
        let history = try await wallet.history()
        XCTAssertEqual(history.entries.count, 1)
    }

    func testARequestThatExpiredIsNotAnswered() async throws {
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let open = try await fixtures.verifier().request(query: tradeQuery, purpose: "Gate")
        let later = Date(open.expiresAt).addingTimeInterval(3_600)
        await assertFails(with: "request.expired") {
            try await wallet.begin(occasion: .request(message: open.message), now: later)
        }
    }

    func testAChoiceMustGoWithTheRequest() async throws {
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let open = try await fixtures.verifier().request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        await assertFails(with: "choice.nothing") { try await session.complete([]) }
        await assertFails(with: "choice.not_asked") {
            try await session.complete([
                ChosenCredential(
                    query: 0, credential: credential, claims: ["qualification", "family_name"])
            ])
        }
        let choice = everything(try XCTUnwrap(session.consent()))
        let answer = try await session.complete(choice)
        XCTAssertEqual(answer.kind, .response, "the refusals left the session as it was")
    }
}
