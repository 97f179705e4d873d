import Foundation

@testable import Nansen

/// A stand-in for the Secure Enclave's wrapping, with a key for each secret: it refuses when told
/// to.
final class FakeWrapper: HardwareWrapper, @unchecked Sendable {
    private let lock = NSLock()
    private var keys: [Data: [UInt8]] = [:]
    private var refusal: HardwareFailure?

    /// Refuses from now on, or serves again with `nil`.
    func refuse(_ failure: HardwareFailure?) {
        lock.withLock { refusal = failure }
    }

    /// How many keys it holds.
    var keyCount: Int {
        lock.withLock { keys.count }
    }

    func wrap(_ secret: SecretBytes) async -> HardwareAnswer {
        lock.withLock {
            let key = (0..<secret.count).map { _ in UInt8.random(in: 1...255) }
            let number = Data((0..<8).map { _ in UInt8.random(in: 0...255) })
            keys[number] = key
            return .done(bytes: number + secret.withData { Data(zip($0, key).map(^)) })
        }
    }

    func unwrap(_ wrapped: Data, prompt: HardwarePrompt) async -> HardwareAnswer {
        lock.withLock {
            if let refusal { return refusal.answer }
            guard let key = keys[Data(wrapped.prefix(8))] else { return .notPresent }
            return .done(bytes: Data(zip(wrapped.dropFirst(8), key).map(^)))
        }
    }

    func forget(_ wrapped: Data) async {
        lock.withLock { keys[Data(wrapped.prefix(8))] = nil }
    }
}

/// A stand-in for the Secure Enclave's keys: P-256 by the `openssl` program.
struct OpenSSLSigner: HardwareSigner {
    let folder: URL
    /// What it answers instead of signing.
    var refusal: HardwareFailure?
    /// A key that signs in place of the one that is asked for.
    var impostor: String?

    func makeKey(named name: String) async throws -> Data {
        let file = path(name)
        try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file])
        // The point ends the SubjectPublicKeyInfo.
        return try openssl(["pkey", "-in", file, "-pubout", "-outform", "DER"]).suffix(65)
    }

    func sign(
        _ message: Data, withKeyNamed name: String, prompt: HardwarePrompt
    ) async -> HardwareAnswer {
        if let refusal { return refusal.answer }
        do {
            let key = path(impostor ?? name)
            return .done(bytes: try openssl(["dgst", "-sha256", "-sign", key], input: message))
        } catch {
            return .notPresent
        }
    }

    func removeKey(named name: String) async throws {
        try FileManager.default.removeItem(atPath: path(name))
    }

    private func path(_ name: String) -> String {
        folder.appendingPathComponent("\(name).pem").path
    }

    @discardableResult
    private func openssl(_ arguments: [String], input: Data? = nil) throws -> Data {
        try run(
            URL(fileURLWithPath: "/usr/bin/env"), ["openssl"] + arguments, in: folder,
            input: input)
    }
}
