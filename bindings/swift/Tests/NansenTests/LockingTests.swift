import Foundation
import XCTest

@testable import Nansen

/// A wallet that locks by itself, as far as the app tells it what happens.
final class LockingTests: XCTestCase {
    private var fixtures: Fixtures!
    private let start = Date()

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testItLocksWhenIdleAndInTheBackground() async throws {
        let wallet = try await fixtures.wallet().wallet
        let policy = try await wallet.autoLock()
        XCTAssertEqual(policy, AutoLock(idleSeconds: 300, backgroundSeconds: 30))
        await wallet.lock()
        try await wallet.unlock(passphrase: pin(), now: start)
        await assert(wallet, is: .unlocked, after: .tick, at: 299)
        await assert(wallet, is: .unlocked, after: .used, at: 299)
        await assert(wallet, is: .locked, after: .tick, at: 599)

        try await wallet.unlock(passphrase: pin(), now: start)
        await assert(wallet, is: .unlocked, after: .background, at: 10)
        await assert(wallet, is: .unlocked, after: .foreground, at: 39)
        await assert(wallet, is: .unlocked, after: .background, at: 50)
        await assert(wallet, is: .locked, after: .foreground, at: 80)
        await assertFails(with: "locked") { try await wallet.contents() }
    }

    func testItsOwnerChoosesAndTheChoiceIsKept() async throws {
        let wallet = try await fixtures.wallet().wallet
        let policy = AutoLock(idleSeconds: nil, backgroundSeconds: 0)
        try await wallet.setAutoLock(policy: policy)
        await wallet.lock()
        await assertFails(with: "locked") { try await wallet.autoLock() }
        try await wallet.unlock(passphrase: pin(), now: start)
        let kept = try await wallet.autoLock()
        XCTAssertEqual(kept, policy)
        await assert(wallet, is: .unlocked, after: .tick, at: 100_000)
        await assert(wallet, is: .locked, after: .background, at: 100_000)
    }

    func testAClockThatIsSetBackLocks() async throws {
        let wallet = try await fixtures.wallet().wallet
        await assert(wallet, is: .unlocked, after: .used, at: 100)
        await assert(wallet, is: .locked, after: .used, at: 0)
    }

    private func assert(
        _ wallet: Wallet, is expected: WalletState, after activity: Activity, at second: Double,
        line: UInt = #line
    ) async {
        let now = start.addingTimeInterval(second)
        let state = try? await wallet.noteActivity(activity, now: now)
        XCTAssertEqual(state, expected, line: line)
    }
}
