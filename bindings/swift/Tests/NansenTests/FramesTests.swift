import Foundation
import XCTest

@testable import Nansen

/// Codes to show, one after the other.
final class FramesTests: XCTestCase {
    func testASmallMessageIsOneCode() async throws {
        var codes: [QrCode] = []
        for try await code in Message(kind: .file, bytes: Data([1, 2, 3])).frames() {
            codes.append(code)
        }
        let code = try XCTUnwrap(codes.first)
        XCTAssertEqual(codes.count, 1)
        XCTAssertEqual(code.modules.count, Int(code.side * code.side))
        // The three finder patterns, and none at the lower right (ISO/IEC 18004, 6.3.3).
        let last = Int(code.side) - 1
        XCTAssertTrue(code.isDark(row: 0, column: 0))
        XCTAssertTrue(code.isDark(row: 0, column: last))
        XCTAssertTrue(code.isDark(row: last, column: 0))
        XCTAssertFalse(code.isDark(row: 1, column: 1))
        XCTAssertFalse(code.isDark(row: -1, column: 0))
        XCTAssertFalse(code.isDark(row: 0, column: last + 1))
    }

    func testALargeMessageGoesRoundUntilTheTaskEnds() async throws {
        let message = Message(kind: .file, bytes: Data((0..<4_000).map { UInt8($0 % 251) }))
        let count = try messageCodes(message: message, options: .screen).count
        XCTAssertGreaterThan(count, 2)
        var seen: [QrCode] = []
        for try await code in message.frames(framesPerSecond: 60) {
            seen.append(code)
            if seen.count == 2 * count { break }
        }
        XCTAssertEqual(seen.count, 2 * count)
        XCTAssertGreaterThanOrEqual(Set(seen).count, count - 1)
    }

    func testAnyNumberOfFramesASecondIsBounded() async throws {
        let message = Message(kind: .file, bytes: Data((0..<4_000).map { UInt8($0 % 251) }))
        for rate in [.nan, .infinity, -.infinity, 0, -8, 1e300] as [Double] {
            for try await _ in message.frames(framesPerSecond: rate) { break }
        }
    }

    func testAMessageThatCannotBeCarriedThrows() async throws {
        await assertFails(with: "out_of_bounds") {
            for try await _ in Message(kind: .file, bytes: Data(count: 2 << 20)).frames() {}
        }
    }

    func testTheFolderForVaultsIsThereAndTheSameEachTime() throws {
        let folder = try VaultFile.folder()
        XCTAssertEqual(folder, try VaultFile.folder())
        var isFolder: ObjCBool = false
        XCTAssertTrue(
            FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder))
        XCTAssertTrue(isFolder.boolValue)
    }
}
