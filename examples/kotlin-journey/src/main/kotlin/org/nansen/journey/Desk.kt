package org.nansen.journey

import java.io.File
import java.util.Base64
import org.nansen.TrustItem

/**
 * An issuing desk: the `nansen` program, and the files of `cargo xtask fixtures`, in the folder
 * that `NANSEN_FIXTURES` names. It works in [folder], so that two may run at once.
 */
internal class Desk(private val folder: File) {
    private val fixtures = File(checkNotNull(System.getenv("NANSEN_FIXTURES")) { "run `cargo xtask kotlin --test`" })

    init {
        listOf("desk.nansen", "welder.json").forEach { fixtures.resolve(it).copyTo(folder.resolve(it)) }
    }

    /** What holder and verifier carry: a root, who may issue what, and what was revoked. */
    fun trusted(): List<TrustItem> = listOf(
        TrustItem.Root(Base64.getUrlDecoder().decode(fixtures.resolve("root.key").readText())),
        TrustItem.TrustList(fixtures.resolve("trust.list").readBytes()),
        TrustItem.StatusList(fixtures.resolve("status.list").readBytes()),
    )

    /** A credential for the holder of [deviceKey]. */
    fun issue(deviceKey: ByteArray): ByteArray {
        val key = Base64.getUrlEncoder().withoutPadding().encodeToString(deviceKey)
        val out = folder.resolve("welder.cwt")
        val process = ProcessBuilder(
            fixtures.resolve("nansen").path, "issuer", "issue", "welder.json", "--desk", "desk.nansen",
            "--device-key=$key", "--out", out.path,
        )
            .directory(folder)
            .redirectErrorStream(true)
            .apply { environment()["NANSEN_PASSPHRASE"] = "only-for-tests" }
            .start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor() == 0) { said }
        return out.readBytes()
    }
}
