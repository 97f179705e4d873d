import Foundation

extension NansenError {
    /// A stable name for logs and for the app's own texts, such as `storage.disk_full`.
    public var code: String { facts().code }

    /// Whether trying again may succeed: when space is free, with what the person types or
    /// chooses next, or after some time.
    public var isRetryable: Bool { facts().isRetryable }

    /// Whether what is kept may be at risk: make a copy of the file before anything else.
    public var isDataAtRisk: Bool { facts().isDataAtRisk }
}

extension NansenError: CustomStringConvertible, CustomDebugStringConvertible {
    /// For logs, and what `errorDescription` gives: ``code``, and numbers and names of parts where
    /// they tell more. Neither claim paths nor ids of records, which say what a person has.
    public var description: String {
        switch self {
        case .Malformed(let what, let reason): return "\(code): \(what): \(reason)"
        case .OutOfBounds(let what, let size, let least, let most):
            return "\(code): \(what) of \(size), allowed are \(least) to \(most)"
        case .NewerVersion(let found, let supported):
            return "\(code): \(found), this one reads up to \(supported)"
        case .AnswerCount(let given, let expected):
            return "\(code): \(given) answers to \(expected) tasks"
        case .Outdated(let offered, let held):
            return "\(code): version \(offered) does not follow version \(held)"
        case .TooFewSignatures(let valid, let threshold):
            return "\(code): \(valid) of \(threshold) keys"
        case .WrongMessage(let expected, let found):
            return "\(code): \(found) where \(expected) belongs"
        case .Damaged(let part): return "\(code): \(part)"
        case .Defect(let reason): return "\(code): \(reason)"
        default: return code
        }
    }

    /// As ``description``.
    public var debugDescription: String { description }
}
