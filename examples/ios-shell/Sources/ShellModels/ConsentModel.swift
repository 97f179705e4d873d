import Foundation
import Nansen
import Observation

/// A request, what would answer it, and what the holder ticked.
@MainActor @Observable
public final class ConsentModel {
    /// One credential that may answer one query, and its claims.
    public struct Option: Identifiable, Sendable {
        public let query: UInt32
        public let candidate: Candidate
        public var id: String { "\(query) \(candidate.credential.id)" }
    }

    /// What is asked, once it was read.
    public private(set) var consent: Consent?
    public private(set) var options: [Option] = []
    /// What there is against this phone's clock, by which the request's times were not judged.
    public var clockWarning: String? { consent?.clockDoubt?.sentence }
    /// What to show the other phone, once the holder agreed.
    public private(set) var answer: Message?
    public private(set) var failure: String?
    public private(set) var isBusy = false
    private var ticked: [Option.ID: Set<ClaimPath>] = [:]
    private var session: PresentationSession?
    private let wallet: Wallet
    private let signer: (any HardwareSigner)?

    public init(wallet: Wallet, signer: (any HardwareSigner)?) {
        self.wallet = wallet
        self.signer = signer
    }

    /// Reads a request that was scanned. Nothing is ticked but what it cannot do without, and
    /// nothing is shown to anybody.
    public func read(_ request: Message) async {
        await work {
            let session = try await self.wallet.begin(
                occasion: .request(message: request))
            self.session = session
            self.consent = try session.consent()
            self.options = (self.consent?.queries ?? []).enumerated().flatMap { place, query in
                query.candidates.map { Option(query: UInt32(place), candidate: $0) }
            }
        }
    }

    /// Whether the role of who asks does not cover this claim.
    public func isBeyondRole(_ path: ClaimPath, of option: Option) -> Bool {
        guard case .registered(_, _, _, let beyond, _, _, _, _)? = consent?.verifier else {
            return false
        }
        return beyond.contains { more in
            more.claim == path
                && [nil, option.candidate.credential.credentialType].contains(more.credentialType)
        }
    }

    public func isTicked(_ path: ClaimPath, of option: Option) -> Bool {
        ticked[option.id]?.contains(path) ?? false
    }

    /// Ticks or unticks a claim. A first tick takes up the credential, with what the request
    /// requires of it.
    public func toggle(_ path: ClaimPath, of option: Option) {
        let required = option.candidate.claims.filter(\.isRequired).map(\.path)
        var paths = ticked[option.id] ?? Set(required)
        if ticked[option.id] == nil || !paths.contains(path) {
            paths.insert(path)
        } else if !required.contains(path) {
            paths.remove(path)
        }
        ticked[option.id] = paths
    }

    /// Leaves a credential out again.
    public func leaveOut(_ option: Option) {
        ticked[option.id] = nil
    }

    public var canAgree: Bool { !ticked.isEmpty && !isBusy && answer == nil }

    /// Makes the answer from what is ticked.
    public func agree() async {
        guard let session, canAgree else { return }
        let choice = options.compactMap { option in
            ticked[option.id].map { paths in
                ChosenCredential(
                    query: option.query, credential: option.candidate.credential.id,
                    claims: option.candidate.claims.map(\.path).filter(paths.contains))
            }
        }
        await work {
            self.answer = try await session.complete(
                choice, signer: self.signer,
                prompt: HardwarePrompt(reason: "Show what you ticked"))
        }
    }

    private func work(_ body: () async throws -> Void) async {
        isBusy = true
        defer { isBusy = false }
        failure = nil
        do {
            try await body()
        } catch {
            failure = sentence(for: error)
        }
    }
}
