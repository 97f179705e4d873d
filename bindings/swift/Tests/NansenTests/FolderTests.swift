import Foundation
import XCTest

@testable import Nansen

/// Several people with one phone, each unknown to the others as far as they wish.
final class FolderTests: XCTestCase {
    private var fixtures: Fixtures!
    private var folder: URL!

    override func setUpWithError() throws {
        fixtures = try Fixtures()
        folder = fixtures.folder.appendingPathComponent("people", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    override func tearDown() { fixtures.remove() }

    func testOneIsChosenByALabelAndTheOtherOpensToAPinAlone() async throws {
        var shown = try await Wallet.shown(in: folder)
        XCTAssertEqual(shown, [])
        let amina = try await make(pin(), keeping: "Passport", label: "Amina")
        _ = try await make(pin("97531"), keeping: "Permit", label: nil)

        shown = try await Wallet.shown(in: folder)
        XCTAssertEqual(shown.map(\.label), ["Amina"])
        XCTAssertEqual(shown.map(\.url.lastPathComponent), [amina.lastPathComponent])
        let first = try await Wallet.open(at: try XCTUnwrap(shown.first).url)
        let label = try await first.label()
        XCTAssertEqual(label, "Amina")
        await assertFails(with: "locked") { try await first.setLabel(label: nil) }
        try await first.unlock(passphrase: pin())
        await assertFails(with: "malformed") { try await first.setLabel(label: "two\nlines") }
        await assertFails(with: "out_of_bounds") {
            try await first.setLabel(label: String(repeating: "x", count: 129))
        }
        await first.release()

        // The PIN of a wallet that is shown opens nothing hidden, and no wrong one tells of it.
        for wrong in [pin(), pin("000000")] {
            await assertFails(with: "wrong_secret.passphrase") {
                try await Wallet.unlockHidden(in: self.folder, with: .passphrase(wrong))
            }
            XCTAssertEqual(wrong.count, 0, "wiped")
        }
        let second = try await Wallet.unlockHidden(in: folder, with: .passphrase(pin("97531")))
        XCTAssertEqual(second.state(), .unlocked)
        let titles = try await second.titles()
        XCTAssertEqual(titles, ["Permit"])
        try await second.setLabel(label: "Binod")
        await second.release()
        shown = try await Wallet.shown(in: folder)
        XCTAssertEqual(shown.map(\.label), ["Amina", "Binod"])
    }

    func testAFolderThatIsNotThereIsNamed() async throws {
        let nowhere = fixtures.folder.appendingPathComponent("nowhere")
        await assertFails(with: "storage.not_found") { try await Wallet.shown(in: nowhere) }
        await assertFails(with: "storage.not_found") { try await Wallet.place(in: nowhere) }
        let (one, other) = (try await Wallet.place(in: folder), try await Wallet.place(in: folder))
        XCTAssertNotEqual(one, other)
        XCTAssertEqual(one.deletingLastPathComponent().path, folder.path)
    }

    private func make(
        _ pin: SecretBytes, keeping title: String, label: String?
    ) async throws -> URL {
        let url = try await Wallet.place(in: folder)
        let wallet = try await Wallet.create(at: url, passphrase: pin, cost: cheap).wallet
        try await wallet.keep(title)
        try await wallet.setLabel(label: label)
        await wallet.release()
        return url
    }
}
