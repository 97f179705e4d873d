/** The Kotlin of the guide, `bindings/README.md`: what stands there stands here between marks. */
@file:Suppress("unused")

package org.example.gate

import android.app.Activity
import android.content.Context
import android.text.Editable
import java.io.File

// [guide]
import org.nansen.*
import org.nansen.android.*

suspend fun firstVault(context: Context, typed: Editable) {
    val (file, pin) = context.vaultFile() to typed.toSecretBytes()
    typed.clear()
    val created = Wallet.create(file, pin)            // wipes pin
    showOnce(created.recoveryCode)                    // to be written on paper
    created.recoveryCode.wipe()
    created.wallet.use { wallet ->
        wallet.addTrust(TrustItem.Root(ROOT_KEY))     // the key that your app ships: 32 bytes
        println(wallet.contents().credentials.size)
    }
}
// [end]

// [guide]
/** `android.app.Activity` has the same short name: import the other one under its own. */
suspend fun note(wallet: Wallet, happened: org.nansen.Activity) {
    if (wallet.noteActivity(happened) == WalletState.LOCKED) {
        showUnlockScreen()
    }
}
// [end]

// [guide]
val collector = QrCollector()
fun onScanned(text: String) {
    when (val scan = collector.feed(text)) {
        is Scan.Complete -> onMessage(scan.message)           // message.kind says what it is
        is Scan.Accepted -> showProgress(scan.received, scan.needed)
        is Scan.Foreign, is Scan.OtherMessage, is Scan.Duplicate, is Scan.Unreadable -> Unit
    }
}
// [end]

private suspend fun answer(wallet: Wallet, message: Message) {
    // [guide]
    wallet.begin(Occasion.Request(message)).use { session ->
        val consent = checkNotNull(session.consent)                   // null when nobody asked
        val choice: List<ChosenCredential> = askThePerson(consent)
        val answer = session.answer(choice)                           // noted in history(), sealed to who asked
        answer.frames().collect { code -> draw(code) }                // until the coroutine is cancelled
    }
    // [end]
}

// [guide]
/** A credential for the query at [place], with what it cannot do without and what was ticked. */
fun chosen(place: Int, candidate: Candidate, ticked: Set<ClaimPath>) = ChosenCredential(
    query = place.toUInt(),                                       // its place in consent.queries
    credential = candidate.credential.id,
    claims = candidate.claims.filter { it.isRequired || it.path in ticked }.map { it.path },
)
// [end]

// [guide]
fun tellWhoAsks(consent: Consent) = when (val who = consent.verifier) {
    is VerifierStanding.Registered -> {
        tellKnown(who.name, who.role, vouchedForBy = who.publisher)
        who.beyond.forEach { warnBeyondRole(it.claim) }               // ticked by nobody but the person
    }
    is VerifierStanding.KeyNotTrusted -> warnImpostor(who.name)       // the key was withdrawn
    is VerifierStanding.Listed -> tellKnown(who.name, role = null, vouchedForBy = null)
    is VerifierStanding.Met -> tellMet(who.name, who.times)
    is VerifierStanding.Unknown -> warnUnknown(consent.name)          // anybody can use this name
}
// [end]

private class Trusting {
    // [guide]
    /** Once. */
    suspend fun goByPublisher(wallet: Wallet) = wallet.addTrust(TrustItem.Publisher(STATEMENT, STATEMENT_DIGEST))

    /** A pack that came as a file. */
    suspend fun takeIn(wallet: Wallet, bytes: ByteArray) {
        val pack = TrustItem.Pack(bytes)
        val facts = pack.facts()                                          // its own account: nothing is checked yet
        if (isWanted(facts.publisher, facts.version, facts.isDelta)) {
            wallet.addTrust(pack)                                         // throws Untrusted, Outdated, BuildsOnOther...
        }
    }

    /** From this phone to the next, whose collector gives a message: `addTrust(message.trustItem())`. */
    suspend fun handOn(wallet: Wallet, pack: PackFacts) {
        wallet.handOn(pack.publisher, pack.id)?.frames()?.collect { code -> draw(code) }
    }

    /** Notes of a country, the nearest first. The position is used for that and kept nowhere. */
    suspend fun tellNotes(wallet: Wallet, country: String, words: String, here: Position?) {
        val found = wallet.searchNotes(Search(language = "ne", country = country, words = words, near = here))
        found.notes.forEach { tellNote(it.title, it.text, it.source.publisher, it.source.age) }
        found.contacts.forEach { tellContact(it.name, it.channels) }
    }
    // [end]
}

// [guide]
suspend fun tellAges(verifier: Verifier) {
    val time = verifier.checkClock()
    time.doubt?.let { warnOfClock(it) }
    for (list in verifier.trust().trustLists) {
        tellAge(list.id, time.reckoned - list.issuedAt)
    }
}
// [end]

private suspend fun verify(key: ByteArray?, trust: ByteArray?) {
    // [guide]
    val verifier = Verifier.create("Gate 3", key, trust)              // wipes key
    val request = verifier.request(
        """{"credentials":[{"id":"skills","format":"dc+sd-cwt","meta":{"vct_values":["urn:nansen:skills:1"]},
            "claims":[{"path":["family_name"]},{"path":["qualification"]}]}]}""",
        "Site induction",
    )
    val showing = show(request.message.frames())                      // until the holder has scanned it
    val answer = verifier.checkAnswer(request, scanned())             // what the collector gave
    showing.cancel()
    for (credential in answer.credentials) {
        when (val shown = credential.report.shown) {
            is Shown.Verified -> accept(shown.presented)              // only this may be relied on
            is Shown.Unverified -> explain(credential.report)         // read checks and reason with it
            is Shown.Nothing -> explain(credential.report)
        }
    }
    // [end]
}

private class Checking {
    // [guide]
    suspend fun checkAll(verifier: Verifier, queue: List<Queued>) {
        val outcomes = verifier.checkQueue(queue) { done -> showProgress(done, queue.size) }
        for (outcome in outcomes) {
            when (outcome) {
                is QueueOutcome.Answered -> outcome.answer.credentials.forEach { explain(it.report) }
                is QueueOutcome.Alone -> explain(outcome.report)          // recorded or printed: never VALID
                is QueueOutcome.Refused -> tellUnreadable(outcome.error.code)
            }
        }
    }

    /** For the file: the verdict, how it came about, and the trade. No name. */
    suspend fun fileReceipt(verifier: Verifier, report: Report) {
        val receipt = verifier.receipt(report, purpose = "Site 12", keep = listOf("qualification"))
        keepInFile(receipt)
    }

    /** In the evening: counts in steps of five, and nothing of anybody. */
    suspend fun endOfDay(verifier: Verifier) = reportCounts(verifier.endSession(step = 5u))
    // [end]
}

private class Losing {
    // [guide]
    /** What stood in [file] before stands there until the new one was read back. */
    suspend fun backUp(wallet: Wallet, file: File, code: ByteArray) {
        wallet.writeBackup(file, BackupKey.Code(code)).use { backup ->    // wipes code
            backup.finish { showProgress(it.records, it.records + it.recordsLeft) }
            tellWhatIsNotInIt(backup.leftOut())
        }
    }

    /** On the other phone. With `isDry = true` it tells the same and changes nothing. */
    suspend fun restore(wallet: Wallet, files: List<File>, typed: ByteArray) {
        val records = wallet.restore(files, BackupKey.Code(typed)).use { it.finish() }
        for (record in records) {
            tell(record.title, record.outcome, record.mustBeIssuedAgain)
        }
    }
    // [end]
}

private class Finding {
    // [guide]
    val cards = CardCollector()                                       // close() wipes what it holds

    /** A card as it was typed, or `message.bytes` of a scan. */
    suspend fun onCard(wallet: Wallet, card: ByteArray) = try {
        val collected = cards.add(card)
        if (collected.have == collected.needed) {
            wallet.unlock(cards.unlock())
            wallet.addWay(cards.unlock(), NewWay.Passphrase(askForNewPin(), KdfCost.Standard))
        } else {
            showMissing(collected.needed - collected.have)
        }
    } catch (refused: NansenException.Card) {
        explain(refused.problem)                                      // this card is no help; the others stay
    }
    // [end]
}

// [guide]
/** A button for each, and always one for whoever is not shown. */
suspend fun choose(folder: File) = shownWallets(folder).forEach { addButton(it.label, it.file) }

/** Behind the button for whoever is not shown. Takes a key derivation for each such wallet. */
suspend fun openUnshown(folder: File, pin: ByteArray): Wallet =
    unlockHiddenWallet(folder, Unlock.Passphrase(pin))

/** Null shows it no longer. */
suspend fun showAs(wallet: Wallet, label: String?) = wallet.setLabel(label)
// [end]

private class Unlocking(activity: Activity) {
    private val context: Context = activity

    // [guide]
    val keystore = KeystoreWrapper(context, alias = "nansen.unlock")
    val person = BiometricUnlock(activity, PromptText("Unlock your vault", "Use PIN"))

    /** Once, while the wallet is unlocked. Keys of earlier set-ups go. */
    suspend fun setUpHardware(wallet: Wallet, pin: ByteArray) {
        wallet.addHardwareWay(Unlock.Passphrase(pin), { keystore.wrap(it, person) }, { keystore.unwrap(it, person) })
        wallet.wrappedSecret(Way.HARDWARE)?.let { keystore.keepOnly(it) }
    }

    /** From the next start on, while it is locked. */
    suspend fun unlockWithHardware(wallet: Wallet) =
        wallet.unlockWithHardware { wrapped -> keystore.unwrap(wrapped, person) }
    // [end]
}

private class Signing(private val context: Context) {
    // [guide]
    val signer = KeystoreSigner(context)                              // Presence.NONE: asks nobody

    /** The public key for the issuer: of a key in hardware, or in the vault where there is none. */
    suspend fun keyForIssuer(wallet: Wallet, alias: String): ByteArray =
        when (val made = signer.create(alias)) {
            is HardwareAnswer.Done -> wallet.newDeviceKey(HardwareKey(made.bytes, alias.toByteArray()))
            else -> wallet.newDeviceKey()
        }

    suspend fun answer(session: PresentationSession, choice: List<ChosenCredential>): Message =
        session.answer(choice) { task ->
            signer.sign(task.handle.decodeToString(), task.bytes, PersonCheck.None)
        }
    // [end]
}
