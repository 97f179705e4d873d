package org.nansen.shell.ui

import android.net.Uri
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.unit.dp
import org.nansen.QrCode
import org.nansen.qrCode
import org.nansen.shell.R

/** The public half of a device key as a code, as text, and as a file: none of it is secret. */
@Composable
fun ForIssuerScreen(key: String, onSave: (Uri) -> Unit, onDone: () -> Unit) {
    val saver = rememberLauncherForActivityResult(ActivityResultContracts.CreateDocument("text/plain")) { file ->
        file?.let(onSave)
    }
    val code by produceState<QrCode?>(initialValue = null, key) { value = qrCode(key) }
    Scaffold { padding ->
        Column(
            Modifier.fillMaxSize().padding(padding).padding(24.dp),
            Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            Alignment.CenterHorizontally,
        ) {
            Text(stringResource(R.string.device_key_explained), style = MaterialTheme.typography.bodyLarge)
            code?.let { DrawnCode(it, Modifier.fillMaxWidth().aspectRatio(1f)) }
            Text(key, fontFamily = FontFamily.Monospace)
            Button({ saver.launch(FILE_NAME) }) { Text(stringResource(R.string.save_file)) }
            TextButton(onDone) { Text(stringResource(R.string.done)) }
        }
    }
}

private const val FILE_NAME = "device-key.txt"
