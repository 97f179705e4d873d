import Foundation
import Nansen
import XCTest

@testable import ShellModels

/// The screens' models, driven like a person drives the screens.
@MainActor
final class ShellModelsTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ios-shell-\(UUID().uuidString)", isDirectory: true)

    private var wallets: [WalletModel] = []

    override func setUp() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDown() async throws {
        // A wallet that is still open removes files of its own, under the removal of the folder.
        for model in wallets {
            await model.wallet?.release()
        }
        try FileManager.default.removeItem(at: folder)
    }

    private func walletModel(
        trust: AppTrust = .shipped, wrapper: (any HardwareWrapper)? = nil
    ) -> WalletModel {
        let model = WalletModel(
            file: folder.appendingPathComponent("wallet.nansen"), wrapper: wrapper, trust: trust,
            cost: .exact(memoryKib: 19_456, passes: 2, lanes: 1))
        wallets.append(model)
        return model
    }

    private func verifierModel(trust: AppTrust = .shipped) throws -> VerifierModel {
        try VerifierModel(
            name: "Gate 3", trust: trust,
            storedTrust: folder.appendingPathComponent("verifier.trust"))
    }

    private func pin(_ text: String = "1234") -> SecretBytes { SecretBytes(utf8: text) }

    /// Through the camera.
    private func scanned(_ message: Message) throws -> Message {
        let camera = CollectModel()
        for text in try messageCodes(message: message, options: .screen) {
            camera.feed(text)
        }
        return try XCTUnwrap(camera.message)
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

    func testACodeThatNobodyConfirmedIsReplacedAfterTheNextUnlock() async throws {
        let model = walletModel()
        await model.create(pin: pin())
        XCTAssertTrue(model.lacksRecoveryCode, "until somebody says that it is on paper")
        let lost = try XCTUnwrap(model.recoveryCode)
        model.lock()
        XCTAssertNil(model.recoveryCode)
        XCTAssertEqual(lost.count, 0, "wiped")
        await model.wallet?.release()

        // The system ended the app meanwhile.
        let next = walletModel()
        await next.unlock(pin: pin())
        XCTAssertTrue(next.lacksRecoveryCode)
        XCTAssertNil(next.recoveryCode)
        await next.newRecoveryCode(pin: pin("4321"))
        XCTAssertEqual(next.failure, "This PIN is not right.")
        XCTAssertTrue(next.lacksRecoveryCode)
        await next.newRecoveryCode(pin: pin())
        XCTAssertNil(next.failure)
        let code = try XCTUnwrap(next.recoveryCode)
        let onPaper = SecretBytes(utf8: code.withData { String(decoding: $0, as: UTF8.self) })
        next.recoveryCodeWasWritten()
        XCTAssertFalse(next.lacksRecoveryCode)
        next.lock()
        await next.unlock(recoveryCode: onPaper)
        XCTAssertEqual(next.phase, .unlocked)
        XCTAssertFalse(next.lacksRecoveryCode)
    }

    func testAWrongPinForANewCodeLeavesTheOneOnPaper() async throws {
        let model = walletModel()
        await model.create(pin: pin())
        model.recoveryCodeWasWritten()
        await model.newRecoveryCode(pin: pin("4321"))
        XCTAssertEqual(model.failure, "This PIN is not right.")
        XCTAssertFalse(model.lacksRecoveryCode)
        await walletModel().create(pin: pin())
        XCTAssertFalse(model.lacksRecoveryCode, "a second wallet was not made either")
        model.lock()
        await model.unlock(pin: pin())
        XCTAssertFalse(model.lacksRecoveryCode)
    }

    func testLockingWhileTheWalletIsMadeLeavesItLocked() async throws {
        let model = walletModel()
        let making = Task { await model.create(pin: self.pin()) }
        while !model.isBusy { await Task.yield() }
        model.lock()
        await making.value
        XCTAssertEqual(model.phase, .locked)
        XCTAssertEqual(model.wallet?.state(), .locked)
        XCTAssertNil(model.recoveryCode)
        await model.unlock(pin: pin())
        XCTAssertEqual(model.phase, .unlocked)
        XCTAssertTrue(model.lacksRecoveryCode)
    }

    func testFaceOrFingerIsSetUpLostSetUpAnewAndRemoved() async throws {
        let hardware = FakeHardware()
        let model = walletModel(wrapper: hardware)
        XCTAssertTrue(model.hasHardware)
        await model.create(pin: pin())
        await model.addHardware(pin: pin())
        XCTAssertNil(model.failure)
        XCTAssertTrue(model.opensWithHardware)
        model.lock()
        await model.unlockWithHardware()
        XCTAssertEqual(model.phase, .unlocked)

        await hardware.removeKeys()
        model.lock()
        await model.unlockWithHardware()
        XCTAssertEqual(model.phase, .locked)
        XCTAssertTrue(model.isHardwareLost)
        await model.unlock(pin: pin())
        XCTAssertTrue(model.isHardwareLost, "offered to be set up anew")
        await model.addHardware(pin: pin())
        XCTAssertFalse(model.isHardwareLost)
        model.lock()
        await model.unlockWithHardware()
        XCTAssertEqual(model.phase, .unlocked)

        await model.removeHardware()
        XCTAssertFalse(model.opensWithHardware)
        let count = await hardware.keyCount
        XCTAssertEqual(count, 0)
        model.lock()
        await model.unlockWithHardware()
        XCTAssertEqual(model.phase, .locked)
        XCTAssertNil(model.failure, "not set up, so nothing happens")
    }

    func testTheRootThatTheAppShipsIsTaken() async throws {
        XCTAssertEqual(AppTrust.shipped.roots.map(\.count), [32])
        let wallet = walletModel()
        await wallet.create(pin: pin())
        XCTAssertNil(wallet.failure)
        let trust = try await wallet.wallet?.trust()
        XCTAssertEqual(trust?.roots, AppTrust.shipped.roots)
        let desk = try Desk(in: folder)
        for list in try desk.lists() {
            await wallet.take(try scanned(list))
            XCTAssertEqual(wallet.failure, "Nobody whom this phone trusts vouches for it.")
        }
        let verifier = try verifierModel()
        await verifier.take(try XCTUnwrap(try desk.lists().first))
        XCTAssertEqual(verifier.failure, "Nobody whom this phone trusts vouches for it.")
    }

    func testListsAndCredentialsComeInAsFilesToo() async throws {
        let desk = try Desk(in: folder)
        let wallet = walletModel(trust: try desk.trust())
        await wallet.create(pin: pin())
        let verifier = try verifierModel(trust: try desk.trust())
        for list in try desk.lists() {
            await wallet.take(file: list.bytes)
            XCTAssertNil(wallet.failure)
            await verifier.take(file: list.bytes)
            XCTAssertEqual(verifier.notice, "The list was taken in.")
        }
        let trust = try await wallet.wallet?.trust()
        XCTAssertEqual(trust?.trustLists.count, 1)
        XCTAssertEqual(trust?.statusLists.count, 1)
        let shown = await wallet.makeDeviceKey(inHardware: false)
        let key = try XCTUnwrap(shown)
        let credential = try desk.issue(to: key.bytes)
        await wallet.take(file: credential)
        guard case .good? = wallet.credentials.first?.state else {
            return XCTFail("\(wallet.credentials)")
        }
        await wallet.take(file: credential.dropLast())
        XCTAssertEqual(wallet.failure, "This cannot be read here.")
        await verifier.take(file: credential.dropLast())
        XCTAssertEqual(verifier.failure, "This cannot be read here.")
    }

    func testADeviceKeyIsShownToTheIssuerAndWaitsUntilTheCredentialComes() async throws {
        let desk = try Desk(in: folder)
        let wallet = walletModel(trust: try desk.trust())
        await wallet.create(pin: pin())
        let made = await wallet.makeDeviceKey(inHardware: false)
        let shown = try scanned(try XCTUnwrap(made))
        XCTAssertEqual(wallet.waitingKeys.map(\.publicKey), [shown.bytes])
        let credential = Message(kind: .file, bytes: try desk.issue(to: shown.bytes))
        for message in try desk.lists() + [credential] {
            await wallet.take(message)
            XCTAssertNil(wallet.failure)
        }
        XCTAssertEqual(wallet.credentials.count, 1)
        XCTAssertEqual(wallet.waitingKeys, [])
        let refused = await wallet.makeDeviceKey(inHardware: true)
        XCTAssertNil(refused)
        XCTAssertEqual(
            wallet.failure, "This phone cannot ask for face or finger now. Use your PIN.")
    }

    func testARequestIsReadAndNothingIsTickedBeforehand() async throws {
        let wallet = walletModel()
        await wallet.create(pin: SecretBytes(utf8: "1234"))
        let verifier = try verifierModel()
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
        let wallet = walletModel(trust: try desk.trust())
        await wallet.create(pin: SecretBytes(utf8: "1234"))
        let before = try verifierModel(trust: try desk.trust())
        for list in try desk.lists() {
            await wallet.take(try scanned(list))
            await before.take(try scanned(list))
            XCTAssertNil(before.failure)
        }
        let made = await wallet.makeDeviceKey(inHardware: false)
        let key = try XCTUnwrap(made)
        await wallet.take(Message(kind: .file, bytes: try desk.issue(to: key.bytes)))
        XCTAssertEqual(wallet.credentials.map(\.title), ["Welder"])

        // The lists are still there after the app was ended.
        let verifier = try verifierModel(trust: try desk.trust())
        await verifier.ask(
            type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Induction")
        let opened = try XCTUnwrap(wallet.wallet)
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

        await verifier.take(try XCTUnwrap(consent.answer))
        XCTAssertNil(verifier.failure)
        XCTAssertTrue(verifier.isComplete)
        XCTAssertEqual(verifier.reports.map(\.verdict), [.valid])
        await verifier.take(try XCTUnwrap(consent.answer))
        XCTAssertEqual(verifier.failure, "This request was answered already.")
    }
}
