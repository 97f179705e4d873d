package org.nansen

import java.io.File
import java.nio.file.Files
import java.util.Base64
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.days
import kotlin.time.Instant

/** The time so many days after the publisher of these tests began. */
internal fun day(count: Int): Instant = Instant.fromEpochSeconds(1_800_000_000) + count.days

/**
 * A publisher whose statements two of three desks must sign, and what it hands out, made by the
 * `nansen` program at times of its own. Desk `a` also issues and signs the packs.
 */
internal object Publisher {
    const val NAME = "npl.ctevt"
    const val PACK = "npl.national"
    const val TYPE = "urn:nansen:skills:1"

    /** The key of the inspectorate that the verifier list names: RFC 8032, section 7.1, TEST 2. */
    private const val INSPECTOR_SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    const val INSPECTOR_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

    private val folder: File = Files.createTempDirectory("nansen-publisher").toFile().also { folder ->
        Runtime.getRuntime().addShutdownHook(Thread { folder.deleteRecursively() })
    }
    private val keys: Map<String, String>

    /** Its first root statement, with the digest by which it is known. */
    val pinned: TrustItem

    /** Another statement under the same name, signed by whom it names. */
    val impostor: TrustItem

    /** The statement that follows the first, which one key too few has signed. */
    val halfSigned: ByteArray

    /** The same, signed by enough. */
    val rotation: ByteArray

    /** Lists, status, names, notes and contacts, as of day 0 and due again on day 90. */
    val first: TrustItem.Pack

    /** The same as of day 2, with [rotation], when the inspectorate's key no longer counts. */
    val second: TrustItem.Pack

    /** [second] as what has changed since [first]. */
    val delta: TrustItem.Pack

    init {
        val school = "--uri https://nstb.example --name en=Skills|Board --country NPL --type $TYPE"
        keys = mapOf("a" to school, "b" to "", "c" to "").mapValues { (desk, issuer) ->
            val made = run(0, "issuer init --desk $desk.nansen $issuer --root --status-bits 2 --kdf floor")
            told(made, """"root":\{"key":"([^"]+)"""")
        }
        fun quorums(root: String) = listOf("issuers", "verifiers", "status", "content")
            .joinToString(" ", "--root $root ") { "--$it 1:${keys["a"]}" }
        fun key(desk: String) = keys.getValue(desk)

        run(0, "root init --publisher $NAME ${quorums("2:${key("a")},${key("b")}")} --out root-1")
        run(0, "root sign --desk a.nansen root-1")
        pinned = pinned("root-1", run(0, "root sign --desk b.nansen root-1"))
        run(0, "root init --publisher $NAME ${quorums("1:${key("c")}")} --out other")
        impostor = pinned("other", run(0, "root sign --desk c.nansen other"))

        run(1, "root rotate root-1 --root 2:${key("b")},${key("c")} --out root-2")
        run(1, "root sign --desk b.nansen root-2")
        run(1, "root sign --desk c.nansen root-2")
        halfSigned = file("root-2")
        run(1, "root sign --desk a.nansen root-2 --root root-1")
        rotation = file("root-2")

        // The first credential brings the status list into being.
        issue(Base64.getUrlDecoder().decode(key("b")))
        run(0, "issuer status-list --desk a.nansen --out lists")
        val issuer = told(run(0, "issuer key --desk a.nansen --out school.json"), """"issuer":\{"key":"([^"]+)"""")
        first = pack(1, 0, issuer, cutOff = null, "--root root-1")
        second = pack(2, 2, issuer, cutOff = day(1), "--root root-1 --root root-2")
        run(2, "pack diff pack-1 pack-2 --root root-1 --root root-2 --out delta")
        delta = TrustItem.Pack(file("delta"))
    }

    /** A verifier with the inspectorate's key. */
    suspend fun inspector(oldStatus: OldStatus = OldStatus.WARN): Verifier =
        Verifier.create("Labour Inspectorate", byteArrayOf(1) + INSPECTOR_SECRET.hexToByteArray(), oldStatus = oldStatus)

    /** Issues a credential to a device key on day 0. */
    @Synchronized
    fun issue(deviceKey: ByteArray): ByteArray {
        folder.resolve("welder.json").writeText(WELDER)
        val out = File.createTempFile("credential", ".cwt", folder).apply { delete() }
        run(0, "issuer issue welder.json --desk a.nansen --device-key=${text(deviceKey)} --out ${out.name}")
        return out.readBytes()
    }

    private fun pack(version: Int, day: Int, issuer: String, cutOff: Instant?, roots: String): TrustItem.Pack {
        val cut = cutOff?.let { """, "cut_off": ${it.epochSeconds}""" }.orEmpty()
        val inspector = text(INSPECTOR_PUBLIC.hexToByteArray())
        folder.resolve("pack.json").writeText(
            """{"id": "$PACK", "version": $version, "days": 90,
            "trust_list": {"id": "npl.issuers", "issuers": ["school.json"]},
            "verifier_list": {"id": "npl.verifiers", "verifiers": [
              {"role": "labour_inspectorate", "names": {"en": "Labour Inspectorate"}, "country": "NPL",
               "keys": [{"key": "$inspector", "not_before": 0, "not_after": 4102444800$cut}],
               "grants": [{"type": "$TYPE", "claims": ["family_name", "qualification"]}]}]},
            "status": [{"issuer": "https://nstb.example", "key": "$issuer", "list": "lists/status-1.cwt"}],
            "notes": [
              {"country": "QAT", "topic": "regulations", "titles": {"en": "Heat rules"},
               "texts": {"en": "No outdoor work from 10 to 15:30."}, "place": {"latitude": 25.285, "longitude": 51.531}},
              {"country": "QAT", "topic": "regulations", "titles": {"en": "Passports"},
               "texts": {"en": "Nobody may keep yours."}, "place": {"latitude": 25.9, "longitude": 51.5}},
              {"country": "MYS", "topic": "wages", "titles": {"en": "Wages"}, "texts": {"en": "Paid by the seventh."}}],
            "contacts": [{"country": "QAT", "topic": "next_step", "names": {"en": "Help desk"},
              "channels": ["tel:+97440000000"]}],
            "types": [{"type": "$TYPE", "names": {"en": "Skills certificate", "ne": "सीप प्रमाणपत्र"},
              "labels": {"family_name": {"en": "Family name", "ne": "थर"}}}]}""",
        )
        run(day, "pack build pack.json --desk a.nansen $roots --out pack-$version")
        return TrustItem.Pack(file("pack-$version"))
    }

    private fun pinned(statement: String, said: String): TrustItem =
        TrustItem.Publisher(file(statement), told(said, """"pin":"([^"]+)"""").hexToByteArray())

    /** Runs the program on a day; words are parted by spaces, `|` stands for a space in one. */
    private fun run(day: Int, words: String): String {
        val arguments = words.split(' ').filter { it.isNotEmpty() }.map { it.replace('|', ' ') }
        val program = checkNotNull(System.getenv("NANSEN_CLI")) { "run the tests by `cargo xtask kotlin --test`" }
        val process = ProcessBuilder(listOf(program, "--json", "--now", day(day).epochSeconds.toString()) + arguments)
            .directory(folder)
            .redirectErrorStream(true)
            .apply { environment()["NANSEN_PASSPHRASE"] = "only-for-tests" }
            .start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0) { "$words: $said" }
        return said
    }

    private fun told(said: String, pattern: String): String =
        checkNotNull(Regex(pattern).find(said)) { "no $pattern in $said" }.groupValues[1]

    private fun file(name: String): ByteArray = folder.resolve(name).readBytes()

    private fun text(key: ByteArray): String = Base64.getUrlEncoder().withoutPadding().encodeToString(key)

    private const val WELDER =
        """{"claims": {"family_name": "Gurung", "given_name": "Asha", "qualification": "Welder", "eqf_level": 3}}"""
}

/** Goes by the publisher's first statement and by [pack]. */
internal suspend fun Wallet.goByPublisher(pack: TrustItem = Publisher.first) {
    listOf(Publisher.pinned, pack).forEach { addTrust(it) }
}

/** As above. */
internal suspend fun Verifier.goByPublisher(pack: TrustItem = Publisher.first): Verifier = also {
    listOf(Publisher.pinned, pack).forEach { addTrust(it) }
}

/** Runs [test] with a wallet that goes by the publisher and holds what its school issued. */
internal fun withWelder(test: suspend (Wallet) -> Unit) = withWallet { wallet ->
    wallet.goByPublisher()
    wallet.importCredential(Publisher.issue(wallet.newDeviceKey(now = day(0))), day(0))
    test(wallet)
}

/** Answers a request with all that it asks for. */
internal suspend fun Wallet.answer(request: OpenRequest, now: Instant): Message =
    begin(Occasion.Request(request.message), now).use { it.answer(it.consent!!.everything(), now) }
