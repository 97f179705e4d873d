package org.nansen.shell.model

import java.nio.file.Files
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.nansen.ClockDoubt
import org.nansen.Message
import org.nansen.MessageKind
import org.nansen.NansenException
import org.nansen.TrustItem
import org.nansen.Verdict
import org.nansen.Verifier
import org.nansen.VerifierStanding

/** What the screens tell of packs, of who asks, of clocks, and of a day's work. */
internal class TrustModelTest {
    @Test
    fun `a pack comes in as a file, tells its notes and is handed on`() = withVault { vault, desk ->
        assertEquals(MessageKind.PACK, vault.takeIn(desk.pack(1).inputStream()))
        val notes = vault.notes("ne")
        assertNull(notes.knowledge.value)
        notes.start()
        val known = checkNotNull(notes.knowledge.value)
        assertEquals(listOf("QAT") to null, known.countries to known.doubt)
        assertEquals(Subject.entries.toSet(), known.ages.map { it.subject }.toSet())
        assertTrue(known.ages.all { it.age < 1.days && !it.isOverdue }, "${known.ages}")
        notes.search("QAT", "outdoor")
        assertEquals("Heat rules", notes.found.value?.notes?.single()?.title)
        notes.search(null, "snow")
        assertEquals(0, notes.found.value?.notes?.size)

        val handed = checkNotNull(notes.handOn(known.packs.single()))
        withVault(emptyList()) { other, _ ->
            assertRefused<NansenException.Untrusted>(Advice.NOBODY_VOUCHES) { other.takeIn(handed) }
        }
        withVault(listOf(desk.publisher)) { other, _ -> other.takeIn(handed) }
        vault.takeIn(desk.pack(2).inputStream())
        assertRefused<NansenException.Outdated>(Advice.NEWER_HERE) { vault.takeIn(handed) }
        assertRefused<NansenException.Malformed>(Advice.REFUSED) { vault.takeIn(handed.copy(bytes = ByteArray(9))) }
    }

    @Test
    fun `the consent sheet says who asks, and which claims are not theirs to ask for`() = withWelder { vault, _ ->
        suspend fun <T> asked(verifier: Verifier, look: suspend (ConsentModel) -> T): T {
            val request = verifier.use { it.request(VerifierModel.TRADE_QUERY, "Inspection") }
            return ConsentModel(vault.begin(request.message), FakeHardware()).use { look(it) }
        }
        asked(Verifier.create("Inspector", PublishingDesk.inspectorKey())) { model ->
            val asker = model.asker
            assertEquals(Standing.ASKS_TOO_MUCH, asker.standing)
            assertEquals(listOf("Labour Inspectorate", "labour inspectorate", "example.board"), listOf(asker.name, asker.role, asker.publisher))
            assertTrue(asker.isDoubtful && asker.listAge!! < 1.days)
            val candidate = model.consent.queries.single().candidates.single()
            val type = candidate.credential.credentialType
            assertEquals(listOf("family_name"), candidate.claims.map { it.path }.filter { model.isBeyondRole(type, it) })
            assertFalse(model.isBeyondRole("urn:nansen:other:1", "family_name"))
        }
        asked(Verifier.create("Labour Inspectorate")) { model ->
            assertEquals(Asker(Standing.UNKNOWN), model.asker)
            assertFalse(model.isBeyondRole("urn:nansen:skills:1", "family_name"))
        }
    }

    @Test
    fun `each standing has its own words`() {
        val known = VerifierStanding.Registered("Board", "board", "NPL", emptyList(), "example.board", 60, null, "")
        assertEquals(Asker(Standing.MAY_ASK, "Board", "board", "example.board", 60.seconds), known.asker())
        assertFalse(known.asker().isDoubtful)
        val withdrawn = VerifierStanding.KeyNotTrusted("Board").asker()
        assertEquals(Asker(Standing.KEY_NOT_TRUSTED, "Board"), withdrawn)
        assertTrue(withdrawn.isDoubtful)
        assertEquals(Asker(Standing.LISTED, "Board"), VerifierStanding.Listed("Board").asker())
    }

    @Test
    fun `a verifier counts the people of its session, and forgets them`() = withWelder { vault, _ ->
        VerifierModel(Verifier.create("Gate", trust = vault.trust())).use { gate ->
            assertNull(gate.tally.value)
            repeat(2) {
                gate.ask(VerifierModel.TRADE_QUERY, "Check your trade")
                val request = (gate.state.value as Checking.Asking).request
                val answer = ConsentModel(vault.begin(request.message), FakeHardware()).use { model ->
                    model.choose(0, model.consent.queries.single().candidates.single().credential.id)
                    model.answer()
                }
                gate.onScanned(answer)
                val report = (gate.state.value as Checking.Answered).answer.credentials.single().report
                assertEquals(Verdict.VALID, report.verdict, report.reason)
            }
            assertRefused<NansenException.Malformed>(Advice.REFUSED) {
                gate.onScanned(Message(MessageKind.PRESENTATION, byteArrayOf(1)))
            }
            assertEquals(2uL to 1uL, gate.tally.value?.run { valid to unreadable })
            assertEquals(4, gate.knowledge.value?.ages?.size)
            gate.endSession()
            val left = (gate.state.value as Checking.Ended).counts
            assertEquals(0uL to 0uL, left.valid to left.unreadable)
            assertNull(gate.tally.value)
        }
    }

    @Test
    fun `a clock that is behind a signed time is doubted, and ages do not shrink by it`() = withWelder { vault, desk ->
        VerifierModel(Verifier.create("Gate", trust = vault.trust())).use { gate ->
            gate.ask(VerifierModel.TRADE_QUERY, "Check your trade")
            assertNull(gate.knowledge.value?.doubt)
            gate.onScanned(Message(MessageKind.STATUS_LIST, desk.statusList()))
            // A pack of a year from now: so it is this phone's clock that stands still.
            gate.onScanned(Message(MessageKind.PACK, desk.pack(2, fromNow = 400.days)))
            val known = checkNotNull(gate.knowledge.value)
            assertTrue((known.doubt as ClockDoubt.Behind).seconds.seconds > 399.days)
            // The issuer's own list is old; the pack has a newer word on the same.
            val status = known.ages.first { it.subject == Subject.STATUS }
            assertTrue(status.age > 399.days, "$status")
            assertEquals(status, known.ages.first())
            assertTrue(gate.state.value is Checking.Asking)
        }
    }

    private fun withWelder(test: suspend (VaultModel, PublishingDesk) -> Unit) = withVault { vault, desk ->
        vault.takeIn(desk.pack(1).inputStream())
        val credential = desk.issue(vault.newDeviceKey(FakeHardware(hasKeys = false)))
        assertEquals(MessageKind.FILE, vault.takeIn(credential.inputStream()))
        test(vault, desk)
    }

    /** A vault that goes by the desk, or by those who are given. */
    private fun withVault(trusted: List<TrustItem>? = null, test: suspend (VaultModel, PublishingDesk) -> Unit) {
        val folder = Files.createTempDirectory("nansen-shell").toFile()
        try {
            runBlocking {
                val desk = PublishingDesk(folder)
                val vault = VaultModel(folder.resolve("vault.nansen"), trusted ?: listOf(desk.publisher))
                vault.start()
                vault.create("246810".toByteArray())
                vault.codeWritten()
                test(vault, desk)
            }
        } finally {
            folder.deleteRecursively()
        }
    }

    private inline fun <reified Failure : NansenException> assertRefused(advised: Advice, work: () -> Unit) {
        val failure = try {
            work()
            null
        } catch (failure: NansenException) {
            failure
        }
        assertTrue(failure is Failure, "expected ${Failure::class.simpleName}, got $failure")
        assertEquals(advised, advice(failure!!))
    }
}
