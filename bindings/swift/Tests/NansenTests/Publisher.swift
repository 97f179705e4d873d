import Foundation

@testable import Nansen

/// A publisher whose one key is the desk's, and its packs: who may issue, who may ask for what,
/// what was revoked, what things are called, and what is worth knowing in Qatar.
struct Publisher {
    static let name = "npl.ctevt"
    static let packId = "npl.national"

    /// The inspectorate's key, that of RFC 8032, section 7.1, test 1, for one use; ``rootKey`` is
    /// its public half.
    static func inspector() -> SecretBytes {
        var key: [UInt8] = [
            1, 0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ]
        return SecretBytes(taking: &key)
    }

    /// When it began.
    let start: Timestamp
    /// Its root statement, and the digest by which apps know it.
    let statement: Data
    let pin: Data
    private let fixtures: Fixtures

    init(_ fixtures: Fixtures) throws {
        self.fixtures = fixtures
        start = Timestamp(Date())
        (statement, pin) = try Self.state(
            fixtures, "root-1", root: "1:\(fixtures.root.base64URL)", now: Date(start))
        var school = try JSONSerialization.jsonObject(with: fixtures.read("issuer.json"))
            as? [String: Any] ?? [:]
        school["quality_body"] = "CTEVT"
        school["jurisdictions"] = ["NPL"]
        try JSONSerialization.data(withJSONObject: school)
            .write(to: fixtures.folder.appendingPathComponent("school.json"))
    }

    /// So many days after it began.
    func day(_ days: Int) -> Date {
        Date(start + Timestamp(days) * 86_400)
    }

    /// What an app ships.
    var item: TrustItem { .publisher(statement: statement, pin: pin) }

    /// A root statement of the same name under these keys, signed by the desk's, and its digest.
    static func state(
        _ fixtures: Fixtures, _ file: String, root: String, now: Date = Date()
    ) throws -> (statement: Data, pin: Data) {
        let own = "1:\(fixtures.root.base64URL)"
        try fixtures.desk(
            "root", "init", "--publisher", name, "--root", root, "--issuers", own, "--verifiers",
            own, "--status", own, "--content", own, "--out", file, now: now)
        let said = try fixtures.desk("root", "sign", file)
        guard let said = try JSONSerialization.jsonObject(with: said) as? [String: Any],
            let pin = (said["pin"] as? String).flatMap(Data.init(hex:))
        else { throw CocoaError(.coderReadCorrupt) }
        return (try fixtures.read(file), pin)
    }

    /// The root statement that follows the first.
    func rotated() throws -> Data {
        try fixtures.desk("root", "rotate", "root-1", "--out", "root-2")
        try fixtures.desk("root", "sign", "root-2")
        return try fixtures.read("root-2")
    }

    /// Builds and signs a version of its pack.
    ///
    /// - Parameters:
    ///   - version: From 1 on.
    ///   - days: When, after it began.
    ///   - cutOff: The day from which the inspectorate's key is not trusted.
    func pack(_ version: Int, on days: Int = 0, cutOff: Int? = nil) throws -> Data {
        let file = "pack-\(version)"
        let key = """
            {"key": "\(rootKey.base64URL)", "not_before": 0, "not_after": 4102444800,
             "cut_off": \(cutOff.map { String(Timestamp(day($0))) } ?? "null")}
            """
        try describe(version, inspector: key)
            .write(
                to: fixtures.folder.appendingPathComponent("pack.json"), atomically: true,
                encoding: .utf8)
        try fixtures.desk(
            "pack", "build", "pack.json", "--root", "root-1", "--out", file, now: day(days))
        return try fixtures.read(file)
    }

    /// What has changed in the second pack since the first.
    func delta() throws -> Data {
        try fixtures.desk("pack", "diff", "pack-1", "pack-2", "--root", "root-1", "--out", "delta")
        return try fixtures.read("delta")
    }

    /// A phone that goes by its first pack, with a welder's credential.
    func phone() async throws -> Wallet {
        let wallet = try await fixtures.emptyWallet(named: "phone")
        try await wallet.addTrust(item: item)
        try await wallet.addTrust(item: .pack(bytes: try pack(1)))
        let credential = try fixtures.issue(to: await wallet.newDeviceKey())
        _ = try await wallet.importCredential(bytes: credential)
        return wallet
    }

    /// Somebody who asks and goes by the first pack, which was built before.
    func verifier(
        key: SecretBytes? = nil, oldStatus: OldStatus? = nil
    ) async throws -> Verifier {
        let verifier = try await Verifier.create(
            name: "Labour Inspectorate", key: key, oldStatus: oldStatus)
        try await verifier.addTrust(item: item)
        try await verifier.addTrust(item: .pack(bytes: try fixtures.read("pack-1")))
        return verifier
    }

    private func describe(_ version: Int, inspector: String) throws -> String {
        let issuer = try JSONDecoder().decode(Issuer.self, from: fixtures.read("issuer.json"))
        return """
            {"id": "\(Self.packId)", "version": \(version), "days": 90,
             "trust_list": {"id": "npl.issuers", "issuers": ["school.json"]},
             "verifier_list": {"id": "npl.verifiers", "verifiers": [
               {"role": "labour_inspectorate", "names": {"en": "Labour Inspectorate"},
                "country": "NPL", "keys": [\(inspector)],
                "grants": [{"type": "urn:nansen:skills:1",
                  "claims": ["family_name", "qualification"]}]}]},
             "status": [{"issuer": "\(issuer.uri)", "key": "\(issuer.keys[0].key)",
               "list": "status.list"}],
             "notes": [
               {"country": "QAT", "topic": "regulations", "titles": {"en": "Heat rules"},
                "texts": {"en": "No outdoor work from 10 to 15:30.", "ne": "बाहिर काम हुँदैन।"},
                "place": {"latitude": 25.285447, "longitude": 51.53104}},
               {"country": "QAT", "topic": "housing", "titles": {"en": "Housing rules"},
                "texts": {"en": "Six square metres for each."},
                "place": {"latitude": 25.9, "longitude": 51.5}}],
             "contacts": [{"country": "QAT", "topic": "next_step", "names": {"en": "Help desk"},
               "channels": ["tel:+97440000000"]}],
             "types": [{"type": "urn:nansen:skills:1",
               "names": {"en": "Skills certificate", "ne": "सीप प्रमाणपत्र"},
               "labels": {"family_name": {"en": "Family name", "ne": "थर"}}}]}
            """
    }

    private struct Issuer: Decodable {
        struct Key: Decodable { let key: String }
        let uri: String
        let keys: [Key]
    }
}

/// Asks for claims of a skills certificate.
func ask(_ verifier: Verifier, _ claims: [String], now: Date) async throws -> OpenRequest {
    let claims = claims.map { "{\"path\": [\"\($0)\"]}" }.joined(separator: ", ")
    let query = """
        {"credentials": [{"id": "trade", "format": "dc+sd-cwt",
          "meta": {"vct_values": ["urn:nansen:skills:1"]}, "claims": [\(claims)]}]}
        """
    return try await verifier.request(query: query, purpose: "Inspection", now: now)
}

extension Wallet {
    /// What this request asks for, for its holder.
    func consent(to request: OpenRequest, now: Date) async throws -> Consent {
        let session = try await begin(occasion: .request(message: request.message), now: now)
        guard let consent = try session.consent() else { throw CocoaError(.coderValueNotFound) }
        return consent
    }

    /// Shows everything that is asked for.
    func answer(_ request: OpenRequest, now: Date) async throws -> Message {
        let session = try await begin(occasion: .request(message: request.message), now: now)
        guard let consent = try session.consent() else { throw CocoaError(.coderValueNotFound) }
        return try await session.complete(everything(consent), now: now)
    }
}

extension Data {
    /// Hexadecimal digits.
    fileprivate init?(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, hex.count.isMultiple(of: 2) else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { place in
            UInt8(digits[place] << 4 | digits[place + 1])
        })
    }
}
