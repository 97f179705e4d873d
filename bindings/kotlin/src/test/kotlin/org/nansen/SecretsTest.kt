package org.nansen

import java.io.File
import kotlin.reflect.KClass
import kotlin.reflect.KType
import kotlin.reflect.full.primaryConstructor
import kotlin.reflect.full.valueParameters
import kotlin.time.Instant
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What no log may have: found by reflection in everything that the library can print. */
internal class SecretsTest {
    @Test
    fun `no record and no choice prints the bytes that it holds`() {
        val holders = records().flatMap { made(it, depth = 0) }.filter { holdsBytes(it::class) }
        val names = holders.map { it.javaClass.name.removePrefix("org.nansen.") }.toSet()
        for (secret in SECRET_HOLDERS) {
            assertTrue(secret in names, "$secret was not tried, only $names")
        }
        for (holder in holders) {
            val printed = holder.toString()
            for (leak in leaks) {
                assertFalse(leak in printed, "${holder.javaClass.name} prints $leak: $printed")
            }
        }
        // The test itself would see a leak.
        assertTrue(leaks.any { it in secret.contentToString() })
    }

    @Test
    fun `objects that hold secrets print nothing of them`() = withWallet { wallet ->
        val code = wallet.newRecoveryCode(Unlock.Passphrase(pin()))
        val created = CreatedWallet(wallet, code)
        val card = wallet.makeGuardians(Unlock.Passphrase(pin()), needed = 2, total = 2).first().text
        val collector = CardCollector().apply { add(card.copyOf()) }
        for (printed in listOf(wallet, created, verifier(), collector).map { it.toString() }) {
            assertFalse(code.decodeToString() in printed, printed)
            assertFalse(card.decodeToString() in printed, printed)
        }
    }

    /** Every data class of the package, on its own or as a choice of a sealed class. */
    private fun records(): List<KClass<*>> =
        File(Wallet::class.java.protectionDomain.codeSource.location.toURI())
            .resolve("org/nansen").list().orEmpty()
            .filter { it.endsWith(".class") && "Kt" !in it }
            .map { Class.forName("org.nansen." + it.removeSuffix(".class")) }
            .filter { !it.isSynthetic && !it.isAnonymousClass && !it.isLocalClass && !it.isInterface }
            .map { it.kotlin }
            .filter { it.isData && it.objectInstance == null }

    private fun holdsBytes(type: KClass<*>): Boolean = type.primaryConstructor!!.valueParameters.any {
        val kind = it.type.classifier as KClass<*>
        kind == ByteArray::class || it.type.arguments.any { of -> of.type?.classifier == ByteArray::class } ||
            (kind.isSealed && kind.sealedSubclasses.any { of -> of.isData && holdsBytes(of) })
    }

    /** One of [type] with [secret] wherever there is a byte array; of a sealed class, one for each choice. */
    private fun made(type: KClass<*>, depth: Int): List<Any> {
        val arguments = type.primaryConstructor!!.valueParameters.map { values(it.type, depth) }
        return List((arguments.maxOfOrNull { it.size } ?: 1).coerceAtLeast(1)) { place ->
            type.primaryConstructor!!.call(*arguments.map { it[place % it.size] }.toTypedArray())
        }
    }

    private fun values(type: KType, depth: Int): List<Any?> = when (val kind = type.classifier as KClass<*>) {
        ByteArray::class -> listOf(secret)
        String::class -> listOf("text")
        Boolean::class -> listOf(true)
        Int::class -> listOf(1)
        Long::class -> listOf(1L)
        Double::class -> listOf(1.0)
        ULong::class -> listOf(1uL)
        UInt::class -> listOf(1u)
        UShort::class -> listOf(1.toUShort())
        UByte::class -> listOf(1.toUByte())
        Instant::class -> listOf(Instant.fromEpochSeconds(0))
        FfiWallet::class -> listOf(FfiWallet(NoHandle))
        List::class -> listOf(if (depth > 4) emptyList() else values(type.arguments.single().type!!, depth + 1))
        else -> when {
            kind.java.isEnum -> listOf(kind.java.enumConstants.first())
            kind.isSealed -> kind.sealedSubclasses.flatMap { choice ->
                choice.objectInstance?.let { listOf(it) } ?: made(choice, depth + 1)
            }
            else -> made(kind, depth + 1)
        }
    }

    private val secret = byteArrayOf(113, 101, 55, 107, 90, 119, 88, 52)

    /** The secret as a list of numbers, as text, in hexadecimal. */
    private val leaks = listOf(
        secret.drop(1).joinToString(", "),
        secret.decodeToString(),
        secret.joinToString("") { "%02x".format(it) },
    )

    private companion object {
        val SECRET_HOLDERS = listOf(
            "Unlock\$Passphrase", "Unlock\$RecoveryCode", "Unlock\$Hardware", "Unlock\$PassphraseAndHardware",
            "NewWay\$Passphrase", "NewWay\$Hardware", "NewWay\$PassphraseAndHardware",
            "HardwareAnswer\$Done", "OpenRequest", "TrustState", "NewWallet",
            "Unlock\$Guardians", "GuardianCard", "BackupKey\$Passphrase", "BackupKey\$Code",
        )
    }
}
