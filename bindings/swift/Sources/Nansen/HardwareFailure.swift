import Foundation

/// Why the phone's hardware gave no answer, told apart by what the app should do next.
///
/// Each becomes the ``HardwareAnswer`` of the same name. The codes of Apple's frameworks are
/// written as numbers here, so that this mapping is tested on machines that have none of them.
public enum HardwareFailure: Error, Equatable, Sendable {
    /// The person said no, or the system took the prompt away. Ask again when they want to.
    case cancelled
    /// The phone or its biometric sensor is locked. Works again after the device passcode.
    case locked
    /// The key is gone for good, as after a new fingerprint. Other ways to unlock remain.
    case invalidated
    /// No such hardware, no passcode, nothing enrolled. Offer another way to unlock.
    case unavailable
    /// There is no key under this name on this phone, as after a restore to a new one.
    case notPresent

    /// Reads an error of the Security or LocalAuthentication framework.
    ///
    /// - Parameters:
    ///   - error: As the framework gave it. Causes below it are read too, the deepest that is
    ///     known first, since the Security framework wraps what the prompt said.
    ///   - enrolment: What became of the enrolled biometrics since the key was made.
    public init(_ error: NSError, enrolment: Enrolment) {
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError,
            Self.plain(cause, enrolment: enrolment) != nil
        {
            self.init(cause, enrolment: enrolment)
            return
        }
        self = Self.plain(error, enrolment: enrolment) ?? .unavailable
    }

    /// What became of the enrolled fingerprints or face since a key was made.
    public enum Enrolment: Sendable {
        /// The note kept beside the key still describes them.
        case unchanged
        /// They are others than the note says.
        case changed
        /// No note is kept: no key was ever made here, or it was removed on purpose.
        case unknown
    }

    private static func plain(_ error: NSError, enrolment: Enrolment) -> HardwareFailure? {
        switch error.domain {
        case localAuthenticationDomain:
            return localAuthentication(error.code)
        case NSOSStatusErrorDomain, cryptoTokenDomain:
            return security(error.code, enrolment: enrolment)
        default:
            return nil
        }
    }

    /// Codes of `LAError`.
    private static func localAuthentication(_ code: Int) -> HardwareFailure? {
        switch code {
        case -1, -2, -3, -4, -9:
            // authenticationFailed (three wrong fingers), userCancel, userFallback ("use my PIN
            // instead"), systemCancel, appCancel: the key is sound and was not used.
            return .cancelled
        case -8:
            return .locked  // biometryLockout
        case -5, -6, -7, -10, -11, -12, -13, -14, -1004:
            // passcodeNotSet, biometryNotAvailable, biometryNotEnrolled, invalidContext, the
            // accessories of a Mac, notInteractive
            return .unavailable
        default:
            return nil
        }
    }

    /// Codes of `OSStatus` in the Security framework, and of its token daemon.
    private static func security(_ code: Int, enrolment: Enrolment) -> HardwareFailure? {
        switch code {
        case -128:
            return .cancelled  // errSecUserCanceled
        case -25308:
            return .locked  // errSecInteractionNotAllowed: the phone is locked
        case -25300:
            // errSecItemNotFound. A note without its key means that the system removed the key.
            return enrolment == .unknown ? .notPresent : .invalidated
        case -25293, -3:
            // errSecAuthFailed, and the token daemon's refusal of a key whose access control no
            // longer holds.
            return enrolment == .changed ? .invalidated : .cancelled
        case -25291, -34018, -4, -50:
            // errSecNotAvailable, errSecMissingEntitlement, errSecUnimplemented, errSecParam
            return .unavailable
        default:
            return nil
        }
    }

    /// `LAErrorDomain`.
    private static let localAuthenticationDomain = "com.apple.LocalAuthentication"
    /// `TKErrorDomain`, in which keys of the Secure Enclave report.
    private static let cryptoTokenDomain = "CryptoTokenKit"
}
