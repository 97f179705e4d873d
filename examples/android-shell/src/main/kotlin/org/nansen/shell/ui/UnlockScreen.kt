package org.nansen.shell.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.text.input.TextFieldState
import androidx.compose.foundation.text.input.clearText
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedSecureTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Hardware
import org.nansen.shell.model.VaultState
import org.nansen.toSecretBytes

/** Makes or unlocks the vault: PIN, finger, recovery code. */
@Composable
fun UnlockScreen(shell: ShellViewModel, state: VaultState, hardware: Hardware) {
    // Not saveable: a PIN must not end up in the state that the system keeps for the app.
    val typed = remember { TextFieldState() }
    var isRecovering by remember { mutableStateOf(false) }
    val isBusy by shell.isBusy.collectAsStateWithLifecycle()

    fun submit() {
        val secret = typed.text.toSecretBytes()
        typed.clearText()
        shell.run {
            when {
                state is VaultState.Missing -> shell.vault.create(secret)
                isRecovering -> shell.vault.recover(secret)
                else -> shell.vault.unlock(secret)
            }
        }
    }

    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp),
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            val isNew = state is VaultState.Missing
            Text(
                stringResource(if (isNew) R.string.create_title else R.string.unlock_title),
                style = MaterialTheme.typography.headlineSmall,
            )
            OutlinedSecureTextField(
                typed,
                label = { Text(stringResource(if (isRecovering) R.string.recovery_code else R.string.pin)) },
                keyboardOptions = KeyboardOptions(
                    keyboardType = if (isRecovering) KeyboardType.Password else KeyboardType.NumberPassword,
                ),
            )
            Button(::submit, enabled = !isBusy && typed.text.isNotEmpty()) {
                Text(stringResource(if (isNew) R.string.create else R.string.unlock))
            }
            if (state is VaultState.Locked) {
                if (state.hasHardwareWay) {
                    OutlinedButton({ shell.unlock(hardware) }, enabled = !isBusy) {
                        Text(stringResource(R.string.unlock_by_finger))
                    }
                }
                TextButton({ isRecovering = !isRecovering }) {
                    Text(stringResource(if (isRecovering) R.string.unlock_by_pin else R.string.unlock_by_code))
                }
            }
        }
    }
}

/** The recovery code, once. */
@Composable
fun RecoveryCodeScreen(state: VaultState.Created, onWritten: () -> Unit) {
    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp),
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            Text(stringResource(R.string.recovery_title), style = MaterialTheme.typography.headlineSmall)
            // Compose draws strings only: this one lives until it is collected.
            Text(state.recoveryCode.decodeToString(), fontFamily = FontFamily.Monospace)
            Text(stringResource(R.string.recovery_explained))
            Button(onWritten) { Text(stringResource(R.string.recovery_written)) }
        }
    }
}
