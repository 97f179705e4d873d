package org.nansen

import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.nansen.ffi.NansenException
import org.nansen.ffi.NewDocument
import org.nansen.ffi.Occasion
import org.nansen.ffi.WalletState
import org.nansen.ffi.Wallet as FfiWallet

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
    fun `an operation that is cancelled ends, and what it opened is not lost`() = inFolder { folder ->
        val file = folder.resolve("vault.nansen")
        var wallet: Wallet? = null
        coroutineScope {
            val creating = launch(Dispatchers.IO) { wallet = Wallet.create(file, pin(), CHEAP).wallet }
            while (!file.exists() && creating.isActive) {
                delay(1)
            }
            creating.cancelAndJoin()
        }
        checkNotNull(wallet).close()
        Wallet.open(file).close()
    }
}
