package org.nansen

import kotlin.time.Clock
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Wrong PINs, a second wallet for whoever forces the first, and wipes. */
internal class DecoyTest {
    private val start = Clock.System.now()

    @Test
    fun `after five wrong PINs the next waits, the right one too, and other ways are open`() = inFolder { folder ->
        val created = Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP)
        created.wallet.use { wallet ->
            wallet.lock()
            assertEquals(Attempts(0u, 0uL, null), wallet.attempts(start))
            repeat(5) {
                assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(byPin("135791"), start) }
            }
            assertEquals(Attempts(5u, 30uL, null), wallet.attempts(start))
            val waits = assertRefused<NansenException.TooManyAttempts>("too_many_attempts") { wallet.unlock(pin(), start + 10.seconds) }
            assertEquals(20uL, waits.seconds)
            wallet.unlock(Unlock.RecoveryCode(created.recoveryCode), start + 10.seconds)
            wallet.lock()
            // What opens it does not end the wait, or whoever knows a decoy's PIN could guess on.
            assertRefused<NansenException.TooManyAttempts>("too_many_attempts") { wallet.unlock(pin(), start + 10.seconds) }
            wallet.unlock(pin(), start + 30.seconds)
            assertEquals(Attempts(0u, 0uL, null), wallet.attempts(start + 30.seconds))
        }
    }

    @Test
    fun `a wait that is over lets the right PIN in`() = withWallet { wallet ->
        wallet.lock()
        repeat(5) { runCatching { wallet.unlock(byPin("135791"), start) } }
        assertRefused<NansenException.TooManyAttempts>("too_many_attempts") { wallet.unlock(pin(), start) }
        wallet.unlock(pin(), start + 30.seconds)
    }

    @Test
    fun `a decoy has its own PIN, its own code and its own records`() = withWallet { wallet ->
        wallet.addScan("Passport")
        assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
            wallet.createDecoy(byPin("135791"), byPin("1111"))
        }
        assertRefused<NansenException.SecretInUse>("secret_in_use") { wallet.createDecoy(byPin(), byPin()) }
        val (proof, new) = (byPin() as Unlock.Passphrase) to (byPin("1111") as Unlock.Passphrase)
        val code = wallet.createDecoy(proof, new)
        listOf(proof, new).forEach { assertArrayEquals(ByteArray(it.passphrase.size), it.passphrase) }

        wallet.lock()
        wallet.unlock(byPin("1111"))
        assertEquals(emptyList<String>(), wallet.titles())
        wallet.addScan("Timetable")
        wallet.lock()
        wallet.unlock(Unlock.RecoveryCode(code))
        assertEquals(listOf("Timetable"), wallet.titles())
        wallet.lock()
        wallet.unlock(pin())
        assertEquals(listOf("Passport"), wallet.titles())
        assertEquals(true, wallet.check(thorough = true).isIntact)
    }

    @Test
    fun `a PIN that wipes opens the decoy, and nothing else is left`() = inFolder { folder ->
        val created = Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP)
        created.wallet.use { wallet ->
            wallet.addScan("Passport")
            wallet.createDecoy(byPin(), byPin("1111")).wipe()
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
                wallet.setWipePassphrase(byPin(), decoy = byPin("3333"), wipe = byPin("2222"))
            }
            wallet.setWipePassphrase(byPin(), decoy = byPin("1111"), wipe = byPin("2222"))
            wallet.removeWipePassphrase()
            wallet.lock()
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(byPin("2222")) }

            wallet.unlock(pin())
            wallet.setWipePassphrase(byPin(), decoy = byPin("1111"), wipe = byPin("2222"))
            wallet.lock()
            wallet.unlock(byPin("2222"))
            assertEquals(emptyList<String>(), wallet.titles())
            wallet.lock()
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(pin()) }
            assertRefused<NansenException.WrongSecret>("wrong_secret.recovery_code") {
                wallet.unlock(Unlock.RecoveryCode(created.recoveryCode))
            }
            // It is the decoy's PIN from then on.
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(byPin("1111")) }
            wallet.unlock(byPin("2222"))
        }
    }

    @Test
    fun `ten wrong PINs end every way in where the owner wants that`() = inFolder { folder ->
        val created = Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP)
        created.wallet.use { wallet ->
            for (attempts in listOf(0, 9, 266, -1)) {
                assertRefused<NansenException.OutOfBounds>("out_of_bounds") { wallet.setWipeAfter(byPin(), attempts) }
            }
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.setWipeAfter(byPin("135791"), 10) }
            wallet.setWipeAfter(byPin(), 10)
            wallet.setWipeAfter(byPin(), null)
            assertEquals(null, wallet.attempts().wipeAfter)
            wallet.setWipeAfter(byPin(), 10)
            assertEquals(10u.toUByte(), wallet.attempts().wipeAfter)

            wallet.lock()
            var now = start
            repeat(10) {
                assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(byPin("135791"), now) }
                now += wallet.attempts(now).waitSeconds.toLong().seconds
            }
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(pin(), now) }
            assertRefused<NansenException.WrongSecret>("wrong_secret.recovery_code") {
                wallet.unlock(Unlock.RecoveryCode(created.recoveryCode), now)
            }
        }
    }
}
