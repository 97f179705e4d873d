package org.nansen

import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** A phone's hardware, as the tests need it: it does what it is asked, or refuses as told. */
internal class FakeKeystore {
    /** What it answers in place of doing anything. */
    var refusal: HardwareAnswer? = null

    /** How often it was asked. */
    var asked = 0
        private set

    private val wrapping: SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
    private val keys = mutableMapOf<String, KeyPair>()

    fun wrap(secret: ByteArray): HardwareAnswer = answering {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, wrapping)
        cipher.iv + cipher.doFinal(secret)
    }

    fun unwrap(wrapped: ByteArray): HardwareAnswer = answering {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.DECRYPT_MODE, wrapping, GCMParameterSpec(128, wrapped, 0, 12))
        cipher.doFinal(wrapped, 12, wrapped.size - 12)
    }

    fun create(alias: String): HardwareKey {
        val generator = KeyPairGenerator.getInstance("EC")
        generator.initialize(ECGenParameterSpec("secp256r1"))
        val pair = generator.generateKeyPair()
        keys[alias] = pair
        return HardwareKey(pair.public.encoded, alias.toByteArray())
    }

    fun sign(handle: ByteArray, bytes: ByteArray): HardwareAnswer {
        val pair = keys[handle.decodeToString()] ?: return HardwareAnswer.NotPresent
        return answering {
            Signature.getInstance("SHA256withECDSA").run {
                initSign(pair.private)
                update(bytes)
                sign()
            }
        }
    }

    private fun answering(work: () -> ByteArray): HardwareAnswer {
        asked += 1
        return refusal ?: HardwareAnswer.Done(work())
    }

    companion object {
        /** Every way in which hardware gives no answer, by the code of its error. */
        val REFUSALS: Map<String, HardwareAnswer> = mapOf(
            "hardware.cancelled" to HardwareAnswer.Cancelled,
            "hardware.locked" to HardwareAnswer.Locked,
            "hardware.invalidated" to HardwareAnswer.Invalidated,
            "hardware.unavailable" to HardwareAnswer.Unavailable,
            "hardware.not_present" to HardwareAnswer.NotPresent,
        )
    }
}
