package org.nansen

import java.io.File
import kotlin.time.Clock
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Wrong use, and what other phones and files may hold, each refused by its name. */
internal class RefusalTest {
    @Test
    fun `a request is answered once, and its answer is taken once`() = withWallet { wallet ->
        wallet.takeInWelder()
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            wallet.beginAnswer(request.message).use { session ->
                assertRefused<NansenException.NothingPrepared>("nothing_prepared") { session.complete() }
                val choice = session.consent!!.everything()
                val answer = session.answer(choice)
                assertRefused<NansenException.AlreadyAnswered>("already_answered") { session.prepare(choice) }
                assertRefused<NansenException.AlreadyAnswered>("already_answered") { session.complete() }

                assertEquals(Verdict.VALID, verifier.checkAnswer(request, answer).credentials.single().report.verdict)
                assertRefused<NansenException.AlreadyAnswered>("already_answered") {
                    verifier.checkAnswer(request, answer)
                }
            }
        }
    }

    @Test
    fun `a signature from the wrong key is refused, and the right one still completes`() = withWallet { wallet ->
        val keystore = FakeKeystore()
        wallet.trustTheDesk()
        wallet.importCredential(Desk.issue(wallet.newDeviceKey(keystore.create("right"))))
        keystore.create("wrong")
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            wallet.beginAnswer(request.message).use { session ->
                val task = session.prepare(session.consent!!.everything()).single()
                val wrong = listOf(
                    keystore.sign("wrong".toByteArray(), task.bytes),
                    keystore.sign(task.handle, task.bytes + 0),
                    HardwareAnswer.Done(ByteArray(0)),
                    HardwareAnswer.Done(ByteArray(64)),
                    HardwareAnswer.Done(ByteArray(100_000)),
                )
                for (answer in wrong) {
                    val refused = assertRefused<NansenException.WrongDeviceSignature>("wrong_device_signature") {
                        session.complete(listOf(answer))
                    }
                    assertEquals(0u, refused.place)
                }
                assertRefused<NansenException.AnswerCount>("answer_count") { session.complete() }
                for ((code, refusal) in FakeKeystore.REFUSALS) {
                    assertRefused<NansenException.Hardware>(code) { session.complete(listOf(refusal)) }
                }
                val answer = session.complete(listOf(keystore.sign(task.handle, task.bytes)))
                assertTrue(verifier.checkAnswer(request, answer).isComplete)
            }
        }
    }

    @Test
    fun `a choice must go with the request`() = withWallet { wallet ->
        wallet.takeInWelder()
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            wallet.beginAnswer(request.message).use { session ->
                val right = session.consent!!.everything().single()
                val wrong = mapOf(
                    ChoiceProblem.NOTHING to emptyList(),
                    ChoiceProblem.NOT_A_CANDIDATE to listOf(right.copy(credential = "00".repeat(16))),
                    ChoiceProblem.NOT_ASKED to listOf(right.copy(claims = right.claims + "eqf_level")),
                    ChoiceProblem.CLAIM_REQUIRED to listOf(right.copy(claims = emptyList())),
                    ChoiceProblem.ONLY_ONE to listOf(right, right),
                )
                for ((problem, choice) in wrong) {
                    val code = "choice.${problem.name.lowercase()}"
                    assertRefused<NansenException.Choice>(code) { session.prepare(choice) }
                }
            }
        }
    }

    @Test
    fun `an answer to another request is refused and leaves this one open`() = withWallet { wallet ->
        wallet.takeInWelder()
        verifier().use { verifier ->
            val first = verifier.request(QUERY, "Check your trade")
            val second = verifier.request(QUERY, "Check your trade")
            val answer = wallet.beginAnswer(first.message).use { it.answer(it.consent!!.everything()) }
            assertRefused<NansenException.NotForThisRequest>("not_for_this_request") {
                verifier.checkAnswer(second, answer)
            }
            val changed = answer.copy(bytes = answer.bytes.copyOf().apply { this[size / 2] = (this[size / 2] + 1).toByte() })
            assertRefused<NansenException.NotForThisRequest>("not_for_this_request") {
                verifier.checkAnswer(first, changed)
            }
            assertTrue(verifier.checkAnswer(first, answer).isComplete)
            assertRefused<NansenException.NoSuchRequest>("no_such_request") {
                verifier.checkAnswer(first.copy(id = "00".repeat(32)), answer)
            }
        }
    }

    @Test
    fun `a request has its time`() = withWallet { wallet ->
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            val occasion = Occasion.Request(request.message)
            val yesterday = Clock.System.now() - 1.days
            val late = assertRefused<NansenException.RequestExpired>("request.expired") {
                wallet.begin(occasion, Clock.System.now() + 1.days)
            }
            assertEquals(request.expiresAt, late.at)
            assertRefused<NansenException.RequestFromFuture>("request.from_future") {
                wallet.begin(occasion, yesterday)
            }
            wallet.begin(occasion, request.expiresAt - 1.seconds).close()
            // A list that was signed today tells whose clock it is that is wrong.
            wallet.takeInWelder()
            wallet.begin(occasion, yesterday).use { session ->
                assertTrue(session.consent!!.clockDoubt is ClockDoubt.Behind)
            }
        }
    }

    @Test
    fun `a credential comes in once, and only to its own phone`() = withWallet { wallet ->
        wallet.trustTheDesk()
        val bytes = Desk.issue(wallet.newDeviceKey())
        assertRefused<NansenException.OtherPhone>("other_phone") {
            wallet.importCredential(Desk.foreignCredential)
        }
        assertRefused<NansenException.BadSignature>("bad_signature") {
            wallet.importCredential(bytes.copyOf().apply { this[lastIndex] = (this[lastIndex] + 1).toByte() })
        }
        val id = wallet.importCredential(bytes).id
        val refused = assertRefused<NansenException.AlreadyHeld>("already_held") { wallet.importCredential(bytes) }
        assertEquals(id, refused.id)
        wallet.delete(id)
        assertRefused<NansenException.NoSuchRecord>("no_such_record") { wallet.show(id) }
    }

    @Test
    fun `lists come from those who are trusted`() = withWallet { wallet ->
        assertRefused<NansenException.Untrusted>("untrusted") { wallet.addTrust(Desk.trustList) }
        assertRefused<NansenException.Untrusted>("untrusted") { wallet.addTrust(Desk.statusList) }
    }

    @Test
    fun `arrays beyond their limits are refused before anything is done with them`() = withWallet { wallet ->
        val huge = ByteArray(8 shl 20)
        val uses = listOf<suspend () -> Unit>(
            { wallet.importCredential(huge) },
            { wallet.addTrust(TrustItem.TrustList(huge)) },
            { wallet.addTrust(TrustItem.StatusList(huge)) },
            { wallet.addTrust(TrustItem.Root(huge)) },
            { wallet.addTrust(TrustItem.VerifierList(huge)) },
            { wallet.addTrust(TrustItem.Pack(huge)) },
            { wallet.addTrust(TrustItem.Publisher(huge, huge)) },
            { wallet.goByPublisher(TrustItem.Rotations(listOf(huge))) },
            { TrustItem.Pack(huge).facts() },
            { Receipt.read(huge) },
            { wallet.searchNotes(Search("en", words = "x".repeat(8 shl 20), near = Position(91.0, 0.0))) },
            { wallet.begin(Occasion.Request(Message(MessageKind.REQUEST, huge))) },
            { wallet.addWay(Unlock.Passphrase(huge.copyOf()), NewWay.RecoveryCode) },
            { wallet.contents(search = "x".repeat(1 shl 20)) },
            { Message(MessageKind.FILE, huge).codes() },
            { Verifier.create("x".repeat(1 shl 20)).use { it.request(QUERY, "Check") } },
            { Verifier.create("x").use { it.request("x".repeat(8 shl 20), "Check") } },
            { Verifier.create("x").use { it.request(QUERY, "x".repeat(1 shl 20)) } },
            { Verifier.create("x", trust = huge).close() },
            { Verifier.create("x", key = huge.copyOf()).close() },
            { verifier().use { it.checkUnasked(Message(MessageKind.PRESENTATION, huge)) } },
        )
        for ((place, use) in uses.withIndex()) {
            val failure = runCatching { use() }.exceptionOrNull()
            assertTrue(failure is NansenException && failure !is NansenException.Defect, "use $place: $failure")
        }
    }

    @Test
    fun `empty texts and arrays are refused by name or taken as empty`() = withWallet { wallet ->
        val uses = listOf<suspend () -> Unit>(
            { wallet.importCredential(ByteArray(0)) },
            { wallet.show("") },
            { wallet.addTrust(TrustItem.Root(ByteArray(0))) },
            { wallet.addTrust(TrustItem.TrustList(ByteArray(0))) },
            { wallet.addTrust(TrustItem.Pack(ByteArray(0))) },
            { wallet.addTrust(TrustItem.Publisher(ByteArray(0), ByteArray(0))) },
            { TrustItem.Pack(ByteArray(0)).facts() },
            { Receipt.read(ByteArray(0)) },
            { wallet.begin(Occasion.Request(Message(MessageKind.REQUEST, ByteArray(0)))) },
            { wallet.addWay(Unlock.Passphrase(ByteArray(0)), NewWay.RecoveryCode) },
            { wallet.addWay(Unlock.RecoveryCode(ByteArray(0)), NewWay.RecoveryCode) },
            { Verifier.create("x").use { it.request("", "Check") } },
            { Verifier.create("x", key = ByteArray(0)).close() },
        )
        for ((place, use) in uses.withIndex()) {
            val failure = runCatching { use() }.exceptionOrNull()
            assertTrue(failure is NansenException, "use $place: $failure")
        }
        assertEquals(0, wallet.contents(search = "").credentials.size)
        wallet.addDocument(NewDocument("", ""), ByteArray(0).inputStream())
    }

    @Test
    fun `a text that no encoding has is malformed`() = withWallet { wallet ->
        val half = "half \uD83D"
        val uses = listOf<suspend () -> Unit>(
            { wallet.contents(search = half) },
            { wallet.show(half) },
            { wallet.writeDocument(NewDocument(half, "text/plain")).close() },
            { Wallet.open(File(half)).close() },
            { Wallet.create(File(half), pin(), CHEAP) },
            { Verifier.create(half).close() },
            { wallet.handOn(half, "pack") },
            { wallet.typeNames("type", half) },
            { wallet.searchNotes(Search(half)) },
            { wallet.removeTrust(TrustName.Publisher(half)) },
            { qrCode(half) },
        )
        for (use in uses) {
            assertRefused<NansenException.Malformed>("malformed", use)
        }
    }

    @Test
    fun `a time beyond the calendar and an id that is none are refused by name`() = inFolder {
        Verifier.create("Gate 3").use { verifier ->
            val message = Message(MessageKind.RESPONSE, byteArrayOf(1))
            val never = Instant.fromEpochSeconds(Long.MAX_VALUE)
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") { verifier.checkClock(never) }
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") {
                verifier.checkQueue(listOf(Queued(null, message)), now = never)
            }
            assertRefused<NansenException.Malformed>("malformed") { verifier.checkQueue(listOf(Queued("no id", message))) }
        }
    }

    @Test
    fun `no text that a camera can see is an error`() {
        QrCollector().use { collector ->
            for (text in listOf("", " ", "https://nansen.example", "\u0000", "NANSEN", "N1:", "\uD83D", "9".repeat(100_000))) {
                val scan = collector.feed(text)
                assertTrue(scan is Scan.Foreign || scan is Scan.Unreadable, "$text: $scan")
            }
        }
    }

    @Test
    fun `texts that nothing can hold are out of bounds`() = inFolder {
        QrCollector().use { collector ->
            assertTrue(collector.feed("9".repeat(1 shl 20)) is Scan.Foreign)
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") {
                collector.feed("9".repeat((1 shl 20) + 1))
            }
        }
        // What the generated code throws for a text of a gigabyte, which no test can afford.
        assertRefused<NansenException.OutOfBounds>("out_of_bounds") {
            native { throw IllegalArgumentException("capacity < 0") }
        }
    }

    @Test
    fun `a frame that is cut or changed does no harm to those that are not`() = inFolder {
        val message = Message(MessageKind.FILE, ByteArray(3_000) { it.toByte() })
        val texts = message.codes()
        assertTrue(texts.size > 3)
        QrCollector().use { collector ->
            var complete: Message? = null
            for (text in texts) {
                val cut = collector.feed(text.dropLast(3))
                assertTrue(cut is Scan.Unreadable || cut is Scan.Foreign, "$cut")
                val changed = text.replaceRange(text.length / 2, text.length / 2 + 1, if (text[text.length / 2] == 'A') "B" else "A")
                val scan = collector.feed(changed)
                assertTrue(scan is Scan.Unreadable || scan is Scan.Foreign, "$scan")
                val good = collector.feed(text)
                if (good is Scan.Complete) {
                    complete = good.message
                    break
                }
                assertTrue(good is Scan.Accepted, "$good")
                assertTrue(collector.feed(text) is Scan.Duplicate)
            }
            assertEquals(message.bytes.toList(), complete?.bytes?.toList())
        }
    }
}
