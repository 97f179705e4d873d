package org.nansen.shell.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.Presented
import org.nansen.Report
import org.nansen.Shown
import org.nansen.Tally
import org.nansen.Verdict
import org.nansen.shell.R
import org.nansen.shell.model.Checking
import org.nansen.shell.model.VerifierModel
import org.nansen.shell.model.text

/** Shows the request, then what the checks of the answer found and what they rest on. */
@Composable
fun VerifyScreen(verifier: VerifierModel, onScan: () -> Unit, onNext: () -> Unit, onEnd: () -> Unit, onDone: () -> Unit) {
    val state by verifier.state.collectAsStateWithLifecycle()
    val knowledge by verifier.knowledge.collectAsStateWithLifecycle()
    val tally by verifier.tally.collectAsStateWithLifecycle()
    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp).verticalScroll(rememberScrollState()),
            Arrangement.spacedBy(16.dp),
            Alignment.CenterHorizontally,
        ) {
            Doubt(knowledge?.doubt)
            when (val checking = state) {
                null -> Unit
                is Checking.Asking -> {
                    Codes(checking.request.message)
                    Button(onScan) { Text(stringResource(R.string.scan_answer)) }
                }
                is Checking.Answered -> {
                    checking.answer.credentials.forEach { Found(it.report) }
                    if (!checking.answer.isComplete) {
                        Text(stringResource(R.string.incomplete))
                    }
                    Text(stringResource(R.string.compare_face))
                }
                is Checking.Unasked -> Found(checking.report)
                is Checking.Ended -> {
                    Text(stringResource(R.string.session_ended))
                    Counts(checking.counts)
                }
            }
            if (state !is Checking.Asking) {
                Button(onNext) { Text(stringResource(R.string.next_person)) }
            }
            knowledge?.ages?.forEach { ListAge(it) }
            tally?.let { counts ->
                Counts(counts)
                TextButton(onEnd) { Text(stringResource(R.string.end_session)) }
            }
            TextButton(onDone) { Text(stringResource(R.string.done)) }
        }
    }
}

/** How many came out how. */
@Composable
private fun Counts(counts: Tally) {
    Text(
        stringResource(
            R.string.counts,
            counts.valid.toLong(),
            counts.invalid.toLong(),
            counts.undetermined.toLong(),
            counts.unreadable.toLong(),
        ),
    )
}

/** The verdict first, then what was shown, and why when it is not valid. */
@Composable
private fun Found(report: Report) {
    val (word, color) = when (report.verdict) {
        Verdict.VALID -> R.string.verdict_valid to MaterialTheme.colorScheme.primary
        Verdict.INVALID -> R.string.verdict_invalid to MaterialTheme.colorScheme.error
        // Neither good nor bad, and never to be shown as a forgery.
        Verdict.UNDETERMINED -> R.string.verdict_undetermined to MaterialTheme.colorScheme.onSurface
    }
    Text(stringResource(word), color = color, style = MaterialTheme.typography.headlineMedium)
    if (report.reason.isNotEmpty()) {
        Text(report.reason)
    }
    when (val shown = report.shown) {
        is Shown.Verified -> Claims(shown.presented)
        is Shown.Unverified -> {
            Text(stringResource(R.string.not_to_be_relied_on), color = MaterialTheme.colorScheme.error)
            Claims(shown.presented)
        }
        is Shown.Nothing -> Unit
    }
}

@Composable
private fun Claims(presented: Presented) {
    Column {
        for (claim in presented.claims) {
            Text(stringResource(R.string.claim, claim.path, claim.value.text()))
        }
    }
}
