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
    /// That a list was taken in, or what a session came to.
    public private(set) var notice: String?
    /// What it goes by, and how old that is.
    public private(set) var known: [KnownList] = []
    /// What there is against this phone's clock.
    public private(set) var clockWarning: String?
    /// What was checked since the session began.
    public private(set) var counts: Tally?
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
        for item in trust.items {
            do {
                _ = try verifier.addTrust(item: item)
            } catch NansenError.PublisherHeld {
                // Its keys were replaced since the app was made.
            }
        }
    }

    /// Reads anew what it goes by, and what that says of the clock.
    public func look(now: Date = Date()) async {
        await work { try await self.read(now: now) }
    }

    /// At the end of a day in the field: forgets everybody, and tells the counts, rounded down so
    /// that one person more or less does not show.
    public func endSession() async {
        await work {
            let tally = await self.verifier.endSession(step: countStep)
            self.open = nil
            self.request = nil
            self.reports = []
            self.isComplete = false
            self.counts = nil
            self.notice = """
                The session has ended, and nobody's claims are kept. Good: \(tally.valid), not \
                good: \(tally.invalid), open: \(tally.undetermined), each in full \(countStep)s.
                """
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

    /// What was scanned: an answer, what somebody shows without being asked, a list or a pack.
    public func take(_ message: Message) async {
        await work {
            switch message.kind {
            case .trustList, .statusList, .pack:
                if let item = message.trustItem { try await self.add(item) }
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
            self.counts = await self.verifier.tally()
        }
    }

    /// A pack, a trust list or a status list from a file.
    public func take(file: Data) async {
        await work {
            guard try await takeList(file, add: self.add) else {
                throw NansenError.Malformed(what: "list", reason: "none of the three kinds")
            }
        }
    }

    private func add(_ item: TrustItem) async throws {
        try await verifier.addTrust(item: item)
        try await verifier.trust().stored.write(to: storedTrust, options: .atomic)
        try await read(now: Date())
        if case .pack = item {
            notice = "The pack was taken in."
        } else {
            notice = "The list was taken in."
        }
    }

    private func read(now: Date) async throws {
        let time = try await verifier.checkClock(now: now)
        known = await verifier.trust().known(at: time)
        clockWarning = time.doubt?.sentence
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

/// What counts are rounded down to a multiple of.
private let countStep: UInt32 = 5
