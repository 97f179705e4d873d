package org.nansen

import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/**
 * Takes a document in. Nothing of it is visible before [finish]; closed before that, it leaves
 * nothing behind.
 */
public class DocumentWriter internal constructor(core: FfiWriter) : AutoCloseable {
    private val native = Native(core)

    /** Adds bytes to the end. Pieces of 256 KiB to 1 MiB are quickest. */
    public suspend fun append(bytes: ByteArray): Unit = native.call { it.append(bytes) }

    /**
     * Adds everything up to the end of [content], which is not closed. Can be cancelled.
     *
     * @throws IOException when [content] does, and when it says to have read more than it was
     *   asked for.
     */
    public suspend fun appendAll(content: InputStream) {
        val piece = ByteArray(PIECE_BYTES)
        piece.useAndWipe {
            while (true) {
                currentCoroutineContext().ensureActive()
                val read = offThread { content.readSome(piece) }
                when {
                    read < 0 -> return
                    read == piece.size -> append(piece)
                    else -> piece.copyOf(read).useAndWipe { append(it) }
                }
            }
        }
    }

    /** Makes the document real, and gives its record. */
    public suspend fun finish(): RecordId = native.call { it.finish() }

    /** Gives the document up. Does nothing after the end. */
    public suspend fun discard(): Unit = native.call { it.discard() }

    /** Gives the document up unless it was finished. */
    override fun close() {
        native.close()
    }
}

/** Hands a document out, from any place in it. */
public class DocumentReader internal constructor(core: FfiReader) : AutoCloseable {
    private val native = Native(core)

    /** Length in bytes. */
    public val length: Long = core.length().toLong()

    /** SHA-256 of the content. */
    public val sha256: ByteArray = core.sha256()

    /**
     * Up to [count] bytes from [offset] on, at most 1 MiB; fewer only at the end.
     *
     * @throws NansenException.OutOfBounds when [count] is more, or either is negative.
     */
    public suspend fun read(offset: Long, count: Int): ByteArray = native.call { it.read(offset, count) }

    /** Writes the whole document to [out], which is not closed. Can be cancelled. */
    public suspend fun copyTo(out: OutputStream) {
        var offset = 0L
        while (offset < length) {
            currentCoroutineContext().ensureActive()
            read(offset, PIECE_BYTES).useAndWipe { piece ->
                offThread { out.write(piece) }
                offset += piece.size
            }
        }
    }

    /**
     * The document as a stream, such as `BitmapFactory.decodeStream` takes. Reads block: use it
     * off the main thread. Closing the stream leaves the reader open; failures are [IOException]s
     * whose cause is the [NansenException].
     */
    public fun inputStream(): InputStream = DocumentStream()

    override fun close() {
        native.close()
    }

    private fun FfiReader.read(offset: Long, count: Int): ByteArray {
        if (offset < 0) {
            throw NansenException.OutOfBounds("offset in bytes", offset.toULong(), 0u, Long.MAX_VALUE.toULong())
        }
        // A negative count is more than any limit when it has no sign.
        return read(offset.toULong(), count.toUInt())
    }

    private inner class DocumentStream : InputStream() {
        private var at = 0L

        override fun read(): Int {
            val one = ByteArray(1)
            return if (read(one, 0, 1) < 0) -1 else one[0].toInt() and 0xff
        }

        override fun read(into: ByteArray, offset: Int, count: Int): Int {
            if (offset < 0 || count < 0 || count > into.size - offset) {
                throw IndexOutOfBoundsException("$count bytes at $offset of ${into.size}")
            }
            if (count == 0) {
                return 0
            }
            if (at >= length) {
                return -1
            }
            val piece = try {
                native.callHere { it.read(at, minOf(count, PIECE_BYTES)) }
            } catch (failure: NansenException) {
                throw IOException("the document cannot be read", failure)
            }
            return piece.useAndWipe {
                piece.copyInto(into, offset)
                at += piece.size
                piece.size
            }
        }

        override fun skip(count: Long): Long {
            val skipped = count.coerceIn(0, length - at)
            at += skipped
            return skipped
        }

        override fun available(): Int = minOf(length - at, PIECE_BYTES.toLong()).toInt()
    }
}

/**
 * Reads at least one byte, or gives -1 at the end. A stream that gives nothing is asked for one
 * byte, for which it must wait.
 */
private fun InputStream.readSome(into: ByteArray): Int {
    val read = read(into)
    if (read == 0) {
        val one = read()
        if (one >= 0) {
            into[0] = one.toByte()
        }
        return if (one < 0) -1 else 1
    }
    // What it did not write of `into` would be kept as zeros.
    if (read < -1 || read > into.size) {
        throw IOException("the stream says that it read $read bytes of ${into.size}")
    }
    return read
}

/** What crosses to the native library at a time. */
private const val PIECE_BYTES = 256 * 1024
