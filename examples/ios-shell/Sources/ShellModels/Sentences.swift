import Foundation
import Nansen

/// What the app tells the person about an error: what happened, and what they can do.
public func sentence(for error: any Error) -> String {
    guard let error = error as? NansenError else {
        return (error as? LocalizedError)?.errorDescription ?? "Something went wrong."
    }
    switch error {
    case .WrongSecret(let way):
        switch way {
        case .passphrase, .passphraseAndHardware: return "This PIN is not right."
        case .recoveryCode: return "This code is not the right one."
        case .hardware: return "This phone cannot open the wallet. Use your PIN."
        case .guardians: return "These cards do not open this wallet."
        }
    case .TooManyAttempts(let seconds):
        let wait = Duration.seconds(seconds).formatted(.units(width: .wide))
        return "Too many wrong PINs. Wait \(wait), or use the recovery code."
    case .RecoveryCodeMistyped: return "The recovery code has a typing mistake."
    case .Hardware(let outcome): return sentence(for: outcome)
    case .Locked, .Ended: return "The wallet was locked. Unlock it and start again."
    case .RequestExpired: return "The request has expired. Ask for a new one."
    case .RequestFromFuture: return "One of the two phones has the wrong time."
    case .AlreadyAnswered: return "This request was answered already."
    case .NotForThisRequest: return "This answer belongs to another request."
    case .OtherPhone: return "This credential was issued to another phone."
    case .NoDeviceKey: return "This credential is for paper only."
    case .AlreadyHeld: return "This credential is in your wallet already."
    case .Outdated: return "You have a newer one already."
    case .BadSignature: return "The signature is not good: it was changed on its way."
    case .Untrusted: return "Nobody whom this phone trusts vouches for it."
    case .TooFewSignatures: return "Too few of those who must sign it have signed it."
    case .BuildsOnOther: return "This has only what is new. Get the whole of it."
    case .PublisherHeld: return "Somebody else may be using the name of a publisher you trust."
    case .WrongMessage: return "This is something else than what is scanned here."
    case .Malformed, .NewerVersion: return "This cannot be read here."
    case .SecretInUse: return "Choose another PIN."
    case .Card(let problem): return sentence(for: problem)
    case .Backup(let problem): return sentence(for: problem)
    case .Choice: return "Choose what to show first."
    case .Storage(.diskFull): return "The phone is full. Make room and try again."
    case .Storage(.inUse): return "The wallet is open elsewhere."
    case _ where error.isDataAtRisk:
        return "Part of the wallet cannot be read. Make a copy of it before anything else."
    default: return "That did not work (\(error.code))."
    }
}

private func sentence(for outcome: HardwareOutcome) -> String {
    switch outcome {
    case .cancelled: return "Cancelled."
    case .locked: return "Face or finger is locked. Unlock the phone with its passcode first."
    case .invalidated:
        return "Face or finger was changed, so it no longer opens the wallet. Use your PIN."
    case .unavailable: return "This phone cannot ask for face or finger now. Use your PIN."
    case .notPresent: return "This phone has no key for it. Use your PIN."
    }
}

private func sentence(for problem: CardProblem) -> String {
    switch problem {
    case .altered: return "This card cannot be read. Scan it again, or type what stands on it."
    case .otherSet: return "This card belongs to other ones."
    case .repeated, .tooFew: return "Ask for another guardian's card."
    case .contradict: return "One of these cards is false. Ask the other guardians."
    }
}

private func sentence(for problem: BackupProblem) -> String {
    switch problem {
    case .notABackup: return "This file is no backup."
    case .cutShort: return "This file is not whole. Copy it again."
    case .needsPassphrase: return "This backup opens with a passphrase."
    case .needsCode: return "This backup opens with a code."
    case .outOfChain: return "Choose all backups, from the first on."
    case .otherVault: return "The backup before this one is of another wallet."
    case .nothingToContinue: return "Begin the backup anew."
    }
}

extension ClaimValue {
    /// For a line on a screen.
    public var text: String {
        switch self {
        case .text(let value): return value
        case .integer(let value): return value.formatted()
        case .number(let value): return value.formatted()
        case .truth(let value): return value ? "yes" : "no"
        case .bytes(let value): return "\(value.count) bytes"
        case .nothing: return "nothing"
        }
    }
}

extension VerifierStanding {
    /// What is known of who asks, for the consent sheet.
    public var sentence: String {
        switch self {
        case .registered(_, _, _, _, _, _, _, let sentence): return sentence
        case .keyNotTrusted(let name):
            return "Says to be \(name), by a key that is not to be trusted. It may be somebody else."
        case .listed(let name): return "Known as \(name)."
        case .met(let name, _, let times): return "Met \(times) time(s), the last time as \(name)."
        case .unknown: return "Unknown. Anybody can ask under any name."
        }
    }

    /// Whether to look twice before showing anything.
    public var isSuspect: Bool {
        switch self {
        case .registered(_, _, _, let beyond, _, _, _, _): return !beyond.isEmpty
        case .keyNotTrusted, .unknown: return true
        case .listed, .met: return false
        }
    }
}
