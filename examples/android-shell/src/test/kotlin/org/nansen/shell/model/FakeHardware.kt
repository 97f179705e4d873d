package org.nansen.shell.model

import java.security.KeyPairGenerator
import java.security.spec.ECGenParameterSpec
import org.nansen.HardwareAnswer
import org.nansen.HardwareKey
import org.nansen.SigningTask

/** A phone's hardware for the models: it "wraps" by turning the bytes over. */
internal class FakeHardware(private val hasKeys: Boolean = true) : Hardware {
    val keys = mutableListOf<HardwareKey>()
    var keptFor: ByteArray? = null
        private set

    override suspend fun wrap(secret: ByteArray): HardwareAnswer = HardwareAnswer.Done(secret.reversedArray())

    override suspend fun unwrap(wrapped: ByteArray): HardwareAnswer = HardwareAnswer.Done(wrapped.reversedArray())

    override suspend fun sign(task: SigningTask): HardwareAnswer = HardwareAnswer.Unavailable

    override suspend fun makeKey(): HardwareKey? {
        if (!hasKeys) {
            return null
        }
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        return HardwareKey(generator.generateKeyPair().public.encoded, "key${keys.size}".toByteArray()).also { keys += it }
    }

    override suspend fun deleteKey(key: HardwareKey) {
        keys -= key
    }

    override suspend fun forget(butFor: ByteArray?) {
        keptFor = butFor
    }
}
