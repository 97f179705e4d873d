package org.nansen.shell.model

import kotlin.io.encoding.Base64
import org.nansen.TrustItem

/**
 * Whom the app trusts from its first start: the keys that sign trust lists, which say who may
 * issue what. Replace [ROOT] before you ship: `nansen issuer key` prints that of your own desk. A
 * publisher of packs belongs into [items] too, as a [TrustItem.Publisher]: its first root statement
 * as an asset of the app, and the digest that `nansen root sign` printed.
 */
object AppTrust {
    /**
     * The root key, 32 bytes of Ed25519 in base64url. This one is for a demonstration: its private
     * half is printed in RFC 8032, section 7.1, TEST 1, so anybody can issue under it.
     */
    const val ROOT: String = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

    /** Whether [ROOT] is still the one that anybody can sign with. */
    val isDemo: Boolean get() = ROOT == DEMO_ROOT

    /** What vault and verifier are given. The demonstration's root only if [isDebuggable]. */
    fun items(isDebuggable: Boolean): List<TrustItem> =
        if (isDemo && !isDebuggable) {
            emptyList()
        } else {
            listOf(TrustItem.Root(Base64.UrlSafe.withPadding(Base64.PaddingOption.ABSENT).decode(ROOT)))
        }

    private const val DEMO_ROOT = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}
