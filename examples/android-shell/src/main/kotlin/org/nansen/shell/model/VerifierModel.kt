package org.nansen.shell.model

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.nansen.Answer
import org.nansen.Message
import org.nansen.MessageKind
import org.nansen.OpenRequest
import org.nansen.Report
import org.nansen.Tally
import org.nansen.Verifier
import org.nansen.checkClock
import org.nansen.endSession
import org.nansen.tally
import org.nansen.trustItem

/** What a check is at. */
sealed interface Checking {
    /** The request stands on the screen. */
    data class Asking(val request: OpenRequest) : Checking

    /** The other phone answered. */
    data class Answered(val answer: Answer) : Checking

    /** A printed code, or one shown to whoever scans. */
    data class Unasked(val report: Report) : Checking

    /** The session is over. Of all who were checked, these counts are left, in steps of [STEP]. */
    data class Ended(val counts: Tally) : Checking

    companion object {
        /** So that one person more or less does not show. */
        const val STEP: UInt = 5u
    }
}

/** The verifier's side: asks, scans, and says what the checks found. */
class VerifierModel(private val verifier: Verifier) : AutoCloseable {
    private val _state = MutableStateFlow<Checking?>(null)

    /** Null before anything was asked. */
    val state: StateFlow<Checking?> = _state.asStateFlow()

    private val _knowledge = MutableStateFlow<Knowledge?>(null)

    /** What a verdict rests on: the clock, and how old the lists are. */
    val knowledge: StateFlow<Knowledge?> = _knowledge.asStateFlow()

    private val _tally = MutableStateFlow<Tally?>(null)

    /** How the checks of this session came out. Null before the first. */
    val tally: StateFlow<Tally?> = _tally.asStateFlow()

    /** Makes a request: show its message. */
    suspend fun ask(query: String, purpose: String) {
        lookAtKnowledge()
        _state.value = Checking.Asking(verifier.request(query, purpose))
    }

    /** Takes what was scanned. */
    suspend fun onScanned(message: Message) {
        val asking = _state.value as? Checking.Asking
        val item = message.trustItem()
        try {
            when {
                item != null -> verifier.addTrust(item)
                message.kind != MessageKind.RESPONSE -> _state.value = Checking.Unasked(verifier.checkUnasked(message))
                asking != null -> _state.value = Checking.Answered(verifier.checkAnswer(asking.request, message))
            }
        } finally {
            // What is refused is counted too, and signed times come with answers.
            _tally.value = verifier.tally().takeIf { it.total() > 0uL }
            lookAtKnowledge()
        }
    }

    /** Forgets everybody. What is trusted stays. */
    suspend fun endSession() {
        _state.value = Checking.Ended(verifier.endSession(Checking.STEP))
        _tally.value = null
    }

    private suspend fun lookAtKnowledge() {
        _knowledge.value = verifier.trust().knowledge(verifier.checkClock())
    }

    private fun Tally.total(): ULong = valid + invalid + undetermined + unreadable

    override fun close() {
        verifier.close()
    }

    companion object {
        /** Asks for the trade and the name of somebody with a skills credential (DCQL). */
        const val TRADE_QUERY: String =
            """{"credentials": [{"id": "trade", "format": "dc+sd-cwt",
                "meta": {"vct_values": ["urn:nansen:skills:1"]},
                "claims": [{"path": ["qualification"]}, {"path": ["family_name"]}]}]}"""
    }
}
