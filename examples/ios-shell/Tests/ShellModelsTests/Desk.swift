import Foundation
import Nansen

@testable import ShellModels

/// The issuing desk that `cargo xtask fixtures` makes with the `nansen` program.
struct Desk {
    private let program: URL
    private let source: URL
    private let folder: URL

    init(in folder: URL) throws {
        let environment = ProcessInfo.processInfo.environment
        guard let program = environment["NANSEN_CLI"], let made = environment["NANSEN_FIXTURES"]
        else { throw CocoaError(.fileNoSuchFile) }
        self.program = URL(fileURLWithPath: program)
        source = URL(fileURLWithPath: made, isDirectory: true)
        self.folder = folder
        for name in ["desk.nansen", "welder.json", "issuer.json", "status.list"] {
            try FileManager.default.copyItem(
                at: source.appendingPathComponent(name),
                to: folder.appendingPathComponent(name))
        }
    }

    /// What an app ships that is made for this desk.
    func trust() throws -> AppTrust {
        let text = String(decoding: try file("root.key"), as: UTF8.self)
        guard let root = Data(base64URL: text) else { throw CocoaError(.fileReadCorruptFile) }
        return AppTrust(roots: [root])
    }

    /// What the desk hands out to every phone, in files and in codes.
    func lists() throws -> [Message] {
        [
            Message(kind: .trustList, bytes: try file("trust.list")),
            Message(kind: .statusList, bytes: try file("status.list")),
        ]
    }

    /// Issues a welder's credential for the public device key of a phone.
    func issue(to deviceKey: Data) throws -> Data {
        try run(
            "issuer", "issue", "welder.json", "--device-key=\(base64URL(deviceKey))", "--out",
            "welder.cwt")
        return try Data(contentsOf: folder.appendingPathComponent("welder.cwt"))
    }

    /// The desk as a publisher with one key: what an app ships that goes by its packs, and a pack
    /// that lets the desk issue and `asking` ask for a trade.
    func publish(asking key: Data) throws -> (trust: AppTrust, pack: Message) {
        let own = "1:" + String(decoding: try file("root.key"), as: UTF8.self)
        try run(
            "root", "init", "--publisher", "npl.ctevt", "--root", own, "--issuers", own,
            "--verifiers", own, "--status", own, "--content", own, "--out", "root-1")
        let said = try JSONDecoder().decode(Signed.self, from: try run("root", "sign", "root-1"))
        try describe(asking: key)
            .write(
                to: folder.appendingPathComponent("pack.json"), atomically: true, encoding: .utf8)
        try run("pack", "build", "pack.json", "--root", "root-1", "--out", "pack-1")
        let made = { (name: String) in
            try Data(contentsOf: folder.appendingPathComponent(name))
        }
        let publisher = AppTrust.Publisher(statement: try made("root-1"), pin: said.pinBytes)
        return (
            AppTrust(roots: [], publishers: [publisher]),
            Message(kind: .pack, bytes: try made("pack-1"))
        )
    }

    private func describe(asking key: Data) throws -> String {
        let issuer = try JSONDecoder().decode(Issuer.self, from: file("issuer.json"))
        return """
            {"id": "npl.national", "version": 1, "days": 90,
             "trust_list": {"id": "npl.issuers", "issuers": ["issuer.json"]},
             "verifier_list": {"id": "npl.verifiers", "verifiers": [
               {"role": "labour_inspectorate", "names": {"en": "Labour Inspectorate"},
                "country": "NPL",
                "keys": [{"key": "\(base64URL(key))", "not_before": 0, "not_after": 4102444800}],
                "grants": [{"type": "urn:nansen:skills:1", "claims": ["qualification"]}]}]},
             "status": [{"issuer": "\(issuer.uri)", "key": "\(issuer.keys[0].key)",
               "list": "status.list"}]}
            """
    }

    private struct Issuer: Decodable {
        struct Key: Decodable { let key: String }
        let uri: String
        let keys: [Key]
    }

    /// What `nansen root sign` says.
    private struct Signed: Decodable {
        let pin: String

        /// Of hexadecimal digits.
        var pinBytes: Data {
            let digits = pin.compactMap(\.hexDigitValue)
            return Data(
                stride(from: 1, to: digits.count, by: 2).map {
                    UInt8(digits[$0 - 1] << 4 | digits[$0])
                })
        }
    }

    /// Runs the program at the desk; gives what it said, as JSON.
    @discardableResult
    private func run(_ arguments: String...) throws -> Data {
        let process = Process()
        process.executableURL = program
        process.arguments = ["--json"] + arguments
        process.environment = [
            "NANSEN_PASSPHRASE": "only-for-tests", "NANSEN_DESK": "desk.nansen",
        ]
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableRuntimeMismatch) }
        return said
    }

    private func file(_ name: String) throws -> Data {
        try Data(contentsOf: source.appendingPathComponent(name))
    }
}

/// Base64url (RFC 4648).
private func base64URL(_ data: Data) -> String {
    data.base64EncodedString()
        .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
}
