//! Search by text, ignoring case and accents, over opened summaries.
//!
//! Both sides are folded alike: lower case, then compatibility decomposition (NFKD, UAX #15), then
//! combining marks dropped. So "elan" finds "Élan", and an Arabic word is found with or without its
//! vowel signs. Every word of the query must occur somewhere in title, kind, issuer or a tag.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    error::{Field, Result, bounded},
    limits,
    record::Summary,
};

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
        let mut folded = String::new();
        for text in [&summary.title, &summary.kind, &summary.issuer]
            .into_iter()
            .chain(&summary.tags)
        {
            fold(text, &mut folded);
            // A word never spans two fields.
            folded.push('\n');
        }
        self.words.iter().all(|word| folded.contains(word))
    }
}

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
