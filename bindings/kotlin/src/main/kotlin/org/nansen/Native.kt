package org.nansen

import java.nio.charset.CharacterCodingException
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/**
 * Where calls into the native library run: they take a disk, or a key derivation.
 */
internal val nativeCalls: CoroutineContext = Dispatchers.IO

/**
 * Runs [work] off the caller's thread. Once begun it runs to its end, and what it gave is handed
 * out even if the caller was cancelled meanwhile: an opened file must find somebody to close it,
 * and a message that stands in the history somebody to show it.
 *
 * The way back to the caller's thread is cancelled by the job of the caller, and takes the result
 * with it. So the caller of the inner `withContext` is one that cannot be cancelled, and the
 * outer one, which changes no thread, has no way back.
 */
internal suspend fun <T> offThread(work: suspend () -> T): T {
    currentCoroutineContext().ensureActive()
    return withContext(NonCancellable) { withContext(nativeCalls) { work() } }
}

/** Calls the generated code, and gives the failures of its own names of the library's. */
internal inline fun <T> native(work: () -> T): T =
    try {
        work()
    } catch (_: CharacterCodingException) {
        throw NansenException.Malformed("text", "half of a surrogate pair")
    } catch (_: IllegalArgumentException) {
        // No buffer of a virtual machine holds that many bytes; how many, it does not say.
        throw NansenException.OutOfBounds("argument in bytes", ARGUMENT_BYTES_MAX + 1u, 0u, ARGUMENT_BYTES_MAX)
    }

/**
 * A native object and whether it was closed: what is called after that fails by name.
 *
 * @param release what closing does beyond freeing the object.
 */
internal class Native<C : AutoCloseable>(
    private val core: C,
    private val release: (C) -> Unit = {},
) : AutoCloseable {
    private val isClosed = AtomicBoolean()

    /** Calls off the caller's thread. */
    suspend fun <T> call(work: (C) -> T): T = offThread { callHere(work) }

    /** Calls on this thread, for what takes no time. */
    fun <T> callHere(work: (C) -> T): T {
        if (isClosed.get()) {
            throw NansenException.Released()
        }
        try {
            return native { work(core) }
        } catch (failure: IllegalStateException) {
            // The generated code says so when another thread closed it between the two lines.
            throw if (isClosed.get()) NansenException.Released() else failure
        }
    }

    /** Frees it once the calls that are running have ended. Does nothing the second time. */
    override fun close() {
        if (isClosed.compareAndSet(false, true)) {
            core.use(release)
        }
    }
}

/**
 * A number that the library takes as one byte. Those that are none are refused here, as it refuses
 * those outside its own limits: cut to a byte, 266 would be 10.
 */
internal fun byteOf(what: String, number: Int): UByte {
    val most = UByte.MAX_VALUE
    if (number !in 0..most.toInt()) {
        // A negative one is more than any limit when it has no sign.
        throw NansenException.OutOfBounds(what, number.toUInt().toULong(), 0u, most.toULong())
    }
    return number.toUByte()
}

/** What one argument may take on its way to the native library. */
internal const val ARGUMENT_BYTES_MAX: ULong = 0x7fff_ffffu
