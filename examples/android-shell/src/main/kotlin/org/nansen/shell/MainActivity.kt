package org.nansen.shell

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.result.contract.ActivityResultContracts
import androidx.activity.viewModels
import kotlinx.coroutines.CompletableDeferred
import org.nansen.android.blockCapture
import org.nansen.shell.ui.Shell

/** The only activity. Nothing that it shows can be captured, and it locks when it is left. */
class MainActivity : ComponentActivity() {
    private val shell: ShellViewModel by viewModels()

    private var confirming: CompletableDeferred<Boolean>? = null
    private val confirmation =
        registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { result ->
            confirming?.complete(result.resultCode == Activity.RESULT_OK)
        }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        window.blockCapture()
        setContent { Shell(shell, HardwareUnlock(this, ::confirm)) }
    }

    override fun onStart() {
        super.onStart()
        shell.onShown()
    }

    override fun onStop() {
        super.onStop()
        shell.onHidden()
    }

    override fun onUserInteraction() {
        super.onUserInteraction()
        shell.onUsed()
    }

    /** The phone's own screen for its PIN, on phones before Android 11. */
    private suspend fun confirm(intent: Intent): Boolean {
        val answer = CompletableDeferred<Boolean>()
        confirming = answer
        confirmation.launch(intent)
        return answer.await()
    }
}
