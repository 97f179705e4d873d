package org.example.gate

import java.io.File
import kotlin.time.Duration
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.Flow
import org.nansen.CardProblem
import org.nansen.ChosenCredential
import org.nansen.ClockDoubt
import org.nansen.Consent
import org.nansen.Message
import org.nansen.Presented
import org.nansen.QrCode
import org.nansen.Report
import org.nansen.RestoreOutcome
import org.nansen.Tally

// What an app that follows the guide has of its own: its screens, and the key that it ships.

internal val ROOT_KEY = ByteArray(32)

internal val STATEMENT = ByteArray(0)

internal val STATEMENT_DIGEST = ByteArray(32)

internal fun showOnce(code: ByteArray): Unit = screen(code)

internal fun onMessage(message: Message): Unit = screen(message)

internal fun showProgress(received: UInt, needed: UInt): Unit = screen(received to needed)

internal fun draw(code: QrCode): Unit = screen(code)

internal fun show(codes: Flow<QrCode>): Job = screen(codes)

internal fun scanned(): Message = screen(Unit)

internal fun askThePerson(consent: Consent): List<ChosenCredential> = screen(consent)

internal fun accept(presented: Presented): Unit = screen(presented)

internal fun explain(report: Report): Unit = screen(report)

internal fun showUnlockScreen(): Unit = screen(Unit)

internal fun showProgress(done: ULong, all: ULong): Unit = screen(done to all)

internal fun tellWhatIsNotInIt(parts: List<String>): Unit = screen(parts)

internal fun tell(title: String, outcome: RestoreOutcome, mustBeIssuedAgain: Boolean): Unit =
    screen(Triple(title, outcome, mustBeIssuedAgain))

internal fun askForNewPin(): ByteArray = screen(Unit)

internal fun showMissing(cards: UInt): Unit = screen(cards)

internal fun explain(problem: CardProblem): Unit = screen(problem)

internal fun addButton(label: String, file: File): Unit = screen(label to file)

internal fun tellKnown(name: String, role: String?, vouchedForBy: String?): Unit =
    screen(Triple(name, role, vouchedForBy))

internal fun tellMet(name: String, times: ULong): Unit = screen(name to times)

internal fun warnBeyondRole(claim: String): Unit = screen(claim)

internal fun warnImpostor(name: String): Unit = screen(name)

internal fun warnUnknown(name: String): Unit = screen(name)

internal fun isWanted(publisher: String, version: ULong, isDelta: Boolean): Boolean =
    screen(Triple(publisher, version, isDelta))

internal fun tellNote(title: String, text: String, publisher: String, age: Long): Unit =
    screen(listOf(title, text, publisher, age))

internal fun tellContact(name: String, channels: List<String>): Unit = screen(name to channels)

internal fun warnOfClock(doubt: ClockDoubt): Unit = screen(doubt)

internal fun tellAge(list: String, age: Duration): Unit = screen(list to age)

internal fun showProgress(done: Int, all: Int): Unit = screen(done to all)

internal fun tellUnreadable(code: String): Unit = screen(code)

internal fun keepInFile(receipt: ByteArray): Unit = screen(receipt)

internal fun reportCounts(counts: Tally): Unit = screen(counts)

private fun <T> screen(shown: Any): T = throw UnsupportedOperationException("no screen for $shown")
