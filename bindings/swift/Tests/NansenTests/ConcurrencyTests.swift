import Foundation
import XCTest

@testable import Nansen

/// Objects that are shared between threads, locked under their users, released twice.
final class ConcurrencyTests: XCTestCase {
    private var fixtures: Fixtures!

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testEightThreadsAtOnce() async throws {
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let verifier = try fixtures.verifier()
        try await withThrowingTaskGroup(of: Verdict.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let open = try await verifier.request(
                        query: tradeQuery, purpose: "Gate \(number)")
                    _ = try await wallet.show(id: credential)
                    let session = try await wallet.begin(
                        occasion: .request(message: open.message))
                    let answer = try await session.complete(
                        everything(XCTUnwrap(try session.consent())))
                    _ = try await wallet.addDocument(
                        NewDocument(title: "\(number)", mediaType: "text/plain"),
                        from: InputStream(data: Data(count: 100_000)))
                    let checked = try await verifier.checkAnswer(
                        request: open.id, answer: answer)
                    return try XCTUnwrap(checked.credentials.first?.report.verdict)
                }
            }
            var verdicts: [Verdict] = []
            for try await verdict in group {
                verdicts.append(verdict)
            }
            XCTAssertEqual(verdicts, Array(repeating: .valid, count: 8))
        }
        let (contents, history) = (try await wallet.contents(), try await wallet.history())
        XCTAssertEqual(Set(contents.documents.map(\.title)), Set((0..<8).map(String.init)))
        XCTAssertEqual(history.entries.count, 8)
    }

    func testLockingUnderItsUsersEndsThemByName() async throws {
        let (wallet, credential) = try await fixtures.walletOfAWelder()
        let ends = await withTaskGroup(of: NansenError?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do {
                        while true {
                            _ = try await wallet.show(id: credential)
                        }
                    } catch {
                        return error as? NansenError
                    }
                }
            }
            group.addTask {
                try? await Task.sleep(nanoseconds: 50_000_000)
                await wallet.lock()
                return .Locked
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        XCTAssertEqual(ends, Array(repeating: .Locked, count: 7))
        XCTAssertEqual(wallet.state(), .locked)
        try await wallet.unlock(passphrase: pin())
        let contents = try await wallet.contents()
        XCTAssertEqual(contents.credentials.count, 1)
    }

    func testASessionEndsWithTheLock() async throws {
        let (wallet, _) = try await fixtures.walletOfAWelder()
        let open = try await fixtures.verifier().request(query: tradeQuery, purpose: "Gate")
        let session = try await wallet.begin(occasion: .request(message: open.message))
        let choice = everything(try XCTUnwrap(session.consent()))
        await wallet.lock()
        await assertFails(with: "locked") { try await session.complete(choice) }
        try await wallet.unlock(passphrase: pin())
        await assertFails(with: "ended") { try await session.complete(choice) }
    }

    func testReleasingTwiceAndUsingAfterwards() async throws {
        let (wallet, file, _) = try await fixtures.wallet()
        await assertFails(with: "storage.in_use") { try await Wallet.open(at: file) }
        await wallet.lock()
        await wallet.lock()
        await wallet.release()
        await wallet.release()
        await wallet.lock()
        XCTAssertEqual(wallet.state(), .released)
        await assertFails(with: "released") { try await wallet.contents() }
        await assertFails(with: "released") { try await wallet.unlock(passphrase: pin()) }
        await assertFails(with: "released") { try await wallet.newDeviceKey() }
        let again = try await Wallet.open(at: file)
        try await again.unlock(passphrase: pin())
    }

    func testACancelledTaskThrowsInsteadOfCalling() async throws {
        let wallet = try await fixtures.wallet().wallet
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await wallet.contents()
        }
        let result = await task.result
        XCTAssertThrowsError(try result.get()) { XCTAssertTrue($0 is CancellationError) }
    }

    #if os(Linux)
        func testTenThousandCallsTakeNoMemory() async throws {
            let (wallet, credential) = try await fixtures.walletOfAWelder()
            let verifier = try fixtures.verifier()
            let collector = QrCollector()
            func call(_ times: Int) async throws {
                for _ in 0..<times / 5 {
                    _ = try await wallet.show(id: credential)
                    _ = try await wallet.contents(search: "weld")
                    _ = try await verifier.request(query: tradeQuery, purpose: "Gate")
                    _ = collector.feed(text: "https://example.org")
                    _ = try? await wallet.importCredential(bytes: Data(count: 1_000))
                }
            }
            try await call(4_000)
            let before = try residentBytes()
            try await call(10_000)
            let growth = try residentBytes() - before
            // One kilobyte leaked in each call would be ten times this.
            XCTAssertLessThan(growth, 1 << 20)
        }

        /// Resident memory of this process (proc(5), `statm`, second field, in pages of 4 KiB).
        private func residentBytes() throws -> Int {
            let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            return try XCTUnwrap(pages) * 4_096
        }
    #endif
}
