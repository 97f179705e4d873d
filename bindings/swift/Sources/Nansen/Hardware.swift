import Foundation

/// Keeps a vault's platform secret closed with a key that never leaves the phone's hardware.
///
/// On Apple's systems ``KeychainWrapper`` does it. Tests bring their own.
public protocol HardwareWrapper: Sendable {
    /// Wraps `secret` with a fresh key.
    func wrap(_ secret: SecretBytes) async -> HardwareAnswer
    /// Unwraps what ``wrap(_:)`` gave, after the person agreed.
    func unwrap(_ wrapped: Data, prompt: HardwarePrompt) async -> HardwareAnswer
    /// Forgets the key that wrapped this. One that is gone is no failure, and neither is one
    /// that cannot be reached: it wraps nothing that is still of use.
    func forget(_ wrapped: Data) async
}

/// Holds device keys in the phone's hardware: P-256, signing with ES256.
///
/// On Apple's systems ``SecureEnclaveSigner`` does it. Tests bring their own.
public protocol HardwareSigner: Sendable {
    /// Makes a key; one of this name that was there before is gone afterwards.
    ///
    /// - Returns: The public key, X9.63 uncompressed: 65 bytes, `04 || x || y`.
    /// - Throws: ``HardwareFailure``.
    func makeKey(named name: String) async throws -> Data
    /// Signs with ECDSA over the SHA-256 of `message` (FIPS 186-5), after the person agreed.
    ///
    /// - Returns: The signature in DER (X9.62), or why there is none.
    func sign(
        _ message: Data, withKeyNamed name: String, prompt: HardwarePrompt
    ) async -> HardwareAnswer
    /// Forgets a key; one that is not there is no failure.
    ///
    /// - Throws: ``HardwareFailure``.
    func removeKey(named name: String) async throws
}

/// What the system shows while it asks for face, finger or passcode.
public struct HardwarePrompt: Sendable {
    /// Why the app asks, in the person's language, such as "Unlock your documents".
    public var reason: String
    /// Title of the button beside a failed face or finger, such as "Use PIN"; empty hides it,
    /// `nil` leaves the system's own.
    public var fallbackTitle: String?

    /// - Parameters:
    ///   - reason: Why the app asks.
    ///   - fallbackTitle: For the button beside a failed face or finger.
    public init(reason: String, fallbackTitle: String? = nil) {
        self.reason = reason
        self.fallbackTitle = fallbackTitle
    }
}

extension HardwareFailure {
    /// The answer to hand to the library.
    public var answer: HardwareAnswer {
        switch self {
        case .cancelled: return .cancelled
        case .locked: return .locked
        case .invalidated: return .invalidated
        case .unavailable: return .unavailable
        case .notPresent: return .notPresent
        }
    }
}

extension HardwareAnswer {
    /// What the hardware gave.
    ///
    /// - Throws: ``NansenError/Hardware(outcome:)`` when it gave nothing.
    public func result() throws -> Data {
        switch self {
        case .done(let bytes): return bytes
        case .cancelled: throw NansenError.Hardware(outcome: .cancelled)
        case .locked: throw NansenError.Hardware(outcome: .locked)
        case .invalidated: throw NansenError.Hardware(outcome: .invalidated)
        case .unavailable: throw NansenError.Hardware(outcome: .unavailable)
        case .notPresent: throw NansenError.Hardware(outcome: .notPresent)
        }
    }
}
