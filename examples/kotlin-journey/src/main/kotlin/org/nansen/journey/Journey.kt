/**
 * From an empty phone to a verdict, on the console: two phones, a desk that issues, and no
 * network. What is printed is what each person would see.
 */
package org.nansen.journey

import java.io.File
import java.nio.file.Files
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.nansen.BackupKey
import org.nansen.ChosenCredential
import org.nansen.ClaimValue
import org.nansen.Consent
import org.nansen.Message
import org.nansen.NansenException
import org.nansen.NewDocument
import org.nansen.Occasion
import org.nansen.Presented
import org.nansen.QrCollector
import org.nansen.Receipt
import org.nansen.RestoreOutcome
import org.nansen.RestoredKind
import org.nansen.SCREEN_CODES
import org.nansen.Scan
import org.nansen.Shown
import org.nansen.Verdict
import org.nansen.Verifier
import org.nansen.VerifierStanding
import org.nansen.Wallet
import org.nansen.codes
import org.nansen.endSession
import org.nansen.frames
import org.nansen.isRetryable
import org.nansen.newBackupCode
import org.nansen.read
import org.nansen.receipt
import org.nansen.restore
import org.nansen.toSecretBytes
import org.nansen.wipe
import org.nansen.writeBackup

public fun main() {
    val folder = Files.createTempDirectory("nansen-journey").toFile()
    try {
        runBlocking { walk(folder, Desk(folder)) }
    } finally {
        folder.deleteRecursively()
    }
}

private suspend fun walk(folder: File, desk: Desk) {
    step("Asha makes a vault with a PIN")
    val file = folder.resolve("vault.nansen")
    val (backup, code) = folder.resolve("card.backup") to newBackupCode()
    // On a phone, what the text field holds.
    val created = Wallet.create(file, charArrayOf('2', '4', '6', '8', '1', '0').toSecretBytes())
    val groups = created.recoveryCode.count { it == '-'.code.toByte() || it == ' '.code.toByte() } + 1
    say("a recovery code of $groups groups to write on paper; it is shown once")
    created.recoveryCode.wipe()
    created.wallet.use { it.lock() }

    Wallet.open(file).use { wallet ->
        step("She mistypes the PIN, and then does not")
        try {
            wallet.unlock("135791".toByteArray())
        } catch (wrong: NansenException.WrongSecret) {
            say("refused; she may try again: ${if (wrong.isRetryable) "yes" else "no"}")
        }
        wallet.unlock("246810".toByteArray())
        say("unlocked")

        step("A desk issues her a credential, bound to a key that her phone just made")
        desk.trusted().forEach { wallet.addTrust(it) }
        val imported = wallet.importCredential(desk.issue(wallet.newDeviceKey()))
        val held = wallet.show(imported.id)
        say("issued by ${held.summary.issuer}, which the trust list names")
        say(held.presented)

        step("She scans the paper certificate into the vault")
        val scan = ByteArray(1_500_000) { (it * 31 % 253).toByte() }
        val document = NewDocument("Welding certificate", "image/jpeg", listOf("work"))
        wallet.addDocument(document, scan.inputStream())
        say("${scan.size} bytes, sealed piece by piece")

        step("At the gate, a verifier asks by QR code")
        Verifier.create("Site office").use { verifier ->
            desk.trusted().forEach { verifier.addTrust(it) }
            val request = verifier.request(QUERY, "Check your trade")
            val code = request.message.frames().first()
            say("${request.message.codes().size} code(s), the first of ${code.side} modules a side")

            step("Asha's phone reads it and asks her")
            val answer = wallet.begin(Occasion.Request(scanned(request.message))).use { session ->
                val consent = checkNotNull(session.consent)
                tell(consent)
                session.answer(choose(consent))
            }

            step("She shows the answer; the verifier's phone reads it with the camera")
            val checked = verifier.checkAnswer(request, scanned(answer))
            for (credential in checked.credentials) {
                val report = credential.report
                say("verdict: ${report.verdict}")
                check(report.verdict == Verdict.VALID) { report.reason }
                say((report.shown as Shown.Verified).presented)
            }
            say("everything that was asked for: ${if (checked.isComplete) "yes" else "no"}")
            check(checked.isComplete)

            step("The verifier signs a receipt with the trade in it, and forgets everybody")
            val report = checked.credentials.single().report
            val receipt = Receipt.read(verifier.receipt(report, "Site 12", keep = listOf("qualification")))
            say("${receipt.name} found it ${receipt.verdict}: ${receipt.claims.single().value.text()}, and no name")
            val counts = verifier.endSession(step = 1u)
            say("left of the day: ${counts.valid} valid, ${counts.invalid} not")
        }

        step("Her phone remembers what it showed to whom")
        for (shown in wallet.history().entries) {
            say("${shown.name}, \"${shown.purpose}\": ${shown.shown.flatMap { it.claims }}")
        }

        step("She saves a backup on a memory card, and writes its code on paper")
        wallet.writeBackup(backup, BackupKey.Code(code.copyOf())).use { it.finish() }
        say("${backup.length()} bytes, read back and found whole")
    }

    step("Her phone is lost. On another one she types the code")
    val another = Wallet.create(folder.resolve("another.nansen"), "135791".toByteArray())
    another.recoveryCode.wipe()
    another.wallet.use { wallet ->
        val records = wallet.restore(listOf(backup), BackupKey.Code(code)).use { it.finish() }
        for (record in records.filter { it.kind == RestoredKind.CREDENTIAL || it.kind == RestoredKind.DOCUMENT }) {
            val again = if (record.mustBeIssuedAgain) ", must be issued again" else ""
            say("${record.title}: ${record.outcome}$again")
        }
        check(records.all { it.outcome == RestoreOutcome.RESTORED && !it.mustBeIssuedAgain }) { records }
        say("she holds ${wallet.contents().credentials.size} credential and ${wallet.contents().documents.size} document")
    }
    println("\nThe journey is complete: no network was used.")
}

/** What she reads before she agrees. */
private fun tell(consent: Consent) {
    val known = when (val verifier = consent.verifier) {
        is VerifierStanding.Registered -> verifier.sentence
        is VerifierStanding.KeyNotTrusted -> "a withdrawn key of ${verifier.name}"
        is VerifierStanding.Listed -> "listed as ${verifier.name}"
        is VerifierStanding.Met -> "met ${verifier.times} times before"
        is VerifierStanding.Unknown -> "never met, on no list"
    }
    say("\"${consent.name}\" ($known) asks: ${consent.purpose}")
    for (claim in consent.queries.flatMap { it.candidates }.flatMap { it.claims }) {
        val value = claim.values.joinToString { it.value.text() }
        say("  would see ${claim.path}: $value${if (claim.isRequired) " (required)" else ""}")
    }
}

/** She agrees to all that is required, and to nothing else. */
private fun choose(consent: Consent): List<ChosenCredential> =
    consent.queries.mapIndexed { place, query ->
        val candidate = query.candidates.first()
        val required = candidate.claims.filter { it.isRequired }.map { it.path }
        ChosenCredential(place.toUInt(), candidate.credential.id, required)
    }

/** From screen to camera: small codes, of which the camera misses the first. */
private suspend fun scanned(message: Message): Message = QrCollector().use { collector ->
    val codes = message.codes(SCREEN_CODES.copy(versionMax = 10u))
    val seen = if (codes.size > 1) codes.drop(1) + codes.first() else codes
    for (text in seen) {
        val scan = collector.feed(text)
        if (scan is Scan.Complete) {
            return scan.message
        }
    }
    error("the codes did not complete the message")
}

private fun ClaimValue.text(): String = when (this) {
    is ClaimValue.Text -> value
    is ClaimValue.Integer -> value.toString()
    is ClaimValue.Number -> value.toString()
    is ClaimValue.Truth -> if (value) "yes" else "no"
    is ClaimValue.Bytes -> "${value.size} bytes"
    is ClaimValue.Nothing -> "-"
}

private var steps = 0

private fun step(what: String) {
    steps += 1
    println("\n$steps. $what")
}

private fun say(what: String) {
    println("   $what")
}

/** What a person reads of a credential. */
private fun say(presented: Presented) {
    for (claim in presented.claims) {
        say("  ${claim.path}: ${claim.value.text()}")
    }
}

private const val QUERY =
    """{"credentials": [{"id": "trade", "format": "dc+sd-cwt",
        "meta": {"vct_values": ["urn:nansen:skills:1"]},
        "claims": [{"path": ["qualification"]}, {"path": ["family_name"]}]}]}"""
