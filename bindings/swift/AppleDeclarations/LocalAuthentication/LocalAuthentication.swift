// What `Sources/Nansen/Apple` uses of Apple's LocalAuthentication framework; see
// `../Security/Security.swift`.

import Foundation

public enum LAPolicy: Int {
    case deviceOwnerAuthenticationWithBiometrics = 1
}

public final class LAContext {
    public init() {}
    public var localizedReason = ""
    public var localizedFallbackTitle: String?
    public var evaluatedPolicyDomainState: Data? { nil }
    public func canEvaluatePolicy(
        _ policy: LAPolicy, error: UnsafeMutablePointer<NSError?>?
    ) -> Bool { false }
}
