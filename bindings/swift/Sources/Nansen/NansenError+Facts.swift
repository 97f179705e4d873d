import Foundation

extension NansenError {
    /// A stable name for logs and for the app's own texts, such as `storage.disk_full`.
    public var code: String { facts().code }

    /// Whether the same call may succeed later, unchanged: after free disk space, another try of
    /// the person, or time.
    public var isRetryable: Bool { facts().isRetryable }

    /// Whether what is kept may be at risk: make a copy of the file before anything else.
    public var isDataAtRisk: Bool { facts().isDataAtRisk }
}
