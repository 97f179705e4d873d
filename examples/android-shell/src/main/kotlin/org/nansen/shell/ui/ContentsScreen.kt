package org.nansen.shell.ui

import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.BottomAppBar
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.ListItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.nansen.CredentialState
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Hardware
import org.nansen.shell.model.VaultState

/** What the vault holds, and what can be done. */
@Composable
fun ContentsScreen(shell: ShellViewModel, state: VaultState.Open, hardware: Hardware) {
    val contents = state.contents
    // The system's picker brings scanners and cameras along.
    val picker = rememberLauncherForActivityResult(ActivityResultContracts.OpenDocument()) { picked ->
        picked?.let(shell::takeIn)
    }
    val importer = rememberLauncherForActivityResult(ActivityResultContracts.OpenDocument()) { picked ->
        picked?.let(shell::import)
    }
    Scaffold(
        bottomBar = {
            BottomAppBar {
                Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()), Arrangement.SpaceEvenly) {
                    TextButton({ shell.scan(hardware) }) { Text(stringResource(R.string.scan)) }
                    TextButton({ picker.launch(arrayOf("image/*", "application/pdf")) }) {
                        Text(stringResource(R.string.add_document))
                    }
                    // Files of lists and credentials have no type that every phone knows.
                    TextButton({ importer.launch(arrayOf("*/*")) }) { Text(stringResource(R.string.import_file)) }
                    TextButton({ shell.makeKey(hardware) }) { Text(stringResource(R.string.device_key)) }
                    TextButton(shell::showWays) { Text(stringResource(R.string.ways)) }
                    TextButton(shell::showBackup) { Text(stringResource(R.string.backup)) }
                    TextButton(shell::showNotes) { Text(stringResource(R.string.notes)) }
                    TextButton(shell::verify) { Text(stringResource(R.string.verify)) }
                    TextButton({ shell.run { shell.vault.lock() } }) { Text(stringResource(R.string.lock)) }
                }
            }
        },
    ) { padding ->
        LazyColumn(Modifier.fillMaxSize().padding(padding)) {
            if (!state.isCodeWritten) {
                item {
                    ListItem(
                        headlineContent = { Text(stringResource(R.string.code_not_written)) },
                        trailingContent = {
                            TextButton(shell::showWays) { Text(stringResource(R.string.code_renew)) }
                        },
                    )
                    HorizontalDivider()
                }
            }
            items(contents.credentials, key = { it.id }) { credential ->
                ListItem(
                    headlineContent = { Text(credential.title) },
                    supportingContent = { Text(credential.issuer) },
                    trailingContent = { Text(stringResource(word(credential.state))) },
                )
                HorizontalDivider()
            }
            items(contents.documents, key = { it.id }) { document ->
                ListItem(
                    headlineContent = { Text(document.title) },
                    supportingContent = { Text(document.mediaType) },
                )
                HorizontalDivider()
            }
            items(contents.damaged) { part ->
                ListItem(headlineContent = { Text(stringResource(R.string.damaged, part)) })
            }
        }
    }
}

private fun word(state: CredentialState): Int = when (state) {
    is CredentialState.Good -> R.string.state_good
    is CredentialState.StatusUnknown -> R.string.state_status_unknown
    is CredentialState.IssuerUnknown -> R.string.state_issuer_unknown
    is CredentialState.NotYetValid -> R.string.state_not_yet_valid
    is CredentialState.Expired -> R.string.state_expired
    is CredentialState.Revoked -> R.string.state_revoked
    is CredentialState.Suspended -> R.string.state_suspended
}
