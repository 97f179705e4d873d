import Foundation
import Nansen
import XCTest

@testable import ShellModels

/// The screens' models, driven like a person drives the screens.
@MainActor
final class ShellModelsTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ios-shell-\(UUID().uuidString)", isDirectory: true)

    override func setUp() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDown() async throws {
        try FileManager.default.removeItem(at: folder)
    }

    private func walletModel() -> WalletModel {
        WalletModel(
            file: folder.appendingPathComponent("wallet.nansen"), wrapper: nil,
            cost: .exact(memoryKib: 19_456, passes: 2, lanes: 1))
    }

    func testMakingAWalletShowsTheRecoveryCodeOnce() async throws {
        let model = walletModel()
        XCTAssertEqual(model.phase, .absent)
        await model.create(pin: SecretBytes(utf8: "1234"))
        XCTAssertEqual(model.phase, .unlocked)
        let code = try XCTUnwrap(model.recoveryCode)
        XCTAssertGreaterThan(code.count, 0)
        model.recoveryCodeWasWritten()
        XCTAssertNil(model.recoveryCode)
        XCTAssertEqual(code.count, 0, "wiped")
    }

    func testLockingEmptiesTheScreenAndAWrongPinSaysSo() async throws {
        let model = walletModel()
        await model.create(pin: SecretBytes(utf8: "1234"))
        await model.addScan(Data(count: 10_000), title: "Contract")
        XCTAssertEqual(model.documents.map(\.title), ["Contract"])
        model.lock()
        XCTAssertEqual(model.phase, .locked)
        XCTAssertTrue(model.documents.isEmpty)

        await model.unlock(pin: SecretBytes(utf8: "4321"))
        XCTAssertEqual(model.phase, .locked)
        XCTAssertEqual(model.failure, "This PIN is not right.")
        await model.unlock(pin: SecretBytes(utf8: "1234"))
        XCTAssertEqual(model.phase, .unlocked)
        XCTAssertNil(model.failure)
        let document = try XCTUnwrap(model.documents.first)
        await model.delete(document.id)
        XCTAssertTrue(model.documents.isEmpty)
    }

    func testARequestIsReadAndNothingIsTickedBeforehand() async throws {
        let wallet = walletModel()
        await wallet.create(pin: SecretBytes(utf8: "1234"))
        let gate = try Verifier(name: "Gate 3")
        let verifier = VerifierModel(verifier: gate)
        await verifier.ask(
            type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Induction")
        XCTAssertNil(verifier.failure)

        // Through the camera.
        let camera = CollectModel()
        camera.feed("https://example.org")
        XCTAssertEqual(camera.hint, "This is not a code of this app.")
        let request = try XCTUnwrap(verifier.request)
        for text in try messageCodes(message: request, options: .screen) {
            camera.feed(text)
        }
        XCTAssertEqual(camera.progress, 1)
        let scanned = try XCTUnwrap(camera.message)

        let consent = ConsentModel(wallet: try XCTUnwrap(wallet.wallet), signer: nil)
        await consent.read(scanned)
        XCTAssertEqual(consent.consent?.name, "Gate 3")
        XCTAssertEqual(
            consent.consent?.verifier.sentence, "Unknown. Anybody can ask under any name.")
        XCTAssertTrue(consent.options.isEmpty, "the wallet has no credential")
        XCTAssertFalse(consent.canAgree)
        camera.startAgain()
        XCTAssertNil(camera.message)
    }

    func testTickingAndAgreeingConvincesTheVerifier() async throws {
        let desk = try Desk(in: folder)
        let wallet = walletModel()
        await wallet.create(pin: SecretBytes(utf8: "1234"))
        let opened = try XCTUnwrap(wallet.wallet)
        let gate = try Verifier(name: "Gate 3")
        for item in try desk.items() {
            try await opened.addTrust(item: item)
            try await gate.addTrust(item: item)
        }
        let credential = try desk.issue(to: await opened.newDeviceKey())
        await wallet.importCredential(Message(kind: .file, bytes: credential))
        XCTAssertEqual(wallet.credentials.map(\.title), ["Welder"])

        let verifier = VerifierModel(verifier: gate)
        await verifier.ask(
            type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Induction")
        let consent = ConsentModel(wallet: opened, signer: nil)
        await consent.read(try XCTUnwrap(verifier.request))
        let option = try XCTUnwrap(consent.options.first)
        XCTAssertFalse(consent.isTicked("qualification", of: option))
        consent.toggle("qualification", of: option)
        XCTAssertTrue(consent.isTicked("qualification", of: option))
        consent.leaveOut(option)
        XCTAssertFalse(consent.canAgree)
        consent.toggle("qualification", of: option)
        await consent.agree()
        XCTAssertNil(consent.failure)

        await verifier.check(try XCTUnwrap(consent.answer))
        XCTAssertNil(verifier.failure)
        XCTAssertTrue(verifier.isComplete)
        XCTAssertEqual(verifier.reports.map(\.verdict), [.valid])
        await verifier.check(try XCTUnwrap(consent.answer))
        XCTAssertEqual(verifier.failure, "This request was answered already.")
    }
}
