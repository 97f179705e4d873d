package org.nansen

import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What an app is for, from an empty phone to a verdict. */
internal class JourneyTest {
    @Test
    fun `a wallet is created, locked, unlocked, filled, and answers a request that a verifier finds valid`() =
        inFolder { folder ->
            val file = folder.resolve("vault.nansen")
            Wallet.create(file, pin(), CHEAP).run {
                assertTrue(recoveryCode.isNotEmpty())
                wallet.close()
            }
            Wallet.open(file).use { wallet ->
                assertEquals(WalletState.LOCKED, wallet.state())
                wallet.unlock(pin())

                wallet.trustTheDesk()
                val imported = wallet.importCredential(Desk.issue(wallet.newDeviceKey()))
                assertEquals(IssuerStanding.TRUSTED, imported.issuer)

                val scan = ByteArray(700_000) { (it % 251).toByte() }
                val document = wallet.addDocument(
                    NewDocument("Certificate", "image/jpeg", listOf("work")),
                    scan.inputStream(),
                )
                wallet.readDocument(document).use { reader ->
                    assertArrayEquals(scan, reader.inputStream().readBytes())
                }

                val held = wallet.contents().credentials.single()
                assertEquals(imported.id, held.id)
                assertEquals("Skills Board", held.issuer)
                assertTrue(held.state is CredentialState.Good, "${held.state}")
                assertEquals(KeyPlace.Vault, wallet.show(held.id).key)

                verifier().use { verifier ->
                    val request = verifier.request(QUERY, "Check your trade")
                    val asked = carry(request.message)
                    assertEquals(MessageKind.REQUEST, asked.kind)

                    val answer = wallet.beginAnswer(asked).use { session ->
                        val consent = checkNotNull(session.consent)
                        assertEquals("Site office", consent.name)
                        assertEquals("Check your trade", consent.purpose)
                        assertEquals(VerifierStanding.Unknown, consent.verifier)
                        assertTrue(consent.isSatisfiable)
                        session.answer(consent.everything())
                    }

                    val checked = verifier.checkAnswer(request, carry(answer))
                    assertTrue(checked.isComplete)
                    val report = checked.credentials.single().report
                    assertEquals(Verdict.VALID, report.verdict, report.reason)
                    val shown = (report.shown as Shown.Verified).presented
                    assertEquals("Welder", shown.claims.text("qualification"))
                    assertEquals("Gurung", shown.claims.text("family_name"))
                    // What nobody asked for was not shown.
                    assertEquals(null, shown.claims.text("given_name"))
                }
                assertEquals("Site office", wallet.history().entries.single().name)
            }
        }

    @Test
    fun `a device key in hardware signs the answer`() = withWallet { wallet ->
        val keystore = FakeKeystore()
        wallet.trustTheDesk()
        val key = wallet.newDeviceKey(keystore.create("welder"))
        val credential = wallet.importCredential(Desk.issue(key)).id
        val place = wallet.show(credential).key as KeyPlace.Hardware
        assertEquals("welder", place.handle.decodeToString())

        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            val answer = wallet.beginAnswer(request.message).use { session ->
                session.answer(session.consent!!.everything()) { task ->
                    keystore.sign(task.handle, task.bytes)
                }
            }
            val report = verifier.checkAnswer(request, answer).credentials.single().report
            assertEquals(Verdict.VALID, report.verdict, report.reason)
        }
    }

    @Test
    fun `what is shown to nobody in particular is never called valid`() = withWallet { wallet ->
        val credential = wallet.takeInWelder()
        val occasion = Occasion.Unasked(credential, listOf("qualification"), 300u)
        val message = wallet.begin(occasion).use { it.answer(emptyList()) }
        assertEquals(MessageKind.PRESENTATION, message.kind)
        verifier().use { verifier ->
            val report = verifier.checkUnasked(message)
            assertEquals(Verdict.UNDETERMINED, report.verdict)
            val shown = report.shown as Shown.Unverified
            assertEquals("Welder", shown.presented.claims.text("qualification"))
        }
    }

    @Test
    fun `a request outlives the process that made it`() = withWallet { wallet ->
        wallet.takeInWelder()
        val request = verifier().use { it.request(QUERY, "Check your trade") }
        verifier().use { verifier ->
            val stored = request.stored.copyOf()
            val again = verifier.reopen(request.stored)
            assertEquals(request.id, again.id)
            // It is the record's, not the call's.
            assertArrayEquals(stored, request.stored)
            val answer = wallet.beginAnswer(request.message).use { session ->
                session.answer(session.consent!!.everything())
            }
            assertTrue(verifier.checkAnswer(again, answer).isComplete)
        }
    }

    @Test
    fun `a verifier keeps its key and what it trusts`() = withWallet { wallet ->
        wallet.takeInWelder()
        val (key, trust) = verifier().use { it.secretKey() to it.trust().stored }
        Verifier.create("Site office", key, trust).use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            val answer = wallet.beginAnswer(request.message).use { session ->
                session.answer(session.consent!!.everything())
            }
            assertTrue(verifier.checkAnswer(request, answer).isComplete)
        }
        assertArrayEquals(ByteArray(key.size), key)
    }

    /** From one phone to another, by the texts of small codes, some of which the camera misses. */
    private suspend fun carry(message: Message): Message = QrCollector().use { collector ->
        val options = SCREEN_CODES.copy(versionMax = 8u)
        val texts = message.codes(options)
        assertTrue(texts.size > 2)
        assertEquals(texts.size, message.frames(options, FRAME_DURATION / 100).take(texts.size).toList().size)
        for (text in texts.drop(1) + texts.first()) {
            val scan = collector.feed(text)
            if (scan is Scan.Complete) {
                return scan.message
            }
        }
        error("the frames did not complete the message")
    }

    private fun List<Claim>.text(path: String): String? =
        (find { it.path == path }?.value as? ClaimValue.Text)?.value
}
