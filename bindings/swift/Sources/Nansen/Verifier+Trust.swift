import Foundation

// Whom a verifier trusts, as in `Wallet+Trust.swift`.

extension Verifier {
    /// Adds a root, a publisher, a list or a pack. What is to outlast the app is then in
    /// ``TrustState/stored`` of ``trust()``.
    ///
    /// - Throws: ``NansenError``. Nothing has then changed.
    @discardableResult
    public func addTrust(item: TrustItem) async throws -> TrustAdded {
        let item = try item.carried()
        return try await offPool { try self.addTrust(item: item) }
    }

    /// Removes a root, a publisher, a list or a pack, with what it alone vouched for.
    ///
    /// - Returns: Whether it was there.
    /// - Throws: ``NansenError``.
    @discardableResult
    public func removeTrust(name: TrustName) async throws -> Bool {
        let name = try name.carried()
        return try await offPool { try self.removeTrust(name: name) }
    }

    /// What is trusted and known, and all of it to be stored.
    public func trust() async -> TrustState {
        await offPool { self.trust() }
    }

    /// What signed times say of this phone's clock, and by which time to reckon ages.
    ///
    /// - Throws: ``NansenError/OutOfBounds(what:size:least:most:)`` for a moment that no calendar
    ///   has.
    public func checkClock(now: Date = Date()) async throws -> TimeFacts {
        try await offPool { try self.checkClock(now: Timestamp(now)) }
    }

    /// A pack to hand on to another phone, by ``Message/frames(options:framesPerSecond:)`` or as
    /// a file; `nil` when it is not here. The receiver goes by its signatures, not by this phone.
    ///
    /// - Throws: ``NansenError``.
    public func handOn(publisher: String, id: String) async throws -> Message? {
        _ = try [publisher, id].carried("publisher and id")
        return try await offPool { self.handOn(publisher: publisher, id: id) }
    }

    /// What a type of credential and its claims are called in a language (BCP 47 tag); `nil`
    /// where no pack says so.
    ///
    /// - Throws: ``NansenError``.
    public func typeNames(credentialType: String, language: String) async throws -> TypeNames? {
        _ = try [credentialType, language].carried("type and language")
        return try await offPool {
            self.typeNames(credentialType: credentialType, language: language)
        }
    }
}
