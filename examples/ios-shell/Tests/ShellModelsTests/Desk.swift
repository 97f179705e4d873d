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
        for name in ["desk.nansen", "welder.json"] {
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
        let key = deviceKey.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "issuer", "issue", "welder.json", "--desk", "desk.nansen", "--device-key=\(key)",
            "--out", "welder.cwt",
        ]
        process.environment = ["NANSEN_PASSPHRASE": "only-for-tests"]
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableRuntimeMismatch) }
        return try Data(contentsOf: folder.appendingPathComponent("welder.cwt"))
    }

    private func file(_ name: String) throws -> Data {
        try Data(contentsOf: source.appendingPathComponent(name))
    }
}
