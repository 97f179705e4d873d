package org.nansen

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test

/** Several people with one phone, each unknown to the others as far as they wish. */
internal class FolderTest {
    @Test
    fun `one is chosen by a label, and the other opens to a PIN alone`() = inFolder { folder ->
        assertEquals(emptyList<ShownWallet>(), shownWallets(folder))
        val (amina, binod) = placeForWallet(folder) to placeForWallet(folder)
        assertEquals(folder, amina.parentFile)
        Wallet.create(amina, pin(), CHEAP).wallet.use { wallet ->
            wallet.addScan("Passport")
            assertEquals(null, wallet.label())
            wallet.setLabel("Amina")
        }
        Wallet.create(binod, "97531".toByteArray(), CHEAP).wallet.use { it.addScan("Permit") }

        val shown = shownWallets(folder).single()
        assertEquals("Amina" to amina, shown.label to shown.file)
        Wallet.open(shown.file).use { wallet ->
            assertEquals("Amina", wallet.label())
            assertRefused<NansenException.Locked>("locked") { wallet.setLabel(null) }
            wallet.unlock(pin())
            assertEquals(listOf("Passport"), wallet.titles())
            assertRefused<NansenException.Malformed>("malformed") { wallet.setLabel("two\nlines") }
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { wallet.setLabel("x".repeat(129)) }
        }

        // The PIN of a wallet that is shown opens nothing that is hidden, and no wrong one tells of it.
        for (wrong in listOf("246810", "135791")) {
            val typed = wrong.toByteArray()
            assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
                unlockHiddenWallet(folder, Unlock.Passphrase(typed))
            }
            assertArrayEquals(ByteArray(6), typed)
        }
        unlockHiddenWallet(folder, byPin("97531")).use { wallet ->
            assertEquals(WalletState.UNLOCKED, wallet.state())
            assertEquals(listOf("Permit"), wallet.titles())
            wallet.setLabel("Binod")
        }
        assertEquals(listOf("Amina", "Binod"), shownWallets(folder).map { it.label })
        Wallet.open(amina).use { wallet ->
            wallet.unlock(pin())
            wallet.setLabel(null)
        }
        assertEquals(listOf("Binod"), shownWallets(folder).map { it.label })
    }

    @Test
    fun `a folder that is not there is named, and names of files tell nothing`() = inFolder { folder ->
        val nowhere = folder.resolve("nowhere")
        assertRefused<NansenException.Storage>("storage.not_found") { shownWallets(nowhere) }
        assertRefused<NansenException.Storage>("storage.not_found") { placeForWallet(nowhere) }
        val places = List(3) { placeForWallet(folder).name }
        assertEquals(3, places.toSet().size)
        assertFalse(places.any { it.length != places.first().length })
    }
}
