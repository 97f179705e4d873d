package org.nansen

/**
 * Makes guardians a way to unlock, in place of those before, after [proof] of a way that is there:
 * [total] cards (2 to 16), of which any [needed] (2 at least) unlock. Print them, hand them out,
 * [wipe] them and keep none.
 */
public suspend fun Wallet.makeGuardians(proof: Unlock, needed: Int, total: Int): List<GuardianCard> =
    try {
        val (least, all) = byteOf("guardians needed", needed) to byteOf("guardians", total)
        native.call { it.makeGuardians(proof, least, all) }
    } finally {
        proof.wipe()
    }

/**
 * The card as an SVG document of 85 x 125 mm, with up to five lines for people: whose it is, its
 * number and date, what it is for. The first is large. As secret as the card: [wipe] it.
 */
public suspend fun GuardianCard.svg(lines: List<String>): ByteArray =
    offThread { native { guardianCardSvg(text, lines) } }

/** The QR code of the card as a PNG file. As secret as the card: [wipe] it. */
public suspend fun GuardianCard.png(pixels: Pixels = Pixels()): ByteArray =
    offThread { native { guardianCardPng(text, pixels) } }

/**
 * Guardians' cards as they come in, scanned or typed, until enough are here to unlock. Closing it
 * wipes them. Its calls take no time.
 */
public class CardCollector : AutoCloseable {
    private val cards = mutableListOf<ByteArray>()

    /**
     * Takes a card, as it was typed or as the bytes of a [MessageKind.GUARDIAN_CARD] message, and
     * tells how far the cards go.
     *
     * @throws NansenException.Card when this one is no help. It is wiped; those before it stay.
     */
    @Synchronized
    public fun add(card: ByteArray): CardsCollected {
        cards += card
        try {
            return native { collectCards(cards) }
        } catch (failure: NansenException) {
            cards.removeAt(cards.lastIndex).wipe()
            throw failure
        }
    }

    /**
     * What the cards unlock with, or prove before another PIN is set. They are copied, since each
     * call wipes what it is given.
     */
    @Synchronized
    public fun unlock(): Unlock = Unlock.Guardians(cards.map { it.copyOf() })

    @Synchronized
    override fun close() {
        cards.forEach { it.wipe() }
        cards.clear()
    }
}
