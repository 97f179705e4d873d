package org.nansen.shell.model

import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import org.nansen.VerifierStanding

/** What the wallet knows of who asks; each is one sentence of `strings.xml`. */
enum class Standing {
    /** A publisher says who it is, and that it may ask for this. */
    MAY_ASK,

    /** A publisher says who it is, and that some of this is not for it to ask. */
    ASKS_TOO_MUCH,

    /** A publisher knows the key, and says that it does not count now: this may be anybody. */
    KEY_NOT_TRUSTED,

    /** A trust list names its key, as an issuer's. */
    LISTED,

    /** It was shown something before. */
    MET,

    /** Anybody can use this name. */
    UNKNOWN,
}

/**
 * Who asks, as the consent sheet tells it.
 *
 * @property name by which the wallet knows it; null when nobody vouches for the one it gives.
 * @property role what it asks as, such as `labour inspectorate`.
 * @property publisher whose word that is.
 * @property listAge how old that word is.
 */
data class Asker(
    val standing: Standing,
    val name: String? = null,
    val role: String? = null,
    val publisher: String? = null,
    val listAge: Duration? = null,
) {
    /** Whether the person is to be warned before anything is chosen. */
    val isDoubtful: Boolean
        get() = standing in setOf(Standing.ASKS_TOO_MUCH, Standing.KEY_NOT_TRUSTED, Standing.UNKNOWN)
}

/** The same for the screen. */
fun VerifierStanding.asker(): Asker = when (this) {
    is VerifierStanding.Registered -> Asker(
        if (beyond.isEmpty()) Standing.MAY_ASK else Standing.ASKS_TOO_MUCH,
        name,
        role.replace('_', ' '),
        publisher,
        listAge.seconds,
    )
    is VerifierStanding.KeyNotTrusted -> Asker(Standing.KEY_NOT_TRUSTED, name)
    is VerifierStanding.Listed -> Asker(Standing.LISTED, name)
    is VerifierStanding.Met -> Asker(Standing.MET, name)
    is VerifierStanding.Unknown -> Asker(Standing.UNKNOWN)
}
