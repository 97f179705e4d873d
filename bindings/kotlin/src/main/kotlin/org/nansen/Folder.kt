package org.nansen

import java.io.File
import kotlin.time.Clock
import kotlin.time.Instant

/** The wallets of a folder that their owners let others see, by label. */
public suspend fun shownWallets(folder: File): List<ShownWallet> =
    offThread { native { shownWallets(folder.path) } }

/** Its file, for [Wallet.open]. */
public val ShownWallet.file: File get() = File(path)

/** A free place in a folder for [Wallet.create]. Its name tells nothing. */
public suspend fun placeForWallet(folder: File): File =
    offThread { File(native { placeForWallet(folder.path) }) }

/**
 * Opens and unlocks the wallet without a label that a secret belongs to, which is wiped. With a
 * passphrase it takes as long as the cost of each such wallet until the right one. One that wipes
 * itself after wrong passphrases is not tried: it needs a label.
 */
public suspend fun unlockHiddenWallet(
    folder: File,
    with: Unlock,
    now: Instant = Clock.System.now(),
): Wallet = try {
    offThread { native { Wallet(unlockHiddenWallet(folder.path, with, now)) } }
} finally {
    with.wipe()
}

/** What its owner lets others see in a chooser; null where that is nothing. Needs no unlock. */
public suspend fun Wallet.label(): String? = native.call { it.label() }

/** Lets others see a label of up to 128 bytes in a chooser, or nothing. */
public suspend fun Wallet.setLabel(label: String?): Unit = native.call { it.setLabel(label) }
