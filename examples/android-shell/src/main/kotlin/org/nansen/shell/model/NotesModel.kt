package org.nansen.shell.model

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.nansen.Message
import org.nansen.PackFacts
import org.nansen.Search
import org.nansen.SearchResult
import org.nansen.Wallet
import org.nansen.checkClock
import org.nansen.handOn
import org.nansen.searchNotes

/**
 * What the phone goes by, and what that tells the person.
 *
 * @param language of the person (BCP 47 tag).
 */
class NotesModel(private val wallet: Wallet, private val language: String) {
    private val _knowledge = MutableStateFlow<Knowledge?>(null)

    /** Null until [start] has looked. */
    val knowledge: StateFlow<Knowledge?> = _knowledge.asStateFlow()

    private val _found = MutableStateFlow<SearchResult?>(null)

    /** Null before the first search. */
    val found: StateFlow<SearchResult?> = _found.asStateFlow()

    /** Looks at what there is. */
    suspend fun start() {
        _knowledge.value = wallet.trust().knowledge(wallet.checkClock())
    }

    /** Notes and contacts of a country, or of all, that have these words. */
    suspend fun search(country: String?, words: String) {
        _found.value = wallet.searchNotes(Search(language, country, words = words))
    }

    /** A pack for another phone, to be shown as codes. */
    suspend fun handOn(pack: PackFacts): Message? = wallet.handOn(pack.publisher, pack.id)
}
