import Foundation

/// What somebody unlocks with, or proves before something is changed. Every call wipes what it is
/// given of this, whether it succeeds or not: ``copy()`` first what is needed again.
public enum UnlockSecret: Sendable {
    /// A passphrase or PIN, as UTF-8.
    case passphrase(SecretBytes)
    /// The recovery code, in any spelling that a person may use.
    case recoveryCode(SecretBytes)
    /// What the hardware unwrapped: ``Wallet/hardwareAnswer(_:for:prompt:)``.
    case hardware(HardwareAnswer)
    /// Both.
    case passphraseAndHardware(SecretBytes, HardwareAnswer)
    /// Enough cards of guardians: ``CardCollector/secret()``.
    case guardians([SecretBytes])

    /// Overwrites the bytes. What the hardware unwrapped is a `Data`, which cannot be.
    public func wipe() {
        bytes.forEach { $0.wipe() }
    }

    /// The same in bytes of its own.
    public func copy() -> UnlockSecret {
        switch self {
        case .passphrase(let typed): return .passphrase(typed.copy())
        case .recoveryCode(let code): return .recoveryCode(code.copy())
        case .hardware: return self
        case .passphraseAndHardware(let typed, let answer):
            return .passphraseAndHardware(typed.copy(), answer)
        case .guardians(let cards): return .guardians(cards.map { $0.copy() })
        }
    }

    /// Lends it as the library takes it.
    func lend<Result>(_ body: (Unlock) throws -> Result) throws -> Result {
        switch self {
        case .passphrase(let typed):
            return try typed.withCarried { try body(.passphrase(passphrase: $0)) }
        case .recoveryCode(let code):
            return try code.withCarried { try body(.recoveryCode(code: $0)) }
        case .hardware(let answer): return try body(.hardware(answer: answer.carried()))
        case .passphraseAndHardware(let typed, let answer):
            let answer = try answer.carried()
            return try typed.withCarried {
                try body(.passphraseAndHardware(passphrase: $0, answer: answer))
            }
        case .guardians(let cards):
            return try cards.lend { try body(.guardians(cards: $0)) }
        }
    }

    private var bytes: [SecretBytes] {
        switch self {
        case .passphrase(let typed), .passphraseAndHardware(let typed, _): return [typed]
        case .recoveryCode(let code): return [code]
        case .hardware: return []
        case .guardians(let cards): return cards
        }
    }
}

/// What opens a backup: its own secret, not the wallet's. Wiped like an ``UnlockSecret``.
public enum BackupSecret: Sendable {
    /// A passphrase, as UTF-8: 64 MiB and 3 passes a try.
    case passphrase(SecretBytes)
    /// A code of ``BackupFile/newCode()``, in any spelling that a person may use.
    case code(SecretBytes)

    /// Overwrites the bytes.
    public func wipe() {
        switch self {
        case .passphrase(let bytes), .code(let bytes): bytes.wipe()
        }
    }

    /// The same in bytes of its own.
    public func copy() -> BackupSecret {
        switch self {
        case .passphrase(let typed): return .passphrase(typed.copy())
        case .code(let code): return .code(code.copy())
        }
    }

    /// Lends it as the library takes it.
    func lend<Result>(_ body: (BackupKey) throws -> Result) throws -> Result {
        switch self {
        case .passphrase(let typed):
            return try typed.withCarried { try body(.passphrase(passphrase: $0)) }
        case .code(let code): return try code.withCarried { try body(.code(code: $0)) }
        }
    }
}

extension [SecretBytes] {
    /// Lends all of them at the same time.
    func lend<Result>(_ body: ([Data]) throws -> Result) throws -> Result {
        func lend(from place: Int, _ lent: [Data]) throws -> Result {
            guard place < count else { return try body(lent) }
            return try self[place].withCarried { try lend(from: place + 1, lent + [$0]) }
        }
        return try lend(from: 0, [])
    }
}

/// Runs a call with a secret off the pool, and wipes it afterwards, also when the call never ran.
func spending<Result: Sendable>(
    _ secret: UnlockSecret, _ work: @escaping @Sendable (Unlock) throws -> Result
) async throws -> Result {
    defer { secret.wipe() }
    return try await offPool { try secret.lend(work) }
}

/// As the one above, for the secret of a backup.
func spending<Result: Sendable>(
    _ secret: BackupSecret, _ work: @escaping @Sendable (BackupKey) throws -> Result
) async throws -> Result {
    defer { secret.wipe() }
    return try await offPool { try secret.lend(work) }
}
