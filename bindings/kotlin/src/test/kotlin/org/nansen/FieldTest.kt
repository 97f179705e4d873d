package org.nansen

import kotlin.time.Duration.Companion.days
import kotlin.time.Instant
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Who asks, and what those who check far from any network can tell and keep. */
internal class FieldTest {
    @Test
    fun `a holder is told who asks, and what goes beyond their role`() = withWelder { wallet ->
        suspend fun standing(verifier: Verifier, query: String): VerifierStanding {
            val request = verifier.request(query, "Inspection", day(5))
            return wallet.begin(Occasion.Request(request.message), day(5)).use { it.consent!!.verifier }
        }
        Publisher.inspector().use { inspector ->
            assertEquals(Publisher.INSPECTOR_PUBLIC, inspector.publicKey().toHexString())
            val known = standing(inspector, QUERY) as VerifierStanding.Registered
            assertEquals(Triple("Labour Inspectorate", "labour_inspectorate", "NPL"), Triple(known.name, known.role, known.country))
            assertEquals(Publisher.NAME to 5.days.inWholeSeconds, known.publisher to known.listAge)
            assertNull(known.listOverdueBy)
            assertEquals(emptyList<Beyond>(), known.beyond)

            val curious = standing(inspector, CURIOUS_QUERY) as VerifierStanding.Registered
            assertEquals(listOf(Beyond(Publisher.TYPE, "given_name")), curious.beyond)
            assertTrue("given_name" in curious.sentence, curious.sentence)

            // A key that the publisher withdrew may be in anybody's hands.
            wallet.addTrust(Publisher.delta)
            assertEquals(VerifierStanding.KeyNotTrusted("Labour Inspectorate"), standing(inspector, QUERY))
        }
        Verifier.create("Labour Inspectorate").use { stranger ->
            assertEquals(VerifierStanding.Unknown, standing(stranger, QUERY))
        }
    }

    @Test
    fun `an old status is accepted, warned of or refused, and the report says which`() = withWelder { wallet ->
        val expected = mapOf(
            OldStatus.ACCEPT to Verdict.VALID,
            OldStatus.WARN to Verdict.UNDETERMINED,
            OldStatus.REFUSE to Verdict.INVALID,
        )
        for ((policy, verdict) in expected) {
            Publisher.inspector(policy).use { verifier ->
                verifier.goByPublisher()
                val request = verifier.request(QUERY, "Inspection", day(95))
                val report = verifier.checkAnswer(request, wallet.answer(request, day(95)), day(95)).credentials.single().report
                assertEquals(verdict, report.verdict, report.reason)
                assertEquals(95.days.inWholeSeconds to policy, report.statusAge to report.statusPolicy?.beyond)
                assertTrue(report.spoken.split(' ').size in 1..4, report.spoken)
                val status = report.checks.single { it.check == Check.STATUS }
                assertEquals(verdict == Verdict.VALID, status.spoken.isEmpty())
                val presented = when (val shown = report.shown) {
                    is Shown.Verified -> shown.presented
                    is Shown.Unverified -> shown.presented
                    is Shown.Nothing -> error("the issuer signed it")
                }
                assertTrue(presented.legalText.isNotEmpty() && presented.assuranceText.isNotEmpty())
            }
        }
    }

    @Test
    fun `a clock is doubted in both directions, and ages are reckoned without it`() = withWelder { wallet ->
        Verifier.create("Gate 3").use { verifier ->
            verifier.goByPublisher()
            suspend fun check(now: Instant): TimeFacts = wallet.checkClock(now).also { assertEquals(it, verifier.checkClock(now)) }

            assertEquals(TimeFacts(null, day(3)), check(day(3)))
            val behind = check(Instant.fromEpochSeconds(0))
            assertEquals(ClockDoubt.Behind(day(0).epochSeconds) to day(0), behind.doubt to behind.reckoned)
            val ahead = check(Instant.fromEpochSeconds(4_102_444_800))
            assertTrue(ahead.doubt is ClockDoubt.Ahead, "${ahead.doubt}")
            assertEquals(day(0), ahead.reckoned)

            // A holder whose clock says 1970 can answer all the same, and is told.
            val request = verifier.request(QUERY, "Inspection", day(3))
            wallet.begin(Occasion.Request(request.message), Instant.fromEpochSeconds(0)).use { session ->
                assertNotNull(session.consent!!.clockDoubt)
            }
            wallet.begin(Occasion.Request(request.message), day(3)).use { assertNull(it.consent!!.clockDoubt) }
        }
    }

    @Test
    fun `a receipt holds what was kept, is refused when altered, and ends with the session`() = withWelder { wallet ->
        Publisher.inspector().use { verifier ->
            verifier.goByPublisher()
            val request = verifier.request(QUERY, "Inspection", day(5))
            val report = verifier.checkAnswer(request, wallet.answer(request, day(5)), day(5)).credentials.single().report
            val bytes = verifier.receipt(report, "Site 12", keep = listOf("qualification"))
            val receipt = Receipt.read(bytes)
            assertEquals("valid" to "Site 12", receipt.verdict to receipt.purpose)
            // Of the latest signed time, the day alone.
            val today = Instant.fromEpochSeconds(day(0).epochSeconds / 86_400 * 86_400)
            assertEquals(Triple("Labour Inspectorate", day(5), today), Triple(receipt.name, receipt.checkedAt, receipt.latestSignedTime))
            assertEquals(Check.entries.size, receipt.checks.size)
            assertEquals(listOf("qualification"), receipt.claims.map { it.path })
            assertEquals(Publisher.TYPE to "npl.issuers", receipt.credentialType to receipt.list)
            assertEquals(0, Receipt.read(verifier.receipt(report, "Site 12")).claims.size)

            for (place in bytes.indices) {
                val altered = bytes.copyOf().apply { this[place] = (this[place] + 1).toByte() }
                val refused = runCatching { Receipt.read(altered) }.exceptionOrNull()
                assertTrue(refused is NansenException, "byte $place: $refused")
            }
            assertRefused<NansenException.BadSignature>("bad_signature") {
                Receipt.read(bytes.copyOf().apply { this[lastIndex] = (this[lastIndex] + 1).toByte() })
            }
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { verifier.receipt(report, "x".repeat(100_000)) }

            verifier.endSession(1u)
            assertRefused<NansenException.Ended>("ended") { verifier.receipt(report, "Site 12") }
            assertEquals(1, verifier.trust().packs.size)
        }
    }

    @Test
    fun `a queue is checked, counted and forgotten`() = withWelder { wallet ->
        Publisher.inspector().use { verifier ->
            verifier.goByPublisher()
            val requests = List(2) { verifier.request(QUERY, "Inspection", day(1)) }
            val answers = requests.map { Queued(it.id, wallet.answer(it, day(1))) }
            val recording = Queued(null, wallet.recording())
            val noise = Queued(null, Message(MessageKind.PRINTABLE, byteArrayOf(1, 2, 3)))
            // A second answer to the first request, an answer to nothing, a recording, and noise.
            val queue = answers + answers.first() + answers.first().copy(request = "00".repeat(32)) + recording + noise
            val outcomes = verifier.checkQueue(queue, threads = 2, now = day(1))
            assertEquals(
                listOf("complete", "complete", "no_such_request", "no_such_request", "UNDETERMINED", "malformed"),
                outcomes.map { told(it) },
            )
            val tally = verifier.tally()
            assertEquals(listOf(2uL, 0uL, 1uL, 1uL), listOf(tally.valid, tally.invalid, tally.undetermined, tally.unreadable))
            assertEquals(listOf(Count("not_bound_to_this_meeting", 1u)), tally.reasons)
            assertEquals(listOf(Count(Publisher.TYPE, 3u)), tally.types)
            assertRefused<NansenException.AlreadyAnswered>("already_answered") {
                verifier.checkAnswer(requests.first(), answers.first().message, day(1))
            }

            // A second answer is not counted, and counts of one are rounded away.
            assertEquals(tally, verifier.tally())
            val rounded = verifier.endSession(2u)
            assertEquals(listOf(2uL, 0uL, 0uL), listOf(rounded.valid, rounded.undetermined, rounded.unreadable))
            assertEquals(0uL, verifier.tally().valid)
            assertRefused<NansenException.NoSuchRequest>("no_such_request") {
                verifier.checkAnswer(requests.first(), answers.first().message, day(1))
            }
        }
    }

    @Test
    fun `a long queue tells how far it is, and keeps its order`() = withWelder { wallet ->
        Publisher.inspector().use { verifier ->
            verifier.goByPublisher()
            val recording = Queued(null, wallet.recording())
            val noise = Queued(null, Message(MessageKind.PRESENTATION, byteArrayOf(1)))
            val queue = List(300) { if (it % 7 == 3) noise else recording }
            val steps = mutableListOf<Int>()
            val outcomes = verifier.checkQueue(queue, now = day(1)) { steps += it }
            assertEquals(queue.map { it === noise }, outcomes.map { it is QueueOutcome.Refused })
            assertTrue(steps.size > 1 && steps == steps.sorted() && steps.last() == queue.size, "$steps")
            val noises = queue.count { it === noise }
            assertEquals((300 - noises).toULong() to noises.toULong(), verifier.tally().run { undetermined to unreadable })
            assertEquals(emptyList<QueueOutcome>(), verifier.checkQueue(emptyList()))

            // Whoever leaves the screen in between has what was checked counted, and no more.
            verifier.endSession(1u)
            coroutineScope {
                launch { verifier.checkQueue(queue, now = day(1)) { coroutineContext.cancel() } }
            }
            assertEquals(steps.first().toULong(), verifier.tally().run { undetermined + unreadable })
        }
    }

    private suspend fun Wallet.recording(): Message {
        val credential = contents(now = day(1)).credentials.single().id
        return begin(Occasion.Unasked(credential, listOf("qualification"), 600u), day(1)).use { it.answer(emptyList(), day(1)) }
    }

    private fun told(outcome: QueueOutcome): String = when (outcome) {
        is QueueOutcome.Answered -> if (outcome.answer.isComplete) "complete" else "incomplete"
        is QueueOutcome.Alone -> outcome.report.verdict.name
        is QueueOutcome.Refused -> outcome.error.code
    }

    private companion object {
        /** Asks for the first name too, which is not the inspectorate's to ask for. */
        val CURIOUS_QUERY = QUERY.replace("""{"path": ["family_name"]}""", """{"path": ["family_name"]}, {"path": ["given_name"]}""")
    }
}
