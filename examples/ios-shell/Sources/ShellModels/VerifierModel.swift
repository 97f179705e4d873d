import Foundation
import Nansen
import Observation

/// Somebody who asks, shows the request, scans the answer and reads the report.
@MainActor @Observable
public final class VerifierModel {
    /// To be shown as codes.
    public private(set) var request: Message?
    public private(set) var reports: [Report] = []
    /// Whether all that was asked for is there, and valid.
    public private(set) var isComplete = false
    /// That a list was taken in.
    public private(set) var notice: String?
    public private(set) var failure: String?
    private let verifier: Verifier
    private let storedTrust: URL
    private var open: OpenRequest?

    /// - Parameters:
    ///   - name: What holders see.
    ///   - trust: Whom to trust from the start.
    ///   - storedTrust: Where the lists are kept that were taken in, a file that nobody else can
    ///     write. One that cannot be read counts as none: the lists are scanned again.
    ///   - key: An earlier `Verifier.secretKey()`, by which holders recognise this verifier.
    /// - Throws: ``NansenError``.
    public init(
        name: String, trust: AppTrust = .shipped, storedTrust: URL, key: Data? = nil
    ) throws {
        self.storedTrust = storedTrust
        let stored = try? Data(contentsOf: storedTrust)
        verifier =
            try stored.flatMap { try? Verifier(name: name, key: key, trust: $0) }
            ?? Verifier(name: name, key: key)
        for root in trust.roots {
            _ = try verifier.addTrust(item: .root(key: root))
        }
    }

    /// Asks for claims of one type of credential.
    public func ask(type: String, claims: [String], purpose: String) async {
        await work {
            let query = try Self.query(type: type, claims: claims)
            let open = try await self.verifier.request(query: query, purpose: purpose)
            self.open = open
            self.request = open.message
            self.reports = []
            self.isComplete = false
        }
    }

    /// What was scanned: an answer, what somebody shows without being asked, or a list.
    public func take(_ message: Message) async {
        await work {
            switch message.kind {
            case .trustList, .statusList:
                if let list = list(message) { try await self.add(list) }
            case .response:
                guard let open = self.open else { throw NansenError.NoSuchRequest }
                let answer = try await self.verifier.checkAnswer(
                    request: open.id, answer: message)
                self.reports = answer.credentials.map(\.report)
                self.isComplete = answer.isComplete
                self.request = nil
            default:
                self.reports = [try await self.verifier.checkUnasked(message: message)]
                self.isComplete = false
            }
        }
    }

    /// A trust list or a status list from a file.
    public func take(file: Data) async {
        await work {
            guard try await takeList(file, add: self.add) else {
                throw NansenError.Malformed(what: "list", reason: "neither of the two kinds")
            }
        }
    }

    private func add(_ list: TrustItem) async throws {
        try await verifier.addTrust(item: list)
        try verifier.trust().stored.write(to: storedTrust, options: .atomic)
        notice = "The list was taken in."
    }

    /// DCQL (OpenID4VP 1.0, section 6).
    private static func query(type: String, claims: [String]) throws -> String {
        struct DCQL: Encodable {
            struct Credential: Encodable {
                struct Meta: Encodable { let vct_values: [String] }
                struct Claim: Encodable { let path: [String] }
                let id = "credential"
                let format = "dc+sd-cwt"
                let meta: Meta
                let claims: [Claim]
            }
            let credentials: [Credential]
        }
        let credential = DCQL.Credential(
            meta: .init(vct_values: [type]), claims: claims.map { .init(path: [$0]) })
        let json = try JSONEncoder().encode(DCQL(credentials: [credential]))
        return String(decoding: json, as: UTF8.self)
    }

    private func work(_ body: () async throws -> Void) async {
        failure = nil
        notice = nil
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }
}
