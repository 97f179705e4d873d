package org.nansen

import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.exists
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What begins, ends, and is used too late. */
internal class LifetimeTest {
    private val picture = NewDocument("Picture", "image/png")

    @Test
    fun `closing twice does nothing the second time, and the file can be opened again`() = inFolder { folder ->
        val file = folder.resolve("vault.nansen")
        val wallet = Wallet.create(file, pin(), CHEAP).wallet
        assertRefused<NansenException.Storage>("storage.in_use") { Wallet.open(file) }
        // Still open, and the file is let go all the same.
        val writer = wallet.writeDocument(picture)
        wallet.close()
        wallet.close()
        writer.close()
        writer.close()
        Wallet.open(file).close()
    }

    @Test
    fun `what is used after it was closed says so`() = withWallet { wallet ->
        val credential = wallet.takeInWelder()
        val writer = wallet.writeDocument(picture).apply { close() }
        val session = wallet.begin(Occasion.Print(credential)).apply { close() }
        val verifier = verifier().apply { close() }
        val collector = QrCollector().apply { close() }
        wallet.close()
        val uses = listOf<suspend () -> Unit>(
            { wallet.state() },
            { wallet.unlock(pin()) },
            { wallet.contents() },
            { wallet.lock() },
            { wallet.writeDocument(picture) },
            { writer.append(ByteArray(1)) },
            { writer.finish() },
            { session.prepare(emptyList()) },
            { session.complete() },
            { verifier.request(QUERY, "Check") },
            { verifier.tally() },
            { wallet.checkClock() },
            { collector.feed("anything") },
        )
        for (use in uses) {
            assertRefused<NansenException.Released>("released", use)
        }
    }

    @Test
    fun `a released wallet of the generated code answers by name too`() = withWallet { _ ->
        inFolder { folder ->
            val file = folder.resolve("vault.nansen")
            Wallet.create(file, pin(), CHEAP).wallet.close()
            FfiWallet.open(file.path).use { core ->
                core.release()
                core.release()
                assertEquals(WalletState.RELEASED, core.state())
                assertThrows(NansenException.Released::class.java) { core.history() }
            }
        }
    }

    @Test
    fun `sessions, writers and readers end with a lock`() = withWallet { wallet ->
        val credential = wallet.takeInWelder()
        val document = wallet.addDocument(picture, ByteArray(100).inputStream())
        val session = wallet.begin(Occasion.Unasked(credential, emptyList(), 60u))
        val writer = wallet.writeDocument(picture)
        val reader = wallet.readDocument(document)
        wallet.lock()
        assertRefused<NansenException.Locked>("locked") { wallet.contents() }
        wallet.unlock(pin())
        assertRefused<NansenException.Ended>("ended") { session.prepare(emptyList()) }
        assertRefused<NansenException.Ended>("ended") { writer.append(ByteArray(1)) }
        assertRefused<NansenException.Ended>("ended") { reader.read(0, 1) }
        listOf(session, writer, reader).forEach { it.close() }
        // What was half written is not there.
        assertEquals(listOf(document), wallet.contents().documents.map { it.id })
    }

    @Test
    fun `locking while others use the wallet lets each call end one way or the other`() = withWallet { wallet ->
        wallet.takeInWelder()
        val done = AtomicInteger()
        coroutineScope {
            val users = List(4) {
                launch(Dispatchers.IO) {
                    repeat(200) {
                        try {
                            assertEquals(1, wallet.contents().credentials.size)
                            done.incrementAndGet()
                        } catch (_: NansenException.Locked) {
                            // Between a lock and the unlock that follows.
                        }
                    }
                }
            }
            launch(Dispatchers.IO) {
                repeat(5) {
                    wallet.lock()
                    wallet.unlock(pin())
                }
            }
            users.joinAll()
        }
        assertTrue(done.get() > 0)
        assertEquals(WalletState.UNLOCKED, wallet.state())
    }

    @Test
    fun `closing while others use the wallet is safe`() = inFolder { folder ->
        repeat(20) { round ->
            val wallet = Wallet.create(folder.resolve("vault$round"), pin(), CHEAP).wallet
            coroutineScope {
                repeat(4) {
                    launch(Dispatchers.IO) {
                        try {
                            repeat(1_000) { wallet.contents() }
                        } catch (_: NansenException.Released) {
                            // As it should.
                        }
                    }
                }
                delay(2)
                wallet.close()
            }
        }
    }

    @Test
    fun `a vault that is made while its caller is cancelled reaches the caller`() = inFolder { folder ->
        val file = folder.resolve("vault.nansen")
        cancelledUnderWay { Wallet.create(file, pin(), CHEAP) }.wallet.close()
        val opened = cancelledUnderWay { Wallet.open(file) }
        assertRefused<NansenException.Storage>("storage.in_use") { Wallet.open(file) }
        opened.close()
        Wallet.open(file).close()
    }

    @Test
    fun `a timeout takes nothing away from who assigns inside its block`() = inFolder { folder ->
        val file = folder.resolve("vault.nansen")
        var created: CreatedWallet? = null
        // A timeout that comes before the call has begun leaves nothing to assign.
        while (!file.exists()) {
            onOneThread {
                val ended = runCatching {
                    withTimeout(1.milliseconds) { created = Wallet.create(file, pin(), CHEAP) }
                }
                assertTrue(ended.exceptionOrNull() is TimeoutCancellationException, "$ended")
            }
        }
        checkNotNull(created).wallet.close()
    }

    @Test
    fun `a new recovery code reaches a caller that is cancelled, and is the one that unlocks`() = withWallet { wallet ->
        val code = cancelledUnderWay { wallet.newRecoveryCode(Unlock.Passphrase(pin())) }
        wallet.lock()
        wallet.unlock(Unlock.RecoveryCode(code))
    }

    @Test
    fun `an answer that stands in the history reaches a caller that is cancelled`() = withWallet { wallet ->
        wallet.takeInWelder()
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            val answer = cancelledUnderWay { wallet.beginAnswer(request.message) }.use { session ->
                session.prepare(session.consent!!.everything())
                cancelledUnderWay { session.complete() }
            }
            assertTrue(verifier.checkAnswer(request, answer).isComplete)
            assertEquals(1, wallet.history().entries.size)
        }
    }

    @Test
    fun `an answer is given or not, and noted only if it is, wherever its caller is cancelled`() = withWallet { wallet ->
        val keystore = FakeKeystore()
        wallet.trustTheDesk()
        wallet.importCredential(Desk.issue(wallet.newDeviceKey(keystore.create("key"))))
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            wallet.beginAnswer(request.message).use { session ->
                val choice = session.consent!!.everything()
                suspend fun cancelledWhileSigning(whenSigned: CoroutineScope.(Job) -> Unit): Message? {
                    var answer: Message? = null
                    onOneThread {
                        val answering = Job()
                        launch(answering) {
                            answer = session.answer(choice) { task ->
                                whenSigned(answering)
                                keystore.sign(task.handle, task.bytes)
                            }
                        }.join()
                    }
                    return answer
                }

                assertNull(cancelledWhileSigning { it.cancel() })
                assertEquals(0, wallet.history().entries.size)

                // The one thread comes to this once the answer is being made on another.
                val answer = cancelledWhileSigning { answering -> launch { answering.cancel() } }
                assertTrue(verifier.checkAnswer(request, checkNotNull(answer)).isComplete)
                assertEquals(1, wallet.history().entries.size)
            }
        }
    }

    /**
     * Begins [work] on a thread like an app's main thread, cancels it before that thread can take
     * the result, and gives what the coroutine was given all the same.
     */
    private suspend fun <T : Any> cancelledUnderWay(work: suspend () -> T): T {
        var result: T? = null
        onOneThread {
            val working = launch(start = CoroutineStart.UNDISPATCHED) { result = work() }
            working.cancelAndJoin()
        }
        return checkNotNull(result) { "the result is lost" }
    }

    private suspend fun onOneThread(work: suspend CoroutineScope.() -> Unit) =
        Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { withContext(it, work) }
}
