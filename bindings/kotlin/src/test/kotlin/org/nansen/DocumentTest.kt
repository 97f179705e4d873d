package org.nansen

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.security.MessageDigest
import kotlin.random.Random
import kotlinx.coroutines.CancellationException
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Documents in and out, by streams. */
internal class DocumentTest {
    private val content = Random(7).nextBytes(1_300_001)
    private val scan = NewDocument("Certificate", "application/pdf", listOf("work", "2026"))

    @Test
    fun `a document comes out as it went in, by stream, by copy, and from any place`() = withWallet { wallet ->
        val id = wallet.addDocument(scan, Trickle(content))
        val summary = wallet.contents(search = "certific").documents.single()
        assertEquals(listOf("work", "2026"), summary.tags)
        wallet.readDocument(id).use { reader ->
            assertEquals(content.size.toLong(), reader.length)
            assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(content), reader.sha256)
            val copy = ByteArrayOutputStream()
            reader.copyTo(copy)
            assertArrayEquals(content, copy.toByteArray())
            assertArrayEquals(content, reader.inputStream().readBytes())
            assertArrayEquals(content.copyOfRange(65_000, 66_000), reader.read(65_000, 1_000))
            assertArrayEquals(content.copyOfRange(1_300_000, 1_300_001), reader.read(1_300_000, 10))
            assertEquals(0, reader.read(content.size + 5L, 10).size)
            reader.inputStream().use { stream ->
                assertEquals(100, stream.skip(100))
                assertEquals(content[100].toInt() and 0xff, stream.read())
                assertTrue(stream.available() > 0)
                assertEquals(content.size - 101L, stream.skip(Long.MAX_VALUE))
                assertEquals(-1, stream.read())
            }
        }
    }

    @Test
    fun `an empty document is one too`() = withWallet { wallet ->
        val id = wallet.addDocument(scan, ByteArray(0).inputStream())
        wallet.readDocument(id).use { assertEquals(0, it.inputStream().readBytes().size) }
    }

    @Test
    fun `a stream that breaks leaves no document`() = withWallet { wallet ->
        for (failure in listOf(IOException("the card was pulled out"), CancellationException("left"))) {
            val thrown = runCatching { wallet.addDocument(scan, Trickle(content, failure)) }
            assertEquals(failure.javaClass, thrown.exceptionOrNull()?.javaClass)
        }
        assertEquals(0, wallet.contents().documents.size)
        assertTrue(wallet.check(thorough = true).isIntact)
    }

    @Test
    fun `a stream that counts wrongly is refused, and one that hesitates is waited for`() = withWallet { wallet ->
        for (count in listOf(300_000, Int.MAX_VALUE, -2, Int.MIN_VALUE)) {
            val failure = runCatching { wallet.addDocument(scan, Stubborn(0, count)) }.exceptionOrNull()
            assertTrue(failure is IOException, "$count: $failure")
        }
        assertEquals(0, wallet.contents().documents.size)

        val id = wallet.addDocument(scan, Stubborn(3, 0))
        wallet.readDocument(id).use { assertArrayEquals(byteArrayOf(9, 9, 9), it.read(0, 10)) }
    }

    @Test
    fun `places that no document has are out of bounds`() = withWallet { wallet ->
        val id = wallet.addDocument(scan, content.inputStream())
        wallet.readDocument(id).use { reader ->
            for ((offset, count) in listOf(-1L to 1, Long.MIN_VALUE to 1, 0L to -1, 0L to Int.MIN_VALUE, 0L to Int.MAX_VALUE)) {
                assertRefused<NansenException.OutOfBounds>("out_of_bounds") { reader.read(offset, count) }
            }
            assertEquals(0, reader.read(Long.MAX_VALUE, 1).size)
        }
    }

    @Test
    fun `other calls go on while a document is written`() = withWallet { wallet ->
        wallet.writeDocument(scan).use { writer ->
            writer.append(content)
            val other = wallet.addDocument(scan, content.inputStream())
            writer.append(content)
            wallet.delete(other)
            val id = writer.finish()
            assertEquals(listOf(id), wallet.contents().documents.map { it.id })
            wallet.readDocument(id).use { assertEquals(content.size * 2L, it.length) }
        }
    }

    @Test
    fun `a stream says why it cannot be read any more`() = withWallet { wallet ->
        val id = wallet.addDocument(scan, content.inputStream())
        val reader = wallet.readDocument(id)
        val stream = reader.inputStream()
        stream.read()
        wallet.lock()
        val failure = assertThrows(IOException::class.java) { stream.readBytes() }
        assertTrue(failure.cause is NansenException.Locked, "${failure.cause}")
        reader.close()
    }

    /** Gives [ones] single bytes and then ends; asked for more than one, it says [answer] and gives nothing. */
    private class Stubborn(private var ones: Int, private val answer: Int) : InputStream() {
        override fun read(): Int {
            ones -= 1
            return if (ones >= 0) 9 else -1
        }

        override fun read(into: ByteArray, offset: Int, count: Int): Int = answer
    }

    /** Gives a few bytes at a time, as a slow card does, and in the end breaks if it is told to. */
    private class Trickle(content: ByteArray, private val failure: Exception? = null) : InputStream() {
        private val content = content.inputStream()

        override fun read(): Int = throw UnsupportedOperationException("one byte at a time")

        override fun read(into: ByteArray, offset: Int, count: Int): Int {
            val read = content.read(into, offset, minOf(count, 100_003))
            return if (read < 0 && failure != null) throw failure else read
        }
    }
}
