// What records with secrets say of themselves: to `print`, in a log, to `dump` and in a debugger.
// The generated ones would show their bytes.

extension Unlock: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The way, never the secret.
    public var description: String {
        switch self {
        case .passphrase: return "passphrase(<secret>)"
        case .recoveryCode: return "recoveryCode(<secret>)"
        case .hardware(let answer): return "hardware(\(answer))"
        case .passphraseAndHardware(_, let answer):
            return "passphraseAndHardware(<secret>, \(answer))"
        case .guardians(let cards): return "guardians(\(cards.count) <secret>)"
        }
    }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension BackupKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, never the secret.
    public var description: String {
        switch self {
        case .passphrase: return "passphrase(<secret>)"
        case .code: return "code(<secret>)"
        }
    }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension GuardianCard: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which card, never what is on it.
    public var description: String { "GuardianCard(\(number) of \(total), <secret>)" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never what is on it.
    public var customMirror: Mirror {
        Mirror(self, children: ["number": number, "total": total, "needed": needed])
    }
}

extension Message: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, never the bytes, which may be those of a guardian's card.
    public var description: String { "Message(\(kind))" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never the bytes.
    public var customMirror: Mirror { Mirror(self, children: ["kind": kind]) }
}

extension NewWay: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The way, never the secret.
    public var description: String {
        switch self {
        case .passphrase(_, let cost): return "passphrase(<secret>, \(cost))"
        case .recoveryCode: return "recoveryCode"
        case .hardware(_, let answer): return "hardware(\(answer))"
        case .passphraseAndHardware(_, _, let answer):
            return "passphraseAndHardware(<secret>, \(answer))"
        }
    }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HardwareAnswer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What came of asking, never what was unwrapped or signed.
    public var description: String {
        switch self {
        case .done: return "done(<secret>)"
        case .cancelled: return "cancelled"
        case .locked: return "locked"
        case .invalidated: return "invalidated"
        case .unavailable: return "unavailable"
        case .notPresent: return "notPresent"
        }
    }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never what was unwrapped or signed.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension OpenRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Its id, never ``stored``, which opens the answer.
    public var description: String { "OpenRequest(\(id))" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never ``stored``.
    public var customMirror: Mirror {
        Mirror(self, children: ["id": id, "message": message, "expiresAt": expiresAt])
    }
}

extension NewWallet: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the recovery code.
    public var description: String { "NewWallet(<secret>)" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Never the recovery code.
    public var customMirror: Mirror { Mirror(self, children: ["wallet": wallet]) }
}
