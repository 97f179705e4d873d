package org.nansen.shell.model

import kotlin.time.Duration
import org.nansen.ClockDoubt
import org.nansen.ListFacts
import org.nansen.PackFacts
import org.nansen.TimeFacts
import org.nansen.TrustState

/** What a list says. */
enum class Subject {
    /** Who may issue what. */
    ISSUERS,

    /** Who may ask for what. */
    VERIFIERS,

    /** What was revoked. */
    STATUS,
}

/** How old the phone's newest word on something is, and whether a newer one is due. */
data class Age(val subject: Subject, val id: String, val age: Duration, val isOverdue: Boolean)

/**
 * What the phone goes by.
 *
 * @property doubt what there is against the phone's clock. Ages are reckoned without it then.
 * @property ages one for each list, the oldest first.
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
    fun age(subject: Subject, list: ListFacts): Age {
        val due = list.nextUpdate
        return Age(subject, list.id, time.reckoned - list.issuedAt, isOverdue = due != null && due < time.reckoned)
    }
    val ages = trustLists.map { age(Subject.ISSUERS, it) } +
        verifierLists.map { age(Subject.VERIFIERS, it) } +
        statusLists.map { age(Subject.STATUS, it) }
    return Knowledge(time.doubt, ages.sortedByDescending { it.age }, packs, countries.sorted())
}
