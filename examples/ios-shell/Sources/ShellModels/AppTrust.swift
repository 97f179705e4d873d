import Foundation
import Nansen

/// Whom the app trusts from its first start, before anybody brought it a list.
///
/// A root signs trust lists; these say who may issue what. Whoever ships an app puts the root of
/// their own desk here: `nansen issuer key` prints it. A publisher signs packs with several keys,
/// which it may replace: `nansen root init` makes its statement and prints the pin.
public struct AppTrust: Sendable {
    /// Public root keys: 32 bytes of Ed25519, or 33 of P-256.
    public let roots: [Data]
    /// Publishers of packs.
    public let publishers: [Publisher]

    /// A publisher, by its first root statement and the digest of that.
    public struct Publisher: Sendable {
        public let statement: Data
        public let pin: Data

        public init(statement: Data, pin: Data) {
            self.statement = statement
            self.pin = pin
        }
    }

    public init(roots: [Data], publishers: [Publisher] = []) {
        self.roots = roots
        self.publishers = publishers
    }

    /// All of it. A publisher whose keys were replaced since is refused as held already.
    var items: [TrustItem] {
        roots.map { .root(key: $0) }
            + publishers.map { .publisher(statement: $0.statement, pin: $0.pin) }
    }

    /// **Replace this key.** It is a demonstration's, whose private half was thrown away: nobody
    /// can sign a list with it, so that an app which still has it trusts nobody.
    private static let rootKey = "xC7wIFXiIOBz3CfRJD1RLYQR4g3OUn0JOPuvBrKubz4"

    /// What this app ships.
    public static let shipped = AppTrust(roots: [Data(base64URL: rootKey)].compactMap { $0 })
}

/// Has `add` take a file as a pack or a list; `false` if it is none.
func takeList(
    _ file: Data, add: (TrustItem) async throws -> Void
) async throws -> Bool {
    if (try? await PackFacts.read(file)) != nil {
        try await add(.pack(bytes: file))
        return true
    }
    for item in [TrustItem.trustList(bytes: file), .statusList(bytes: file)] {
        do {
            try await add(item)
            return true
        } catch NansenError.Malformed {
            continue
        }
    }
    return false
}

extension Data {
    /// Base64url without padding (RFC 4648).
    init?(base64URL text: String) {
        let plain = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        self.init(base64Encoded: plain + padding)
    }
}
