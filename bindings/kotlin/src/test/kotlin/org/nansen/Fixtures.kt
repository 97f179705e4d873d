package org.nansen

import java.io.File
import java.nio.file.Files
import java.util.Base64
import java.util.concurrent.TimeUnit
import kotlin.random.Random
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue

/** The cheapest key derivation that is allowed, so that tests are quick. */
internal val CHEAP = KdfCost.Exact(memoryKib = 19_456u, passes = 2u, lanes = 1u)

internal fun pin(): ByteArray = "246810".toByteArray()

internal fun byPin(pin: String = "246810"): Unlock = Unlock.Passphrase(pin.toByteArray())

/** A document of [size] bytes that no compression could shorten. */
internal suspend fun Wallet.addScan(title: String, size: Int = 1_000): RecordId =
    addDocument(NewDocument(title, "image/png"), Random(size).nextBytes(size).inputStream())

internal suspend fun Wallet.titles(): List<String> = contents().documents.map { it.title }.sorted()

/** Asks for the trade and the name of somebody with a skills credential. */
internal const val QUERY: String =
    """{"credentials": [{"id": "trade", "format": "dc+sd-cwt",
        "meta": {"vct_values": ["urn:nansen:skills:1"]},
        "claims": [{"path": ["qualification"]}, {"path": ["family_name"]}]}]}"""

/** The issuer that `cargo xtask kotlin --test` made, and its desk. */
internal object Desk {
    private val fixtures = File(environment("NANSEN_FIXTURES"))
    private val program = environment("NANSEN_CLI")

    // One program at a time may open a desk: this process has its own.
    private val folder: File = Files.createTempDirectory("nansen-desk").toFile().also { folder ->
        Runtime.getRuntime().addShutdownHook(Thread { folder.deleteRecursively() })
        listOf("desk.nansen", "welder.json").forEach { fixtures.resolve(it).copyTo(folder.resolve(it)) }
    }

    val root: TrustItem
        get() = TrustItem.Root(Base64.getUrlDecoder().decode(fixtures.resolve("root.key").readText()))
    val trustList: TrustItem get() = TrustItem.TrustList(file("trust.list"))
    val statusList: TrustItem get() = TrustItem.StatusList(file("status.list"))

    /** A credential that is bound to a device key which no wallet holds. */
    val foreignCredential: ByteArray get() = file("foreign.cwt")

    /** Issues a credential to a device key. */
    @Synchronized
    fun issue(deviceKey: ByteArray): ByteArray {
        val out = File.createTempFile("credential", ".cwt", folder).apply { delete() }
        val key = Base64.getUrlEncoder().withoutPadding().encodeToString(deviceKey)
        val process = ProcessBuilder(
            program, "issuer", "issue", "welder.json", "--desk", "desk.nansen",
            "--device-key=$key", "--out", out.path,
        )
            .directory(folder)
            .redirectErrorStream(true)
            .apply { environment()["NANSEN_PASSPHRASE"] = "only-for-tests" }
            .start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) { said }
        return out.readBytes()
    }

    private fun file(name: String) = fixtures.resolve(name).readBytes()

    private fun environment(name: String) = checkNotNull(System.getenv(name)) {
        "$name is not set: run the tests by `cargo xtask kotlin --test`"
    }
}

/** Runs [test] with a folder that is gone afterwards. */
internal fun inFolder(test: suspend (File) -> Unit) {
    val folder = Files.createTempDirectory("nansen-test").toFile()
    try {
        runBlocking { test(folder) }
    } finally {
        folder.deleteRecursively()
    }
}

/** Runs [test] with a wallet that is new, unlocked and empty. */
internal fun withWallet(test: suspend (Wallet) -> Unit) = inFolder { folder ->
    Wallet.create(folder.resolve("vault.nansen"), pin(), CHEAP).wallet.use { test(it) }
}

/** Trusts the desk, and takes in a credential that it issues to a key in the vault. */
internal suspend fun Wallet.takeInWelder(): RecordId {
    trustTheDesk()
    return importCredential(Desk.issue(newDeviceKey())).id
}

internal suspend fun Wallet.trustTheDesk() {
    listOf(Desk.root, Desk.trustList, Desk.statusList).forEach { addTrust(it) }
}

internal suspend fun verifier(): Verifier = Verifier.create("Site office").also { verifier ->
    listOf(Desk.root, Desk.trustList, Desk.statusList).forEach { verifier.addTrust(it) }
}

internal suspend fun Wallet.beginAnswer(request: Message): PresentationSession =
    begin(Occasion.Request(request))

/** All claims of the first credential that answers each query. */
internal fun Consent.everything(): List<ChosenCredential> = queries.mapIndexed { place, query ->
    val candidate = query.candidates.first()
    ChosenCredential(place.toUInt(), candidate.credential.id, candidate.claims.map { it.path })
}

/** Runs [work], which must fail with a [Failure] of the code [code]. */
internal suspend inline fun <reified Failure : NansenException> assertRefused(
    code: String,
    crossinline work: suspend () -> Unit,
): Failure {
    val failure = try {
        work()
        null
    } catch (failure: NansenException) {
        failure
    }
    assertTrue(failure is Failure, "expected ${Failure::class.simpleName}, got $failure")
    assertEquals(code, failure!!.code)
    return failure as Failure
}
