package org.nansen.android

import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.InvalidAlgorithmParameterException
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import org.nansen.HardwareAnswer

/**
 * What the phone's refusal means for the person.
 *
 * Android wraps the reason in two or three other exceptions, which differ by maker and release:
 * the innermost one that is known decides.
 */
internal fun hardwareAnswer(failure: Throwable): HardwareAnswer {
    val causes = generateSequence(failure) { it.cause }.take(MAX_CAUSES)
    return causes.toList().asReversed().firstNotNullOfOrNull(::known) ?: HardwareAnswer.Unavailable
}

/** The outcome of one exception that says by itself what happened. */
private fun known(failure: Throwable): HardwareAnswer? = when {
    failure is KeyPermanentlyInvalidatedException -> HardwareAnswer.Invalidated
    failure is UnrecoverableKeyException -> HardwareAnswer.Invalidated
    // The wrapped secret is not of this key: the two will never fit again.
    failure is AEADBadTagException -> HardwareAnswer.Invalidated
    failure is UserNotAuthenticatedException -> HardwareAnswer.Locked
    // Making a key that asks for a biometric, while none is enrolled or no screen lock is set.
    failure is InvalidAlgorithmParameterException -> HardwareAnswer.Unavailable
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && failure is KeyStoreException ->
        numbered(failure.numericErrorCode)
    else -> null
}

private fun numbered(code: Int): HardwareAnswer? = when (code) {
    KeyStoreException.ERROR_KEY_DOES_NOT_EXIST -> HardwareAnswer.NotPresent
    KeyStoreException.ERROR_KEY_CORRUPTED -> HardwareAnswer.Invalidated
    KeyStoreException.ERROR_USER_AUTHENTICATION_REQUIRED,
    KeyStoreException.ERROR_KEYSTORE_UNINITIALIZED,
    -> HardwareAnswer.Locked
    else -> null
}

/** The outcome of an error code of [BiometricPrompt]. */
internal fun promptAnswer(code: Int): HardwareAnswer = when (code) {
    BiometricPrompt.BIOMETRIC_ERROR_CANCELED,
    BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
    BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
    -> HardwareAnswer.Cancelled
    BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT,
    BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT,
    -> HardwareAnswer.Locked
    else -> HardwareAnswer.Unavailable
}

/** No real chain is longer; a cyclic one must end. */
private const val MAX_CAUSES = 8
