package org.nansen.shell.ui

import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.clearText
import androidx.compose.material3.Button
import androidx.compose.material3.ListItem
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedSecureTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.RestoreOutcome
import org.nansen.RestoredKind
import org.nansen.RestoredRecord
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Backing
import org.nansen.shell.model.BackupModel
import org.nansen.toSecretBytes

/** A backup: its code first, then where it is kept; and the way back. */
@Composable
fun BackupScreen(shell: ShellViewModel, backup: BackupModel) {
    val state by backup.state.collectAsStateWithLifecycle()
    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp),
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            Text(stringResource(R.string.backup_title), style = MaterialTheme.typography.headlineSmall)
            when (val current = state) {
                Backing.Waiting -> Choices(shell, backup)
                is Backing.Working -> Text(
                    if (current.all == 0L) {
                        stringResource(R.string.backup_working, current.done)
                    } else {
                        stringResource(R.string.backup_working_of, current.done, current.all)
                    },
                )
                is Backing.Written -> {
                    Text(stringResource(R.string.backup_written))
                    current.leftOut.forEach { Text(stringResource(R.string.backup_left_out, it)) }
                }
                is Backing.Restored -> LazyColumn(Modifier.weight(1f)) {
                    // The rest is the vault's own: what it trusts, and what was shown to whom.
                    val held = current.records.filter { it.kind in setOf(RestoredKind.CREDENTIAL, RestoredKind.DOCUMENT) }
                    items(held, key = { it.id }) { RecordRow(it) }
                }
            }
            if (state !is Backing.Working) {
                TextButton(shell::home) { Text(stringResource(R.string.done)) }
            }
        }
    }
}

@Composable
private fun Choices(shell: ShellViewModel, backup: BackupModel) {
    // Not saveable: a code must not end up in the state that the system keeps for the app.
    val typed = remember { TextFieldState() }
    val saver = rememberLauncherForActivityResult(ActivityResultContracts.CreateDocument(BACKUP_TYPE)) { file ->
        file?.let { shell.save(backup, it) }
    }
    val opener = rememberLauncherForActivityResult(ActivityResultContracts.OpenDocument()) { file ->
        file?.let { shell.restore(backup, it, typed.text.toSecretBytes()) }
        typed.clearText()
    }
    // Compose draws strings only: this one lives until it is collected.
    Text(backup.code.decodeToString(), fontFamily = FontFamily.Monospace)
    Text(stringResource(R.string.backup_code_explained))
    Button({ saver.launch(BACKUP_NAME) }) { Text(stringResource(R.string.backup_save)) }
    OutlinedSecureTextField(
        typed,
        label = { Text(stringResource(R.string.backup_code)) },
        keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Password),
    )
    OutlinedButton({ opener.launch(arrayOf("*/*")) }, enabled = typed.text.isNotEmpty()) {
        Text(stringResource(R.string.backup_restore))
    }
}

@Composable
private fun RecordRow(record: RestoredRecord) {
    ListItem(
        headlineContent = { Text(record.title) },
        supportingContent = {
            Text(stringResource(if (record.mustBeIssuedAgain) R.string.restored_issue_again else word(record.outcome)))
        },
    )
}

private fun word(outcome: RestoreOutcome): Int = when (outcome) {
    RestoreOutcome.RESTORED -> R.string.restored
    RestoreOutcome.ALREADY_THERE -> R.string.restored_already_there
    RestoreOutcome.NEWER_HERE -> R.string.restored_newer_here
    RestoreOutcome.DAMAGED_HERE -> R.string.restored_damaged_here
    RestoreOutcome.PLACE_TAKEN -> R.string.restored_place_taken
}

private const val BACKUP_TYPE = "application/octet-stream"
private const val BACKUP_NAME = "vault.backup"
