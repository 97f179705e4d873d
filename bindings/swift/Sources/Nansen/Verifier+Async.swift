import Foundation

// The calls of `Verifier` for `async` code, as in `Wallet+Async.swift`.

extension Verifier {
    /// Makes a verifier, and wipes `key` whether it succeeds or not.
    ///
    /// - Parameters:
    ///   - name: What holders see.
    ///   - key: An earlier ``secretKey()``, by which holders recognise this verifier; without one
    ///     it is a stranger to all.
    ///   - trust: An earlier `trust().stored`; without one it trusts nobody.
    ///   - maxStatusAge: Seconds after which a status list is too old; 30 days without it.
    ///   - oldStatus: What is made of a list that is older. That a credential was revoked counts
    ///     however old it is.
    /// - Throws: ``NansenError``.
    public static func create(
        name: String, key: SecretBytes? = nil, trust: Data? = nil, maxStatusAge: Int64? = nil,
        oldStatus: OldStatus? = nil
    ) async throws -> Verifier {
        try await offPool {
            defer { key?.wipe() }
            let (name, trust) = (try name.carried("name"), try trust?.carried("trust"))
            guard let key else {
                return try Verifier(
                    name: name, trust: trust, maxStatusAge: maxStatusAge, oldStatus: oldStatus)
            }
            return try key.withCarried { bytes in
                try Verifier(
                    name: name, key: bytes, trust: trust, maxStatusAge: maxStatusAge,
                    oldStatus: oldStatus)
            }
        }
    }

    /// The public key that goes with ``secretKey()``: for whoever lists who may ask for what.
    public func publicKey() async -> Data {
        await offPool { self.publicKey() }
    }

    /// Its key, to be kept where the phone keeps secrets, and wiped.
    public func secretKey() async -> SecretBytes {
        await offPool {
            var bytes: Data = self.secretKey()
            return SecretBytes(taking: &bytes)
        }
    }

    /// Asks: `query` is DCQL in JSON (OpenID4VP 1.0, section 6), `purpose` at most 200
    /// characters that the holder reads.
    ///
    /// - Throws: ``NansenError``.
    public func request(
        query: String, purpose: String, now: Date = Date()
    ) async throws -> OpenRequest {
        let (query, purpose) = (try query.carried("query"), try purpose.carried("purpose"))
        return try await offPool {
            try self.request(query: query, purpose: purpose, now: Timestamp(now))
        }
    }

    /// Opens the answer to an open request and checks each credential in it.
    ///
    /// - Parameters:
    ///   - request: ``OpenRequest/id``.
    ///   - answer: The message that was collected.
    ///   - now: The phone's clock.
    /// - Throws: ``NansenError``.
    public func checkAnswer(
        request: RequestId, answer: Message, now: Date = Date()
    ) async throws -> Answer {
        let (request, answer) = (try request.carried("request id"), try answer.carried())
        return try await offPool {
            try self.checkAnswer(request: request, answer: answer, now: Timestamp(now))
        }
    }

    /// Opens a request again that this verifier made before the app was ended.
    ///
    /// - Parameter stored: ``OpenRequest/stored``.
    /// - Throws: ``NansenError``.
    public func reopen(stored: Data) async throws -> OpenRequest {
        let stored = try stored.carried("request")
        return try await offPool { try self.reopen(stored: stored) }
    }

    /// Checks what answers no request: a presentation shown to whoever scans, or a printed copy.
    /// The verdict is never ``Verdict/valid``, for it may be a recording.
    ///
    /// - Throws: ``NansenError``.
    public func checkUnasked(message: Message, now: Date = Date()) async throws -> Report {
        _ = try message.carried()
        return try await offPool { try self.checkUnasked(message: message, now: Timestamp(now)) }
    }
}
