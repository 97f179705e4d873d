//! Search by text, ignoring case and accents, over an index of folded summaries.
//!
//! The index is built by the first search after an unlock, which opens every summary, and is wiped with
//! the keys. It takes the folded text and about 100 bytes more for each record: some 15 MB for 100,000.
//! Where a summary does not open there is no index, and each search tells of the damage anew. Invariant:
//! the index has the records of the last commit, no others.
//!
//! Both sides are folded alike: lower case, then compatibility decomposition (NFKD, UAX #15), then
//! combining marks dropped. So "elan" finds "Élan", and an Arabic word is found with or without its
//! vowel signs. Every word of the query must occur somewhere in title, kind, issuer or a tag.

use std::collections::BTreeMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use zeroize::Zeroizing;

use crate::{
    error::{Field, Result, bounded},
    limits,
    record::{RecordId, Summary},
};

/// The folded text of every record.
#[derive(Default)]
pub(crate) struct Index {
    texts: BTreeMap<RecordId, Zeroizing<Box<str>>>,
}

impl Index {
    /// Notes a record as it now is.
    pub(crate) fn put(&mut self, id: RecordId, summary: &Summary) {
        let text = folded(summary);
        self.texts
            .insert(id, Zeroizing::new(Box::from(text.as_str())));
    }

    pub(crate) fn remove(&mut self, id: RecordId) {
        self.texts.remove(&id);
    }

    /// The records that a query finds.
    pub(crate) fn find(&self, query: &Query) -> impl Iterator<Item = RecordId> {
        let found = self.texts.iter().filter(|(_, text)| query.finds(text));
        found.map(|(id, _)| *id)
    }
}

/// A folded query.
pub(crate) struct Query {
    words: Vec<String>,
}

impl Query {
    pub(crate) fn new(text: &str) -> Result<Self> {
        bounded(Field::SearchText, text.len(), 0, limits::SEARCH_BYTES)?;
        let mut folded = String::new();
        fold(text, &mut folded);
        Ok(Self {
            words: folded.split_whitespace().map(str::to_owned).collect(),
        })
    }

    /// Whether every word occurs. A query without words finds everything.
    pub(crate) fn matches(&self, summary: &Summary) -> bool {
        self.finds(&folded(summary))
    }

    fn finds(&self, folded: &str) -> bool {
        self.words.iter().all(|word| folded.contains(word))
    }
}

/// What a query looks for words in.
fn folded(summary: &Summary) -> Zeroizing<String> {
    let texts = || {
        let fixed = [&summary.title, &summary.kind, &summary.issuer];
        fixed.into_iter().chain(&summary.tags)
    };
    // Room for the longest decomposition, lest the text move and leave a copy behind.
    let longest = texts().map(|text| if text.is_ascii() { text.len() } else { GROWTH * text.len() } + 1);
    let mut folded = Zeroizing::new(String::with_capacity(longest.sum()));
    for text in texts() {
        fold(text, &mut folded);
        // A word never spans two fields.
        folded.push('\n');
    }
    folded
}

/// Most bytes that one byte becomes by compatibility decomposition (U+FDFA: 3 become 33).
const GROWTH: usize = 11;

fn fold(text: &str, folded: &mut String) {
    if text.is_ascii() {
        folded.extend(text.chars().map(|letter| letter.to_ascii_lowercase()));
    } else {
        let plain = text.chars().flat_map(char::to_lowercase).nfkd();
        folded.extend(
            plain
                .filter(|letter| !is_combining_mark(*letter))
                .flat_map(char::to_lowercase),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, title: &str) -> bool {
        let summary = Summary {
            title: title.into(),
            kind: "licence".into(),
            issuer: "Écoles d'Été".into(),
            tags: vec!["Work".into(), "2024".into()],
            ..Summary::default()
        };
        Query::new(query).unwrap().matches(&summary)
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        for (query, title) in [
            ("elan", "Élan vital"),
            ("ÉLAN", "e\u{301}lan"),
            ("istanbul", "İstanbul"),
            ("strasse", "Strasse"),
            ("viet nam", "Việt Nam diploma"),
            ("file", "\u{fb01}le"),
            ("محمد", "مُحَمَّد"),
        ] {
            assert!(finds(query, title), "{query} in {title}");
        }
    }

    #[test]
    fn every_word_must_occur_in_some_field() {
        assert!(finds("welder work ete 2024 LICENCE", "Welder"));
        assert!(!finds("welder plumber", "Welder"));
        assert!(!finds("welderlicence", "Welder"));
        assert!(finds("  ", "anything"));
    }

    #[test]
    fn an_endless_query_is_refused() {
        assert!(Query::new(&"x".repeat(257)).is_err());
    }
}
