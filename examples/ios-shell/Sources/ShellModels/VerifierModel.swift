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
    public private(set) var failure: String?
    private let verifier: Verifier
    private var open: OpenRequest?

    public init(verifier: Verifier) {
        self.verifier = verifier
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

    /// Checks what was scanned: an answer, or what somebody shows without being asked.
    public func check(_ message: Message) async {
        await work {
            switch message.kind {
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
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }
}
