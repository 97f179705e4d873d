package org.nansen

/**
 * Signs a receipt of a report, for the field file. Of what was shown it holds the claims that are
 * to be kept, and nothing else of the holder. The last 64 reports can have one, until the session
 * ends.
 */
public suspend fun Verifier.receipt(
    report: Report,
    purpose: String,
    keep: List<ClaimPath> = emptyList(),
): ByteArray = native.call { it.receipt(report.number, purpose, keep) }

/** Reads a receipt whose signature holds. Whether its key is that of who it names, the reader knows. */
public suspend fun Receipt.Companion.read(bytes: ByteArray): Receipt =
    offThread { native { readReceipt(bytes) } }
