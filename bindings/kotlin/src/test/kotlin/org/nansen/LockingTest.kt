package org.nansen

import kotlin.time.Clock
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** A wallet that locks by itself, as far as the app tells it what happens. */
internal class LockingTest {
    private val start = Clock.System.now()

    private suspend fun Wallet.note(activity: Activity, second: Int): WalletState =
        noteActivity(activity, start + second.seconds)

    @Test
    fun `it locks after five minutes without use, and half a minute in the background`() = withWallet { wallet ->
        assertEquals(AutoLock(idleSeconds = 300u, backgroundSeconds = 30u), wallet.autoLock())
        wallet.lock()
        wallet.unlock(pin(), start)
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.TICK, 299))
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.USED, 299))
        assertEquals(WalletState.LOCKED, wallet.note(Activity.TICK, 599))

        wallet.unlock(pin(), start)
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.BACKGROUND, 10))
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.FOREGROUND, 39))
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.BACKGROUND, 50))
        // The phone slept over the time, and what is begun is over before anything is shown.
        assertEquals(WalletState.LOCKED, wallet.note(Activity.FOREGROUND, 80))
        assertRefused<NansenException.Locked>("locked") { wallet.contents() }
    }

    @Test
    fun `its owner chooses, and the choice is kept`() = withWallet { wallet ->
        val policy = AutoLock(idleSeconds = null, backgroundSeconds = 0u)
        wallet.setAutoLock(policy)
        wallet.lock()
        assertRefused<NansenException.Locked>("locked") { wallet.autoLock() }
        wallet.unlock(pin(), start)
        assertEquals(policy, wallet.autoLock())
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.TICK, 100_000))
        assertEquals(WalletState.LOCKED, wallet.note(Activity.BACKGROUND, 100_000))
        assertEquals(WalletState.LOCKED, wallet.note(Activity.FOREGROUND, 100_001))
    }

    @Test
    fun `a moment that no calendar has is refused, and locks nothing`() = withWallet { wallet ->
        for (moment in listOf(Instant.DISTANT_PAST, Instant.DISTANT_FUTURE)) {
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { wallet.noteActivity(Activity.TICK, moment) }
        }
        assertEquals(WalletState.UNLOCKED, wallet.state())
    }

    @Test
    fun `a clock that is set back locks`() = withWallet { wallet ->
        assertEquals(WalletState.UNLOCKED, wallet.note(Activity.USED, 100))
        assertEquals(WalletState.LOCKED, wallet.note(Activity.USED, 0))
    }
}
