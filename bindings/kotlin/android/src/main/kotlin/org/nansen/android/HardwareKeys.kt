package org.nansen.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.Key
import java.security.KeyStore
import java.security.ProviderException
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import org.nansen.HardwareAnswer

/** Where the phone keeps keys: the provider `AndroidKeyStore`. */
internal object HardwareKeys {
    const val PROVIDER = "AndroidKeyStore"

    /** Calls to the key store cross to another process, and a StrongBox takes seconds. */
    val dispatcher: CoroutineContext = Dispatchers.IO

    fun store(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }

    /** The private or secret key of an alias, or null when there is none. */
    fun find(alias: String): Key? = store().getKey(alias, null)

    fun delete(alias: String) {
        store().deleteEntry(alias)
    }

    /** Makes a key in the StrongBox, or where it has none, or no room, in the TEE. */
    fun <K> make(
        context: Context,
        rules: KeyRules,
        builder: () -> KeyGenParameterSpec.Builder,
        generate: (KeyGenParameterSpec) -> K,
    ): K {
        val hasStrongBox = Build.VERSION.SDK_INT >= Build.VERSION_CODES.P &&
            context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        if (hasStrongBox) {
            try {
                return generate(builder().demanding(rules).setIsStrongBoxBacked(true).build())
            } catch (_: ProviderException) {
                // StrongBoxUnavailableException, or what a maker throws in its place.
            }
        }
        return generate(builder().demanding(rules).build())
    }

    /** Whether a key lives in hardware rather than in the system's software. */
    fun isInHardware(info: KeyInfo): Boolean =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            info.securityLevel != KeyProperties.SECURITY_LEVEL_SOFTWARE
        } else {
            @Suppress("DEPRECATION") // Its successor came with API 31.
            info.isInsideSecureHardware
        }

    private fun KeyGenParameterSpec.Builder.demanding(rules: KeyRules) = apply {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            setUnlockedDeviceRequired(true)
        }
        when (rules.presence) {
            Presence.NONE -> Unit
            Presence.BIOMETRIC -> {
                if (Build.VERSION.SDK_INT < Build.VERSION_CODES.P) {
                    throw ProviderException("BiometricPrompt came with API 28")
                }
                setUserAuthenticationRequired(true)
                setInvalidatedByBiometricEnrollment(true)
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    setUserAuthenticationParameters(EVERY_USE, KeyProperties.AUTH_BIOMETRIC_STRONG)
                }
            }
            Presence.DEVICE_CREDENTIAL -> {
                setUserAuthenticationRequired(true)
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                    setUserAuthenticationParameters(
                        EVERY_USE,
                        KeyProperties.AUTH_DEVICE_CREDENTIAL or KeyProperties.AUTH_BIOMETRIC_STRONG,
                    )
                } else {
                    @Suppress("DEPRECATION") // Its successor came with API 30.
                    setUserAuthenticationValidityDurationSeconds(CREDENTIAL_SECONDS)
                }
            }
        }
    }

    private const val EVERY_USE = 0
}

/** Turns every exception of the phone into the answer it means; only cancellation passes. */
internal inline fun answering(work: () -> HardwareAnswer): HardwareAnswer =
    try {
        work()
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failure: Exception) {
        hardwareAnswer(failure)
    }
