package org.nansen

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** People with a card each, who open a wallet together. */
internal class GuardiansTest {
    @Test
    fun `two of three cards open the wallet of somebody who forgot the PIN, and set another`() = withWallet { wallet ->
        val cards = wallet.makeGuardians(byPin(), needed = 2, total = 3)
        assertTrue(Way.GUARDIANS in wallet.ways())
        assertEquals(listOf(1, 2, 3), cards.map { it.number.toInt() })
        assertTrue(cards.all { it.needed.toInt() == 2 && it.total.toInt() == 3 })
        wallet.rehearse(Unlock.Guardians(listOf(cards[0].typed(), cards[2].typed())))
        wallet.lock()

        CardCollector().use { collector ->
            assertEquals(CardsCollected(1u, 2u), collector.add(cards[2].typed()))
            assertRefused<NansenException.Card>("card.too_few") { wallet.unlock(collector.unlock()) }
            assertEquals(CardsCollected(2u, 2u), collector.add(cards[0].typed()))
            wallet.unlock(collector.unlock())
            wallet.addWay(collector.unlock(), NewWay.Passphrase("97531".toByteArray(), CHEAP))
        }
        wallet.removeWay(Way.GUARDIANS)
        wallet.lock()
        assertRefused<NansenException.WrongSecret>("wrong_secret.guardians") {
            wallet.unlock(Unlock.Guardians(cards.map { it.typed() }))
        }
        wallet.unlock("97531".toByteArray())
    }

    @Test
    fun `a card that is no help is refused by name and wiped, and those before it stay`() = withWallet { wallet ->
        val stale = wallet.makeGuardians(byPin(), needed = 2, total = 2)
        val cards = wallet.makeGuardians(byPin(), needed = 2, total = 2)
        val altered = cards[1].typed().also { it[3] = if (it[3] == '2'.code.toByte()) '3'.code.toByte() else '2'.code.toByte() }
        CardCollector().use { collector ->
            val first = cards[0].typed()
            collector.add(first)
            for ((code, card) in mapOf(
                "card.repeated" to cards[0].typed(),
                "card.other_set" to stale[1].typed(),
                "card.altered" to altered,
            )) {
                assertRefused<NansenException.Card>(code) { collector.add(card) }
                assertArrayEquals(ByteArray(card.size), card)
            }
            assertEquals(CardsCollected(2u, 2u), collector.add(cards[1].typed()))
            wallet.rehearse(collector.unlock())
            collector.close()
            assertArrayEquals(ByteArray(first.size), first)
        }
        assertRefused<NansenException.WrongSecret>("wrong_secret.guardians") {
            wallet.rehearse(Unlock.Guardians(stale.map { it.typed() }))
        }
    }

    @Test
    fun `guardians need proof and a number that makes sense`() = withWallet { wallet ->
        assertRefused<NansenException.WrongSecret>("wrong_secret.passphrase") {
            wallet.makeGuardians(byPin("135791"), needed = 2, total = 3)
        }
        for ((needed, total) in listOf(1 to 3, 4 to 3, 2 to 17, 258 to 259, 2 to 259, -2 to 3)) {
            val proof = byPin() as Unlock.Passphrase
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { wallet.makeGuardians(proof, needed, total) }
            assertArrayEquals(ByteArray(6), proof.passphrase)
        }
        assertFalse(Way.GUARDIANS in wallet.ways())
    }

    @Test
    fun `a card is drawn to be printed, and its code is scanned`() = withWallet { wallet ->
        val card = wallet.makeGuardians(byPin(), needed = 2, total = 2).first()
        val drawn = card.svg(listOf("Guardian card 1 of 2", "Sita Gurung"))
        assertTrue(">Sita Gurung</text>" in drawn.decodeToString())
        assertEquals(listOf(0x89, 'P'.code), card.png().take(2).map { it.toInt() and 0xff })
        card.wipe()
        assertRefused<NansenException.Card>("card.altered") { card.svg(emptyList()) }
    }

    private fun GuardianCard.typed(): ByteArray = text.decodeToString().lowercase().toByteArray()
}
