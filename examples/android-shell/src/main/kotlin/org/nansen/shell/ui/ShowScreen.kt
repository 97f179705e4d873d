package org.nansen.shell.ui

import androidx.activity.compose.LocalActivity
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import org.nansen.Message
import org.nansen.QrCode
import org.nansen.android.showBrightly
import org.nansen.android.showNormally
import org.nansen.frames
import org.nansen.isDark
import org.nansen.shell.R

/** A message as codes, as bright as the screen can be. */
@Composable
fun ShowScreen(message: Message, onDone: () -> Unit) {
    Column(
        Modifier.fillMaxSize().background(Color.White),
        Arrangement.spacedBy(24.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) {
        Codes(message)
        Button(onDone) { Text(stringResource(R.string.done)) }
    }
}

/** The code, or the frames of an animated one in turn, while it is on the screen. */
@Composable
fun Codes(message: Message, modifier: Modifier = Modifier) {
    val activity = LocalActivity.current
    DisposableEffect(activity) {
        activity?.window?.showBrightly()
        onDispose { activity?.window?.showNormally() }
    }
    val frames = remember(message) { message.frames() }
    val code by frames.collectAsStateWithLifecycle(initialValue = null)
    code?.let { DrawnCode(it, modifier.fillMaxWidth().aspectRatio(1f)) }
}

/** One code, of modules as large as fit. */
@Composable
fun DrawnCode(code: QrCode, modifier: Modifier) {
    Canvas(modifier.background(Color.White)) {
        val side = code.side.toInt()
        // Whole pixels: what is blurred between two modules is harder to read.
        val module = (size.width / (side + 2 * QUIET_MODULES)).toInt().toFloat()
        val margin = (size.width - module * side) / 2
        for (y in 0 until side) {
            for (x in 0 until side) {
                if (code.isDark(x, y)) {
                    drawRect(Color.Black, Offset(margin + x * module, margin + y * module), Size(module, module))
                }
            }
        }
    }
}

/** The white margin that readers expect (ISO/IEC 18004). */
private const val QUIET_MODULES = 4
