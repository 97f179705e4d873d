package org.nansen

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn

/** How long each code of an animation stands: eight a second, which cheap cameras keep up with. */
public val FRAME_DURATION: Duration = 125.milliseconds

/** Codes as another phone reads them from a screen: for paper, take [CodeLevel.Q]. */
public val SCREEN_CODES: CodeOptions = CodeOptions(level = CodeLevel.L)

/**
 * Takes the texts that a camera reads, in any order, and gives the message when enough came. Its
 * calls take no time: make them on the camera's own thread.
 */
public class QrCollector : AutoCloseable {
    private val native = Native(FfiCollector())

    /**
     * Takes one scanned text. Nothing that a camera can see is an error.
     *
     * @throws NansenException.OutOfBounds for a text that no code can hold, of more than 1,048,576 characters.
     */
    public fun feed(text: String): Scan {
        if (text.length > SCANNED_UNITS_MAX) {
            throw NansenException.OutOfBounds(
                what = "scanned text in characters",
                size = text.length.toULong(),
                least = 0u,
                most = SCANNED_UNITS_MAX.toULong(),
            )
        }
        // Some readers give half of a surrogate pair, which has no UTF-8: it becomes a `?`.
        val readable = text.encodeToByteArray().decodeToString()
        return native.callHere { it.feed(readable) }
    }

    /** Forgets everything, to collect another message. */
    public fun reset(): Unit = native.callHere { it.reset() }

    override fun close() {
        native.close()
    }
}

/** The texts of the codes that carry the message: one, or frames to show in turn. */
public suspend fun Message.codes(options: CodeOptions = SCREEN_CODES): List<String> =
    offThread { native { messageCodes(this, options) } }

/**
 * The codes to draw, one after the other: a single one once, frames over and over until the
 * collector stops. A slow screen skips frames, which does no harm.
 */
public fun Message.frames(
    options: CodeOptions = SCREEN_CODES,
    duration: Duration = FRAME_DURATION,
): Flow<QrCode> = flow {
    val codes = codes(options).map { native { drawCode(it, options.level) } }
    do {
        for (code in codes) {
            emit(code)
            delay(duration)
        }
    } while (codes.size > 1)
}.flowOn(nativeCalls).conflate()

/** The codes as a PNG file: a picture, or an animation that loops. */
public suspend fun Message.png(
    options: CodeOptions = SCREEN_CODES,
    pixels: Pixels = Pixels(),
): ByteArray = offThread {
    native { codePng(messageCodes(this, options), options.level, pixels) }
}

/** Draws the code of one text. */
public suspend fun qrCode(text: String, level: CodeLevel = CodeLevel.L): QrCode =
    offThread { native { drawCode(text, level) } }

/** Whether a module is dark. [x] counts from the left and [y] from the top, from 0 to `side`. */
public fun QrCode.isDark(x: Int, y: Int): Boolean {
    val side = side.toInt()
    require(x in 0 until side && y in 0 until side) { "($x, $y) of $side modules" }
    return modules[y * side + x].toInt() != 0
}

/** A QR code holds 7,089 at most. */
private const val SCANNED_UNITS_MAX = 1 shl 20
