package org.nansen.shell.model

import kotlin.time.Duration

/**
 * How long the app was out of sight. A delayed coroutine does not tell: it stands still while the
 * phone sleeps, and may have been due when the app comes back.
 *
 * @param limit from when on the vault must be locked.
 * @param uptime time since the phone started, its sleep included: `SystemClock.elapsedRealtime`.
 */
class AwayTime(private val limit: Duration, private val uptime: () -> Duration) {
    private var left: Duration? = null

    /** The app goes out of sight. */
    fun onHidden() {
        left = uptime()
    }

    /** The app comes back: whether that took too long. */
    fun onShown(): Boolean {
        val isOver = left?.let { uptime() - it >= limit } ?: false
        left = null
        return isOver
    }
}
