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

    func testNothingPrintsThem() {
        let secret = SecretBytes(utf8: "492817")
        for text in ["\(secret)", String(reflecting: secret), dumped(secret)] {
            XCTAssertFalse(text.contains("492817") || text.contains("52"), text)
        }
    }

    func testAnEmptySecretIsAllowedAndEmpty() {
        let secret = SecretBytes(utf8: "")
        XCTAssertEqual(secret.count, 0)
        XCTAssertTrue(secret.withData(\.isEmpty))
        secret.wipe()
    }

    private func dumped(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
