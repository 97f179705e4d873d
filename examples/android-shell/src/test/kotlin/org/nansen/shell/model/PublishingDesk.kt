package org.nansen.shell.model

import java.io.File
import kotlin.io.encoding.Base64
import kotlin.time.Clock
import kotlin.time.Duration
import org.nansen.TrustItem

/**
 * The desk of `cargo xtask fixtures`, as a publisher of packs. It works in [folder], which it may
 * fill.
 */
internal class PublishingDesk(private val folder: File) {
    private val fixtures = File(checkNotNull(System.getenv("NANSEN_FIXTURES")) { "run `cargo xtask kotlin --test`" })
    private val root = fixtures.resolve("root.key").readText()

    /** Its statement, which the app goes by from the start. */
    val publisher: TrustItem

    init {
        listOf("desk.nansen", "welder.json", "status.list").forEach { fixtures.resolve(it).copyTo(folder.resolve(it)) }
        val roles = listOf("root", "issuers", "verifiers", "status", "content").joinToString(" ") { "--$it 1:$root" }
        nansen("root init --publisher example.board $roles --out statement")
        val pin = told(nansen("root sign --desk desk.nansen statement"), "pin")
        publisher = TrustItem.Publisher(folder.resolve("statement").readBytes(), pin.hexToByteArray())
    }

    /** A pack in which the inspectorate may ask for the trade, made so long from now. */
    fun pack(version: Int, fromNow: Duration = Duration.ZERO): ByteArray {
        val issuer = told(nansen("issuer key --desk desk.nansen --out school.json"), "key")
        folder.resolve("pack.json").writeText(
            """{"id": "board.all", "version": $version, "days": 30,
            "trust_list": {"id": "board.issuers", "issuers": ["school.json"]},
            "verifier_list": {"id": "board.verifiers", "verifiers": [
              {"role": "labour_inspectorate", "names": {"en": "Labour Inspectorate"}, "country": "NPL",
               "keys": [{"key": "${text(INSPECTOR_PUBLIC)}", "not_before": 0, "not_after": 4102444800}],
               "grants": [{"type": "urn:nansen:skills:1", "claims": ["qualification"]}]}]},
            "status": [{"issuer": "https://board.example", "key": "$issuer", "list": "status.list"}],
            "notes": [{"country": "QAT", "topic": "regulations", "titles": {"en": "Heat rules"},
              "texts": {"en": "No outdoor work from 10 to 15:30."}}]}""",
        )
        nansen("pack build pack.json --desk desk.nansen --root statement --out pack-$version", fromNow)
        return folder.resolve("pack-$version").readBytes()
    }

    /** The status list of the desk, on its own. */
    fun statusList(): ByteArray = folder.resolve("status.list").readBytes()

    /** A credential for the holder of [deviceKey], in base64url. */
    fun issue(deviceKey: String): ByteArray {
        nansen("issuer issue welder.json --desk desk.nansen --device-key=$deviceKey --out welder.cwt")
        return folder.resolve("welder.cwt").readBytes()
    }

    private fun nansen(words: String, fromNow: Duration = Duration.ZERO): String {
        val now = (Clock.System.now() + fromNow).epochSeconds
        val process = ProcessBuilder(listOf(fixtures.resolve("nansen").path, "--json", "--now", "$now") + words.split(' '))
            .directory(folder)
            .redirectErrorStream(true)
            .apply { environment()["NANSEN_PASSPHRASE"] = "only-for-tests" }
            .start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor() == 0) { "$words: $said" }
        return said
    }

    private fun told(said: String, field: String): String =
        checkNotNull(Regex(""""$field":"([^"]+)"""").find(said)) { said }.groupValues[1]

    private fun text(key: String): String = Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).encode(key.hexToByteArray())

    companion object {
        private const val INSPECTOR_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

        /** The key of the inspectorate that packs name: RFC 8032, section 7.1, TEST 2. */
        fun inspectorKey(): ByteArray =
            byteArrayOf(1) + "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb".hexToByteArray()
    }
}
