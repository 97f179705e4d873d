package org.nansen.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import kotlinx.coroutines.withContext
import org.nansen.HardwareAnswer

/**
 * Device keys in the phone's hardware: P-256 with SHA-256 (ES256), one for each credential.
 *
 * The alias of a key is the `handle` that the wallet is given with the public key and gives back
 * with the bytes to sign. When a call answers `Invalidated` or `NotPresent`, no presentation can
 * be made of that credential any more: it must be issued anew, to a fresh key.
 *
 * @param context any context of the app.
 */
public class KeystoreSigner(
    context: Context,
    private val rules: KeyRules = KeyRules(presence = Presence.NONE),
) {
    private val context: Context = context.applicationContext

    /**
     * Makes a key. `Done` holds its SubjectPublicKeyInfo (RFC 5480, DER), which the wallet reads
     * as it is. A key of that alias must not exist.
     */
    public suspend fun create(alias: String): HardwareAnswer = answering {
        withContext(HardwareKeys.dispatcher) {
            require(!HardwareKeys.store().containsAlias(alias)) { "there is a key of that alias" }
            val pair = HardwareKeys.make(
                context,
                rules,
                builder = {
                    KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                        .setAlgorithmParameterSpec(ECGenParameterSpec(CURVE))
                        .setDigests(KeyProperties.DIGEST_SHA256)
                },
                generate = { spec ->
                    KeyPairGenerator
                        .getInstance(KeyProperties.KEY_ALGORITHM_EC, HardwareKeys.PROVIDER)
                        .apply { initialize(spec) }
                        .generateKeyPair()
                },
            )
            if (rules.hardwareOnly && !isInHardware(pair.private)) {
                HardwareKeys.delete(alias)
                HardwareAnswer.Unavailable
            } else {
                HardwareAnswer.Done(pair.public.encoded)
            }
        }
    }

    /** Signs [bytes]. `Done` holds the signature (X9.62, DER), which the wallet reads as it is. */
    public suspend fun sign(alias: String, bytes: ByteArray, person: PersonCheck): HardwareAnswer =
        answering {
            val exists = withContext(HardwareKeys.dispatcher) {
                HardwareKeys.store().containsAlias(alias)
            }
            if (!exists) {
                return HardwareAnswer.NotPresent
            }
            val approval = person.approve(rules.presence) {
                val signature = Signature.getInstance(ALGORITHM)
                signature.initSign(HardwareKeys.find(alias) as PrivateKey)
                KeyUse.OfSignature(signature)
            }
            when (approval) {
                is Approval.Refused -> approval.answer
                is Approval.Given -> withContext(HardwareKeys.dispatcher) {
                    val signature = (approval.use as KeyUse.OfSignature).signature
                    signature.update(bytes)
                    HardwareAnswer.Done(signature.sign())
                }
            }
        }

    /** Removes a key, if there is one. What is bound to it can be shown no more. */
    public suspend fun delete(alias: String): Unit = withContext(HardwareKeys.dispatcher) {
        HardwareKeys.delete(alias)
    }

    private fun isInHardware(key: PrivateKey): Boolean {
        val factory = KeyFactory.getInstance(key.algorithm, HardwareKeys.PROVIDER)
        return HardwareKeys.isInHardware(factory.getKeySpec(key, KeyInfo::class.java))
    }

    private companion object {
        const val CURVE = "secp256r1"
        const val ALGORITHM = "SHA256withECDSA"
    }
}
