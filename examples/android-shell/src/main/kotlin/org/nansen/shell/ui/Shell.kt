package org.nansen.shell.ui

import androidx.activity.compose.BackHandler
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.res.stringResource
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.shell.R
import org.nansen.shell.Screen
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.Advice
import org.nansen.shell.model.Hardware
import org.nansen.shell.model.VaultState

/** The whole app: one screen at a time, and a sentence when something failed. */
@Composable
fun Shell(shell: ShellViewModel, hardware: Hardware) {
    if (shell.isCovered) {
        return
    }
    val screen by shell.screen.collectAsStateWithLifecycle()
    val vault by shell.vault.state.collectAsStateWithLifecycle()
    val advice by shell.advice.collectAsStateWithLifecycle()

    MaterialTheme {
        BackHandler(enabled = screen != Screen.Vault, onBack = shell::home)
        when (val current = screen) {
            Screen.Vault -> when (val state = vault) {
                null -> Unit
                is VaultState.Missing, is VaultState.Locked -> UnlockScreen(shell, state, hardware)
                is VaultState.Created -> RecoveryCodeScreen(state) { shell.run { shell.vault.codeWritten() } }
                is VaultState.Open -> ContentsScreen(shell, state, hardware)
            }
            is Screen.Scanning -> ScanScreen(current.scan)
            is Screen.Asked -> ConsentScreen(
                current.consent,
                onAgree = { shell.answer(current.consent) },
                onDecline = shell::home,
            )
            is Screen.ForIssuer -> ForIssuerScreen(
                current.key,
                onSave = { file -> shell.save(current.key, file) },
                onDone = shell::home,
            )
            Screen.Ways -> (vault as? VaultState.Open)?.let { WaysScreen(shell, it, hardware) }
            is Screen.BackingUp -> BackupScreen(shell, current.backup)
            is Screen.Showing -> ShowScreen(current.message, onDone = shell::home)
            is Screen.Notes -> NotesScreen(shell, current.notes)
            is Screen.Verifying -> VerifyScreen(
                current.verifier,
                onScan = { shell.scan(current.verifier) },
                onNext = { shell.askNext(current.verifier) },
                onEnd = { shell.run { current.verifier.endSession() } },
                onDone = shell::home,
            )
        }
        advice?.let { AdviceDialog(it, shell::adviceRead) }
    }
}

@Composable
private fun AdviceDialog(advice: Advice, onRead: () -> Unit) {
    AlertDialog(
        onDismissRequest = onRead,
        confirmButton = { TextButton(onRead) { Text(stringResource(R.string.understood)) } },
        text = { Text(stringResource(sentence(advice))) },
    )
}

private fun sentence(advice: Advice): Int = when (advice) {
    Advice.WRONG_SECRET -> R.string.advice_wrong_secret
    Advice.WAIT -> R.string.advice_wait
    Advice.HARDWARE_LOCKED -> R.string.advice_hardware_locked
    Advice.HARDWARE_GONE -> R.string.advice_hardware_gone
    Advice.HARDWARE_UNAVAILABLE -> R.string.advice_hardware_unavailable
    Advice.ASK_AGAIN -> R.string.advice_ask_again
    Advice.OTHER_PHONE -> R.string.advice_other_phone
    Advice.NOBODY_VOUCHES -> R.string.advice_nobody_vouches
    Advice.NAME_TAKEN -> R.string.advice_name_taken
    Advice.GET_THE_WHOLE -> R.string.advice_get_the_whole
    Advice.NEWER_HERE -> R.string.advice_newer_here
    Advice.NO_SPACE -> R.string.advice_no_space
    Advice.DATA_AT_RISK -> R.string.advice_data_at_risk
    Advice.TRY_AGAIN -> R.string.advice_try_again
    Advice.REFUSED -> R.string.advice_refused
}
