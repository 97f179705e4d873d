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
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Hardware
import org.nansen.shell.model.VaultState
import org.nansen.toSecretBytes

/** Finger or face, and the recovery code: set up anew after the PIN, or removed. */
@Composable
fun WaysScreen(shell: ShellViewModel, state: VaultState.Open, hardware: Hardware) {
    // Not saveable: a PIN must not end up in the state that the system keeps for the app.
    val typed = remember { TextFieldState() }
    val isBusy by shell.isBusy.collectAsStateWithLifecycle()
    val canProve = !isBusy && typed.text.isNotEmpty()

    fun proof(): ByteArray = typed.text.toSecretBytes().also { typed.clearText() }

    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp),
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            Text(stringResource(R.string.ways_title), style = MaterialTheme.typography.headlineSmall)
            OutlinedSecureTextField(
                typed,
                label = { Text(stringResource(R.string.pin)) },
                keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.NumberPassword),
            )
            Button({ shell.addHardware(proof(), hardware) }, enabled = canProve) {
                Text(stringResource(if (state.hasHardwareWay) R.string.hardware_renew else R.string.hardware_add))
            }
            if (state.hasHardwareWay) {
                OutlinedButton({ shell.removeHardware(hardware) }, enabled = !isBusy) {
                    Text(stringResource(R.string.hardware_remove))
                }
            }
            Button({ shell.renewCode(proof()) }, enabled = canProve) { Text(stringResource(R.string.code_renew)) }
            TextButton(shell::home) { Text(stringResource(R.string.done)) }
        }
    }
}
