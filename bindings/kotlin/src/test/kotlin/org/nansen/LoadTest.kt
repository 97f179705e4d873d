package org.nansen

import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test

/** Many at once, and many one after the other. */
internal class LoadTest {
    @Test
    fun `eight threads at once use one wallet and one verifier`() = withWallet { wallet ->
        wallet.takeInWelder()
        verifier().use { verifier ->
            val start = CountDownLatch(1)
            val threads = Executors.newFixedThreadPool(THREADS)
            val work = (0 until THREADS).map { number ->
                threads.submit {
                    start.await()
                    runBlocking {
                        repeat(10) { turn ->
                            val request = verifier.request(QUERY, "Thread $number, turn $turn")
                            val answer = wallet.beginAnswer(request.message).use { session ->
                                session.answer(session.consent!!.everything())
                            }
                            assertTrue(verifier.checkAnswer(request, answer).isComplete)
                            val note = "$number/$turn".toByteArray()
                            val id = wallet.addDocument(NewDocument("Note", "text/plain"), note.inputStream())
                            wallet.readDocument(id).use { reader ->
                                assertEquals(note.toList(), reader.inputStream().readBytes().toList())
                            }
                            wallet.contents()
                        }
                    }
                }
            }
            start.countDown()
            work.forEach { it.get(120, TimeUnit.SECONDS) }
            threads.shutdown()
        }
        assertEquals(THREADS * 10, wallet.history().entries.size)
        assertEquals(THREADS * 10, wallet.contents().documents.size)
        assertTrue(wallet.check(thorough = true).isIntact)
    }

    @Test
    fun `ten thousand calls leave the process no larger`() = withWallet { wallet ->
        assumeTrue(File("/proc/self/statm").exists(), "resident memory is read from /proc")
        wallet.takeInWelder()
        verifier().use { verifier ->
            suspend fun turn() {
                val request = verifier.request(QUERY, "Check your trade")
                wallet.beginAnswer(request.message).use { session ->
                    session.prepare(session.consent!!.everything())
                }
                QrCollector().use { collector ->
                    request.message.codes().forEach { assertTrue(collector.feed(it) !is Scan.Foreign) }
                }
                wallet.contents()
                runCatching { wallet.importCredential(ByteArray(1_000)) }
            }
            // What leaks grows with every block; compiled code and arenas of the allocator do not.
            repeat(TURNS) { turn() }
            val growth = List(BLOCKS) {
                val before = residentBytes()
                repeat(TURNS) { turn() }
                (residentBytes() - before) shr 10
            }
            println("resident memory grew by $growth KiB in blocks of 10,000 calls")
            assertTrue(growth.min() < GROWTH_MAX_KIB, "grew by $growth KiB")
        }
    }

    /** Resident memory of this process, without what waits to be collected. */
    private fun residentBytes(): Long {
        repeat(3) {
            System.gc()
            Thread.sleep(50)
        }
        val pages = File("/proc/self/statm").readText().split(' ')[1].toLong()
        return pages * 4096
    }

    private companion object {
        const val THREADS = 8

        /** Of eight calls each, and the making and freeing of two objects. */
        const val TURNS = 1_250

        const val BLOCKS = 4

        /** Less than one KiB a turn: the smallest message of one is larger. */
        const val GROWTH_MAX_KIB = 1_024L
    }
}
