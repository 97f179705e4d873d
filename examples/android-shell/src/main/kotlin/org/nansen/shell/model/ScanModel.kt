package org.nansen.shell.model

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.nansen.Message
import org.nansen.QrCollector
import org.nansen.Scan

/** How far a scan is: frames received of those needed. */
data class ScanProgress(val received: Int, val needed: Int)

/** One look through the camera, until a message is complete. */
class ScanModel : AutoCloseable {
    private val collector = QrCollector()
    private val complete = CompletableDeferred<Message>()
    private val _progress = MutableStateFlow<ScanProgress?>(null)

    /** Null until the first frame of an animated code. */
    val progress: StateFlow<ScanProgress?> = _progress.asStateFlow()

    /** Takes what the camera read, on the camera's own thread. */
    fun onText(text: String) {
        if (complete.isCompleted) {
            return
        }
        when (val scan = collector.feed(text)) {
            is Scan.Complete -> complete.complete(scan.message)
            is Scan.Accepted ->
                _progress.value = ScanProgress(scan.received.toInt(), scan.needed.toInt())
            // Held still, a camera reads the same code many times, and others that lie about.
            is Scan.Duplicate, is Scan.OtherMessage, is Scan.Foreign, is Scan.Unreadable -> Unit
        }
    }

    /** Waits for the message. */
    suspend fun message(): Message = complete.await()

    override fun close() {
        complete.cancel()
        collector.close()
    }
}
