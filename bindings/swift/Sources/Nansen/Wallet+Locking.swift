import Foundation

// Locking by itself, as the app tells what happens.

extension Wallet {
    /// When it locks by itself: after 5 minutes idle and half a minute in the background, unless
    /// its owner chose otherwise.
    ///
    /// - Throws: ``NansenError``.
    public func autoLock() async throws -> AutoLock {
        try await offPool { try self.autoLock() }
    }

    /// Sets when it locks by itself. Kept in the wallet.
    ///
    /// - Throws: ``NansenError``.
    public func setAutoLock(policy: AutoLock) async throws {
        try await offPool { try self.setAutoLock(policy: policy) }
    }

    /// Tells what happened, and locks if it is time to: call it at each touch, when the app goes
    /// to the background and comes back, and with ``Activity/tick`` once in a while. A clock that
    /// went back locks too. Without these calls nothing locks by itself.
    ///
    /// - Returns: What the wallet then is.
    /// - Throws: ``NansenError/OutOfBounds(what:size:least:most:)`` for a moment that no calendar
    ///   has.
    @discardableResult
    public func noteActivity(_ activity: Activity, now: Date = Date()) async throws -> WalletState {
        try await offPool { try self.noteActivity(activity: activity, now: Timestamp(now)) }
    }
}
