import Foundation
import XCTest

@testable import Nansen

/// A phone is lost, and its owner has a backup.
final class BackupTests: XCTestCase {
    private var fixtures: Fixtures!
    private let code = BackupSecret.code(BackupFile.newCode())

    override func setUpWithError() throws { fixtures = try Fixtures() }
    override func tearDown() { fixtures.remove() }

    private func url(_ name: String) -> URL { fixtures.folder.appendingPathComponent(name) }

    /// A wallet that holds nothing, not even trust.
    private func phone(_ name: String) async throws -> Wallet {
        try await Wallet.create(at: url(name), passphrase: pin(), cost: cheap).wallet
    }

    func testABaseAndWhatFollowsItBringEverythingToAnotherPhone() async throws {
        let (old, new) = (try await phone("old"), try await phone("new"))
        try await old.keep("Passport", bytes: 3_000_000)
        var phases: [BackupPhase] = []
        let key = code.copy()
        let base = try await old.writeBackup(to: url("base"), key: key)
        guard case .code(let given) = key else { return XCTFail("\(key)") }
        XCTAssertEqual(given.count, 0, "wiped")
        try await base.finish {
            phases.append($0.phase)
            XCTAssertEqual($0.records + $0.recordsLeft, 1)
        }
        XCTAssertEqual(phases.last, .done)
        XCTAssertTrue(phases.contains(.writing) && phases.contains(.checking), "\(phases)")
        let leftOut = try await base.leftOut()
        XCTAssertEqual(leftOut, [])
        try await old.keep("Permit")
        try await old.writeBackup(to: url("next"), key: code.copy(), previous: url("base"))
            .finish()
        let facts = try await BackupFile.facts(at: url("next"), key: code.copy())
        XCTAssertEqual([UInt64(facts.step), facts.records], [1, 2])

        let chain = [url("base"), url("next")]
        let would = try await new.restore(from: chain, key: code.copy(), isDry: true).finish()
        var titles = try await new.titles()
        XCTAssertEqual(titles, [], "a dry run changes nothing")
        let did = try await new.restore(from: chain, key: code.copy()).finish()
        XCTAssertEqual(did, would)
        XCTAssertEqual(did.map(\.outcome), [.restored, .restored])
        XCTAssertEqual(did.map(\.kind), [.document, .document])
        titles = try await new.titles()
        XCTAssertEqual(Set(titles), ["Passport", "Permit"])
        let again = try await new.restore(from: chain, key: code.copy()).finish()
        XCTAssertEqual(again.map(\.outcome), [.alreadyThere, .alreadyThere])
    }

    func testACredentialOfTheOldPhonesHardwareMustBeIssuedAgain() async throws {
        let old = try await fixtures.wallet(named: "old").wallet
        let signer = OpenSSLSigner(folder: fixtures.folder)
        let key = try await old.newDeviceKey(in: signer, named: "hardware")
        _ = try await old.importCredential(bytes: try fixtures.issue(to: key))
        let inVault = try await old.newDeviceKey()
        _ = try await old.importCredential(bytes: try fixtures.issue(to: inVault))
        try await old.writeBackup(to: url("backup"), key: code.copy()).finish()

        func bound(_ keys: [Data]) async throws -> [Bool] {
            let new = try await phone(UUID().uuidString)
            let records = try await new.restore(
                from: [url("backup")], key: code.copy(), hardwareKeys: keys
            ).finish()
            await new.release()
            return records.filter { $0.kind == .credential }.map(\.mustBeIssuedAgain).sorted {
                !$0 && $1
            }
        }
        let elsewhere = try await bound([])
        XCTAssertEqual(elsewhere, [false, true])
        let here = try await bound([key])
        XCTAssertEqual(here, [false, false])
    }

    func testABackupIsGivenUpOrGoesOnAfterALock() async throws {
        let phone = try await phone("old")
        try await phone.keep("Passport", bytes: 5_000_000)
        let givenUp = try await phone.writeBackup(to: url("backup"), key: code.copy())
        _ = try await givenUp.step()
        await givenUp.discard()
        await givenUp.discard()
        await assertFails(with: "ended") { try await givenUp.step() }
        await assertFails(with: "backup.nothing_to_continue") {
            try await phone.continueBackup(to: self.url("backup"), key: self.code.copy())
        }

        let interrupted = try await phone.writeBackup(to: url("backup"), key: code.copy())
        _ = try await interrupted.step()
        await phone.lock()
        await assertFails(with: "locked") { try await interrupted.step() }
        try await phone.unlock(passphrase: pin())
        await assertFails(with: "ended") { try await interrupted.step() }
        let resumed = try await phone.continueBackup(to: url("backup"), key: code.copy())
        let progress = try await resumed.step()
        XCTAssertGreaterThan(progress.bytes, 1_000_000)
        try await resumed.finish()

        let new = try await self.phone("new")
        let stopped = try await new.restore(from: [url("backup")], key: code.copy())
        _ = try await stopped.step()
        await stopped.stop()
        await assertFails(with: "ended") { try await stopped.step() }
        let records = try await new.restore(from: [url("backup")], key: code.copy()).finish()
        XCTAssertEqual(records.map(\.title), ["Passport"])
    }

    func testCancellingTheTaskStopsBetweenTwoSteps() async throws {
        let phone = try await phone("old")
        try await phone.keep("Passport", bytes: 5_000_000)
        let backup = try await phone.writeBackup(to: url("backup"), key: code.copy())
        let writing = Task {
            var steps = 0
            try await backup.finish { _ in
                steps += 1
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        do {
            try await writing.value
            XCTFail("it went on")
        } catch is CancellationError {}
        XCTAssertFalse(FileManager.default.fileExists(atPath: url("backup").path))
        try await backup.finish()
        XCTAssertTrue(FileManager.default.fileExists(atPath: url("backup").path))
    }

    func testWhatIsNoUseIsRefusedByName() async throws {
        let wallet = try await phone("old")
        try await wallet.keep("Passport")
        try await wallet.writeBackup(to: url("base"), key: code.copy()).finish()
        func refused(_ name: String, _ key: BackupSecret, _ code: String) async {
            await assertFails(with: code) { try await BackupFile.facts(at: url(name), key: key) }
        }
        await refused("base", .code(BackupFile.newCode()), "wrong_secret.recovery_code")
        await refused("base", .code(pin("ABC")), "recovery_code_mistyped")
        await refused("base", .passphrase(pin("words")), "backup.needs_code")
        await refused("none", code.copy(), "storage.not_found")
        await refused("old", code.copy(), "backup.not_a_backup")
        let whole = try Data(contentsOf: url("base"))
        try whole.prefix(172).write(to: url("cut"))
        await refused("cut", code.copy(), "backup.cut_short")
        let other = try await phone("other")
        await assertFails(with: "backup.other_vault") {
            try await other.writeBackup(
                to: self.url("b"), key: self.code.copy(), previous: self.url("base"))
        }
        await assertFails(with: "backup.out_of_chain") {
            try await wallet.restore(
                from: [self.url("base"), self.url("base")], key: self.code.copy())
        }
        await assertFails(with: "malformed") {
            try await wallet.restore(
                from: [self.url("base")], key: self.code.copy(), hardwareKeys: [Data([1])])
        }
        await assertFails(with: "backup.not_a_backup") {
            try await wallet.writeBackup(to: self.url("old"), key: self.code.copy())
        }
    }

    func testASmallWalletIsSentByCodes() async throws {
        let (old, new) = (try await phone("old"), try await phone("new"))
        try await old.keep("Passport", bytes: 4_000)
        try await old.writeBackup(to: url("sent"), key: code.copy()).finish()
        let received = try carry(await BackupFile.message(from: url("sent")))
        XCTAssertEqual(received.kind, .backup)
        try await BackupFile.keep(received, at: url("received"))
        await assertFails(with: "storage.already_exists") {
            try await BackupFile.keep(received, at: self.url("received"))
        }
        await assertFails(with: "wrong_message") {
            try await BackupFile.keep(
                Message(kind: .file, bytes: received.bytes), at: self.url("x"))
        }
        _ = try await new.restore(from: [url("received")], key: code.copy()).finish()
        let titles = try await new.titles()
        XCTAssertEqual(titles, ["Passport"])
        try await old.keep("Film", bytes: 1 << 20)
        try await old.writeBackup(to: url("large"), key: code.copy()).finish()
        await assertFails(with: "out_of_bounds") {
            try await BackupFile.message(from: self.url("large"))
        }
    }

    func testDamageIsNamedAndAllTheRestIsCarriedIntoANewFile() async throws {
        let (wallet, file, code) = try await fixtures.wallet()
        try await wallet.keep("Permit")
        try await wallet.keep("Film", bytes: 6_000_000)
        await wallet.release()
        // By far most of the file is the film.
        var raw = try Data(contentsOf: file)
        raw[raw.count / 2] ^= 1
        try raw.write(to: file)

        let damaged = try await Wallet.open(at: file)
        try await damaged.unlock(passphrase: pin())
        let report = try await damaged.check(thorough: true)
        XCTAssertFalse(report.isIntact)
        XCTAssertEqual(report.damaged.count, 1)
        await assertFails(with: "storage.already_exists") { try await damaged.rescue(to: file) }
        let rescued = try await damaged.rescue(to: url("rescued"))
        XCTAssertEqual(rescued.missing, 0)
        XCTAssertEqual(rescued.waysLost, [])
        XCTAssertEqual(report.records, rescued.records + UInt64(rescued.putAside.count))

        let whole = try await Wallet.open(at: url("rescued"))
        try await whole.unlock(recoveryCode: code)
        let contents = try await whole.contents()
        let permit = try XCTUnwrap(contents.documents.first { $0.title == "Permit" })
        let reader = try await whole.readDocument(id: permit.id)
        let bytes = try await reader.data(limit: 10_000)
        XCTAssertEqual(bytes?.count, 1_000)
    }
}
