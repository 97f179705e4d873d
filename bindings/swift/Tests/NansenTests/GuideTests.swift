import Foundation
import XCTest

@testable import Nansen

/// The guide's Swift is what is compiled here, and does what the guide says.
final class GuideTests: XCTestCase {
    func testTheSnippetsAreThoseOfTheGuide() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let snippets = try String(
            contentsOf: tests.appendingPathComponent("GuideSnippets.swift"), encoding: .utf8)
        let guide = try String(
            contentsOf: tests.appendingPathComponent("../../../README.md"), encoding: .utf8)
        let blocks = guide.components(separatedBy: "\n```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
        XCTAssertFalse(blocks.isEmpty)
        for block in blocks {
            XCTAssertTrue(snippets.contains(block), "not among the snippets:\n\(block)")
        }
    }

    func testTheFirstVault() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        // Where there is XDG, the folder for vaults is in the test's own.
        setenv("XDG_DATA_HOME", fixtures.folder.path, 1)
        defer { unsetenv("XDG_DATA_HOME") }
        let file = try VaultFile.folder().appendingPathComponent("vault.nansen")
        try XCTSkipIf(
            FileManager.default.fileExists(atPath: file.path), "somebody keeps a vault there")
        defer { try? FileManager.default.removeItem(at: file) }
        var typed = Array("492817".utf8)
        try await firstVault(typed: &typed)
        XCTAssertTrue(typed.isEmpty)
        let wallet = try await Wallet.open(at: file)
        try await wallet.unlock(passphrase: pin())
        let trust = try await wallet.trust()
        XCTAssertEqual(trust.roots, [rootKey])
        await wallet.release()
    }

    func testHardwareIsSetUpOnceAndUnlocksFromTheNextStartOn() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let wallet = try await fixtures.wallet().wallet
        try await setUpHardware(wallet, pin: pin())
        await assertFails(with: "already_unlocked") { try await unlockWithHardware(wallet) }
        await wallet.lock()
        try await unlockWithHardware(wallet)
        XCTAssertEqual(wallet.state(), .unlocked)
    }

    func testABackupIsMadeAndRestored() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let (old, new) = (
            try await fixtures.wallet().wallet, try await fixtures.wallet(named: "new").wallet
        )
        try await old.keep("Passport")
        let signer = OpenSSLSigner(folder: fixtures.folder)
        let key = try await old.newDeviceKey(in: signer, named: "hardware")
        _ = try await old.importCredential(bytes: try fixtures.issue(to: key))
        let (code, file) = (BackupFile.newCode(), fixtures.folder.appendingPathComponent("backup"))
        let typed = code.copy()
        try await backUp(old, to: file, code: code)
        XCTAssertEqual(code.count, 0, "wiped")
        try await restore(new, from: [file], typed: typed)
        XCTAssertEqual(typed.count, 0, "wiped")
        XCTAssertEqual(askedForAgain, ["Welder"])
        let titles = try await new.titles()
        XCTAssertEqual(titles, ["Passport"])
    }

    func testGuardiansOpen() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let wallet = try await fixtures.wallet().wallet
        let made = try await wallet.makeGuardians(
            proof: .passphrase(pin()), needed: 2, total: 3)
        await wallet.lock()
        try await onCard(wallet, made[0].text)
        XCTAssertEqual(wallet.state(), .locked)
        try await onCard(wallet, made[2].text)
        XCTAssertEqual(wallet.state(), .unlocked)
        await wallet.lock()
        try await wallet.unlock(passphrase: pin("271828"))
    }

    func testAPackIsTakenInHandedOnAndToldOfWithItsAge() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let publisher = try Publisher(fixtures)
        let wallet = try await fixtures.emptyWallet()
        let (statement, pin) = (publisher.statement, publisher.pin)
        try await trustPublisher(wallet, statement: statement, pin: pin)
        try await wallet.addTrust(item: .rotations(statements: [try publisher.rotated()]))
        try await trustPublisher(wallet, statement: statement, pin: pin)
        let pack = try publisher.pack(1)
        try await takePack(wallet, from: fixtures.folder.appendingPathComponent("pack-1"))
        let held = try await wallet.trust().packs
        XCTAssertEqual(held.map(\.id), [Publisher.packId])
        let showing = Task { try await handOn(wallet, held[0]) }
        while drawn.count == 0 { await Task.yield() }
        showing.cancel()
        try? await showing.value

        let verifier = try await Verifier.create(name: "Gate 3")
        try await verifier.addTrust(item: .publisher(statement: statement, pin: pin))
        try await verifier.addTrust(item: .pack(bytes: pack))
        try await tellAges(verifier)
        XCTAssertEqual(agesTold, [Publisher.packId])
    }

    func testAQueueIsCheckedAndTheDayEnds() async throws {
        let fixtures = try Fixtures()
        defer { fixtures.remove() }
        let publisher = try Publisher(fixtures)
        let wallet = try await publisher.phone()
        let verifier = try await publisher.verifier(key: Publisher.inspector())
        let open = try await ask(verifier, ["qualification", "eqf_level"], now: Date())
        let told = whoAsks(try await wallet.consent(to: open, now: Date()))
        XCTAssertTrue(told.sentence.hasPrefix("Known to"), told.sentence)
        XCTAssertEqual(told.beyond, ["eqf_level"])
        let answer = try await wallet.answer(open, now: Date())
        try await check(
            [Queued(request: open.id, message: answer), Queued(request: nil, message: answer)],
            by: verifier)
        XCTAssertEqual(receipts.count, 1)
        XCTAssertEqual(refusals, ["wrong_message"])
        await endDay(verifier)
        let left = await verifier.tally()
        XCTAssertEqual(left.valid, 0)
    }
}

/// The app's screen for the recovery code.
func showOnce(_ recoveryCode: SecretBytes) {
    XCTAssertGreaterThan(recoveryCode.count, 0)
}

/// The app's screens for backups.
func showProgress(_ done: UInt64, of all: UInt64) { XCTAssertLessThanOrEqual(done, all) }
func tellWhatIsNotInIt(_ parts: [String]) { XCTAssertEqual(parts, []) }
func agree(to records: [RestoredRecord]) async -> Bool { !records.isEmpty }
func askForItAgain(_ title: String, from issuer: String) { askedForAgain.append(title) }
private var askedForAgain: [String] = []

/// The app's screens for guardians.
func showMissing(_ count: UInt8) { XCTAssertEqual(count, 1) }
func askForNewPin() -> SecretBytes { pin("271828") }

/// The app's screens for packs.
func agree(to facts: PackFacts) async -> Bool { facts.publisher == Publisher.name }
func draw(_ code: QrCode) { drawn.add() }
func warn(_ doubt: ClockDoubt) { XCTFail("\(doubt)") }
func show(_ pack: String, age: Int64, isDue: Bool) {
    XCTAssertFalse(isDue)
    agesTold.append(pack)
}
private let drawn = Counter()
private var agesTold: [String] = []

/// The app's screens for the field.
func file(_ receipt: Data) { receipts.append(receipt) }
func show(_ report: Report) { XCTFail("\(report)") }
func show(_ tally: Tally) { XCTAssertEqual(tally.valid, 0, "fewer than five") }
func explain(_ error: NansenError, of queued: Queued) { refusals.append(error.code) }
private var receipts: [Data] = []
private var refusals: [String] = []

/// A number that two threads share.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    var count: Int { lock.withLock { value } }

    func add() { lock.withLock { value += 1 } }
}

/// The key that the app ships: the public key of RFC 8032, section 7.1, test 1.
let rootKey = Data([
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
])

#if !canImport(Security)
    /// Stands in where there is no Secure Enclave.
    func KeychainWrapper(name: String) -> FakeWrapper { FakeWrapper() }
#endif
