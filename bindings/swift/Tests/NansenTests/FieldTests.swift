import Foundation
import XCTest

@testable import Nansen

/// Who is asking, as the holder is told; and work in the field, as the verifier does it.
final class FieldTests: XCTestCase {
    private var fixtures: Fixtures!
    private var publisher: Publisher!
    private let both = ["family_name", "qualification"]

    override func setUpWithError() throws {
        fixtures = try Fixtures()
        publisher = try Publisher(fixtures)
    }
    override func tearDown() { fixtures.remove() }

    func testAHolderIsToldWhoAsksAndWhatGoesBeyondTheirRole() async throws {
        let wallet = try await publisher.phone()
        let inspector = try await publisher.verifier(key: Publisher.inspector())
        let inspectorKey = await inspector.publicKey()
        XCTAssertEqual(inspectorKey, rootKey)
        let now = publisher.day(5)
        func standing(_ verifier: Verifier, _ claims: [String]) async throws -> VerifierStanding {
            let open = try await ask(verifier, claims, now: now)
            return try await wallet.consent(to: open, now: now).verifier
        }
        guard case .registered(let name, let role, let country, let beyond, _, let age, _, _) =
            try await standing(inspector, both)
        else { return XCTFail("it is on the list") }
        XCTAssertEqual([name, role, country], ["Labour Inspectorate", "labour_inspectorate", "NPL"])
        XCTAssertEqual(beyond, [])
        XCTAssertEqual(age, 5 * 86_400)

        guard case .registered(_, _, _, let more, let word, _, _, let sentence) =
            try await standing(inspector, ["family_name", "eqf_level"])
        else { return XCTFail("it is on the list") }
        XCTAssertEqual(
            more, [Beyond(credentialType: "urn:nansen:skills:1", claim: "eqf_level")])
        XCTAssertEqual(word, Publisher.name)
        XCTAssertTrue(sentence.contains("eqf_level"), sentence)

        let stranger = try await standing(try await publisher.verifier(), both)
        XCTAssertEqual(stranger, .unknown)

        _ = try publisher.pack(2, on: 2, cutOff: 1)
        try await wallet.addTrust(item: .pack(bytes: try publisher.delta()))
        let stolen = try await standing(inspector, both)
        XCTAssertEqual(stolen, .keyNotTrusted(name: "Labour Inspectorate"))
    }

    func testAnOldStatusIsAcceptedWarnedOfOrRefusedAndTheReportSaysWhich() async throws {
        let wallet = try await publisher.phone()
        let now = publisher.day(95)
        for (policy, verdict, spoken) in [
            (OldStatus.accept, Verdict.valid, "good"), (.warn, .undetermined, "status is old"),
            (.refuse, .invalid, "status too old"),
        ] {
            let verifier = try await publisher.verifier(oldStatus: policy)
            let open = try await ask(verifier, both, now: now)
            let answer = try await wallet.answer(open, now: now)
            let checked = try await verifier.checkAnswer(
                request: open.id, answer: answer, now: now)
            let report = try XCTUnwrap(checked.credentials.first?.report)
            XCTAssertEqual(report.verdict, verdict)
            XCTAssertEqual(report.spoken, spoken)
            XCTAssertEqual(
                report.statusPolicy, StatusPolicy(maxAge: 30 * 86_400, beyond: policy))
            XCTAssertGreaterThanOrEqual(report.statusAge ?? 0, 95 * 86_400)
            XCTAssertEqual(report.issuer?.qualityBody, "CTEVT")
            XCTAssertEqual(report.issuer?.jurisdictions, ["NPL"])
            XCTAssertEqual(report.issuer?.isListOverdue, true)
        }
    }

    func testAReceiptHoldsWhatWasChosenUntilTheSessionEnds() async throws {
        let wallet = try await publisher.phone()
        let verifier = try await publisher.verifier(key: Publisher.inspector())
        let now = publisher.day(5)
        let open = try await ask(verifier, both, now: now)
        let answer = try await wallet.answer(open, now: now)
        let checked = try await verifier.checkAnswer(request: open.id, answer: answer, now: now)
        let report = try XCTUnwrap(checked.credentials.first?.report)
        let signed = try await verifier.receipt(
            of: report, purpose: "Site 12", keep: ["qualification"])
        let receipt = try await Receipt.read(signed)
        XCTAssertEqual([receipt.verdict, receipt.purpose], ["valid", "Site 12"])
        XCTAssertEqual(receipt.verifier, rootKey)
        XCTAssertEqual(Date(receipt.checkedAt), now)
        XCTAssertEqual(receipt.checks.count, report.checks.count)
        XCTAssertEqual(receipt.claims.map(\.path), ["qualification"])
        XCTAssertEqual(receipt.claims.map(\.value), [.text(value: "Welder")])
        let without = try await Receipt.read(
            try await verifier.receipt(of: report, purpose: "Site 12"))
        XCTAssertEqual(without.claims, [])

        for place in [signed.count / 2, signed.count - 1] {
            var altered = signed
            altered[altered.startIndex + place] ^= 1
            do {
                _ = try await Receipt.read(altered)
                XCTFail("byte \(place) was altered")
            } catch let error as NansenError {
                XCTAssertTrue(["bad_signature", "malformed"].contains(error.code), error.code)
            }
        }

        let counted = await verifier.tally()
        XCTAssertEqual(counted.valid, 1)
        XCTAssertEqual(counted.types, [Count(name: "urn:nansen:skills:1", count: 1)])
        let ended = await verifier.endSession(step: 5)
        XCTAssertEqual(ended.valid, 0, "fewer than five are not told")
        await assertFails(with: "ended") {
            try await verifier.receipt(of: report, purpose: "Site 12")
        }
        let (none, trust) = (await verifier.tally(), await verifier.trust())
        XCTAssertEqual(none.valid, 0)
        XCTAssertEqual(trust.packs.count, 1, "what is trusted stays")
    }

    func testAQueueIsCheckedOnSeveralCoresAndCounted() async throws {
        let wallet = try await publisher.phone()
        let verifier = try await publisher.verifier()
        let now = publisher.day(1)
        var queue: [Queued] = []
        for _ in 0..<2 {
            let open = try await ask(verifier, both, now: now)
            let answer = try await wallet.answer(open, now: now)
            queue.append(Queued(request: open.id, message: answer))
        }
        let nobodys = String(repeating: "0", count: 64)
        let credential = try await wallet.contents(now: now).credentials[0].id
        let session = try await wallet.begin(
            occasion: .unasked(
                credential: credential, claims: ["qualification"], lifetimeSeconds: 600),
            now: now)
        let recording = try await session.complete([], now: now)
        // A second answer to the first request, one to nothing, a recording, and noise.
        queue += [
            queue[0], Queued(request: nobodys, message: queue[0].message),
            Queued(request: nil, message: recording),
            Queued(request: nil, message: Message(kind: .printable, bytes: Data([1, 2, 3]))),
        ]
        let outcomes = try await verifier.checkQueue(queue, threads: 2, now: now)
        XCTAssertEqual(
            outcomes.map(Self.told),
            ["valid", "valid", "no_such_request", "no_such_request", "undetermined", "malformed"])
        let tally = await verifier.tally()
        XCTAssertEqual([tally.valid, tally.undetermined, tally.unreadable], [2, 1, 1])
        XCTAssertEqual(tally.reasons.map(\.name), ["not_bound_to_this_meeting"])
        let noise = [Queued](repeating: queue[5], count: 130)
        var progress: [Int] = []
        let many = try await verifier.checkQueue(noise, threads: 0, now: now) {
            progress.append($0)
        }
        XCTAssertEqual(many.count, noise.count)
        XCTAssertEqual(progress, [64, 128, 130])
        await assertFails(with: "malformed") {
            try await verifier.checkQueue([Queued(request: "none", message: recording)])
        }
        let rounded = await verifier.endSession(step: 2)
        XCTAssertEqual([rounded.valid, rounded.undetermined], [2, 0])
    }

    /// The verdict, or the code of the refusal.
    private static func told(_ outcome: QueueOutcome) -> String {
        switch outcome {
        case .answered(let answer):
            return answer.credentials.map { String(describing: $0.report.verdict) }.joined()
        case .alone(let report): return String(describing: report.verdict)
        case .refused(let error): return error.code
        }
    }
}
