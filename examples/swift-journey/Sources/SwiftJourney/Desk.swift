import Foundation

/// The issuing desk, which in the world is an office and here the `nansen` program.
struct Desk {
    /// Public root key, trust list and status list: what every phone carries.
    let root: Data
    let trustList: Data
    let statusList: Data
    private let program: URL
    private let folder: URL

    /// Takes a copy of the desk that `cargo xtask fixtures` made into `folder`.
    init(in folder: URL) throws {
        let environment = ProcessInfo.processInfo.environment
        guard let program = environment["NANSEN_CLI"], let made = environment["NANSEN_FIXTURES"]
        else { throw DeskError.notMade }
        let source = URL(fileURLWithPath: made, isDirectory: true)
        for name in ["desk.nansen", "welder.json"] {
            try FileManager.default.copyItem(
                at: source.appendingPathComponent(name),
                to: folder.appendingPathComponent(name))
        }
        let file = { (name: String) in
            try Data(contentsOf: source.appendingPathComponent(name))
        }
        self.program = URL(fileURLWithPath: program)
        self.folder = folder
        root = try Self.bytes(ofBase64URL: String(decoding: file("root.key"), as: UTF8.self))
        trustList = try file("trust.list")
        statusList = try file("status.list")
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
        guard process.terminationStatus == 0 else { throw DeskError.refused }
        return try Data(contentsOf: folder.appendingPathComponent("welder.cwt"))
    }

    /// Base64url without padding (RFC 4648).
    private static func bytes(ofBase64URL text: String) throws -> Data {
        let plain = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding) else { throw DeskError.notMade }
        return data
    }
}

enum DeskError: LocalizedError {
    case notMade, refused

    var errorDescription: String? {
        switch self {
        case .notMade:
            return "There is no desk: run `cargo xtask swift --test`, which makes one."
        case .refused:
            return "The desk refused to issue."
        }
    }
}
