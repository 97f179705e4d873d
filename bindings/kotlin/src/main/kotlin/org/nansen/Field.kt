package org.nansen

import kotlin.time.Clock
import kotlin.time.Instant
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/**
 * Checks a queue on several cores, and tells what each message came to, in its order. Of two
 * answers to one request the first counts. The verifier serves others now and then, when
 * [onProgress] is told how many are done; there it can be cancelled, and what was checked stands
 * in [tally].
 */
public suspend fun Verifier.checkQueue(
    queue: List<Queued>,
    threads: Int = Runtime.getRuntime().availableProcessors(),
    now: Instant = Clock.System.now(),
    onProgress: (Int) -> Unit = {},
): List<QueueOutcome> {
    val outcomes = ArrayList<QueueOutcome>(queue.size)
    for (step in queue.chunked(QUEUE_STEP)) {
        currentCoroutineContext().ensureActive()
        outcomes += native.call { it.checkQueue(step, threads.coerceAtLeast(1).toUInt(), now) }
        onProgress(outcomes.size)
    }
    return outcomes
}

/** The counts since this verifier was made, or since the end of the last session. */
public suspend fun Verifier.tally(): Tally = native.call { it.tally() }

/**
 * Ends a session in the field: forgets open requests, reports and counts, and gives the counts,
 * each rounded down to a multiple of [step], so that one person more or less seldom shows. What
 * is trusted stays.
 */
public suspend fun Verifier.endSession(step: UInt): Tally = native.call { it.endSession(step) }

/** Messages between two looks at whether somebody waits: some tens of milliseconds on one core. */
private const val QUEUE_STEP = 128
