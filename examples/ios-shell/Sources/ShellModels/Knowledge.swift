import Foundation
import Nansen

/// A pack or list that the verifier goes by, for a line on a screen.
public struct KnownList: Identifiable, Equatable, Sendable {
    public let name: String
    /// How old it is, and whether a newer one is due.
    public let age: String
    public let isOverdue: Bool
    /// It is told from the others by name and signer.
    public let id: String
}

extension TrustState {
    /// Packs first, then lists, those in packs among them.
    func known(at time: TimeFacts) -> [KnownList] {
        let fromPacks = packs.map { pack in
            KnownList(
                name: "\(pack.id), version \(pack.version)", signer: pack.publisher,
                issuedAt: pack.issuedAt, nextUpdate: pack.nextUpdate, time: time)
        }
        let lists = (trustLists + verifierLists + statusLists).map { list in
            KnownList(
                name: list.id, signer: list.signer.name, issuedAt: list.issuedAt,
                nextUpdate: list.nextUpdate, time: time)
        }
        return fromPacks + lists
    }
}

extension KnownList {
    fileprivate init(
        name: String, signer: String, issuedAt: Timestamp, nextUpdate: Timestamp?, time: TimeFacts
    ) {
        let overdue = nextUpdate.map { time.reckoned - $0 } ?? 0
        self.name = name
        id = "\(name) \(signer)"
        isOverdue = overdue > 0
        let signed = "Signed \(days(time.reckoned - issuedAt)) ago."
        age = isOverdue ? "\(signed) A newer one was due \(days(overdue)) ago." : signed
    }
}

extension ListSigner {
    fileprivate var name: String {
        switch self {
        case .key(let key): return key.base64EncodedString()
        case .publisher(let name): return name
        }
    }
}

extension ClockDoubt {
    /// What to tell whoever holds the phone.
    public var sentence: String {
        switch self {
        case .behind(let seconds):
            return "The clock of this phone is wrong, by \(days(seconds)) at least."
        case .ahead(let seconds):
            return """
                The clock of this phone may be wrong: nothing that it knows was signed in the \
                last \(days(seconds)).
                """
        }
    }
}

/// A time span of which hours do not matter.
private func days(_ seconds: Int64) -> String {
    let days = max(seconds, 0) / 86_400
    return days == 1 ? "1 day" : "\(days) days"
}
