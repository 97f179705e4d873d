package org.nansen.shell.ui

import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.BottomAppBar
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.ListItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.nansen.ffi.Contents
import org.nansen.ffi.CredentialState
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Hardware

/** What the vault holds, and what can be done. */
@Composable
fun ContentsScreen(shell: ShellViewModel, contents: Contents, hardware: Hardware) {
    // The system's picker brings scanners and cameras along.
    val picker = rememberLauncherForActivityResult(ActivityResultContracts.OpenDocument()) { picked ->
        picked?.let(shell::takeIn)
    }
    Scaffold(
        bottomBar = {
            BottomAppBar {
                Row(Modifier.fillMaxWidth(), Arrangement.SpaceEvenly) {
                    TextButton({ shell.scan(hardware) }) { Text(stringResource(R.string.scan)) }
                    TextButton({ picker.launch(arrayOf("image/*", "application/pdf")) }) {
                        Text(stringResource(R.string.add_document))
                    }
                    TextButton(shell::verify) { Text(stringResource(R.string.verify)) }
                    TextButton({ shell.run { shell.vault.lock() } }) { Text(stringResource(R.string.lock)) }
                }
            }
        },
    ) { padding ->
        LazyColumn(Modifier.fillMaxSize().padding(padding)) {
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
