import Foundation
import Nansen
import XCTest

@testable import ShellModels

/// Packs, who is asking, clocks, and a day in the field, as the screens tell them.
@MainActor
final class TrustTests: XCTestCase {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("ios-shell-\(UUID().uuidString)", isDirectory: true)
    private var wallet: WalletModel?

    override func setUp() async throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDown() async throws {
        await wallet?.wallet?.release()
        try FileManager.default.removeItem(at: folder)
    }

    /// An inspector's key, that of RFC 8032, section 7.1, test 1, and its public half.
    private let inspector = (
        secret: Data([
            1, 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ]),
        public: Data([
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64,
            0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68,
            0xf7, 0x07, 0x51, 0x1a,
        ])
    )

    private func walletModel(trust: AppTrust) async -> WalletModel {
        let model = WalletModel(
            file: folder.appendingPathComponent("wallet.nansen"), wrapper: nil, trust: trust,
            cost: .exact(memoryKib: 19_456, passes: 2, lanes: 1))
        wallet = model
        await model.create(pin: SecretBytes(utf8: "1234"))
        return model
    }

    private func verifierModel(trust: AppTrust, key: Data? = nil) throws -> VerifierModel {
        try VerifierModel(
            name: "Inspector", trust: trust,
            storedTrust: folder.appendingPathComponent("verifier.trust"), key: key)
    }

    func testTheHolderSeesWhoAsksAndWhatGoesBeyondTheirRole() async throws {
        let desk = try Desk(in: folder)
        let (trust, pack) = try desk.publish(asking: inspector.public)
        let wallet = await walletModel(trust: trust)
        await wallet.take(file: pack.bytes)
        XCTAssertNil(wallet.failure)
        let made = await wallet.makeDeviceKey(inHardware: false)
        await wallet.take(file: try desk.issue(to: try XCTUnwrap(made).bytes))
        XCTAssertNil(wallet.failure)
        let opened = try XCTUnwrap(wallet.wallet)

        let known = try verifierModel(trust: trust, key: inspector.secret)
        await known.ask(
            type: "urn:nansen:skills:1", claims: ["qualification", "family_name"],
            purpose: "Inspection")
        let consent = ConsentModel(wallet: opened, signer: nil)
        await consent.read(try XCTUnwrap(known.request))
        let standing = try XCTUnwrap(consent.consent).verifier
        XCTAssertTrue(standing.sentence.hasPrefix("Known to npl.ctevt: Labour Inspectorate"))
        XCTAssertTrue(standing.isSuspect)
        let option = try XCTUnwrap(consent.options.first)
        XCTAssertTrue(consent.isBeyondRole("family_name", of: option))
        XCTAssertFalse(consent.isBeyondRole("qualification", of: option))
        XCTAssertNil(consent.clockWarning)

        await known.ask(
            type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Inspection")
        let within = ConsentModel(wallet: opened, signer: nil)
        await within.read(try XCTUnwrap(known.request))
        XCTAssertEqual(within.consent?.verifier.isSuspect, false)

        let stranger = try verifierModel(trust: trust)
        await stranger.ask(
            type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Inspection")
        XCTAssertNil(stranger.failure)
        let unknown = ConsentModel(wallet: opened, signer: nil)
        await unknown.read(try XCTUnwrap(stranger.request))
        XCTAssertEqual(unknown.consent?.verifier, .unknown)
        XCTAssertEqual(unknown.consent?.verifier.isSuspect, true)
    }

    func testADayInTheFieldIsCountedAndForgotten() async throws {
        let desk = try Desk(in: folder)
        let (trust, pack) = try desk.publish(asking: inspector.public)
        let wallet = await walletModel(trust: trust)
        await wallet.take(pack)
        let made = await wallet.makeDeviceKey(inHardware: false)
        await wallet.take(file: try desk.issue(to: try XCTUnwrap(made).bytes))
        let verifier = try verifierModel(trust: trust, key: inspector.secret)
        await verifier.take(pack)
        XCTAssertEqual(verifier.notice, "The pack was taken in.")
        for _ in 0..<6 {
            await verifier.ask(
                type: "urn:nansen:skills:1", claims: ["qualification"], purpose: "Inspection")
            let consent = ConsentModel(wallet: try XCTUnwrap(wallet.wallet), signer: nil)
            await consent.read(try XCTUnwrap(verifier.request))
            consent.toggle("qualification", of: try XCTUnwrap(consent.options.first))
            await consent.agree()
            await verifier.take(try XCTUnwrap(consent.answer))
            XCTAssertNil(verifier.failure)
        }
        XCTAssertEqual(verifier.counts?.valid, 6)
        await verifier.endSession()
        XCTAssertEqual(
            verifier.notice,
            """
            The session has ended, and nobody's claims are kept. Good: 5, not good: 0, open: 0, \
            each in full 5s.
            """)
        XCTAssertTrue(verifier.reports.isEmpty)
        XCTAssertNil(verifier.counts)
        XCTAssertEqual(verifier.known.first?.name, "npl.national, version 1", "trust stays")
    }

    func testTheVerifierTellsAgesAndDoubtsTheClock() async throws {
        let desk = try Desk(in: folder)
        let (trust, pack) = try desk.publish(asking: inspector.public)
        let verifier = try verifierModel(trust: trust)
        await verifier.take(file: pack.bytes)
        XCTAssertEqual(verifier.known.first?.age, "Signed 0 days ago.")
        XCTAssertNil(verifier.clockWarning)
        await verifier.look(now: Date().addingTimeInterval(100 * 86_400))
        let packLine = try XCTUnwrap(verifier.known.first)
        XCTAssertEqual(packLine.age, "Signed 100 days ago. A newer one was due 10 days ago.")
        XCTAssertTrue(packLine.isOverdue)
        XCTAssertTrue(verifier.known.contains { $0.name == "npl.verifiers" })

        await verifier.look(now: Date().addingTimeInterval(-100.5 * 86_400))
        XCTAssertEqual(
            verifier.clockWarning,
            "The clock of this phone is wrong, by 100 days at least.")
        XCTAssertEqual(verifier.known.first?.age, "Signed 0 days ago.", "not by that clock")
        await verifier.look(now: Date(timeIntervalSince1970: 4_102_444_800))
        XCTAssertTrue(try XCTUnwrap(verifier.clockWarning).contains("may be wrong"))

        // The next start has the pack, and a publisher that is there already is no failure.
        let next = try verifierModel(trust: trust)
        await next.look()
        XCTAssertEqual(next.known.first?.name, "npl.national, version 1")
        await next.take(file: pack.bytes.dropLast())
        XCTAssertEqual(next.failure, "This cannot be read here.")
    }
}
