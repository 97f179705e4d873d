package org.nansen

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The ways to unlock, what is wiped, and the phone's hardware saying no. */
internal class UnlockTest {
    @Test
    fun `a wrong PIN is refused and the right one still works`() = withWallet { wallet ->
        wallet.lock()
        val refused = assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
            wallet.unlock("135791".toByteArray())
        }
        assertEquals(Way.PASSPHRASE, refused.way)
        assertTrue(refused.isRetryable)
        assertFalse(refused.isDataAtRisk)
        assertEquals(WalletState.LOCKED, wallet.state())
        wallet.unlock(pin())
    }

    @Test
    fun `a PIN is wiped whether it was right or wrong`() = inFolder { folder ->
        val created = pin()
        Wallet.create(folder.resolve("vault.nansen"), created, CHEAP).wallet.use { wallet ->
            wallet.lock()
            val wrong = "135791".toByteArray()
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
                wallet.unlock(wrong)
            }
            val right = pin()
            wallet.unlock(right)
            val again = pin()
            assertRefused<NansenException.AlreadyUnlocked>("already_unlocked") { wallet.unlock(again) }
            for (secret in listOf(created, wrong, right, again)) {
                assertArrayEquals(ByteArray(6), secret)
            }
        }
    }

    @Test
    fun `the recovery code unlocks, a mistyped one is told apart from a wrong one`() = inFolder { folder ->
        val created = Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP)
        created.wallet.use { wallet ->
            val first = created.recoveryCode.copyOf()
            wallet.lock()
            wallet.unlock(Unlock.RecoveryCode(created.recoveryCode))
            assertArrayEquals(ByteArray(first.size), created.recoveryCode)

            val second = wallet.newRecoveryCode(Unlock.Passphrase(pin()))
            wallet.lock()
            assertRefused<NansenException.WrongSecret>("wrong_secret.recovery_code") {
                wallet.unlock(Unlock.RecoveryCode(first))
            }
            assertRefused<NansenException.RecoveryCodeMistyped>("recovery_code_mistyped") {
                wallet.unlock(Unlock.RecoveryCode("not a code".toByteArray()))
            }
            wallet.unlock(Unlock.RecoveryCode(second))
        }
    }

    @Test
    fun `a new PIN takes the place of the old one, with proof`() = withWallet { wallet ->
        val new = { NewWay.Passphrase("97531".toByteArray(), CHEAP) }
        assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
            wallet.addWay(Unlock.Passphrase("135791".toByteArray()), new())
        }
        wallet.addWay(Unlock.Passphrase(pin()), new())
        wallet.lock()
        assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") { wallet.unlock(pin()) }
        wallet.unlock("97531".toByteArray())
    }

    @Test
    fun `hardware unlocks alone, and together with a PIN`() = withWallet { wallet ->
        val alone = FakeKeystore()
        val together = FakeKeystore()
        wallet.addHardwareWay(Unlock.Passphrase(pin()), alone::wrap, alone::unwrap)
        wallet.addHardwareWay(Unlock.Passphrase(pin()), pin(), together::wrap, together::unwrap)
        assertEquals(
            setOf(Way.PASSPHRASE, Way.RECOVERY_CODE, Way.HARDWARE, Way.PASSPHRASE_AND_HARDWARE),
            wallet.ways().toSet(),
        )

        wallet.lock()
        wallet.unlockWithHardware(unwrap = alone::unwrap)
        wallet.lock()
        wallet.unlockWithHardware(pin(), unwrap = together::unwrap)
        wallet.lock()
        val refused = runCatching { wallet.unlockWithHardware("135791".toByteArray(), unwrap = together::unwrap) }
        assertTrue(refused.exceptionOrNull() is NansenException.WrongSecret, "$refused")
        assertEquals(WalletState.LOCKED, wallet.state())
    }

    @Test
    fun `each refusal of the hardware keeps its name, and the other ways remain`() = withWallet { wallet ->
        val keystore = FakeKeystore()
        wallet.addHardwareWay(Unlock.Passphrase(pin()), keystore::wrap, keystore::unwrap)
        wallet.lock()
        for ((code, refusal) in FakeKeystore.REFUSALS) {
            keystore.refusal = refusal
            val refused = assertRefused<NansenException.Hardware>(code) {
                wallet.unlockWithHardware(unwrap = keystore::unwrap)
            }
            assertEquals(code in setOf("hardware.cancelled", "hardware.locked"), refused.isRetryable)
            assertEquals(WalletState.LOCKED, wallet.state())
        }

        // The key is gone for ever: the PIN unlocks, and the way is removed.
        wallet.unlock(pin())
        wallet.removeWay(Way.HARDWARE)
        assertFalse(Way.HARDWARE in wallet.ways())
        wallet.lock()
        val asked = keystore.asked
        assertRefused<NansenException.Hardware>("hardware.not_present") {
            wallet.unlockWithHardware(unwrap = keystore::unwrap)
        }
        assertEquals(asked, keystore.asked)
    }

    @Test
    fun `hardware that refuses or fails to unwrap again is not taken up`() = withWallet { wallet ->
        for ((code, refusal) in FakeKeystore.REFUSALS) {
            assertRefused<NansenException.Hardware>(code) {
                wallet.addHardwareWay(Unlock.Passphrase(pin()), { refusal }, { error("not wrapped") })
            }
            assertRefused<NansenException.Hardware>(code) {
                wallet.addHardwareWay(Unlock.Passphrase(pin()), FakeKeystore()::wrap, { refusal })
            }
        }
        assertEquals(setOf(Way.PASSPHRASE, Way.RECOVERY_CODE), wallet.ways().toSet())
    }

    @Test
    fun `a recovery code is typed back before it is needed`() = inFolder { folder ->
        val created = Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP)
        created.wallet.use { wallet ->
            val typed = created.recoveryCode.decodeToString().lowercase().toByteArray()
            wallet.rehearse(Unlock.RecoveryCode(typed))
            assertArrayEquals(ByteArray(typed.size), typed)
            assertRefused<NansenException.WrongSecret>("wrong_secret.recovery_code") {
                wallet.rehearse(Unlock.RecoveryCode(newBackupCode()))
            }
            assertRefused<NansenException.RecoveryCodeMistyped>("recovery_code_mistyped") {
                wallet.rehearse(Unlock.RecoveryCode("not a code".toByteArray()))
            }
            assertEquals(WalletState.UNLOCKED, wallet.state())
        }
    }

    @Test
    fun `what is typed becomes bytes without a string, and characters are wiped`() {
        val typed = charArrayOf('7', 'é', '€', '\uD83D', '\uDD11')
        assertArrayEquals("7é€\uD83D\uDD11".toByteArray(), String(typed).toSecretBytes())
        assertArrayEquals("7é€\uD83D\uDD11".toByteArray(), typed.toSecretBytes())
        assertArrayEquals(CharArray(5), typed)
        assertArrayEquals(ByteArray(0), "".toSecretBytes())
        assertArrayEquals("?".toByteArray(), "\uD83D".toSecretBytes())
    }
}
