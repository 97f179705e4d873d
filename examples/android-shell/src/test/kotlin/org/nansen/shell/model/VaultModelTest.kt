package org.nansen.shell.model

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.nio.file.Files
import java.util.concurrent.Executors
import kotlin.io.encoding.Base64
import kotlin.time.Clock
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.nansen.Activity
import org.nansen.NansenException
import org.nansen.RestoreOutcome
import org.nansen.TrustItem
import org.nansen.TrustState
import org.nansen.Verifier

/** What the screens do with the vault, without a screen. */
internal class VaultModelTest {
    @Test
    fun `a code that nobody wrote down is renewed after the next unlock`() = withVault { vault ->
        val first = vault.created().recoveryCode.copyOf()
        vault.lock()
        assertTrue(vault.state.value is VaultState.Locked)
        vault.unlock(pin())
        assertFalse(vault.opened().isCodeWritten)

        assertRefused<NansenException.WrongSecret> { vault.renewCode("135791".toByteArray()) }
        vault.renewCode(pin())
        val second = vault.created().recoveryCode.copyOf()
        vault.codeWritten()
        assertTrue(vault.opened().isCodeWritten)

        vault.lock()
        assertRefused<NansenException.WrongSecret> { vault.recover(first) }
        vault.recover(second)
        assertTrue(vault.opened().isCodeWritten)
        // A renewal that fails takes nothing from the code that stands on paper.
        assertRefused<NansenException.WrongSecret> { vault.renewCode("135791".toByteArray()) }
        vault.refresh()
        assertTrue(vault.opened().isCodeWritten)
    }

    @Test
    fun `hardware is added and removed, and the lock screen knows`() = withVault { vault ->
        val hardware = FakeHardware()
        vault.codeWritten()
        assertFalse(vault.opened().hasHardwareWay)
        vault.addHardware(pin(), hardware)
        assertTrue(vault.opened().hasHardwareWay)
        assertNotNull(hardware.keptFor)
        vault.lock()
        assertEquals(VaultState.Locked(hasHardwareWay = true), vault.state.value)
        vault.unlock(hardware)
        vault.removeHardware(hardware)
        assertFalse(vault.opened().hasHardwareWay)
        assertNull(hardware.keptFor)
        vault.lock()
        assertEquals(VaultState.Locked(hasHardwareWay = false), vault.state.value)
    }

    @Test
    fun `the issuer is given a key of the hardware, or of the vault where there is none`() = withVault { vault ->
        fun size(key: String) = Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).decode(key).size
        val hardware = FakeHardware()
        assertEquals(33, size(vault.newDeviceKey(hardware)))
        assertEquals(32, size(vault.newDeviceKey(FakeHardware(hasKeys = false))))
        vault.lock()
        assertRefused<NansenException.Locked> { vault.newDeviceKey(hardware) }
        assertEquals(1, hardware.keys.size)
    }

    @Test
    fun `a file is what it proves to be`() = withVault(listOf(root())) { vault ->
        vault.takeIn(fixture("trust.list").inputStream())
        vault.takeIn(fixture("status.list").inputStream())
        Verifier.create("Gate", trust = vault.trust()).use { verifier ->
            val known: TrustState = verifier.trust()
            assertEquals(listOf(1, 1, 1), listOf(known.roots, known.trustLists, known.statusLists).map { it.size })
        }
        assertRefused<NansenException.OtherPhone> { vault.takeIn(fixture("foreign.cwt").inputStream()) }
        assertRefused<NansenException.Untrusted> { vault.takeIn("a letter".byteInputStream()) }
        assertRefused<NansenException.OutOfBounds> { vault.takeIn(ByteArray(3 shl 20).inputStream()) }
    }

    @Test
    fun `lists of somebody else are refused by name`() = withVault { vault ->
        assertRefused<NansenException.Untrusted> { vault.takeIn(fixture("trust.list").inputStream()) }
        assertRefused<NansenException.Untrusted> { vault.takeIn(fixture("status.list").inputStream()) }
    }

    @Test
    fun `a lock whose caller is cancelled shows a locked vault`() = withVault { vault ->
        vault.codeWritten()
        Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { thread ->
            withContext(thread) {
                val locking = launch(start = CoroutineStart.UNDISPATCHED) { vault.lock() }
                locking.cancelAndJoin()
            }
        }
        assertEquals(VaultState.Locked(hasHardwareWay = false), vault.state.value)
    }

    @Test
    fun `the demonstration's root is trusted while the app is debugged, and never else`() {
        assertTrue(AppTrust.isDemo)
        assertTrue(AppTrust.items(isDebuggable = false).isEmpty())
        withVault(AppTrust.items(isDebuggable = true)) { vault ->
            Verifier.create("Gate", trust = vault.trust()).use { assertEquals(1, it.trust().roots.size) }
        }
    }

    @Test
    fun `half a minute away is too long, and so are five minutes without a touch`() = withVault { vault ->
        val start = Clock.System.now()
        assertFalse(vault.note(Activity.USED, start))
        assertFalse(vault.note(Activity.BACKGROUND, start + 1.seconds))
        assertFalse(vault.note(Activity.FOREGROUND, start + 30.seconds))
        val code = vault.created().recoveryCode
        assertFalse(vault.note(Activity.BACKGROUND, start + 40.seconds))
        assertTrue(vault.note(Activity.FOREGROUND, start + 70.seconds))
        assertEquals(VaultState.Locked(hasHardwareWay = false), vault.state.value)
        assertArrayEquals(ByteArray(code.size), code)
        assertFalse(vault.note(Activity.TICK, start + 71.seconds))

        vault.unlock(pin())
        assertFalse(vault.note(Activity.USED, start + 100.seconds))
        assertFalse(vault.note(Activity.TICK, start + 399.seconds))
        assertTrue(vault.note(Activity.TICK, start + 400.seconds))
        assertTrue(vault.state.value is VaultState.Locked)
    }

    @Test
    fun `a backup goes where the picker leads, and comes back into another vault`() = withVault { old ->
        old.takeIn("Permit", "image/png", ByteArray(200_000).inputStream())
        val kept = ByteArrayOutputStream()
        val code = old.backup().use { backup ->
            assertEquals(Backing.Waiting, backup.state.value)
            val code = backup.code.copyOf()
            backup.write(kept)
            assertEquals(Backing.Written(emptyList()), backup.state.value)
            code
        }
        withVault { new ->
            val backup = new.backup()
            assertRefused<NansenException.WrongSecret> { backup.restore(backup.code.copyOf(), kept.read()) }
            assertEquals(Backing.Waiting, backup.state.value)
            assertRefused<NansenException.Backup> { backup.restore(code.copyOf(), "a letter".byteInputStream()) }
            backup.restore(code, kept.read())
            assertArrayEquals(ByteArray(code.size), code)
            val restored = (backup.state.value as Backing.Restored).records.single()
            assertEquals("Permit" to RestoreOutcome.RESTORED, restored.title to restored.outcome)
            new.refresh()
            assertEquals("Permit", new.opened().contents.documents.single().title)
            backup.close()
            assertTrue(backup.code.all { it == 0.toByte() })
            assertEquals(emptyList<String>(), new.filesOnTheirWay())
        }
        assertEquals(emptyList<String>(), old.filesOnTheirWay())
    }

    @Test
    fun `a backup that has nowhere to go leaves nothing of itself`() = withVault { vault ->
        vault.takeIn("Permit", "image/png", ByteArray(3_000_000).inputStream())
        val backup = vault.backup()
        val full = object : OutputStream() {
            override fun write(byte: Int) = throw IOException("the card was pulled out")
        }
        val failure = runCatching { backup.write(full) }.exceptionOrNull()
        assertTrue(failure is IOException, "$failure")
        assertEquals(Backing.Waiting, backup.state.value)
        vault.lock()
        assertRefused<NansenException.Locked> { backup.write(ByteArrayOutputStream()) }
        assertEquals(emptyList<String>(), vault.filesOnTheirWay())
    }

    private val folders = mutableMapOf<VaultModel, File>()

    private fun withVault(trusted: List<TrustItem> = emptyList(), test: suspend (VaultModel) -> Unit) {
        val folder = Files.createTempDirectory("nansen-shell").toFile()
        try {
            runBlocking {
                val vault = VaultModel(folder.resolve("vault.nansen"), trusted)
                folders[vault] = folder
                vault.start()
                assertEquals(VaultState.Missing, vault.state.value)
                vault.create(pin())
                test(vault)
            }
        } finally {
            folder.deleteRecursively()
        }
    }

    private fun ByteArrayOutputStream.read() = toByteArray().inputStream()

    private fun VaultModel.filesOnTheirWay() = folders.getValue(this).list().orEmpty().filter { "backup" in it }

    private fun VaultModel.created() = state.value as VaultState.Created

    private fun VaultModel.opened() = state.value as VaultState.Open

    private suspend inline fun <reified Failure : NansenException> assertRefused(work: suspend () -> Unit) {
        val failure = try {
            work()
            null
        } catch (failure: NansenException) {
            failure
        }
        assertTrue(failure is Failure, "expected ${Failure::class.simpleName}, got $failure")
    }

    private fun pin() = "246810".toByteArray()

    private fun root() = TrustItem.Root(
        Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).decode(fixture("root.key").decodeToString()),
    )

    private fun fixture(name: String): ByteArray =
        File(checkNotNull(System.getenv("NANSEN_FIXTURES")) { "run `cargo xtask kotlin --test`" }).resolve(name).readBytes()
}
