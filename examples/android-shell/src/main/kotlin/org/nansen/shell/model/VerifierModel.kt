package org.nansen.shell.model

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.nansen.Answer
import org.nansen.Message
import org.nansen.MessageKind
import org.nansen.OpenRequest
import org.nansen.Report
import org.nansen.TrustItem
import org.nansen.Verifier

/** What a check is at. */
sealed interface Checking {
    /** The request stands on the screen. */
    data class Asking(val request: OpenRequest) : Checking

    /** The other phone answered. */
    data class Answered(val answer: Answer) : Checking

    /** A printed code, or one shown to whoever scans. */
    data class Unasked(val report: Report) : Checking
}

/** The verifier's side: asks, scans, and says what the checks found. */
class VerifierModel(private val verifier: Verifier) : AutoCloseable {
    private val _state = MutableStateFlow<Checking?>(null)

    /** Null before anything was asked. */
    val state: StateFlow<Checking?> = _state.asStateFlow()

    /** Makes a request: show its message. */
    suspend fun ask(query: String, purpose: String) {
        _state.value = Checking.Asking(verifier.request(query, purpose))
    }

    /** Takes what was scanned. */
    suspend fun onScanned(message: Message) {
        val asking = _state.value as? Checking.Asking
        when (message.kind) {
            MessageKind.TRUST_LIST -> verifier.addTrust(TrustItem.TrustList(message.bytes))
            MessageKind.STATUS_LIST -> verifier.addTrust(TrustItem.StatusList(message.bytes))
            MessageKind.RESPONSE -> if (asking != null) {
                _state.value = Checking.Answered(verifier.checkAnswer(asking.request, message))
            }
            else -> _state.value = Checking.Unasked(verifier.checkUnasked(message))
        }
    }

    /** Ready for the next person. */
    fun done() {
        _state.value = null
    }

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
