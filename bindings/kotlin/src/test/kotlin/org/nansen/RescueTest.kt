package org.nansen

import java.io.RandomAccessFile
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A file that is damaged: what is named, and what is saved. */
internal class RescueTest {
    @Test
    fun `damage is named, and all the rest is carried into a new file`() = inFolder { folder ->
        val (file, rescued) = folder.resolve("vault.nansen") to folder.resolve("rescued.nansen")
        Wallet.create(file, pin(), CHEAP).wallet.use { wallet ->
            wallet.takeInWelder()
            wallet.addScan("Permit")
            wallet.addScan("Film", 6_000_000)
        }
        // By far most of the file is the film: what lies within a page is sealed content.
        RandomAccessFile(file, "rw").use { raw ->
            val place = raw.length() / 2 + 1_000
            raw.seek(place)
            val byte = raw.read()
            raw.seek(place)
            raw.write(byte xor 1)
        }
        Wallet.open(file).use { wallet ->
            wallet.unlock(pin())
            val check = wallet.check(thorough = true)
            assertFalse(check.isIntact)
            assertEquals(1, check.damaged.size, "$check")
            assertRefused<NansenException.Storage>("storage.already_exists") { wallet.rescue(file) }
            val report = wallet.rescue(rescued)
            assertEquals(0uL, report.missing)
            assertEquals(emptyList<String>(), report.waysLost)
            assertEquals(check.records, report.records + report.putAside.size.toULong())
        }
        Wallet.open(rescued).use { wallet ->
            wallet.unlock(pin())
            assertEquals(1, wallet.contents().credentials.size)
            assertTrue("Permit" in wallet.titles())
            val permit = wallet.contents().documents.single { it.title == "Permit" }
            wallet.readDocument(permit.id).use { assertEquals(1_000, it.inputStream().readBytes().size) }
        }
    }
}
