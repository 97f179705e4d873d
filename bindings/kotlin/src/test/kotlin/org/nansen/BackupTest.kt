package org.nansen

import java.io.File
import java.util.concurrent.CancellationException
import kotlin.time.Clock
import kotlin.time.Instant
import kotlinx.coroutines.Job
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A phone is lost: what was written in time comes back on another. */
internal class BackupTest {
    private val code = newBackupCode()

    /** A copy, since each call wipes the one that it is given. */
    private fun key(): BackupKey = BackupKey.Code(code.copyOf())

    @Test
    fun `a base and what follows it bring everything to another phone, and the report says so`() = inFolder { folder ->
        val (base, next) = folder.resolve("base") to folder.resolve("next")
        val now = Instant.fromEpochSeconds(Clock.System.now().epochSeconds)
        val old = phone(folder, "old")
        val keystore = FakeKeystore()
        old.takeInWelder()
        old.importCredential(Desk.issue(old.newDeviceKey(keystore.create("key"))))
        old.addScan("Passport", 3_000_000)
        val steps = mutableListOf<BackupProgress>()
        old.writeBackup(base, key(), now = now).use { backup ->
            backup.finish { steps += it }
            assertEquals(emptyList<String>(), backup.leftOut())
        }
        assertEquals(listOf(BackupPhase.WRITING, BackupPhase.CHECKING, BackupPhase.DONE), steps.map { it.phase }.distinct())
        assertTrue(steps.size > 3, "$steps")

        old.addScan("Permit")
        old.writeBackup(next, key(), previous = base, now).use { it.finish() }
        val facts = listOf(base, next).map { backupFacts(it, key()) }
        assertEquals(listOf(now to 0u, now to 1u), facts.map { it.made to it.step })
        assertTrue(base.length() > 3_000_000 && next.length() < 200_000, "${base.length()}, ${next.length()}")

        val new = phone(folder, "new")
        val told = new.restore(listOf(base, next), key(), isDry = true).use { it.finish() }
        assertEquals(emptyList<String>(), new.titles())
        val done = new.restore(listOf(base, next), key()).use { it.finish() }
        assertEquals(told.toSet(), done.toSet())
        assertEquals(setOf(RestoreOutcome.RESTORED), done.map { it.outcome }.toSet())
        assertEquals(listOf("Passport", "Permit"), new.titles())
        // The one whose key was in the old phone's hardware is to be issued again, and no other.
        val bound = done.single { it.mustBeIssuedAgain }
        assertEquals(RestoredKind.CREDENTIAL to "Skills Board", bound.kind to bound.issuer)
        assertTrue(new.show(bound.id).key is KeyPlace.Hardware)
        val movable = new.contents().credentials.single { it.id != bound.id }.id
        verifier().use { verifier ->
            val request = verifier.request(QUERY, "Check your trade")
            val answer = new.beginAnswer(request.message).use { session ->
                val candidate = session.consent!!.queries.single().candidates.single { it.credential.id == movable }
                session.answer(listOf(ChosenCredential(0u, movable, candidate.claims.map { it.path })))
            }
            assertTrue(verifier.checkAnswer(request, answer).isComplete)
        }
        val again = new.restore(listOf(base, next), key()).use { it.finish() }
        assertEquals(setOf(RestoreOutcome.ALREADY_THERE), again.map { it.outcome }.toSet())
        assertTrue(new.check(thorough = true).isIntact)
        listOf(old, new).forEach { it.close() }
    }

    @Test
    fun `on the phone that has the hardware key, nothing is to be issued again`() = inFolder { folder ->
        val (keystore, backup) = FakeKeystore() to folder.resolve("backup")
        val hardware = keystore.create("key")
        phone(folder, "old").use { old ->
            old.trustTheDesk()
            old.importCredential(Desk.issue(old.newDeviceKey(hardware)))
            old.writeBackup(backup, key()).use { it.finish() }
        }
        phone(folder, "new").use { new ->
            val restored = new.restore(listOf(backup), key(), hardwareKeys = listOf(hardware.publicKey)).use { it.finish() }
            assertFalse(restored.any { it.mustBeIssuedAgain })
            val refused = runCatching { new.restore(listOf(backup), key(), hardwareKeys = listOf(ByteArray(5))) }
            assertTrue(refused.exceptionOrNull() is NansenException.Malformed, "$refused")
        }
    }

    @Test
    fun `what was changed since the backup stays as it is here`() = inFolder { folder ->
        val backup = folder.resolve("backup")
        phone(folder, "phone").use { wallet ->
            wallet.setAutoLock(AutoLock(60u, 0u))
            wallet.writeBackup(backup, key()).use { it.finish() }
            wallet.setAutoLock(AutoLock(120u, 0u))
            val restored = wallet.restore(listOf(backup), key()).use { it.finish() }
            assertEquals(RestoreOutcome.NEWER_HERE, restored.single().outcome)
            assertEquals(AutoLock(120u, 0u), wallet.autoLock())
        }
    }

    @Test
    fun `a backup that was interrupted goes on, and one that is given up leaves nothing`() = inFolder { folder ->
        val file = folder.resolve("backup")
        val wallet = phone(folder, "phone")
        wallet.addScan("Passport", 5_000_000)
        val interrupted = wallet.writeBackup(file, key())
        assertEquals(BackupPhase.WRITING, interrupted.step().phase)
        wallet.lock()
        assertRefused<NansenException.Locked>("locked") { interrupted.step() }
        wallet.unlock(pin())
        assertRefused<NansenException.Ended>("ended") { interrupted.step() }
        interrupted.close()
        assertRefused<NansenException.Released>("released") { interrupted.step() }
        assertFalse(file.exists())

        // The person leaves the screen, and comes back to it.
        val steps = mutableListOf<BackupProgress>()
        wallet.continueBackup(file, key()).use { backup -> cancelled { backup.finish { steps += it; coroutineJob.cancel() } } }
        assertTrue(steps.single().bytes > 1_000_000uL, "$steps")
        wallet.continueBackup(file, key()).use { it.finish() }
        assertEquals(1uL, backupFacts(file, key()).records)

        val before = file.readBytes()
        val given = wallet.writeBackup(file, key())
        given.step()
        given.discard()
        given.discard()
        assertRefused<NansenException.Ended>("ended") { given.step() }
        assertRefused<NansenException.Backup>("backup.nothing_to_continue") { wallet.continueBackup(file, key()) }
        assertArrayEquals(before, file.readBytes())
        wallet.close()
    }

    @Test
    fun `whoever stops a restore half-way has the rest the next time`() = inFolder { folder ->
        val backup = folder.resolve("backup")
        phone(folder, "old").use { old ->
            old.addScan("Passport", 5_000_000)
            old.writeBackup(backup, key()).use { it.finish() }
        }
        phone(folder, "new").use { new ->
            val stopped = new.restore(listOf(backup), key())
            stopped.step()
            stopped.stop()
            stopped.stop()
            assertRefused<NansenException.Ended>("ended") { stopped.step() }
            new.restore(listOf(backup), key()).use { it.step() }
            assertEquals(emptyList<String>(), new.titles())
            new.restore(listOf(backup), key()).use { it.finish() }
            assertEquals(listOf("Passport"), new.titles())
        }
    }

    @Test
    fun `a small wallet goes from screen to screen`() = inFolder { folder ->
        val (sent, received) = folder.resolve("sent") to folder.resolve("received")
        phone(folder, "old").use { old ->
            old.addScan("Permit", 4_000)
            old.writeBackup(sent, key()).use { it.finish() }
            assertRefused<NansenException.OutOfBounds>("out_of_bounds") {
                old.addScan("Film", 1 shl 20)
                val large = folder.resolve("large")
                old.writeBackup(large, key()).use { it.finish() }
                backupMessage(large)
            }
        }
        val message = QrCollector().use { collector ->
            val scans = backupMessage(sent).codes(SCREEN_CODES.copy(versionMax = 20u)).map { collector.feed(it) }
            (scans.last { it is Scan.Complete } as Scan.Complete).message
        }
        assertEquals(MessageKind.BACKUP, message.kind)
        keepBackupMessage(message, received)
        assertRefused<NansenException.Storage>("storage.already_exists") { keepBackupMessage(message, received) }
        assertRefused<NansenException.WrongMessage>("wrong_message") {
            keepBackupMessage(message.copy(kind = MessageKind.FILE), folder.resolve("file"))
        }
        phone(folder, "new").use { new ->
            new.restore(listOf(received), key()).use { it.finish() }
            assertEquals(listOf("Permit"), new.titles())
        }
    }

    @Test
    fun `what is no use is refused by name, and every key is wiped`() = inFolder { folder ->
        val (base, cut) = folder.resolve("base") to folder.resolve("cut")
        val wallet = phone(folder, "phone")
        wallet.addScan("Permit")
        wallet.writeBackup(base, key()).use { it.finish() }
        base.copyTo(cut)
        java.io.RandomAccessFile(cut, "rw").use { it.setLength(172) }
        val other = phone(folder, "other")

        suspend fun refused(code: String, work: suspend (BackupKey) -> Unit) {
            val right = key() as BackupKey.Code
            assertRefused<NansenException>(code) { work(right) }
            assertArrayEquals(ByteArray(right.code.size), right.code)
        }
        refused("backup.cut_short") { backupFacts(cut, it) }
        refused("storage.not_found") { backupFacts(folder.resolve("nowhere"), it) }
        refused("backup.not_a_backup") { backupFacts(folder.resolve("phone.nansen"), it) }
        refused("backup.not_a_backup") { wallet.writeBackup(folder.resolve("phone.nansen"), it) }
        refused("backup.other_vault") { other.writeBackup(folder.resolve("next"), it, previous = base) }
        refused("backup.nothing_to_continue") { wallet.continueBackup(folder.resolve("next"), it) }
        refused("backup.out_of_chain") { wallet.restore(listOf(base, base), it) }

        val words = BackupKey.Passphrase("words of my own".toByteArray())
        assertRefused<NansenException.Backup>("backup.needs_code") { backupFacts(base, words) }
        assertArrayEquals(ByteArray(15), words.passphrase)
        assertRefused<NansenException.WrongSecret>("wrong_secret.recovery_code") {
            backupFacts(base, BackupKey.Code(newBackupCode()))
        }
        assertRefused<NansenException.RecoveryCodeMistyped>("recovery_code_mistyped") {
            backupFacts(base, BackupKey.Code("not a code".toByteArray()))
        }
        listOf(wallet, other).forEach { it.close() }
    }

    private suspend fun phone(folder: File, name: String): Wallet =
        Wallet.create(folder.resolve("$name.nansen"), pin(), CHEAP).wallet

    /** Runs [work], which cancels itself. */
    private suspend fun cancelled(work: suspend Cancelling.() -> Unit) = coroutineScope {
        launch {
            val ended = runCatching { Cancelling(coroutineContext.job).work() }
            assertTrue(ended.exceptionOrNull() is CancellationException, "$ended")
        }.join()
    }

    private class Cancelling(val coroutineJob: Job)
}
