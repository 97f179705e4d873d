package org.nansen

import java.io.File
import java.nio.charset.CharacterCodingException
import kotlin.random.Random
import kotlin.random.nextULong
import kotlin.reflect.KClass
import kotlin.reflect.KFunction
import kotlin.reflect.KParameter
import kotlin.reflect.KType
import kotlin.reflect.full.companionObject
import kotlin.reflect.full.companionObjectInstance
import kotlin.reflect.full.declaredMemberFunctions
import kotlin.reflect.full.primaryConstructor
import kotlin.reflect.full.valueParameters
import kotlin.reflect.jvm.kotlinFunction
import kotlin.time.Clock
import kotlin.time.Instant
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/**
 * Arguments drawn at random for every function and method that the generated code exports, found
 * by reflection, so that none can be forgotten. Each call must return or throw the library's own
 * exception: no defect (`InternalException`), no crash.
 */
internal class RandomArgumentsTest {
    @Test
    fun `nothing that is passed to any method does more than throw its own exception`() = inFolder { folder ->
        val seed = System.getenv("NANSEN_TEST_SEED")?.toLong() ?: DEFAULT_SEED
        Victims(folder).use { victims ->
            val draw = Draw(Random(seed), folder, victims.samples, victims.places)
            val tried = mutableSetOf<String>()
            for (target in victims.targets()) {
                val outcomes = mutableMapOf<String, Int>()
                repeat(target.rounds) {
                    val outcome = target.call(draw, seed)
                    outcomes.merge(outcome, 1, Int::plus)
                }
                tried += target.name
                assertEquals(target.rounds, outcomes.values.sum())
            }
            println("${tried.size} functions and methods, seed $seed: ${tried.sorted()}")
            assertTrue(tried.size >= 90, "$tried")
        }
    }

    /** A function, and what to call it on. */
    private class Target(val name: String, val function: KFunction<*>, private val receiver: (() -> Any)?) {
        val rounds = when {
            function.valueParameters.isEmpty() -> 1
            // Deriving a key takes tens of milliseconds.
            isSlow(function) -> ROUNDS_SLOW
            else -> ROUNDS
        }

        fun call(draw: Draw, seed: Long): String {
            val arguments = function.valueParameters.map(draw::argument)
            val receivers = listOfNotNull(receiver?.invoke())
            return try {
                close(function.call(*(receivers + arguments).toTypedArray()))
                "returned"
            } catch (thrown: java.lang.reflect.InvocationTargetException) {
                val failure = thrown.targetException
                // Texts that UTF-8 does not have: the wrapper gives it the library's name.
                if (failure is CharacterCodingException) {
                    return "not encoded"
                }
                assertTrue(
                    failure is NansenException && failure !is NansenException.Defect,
                    "$name, seed $seed: $failure",
                )
                assertTrue((failure as NansenException).facts().code.isNotEmpty())
                failure.code
            }
        }

        private fun close(result: Any?) {
            when (result) {
                is Disposable -> result.destroy()
                is AutoCloseable -> result.close()
            }
        }

        private fun isSlow(function: KFunction<*>): Boolean = function.valueParameters.any {
            it.type.classifier in setOf(Unlock::class, KdfCost::class, BackupKey::class)
        }
    }

    /** Objects of every kind, made anew when a call ended them. */
    private class Victims(private val folder: File) : AutoCloseable {
        private val people = folder.resolve("people").apply { mkdir() }
        private val backup = folder.resolve("backup").path
        private val backupCode = newBackupCode()
        private val verifier = FfiVerifier("Site office")
        private val collector = FfiCollector()

        /** What was guessed, wiped or hidden by a call is made anew: see [unlocked]. */
        private var victim = Victim()

        private inner class Victim : AutoCloseable {
            val file = folder.resolve("victim${System.nanoTime()}").path
            private val created = createWallet(file, pin(), CHEAP)
            private val code = created.recoveryCode
            var wallet = created.wallet
            val issued: ByteArray
            val credential: String
            var document: String

            init {
                val now = Clock.System.now()
                TRUSTED.forEach { wallet.addTrust(it) }
                issued = Desk.issue(wallet.newDeviceKey(null, now))
                credential = wallet.importCredential(issued, now).id
                document = write(now)
            }

            fun write(now: Instant): String =
                wallet.writeDocument(NewDocument("Scan", "image/png"), now).use {
                    it.append(ByteArray(100_000))
                    it.finish()
                }

            /** Wrong PINs make the right one wait, and no code. */
            fun unlock() {
                if (wallet.state() == WalletState.RELEASED) {
                    wallet.destroy()
                    wallet = FfiWallet.open(file)
                }
                if (wallet.state() == WalletState.LOCKED) {
                    wallet.unlock(Unlock.RecoveryCode(code), Clock.System.now())
                }
            }

            override fun close() {
                wallet.release()
                wallet.destroy()
            }
        }

        /** Things that are right, to be damaged. */
        val samples: List<ByteArray>

        /** Folders and files that are there. */
        val places = listOf(people.path, backup)

        init {
            val now = Clock.System.now()
            TRUSTED.forEach { verifier.addTrust(it) }
            createWallet(people.resolve("hidden.nansen").path, pin(), CHEAP).wallet.destroy()
            val (wallet, issued) = victim.wallet to victim.issued
            wallet.writeBackup(backup, BackupKey.Code(backupCode), null, now).use {
                do { val step = it.step() } while (step.phase != BackupPhase.DONE)
            }
            val cards = wallet.makeGuardians(Unlock.Passphrase(pin()), 2u, 2u).map { it.text }
            val request = verifier.request(QUERY, "Check", now)
            val answer = wallet.begin(Occasion.Request(request.message), now).use { session ->
                session.prepare(session.consent()!!.everything(), now)
                session.complete(emptyList())
            }
            val codes = messageCodes(Message(MessageKind.FILE, ByteArray(3_000)), SCREEN_CODES)
            val recording = wallet.begin(Occasion.Unasked(victim.credential, listOf("qualification"), 60u), now).use {
                it.prepare(emptyList(), now)
                it.complete(emptyList())
            }
            val report = verifier.checkUnasked(recording, now)
            val given = (TRUSTED + Publisher.second + Publisher.delta + Publisher.impostor).flatMap(::bytes)
            samples = given + codes.take(3).map { it.toByteArray() } + listOf(
                issued, request.message.bytes, request.id.toByteArray(), request.stored, answer.bytes, verifier.trust().stored,
                verifier.secretKey(), QUERY.toByteArray(), victim.credential.toByteArray(), victim.document.toByteArray(),
                "qualification".toByteArray(), "level[0].scheme".toByteArray(), pin(), backupCode, File(backup).readBytes(),
                Publisher.rotation, verifier.receipt(report.number, "Site 12", listOf("qualification")), recording.bytes,
                Publisher.NAME.toByteArray(), Publisher.PACK.toByteArray(), Publisher.TYPE.toByteArray(), "QAT".toByteArray(),
            ) + cards
        }

        private fun bytes(item: TrustItem): List<ByteArray> = when (item) {
            is TrustItem.Root -> listOf(item.key)
            is TrustItem.Publisher -> listOf(item.statement, item.pin)
            is TrustItem.Rotations -> item.statements
            is TrustItem.TrustList -> listOf(item.bytes)
            is TrustItem.VerifierList -> listOf(item.bytes)
            is TrustItem.Pack -> listOf(item.bytes)
            is TrustItem.StatusList -> listOf(item.bytes)
        }

        /** The document, or a new one when a call deleted it. */
        private fun reader(): FfiReader = try {
            unlocked().readDocument(victim.document)
        } catch (_: NansenException.NoSuchRecord) {
            victim.document = victim.write(Clock.System.now())
            unlocked().readDocument(victim.document)
        }

        private fun unlocked(): FfiWallet {
            try {
                victim.unlock()
            } catch (_: NansenException) {
                victim.close()
                victim = Victim()
            }
            return victim.wallet
        }

        private val open = mutableListOf<Disposable>()

        /**
         * One at a time, for the library holds 64 at most. UniFFI keeps an object for ever when
         * a text among the arguments of its method has no encoding: a lock ends those too.
         */
        private fun <T : Disposable> opened(make: () -> T): T {
            open.forEach(Disposable::destroy)
            open.clear()
            val made = try {
                make()
            } catch (_: NansenException.OutOfBounds) {
                victim.wallet.lock()
                make()
            }
            return made.also { open += it }
        }

        private val receivers: Map<KClass<*>, () -> Any> = mapOf(
            FfiWalletInterface::class to ::unlocked,
            FfiVerifierInterface::class to { verifier },
            FfiCollectorInterface::class to { collector },
            FfiSessionInterface::class to {
                opened { unlocked().begin(Occasion.Unasked(victim.credential, emptyList(), 60u), Clock.System.now()) }
            },
            FfiWriterInterface::class to {
                opened { unlocked().writeDocument(NewDocument("Draft", "text/plain"), Clock.System.now()) }
            },
            FfiReaderInterface::class to { opened(::reader) },
            FfiBackupInterface::class to {
                val path = folder.resolve("written").path
                opened { unlocked().writeBackup(path, BackupKey.Code(backupCode), null, Clock.System.now()) }
            },
            FfiRestoreInterface::class to {
                opened { unlocked().restore(listOf(backup), BackupKey.Code(backupCode), false, emptyList()) }
            },
        )

        /** Everything that the library exports. */
        fun targets(): List<Target> {
            val classes = File(FfiWallet::class.java.protectionDomain.codeSource.location.toURI())
                .resolve("org/nansen").list().orEmpty()
                .filter { it.endsWith("Interface.class") && '$' !in it }
                .map { Class.forName("org.nansen." + it.removeSuffix(".class")).kotlin }
            assertEquals(receivers.keys, classes.toSet(), "an object that this test does not know")

            val methods = classes.flatMap { type ->
                type.declaredMemberFunctions.map { Target("${type.simpleName}.${it.name}", it, receivers.getValue(type)) }
            }
            val functions = Class.forName("org.nansen.NansenKt").methods
                .filter { java.lang.reflect.Modifier.isStatic(it.modifiers) }
                .mapNotNull { it.kotlinFunction }
                .filterNot { it.name.startsWith("uniffi") || it.isInline }
                .map { Target(it.name, it, null) }
            val named = listOf(FfiWallet::class).flatMap { type ->
                val companion = checkNotNull(type.companionObjectInstance)
                type.companionObject!!.declaredMemberFunctions.map {
                    Target("${type.simpleName}.${it.name}", it) { companion }
                }
            }
            val constructors = listOf(FfiVerifier::class, FfiCollector::class).flatMap { type ->
                type.constructors
                    .filterNot { made -> made.valueParameters.any { it.name in setOf("withHandle", "noHandle") } }
                    .map { Target("${type.simpleName}()", it, null) }
            }
            return methods + functions + named + constructors
        }

        override fun close() {
            open.forEach(Disposable::destroy)
            listOf(verifier, collector).forEach(Disposable::destroy)
            victim.close()
        }
    }

    /** Draws a value of any type that the library takes. */
    private class Draw(
        private val random: Random,
        private val folder: File,
        private val samples: List<ByteArray>,
        private val places: List<String>,
    ) {
        fun argument(parameter: KParameter): Any? = when (parameter.name) {
            "path", "folder", "previous" -> path()
            "paths" -> List(random.nextInt(4)) { path() }
            else -> value(parameter.type)
        }

        /** What is there, or what must not leave files about. */
        private fun path(): String = when (random.nextInt(3)) {
            0 -> places.random(random)
            else -> folder.resolve("${random.nextInt()}${text().filter { it.isLetterOrDigit() }.take(300)}").path
        }

        private fun value(type: KType): Any? {
            if (type.isMarkedNullable && random.nextInt(4) == 0) {
                return null
            }
            return when (val kind = type.classifier as KClass<*>) {
                ByteArray::class -> bytes()
                String::class -> text()
                Boolean::class -> random.nextBoolean()
                Long::class -> number()
                ULong::class -> if (random.nextBoolean()) random.nextULong() else random.nextInt(200_000).toULong()
                UInt::class -> number().toUInt()
                Double::class -> decimal()
                UShort::class -> number().toUShort()
                UByte::class -> number().toUByte()
                Instant::class -> instant()
                List::class -> List(if (random.nextInt(50) == 0) 300 else random.nextInt(4)) {
                    value(type.arguments.single().type!!)
                }
                // Whatever is within its limits may take seconds.
                KdfCost::class -> KdfCost.Exact(number().toUInt() or (1u shl 20), number().toUInt(), number().toUInt())
                else -> composed(kind)
            }
        }

        private fun composed(kind: KClass<*>): Any = when {
            kind.java.isEnum -> kind.java.enumConstants.random(random)
            kind.isSealed -> composed(kind.sealedSubclasses.random(random))
            kind.objectInstance != null -> kind.objectInstance!!
            kind.isData -> kind.primaryConstructor!!.run { call(*valueParameters.map(::argument).toTypedArray()) }
            else -> error("no way to draw a $kind")
        }

        private fun bytes(): ByteArray = when (random.nextInt(8)) {
            0 -> ByteArray(0)
            1, 2 -> random.nextBytes(random.nextInt(200))
            3 -> random.nextBytes(listOf(16, 32, 33, 64, 65, 91).random(random))
            4 -> random.nextBytes(if (random.nextInt(20) == 0) 2 shl 20 else 5_000)
            5 -> samples.random(random)
            else -> damaged(samples.random(random))
        }

        /** One to three bytes changed, cut, or doubled. */
        private fun damaged(sample: ByteArray): ByteArray = when (random.nextInt(3)) {
            0 -> sample.copyOf(random.nextInt(sample.size + 1))
            1 -> sample + sample
            else -> sample.copyOf().also { bytes ->
                repeat(1 + random.nextInt(3)) { bytes[random.nextInt(bytes.size)] = random.nextInt().toByte() }
            }
        }

        private fun text(): String = when (random.nextInt(4)) {
            0 -> String(CharArray(random.nextInt(100)) { random.nextInt(0x10000).toChar() })
            1 -> "x".repeat(random.nextInt(if (random.nextInt(20) == 0) 2 shl 20 else 300))
            else -> bytes().decodeToString()
        }

        private fun number(): Long = when (random.nextInt(3)) {
            0 -> random.nextLong()
            1 -> listOf(0L, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 255, 65_535, 0xffff_ffff).random(random)
            else -> random.nextLong(1_000)
        }

        private fun decimal(): Double = when (random.nextInt(3)) {
            0 -> Double.fromBits(random.nextLong())
            1 -> listOf(0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.MAX_VALUE, Double.MIN_VALUE, 180.0, -90.0).random(random)
            else -> random.nextDouble(-200.0, 200.0)
        }

        private fun instant(): Instant = when (random.nextInt(3)) {
            0 -> listOf(Instant.DISTANT_PAST, Instant.DISTANT_FUTURE).random(random)
            1 -> Instant.fromEpochSeconds(random.nextLong())
            else -> Clock.System.now()
        }
    }

    private companion object {
        const val DEFAULT_SEED = 20_260_101L
        const val ROUNDS = 200
        const val ROUNDS_SLOW = 60

        val TRUSTED = listOf(Desk.root, Desk.trustList, Desk.statusList, Publisher.pinned, Publisher.first)
    }
}
