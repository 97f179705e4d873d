package org.nansen.shell.model

import java.io.File
import java.io.InputStream
import java.io.OutputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext
import org.nansen.BackupKey
import org.nansen.RestoredRecord
import org.nansen.Wallet
import org.nansen.newBackupCode
import org.nansen.restore
import org.nansen.wipe
import org.nansen.writeBackup

/** What becomes of a backup, as the screen shows it. */
sealed interface Backing {
    /** Nothing was begun: the code is to be written down first. */
    data object Waiting : Backing

    /** So many records of [all] are written or brought back; [all] is 0 where nobody knows it yet. */
    data class Working(val done: Long, val all: Long) : Backing

    /** It is where the person keeps it; [leftOut] names what could not be read and is not in it. */
    data class Written(val leftOut: List<String>) : Backing

    /** It is brought back, as far as it was not here. */
    data class Restored(val records: List<RestoredRecord>) : Backing
}

/**
 * A backup to wherever the system's picker leads, and from there. What the picker gives is a
 * stream, and a backup is read back before it counts: so it is made in a file of the app first.
 *
 * @param way where that file lies on its way. It is as well sealed as the vault.
 */
class BackupModel(private val wallet: Wallet, private val way: File) : AutoCloseable {
    /** What opens the backup that is about to be made, in groups: to be written on paper. */
    val code: ByteArray = newBackupCode()

    private val _state = MutableStateFlow<Backing>(Backing.Waiting)
    val state: StateFlow<Backing> = _state.asStateFlow()

    /** Writes everything into [out], which is not closed. */
    suspend fun write(out: OutputStream): Unit = working {
        val leftOut = wallet.writeBackup(way, BackupKey.Code(code.copyOf())).use { backup ->
            backup.finish { progress ->
                val all = progress.records + progress.recordsLeft
                _state.value = Backing.Working(progress.records.toLong(), all.toLong())
            }
            backup.leftOut()
        }
        withContext(Dispatchers.IO) { way.inputStream().use { it.copyTo(out) } }
        Backing.Written(leftOut)
    }

    /** Brings back what [content] holds, which the code [typed] opens. It is wiped. */
    suspend fun restore(typed: ByteArray, content: InputStream): Unit = working {
        withContext(Dispatchers.IO) { way.outputStream().use { content.copyTo(it) } }
        var done = 0L
        val records = wallet.restore(listOf(way), BackupKey.Code(typed)).use { restore ->
            restore.finish { progress ->
                done += progress.records.size
                _state.value = Backing.Working(done, all = 0)
            }
        }
        Backing.Restored(records)
    }

    /** Shows what comes of [work], and leaves no file on its way. */
    private suspend fun working(work: suspend () -> Backing) {
        _state.value = Backing.Working(0, 0)
        var result: Backing = Backing.Waiting
        try {
            clear()
            result = work()
        } finally {
            _state.value = result
            clear()
        }
    }

    private suspend fun clear(): Unit = withContext(NonCancellable + Dispatchers.IO) {
        listOf(way, way.resolveSibling("${way.name}.part")).forEach { it.delete() }
    }

    override fun close() {
        code.wipe()
    }
}
