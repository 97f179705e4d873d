import Foundation
import XCTest

@testable import Nansen

/// Ways into a wallet, and what stays shut.
final class UnlockTests: XCTestCase {
    private var fixtures: Fixtures!
    private let prompt = HardwarePrompt(reason: "Unlock your documents")

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testAWrongPinOpensNothingAndMayBeTriedAgain() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        await wallet.lock()
        let wrong = pin("000000")
        do {
            try await wallet.unlock(passphrase: wrong)
            XCTFail("unlocked with a wrong PIN")
        } catch let error as NansenError {
            XCTAssertEqual(error, .WrongSecret(way: .passphrase))
            XCTAssertEqual(error.code, "wrong_secret.passphrase")
            XCTAssertTrue(error.isRetryable)
            XCTAssertFalse(error.isDataAtRisk)
        }
        XCTAssertEqual(wrong.count, 0, "wiped although it was wrong")
        await assertFails(with: "locked") { try await wallet.contents() }

        let right = pin()
        try await wallet.unlock(passphrase: right)
        XCTAssertEqual(right.count, 0, "wiped")
        await assertFails(with: "already_unlocked") {
            try await wallet.unlock(passphrase: pin())
        }
    }

    func testTheRecoveryCodeOpensAndAMistypedOneIsToldApart() async throws {
        let (wallet, _, code) = try await fixtures.wallet()
        let text = code.withData { String(decoding: $0, as: UTF8.self) }
        await wallet.lock()
        await assertFails(with: "recovery_code_mistyped") {
            try await wallet.unlock(recoveryCode: SecretBytes(utf8: "not a code"))
        }
        try await wallet.unlock(recoveryCode: SecretBytes(utf8: text.lowercased()))
        XCTAssertEqual(wallet.state(), .unlocked)
    }

    func testChangingThePinShutsOutTheOldOne() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.changePassphrase(from: pin("1"), to: pin("2"), cost: cheap)
        }
        let (old, new) = (pin(), pin("271828"))
        try await wallet.changePassphrase(from: old, to: new, cost: cheap)
        XCTAssertEqual([old.count, new.count], [0, 0], "both are wiped")
        await wallet.lock()
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin())
        }
        try await wallet.unlock(passphrase: pin("271828"))
    }

    func testANewRecoveryCodeShutsOutTheOldOne() async throws {
        let (wallet, _, old) = try await fixtures.wallet()
        let new = try await wallet.newRecoveryCode(proof: .passphrase(pin()))
        await wallet.lock()
        await assertFails(with: "wrong_secret.recovery_code") {
            try await wallet.unlock(recoveryCode: old)
        }
        try await wallet.unlock(recoveryCode: new)
    }

    func testHardwareUnlocksAndLosingItLosesNothingElse() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        let enclave = FakeWrapper()
        await wallet.lock()
        await assertFails(with: "no_such_way") {
            try await wallet.unlock(enclave, prompt: self.prompt)
        }
        try await wallet.unlock(passphrase: pin())
        try await wallet.addHardwareWay(enclave, proof: .passphrase(pin()), prompt: prompt)
        let ways = try await wallet.ways()
        XCTAssertEqual(Set(ways), [.passphrase, .recoveryCode, .hardware])

        await wallet.lock()
        for (refusal, code) in [
            (HardwareFailure.cancelled, "hardware.cancelled"),
            (.locked, "hardware.locked"),
            (.invalidated, "hardware.invalidated"),
            (.unavailable, "hardware.unavailable"),
            (.notPresent, "hardware.not_present"),
        ] {
            enclave.refuse(refusal)
            await assertFails(with: code) {
                try await wallet.unlock(enclave, prompt: self.prompt)
            }
        }
        enclave.refuse(nil)
        try await wallet.unlock(enclave, prompt: prompt)

        // A new finger: the key is gone. The PIN still opens, and the way is made anew.
        await wallet.lock()
        enclave.refuse(.invalidated)
        await assertFails(with: "hardware.invalidated") {
            try await wallet.unlock(enclave, prompt: self.prompt)
        }
        try await wallet.unlock(passphrase: pin())
        let renewed = FakeWrapper()
        try await wallet.addHardwareWay(renewed, proof: .passphrase(pin()), prompt: prompt)
        await wallet.lock()
        try await wallet.unlock(renewed, prompt: prompt)
        try await wallet.removeHardwareWay(renewed)
        XCTAssertEqual(renewed.keyCount, 0)
        await assertFails(with: "no_such_way") { try await wallet.removeHardwareWay(renewed) }
        await assertFails(with: "no_such_way") { try await wallet.removeWay(way: .hardware) }
    }

    func testARenewalThatIsDeclinedLeavesTheWayBeforeIt() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        let enclave = FakeWrapper()
        try await wallet.addHardwareWay(enclave, proof: .passphrase(pin()), prompt: prompt)
        enclave.refuse(.cancelled)
        await assertFails(with: "hardware.cancelled") {
            try await wallet.addHardwareWay(enclave, proof: .passphrase(pin()), prompt: self.prompt)
        }
        enclave.refuse(nil)
        await wallet.lock()
        try await wallet.unlock(enclave, prompt: prompt)
        try await wallet.addHardwareWay(enclave, proof: .passphrase(pin()), prompt: prompt)
        XCTAssertEqual(enclave.keyCount, 1)
        await wallet.lock()
        try await wallet.unlock(enclave, prompt: prompt)
    }

    func testAPinWithHardwareNeedsBoth() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        let enclave = FakeWrapper()
        try await wallet.addHardwareWay(
            pin: pin("31"), enclave, proof: .passphrase(pin()), prompt: prompt)
        await wallet.lock()
        await assertFails(with: "wrong_secret.passphrase_and_hardware") {
            try await wallet.unlock(passphrase: pin("32"), enclave, prompt: self.prompt)
        }
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.unlock(passphrase: pin("31"))
        }
        try await wallet.unlock(passphrase: pin("31"), enclave, prompt: prompt)
    }

    func testOneSecretServesAsBothOfACall() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        let enclave = FakeWrapper()
        let typed = pin()
        try await wallet.addHardwareWay(pin: typed, enclave, proof: .passphrase(typed), prompt: prompt)
        XCTAssertEqual(typed.count, 0, "wiped")
        let again = pin()
        try await wallet.changePassphrase(from: again, to: again, cost: cheap)
        XCTAssertEqual(again.count, 0, "wiped")
        await wallet.lock()
        try await wallet.unlock(passphrase: pin(), enclave, prompt: prompt)
        await wallet.lock()
        try await wallet.unlock(passphrase: pin())
    }

    func testAWipedPinMakesNoWallet() async throws {
        let file = fixtures.folder.appendingPathComponent("other.nansen")
        let missing = fixtures.folder.appendingPathComponent("none/other.nansen")
        let typed = pin()
        await assertFails(with: "storage.not_found") {
            try await Wallet.create(at: missing, passphrase: typed, cost: cheap)
        }
        await assertFails(with: "out_of_bounds") {
            try await Wallet.create(at: file, passphrase: typed, cost: cheap)
        }
        // The app's own bytes, wiped by hand.
        await assertFails(with: "out_of_bounds") {
            try createWallet(path: file.path, passphrase: Data(count: 6), cost: cheap)
        }
        XCTAssertFalse(FileManager.default.fileExists(atPath: file.path))
    }

    func testHardwareThatUnwrapsSomethingElseIsNotTakenUp() async throws {
        let (wallet, _, _) = try await fixtures.wallet()
        let secret = try wallet.prepareWayBlocking()
        await assertFails(with: "wrong_secret.hardware") {
            try wallet.completeWayBlocking(
                wrapped: secret, answer: .done(bytes: Data(repeating: 7, count: 32)))
        }
        let ways = try await wallet.ways()
        XCTAssertFalse(ways.contains(.hardware))
    }
}

extension Wallet {
    fileprivate func prepareWayBlocking() throws -> Data { try prepareWay() }

    fileprivate func completeWayBlocking(wrapped: Data, answer: HardwareAnswer) throws {
        _ = try pin().withData {
            try completeWay(
                proof: .passphrase(passphrase: $0),
                new: .hardware(wrapped: wrapped, answer: answer))
        }
    }
}
