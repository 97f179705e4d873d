import Foundation
import Nansen
import XCTest

@testable import ShellModels

/// Several people with one phone, and what outlives it.
@MainActor
final class PeopleTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ios-shell-\(UUID().uuidString)", isDirectory: true)
    private lazy var people = PeopleModel(
        folder: folder, wrapper: nil, cost: .exact(memoryKib: 19_456, passes: 2, lanes: 1))

    override func setUp() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDown() async throws {
        await people.leave()
        try FileManager.default.removeItem(at: folder)
    }

    private func pin(_ text: String = "1234") -> SecretBytes { SecretBytes(utf8: text) }

    /// Makes somebody's wallet, and leaves it open.
    private func join(pin: SecretBytes, label: String?) async throws -> WalletModel {
        await people.addPerson()
        let model = try XCTUnwrap(people.current)
        XCTAssertEqual(model.phase, .absent)
        await model.create(pin: pin)
        model.recoveryCodeWasWritten()
        await model.setLabel(label)
        XCTAssertNil(model.failure)
        return model
    }

    func testOneIsChosenByNameAndTheOtherByThePinAlone() async throws {
        let amina = try await join(pin: pin(), label: "Amina")
        XCTAssertEqual(amina.label, "Amina")
        await people.leave()
        let binod = try await join(pin: pin("9753"), label: nil)
        await binod.addScan(Data(count: 1_000), title: "Permit")
        await people.leave()
        XCTAssertNil(people.current)
        XCTAssertEqual(people.shown.map(\.label), ["Amina"])

        people.choose(try XCTUnwrap(people.shown.first))
        let chosen = try XCTUnwrap(people.current)
        XCTAssertEqual(chosen.phase, .locked)
        await chosen.unlock(pin: pin())
        XCTAssertEqual(chosen.phase, .unlocked)
        await people.leave()

        await people.unlockHidden(.passphrase(pin("1111")))
        XCTAssertNil(people.current)
        XCTAssertEqual(people.failure, "This PIN is not right.")
        await people.unlockHidden(.passphrase(pin("9753")))
        let hidden = try XCTUnwrap(people.current)
        XCTAssertEqual(hidden.phase, .unlocked)
        XCTAssertEqual(hidden.documents.map(\.title), ["Permit"])
        hidden.lock()
        await hidden.unlock(pin: pin("9753"))
        XCTAssertEqual(hidden.phase, .unlocked)
        await hidden.newRecoveryCode(pin: pin("9753"))
        XCTAssertNotNil(hidden.recoveryCode)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        XCTAssertFalse(names.contains { $0.hasSuffix("code-not-written") }, "\(names)")
    }

    func testItLocksByItselfAndEmptiesTheScreen() async throws {
        let model = try await join(pin: pin(), label: nil)
        await model.addScan(Data(count: 1_000), title: "Permit")
        let start = Date()
        await model.note(.used, now: start)
        await model.note(.tick, now: start.addingTimeInterval(299))
        XCTAssertEqual(model.phase, .unlocked)
        await model.note(.tick, now: start.addingTimeInterval(300))
        XCTAssertEqual(model.phase, .locked)
        XCTAssertTrue(model.documents.isEmpty)
        XCTAssertEqual(model.wallet?.state(), .locked)
    }

    func testAfterFiveWrongPinsThePersonIsToldToWait() async throws {
        let model = try await join(pin: pin(), label: nil)
        model.lock()
        for _ in 0..<5 {
            await model.unlock(pin: pin("0000"))
            XCTAssertEqual(model.failure, "This PIN is not right.")
        }
        await model.unlock(pin: pin())
        let failure = try XCTUnwrap(model.failure)
        XCTAssertTrue(failure.hasPrefix("Too many wrong PINs. Wait "), failure)
        XCTAssertEqual(model.phase, .locked)
    }

    func testABackupIsWrittenForACodeOnPaperAndRestoredByIt() async throws {
        let old = try await join(pin: pin(), label: nil)
        await old.addScan(Data(count: 3_000_000), title: "Permit")
        let backup = BackupModel(wallet: try XCTUnwrap(old.wallet), folder: folder)
        backup.begin()
        let code = try XCTUnwrap(backup.code)
        let onPaper = code.withData { String(decoding: $0, as: UTF8.self) }
        await backup.codeWasWritten()
        XCTAssertNil(backup.failure)
        XCTAssertNil(backup.code)
        XCTAssertEqual(code.count, 0, "wiped")
        let file = try XCTUnwrap(backup.file)
        let kept = folder.appendingPathComponent("card").appendingPathExtension("nansen-backup")
        try FileManager.default.moveItem(at: file, to: kept)
        backup.wasMoved()
        await people.leave()

        let new = try await join(pin: pin("4321"), label: nil)
        let restore = BackupModel(wallet: try XCTUnwrap(new.wallet), folder: folder)
        await restore.look(into: [kept], typed: BackupFile.newCode())
        XCTAssertEqual(restore.failure, "This code is not the right one.")
        await restore.look(into: [kept], typed: SecretBytes(utf8: onPaper.lowercased()))
        XCTAssertNil(restore.failure)
        XCTAssertTrue(restore.isDry)
        XCTAssertTrue(restore.records.contains { $0.title == "Permit" })
        await new.reload()
        XCTAssertTrue(new.documents.isEmpty, "a look changes nothing")
        await restore.restore()
        XCTAssertFalse(restore.isDry)
        await new.reload()
        XCTAssertEqual(new.documents.map(\.title), ["Permit"])
        XCTAssertEqual(
            restore.records.first { $0.title == "Permit" }?.sentence, "Restored.")
        await restore.restore()
        XCTAssertNil(restore.failure, "once is enough")
    }

    func testABackupThatWasInterruptedGoesOn() async throws {
        let model = try await join(pin: pin(), label: nil)
        await model.addScan(Data(count: 1_000), title: "Permit")
        let backup = BackupModel(wallet: try XCTUnwrap(model.wallet), folder: folder)
        backup.begin()
        model.lock()
        await backup.codeWasWritten()
        XCTAssertEqual(backup.failure, "The wallet was locked. Unlock it and start again.")
        XCTAssertNotNil(backup.code, "on paper already, and of use still")
        await model.unlock(pin: pin())
        await backup.codeWasWritten()
        XCTAssertNil(backup.failure)
        let file = try XCTUnwrap(backup.file)
        backup.forget()
        XCTAssertFalse(FileManager.default.fileExists(atPath: file.path), "it was moved nowhere")
    }
}
