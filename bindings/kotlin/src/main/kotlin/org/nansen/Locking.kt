package org.nansen

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
): WalletState = native.call { it.noteActivity(activity, now) }
