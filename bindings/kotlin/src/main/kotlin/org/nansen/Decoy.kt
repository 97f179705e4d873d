package org.nansen

import kotlin.time.Clock
import kotlin.time.Instant

/** Wrong PINs and passphrases so far, and how long the next has to wait. Needs no unlock. */
public suspend fun Wallet.attempts(now: Instant = Clock.System.now()): Attempts =
    native.call { it.attempts(now) }

/**
 * Makes a second wallet in the same file, empty, that another PIN opens: for whoever forces its
 * owner to unlock. Gives its recovery code: show it once, and [wipe] it. With hardware, [new] takes
 * the secret of the way that is there.
 *
 * Ends a decoy that is there already; and, called from within a decoy, the wallet that it hides,
 * since a refusal would tell that there is one. Ask twice. What a decoy hides, and what not, stands
 * in the library's `SECURITY.md`.
 */
public suspend fun Wallet.createDecoy(proof: Unlock, new: Unlock): ByteArray =
    wiping(proof, new) { native.call { it.createDecoy(proof, new) } }

/**
 * Sets the PIN [wipe], which destroys this wallet and then opens the decoy, as if it were the
 * decoy's own. [decoy] is what opens that one.
 *
 * To destroy what somebody in front of the screen wants to see can put a person in danger: say so
 * before you offer it. A copy of the file made before is not wiped.
 */
public suspend fun Wallet.setWipePassphrase(proof: Unlock, decoy: Unlock, wipe: Unlock): Unit =
    wiping(proof, decoy, wipe) { native.call { it.setWipePassphrase(proof, decoy, wipe) } }

/** Ends the PIN that destroys this wallet, if there is one. */
public suspend fun Wallet.removeWipePassphrase(): Unit = native.call { it.removeWipePassphrase() }

/**
 * Lets the file destroy everything in it after [attempts] wrong PINs one after the other, 10 to
 * 255, or never. That ends every way in, the recovery code too; a child with the phone can bring it
 * about, and a copy of the file made before is not hindered.
 */
public suspend fun Wallet.setWipeAfter(proof: Unlock, attempts: Int?): Unit = wiping(proof) {
    val most = attempts?.let { byteOf("wrong passphrases before a wipe", it) }
    native.call { it.setWipeAfter(proof, most) }
}

private inline fun <T> wiping(vararg secrets: Unlock, work: () -> T): T =
    try {
        work()
    } finally {
        secrets.forEach { it.wipe() }
    }
