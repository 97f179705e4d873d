package org.nansen.shell

import android.app.Activity
import android.content.Intent
import java.util.UUID
import org.nansen.HardwareAnswer
import org.nansen.HardwareKey
import org.nansen.SigningTask
import org.nansen.android.BiometricUnlock
import org.nansen.android.KeystoreSigner
import org.nansen.android.KeystoreWrapper
import org.nansen.android.PersonCheck
import org.nansen.android.PromptText
import org.nansen.shell.model.Hardware

/** This phone's Keystore, asking on [activity]'s screen. */
class HardwareUnlock(activity: Activity, confirm: suspend (Intent) -> Boolean) : Hardware {
    private val wrapper = KeystoreWrapper(activity, WRAPPING_KEY)
    private val signer = KeystoreSigner(activity)
    private val person: PersonCheck = BiometricUnlock(
        activity,
        PromptText(activity.getString(R.string.unlock_title), activity.getString(R.string.unlock_by_pin)),
        confirm,
    )

    override suspend fun wrap(secret: ByteArray): HardwareAnswer = wrapper.wrap(secret, person)

    override suspend fun unwrap(wrapped: ByteArray): HardwareAnswer = wrapper.unwrap(wrapped, person)

    override suspend fun sign(task: SigningTask): HardwareAnswer =
        signer.sign(task.handle.decodeToString(), task.bytes, person)

    /** For every credential a key of its own. It signs while the phone is unlocked, and asks nobody. */
    override suspend fun makeKey(): HardwareKey? {
        val alias = DEVICE_KEYS + UUID.randomUUID()
        val made = signer.create(alias) as? HardwareAnswer.Done
        return made?.let { HardwareKey(publicKey = it.bytes, handle = alias.encodeToByteArray()) }
    }

    override suspend fun deleteKey(key: HardwareKey) = signer.delete(key.handle.decodeToString())

    override suspend fun forget(butFor: ByteArray?) {
        if (butFor == null) wrapper.delete() else wrapper.keepOnly(butFor)
    }

    private companion object {
        const val WRAPPING_KEY = "nansen.unlock"
        const val DEVICE_KEYS = "nansen.device."
    }
}
