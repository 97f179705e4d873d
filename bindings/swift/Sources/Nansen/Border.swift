import Foundation

// The generated code writes lengths as 32-bit numbers and stops the process for longer bytes and
// texts. Nothing that the library takes is nearly that long, so the calls written by hand refuse
// what is. The generated calls, which block, have no such guard.

extension Data {
    /// The bytes, if they are few enough to be handed to the library, which then applies the
    /// limit of each kind of message.
    ///
    /// - Throws: ``NansenError/OutOfBounds(what:size:least:most:)``.
    func carried(_ what: String) throws -> Data {
        try bounded(what, count)
        return self
    }
}

extension String {
    /// As `Data.carried`.
    func carried(_ what: String) throws -> String {
        try bounded(what, utf8.count)
        return self
    }
}

extension [String] {
    /// As `Data.carried`, for all of them together.
    func carried(_ what: String) throws -> [String] {
        try bounded(what, reduce(0) { $0 + $1.utf8.count + lengthBytes })
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
        switch self {
        case .request(let message): _ = try message.carried()
        case .unasked(let credential, let claims, _):
            _ = try ([credential] + claims).carried("claims")
        case .print(let credential): _ = try credential.carried("record id")
        }
        return self
    }
}

extension NewDocument {
    /// As `Data.carried`.
    func carried() throws -> NewDocument {
        _ = try ([title, mediaType] + tags).carried("document")
        return self
    }
}

extension [ChosenCredential] {
    /// As `Data.carried`.
    func carried() throws -> [ChosenCredential] {
        _ = try flatMap { [$0.credential] + $0.claims }.carried("choice")
        return self
    }
}

extension HardwareAnswer {
    /// As `Data.carried`.
    func carried() throws -> HardwareAnswer {
        if case .done(let bytes) = self { _ = try bytes.carried("hardware answer") }
        return self
    }
}

extension QrCollector {
    /// Takes a text from outside, such as a camera or the clipboard: as ``feed(text:)``, and
    /// ``Scan/foreign`` for what is longer than any code.
    public func feed(_ text: String) -> Scan {
        text.utf8.count <= longestCode ? feed(text: text) : .foreign
    }
}

private func bounded(_ what: String, _ size: Int) throws {
    guard size <= carriedMost else {
        throw NansenError.OutOfBounds(
            what: what, size: UInt64(size), least: 0, most: UInt64(carriedMost))
    }
}

/// 64 MiB: sixteen times the largest list.
private let carriedMost = 64 << 20
/// Bytes that tell the length of a text.
private let lengthBytes = 4
/// Characters of the largest code: version 40-L, digits (ISO/IEC 18004, table 7).
private let longestCode = 7_089
