import Foundation

// The generated code writes lengths as 32-bit numbers and stops the process for longer bytes. No
// message is nearly that long, so the `async` calls refuse what is.

extension Data {
    /// The bytes, if they are few enough to be handed to the library, which then applies the
    /// limit of each kind of message.
    ///
    /// - Throws: ``NansenError/OutOfBounds(what:size:least:most:)``.
    func carried(_ what: String) throws -> Data {
        guard count <= carriedMost else {
            throw NansenError.OutOfBounds(
                what: what, size: UInt64(count), least: 0, most: UInt64(carriedMost))
        }
        return self
    }
}

extension Message {
    /// As `Data.carried`.
    func carried() throws -> Message {
        _ = try bytes.carried("message")
        return self
    }
}

extension TrustItem {
    /// As `Data.carried`.
    func carried() throws -> TrustItem {
        switch self {
        case .root(let key): return .root(key: try key.carried("root"))
        case .trustList(let bytes): return .trustList(bytes: try bytes.carried("trust list"))
        case .statusList(let bytes): return .statusList(bytes: try bytes.carried("status list"))
        }
    }
}

extension Occasion {
    /// As `Data.carried`.
    func carried() throws -> Occasion {
        if case .request(let message) = self { _ = try message.carried() }
        return self
    }
}

/// 64 MiB: sixteen times the largest list.
private let carriedMost = 64 << 20
