package org.nansen

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a publisher hands out: taken in by file, handed on from phone to phone, and given up. */
internal class PackTest {
    @Test
    fun `a pack is told of before it is added, and counts once its publisher is trusted`() = withWallet { wallet ->
        val facts = Publisher.first.facts()
        assertEquals(Triple(Publisher.NAME, Publisher.PACK, 1uL), Triple(facts.publisher, facts.id, facts.version))
        assertEquals(Triple(day(0), day(90), false), Triple(facts.issuedAt, facts.nextUpdate, facts.isDelta))
        assertRefused<NansenException.Untrusted>("untrusted") { wallet.addTrust(Publisher.first) }
        assertEquals(TrustAdded.NEW, wallet.addTrust(Publisher.pinned))
        assertEquals(TrustAdded.NEW, wallet.addTrust(Publisher.first))
        assertEquals(TrustAdded.ALREADY_HERE, wallet.addTrust(Publisher.first))

        val known = wallet.trust()
        assertEquals(listOf(facts), known.packs)
        val publisher = known.publishers.single()
        assertEquals(Triple(Publisher.NAME, 1uL, 2u), Triple(publisher.name, publisher.version, publisher.threshold))
        assertEquals(2, publisher.keys.size)
        val signer = ListSigner.Publisher(Publisher.NAME)
        val lists = (known.trustLists + known.verifierLists).map { Triple(it.id, it.signer, it.entries) }
        assertEquals(listOf(Triple("npl.issuers", signer, 1uL), Triple("npl.verifiers", signer, 1uL)), lists)
        // With the status of what the school issued, notes, contacts and names.
        assertEquals(6u, facts.items)
        assertEquals(listOf("MYS", "QAT"), known.countries.sorted())
        assertEquals(day(0), known.latestSignedTime)

        wallet.lock()
        wallet.unlock(pin())
        assertEquals(known.packs, wallet.trust().packs)
        assertNull(wallet.trust().damage)
    }

    @Test
    fun `a pack is handed on by codes, and its next version as what has changed`() = withWallet { wallet ->
        wallet.goByPublisher()
        assertNull(wallet.handOn(Publisher.NAME, "another"))
        val handed = checkNotNull(wallet.handOn(Publisher.NAME, Publisher.PACK))
        assertEquals(MessageKind.PACK, handed.kind)
        val texts = handed.codes(SCREEN_CODES.copy(versionMax = 10u))
        assertTrue(texts.size > 2)
        val received = QrCollector().use { collector ->
            texts.drop(1).plus(texts.first()).firstNotNullOf { (collector.feed(it) as? Scan.Complete)?.message }
        }
        val item = checkNotNull(received.trustItem())
        Verifier.create("Gate 3").use { verifier ->
            assertRefused<NansenException.Untrusted>("untrusted") { verifier.addTrust(item) }
            verifier.addTrust(Publisher.pinned)
            assertEquals(TrustAdded.NEW, verifier.addTrust(item))

            assertTrue(Publisher.delta.facts().isDelta)
            assertTrue(Publisher.delta.bytes.size < Publisher.second.bytes.size)
            assertEquals(TrustAdded.REPLACED, verifier.addTrust(Publisher.delta))
            val known = verifier.trust()
            assertEquals(2uL to 2uL, known.packs.single().version to known.publishers.single().version)
            assertRefused<NansenException.Outdated>("outdated") { verifier.addTrust(item) }
            // It goes on whole from there, to phones that have nothing yet.
            val whole = checkNotNull(verifier.handOn(Publisher.NAME, Publisher.PACK))
            assertFalse(TrustItem.Pack(whole.bytes).facts().isDelta)
        }
        Verifier.create("Gate 4").use { verifier ->
            verifier.addTrust(Publisher.pinned)
            assertRefused<NansenException.BuildsOnOther>("builds_on_other") { verifier.addTrust(Publisher.delta) }
        }
    }

    @Test
    fun `only scanned lists and packs are something to trust`() {
        val bytes = byteArrayOf(1)
        val items = MessageKind.entries.associateWith { Message(it, bytes).trustItem() }.filterValues { it != null }
        assertEquals(setOf(MessageKind.TRUST_LIST, MessageKind.STATUS_LIST, MessageKind.PACK), items.keys)
        assertTrue(items[MessageKind.PACK] is TrustItem.Pack)
    }

    @Test
    fun `a publisher changes by its quorum, and nobody takes its name`() = withWallet { wallet ->
        wallet.goByPublisher()
        val short = assertRefused<NansenException.TooFewSignatures>("too_few_signatures") {
            wallet.addTrust(TrustItem.Rotations(listOf(Publisher.halfSigned)))
        }
        assertEquals(1u to 2u, short.valid to short.threshold)
        assertEquals(TrustAdded.REPLACED, wallet.addTrust(TrustItem.Rotations(listOf(Publisher.rotation))))
        assertEquals(2uL, wallet.trust().publishers.single().version)
        assertRefused<NansenException.PublisherHeld>("publisher_held") { wallet.addTrust(Publisher.impostor) }
        val (mine, other) = listOf(Publisher.pinned, Publisher.impostor).map { it as TrustItem.Publisher }
        Verifier.create("Gate 3").use { verifier ->
            assertRefused<NansenException.Untrusted>("untrusted") { verifier.addTrust(mine.copy(pin = other.pin)) }
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { verifier.addTrust(mine.copy(pin = ByteArray(31))) }
        }
        val changed = Publisher.first.bytes.copyOf().apply { this[size / 2] = (this[size / 2] + 1).toByte() }
        assertTrue(runCatching { wallet.addTrust(TrustItem.Pack(changed)) }.exceptionOrNull() is NansenException)
    }

    @Test
    fun `what is trusted no more is gone, with all that it vouched for`() = withWallet { wallet ->
        wallet.goByPublisher()
        wallet.trustTheDesk()
        val known = wallet.trust()
        val desk = known.roots.single()
        val ownList = TrustName.List(ListSigner.Key(desk), known.trustLists.single { it.signer is ListSigner.Key }.id)
        val inPack = TrustName.List(ListSigner.Publisher(Publisher.NAME), "npl.issuers")
        assertFalse(wallet.removeTrust(inPack))
        for (name in listOf(ownList, TrustName.Pack(Publisher.NAME, Publisher.PACK))) {
            assertTrue(wallet.removeTrust(name), "$name")
            assertFalse(wallet.removeTrust(name), "$name")
        }
        assertEquals(emptyList<ListFacts>(), wallet.trust().trustLists)
        assertTrue(wallet.removeTrust(TrustName.Publisher(Publisher.NAME)))
        assertTrue(wallet.removeTrust(TrustName.Root(desk)))
        wallet.lock()
        wallet.unlock(pin())
        val left = wallet.trust()
        assertEquals(0, left.roots.size + left.publishers.size + left.packs.size)

        Verifier.create("Gate 3", trust = known.stored).use { verifier ->
            assertArrayEquals(desk, verifier.trust().roots.single())
            assertTrue(verifier.removeTrust(TrustName.Publisher(Publisher.NAME)))
            assertEquals(0, verifier.trust().packs.size)
            assertRefused<NansenException.Malformed>("malformed") { verifier.removeTrust(TrustName.Root(ByteArray(5))) }
        }
    }

    @Test
    fun `types and claims have names in the language of the person`() = withWallet { wallet ->
        assertNull(wallet.typeNames(Publisher.TYPE, "ne"))
        wallet.goByPublisher()
        val names = checkNotNull(wallet.typeNames(Publisher.TYPE, "ne"))
        assertEquals("सीप प्रमाणपत्र", names.name)
        assertEquals(listOf("family_name" to "थर"), names.claims.map { it.path to it.name })
        assertEquals("Skills certificate", wallet.typeNames(Publisher.TYPE, "fr")?.name)
        assertNull(wallet.typeNames("urn:nansen:other:1", "ne"))
        Verifier.create("Gate 3").use { verifier ->
            verifier.goByPublisher()
            assertEquals(names, verifier.typeNames(Publisher.TYPE, "ne"))
        }
    }

    @Test
    fun `notes are found by country, topic and words, and the nearest come first`() = withWallet { wallet ->
        wallet.goByPublisher()
        suspend fun search(country: String? = "QAT", topic: String? = null, words: String = "", near: Position? = null) =
            wallet.searchNotes(Search("en", country, topic, words, near), day(100))

        val here = search(near = Position(25.9, 51.5))
        assertEquals(listOf("Passports", "Heat rules"), here.notes.map { it.title })
        assertEquals(0u, here.notes.first().source.metres)
        assertEquals(listOf("Heat rules", "Passports"), search(near = Position(25.2, 51.5)).notes.map { it.title })
        val desk = here.contacts.single()
        assertEquals("Help desk" to listOf("tel:+97440000000"), desk.name to desk.channels)
        assertNull(desk.source.metres)
        // What is overdue is found, and says so.
        val source = here.notes.first().source
        assertEquals(Publisher.NAME to "QAT", source.publisher to source.country)
        assertEquals(100L * DAY to 10L * DAY, source.age to source.overdueBy)

        assertEquals(listOf("Heat rules"), search(words = "OUTDOOR work").notes.map { it.title })
        assertEquals(listOf("Wages"), search(country = null, topic = "wages").notes.map { it.title })
        assertEquals(0, search(country = "NPL").run { notes.size + contacts.size })
        for (nowhere in listOf(Position(Double.NaN, 0.0), Position(90.1, 0.0), Position(0.0, Double.POSITIVE_INFINITY))) {
            assertRefused<NansenException.Malformed>("malformed") { search(near = nowhere) }
        }
        wallet.lock()
        assertRefused<NansenException.Locked>("locked") { search() }
    }

    private companion object {
        const val DAY = 86_400L
    }
}
