import Foundation
import XCTest

@testable import Nansen

/// Wrong PINs, a second wallet for whoever forces the first, and wipes.
final class DecoyTests: XCTestCase {
    private var fixtures: Fixtures!
    private let start = Date()

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testAfterFiveWrongPinsTheNextWaitsAndOtherWaysAreOpen() async throws {
        let (wallet, _, code) = try await fixtures.wallet()
        await wallet.lock()
        for _ in 0..<5 {
            await assertFails(with: "wrong_secret.passphrase") {
                try await wallet.unlock(passphrase: pin("000000"), now: self.start)
            }
        }
        let attempts = try await wallet.attempts(now: start)
        XCTAssertEqual(attempts, Attempts(failed: 5, waitSeconds: 30, wipeAfter: nil))
        let early = pin()
        do {
            try await wallet.unlock(passphrase: early, now: start.addingTimeInterval(10))
            XCTFail("the right PIN did not wait")
        } catch let error as NansenError {
            XCTAssertEqual(error, .TooManyAttempts(seconds: 20))
            XCTAssertTrue(error.isRetryable)
        }
        XCTAssertEqual(early.count, 0, "wiped although it was not tried")
        try await wallet.unlock(recoveryCode: code, now: start.addingTimeInterval(10))
        await wallet.lock()
        // What opens it does not end the wait, or whoever knows a decoy's PIN could guess on.
        await assertFails(with: "too_many_attempts") {
            try await wallet.unlock(passphrase: pin(), now: self.start.addingTimeInterval(10))
        }
        let later = start.addingTimeInterval(30)
        try await wallet.unlock(passphrase: pin(), now: later)
        let after = try await wallet.attempts(now: later)
        XCTAssertEqual(after, Attempts(failed: 0, waitSeconds: 0, wipeAfter: nil))
    }

    func testAWaitThatIsOverLetsTheRightPinIn() async throws {
        let wallet = try await fixtures.wallet().wallet
        await wallet.lock()
        for _ in 0..<5 {
            try? await wallet.unlock(passphrase: pin("000000"), now: start)
        }
        await assertFails(with: "too_many_attempts") {
            try await wallet.unlock(passphrase: pin(), now: self.start)
        }
        try await wallet.unlock(passphrase: pin(), now: start.addingTimeInterval(30))
    }

    func testADecoyHasItsOwnPinItsOwnCodeAndItsOwnRecords() async throws {
        let wallet = try await fixtures.wallet().wallet
        try await wallet.keep("Passport")
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.createDecoy(
                proof: .passphrase(pin("000000")), new: .passphrase(pin("1111")))
        }
        let same = pin()
        await assertFails(with: "secret_in_use") {
            try await wallet.createDecoy(proof: .passphrase(same), new: .passphrase(same))
        }
        let (proof, new) = (pin(), pin("1111"))
        let code = try await wallet.createDecoy(proof: .passphrase(proof), new: .passphrase(new))
        XCTAssertEqual([same.count, proof.count, new.count], [0, 0, 0], "wiped")

        await wallet.lock()
        try await wallet.unlock(passphrase: pin("1111"))
        var titles = try await wallet.titles()
        XCTAssertEqual(titles, [])
        try await wallet.keep("Timetable")
        await wallet.lock()
        try await wallet.unlock(recoveryCode: code)
        titles = try await wallet.titles()
        XCTAssertEqual(titles, ["Timetable"])
        await wallet.lock()
        try await wallet.unlock(passphrase: pin())
        titles = try await wallet.titles()
        XCTAssertEqual(titles, ["Passport"])
        let report = try await wallet.check(thorough: true)
        XCTAssertTrue(report.isIntact)
    }

    func testADecoyOpensBehindTheSameHardware() async throws {
        let wallet = try await fixtures.wallet().wallet
        let enclave = FakeWrapper()
        let prompt = HardwarePrompt(reason: "Unlock your documents")
        try await wallet.addHardwareWay(
            pin: pin("31"), enclave, proof: .passphrase(pin()), prompt: prompt)
        try await wallet.keep("Passport")
        let answer = try await wallet.hardwareAnswer(
            enclave, for: .passphraseAndHardware, prompt: prompt)
        _ = try await wallet.createDecoy(
            proof: .passphrase(pin()), new: .passphraseAndHardware(pin("41"), answer))
        await wallet.lock()
        try await wallet.unlock(passphrase: pin("41"), enclave, prompt: prompt)
        var titles = try await wallet.titles()
        XCTAssertEqual(titles, [])
        await wallet.lock()
        try await wallet.unlock(passphrase: pin("31"), enclave, prompt: prompt)
        titles = try await wallet.titles()
        XCTAssertEqual(titles, ["Passport"])
    }

    func testAPinThatWipesOpensTheDecoyAndNothingElseIsLeft() async throws {
        let (wallet, _, code) = try await fixtures.wallet()
        try await wallet.keep("Passport")
        _ = try await wallet.createDecoy(
            proof: .passphrase(pin()), new: .passphrase(pin("1111")))
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.setWipePassphrase(
                proof: .passphrase(pin()), decoy: .passphrase(pin("3333")),
                wipe: .passphrase(pin("2222")))
        }
        func set() async throws {
            let secrets = [pin(), pin("1111"), pin("2222")]
            try await wallet.setWipePassphrase(
                proof: .passphrase(secrets[0]), decoy: .passphrase(secrets[1]),
                wipe: .passphrase(secrets[2]))
            XCTAssertEqual(secrets.map(\.count), [0, 0, 0], "wiped")
        }
        try await set()
        try await wallet.removeWipePassphrase()
        await wallet.lock()
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin("2222"))
        }
        try await wallet.unlock(passphrase: pin())
        try await set()
        await wallet.lock()
        try await wallet.unlock(passphrase: pin("2222"))
        let titles = try await wallet.titles()
        XCTAssertEqual(titles, [])
        await wallet.lock()
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin())
        }
        await assertFails(with: "wrong_secret.recovery_code") {
            try await wallet.unlock(recoveryCode: code)
        }
        // It is the decoy's PIN from then on.
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin("1111"))
        }
        try await wallet.unlock(passphrase: pin("2222"))
    }

    func testTenWrongPinsEndEveryWayInWhereTheOwnerWantsThat() async throws {
        let (wallet, _, code) = try await fixtures.wallet()
        for few in [0, 9] as [UInt8] {
            await assertFails(with: "out_of_bounds") {
                try await wallet.setWipeAfter(attempts: few, proof: .passphrase(pin()))
            }
        }
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.setWipeAfter(attempts: 10, proof: .passphrase(pin("1")))
        }
        try await wallet.setWipeAfter(attempts: 10, proof: .passphrase(pin()))
        try await wallet.setWipeAfter(attempts: nil, proof: .passphrase(pin()))
        var attempts = try await wallet.attempts()
        XCTAssertNil(attempts.wipeAfter)
        try await wallet.setWipeAfter(attempts: 10, proof: .passphrase(pin()))
        await wallet.lock()
        var now = start
        for _ in 0..<10 {
            await assertFails(with: "wrong_secret.passphrase") {
                try await wallet.unlock(passphrase: pin("000000"), now: now)
            }
            attempts = try await wallet.attempts(now: now)
            now += TimeInterval(attempts.waitSeconds)
        }
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin(), now: now)
        }
        await assertFails(with: "wrong_secret.recovery_code") {
            try await wallet.unlock(recoveryCode: code, now: now)
        }
    }
}
