package org.nansen.shell.model

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.InputStream
import kotlin.io.encoding.Base64
import kotlin.time.Clock
import kotlin.time.Instant
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext
import org.nansen.Activity
import org.nansen.Contents
import org.nansen.HardwareAnswer
import org.nansen.HardwareKey
import org.nansen.Message
import org.nansen.MessageKind
import org.nansen.NansenException
import org.nansen.NewDocument
import org.nansen.Occasion
import org.nansen.PresentationSession
import org.nansen.RecordId
import org.nansen.SigningTask
import org.nansen.TrustItem
import org.nansen.Unlock
import org.nansen.Wallet
import org.nansen.WalletState
import org.nansen.Way
import org.nansen.noteActivity
import org.nansen.trustItem
import org.nansen.wipe

/** How the vault is, as the screens show it. */
sealed interface VaultState {
    /** There is none yet. */
    data object Missing : VaultState

    /** Locked; [hasHardwareWay] offers the finger beside the PIN. */
    data class Locked(val hasHardwareWay: Boolean) : VaultState

    /** Just made: its recovery code stands on the screen until the person has written it down. */
    class Created(val recoveryCode: ByteArray) : VaultState

    /**
     * Unlocked.
     *
     * @property hasHardwareWay whether the phone's hardware unlocks it too.
     * @property isCodeWritten false when nobody confirmed that the recovery code stands on paper:
     *   a new one is to be offered.
     */
    data class Open(
        val contents: Contents,
        val hasHardwareWay: Boolean,
        val isCodeWritten: Boolean,
    ) : VaultState
}

/** What the app asks of the phone's hardware; `HardwareUnlock` of this app answers on a phone. */
interface Hardware {
    suspend fun wrap(secret: ByteArray): HardwareAnswer

    suspend fun unwrap(wrapped: ByteArray): HardwareAnswer

    suspend fun sign(task: SigningTask): HardwareAnswer

    /** Makes a device key; null when the phone has no place for one. */
    suspend fun makeKey(): HardwareKey?

    /** Removes a key of [makeKey]. */
    suspend fun deleteKey(key: HardwareKey)

    /** Removes the keys that [wrap] made, but for the one that made [butFor]. */
    suspend fun forget(butFor: ByteArray? = null)
}

/**
 * The one vault of the app. Every function may be called from the main thread.
 *
 * @param trusted what the vault trusts from the start, such as [AppTrust.items].
 */
class VaultModel(private val file: File, private val trusted: List<TrustItem> = emptyList()) {
    // Stands beside the vault from before a recovery code is made until it was written down: the
    // app may be locked or ended in between.
    private val unwritten = file.resolveSibling("${file.name}.code-not-written")

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
        val created = makingCode { Wallet.create(file, pin) }
        wallet = created.wallet
        _state.value = VaultState.Created(created.recoveryCode)
        trustTheApps()
    }

    /** The person has written the recovery code down. */
    suspend fun codeWritten() {
        (_state.value as? VaultState.Created)?.recoveryCode?.wipe()
        onDisk { unwritten.delete() }
        refresh()
    }

    /** Makes a new recovery code in place of the one before, after proof by PIN, and shows it. */
    suspend fun renewCode(pin: ByteArray) {
        val code = makingCode { open().newRecoveryCode(Unlock.Passphrase(pin)) }
        _state.value = VaultState.Created(code)
    }

    /** Unlocks by PIN, which is wiped. */
    suspend fun unlock(pin: ByteArray) {
        open().unlock(pin)
        opened()
    }

    /** Unlocks by recovery code, which is wiped. */
    suspend fun recover(code: ByteArray) {
        open().unlock(Unlock.RecoveryCode(code))
        opened()
    }

    /** Unlocks by the phone's hardware. */
    suspend fun unlock(hardware: Hardware) {
        open().unlockWithHardware(unwrap = hardware::unwrap)
        opened()
    }

    /** Lets the hardware unlock from now on, after proof by PIN. */
    suspend fun addHardware(pin: ByteArray, hardware: Hardware) {
        open().addHardwareWay(Unlock.Passphrase(pin), hardware::wrap, hardware::unwrap)
        // Only now is the key of the way before, if there was one, of no use any more.
        hardware.forget(butFor = open().wrappedSecret(Way.HARDWARE))
        refresh()
    }

    /** After the hardware's key is gone: the way goes too, once another one has unlocked. */
    suspend fun removeHardware(hardware: Hardware) {
        if (Way.HARDWARE in open().ways()) {
            open().removeWay(Way.HARDWARE)
        }
        hardware.forget()
        refresh()
    }

    /**
     * Locks, and shows nothing until that is done. Ends what it began though its caller is
     * cancelled: the screen must not say that the vault is open when it is not.
     */
    suspend fun lock(): Unit = withContext(NonCancellable) {
        val open = wallet ?: return@withContext
        (_state.value as? VaultState.Created)?.recoveryCode?.wipe()
        _state.value = null
        open.lock()
        showLocked()
    }

    /**
     * Tells the vault what happened to the app, and shows it locked when that was its time: whether
     * it was. Waits for what is running, an unlock too, and ends what it began as [lock] does.
     */
    suspend fun note(activity: Activity, now: Instant = Clock.System.now()): Boolean = withContext(NonCancellable) {
        val isLocked = wallet?.noteActivity(activity, now) == WalletState.LOCKED
        val shown = _state.value
        val isDue = isLocked && (shown is VaultState.Open || shown is VaultState.Created)
        if (isDue) {
            (shown as? VaultState.Created)?.recoveryCode?.wipe()
            showLocked()
        }
        isDue
    }

    /** What a backup is made of and comes back into. Files on their way lie beside the vault. */
    fun backup(): BackupModel = BackupModel(open(), file.resolveSibling("${file.name}.backup"))

    /**
     * A device key for a credential to come: its public half in base64url, for the issuer. In the
     * phone's hardware where that has a place for it, else in the vault.
     */
    suspend fun newDeviceKey(hardware: Hardware): String {
        val made = hardware.makeKey()
        val key = try {
            open().newDeviceKey(made)
        } catch (failure: NansenException) {
            made?.let { hardware.deleteKey(it) }
            throw failure
        }
        return Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).encode(key)
    }

    /** What a verifier on this phone may know: the roots and lists of the vault. */
    suspend fun trust(): ByteArray = open().trust().stored

    /** Takes in what was scanned: a pack, a list, or else a credential. */
    suspend fun takeIn(message: Message) {
        val item = message.trustItem()
        if (item != null) open().addTrust(item) else open().importCredential(message.bytes)
        refresh()
    }

    /** Takes in a pack, a list or a credential that came as a file, and tells what it proved to be. */
    suspend fun takeIn(content: InputStream): MessageKind {
        // What is longer than the library takes is for the library to refuse.
        val bytes = onDisk { content.use { it.readAtMost(FILE_BYTES_MAX + 1) } }
        var refused: NansenException? = null
        for (kind in FILES) {
            try {
                takeIn(Message(kind, bytes))
                return kind
            } catch (failure: NansenException.Malformed) {
                refused = refused ?: failure
            } catch (failure: NansenException.WrongMessage) {
                refused = refused ?: failure
            } catch (failure: NansenException.Untrusted) {
                // Read as a list, whatever nobody signed is this: it may be something else yet.
                refused = failure
            }
        }
        throw checkNotNull(refused) { "there are readings" }
    }

    /** What the vault goes by, and what that tells. */
    fun notes(language: String): NotesModel = NotesModel(open(), language)

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
        val isCodeWritten = onDisk { !unwritten.exists() }
        _state.value = VaultState.Open(open().contents(), Way.HARDWARE in open().ways(), isCodeWritten)
    }

    private suspend fun opened() {
        // An update of the app may bring new ones.
        trustTheApps()
        refresh()
    }

    private suspend fun trustTheApps() {
        trusted.forEach { open().addTrust(it) }
    }

    /** Notes that a code is about to be made, and takes the note back when none was. */
    private suspend fun <T> makingCode(make: suspend () -> T): T {
        val isNewNote = onDisk {
            unwritten.parentFile?.mkdirs()
            unwritten.createNewFile()
        }
        return try {
            make()
        } catch (failure: NansenException) {
            if (isNewNote) onDisk { unwritten.delete() }
            throw failure
        }
    }

    private suspend fun showLocked() {
        val hasHardwareWay = try {
            open().wrappedSecret(Way.HARDWARE) != null
        } catch (_: NansenException) {
            // The other ways remain; what is at risk is said after unlocking.
            false
        }
        _state.value = VaultState.Locked(hasHardwareWay)
    }

    private suspend fun <T> onDisk(work: () -> T): T = withContext(Dispatchers.IO) { work() }

    private fun open(): Wallet = wallet ?: throw NansenException.Released()
}

/** The content up to its end, or the first [count] bytes. `readNBytes` came with API 33. */
private fun InputStream.readAtMost(count: Int): ByteArray {
    val bytes = ByteArrayOutputStream()
    val piece = ByteArray(64 shl 10)
    while (bytes.size() < count) {
        val read = read(piece, 0, minOf(piece.size, count - bytes.size()))
        if (read <= 0) break
        bytes.write(piece, 0, read)
    }
    return bytes.toByteArray()
}

/** What a file may be, in the order in which it is tried. */
private val FILES = listOf(MessageKind.PACK, MessageKind.TRUST_LIST, MessageKind.STATUS_LIST, MessageKind.FILE)

/** What a pack may have. */
private const val FILE_BYTES_MAX = 32 shl 20
