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
        case .root(let key): _ = try key.carried("root")
        case .publisher(let statement, let pin):
            _ = (try statement.carried("root statement"), try pin.carried("pin"))
        case .rotations(let statements):
            try bounded("root statements", statements.reduce(0) { $0 + $1.count + lengthBytes })
        case .trustList(let bytes): _ = try bytes.carried("trust list")
        case .verifierList(let bytes): _ = try bytes.carried("verifier list")
        case .pack(let bytes): _ = try bytes.carried("pack")
        case .statusList(let bytes): _ = try bytes.carried("status list")
        }
        return self
    }
}

extension TrustName {
    /// As `Data.carried`.
    func carried() throws -> TrustName {
        switch self {
        case .root(let key): _ = try key.carried("root")
        case .publisher(let name): _ = try name.carried("publisher")
        case .list(.key(let key), let id):
            _ = (try key.carried("key"), try id.carried("list"))
        case .list(.publisher(let name), let id), .pack(let name, let id):
            _ = try [name, id].carried("publisher and id")
        }
        return self
    }
}

extension Search {
    /// As `Data.carried`.
    func carried() throws -> Search {
        _ = try [language, country ?? "", topic ?? "", words].carried("search")
        return self
    }
}

extension [Queued] {
    /// As `Data.carried`, for all of them together.
    func carried() throws -> [Queued] {
        try bounded(
            "queue",
            reduce(0) { $0 + $1.message.bytes.count + ($1.request?.utf8.count ?? 0) + lengthBytes })
        return self
    }
}

extension String {
    /// The text, if it is a request's id: a queue is looked through before its first step.
    ///
    /// - Throws: ``NansenError/Malformed(what:reason:)``.
    func asRequestId() throws -> RequestId {
        guard utf8.count == requestIdDigits, allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw NansenError.Malformed(
                what: "request id", reason: "not \(requestIdDigits) hexadecimal digits")
        }
        return self
    }
}

extension Timestamp {
    /// The moment, if a calendar has it: a queue is looked through before its first step.
    ///
    /// - Throws: ``NansenError/OutOfBounds(what:size:least:most:)``.
    func inCalendar() throws -> Timestamp {
        guard (earliest...latest).contains(self) else {
            throw NansenError.OutOfBounds(
                what: "seconds from 1970", size: magnitude, least: 0, most: latest.magnitude)
        }
        return self
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
/// 32 bytes in hexadecimal.
private let requestIdDigits = 64
/// 0001-01-01T00:00:00Z.
private let earliest: Timestamp = -62_135_596_800
/// 9999-12-31T23:59:59Z.
private let latest: Timestamp = 253_402_300_799
/// Characters of the largest code: version 40-L, digits (ISO/IEC 18004, table 7).
private let longestCode = 7_089
