import Foundation
import XCTest

@testable import Nansen

final class SecretBytesTests: XCTestCase {
    func testTakingEmptiesTheSource() {
        var typed: [UInt8] = Array("492817".utf8)
        let secret = SecretBytes(taking: &typed)
        XCTAssertTrue(typed.isEmpty)
        XCTAssertEqual(secret.withData { Array($0) }, Array("492817".utf8))
    }

    func testTakingOverwritesTheSourceBeforeItIsFreed() {
        // The memory belongs to the test, so it can be looked at afterwards.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0x55)
        var typed = Data(
            bytesNoCopy: memory.baseAddress!, count: memory.count, deallocator: .none)
        let isSame = typed.withUnsafeBytes {
            $0.baseAddress == UnsafeRawPointer(memory.baseAddress)
        }
        let secret = SecretBytes(taking: &typed)
        XCTAssertEqual(secret.count, 64)
        if isSame {
            XCTAssertTrue(memory.allSatisfy { $0 == 0 })
        }
    }

    func testWipingOverwritesTheBytesThatWereLent() {
        let secret = SecretBytes(utf8: String(repeating: "x", count: 64))
        let lent = secret.withData { $0.withUnsafeBytes { $0 } }
        XCTAssertTrue(lent.allSatisfy { $0 == UInt8(ascii: "x") }, "lent without a copy")
        secret.wipe()
        XCTAssertTrue(lent.allSatisfy { $0 == 0 })
        XCTAssertEqual(secret.count, 0)
        XCTAssertTrue(secret.withData(\.isEmpty))
        secret.wipe()
    }

    func testOneSecretIsLentTwiceAndWipedAfterTheLastOfThem() {
        let secret = SecretBytes(utf8: String(repeating: "x", count: 64))
        secret.withData { outer in
            secret.withData { inner in
                secret.wipe()
                XCTAssertEqual(secret.count, 0)
                XCTAssertTrue(secret.withData(\.isEmpty), "nobody gets it any more")
                XCTAssertTrue(inner.allSatisfy { $0 == UInt8(ascii: "x") }, "still lent")
            }
            XCTAssertTrue(outer.allSatisfy { $0 == UInt8(ascii: "x") }, "still lent")
        }
        let lent = SecretBytes(utf8: String(repeating: "x", count: 64))
        let bytes = lent.withData { data in
            lent.wipe()
            return data.withUnsafeBytes { $0 }
        }
        XCTAssertTrue(bytes.allSatisfy { $0 == 0 })
    }

    func testACopyOutlivesWhatItIsOf() {
        let secret = SecretBytes(utf8: "492817")
        let copy = secret.copy()
        secret.wipe()
        XCTAssertEqual(copy.withData { Array($0) }, Array("492817".utf8))
        XCTAssertEqual(secret.copy().count, 0)
    }

    func testTwoSecretsLentInEitherOrderDoNotWaitForEachOther() {
        let (one, other) = (SecretBytes(utf8: "1"), SecretBytes(utf8: "2"))
        let (oneIsLent, otherIsLent) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let bothAreLent = expectation(description: "each has both")
        bothAreLent.expectedFulfillmentCount = 2
        DispatchQueue.global().async {
            one.withData { _ in
                oneIsLent.signal()
                otherIsLent.wait()
                other.withData { _ in bothAreLent.fulfill() }
            }
        }
        DispatchQueue.global().async {
            other.withData { _ in
                otherIsLent.signal()
                oneIsLent.wait()
                one.withData { _ in bothAreLent.fulfill() }
            }
        }
        wait(for: [bothAreLent], timeout: 10)
    }

    func testNothingPrintsThem() throws {
        let secret = Data("492817".utf8)
        let answer = HardwareAnswer.done(bytes: secret)
        let request = try Verifier(name: "Gate").request(
            query: tradeQuery, purpose: "Gate", now: 1_790_000_000)
        let printed: [Any] = [
            SecretBytes(utf8: "492817"), answer, HardwareAnswer?.some(answer) as Any,
            Unlock.passphrase(passphrase: secret), Unlock.recoveryCode(code: secret),
            Unlock.hardware(answer: answer),
            Unlock.passphraseAndHardware(passphrase: secret, answer: answer),
            Unlock.guardians(cards: [secret]),
            UnlockSecret.passphrase(pin()), UnlockSecret.guardians([pin()]),
            UnlockSecret.passphraseAndHardware(pin(), answer), BackupSecret.code(pin()),
            BackupKey.passphrase(passphrase: secret), BackupKey.code(code: secret),
            GuardianCard(number: 1, total: 3, needed: 2, text: secret),
            NewCard(GuardianCard(number: 1, total: 3, needed: 2, text: secret)),
            Message(kind: .guardianCard, bytes: secret),
            Scan.complete(message: Message(kind: .guardianCard, bytes: secret)),
            NewWay.passphrase(passphrase: secret, cost: .standard),
            NewWay.hardware(wrapped: secret, answer: answer),
            NewWay.passphraseAndHardware(passphrase: secret, wrapped: secret, answer: answer),
            OpenRequest(
                id: request.id, message: Message(kind: .request, bytes: Data()),
                expiresAt: request.expiresAt, stored: secret),
        ]
        for value in printed {
            try assertSilent(value)
        }
    }

    func testANewWalletDoesNotPrintItsRecoveryCode() throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let path = fixtures.folder.appendingPathComponent("new.nansen").path
        var new = try createWallet(path: path, passphrase: Data("492817".utf8), cost: cheap)
        new.recoveryCode = Data("492817".utf8)
        try assertSilent(new)
    }

    func testAnErrorSaysItsCodeAndNoClaim() {
        let error = NansenError.Choice(problem: .notAsked, query: 0, path: "diagnosis")
        for text in ["\(error)", String(reflecting: error), error.localizedDescription] {
            XCTAssertEqual(text, "choice.not_asked")
        }
        let bounds = NansenError.OutOfBounds(what: "passphrase", size: 0, least: 1, most: 1_024)
        XCTAssertEqual(
            bounds.errorDescription, "out_of_bounds: passphrase of 0, allowed are 1 to 1024")
    }

    func testAnEmptySecretIsAllowedAndEmpty() {
        let secret = SecretBytes(utf8: "")
        XCTAssertEqual(secret.count, 0)
        XCTAssertTrue(secret.withData(\.isEmpty))
        secret.wipe()
    }

    /// Asserts that nothing shows "492817", as text or as its bytes.
    private func assertSilent(_ value: Any) throws {
        var dumped = ""
        dump(value, to: &dumped)
        for text in ["\(value)", String(reflecting: value), dumped] {
            for shown in ["492817", "52, 57", "- 52", "- 57", "6 bytes", "NDkyODE3"] {
                XCTAssertFalse(text.contains(shown), text)
            }
        }
    }
}
