package org.nansen.shell.model

import java.io.File
import java.io.InputStream
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.nansen.PresentationSession
import org.nansen.Wallet
import org.nansen.ffi.Contents
import org.nansen.ffi.HardwareAnswer
import org.nansen.ffi.Message
import org.nansen.ffi.MessageKind
import org.nansen.ffi.NansenException
import org.nansen.ffi.NewDocument
import org.nansen.ffi.Occasion
import org.nansen.ffi.RecordId
import org.nansen.ffi.SigningTask
import org.nansen.ffi.TrustItem
import org.nansen.ffi.Unlock
import org.nansen.ffi.Way
import org.nansen.isDataAtRisk
import org.nansen.wipe

/** How the vault is, as the screens show it. */
sealed interface VaultState {
    /** There is none yet. */
    data object Missing : VaultState

    /** Locked; [hasHardwareWay] offers the finger beside the PIN. */
    data class Locked(val hasHardwareWay: Boolean) : VaultState

    /** Just made: its recovery code stands on the screen until the person has written it down. */
    class Created(val recoveryCode: ByteArray) : VaultState

    /** Unlocked. */
    data class Open(val contents: Contents) : VaultState
}

/** What the app asks of the phone's hardware; `HardwareUnlock` of this app answers on a phone. */
interface Hardware {
    suspend fun wrap(secret: ByteArray): HardwareAnswer

    suspend fun unwrap(wrapped: ByteArray): HardwareAnswer

    suspend fun sign(task: SigningTask): HardwareAnswer

    /** Removes the keys that [wrap] made, but for the one that made [butFor]. */
    suspend fun forget(butFor: ByteArray? = null)
}

/** The one vault of the app. Every function may be called from the main thread. */
class VaultModel(private val file: File) {
    private val _state = MutableStateFlow<VaultState?>(null)

    /** Null until [start] has looked. */
    val state: StateFlow<VaultState?> = _state.asStateFlow()

    private var wallet: Wallet? = null

    /** Looks for the vault. */
    suspend fun start() {
        if (wallet != null) {
            return
        }
        if (file.exists()) {
            wallet = Wallet.open(file)
            showLocked()
        } else {
            _state.value = VaultState.Missing
        }
    }

    /** Makes the vault. The PIN is wiped. */
    suspend fun create(pin: ByteArray) {
        val created = Wallet.create(file, pin)
        wallet = created.wallet
        _state.value = VaultState.Created(created.recoveryCode)
    }

    /** The person has written the recovery code down. */
    suspend fun codeWritten() {
        (_state.value as? VaultState.Created)?.recoveryCode?.wipe()
        refresh()
    }

    /** Unlocks by PIN, which is wiped. */
    suspend fun unlock(pin: ByteArray) {
        open().unlock(pin)
        refresh()
    }

    /** Unlocks by recovery code, which is wiped. */
    suspend fun recover(code: ByteArray) {
        open().unlock(Unlock.RecoveryCode(code))
        refresh()
    }

    /** Unlocks by the phone's hardware. */
    suspend fun unlock(hardware: Hardware) {
        open().unlockWithHardware(hardware::unwrap)
        refresh()
    }

    /** Lets the hardware unlock from now on, after proof by PIN. */
    suspend fun addHardware(pin: ByteArray, hardware: Hardware) {
        open().addHardwareWay(Unlock.Passphrase(pin), hardware::wrap, hardware::unwrap)
        // Only now is the key of the way before, if there was one, of no use any more.
        hardware.forget(butFor = open().wrappedSecret(Way.HARDWARE))
    }

    /** After the hardware's key is gone: the way goes too, once another one has unlocked. */
    suspend fun removeHardware(hardware: Hardware) {
        if (Way.HARDWARE in open().ways()) {
            open().removeWay(Way.HARDWARE)
        }
        hardware.forget()
    }

    /** Locks. For `onStop`: nothing readable stays behind in the background. */
    suspend fun lock() {
        val open = wallet ?: return
        (_state.value as? VaultState.Created)?.recoveryCode?.wipe()
        open.lock()
        showLocked()
    }

    /** A device key for a credential to come: its public half is for the issuer. */
    suspend fun newDeviceKey(): ByteArray = open().newDeviceKey()

    /** Takes in what was scanned: a list, or else a credential in a file. */
    suspend fun takeIn(message: Message) {
        when (message.kind) {
            MessageKind.TRUST_LIST -> open().addTrust(TrustItem.TrustList(message.bytes))
            MessageKind.STATUS_LIST -> open().addTrust(TrustItem.StatusList(message.bytes))
            else -> open().importCredential(message.bytes)
        }
        refresh()
    }

    /** Takes in a scan, photo or PDF, piece by piece. */
    suspend fun takeIn(title: String, mediaType: String, content: InputStream) {
        content.use { open().addDocument(NewDocument(title, mediaType), it) }
        refresh()
    }

    /** Deletes a credential or document. */
    suspend fun delete(id: RecordId) {
        open().delete(id)
        refresh()
    }

    /** Begins to answer a request. */
    suspend fun begin(request: Message): PresentationSession =
        open().begin(Occasion.Request(request))

    /** What was shown is in the history now, and lists may have changed. */
    suspend fun refresh() {
        _state.value = VaultState.Open(open().contents())
    }

    private suspend fun showLocked() {
        val hasHardwareWay = try {
            open().wrappedSecret(Way.HARDWARE) != null
        } catch (damaged: NansenException) {
            // The other ways remain; what is at risk is said after unlocking.
            if (!damaged.isDataAtRisk) throw damaged
            false
        }
        _state.value = VaultState.Locked(hasHardwareWay)
    }

    private fun open(): Wallet = wallet ?: throw NansenException.Released()
}
