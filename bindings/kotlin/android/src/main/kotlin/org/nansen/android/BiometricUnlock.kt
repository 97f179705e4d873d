package org.nansen.android

import android.app.Activity
import android.app.KeyguardManager
import android.content.Intent
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import android.security.keystore.UserNotAuthenticatedException
import androidx.annotation.RequiresApi
import kotlin.coroutines.resume
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import org.nansen.HardwareAnswer

/**
 * What the person reads on the prompt, in the app's language.
 *
 * @property title what is about to happen, such as "Unlock your vault".
 * @property cancel the button that declines.
 * @property subtitle a second line, or null.
 */
public data class PromptText(val title: String, val cancel: String, val subtitle: String? = null)

/**
 * Asks on the screen: by [BiometricPrompt] (API 28), or on older phones, and for
 * [Presence.DEVICE_CREDENTIAL] below API 30, by the phone's own screen for its PIN.
 *
 * Call from the main thread. Cancelling the coroutine takes the prompt away.
 *
 * @param activity the one on the screen.
 * @param confirmCredential starts the given intent for a result and says whether it came back
 *   with `RESULT_OK`: the way to the phone's PIN where [BiometricPrompt] has none. With
 *   `registerForActivityResult` that is one `CompletableDeferred<Boolean>`.
 */
public class BiometricUnlock(
    private val activity: Activity,
    private val text: PromptText,
    private val confirmCredential: suspend (Intent) -> Boolean = { false },
) : PersonCheck {

    override suspend fun approve(presence: Presence, begin: () -> KeyUse): Approval =
        when (presence) {
            Presence.NONE -> Approval.Given(onKeyThread(begin))
            Presence.BIOMETRIC ->
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
                    prompt(onKeyThread(begin), withCredential = false)
                } else {
                    Approval.Refused(HardwareAnswer.Unavailable)
                }
            Presence.DEVICE_CREDENTIAL ->
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    prompt(onKeyThread(begin), withCredential = true)
                } else {
                    confirmedRecently(begin)
                }
        }

    /** Begins; asks for the phone's PIN only if the last time is too long ago; begins again. */
    private suspend fun confirmedRecently(begin: () -> KeyUse): Approval {
        try {
            return Approval.Given(onKeyThread(begin))
        } catch (_: UserNotAuthenticatedException) {
            val keyguard = activity.getSystemService(KeyguardManager::class.java)
            @Suppress("DEPRECATION") // Its successor is BiometricPrompt of API 30.
            val intent = keyguard.createConfirmDeviceCredentialIntent(text.title, text.subtitle)
                // The phone has no PIN.
                ?: return Approval.Refused(HardwareAnswer.Unavailable)
            if (!confirmCredential(intent)) {
                return Approval.Refused(HardwareAnswer.Cancelled)
            }
            return Approval.Given(onKeyThread(begin))
        }
    }

    @RequiresApi(Build.VERSION_CODES.P)
    private suspend fun prompt(use: KeyUse, withCredential: Boolean): Approval =
        suspendCancellableCoroutine { waiting ->
            // A second word, such as an error after the button, comes too late to count.
            fun answer(approval: Approval) {
                if (waiting.isActive) {
                    waiting.resume(approval)
                }
            }

            val executor = activity.mainExecutor
            val builder = BiometricPrompt.Builder(activity).setTitle(text.title)
            text.subtitle?.let(builder::setSubtitle)
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                val credential = if (withCredential) Authenticators.DEVICE_CREDENTIAL else 0
                builder.setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or credential)
            }
            // The system refuses a button of ours beside its own "use PIN".
            if (!withCredential) {
                builder.setNegativeButton(text.cancel, executor) { _, _ ->
                    answer(Approval.Refused(HardwareAnswer.Cancelled))
                }
            }
            val outcome = object : BiometricPrompt.AuthenticationCallback() {
                override fun onAuthenticationSucceeded(
                    result: BiometricPrompt.AuthenticationResult,
                ) = answer(Approval.Given(use))

                override fun onAuthenticationError(code: Int, message: CharSequence?) =
                    answer(Approval.Refused(promptAnswer(code)))
            }
            val cancellation = CancellationSignal()
            waiting.invokeOnCancellation { cancellation.cancel() }
            builder.build().authenticate(cryptoObject(use), cancellation, executor, outcome)
        }

    @RequiresApi(Build.VERSION_CODES.P)
    private fun cryptoObject(use: KeyUse): BiometricPrompt.CryptoObject = when (use) {
        is KeyUse.OfCipher -> BiometricPrompt.CryptoObject(use.cipher)
        is KeyUse.OfSignature -> BiometricPrompt.CryptoObject(use.signature)
    }

    private suspend fun onKeyThread(begin: () -> KeyUse): KeyUse =
        withContext(HardwareKeys.dispatcher) { begin() }
}
