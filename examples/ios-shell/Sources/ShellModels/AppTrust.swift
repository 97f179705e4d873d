import Foundation
import Nansen

/// Whom the app trusts from its first start, before anybody brought it a list.
///
/// A root signs trust lists; these say who may issue what. Whoever ships an app puts the root of
/// their own desk here: `nansen issuer key` prints it.
public struct AppTrust: Sendable {
    /// Public root keys: 32 bytes of Ed25519, or 33 of P-256.
    public let roots: [Data]

    public init(roots: [Data]) {
        self.roots = roots
    }

    /// **Replace this key.** It is a demonstration's, whose private half was thrown away: nobody
    /// can sign a list with it, so that an app which still has it trusts nobody.
    private static let rootKey = "xC7wIFXiIOBz3CfRJD1RLYQR4g3OUn0JOPuvBrKubz4"

    /// What this app ships.
    public static let shipped = AppTrust(roots: [Data(base64URL: rootKey)].compactMap { $0 })
}

/// The list that a scanned message is, if it is one.
func list(_ message: Message) -> TrustItem? {
    switch message.kind {
    case .trustList: return .trustList(bytes: message.bytes)
    case .statusList: return .statusList(bytes: message.bytes)
    case .request, .response, .presentation, .printable, .file, .backup, .guardianCard: return nil
    }
}

/// Has `add` take a file as a trust list or a status list; `false` if it is neither.
func takeList(
    _ file: Data, add: (TrustItem) async throws -> Void
) async throws -> Bool {
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
