import Foundation
import XCTest

@testable import Nansen

/// Credentials whose device key lives in the phone's hardware.
final class DeviceKeyTests: XCTestCase {
    private var fixtures: Fixtures!
    private let prompt = HardwarePrompt(reason: "Show your licence")

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testHardwareSignsAndTheVerifierIsConvinced() async throws {
        let signer = OpenSSLSigner(folder: fixtures.folder)
        let (wallet, verifier) = (try await fixtures.wallet().wallet, try fixtures.verifier())
        let key = try await wallet.newDeviceKey(in: signer, named: "card-1")
        XCTAssertEqual(key.count, 33)
        let id = try await wallet.importCredential(bytes: fixtures.issue(to: key)).id
        let details = try await wallet.show(id: id)
        XCTAssertEqual(details.key, .hardware(handle: Data("card-1".utf8)))

        let open = try await verifier.request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        let choice = everything(try XCTUnwrap(session.consent()))

        // Every refusal leaves the session as it was.
        await assertFails(with: "hardware.unavailable") { try await session.complete(choice) }
        for (refusal, code) in [
            (HardwareFailure.cancelled, "hardware.cancelled"),
            (.locked, "hardware.locked"),
            (.invalidated, "hardware.invalidated"),
            (.notPresent, "hardware.not_present"),
        ] {
            var refusing = signer
            refusing.refusal = refusal
            await assertFails(with: code) { [refusing] in
                try await session.complete(choice, signer: refusing, prompt: self.prompt)
            }
        }

        // So does a signature of another key.
        _ = try await signer.makeKey(named: "card-2")
        var impostor = signer
        impostor.impostor = "card-2"
        await assertFails(with: "wrong_device_signature") { [impostor] in
            try await session.complete(choice, signer: impostor, prompt: self.prompt)
        }
        let history = try await wallet.history()
        XCTAssertTrue(history.entries.isEmpty, "nothing was shown so far")

        let answer = try await session.complete(choice, signer: signer, prompt: prompt)
        let checked = try await verifier.checkAnswer(
            request: open.id, answer: answer)
        XCTAssertEqual(checked.credentials.map(\.report.verdict), [.valid])
    }

    func testTheTwoStepsAreKeptInOrder() async throws {
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let open = try await fixtures.verifier().request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        XCTAssertThrowsError(try session.complete(answers: [])) { error in
            XCTAssertEqual(error as? NansenError, .NothingPrepared)
        }
        _ = try session.prepare(
            choice: everything(try XCTUnwrap(session.consent())), now: Timestamp(Date()))
        XCTAssertThrowsError(try session.complete(answers: [.done(bytes: Data())])) { error in
            XCTAssertEqual(error as? NansenError, .AnswerCount(given: 1, expected: 0))
        }
    }

    func testACredentialForAnotherPhoneIsRefused() async throws {
        let wallet = try await fixtures.wallet().wallet
        await assertFails(with: "other_phone") {
            try await wallet.importCredential(bytes: self.fixtures.foreignCredential)
        }
    }
}
