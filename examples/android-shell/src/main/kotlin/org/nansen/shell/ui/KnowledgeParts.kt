package org.nansen.shell.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import kotlin.time.Duration.Companion.seconds
import org.nansen.ClockDoubt
import org.nansen.shell.R
import org.nansen.shell.model.Age
import org.nansen.shell.model.Subject

/** What there is against the phone's clock, if anything. */
@Composable
fun Doubt(doubt: ClockDoubt?) {
    val sentence = when (doubt) {
        null -> return
        is ClockDoubt.Behind -> stringResource(R.string.clock_behind, doubt.seconds.seconds.inWholeDays)
        is ClockDoubt.Ahead -> stringResource(R.string.clock_ahead, doubt.seconds.seconds.inWholeDays)
    }
    Text(sentence, color = MaterialTheme.colorScheme.error)
}

/** How old one list or pack is. */
@Composable
fun ListAge(age: Age) {
    val subject = when (age.subject) {
        Subject.ISSUERS -> R.string.subject_issuers
        Subject.VERIFIERS -> R.string.subject_verifiers
        Subject.STATUS -> R.string.subject_status
        Subject.PACK -> R.string.subject_pack
    }
    Text(
        stringResource(
            if (age.isOverdue) R.string.age_overdue else R.string.age,
            stringResource(subject),
            age.age.inWholeDays,
        ),
        style = MaterialTheme.typography.bodySmall,
    )
}
