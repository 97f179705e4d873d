package org.nansen.shell.ui

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.FilterChip
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.ListItem
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import kotlin.time.Duration.Companion.seconds
import org.nansen.FoundSource
import org.nansen.shell.R
import org.nansen.shell.ShellViewModel
import org.nansen.shell.model.NotesModel

/** Packs to hand on, and what they tell of a country. */
@Composable
fun NotesScreen(shell: ShellViewModel, notes: NotesModel) {
    val knowledge by notes.knowledge.collectAsStateWithLifecycle()
    val found by notes.found.collectAsStateWithLifecycle()
    var country by remember { mutableStateOf<String?>(null) }
    var words by remember { mutableStateOf("") }
    LaunchedEffect(country, words) { shell.search(notes, country, words) }

    Scaffold { padding ->
        Column(Modifier.fillMaxSize().padding(padding).padding(horizontal = 16.dp)) {
            knowledge?.let { known ->
                Doubt(known.doubt)
                Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState())) {
                    for (one in known.countries) {
                        FilterChip(
                            selected = country == one,
                            onClick = { country = one.takeIf { it != country } },
                            label = { Text(one) },
                        )
                    }
                }
            }
            OutlinedTextField(
                words,
                onValueChange = { words = it },
                label = { Text(stringResource(R.string.notes_words)) },
                modifier = Modifier.fillMaxWidth(),
            )
            LazyColumn(Modifier.weight(1f)) {
                items(found?.notes.orEmpty()) { note ->
                    Entry(note.title, note.text, note.source)
                }
                items(found?.contacts.orEmpty()) { contact ->
                    Entry(contact.name, contact.channels.joinToString("\n"), contact.source)
                }
                items(knowledge?.packs.orEmpty(), key = { "${it.publisher}/${it.id}" }) { pack ->
                    ListItem(
                        headlineContent = { Text(pack.id) },
                        supportingContent = { Text(stringResource(R.string.pack_version, pack.publisher, pack.version.toLong())) },
                        trailingContent = {
                            TextButton({ shell.handOn(notes, pack) }) { Text(stringResource(R.string.hand_on)) }
                        },
                    )
                }
            }
            TextButton(shell::home) { Text(stringResource(R.string.done)) }
        }
    }
}

@Composable
private fun Entry(title: String, text: String, source: FoundSource) {
    ListItem(
        headlineContent = { Text(title) },
        supportingContent = {
            Column {
                Text(text)
                Text(stringResource(R.string.word_of, source.publisher, source.age.seconds.inWholeDays))
                if (source.overdueBy != null) {
                    Text(stringResource(R.string.overdue))
                }
            }
        },
    )
    HorizontalDivider()
}
