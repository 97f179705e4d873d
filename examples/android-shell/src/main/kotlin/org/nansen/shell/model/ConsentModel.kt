package org.nansen.shell.model

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import org.nansen.ChosenCredential
import org.nansen.ClaimPath
import org.nansen.Consent
import org.nansen.Message
import org.nansen.PresentationSession
import org.nansen.RecordId
import org.nansen.VerifierStanding

/** A claim of a credential, as the answer to one query. */
data class Tick(val query: Int, val credential: RecordId, val path: ClaimPath)

/** What a verifier asks, and what the person agrees to show. Nothing is ticked beforehand. */
class ConsentModel(private val session: PresentationSession, private val hardware: Hardware) : AutoCloseable {
    /** Who asks, why, and what could be shown. */
    val consent: Consent = checkNotNull(session.consent) { "a session that answers a request" }

    /** Who asks, as far as anybody here knows them. */
    val asker: Asker = consent.verifier.asker()

    private val beyond = (consent.verifier as? VerifierStanding.Registered)?.beyond.orEmpty()

    /** Whether a claim of this type of credential is not for who asks to ask. It may be shown all the same. */
    fun isBeyondRole(credentialType: String, path: ClaimPath): Boolean =
        beyond.any { it.claim == path && (it.credentialType ?: credentialType) == credentialType }

    private val _chosen = MutableStateFlow<Map<Int, RecordId>>(emptyMap())

    /** The credential that the person chose for each query. */
    val chosen: StateFlow<Map<Int, RecordId>> = _chosen.asStateFlow()

    private val _ticked = MutableStateFlow<Set<Tick>>(emptySet())

    /** Optional claims that the person ticked. */
    val ticked: StateFlow<Set<Tick>> = _ticked.asStateFlow()

    /** Answers a query with a credential, with what the request cannot do without. */
    fun choose(query: Int, credential: RecordId) {
        _chosen.update { it + (query to credential) }
    }

    /** Leaves a query without an answer. */
    fun leaveOut(query: Int) {
        _chosen.update { it - query }
    }

    /** Ticks an optional claim, or takes the tick back. */
    fun toggle(tick: Tick) {
        _ticked.update { if (tick in it) it - tick else it + tick }
    }

    /** The answer, to be shown as codes. May be tried again when the hardware refused. */
    suspend fun answer(): Message = session.answer(choice(), sign = hardware::sign)

    private fun choice(): List<ChosenCredential> = _chosen.value.entries.mapNotNull { (query, credential) ->
        val candidate = consent.queries[query].candidates.find { it.credential.id == credential }
        val shown = candidate?.claims?.filter { claim ->
            claim.isRequired || Tick(query, credential, claim.path) in _ticked.value
        }
        shown?.let { claims -> ChosenCredential(query.toUInt(), credential, claims.map { it.path }) }
    }

    override fun close() {
        session.close()
    }
}
