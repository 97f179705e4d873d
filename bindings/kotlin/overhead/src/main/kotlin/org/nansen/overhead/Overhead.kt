package org.nansen.overhead

import java.nio.file.Files
import kotlin.time.TimeSource
import kotlinx.coroutines.runBlocking
import org.nansen.FfiCollector
import org.nansen.FfiVerifier
import org.nansen.KdfCost
import org.nansen.NansenException
import org.nansen.Wallet

/**
 * Prints nanoseconds a call, of the best of several rounds, which other work on the machine
 * disturbed least, and of the one in the middle: figures to read, not a test.
 */
public fun main() {
    FfiCollector().use { collector ->
        report("nothing in, nothing out") { collector.reset() }
        report("a text in, a choice out") { collector.feed("https://nansen.example") }
    }
    val error = NansenException.Released()
    report("a small record out (ErrorFacts)") { error.facts() }
    FfiVerifier("Site office").use { verifier ->
        report("32 bytes out") { verifier.secretKey() }
    }

    val folder = Files.createTempDirectory("nansen-overhead").toFile()
    try {
        runBlocking {
            val cost = KdfCost.Exact(memoryKib = 19_456u, passes = 2u, lanes = 1u)
            Wallet.create(folder.resolve("vault"), "246810".toByteArray(), cost).wallet.use { wallet ->
                report("a choice out, as a suspend function of the wrapper") { wallet.state() }
            }
        }
    } finally {
        folder.deleteRecursively()
    }
}

private inline fun report(what: String, call: () -> Any?) {
    repeat(WARM_UP) { call() }
    val rounds = List(ROUNDS) {
        val start = TimeSource.Monotonic.markNow()
        repeat(CALLS) { call() }
        start.elapsedNow().inWholeNanoseconds / CALLS
    }
    println("${rounds.min()} ns at best, ${rounds.sorted()[ROUNDS / 2]} ns in the median: $what")
}

private const val WARM_UP = 20_000
private const val ROUNDS = 20
private const val CALLS = 2_000
