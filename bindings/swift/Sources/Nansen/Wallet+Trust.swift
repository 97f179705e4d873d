import Foundation

// Whom a wallet trusts, what packs tell its owner, and what they say of the phone's clock.

extension Wallet {
    /// Adds a root, a publisher, a list or a pack.
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

    /// What is trusted and known.
    ///
    /// - Throws: ``NansenError``.
    public func trust() async throws -> TrustState {
        try await offPool { try self.trust() }
    }

    /// What signed times say of this phone's clock, and by which time to reckon ages.
    ///
    /// - Throws: ``NansenError``.
    public func checkClock(now: Date = Date()) async throws -> TimeFacts {
        try await offPool { try self.checkClock(now: Timestamp(now)) }
    }

    /// A pack to hand on to another phone, by ``Message/frames(options:framesPerSecond:)`` or as
    /// a file; `nil` when it is not here. The receiver goes by its signatures, not by this phone.
    ///
    /// - Parameters:
    ///   - publisher: ``PackFacts/publisher``.
    ///   - id: ``PackFacts/id``.
    /// - Throws: ``NansenError``.
    public func handOn(publisher: String, id: String) async throws -> Message? {
        _ = try [publisher, id].carried("publisher and id")
        return try await offPool { try self.handOn(publisher: publisher, id: id) }
    }

    /// Looks among the notes and contacts of packs. The position in `search` decides their order,
    /// and is kept nowhere.
    ///
    /// - Throws: ``NansenError``.
    public func searchNotes(_ search: Search, now: Date = Date()) async throws -> SearchResult {
        let search = try search.carried()
        return try await offPool { try self.searchNotes(search: search, now: Timestamp(now)) }
    }

    /// What a type of credential and its claims are called; `nil` where no pack says so.
    ///
    /// - Parameters:
    ///   - credentialType: ``CredentialSummary/credentialType``.
    ///   - language: A BCP 47 tag.
    /// - Throws: ``NansenError``.
    public func typeNames(credentialType: String, language: String) async throws -> TypeNames? {
        _ = try [credentialType, language].carried("type and language")
        return try await offPool {
            try self.typeNames(credentialType: credentialType, language: language)
        }
    }
}

extension PackFacts {
    /// What a pack says of itself before it is added. Nothing of it was checked: anybody can have
    /// written it.
    ///
    /// - Parameter pack: A file, or the bytes of a message of kind ``MessageKind/pack``.
    /// - Throws: ``NansenError``.
    public static func read(_ pack: Data) async throws -> PackFacts {
        let bytes = try pack.carried("pack")
        return try await offPool { try packFacts(bytes: bytes) }
    }
}

extension Message {
    /// What a scanned message brings to `addTrust`; `nil` for one of another kind.
    public var trustItem: TrustItem? {
        switch kind {
        case .trustList: return .trustList(bytes: bytes)
        case .statusList: return .statusList(bytes: bytes)
        case .pack: return .pack(bytes: bytes)
        case .request, .response, .presentation, .printable, .file, .backup, .guardianCard:
            return nil
        }
    }
}
