package org.nansen.shell.ui

import android.Manifest
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.compose.ui.viewinterop.AndroidView
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import com.google.zxing.BarcodeFormat
import com.journeyapps.barcodescanner.BarcodeView
import com.journeyapps.barcodescanner.DefaultDecoderFactory
import org.nansen.shell.R
import org.nansen.shell.model.ScanModel

/** The camera, with how much of an animated code has come. No picture is kept. */
@Composable
fun ScanScreen(scan: ScanModel) {
    var isAllowed by remember { mutableStateOf<Boolean?>(null) }
    val permission = rememberLauncherForActivityResult(ActivityResultContracts.RequestPermission()) {
        isAllowed = it
    }
    LaunchedEffect(Unit) { permission.launch(Manifest.permission.CAMERA) }

    Box(Modifier.fillMaxSize(), Alignment.Center) {
        when (isAllowed) {
            null -> Unit
            false -> Text(stringResource(R.string.camera_needed), Modifier.padding(24.dp))
            true -> Camera(scan)
        }
        val progress by scan.progress.collectAsStateWithLifecycle()
        progress?.let { (received, needed) ->
            LinearProgressIndicator(
                progress = { received.toFloat() / needed },
                modifier = Modifier.align(Alignment.BottomCenter).fillMaxWidth().padding(24.dp),
            )
        }
    }
}

@Composable
private fun Camera(scan: ScanModel) {
    val context = LocalContext.current
    val camera = remember {
        BarcodeView(context).apply {
            decoderFactory = DefaultDecoderFactory(listOf(BarcodeFormat.QR_CODE))
            decodeContinuous { result -> scan.onText(result.text) }
        }
    }
    DisposableEffect(camera) {
        camera.resume()
        onDispose { camera.pauseAndWait() }
    }
    AndroidView({ camera }, Modifier.fillMaxSize())
}
