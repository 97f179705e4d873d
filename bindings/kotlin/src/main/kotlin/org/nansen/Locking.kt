package org.nansen

import kotlin.math.absoluteValue
import kotlin.time.Clock
import kotlin.time.Instant

/** When it locks by itself: after 5 minutes idle and half a minute in the background, unless set. */
public suspend fun Wallet.autoLock(): AutoLock = native.call { it.autoLock() }

/** Sets when it locks by itself. Kept in the wallet. */
public suspend fun Wallet.setAutoLock(policy: AutoLock): Unit = native.call { it.setAutoLock(policy) }

/**
 * Tells what happened, and locks if it is time to: call it at each touch, when the app goes to the
 * background and comes back, and with [Activity.TICK] once in a while. Gives what the wallet then
 * is. A clock that went back locks too. Without these calls nothing locks by itself.
 */
public suspend fun Wallet.noteActivity(
    activity: Activity,
    now: Instant = Clock.System.now(),
): WalletState {
    // Of a call that never fails, the generated code could only say that there is a defect.
    val seconds = now.epochSeconds
    if (seconds !in EARLIEST..LATEST) {
        throw NansenException.OutOfBounds("seconds from 1970", seconds.absoluteValue.toULong(), 0u, LATEST.toULong())
    }
    return native.call { it.noteActivity(activity, now) }
}

/** 0001-01-01T00:00:00Z. */
private const val EARLIEST = -62_135_596_800

/** 9999-12-31T23:59:59Z. */
private const val LATEST = 253_402_300_799
