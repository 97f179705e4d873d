package org.nansen.shell

import android.app.Application
import android.content.pm.ApplicationInfo
import android.net.Uri
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import java.io.IOException
import java.util.Locale
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.nansen.Activity
import org.nansen.Message
import org.nansen.MessageKind
import org.nansen.NansenException
import org.nansen.PackFacts
import org.nansen.Verifier
import org.nansen.android.vaultFile
import org.nansen.shell.model.Advice
import org.nansen.shell.model.AppTrust
import org.nansen.shell.model.BackupModel
import org.nansen.shell.model.ConsentModel
import org.nansen.shell.model.Hardware
import org.nansen.shell.model.NotesModel
import org.nansen.shell.model.ScanModel
import org.nansen.shell.model.VaultModel
import org.nansen.shell.model.VerifierModel
import org.nansen.useAndWipe
import org.nansen.shell.model.advice

/** What fills the screen. */
sealed interface Screen {
    /** The vault: locked, or its list. */
    data object Vault : Screen

    /** The camera. */
    class Scanning(val scan: ScanModel) : Screen

    /** What somebody asks. */
    class Asked(val consent: ConsentModel) : Screen

    /** A message as codes. */
    class Showing(val message: Message) : Screen

    /** The public half of a device key, in base64url, for the issuer of a credential to come. */
    class ForIssuer(val key: String) : Screen

    /** Ways to unlock, to be set up and removed. */
    data object Ways : Screen

    /** A backup to be made, or to be brought back. */
    class BackingUp(val backup: BackupModel) : Screen

    /** Packs, and what they tell people. */
    class Notes(val notes: NotesModel) : Screen

    /** The verifier's side. */
    class Verifying(val verifier: VerifierModel) : Screen
}

/** Which screen there is, and what a failure means for the person. Decides nothing else. */
class ShellViewModel(application: Application) : AndroidViewModel(application) {
    val vault = VaultModel(application.vaultFile(), AppTrust.items(isDebuggable(application)))

    private val _screen = MutableStateFlow<Screen>(Screen.Vault)
    val screen: StateFlow<Screen> = _screen.asStateFlow()

    private val _advice = MutableStateFlow<Advice?>(null)
    val advice: StateFlow<Advice?> = _advice.asStateFlow()

    private val _isBusy = MutableStateFlow(false)

    /** Deriving a key from a PIN takes a moment: buttons wait. */
    val isBusy: StateFlow<Boolean> = _isBusy.asStateFlow()

    /** Nothing is drawn while this holds: what stands below may be that of an open vault. */
    var isCovered: Boolean by mutableStateOf(false)
        private set

    private var isHidden = false

    init {
        run { vault.start() }
        viewModelScope.launch {
            while (true) {
                delay(TICK)
                // Told again, since a vault that was opened meanwhile has not heard it.
                note(if (isHidden) Activity.BACKGROUND else Activity.TICK)
            }
        }
    }

    /** Before anything is drawn: locks if the phone slept over the time at which it was due. */
    fun onShown() {
        isHidden = false
        isCovered = true
        viewModelScope.launch {
            try {
                note(Activity.FOREGROUND)
            } finally {
                isCovered = false
            }
        }
    }

    /** Locks when the app stays away, as long as the vault's owner lets it. */
    fun onHidden() {
        isHidden = true
        viewModelScope.launch { note(Activity.BACKGROUND) }
    }

    /** The person touched something. */
    fun onUsed() {
        viewModelScope.launch { note(Activity.USED) }
    }

    private suspend fun note(activity: Activity) {
        if (vault.note(activity)) {
            show(Screen.Vault)
        }
    }

    /** Runs something for the person, and keeps what to tell them if it fails. */
    fun run(work: suspend () -> Unit) {
        viewModelScope.launch {
            _isBusy.value = true
            try {
                work()
            } catch (failure: NansenException) {
                _advice.value = advice(failure)
            } catch (_: IOException) {
                // Of a picked document, on a card or a server of somebody else.
                _advice.value = Advice.TRY_AGAIN
            } finally {
                _isBusy.value = false
            }
        }
    }

    fun adviceRead() {
        _advice.value = null
    }

    /** Unlocks by hardware; when its key is gone, says so, and the PIN remains. */
    fun unlock(hardware: Hardware) = run { vault.unlock(hardware) }

    /** Copies a document that the person picked. */
    fun takeIn(document: Uri) = run {
        val resolver = getApplication<Application>().contentResolver
        val mediaType = resolver.getType(document) ?: "application/octet-stream"
        val title = document.lastPathSegment?.substringAfterLast('/').orEmpty()
        resolver.openInputStream(document)?.let { vault.takeIn(title, mediaType, it) }
    }

    /** Takes in a pack, a list or a credential that came as a file, and shows what a pack brings. */
    fun import(file: Uri) = run {
        val kind = getApplication<Application>().contentResolver.openInputStream(file)?.let { vault.takeIn(it) }
        if (kind == MessageKind.PACK) {
            openNotes()
        }
    }

    /** Shows packs, and what they tell of a country. */
    fun showNotes() = run { openNotes() }

    private suspend fun openNotes() {
        val notes = vault.notes(Locale.getDefault().toLanguageTag())
        notes.start()
        show(Screen.Notes(notes))
    }

    /** Looks for notes. Each letter is a search, so no button waits for it. */
    suspend fun search(notes: NotesModel, country: String?, words: String) {
        try {
            notes.search(country, words)
        } catch (failure: NansenException) {
            _advice.value = advice(failure)
        }
    }

    /** Shows a pack to another phone. */
    fun handOn(notes: NotesModel, pack: PackFacts) = run { notes.handOn(pack)?.let { show(Screen.Showing(it)) } }

    /** Makes a device key, and shows its public half for the issuer. */
    fun makeKey(hardware: Hardware) = run { show(Screen.ForIssuer(vault.newDeviceKey(hardware))) }

    /** Writes a key for the issuer into a file that the person chose. */
    fun save(key: String, file: Uri) = run {
        withContext(Dispatchers.IO) {
            getApplication<Application>().contentResolver.openOutputStream(file)?.use { it.write(key.encodeToByteArray()) }
        }
    }

    /** Shows the ways to unlock. */
    fun showWays() = show(Screen.Ways)

    /** Shows what a backup needs. */
    fun showBackup() = show(Screen.BackingUp(vault.backup()))

    /** Writes a backup into a file that the person chose, wherever that is kept. */
    fun save(backup: BackupModel, file: Uri) = run {
        val resolver = getApplication<Application>().contentResolver
        withContext(Dispatchers.IO) { resolver.openOutputStream(file, "wt") }?.use { backup.write(it) }
    }

    /** Brings back what a backup holds, which the person's code opens. The code is wiped. */
    fun restore(backup: BackupModel, file: Uri, code: ByteArray) = run {
        code.useAndWipe {
            val resolver = getApplication<Application>().contentResolver
            withContext(Dispatchers.IO) { resolver.openInputStream(file) }?.use { backup.restore(code, it) }
        }
        vault.refresh()
    }

    /** Lets the hardware unlock from now on, after proof by PIN, which is wiped. */
    fun addHardware(pin: ByteArray, hardware: Hardware) = run { vault.addHardware(pin, hardware) }

    /** Takes that back. */
    fun removeHardware(hardware: Hardware) = run { vault.removeHardware(hardware) }

    /** Makes a new recovery code after proof by PIN, which is wiped, and shows it. */
    fun renewCode(pin: ByteArray) = run {
        vault.renewCode(pin)
        show(Screen.Vault)
    }

    /** Looks through the camera for something to take in or to answer. */
    fun scan(hardware: Hardware) = scanning { message ->
        if (message.kind == MessageKind.REQUEST) {
            show(Screen.Asked(ConsentModel(vault.begin(message), hardware)))
        } else {
            vault.takeIn(message)
            show(Screen.Vault)
        }
    }

    /** Shows the answer that the person agreed to. */
    fun answer(consent: ConsentModel) = run {
        val message = consent.answer()
        show(Screen.Showing(message))
        vault.refresh()
    }

    /** Becomes a verifier, who needs no vault but shares what this one trusts. */
    fun verify() = run {
        val name = getApplication<Application>().getString(R.string.verifier_name)
        val model = VerifierModel(Verifier.create(name, trust = vault.trust()))
        ask(model)
        show(Screen.Verifying(model))
    }

    /** Asks the next person the same. */
    fun askNext(verifier: VerifierModel) = run { ask(verifier) }

    private suspend fun ask(verifier: VerifierModel) =
        verifier.ask(VerifierModel.TRADE_QUERY, getApplication<Application>().getString(R.string.verifier_purpose))

    /** Scans what the other phone answers. */
    fun scan(verifier: VerifierModel) {
        val scan = ScanModel()
        // The verifier stays open: its request waits for the answer.
        _screen.value = Screen.Scanning(scan)
        run {
            try {
                verifier.onScanned(scan.message())
            } finally {
                scan.close()
                _screen.value = Screen.Verifying(verifier)
            }
        }
    }

    /** Back to the vault. */
    fun home() = show(Screen.Vault)

    private fun scanning(onMessage: suspend (Message) -> Unit) {
        val scan = ScanModel()
        show(Screen.Scanning(scan))
        run { onMessage(scan.message()) }
    }

    /** Changes the screen and closes what the one before it held. */
    private fun show(next: Screen) {
        val before = _screen.value
        _screen.value = next
        when (before) {
            is Screen.Scanning -> before.scan.close()
            is Screen.Asked -> before.consent.close()
            is Screen.Verifying -> before.verifier.close()
            is Screen.BackingUp -> before.backup.close()
            is Screen.Showing, is Screen.ForIssuer, is Screen.Notes, Screen.Ways, Screen.Vault -> Unit
        }
    }

    private fun isDebuggable(application: Application): Boolean =
        application.applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0

    private companion object {
        val TICK = 5.seconds
    }
}
