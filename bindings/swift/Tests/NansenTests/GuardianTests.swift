import Foundation
import XCTest

@testable import Nansen

/// Cards that are handed out, and collected when the PIN is forgotten.
final class GuardianTests: XCTestCase {
    private var fixtures: Fixtures!

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    func testTwoOfThreeUnlockAndSetANewPin() async throws {
        let wallet = try await fixtures.wallet().wallet
        let proof = pin()
        let cards = try await wallet.makeGuardians(
            proof: .passphrase(proof), needed: 2, total: 3)
        XCTAssertEqual(proof.count, 0, "wiped")
        XCTAssertEqual(cards.map(\.number), [1, 2, 3])
        XCTAssertEqual(cards.map(\.needed), [2, 2, 2])
        XCTAssertEqual(cards.map(\.total), [3, 3, 3])
        let ways = try await wallet.ways()
        XCTAssertTrue(ways.contains(.guardians))

        let collector = CardCollector()
        XCTAssertEqual(try collector.add(cards[2].text.copy()), CardsCollected(have: 1, needed: 2))
        await assertFails(with: "card.too_few") { try await wallet.rehearse(collector.secret()) }
        XCTAssertEqual(try collector.add(cards[0].text.copy()), CardsCollected(have: 2, needed: 2))
        try await wallet.rehearse(collector.secret())
        await wallet.lock()
        await assertFails(with: "locked") { try await wallet.rehearse(collector.secret()) }
        try await wallet.unlock(collector.secret())
        XCTAssertEqual(wallet.state(), .unlocked)

        // Who forgot the PIN sets another one, as the guardians let them.
        let new = pin("271828")
        try await wallet.setPassphrase(new, proof: collector.secret(), cost: cheap)
        XCTAssertEqual(new.count, 0, "wiped")
        try await wallet.removeWay(way: .guardians)
        await wallet.lock()
        await assertFails(with: "wrong_secret.guardians") {
            try await wallet.unlock(collector.secret())
        }
        try await wallet.unlock(passphrase: pin("271828"))
        collector.wipe()
        await assertFails(with: "card.too_few") { try await wallet.rehearse(collector.secret()) }
    }

    func testACardThatIsNoHelpIsWipedAndTheOthersStay() async throws {
        let wallet = try await fixtures.wallet().wallet
        func make() async throws -> [NewCard] {
            try await wallet.makeGuardians(proof: .passphrase(pin()), needed: 2, total: 3)
        }
        let (stale, cards) = (try await make(), try await make())
        let collector = CardCollector()
        try collector.add(cards[0].text.copy())
        for (card, code) in [
            (cards[0].text, "card.repeated"), (stale[1].text, "card.other_set"),
            (SecretBytes(utf8: "ABC"), "card.altered"),
        ] {
            let given = card.copy()
            await assertFails(with: code) { try collector.add(given) }
            XCTAssertEqual(given.count, 0, "wiped")
        }
        XCTAssertEqual(try collector.add(cards[1].text.copy()), CardsCollected(have: 2, needed: 2))
        try await wallet.rehearse(collector.secret())

        await assertFails(with: "wrong_secret.guardians") {
            try await wallet.rehearse(.guardians(stale.map { $0.text.copy() }))
        }
        await assertFails(with: "wrong_secret.passphrase") {
            try await wallet.makeGuardians(proof: .passphrase(pin("1")), needed: 2, total: 3)
        }
        await assertFails(with: "out_of_bounds") {
            try await wallet.makeGuardians(proof: .passphrase(pin()), needed: 1, total: 3)
        }
    }

    func testACardIsPrintedAndScanned() async throws {
        let wallet = try await fixtures.wallet().wallet
        let cards = try await wallet.makeGuardians(
            proof: .passphrase(pin()), needed: 2, total: 2)
        let svg = try await cards[0].svg(lines: ["Card 1 of 2", "Sita"])
        XCTAssertTrue(
            svg.withData { String(decoding: $0, as: UTF8.self) }.contains(">Sita</text>"))
        let png = try await cards[0].png()
        XCTAssertTrue(png.withData { $0.starts(with: [0x89, 0x50, 0x4e, 0x47]) })
        cards[0].wipe()
        XCTAssertEqual(cards[0].text.count, 0)
        await assertFails(with: "card.altered") { try await cards[0].png() }
    }

    func testTheRecoveryCodeIsTypedBack() async throws {
        let (wallet, _, code) = try await fixtures.wallet()
        try await wallet.rehearse(.recoveryCode(code.copy()))
        await assertFails(with: "recovery_code_mistyped") {
            try await wallet.rehearse(.recoveryCode(pin("not a code")))
        }
        let newer = try await wallet.newRecoveryCode(proof: .recoveryCode(code.copy()))
        await assertFails(with: "wrong_secret.recovery_code") {
            try await wallet.rehearse(.recoveryCode(code))
        }
        try await wallet.rehearse(.recoveryCode(newer))
    }
}
