package org.nansen.shell.model

import kotlin.time.Duration
import kotlin.time.Instant
import org.nansen.ClockDoubt
import org.nansen.PackFacts
import org.nansen.TimeFacts
import org.nansen.TrustState

/** What a list or pack says. */
enum class Subject {
    /** Who may issue what. */
    ISSUERS,

    /** Who may ask for what. */
    VERIFIERS,

    /** What was revoked, by the issuer or by a pack. */
    STATUS,

    /** All that is in a pack, among that what was revoked. */
    PACK,
}

/** How old the phone's newest word on something is, and whether a newer one is due. */
data class Age(val subject: Subject, val id: String, val age: Duration, val isOverdue: Boolean)

/**
 * What the phone goes by.
 *
 * @property doubt what there is against the phone's clock. Ages are reckoned without it then.
 * @property ages one for each list and pack, the oldest first.
 * @property packs what can be handed on.
 * @property countries those of which there are notes.
 */
data class Knowledge(
    val doubt: ClockDoubt?,
    val ages: List<Age>,
    val packs: List<PackFacts>,
    val countries: List<String>,
)

/** The same for the screen. */
fun TrustState.knowledge(time: TimeFacts): Knowledge {
    fun age(subject: Subject, id: String, made: Instant, due: Instant?) =
        Age(subject, id, time.reckoned - made, isOverdue = due != null && due < time.reckoned)
    val ages = packs.map { age(Subject.PACK, it.id, it.issuedAt, it.nextUpdate) } +
        trustLists.map { age(Subject.ISSUERS, it.id, it.issuedAt, it.nextUpdate) } +
        verifierLists.map { age(Subject.VERIFIERS, it.id, it.issuedAt, it.nextUpdate) } +
        statusLists.map { age(Subject.STATUS, it.id, it.issuedAt, it.nextUpdate) }
    return Knowledge(time.doubt, ages.sortedByDescending { it.age }, packs, countries.sorted())
}
