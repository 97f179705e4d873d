package org.nansen.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.Key
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.withContext
import org.nansen.ffi.HardwareAnswer

/**
 * Wraps the vault's platform secret with an AES-256-GCM key that never leaves the phone's
 * hardware.
 *
 * When a call answers `Invalidated` or `NotPresent`, this way to unlock is gone and the others
 * remain: [delete] the key, remove the way from the vault once it was unlocked by PIN or recovery
 * code, and offer to set it up anew.
 *
 * Wrapped secret: version (1 byte, 1), nonce (12), ciphertext, tag (16).
 *
 * @param context any context of the app.
 * @param alias the key's name; one for each vault and way.
 */
public class KeystoreWrapper(
    context: Context,
    private val alias: String,
    private val rules: KeyRules = KeyRules(),
) {
    private val context: Context = context.applicationContext

    /** Whether the phone holds the key. It may have been invalidated all the same. */
    public suspend fun exists(): Boolean = withContext(HardwareKeys.dispatcher) {
        runCatching { HardwareKeys.store().containsAlias(alias) }.getOrDefault(false)
    }

    /** Makes a fresh key, in place of an old one, and wraps [secret] with it. */
    public suspend fun wrap(secret: ByteArray, person: PersonCheck): HardwareAnswer = answering {
        withContext(HardwareKeys.dispatcher) { make() }?.let { return it }
        val approval = person.approve(rules.presence) {
            begin { cipher, key -> cipher.init(Cipher.ENCRYPT_MODE, key) }
        }
        finish(approval) { cipher ->
            byteArrayOf(WRAPPED_VERSION) + cipher.iv + cipher.doFinal(secret)
        }
    }

    /** Unwraps what [wrap] gave. Wipe the bytes of the answer after use. */
    public suspend fun unwrap(wrapped: ByteArray, person: PersonCheck): HardwareAnswer = answering {
        if (wrapped.size <= SEALED_AT || wrapped.first() != WRAPPED_VERSION) {
            return HardwareAnswer.Invalidated
        }
        if (!exists()) {
            return HardwareAnswer.NotPresent
        }
        val nonce = wrapped.copyOfRange(NONCE_AT, SEALED_AT)
        val approval = person.approve(rules.presence) {
            begin { cipher, key ->
                cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, nonce))
            }
        }
        finish(approval) { cipher ->
            cipher.doFinal(wrapped, SEALED_AT, wrapped.size - SEALED_AT)
        }
    }

    /** Removes the key, if there is one. What it wrapped is lost. */
    public suspend fun delete(): Unit = withContext(HardwareKeys.dispatcher) {
        HardwareKeys.delete(alias)
    }

    /** Null, or the answer that says why there is no key. */
    private fun make(): HardwareAnswer? {
        HardwareKeys.delete(alias)
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val key = HardwareKeys.make(
            context,
            rules,
            builder = {
                KeyGenParameterSpec.Builder(alias, purposes)
                    .setKeySize(KEY_BITS)
                    .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            },
            generate = { spec ->
                KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, HardwareKeys.PROVIDER)
                    .apply { init(spec) }
                    .generateKey()
            },
        )
        if (rules.hardwareOnly && !isInHardware(key)) {
            HardwareKeys.delete(alias)
            return HardwareAnswer.Unavailable
        }
        return null
    }

    private fun isInHardware(key: SecretKey): Boolean {
        val factory = SecretKeyFactory.getInstance(key.algorithm, HardwareKeys.PROVIDER)
        return HardwareKeys.isInHardware(factory.getKeySpec(key, KeyInfo::class.java) as KeyInfo)
    }

    private fun begin(init: (Cipher, Key?) -> Unit): KeyUse {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        init(cipher, HardwareKeys.find(alias))
        return KeyUse.OfCipher(cipher)
    }

    private suspend fun finish(approval: Approval, work: (Cipher) -> ByteArray): HardwareAnswer =
        when (approval) {
            is Approval.Refused -> approval.answer
            is Approval.Given -> withContext(HardwareKeys.dispatcher) {
                HardwareAnswer.Done(work((approval.use as KeyUse.OfCipher).cipher))
            }
        }

    private companion object {
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val KEY_BITS = 256
        const val TAG_BITS = 128
        const val WRAPPED_VERSION: Byte = 1
        const val NONCE_AT = 1
        const val SEALED_AT = 13
    }
}
