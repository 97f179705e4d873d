import Foundation
import XCTest

@testable import Nansen

/// Scans go in and out in pieces, and half a document is none.
final class DocumentTests: XCTestCase {
    private var fixtures: Fixtures!
    private let document = NewDocument(title: "Contract", mediaType: "application/pdf")

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testAFileGoesInAndComesOutFromAnyPlace() async throws {
        let wallet = try await fixtures.wallet().wallet
        let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 251) })
        let file = fixtures.folder.appendingPathComponent("contract.pdf")
        try bytes.write(to: file)
        let id = try await wallet.addDocument(
            document, from: FileHandle(forReadingFrom: file))
        let reader = try await wallet.readDocument(id: id)
        XCTAssertEqual(reader.length(), UInt64(bytes.count))
        var rest = Data()
        for try await piece in reader.pieces(from: 2_000_001) {
            rest.append(piece)
        }
        XCTAssertEqual(rest, bytes.suffix(from: 2_000_001))
        let tooLong = try await reader.data(limit: 100)
        XCTAssertNil(tooLong)
        let beyond = try reader.read(offset: 9_000_000, count: 10)
        XCTAssertTrue(beyond.isEmpty)
        XCTAssertThrowsError(try reader.read(offset: 0, count: .max)) { error in
            XCTAssertEqual((error as? NansenError)?.code, "out_of_bounds")
        }
    }

    func testAnEmptyDocumentIsADocument() async throws {
        let wallet = try await fixtures.wallet().wallet
        let id = try await wallet.addDocument(document, from: InputStream(data: Data()))
        let read = try await wallet.readDocument(id: id).data(limit: 0)
        XCTAssertEqual(read, Data())
    }

    func testAPieceOfAnySizeIsTaken() async throws {
        let wallet = try await fixtures.wallet().wallet
        let bytes = Data((0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 / 7) })
        let pieces = AsyncStream<Data> { continuation in
            // A slice, whose indices do not begin at 0.
            continuation.yield(bytes.dropFirst(1))
            continuation.yield(Data())
            continuation.yield(bytes.prefix(1))
            continuation.finish()
        }
        let id = try await wallet.addDocument(document, pieces: pieces)
        let read = try await wallet.readDocument(id: id).data(limit: 1 << 20)
        XCTAssertEqual(read, bytes.dropFirst(1) + bytes.prefix(1))
    }

    func testPiecesThatEndInAnErrorLeaveNothing() async throws {
        let wallet = try await fixtures.wallet().wallet
        let pieces = AsyncThrowingStream<Data, any Error> { continuation in
            continuation.yield(Data(repeating: 1, count: 100_000))
            continuation.finish(throwing: CocoaError(.fileReadCorruptFile))
        }
        do {
            _ = try await wallet.addDocument(document, pieces: pieces)
            XCTFail("half a document was kept")
        } catch let error as CocoaError {
            XCTAssertEqual(error.code, .fileReadCorruptFile)
        }
        let documents = try await wallet.contents().documents
        XCTAssertTrue(documents.isEmpty)
    }

    func testACancelledTaskLeavesNothing() async throws {
        let wallet = try await fixtures.wallet().wallet
        let endless = AsyncStream<Data> { Data(repeating: 1, count: 1_000) }
        let adding = Task { [document] in
            try await wallet.addDocument(document, pieces: endless)
        }
        try await Task.sleep(nanoseconds: 50_000_000)
        adding.cancel()
        let ended = await adding.result
        if case .success(let id) = ended {
            XCTFail("a document of whatever had come was kept as \(id)")
        }
        let documents = try await wallet.contents().documents
        XCTAssertTrue(documents.isEmpty)
    }

    func testAStreamThatCannotBeReadIsItsOwnError() async throws {
        let wallet = try await fixtures.wallet().wallet
        let missing = fixtures.folder.appendingPathComponent("missing")
        do {
            _ = try await wallet.addDocument(
                document, from: try XCTUnwrap(InputStream(url: missing)))
            XCTFail("a missing file was kept")
        } catch {
            XCTAssertFalse(error is NansenError)
        }
        let documents = try await wallet.contents().documents
        XCTAssertTrue(documents.isEmpty)
    }

    func testAWriterEndsWithTheLock() async throws {
        let wallet = try await fixtures.wallet().wallet
        let writer = try wallet.beginDocument(document)
        try writer.append(bytes: Data([1, 2, 3]))
        await wallet.lock()
        try await wallet.unlock(passphrase: pin())
        XCTAssertThrowsError(try writer.append(bytes: Data([4]))) { error in
            XCTAssertEqual(error as? NansenError, .Ended)
        }
        writer.discard()
        let documents = try await wallet.contents().documents
        XCTAssertTrue(documents.isEmpty)
    }
}

extension Wallet {
    fileprivate func beginDocument(_ document: NewDocument) throws -> DocumentWriter {
        try writeDocument(document: document, now: Timestamp(Date()))
    }
}
