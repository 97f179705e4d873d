import Foundation
import XCTest

@testable import Nansen

/// The issuing desk and the lists that `cargo xtask fixtures` makes, and a folder for one test.
struct Fixtures {
    /// Removed by the test that made it.
    let folder: URL
    let root: Data
    let trustList: Data
    let statusList: Data
    /// A credential that is bound to a device key which no wallet has.
    let foreignCredential: Data
    private let program: URL

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let program = environment["NANSEN_CLI"], let made = environment["NANSEN_FIXTURES"]
        else { throw Missing() }
        self.program = URL(fileURLWithPath: program)
        let source = URL(fileURLWithPath: made, isDirectory: true)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("nansen-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // One program at a time may open a desk.
        for name in ["desk.nansen", "welder.json", "issuer.json", "status.list"] {
            try FileManager.default.copyItem(
                at: source.appendingPathComponent(name),
                to: folder.appendingPathComponent(name))
        }
        let file = { (name: String) in
            try Data(contentsOf: source.appendingPathComponent(name))
        }
        root = try Data(base64URL: String(decoding: file("root.key"), as: UTF8.self))
        trustList = try file("trust.list")
        statusList = try file("status.list")
        foreignCredential = try file("foreign.cwt")
    }

    /// What the desk issues for a device key, in its short form.
    func issue(to deviceKey: Data) throws -> Data {
        let credential = folder.appendingPathComponent("welder-\(UUID().uuidString).cwt")
        try desk(
            "issuer", "issue", "welder.json", "--device-key=\(deviceKey.base64URL)", "--out",
            credential.path)
        return try Data(contentsOf: credential)
    }

    /// Runs the program in ``folder`` at the desk there; gives what it said, as JSON.
    @discardableResult
    func desk(_ arguments: String..., now: Date = Date()) throws -> Data {
        try run(
            program, ["--json", "--now", String(Timestamp(now))] + arguments,
            environment: ["NANSEN_PASSPHRASE": "only-for-tests", "NANSEN_DESK": "desk.nansen"],
            in: folder)
    }

    /// A file of ``folder``.
    func read(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(name))
    }

    /// A wallet that trusts nobody yet; unlocked by ``pin``.
    func emptyWallet(named name: String = "empty") async throws -> Wallet {
        let file = folder.appendingPathComponent("\(name).nansen")
        return try await Wallet.create(at: file, passphrase: pin(), cost: cheap).wallet
    }

    /// A wallet that trusts the desk, its file, and its recovery code; unlocked by ``pin``.
    func wallet(named name: String = "wallet") async throws -> (
        wallet: Wallet, file: URL, recoveryCode: SecretBytes
    ) {
        let file = folder.appendingPathComponent("\(name).nansen")
        let (wallet, code) = try await Wallet.create(at: file, passphrase: pin(), cost: cheap)
        try await wallet.addTrust(item: .root(key: root))
        try await wallet.addTrust(item: .trustList(bytes: trustList))
        try await wallet.addTrust(item: .statusList(bytes: statusList))
        return (wallet, file, code)
    }

    /// As ``wallet(named:)``, with a welder's credential in it.
    func walletOfAWelder() async throws -> (wallet: Wallet, credential: RecordId) {
        let (wallet, _, _) = try await wallet()
        let credential = try issue(to: await wallet.newDeviceKey())
        return (wallet, try await wallet.importCredential(bytes: credential).id)
    }

    /// A verifier that carries the desk's lists.
    func verifier() throws -> Verifier {
        let verifier = try Verifier(name: "Gate 3")
        _ = try verifier.addTrust(item: .root(key: root))
        _ = try verifier.addTrust(item: .trustList(bytes: trustList))
        _ = try verifier.addTrust(item: .statusList(bytes: statusList))
        return verifier
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    struct Missing: LocalizedError {
        let errorDescription: String? =
            "NANSEN_CLI and NANSEN_FIXTURES name no fixtures: run `cargo xtask swift --test`"
    }
}

/// The PIN of every wallet of these tests.
func pin(_ text: String = "492817") -> SecretBytes {
    SecretBytes(utf8: text)
}

extension Wallet {
    /// Keeps a scan under this title.
    func keep(_ title: String, bytes: Int = 1_000) async throws {
        let document = NewDocument(title: title, mediaType: "image/png")
        _ = try await addDocument(document, data: Data(repeating: 7, count: bytes))
    }

    /// Titles of the documents that are kept.
    func titles() async throws -> [String] {
        try await contents().documents.map(\.title)
    }
}

/// The cheapest key derivation that is allowed.
let cheap = KdfCost.exact(memoryKib: 19_456, passes: 2, lanes: 1)

/// Asks for the trade of a welder.
let tradeQuery = """
    {"credentials": [{"id": "trade", "format": "dc+sd-cwt",
      "meta": {"vct_values": ["urn:nansen:skills:1"]},
      "claims": [{"path": ["qualification"]}]}]}
    """

/// What somebody ticks who shows everything that is asked for.
func everything(_ consent: Consent) -> [ChosenCredential] {
    consent.queries.enumerated().flatMap { place, query in
        query.candidates.prefix(1).map { candidate in
            ChosenCredential(
                query: UInt32(place), credential: candidate.credential.id,
                claims: candidate.claims.map(\.path))
        }
    }
}

/// Carries a message to the other phone, code by code.
func carry(_ message: Message) throws -> Message {
    let collector = QrCollector()
    for text in try messageCodes(message: message, options: .screen) {
        if case .complete(let received) = collector.feed(text: text) {
            return received
        }
    }
    throw CocoaError(.coderReadCorrupt)
}

/// Asserts that `work` throws a `NansenError` with this code.
func assertFails<Result>(
    with code: String, file: StaticString = #filePath, line: UInt = #line,
    _ work: () async throws -> Result
) async {
    do {
        _ = try await work()
        XCTFail("nothing was thrown instead of \(code)", file: file, line: line)
    } catch let error as NansenError {
        XCTAssertEqual(error.code, code, file: file, line: line)
    } catch {
        XCTFail("\(error) instead of \(code)", file: file, line: line)
    }
}

/// Runs a program to its end and gives its standard output.
@discardableResult
func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:],
    in folder: URL, input: Data? = nil
) throws -> Data {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
        .merging(environment) { _, new in new }
    process.currentDirectoryURL = folder
    let (output, feed) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardInput = feed
    try process.run()
    if let input {
        try feed.fileHandleForWriting.write(contentsOf: input)
    }
    try feed.fileHandleForWriting.close()
    let written = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableRuntimeMismatch) }
    return written
}

extension Data {
    /// Base64url without padding (RFC 4648).
    var base64URL: String {
        base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    init(base64URL text: String) throws {
        let plain = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding) else {
            throw CocoaError(.coderReadCorrupt)
        }
        self = data
    }
}
