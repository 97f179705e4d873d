import Dispatch
import Foundation

/// Runs a call of the library, or of the phone's hardware, on a thread of Dispatch.
///
/// The calls wait for disks, key derivations and people. Swift's cooperative pool has one thread
/// for each processor and must not wait; threads of Dispatch may. A call that has begun runs to
/// its end, since the library does not stop half way; cancelling the task before it begins
/// throws `CancellationError`.
func offPool<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try Task.checkCancellation()
    return try await withCheckedThrowingContinuation { continuation in
        calls.async {
            continuation.resume(with: Swift.Result(catching: work))
        }
    }
}

/// As the one above, for work that cannot fail and is worth doing even when cancelled.
func offPool<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        calls.async { continuation.resume(returning: work()) }
    }
}

private let calls = DispatchQueue(
    label: "org.nansen.calls", qos: .userInitiated, attributes: .concurrent)
