package org.nansen.shell.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.itemsIndexed
import androidx.compose.material3.Button
import androidx.compose.material3.Checkbox
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.ModalBottomSheet
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.Candidate
import org.nansen.ClaimOption
import org.nansen.QueryOptions
import org.nansen.shell.R
import org.nansen.shell.model.Asker
import org.nansen.shell.model.ConsentModel
import org.nansen.shell.model.Standing
import org.nansen.shell.model.Tick
import org.nansen.shell.model.text

/** Who asks, why, and exactly what they would see. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun ConsentScreen(model: ConsentModel, onAgree: () -> Unit, onDecline: () -> Unit) {
    val chosen by model.chosen.collectAsStateWithLifecycle()
    val ticked by model.ticked.collectAsStateWithLifecycle()
    val consent = model.consent

    ModalBottomSheet(onDismissRequest = onDecline) {
        Column(Modifier.padding(24.dp), Arrangement.spacedBy(12.dp)) {
            Text(stringResource(R.string.asks, consent.name), style = MaterialTheme.typography.titleLarge)
            Text(consent.purpose)
            Text(
                sentence(model.asker),
                color = if (model.asker.isDoubtful) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.primary,
            )
            Doubt(consent.clockDoubt)
            LazyColumn(Modifier.weight(1f, fill = false)) {
                itemsIndexed(consent.queries) { place, query ->
                    QueryChoice(
                        query,
                        chosen = chosen[place],
                        isTicked = { credential, path -> Tick(place, credential, path) in ticked },
                        isBeyondRole = model::isBeyondRole,
                        onChoose = { credential ->
                            if (chosen[place] == credential) model.leaveOut(place) else model.choose(place, credential)
                        },
                        onTick = { credential, path -> model.toggle(Tick(place, credential, path)) },
                    )
                    HorizontalDivider()
                }
            }
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp, Alignment.End)) {
                OutlinedButton(onDecline) { Text(stringResource(R.string.decline)) }
                Button(onAgree, enabled = chosen.isNotEmpty()) { Text(stringResource(R.string.show)) }
            }
        }
    }
}

@Composable
private fun QueryChoice(
    query: QueryOptions,
    chosen: String?,
    isTicked: (String, String) -> Boolean,
    isBeyondRole: (String, String) -> Boolean,
    onChoose: (String) -> Unit,
    onTick: (String, String) -> Unit,
) {
    if (query.candidates.isEmpty()) {
        Text(stringResource(R.string.nothing_answers), Modifier.padding(vertical = 8.dp))
    }
    for (candidate in query.candidates) {
        val id = candidate.credential.id
        Row(verticalAlignment = Alignment.CenterVertically) {
            RadioButton(selected = chosen == id, onClick = { onChoose(id) })
            Text(candidate.credential.title)
        }
        if (chosen == id) {
            Claims(
                candidate,
                isTicked = { path -> isTicked(id, path) },
                isBeyondRole = { path -> isBeyondRole(candidate.credential.credentialType, path) },
                onTick = { path -> onTick(id, path) },
            )
        }
    }
}

@Composable
private fun Claims(
    candidate: Candidate,
    isTicked: (String) -> Boolean,
    isBeyondRole: (String) -> Boolean,
    onTick: (String) -> Unit,
) {
    for (claim in candidate.claims) {
        Row(verticalAlignment = Alignment.CenterVertically) {
            Checkbox(
                checked = claim.isRequired || isTicked(claim.path),
                onCheckedChange = { onTick(claim.path) },
                enabled = !claim.isRequired,
            )
            Column {
                Text(sentence(claim))
                if (isBeyondRole(claim.path)) {
                    Text(stringResource(R.string.beyond_role), color = MaterialTheme.colorScheme.error)
                }
            }
        }
    }
}

@Composable
private fun sentence(claim: ClaimOption): String {
    val value = claim.values.joinToString { it.value.text() }
    val said = stringResource(R.string.claim, claim.path, value)
    return if (claim.brings.isEmpty()) said else said + "\n" + stringResource(R.string.brings, claim.brings.joinToString())
}

@Composable
private fun sentence(asker: Asker): String {
    val name = asker.name.orEmpty()
    val known = stringResource(
        when (asker.standing) {
            Standing.MAY_ASK -> R.string.asker_may_ask
            Standing.ASKS_TOO_MUCH -> R.string.asker_asks_too_much
            Standing.KEY_NOT_TRUSTED -> R.string.asker_key_not_trusted
            Standing.LISTED -> R.string.asker_listed
            Standing.MET -> R.string.asker_met
            Standing.UNKNOWN -> R.string.asker_unknown
        },
        name,
        asker.role.orEmpty(),
        asker.publisher.orEmpty(),
    )
    val age = asker.listAge ?: return known
    return known + "\n" + stringResource(R.string.word_of, asker.publisher.orEmpty(), age.inWholeDays)
}
