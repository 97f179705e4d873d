package org.nansen

import java.io.File
import kotlin.time.Clock
import kotlin.time.Instant
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/**
 * Begins a backup in [file]. With [previous], the last backup of this wallet, made with the same
 * key, it holds only what that lacks. What stands in [file] stays until the new one is whole and
 * was read back. [key] is wiped.
 */
public suspend fun Wallet.writeBackup(
    file: File,
    key: BackupKey,
    previous: File? = null,
    now: Instant = Clock.System.now(),
): Backup = wiping(key) {
    native.call { Backup(it.writeBackup(file.path, key, previous?.path, now)) }
}

/**
 * Goes on with a backup that an error, a lock or the end of the app interrupted, with the key and
 * the [previous] that it was begun with. [key] is wiped.
 */
public suspend fun Wallet.continueBackup(file: File, key: BackupKey, previous: File? = null): Backup =
    wiping(key) { native.call { Backup(it.continueBackup(file.path, key, previous?.path)) } }

/**
 * Begins to restore a whole backup and those that follow it, in order. Nothing that is here is
 * deleted, and nothing that was changed since is replaced. [key] is wiped.
 *
 * @param isDry changes nothing, and tells what would become of each record.
 * @param hardwareKeys the public keys of all device keys that the app finds in this phone's
 *   hardware, as [HardwareKey.publicKey]: none on a new phone.
 */
public suspend fun Wallet.restore(
    files: List<File>,
    key: BackupKey,
    isDry: Boolean = false,
    hardwareKeys: List<ByteArray> = emptyList(),
): Restore = wiping(key) {
    native.call { Restore(it.restore(files.map(File::getPath), key, isDry, hardwareKeys)) }
}

/** What a backup says of itself; its records are checked when it is restored. [key] is wiped. */
public suspend fun backupFacts(file: File, key: BackupKey): BackupFacts =
    wiping(key) { offThread { native { backupFacts(file.path, key) } } }

/**
 * A backup of at most 1 MiB as a message for QR codes, to another phone that is told its code by
 * voice or sight. Without that, the codes are worth nothing.
 */
public suspend fun backupMessage(file: File): Message = offThread { native { backupMessage(file.path) } }

/** Keeps the backup that came as a message in a new file, to be restored from there. */
public suspend fun keepBackupMessage(message: Message, file: File): Unit =
    offThread { native { keepBackupMessage(message, file.path) } }

/**
 * A backup on its way to its file. Closed before it is done, it leaves `NAME.part`, with which
 * [continueBackup] goes on; a lock ends it in the same way.
 */
public class Backup internal constructor(core: FfiBackup) : AutoCloseable {
    private val native = Native(core)

    /**
     * Goes on for about a megabyte; between two steps the wallet serves others. A backup that
     * stood there before stands there still when this fails.
     */
    public suspend fun step(): BackupProgress = native.call { it.step() }

    /** All steps to the end. Can be cancelled between two of them. */
    public suspend fun finish(onProgress: (BackupProgress) -> Unit = {}) {
        do {
            currentCoroutineContext().ensureActive()
            val progress = step()
            onProgress(progress)
        } while (progress.phase != BackupPhase.DONE)
    }

    /** Parts of the wallet that cannot be read and are not in the backup. */
    public suspend fun leftOut(): List<String> = native.call { it.leftOut() }

    /** Gives it up, and removes what was written. Does nothing after the end. */
    public suspend fun discard(): Unit = native.call { it.discard() }

    override fun close() {
        native.close()
    }
}

/**
 * A restore under way. What it restored stays, whatever becomes of the rest; begun anew, it finds
 * that there.
 */
public class Restore internal constructor(core: FfiRestore) : AutoCloseable {
    private val native = Native(core)

    /**
     * Goes on for about a megabyte. Nothing is changed before all of the backup was read and
     * checked.
     */
    public suspend fun step(): RestoreProgress = native.call { it.step() }

    /** All steps to the end, and what became of each record. Can be cancelled between two of them. */
    public suspend fun finish(onProgress: (RestoreProgress) -> Unit = {}): List<RestoredRecord> {
        val records = mutableListOf<RestoredRecord>()
        do {
            currentCoroutineContext().ensureActive()
            val progress = step()
            records += progress.records
            onProgress(progress)
        } while (!progress.isDone)
        return records
    }

    /** Gives the rest up. Does nothing after the end. */
    public suspend fun stop(): Unit = native.call { it.stop() }

    /** Gives the rest up unless it is done. */
    override fun close() {
        native.close()
    }
}

private inline fun <T> wiping(key: BackupKey, work: () -> T): T =
    try {
        work()
    } finally {
        key.wipe()
    }
