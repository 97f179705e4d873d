import Foundation

// Work in the field: a queue on several cores, counts, receipts, and an end that leaves nothing of
// anybody.

extension Verifier {
    /// Checks a queue on several cores, and tells what each message came to, in its order. Of two
    /// answers to the same request the first counts. Between two steps the verifier serves others,
    /// and there the task can be cancelled: what was checked stands in ``tally()``.
    ///
    /// - Parameters:
    ///   - queue: Answers with the request that they belong to, and what answers none. Of more
    ///     than 64, only the last get a ``receipt(of:purpose:keep:)``.
    ///   - threads: 1 to 64; as many as there are cores, without it.
    ///   - now: The phone's clock.
    ///   - onProgress: Is told after each step how many are done.
    /// - Throws: ``NansenError`` for a request id that is none, for a moment that no calendar
    ///   has, and for more than 64 MiB: nothing was then checked; `CancellationError`. What is
    ///   wrong with a message is its ``QueueOutcome/refused(error:)``.
    public func checkQueue(
        _ queue: [Queued], threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        now: Date = Date(), onProgress: (Int) -> Void = { _ in }
    ) async throws -> [QueueOutcome] {
        let queue = try queue.carried()
        for queued in queue { _ = try queued.request?.asRequestId() }
        let now = try Timestamp(now).inCalendar()
        let threads = UInt32(clamping: threads)
        var outcomes: [QueueOutcome] = []
        for start in stride(from: 0, to: queue.count, by: queueStep) {
            let step = Array(queue[start..<min(start + queueStep, queue.count)])
            outcomes += try await offPool {
                try self.checkQueue(queue: step, threads: threads, now: now)
            }
            onProgress(outcomes.count)
        }
        return outcomes
    }

    /// The counts since the verifier was made, or since the end of the last session.
    public func tally() async -> Tally {
        await offPool { self.tally() }
    }

    /// Ends a session in the field: forgets open requests, reports and counts. What is trusted
    /// stays.
    ///
    /// - Parameter step: What each count is rounded down to a multiple of, so that one person
    ///   more or less seldom shows.
    /// - Returns: The counts.
    @discardableResult
    public func endSession(step: UInt32) async -> Tally {
        await offPool { self.endSession(step: step) }
    }

    /// Signs a receipt of a report, for the field file: the checks, the ages of what they went
    /// by, and of what was shown the claims at `keep`, and nothing else of the holder.
    ///
    /// - Parameters:
    ///   - report: One of the last 64 that this verifier gave.
    ///   - purpose: What for.
    ///   - keep: Claims that were shown.
    /// - Returns: At most 64 KiB.
    /// - Throws: ``NansenError``; ``NansenError/Ended`` for a report that is no longer kept.
    public func receipt(
        of report: Report, purpose: String, keep: [ClaimPath] = []
    ) async throws -> Data {
        _ = try ([purpose] + keep).carried("purpose and claims")
        let number = report.number
        return try await offPool {
            try self.receipt(report: number, purpose: purpose, keep: keep)
        }
    }
}

extension Receipt {
    /// Reads a receipt and checks its signature. Whose key ``verifier`` is, is for the reader to
    /// know.
    ///
    /// - Throws: ``NansenError``.
    public static func read(_ receipt: Data) async throws -> Receipt {
        let bytes = try receipt.carried("receipt")
        return try await offPool { try readReceipt(bytes: bytes) }
    }
}

/// Messages between two looks at whether somebody waits: some tens of milliseconds on one core.
private let queueStep = 64
