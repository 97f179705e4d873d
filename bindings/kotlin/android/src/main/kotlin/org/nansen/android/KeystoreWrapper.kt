package org.nansen.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.Key
import java.security.SecureRandom
import java.util.Locale
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.withContext
import org.nansen.HardwareAnswer

/**
 * Wraps the vault's platform secret with an AES-256-GCM key that never leaves the phone's
 * hardware.
 *
 * When a call answers `Invalidated` or `NotPresent`, this way to unlock is gone and the others
 * remain: [delete] the key, remove the way from the vault once it was unlocked by PIN or recovery
 * code, and offer to set it up anew.
 *
 * Each [wrap] makes a key of its own, so that setting the way up anew can be cancelled half-way
 * and the old key still serves; [keepOnly] removes the others once the wallet took the new one.
 *
 * Wrapped secret: version (1 byte, 1), key (8), nonce (12), ciphertext, tag (16). The key's alias is
 * [alias], a dot and those 8 bytes in hexadecimal.
 *
 * @param context any context of the app.
 * @param alias what the names of the keys begin with; one for each vault and way.
 */
public class KeystoreWrapper(
    context: Context,
    private val alias: String,
    private val rules: KeyRules = KeyRules(),
) {
    private val context: Context = context.applicationContext

    /** Makes a fresh key and wraps [secret] with it. */
    public suspend fun wrap(secret: ByteArray, person: PersonCheck): HardwareAnswer = answering {
        val number = ByteArray(NUMBER_BYTES).also(SecureRandom()::nextBytes)
        val fresh = aliasOf(number)
        withContext(HardwareKeys.dispatcher) { make(fresh) }?.let { return it }
        val approval = person.approve(rules.presence) {
            begin(fresh) { cipher, key -> cipher.init(Cipher.ENCRYPT_MODE, key) }
        }
        finish(approval) { cipher ->
            byteArrayOf(WRAPPED_VERSION) + number + cipher.iv + cipher.doFinal(secret)
        }
    }

    /** Unwraps what [wrap] gave. Wipe the bytes of the answer after use. */
    public suspend fun unwrap(wrapped: ByteArray, person: PersonCheck): HardwareAnswer = answering {
        val alias = aliasIn(wrapped) ?: return HardwareAnswer.Invalidated
        val exists = withContext(HardwareKeys.dispatcher) {
            HardwareKeys.store().containsAlias(alias)
        }
        if (!exists) {
            return HardwareAnswer.NotPresent
        }
        val nonce = wrapped.copyOfRange(NONCE_AT, SEALED_AT)
        val approval = person.approve(rules.presence) {
            begin(alias) { cipher, key ->
                cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, nonce))
            }
        }
        finish(approval) { cipher ->
            cipher.doFinal(wrapped, SEALED_AT, wrapped.size - SEALED_AT)
        }
    }

    /** Removes every key of this way but the one that made [wrapped]: what those wrapped is lost. */
    public suspend fun keepOnly(wrapped: ByteArray): Unit = remove(keep = aliasIn(wrapped))

    /** Removes every key of this way. What they wrapped is lost. */
    public suspend fun delete(): Unit = remove(keep = null)

    private suspend fun remove(keep: String?) = withContext(HardwareKeys.dispatcher) {
        val ours = HardwareKeys.store().aliases().asSequence()
            .filter { it.startsWith("$alias.") && it != keep }
        // Listed first: the store may not like to be changed under way.
        ours.toList().forEach(HardwareKeys::delete)
    }

    private fun aliasIn(wrapped: ByteArray): String? =
        if (wrapped.size > SEALED_AT && wrapped.first() == WRAPPED_VERSION) {
            aliasOf(wrapped.copyOfRange(NUMBER_AT, NONCE_AT))
        } else {
            null
        }

    private fun aliasOf(number: ByteArray): String =
        number.joinToString(separator = "", prefix = "$alias.") { "%02x".format(Locale.ROOT, it) }

    /** Null, or the answer that says why there is no key. */
    private fun make(alias: String): HardwareAnswer? {
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

    private fun begin(alias: String, init: (Cipher, Key?) -> Unit): KeyUse {
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
        const val NUMBER_BYTES = 8
        const val NUMBER_AT = 1
        const val NONCE_AT = 9
        const val SEALED_AT = 21
    }
}
