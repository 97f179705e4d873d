package org.nansen

import kotlin.time.Clock
import kotlin.time.Instant

/** What a scanned message brings to `addTrust`; null for a message of another kind. */
public fun Message.trustItem(): TrustItem? = when (kind) {
    MessageKind.TRUST_LIST -> TrustItem.TrustList(bytes)
    MessageKind.STATUS_LIST -> TrustItem.StatusList(bytes)
    MessageKind.PACK -> TrustItem.Pack(bytes)
    else -> null
}

/**
 * What a pack says of itself before it is added: whose it is, how new, how large. Nothing of it was
 * checked, and anybody can have written it.
 */
public suspend fun TrustItem.Pack.facts(): PackFacts = offThread { native { packFacts(bytes) } }

/**
 * Trusts a root, a publisher, a list or a pack no more, nor what it alone vouched for. False when
 * it was not there.
 */
public suspend fun Wallet.removeTrust(name: TrustName): Boolean = native.call { it.removeTrust(name) }

/** As [Wallet.removeTrust]. */
public suspend fun Verifier.removeTrust(name: TrustName): Boolean = native.call { it.removeTrust(name) }

/**
 * A pack for another phone, by [frames] or as a file of its bytes; null when it is not here. The
 * receiver goes by its signatures, whoever hands it on.
 */
public suspend fun Wallet.handOn(publisher: String, id: String): Message? =
    native.call { it.handOn(publisher, id) }

/** As [Wallet.handOn]. */
public suspend fun Verifier.handOn(publisher: String, id: String): Message? =
    native.call { it.handOn(publisher, id) }

/**
 * What signed times say of the phone's clock, and by which time to reckon ages: that of a list is
 * [TimeFacts.reckoned] less [ListFacts.issuedAt].
 */
public suspend fun Wallet.checkClock(now: Instant = Clock.System.now()): TimeFacts =
    native.call { it.checkClock(now) }

/** As [Wallet.checkClock]. */
public suspend fun Verifier.checkClock(now: Instant = Clock.System.now()): TimeFacts =
    native.call { it.checkClock(now) }

/**
 * What a type of credential and its claims are called in a [language] (BCP 47 tag), else in one
 * that there is; null when no pack names the type.
 */
public suspend fun Wallet.typeNames(credentialType: String, language: String): TypeNames? =
    native.call { it.typeNames(credentialType, language) }

/** As [Wallet.typeNames]. */
public suspend fun Verifier.typeNames(credentialType: String, language: String): TypeNames? =
    native.call { it.typeNames(credentialType, language) }

/**
 * Looks among the notes and contacts of packs. A position is used for the order and kept nowhere.
 * What is overdue is found, and says so.
 */
public suspend fun Wallet.searchNotes(
    search: Search,
    now: Instant = Clock.System.now(),
): SearchResult = native.call { it.searchNotes(search, now) }
