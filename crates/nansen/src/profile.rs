//! What a list shows of a credential: a title, and words to find it by.

use nansen_credential::cbor::{Map, Value};

/// A title for a credential: the first text among the claims that tell most, else its type.
#[must_use]
pub fn title(vct: &str, claims: &Map) -> String {
    let text = |name: &&str| claims.name(name).and_then(Value::as_text);
    let title = TITLES.iter().find_map(text).unwrap_or(vct);
    shorten(title, TITLE_BYTES).to_owned()
}

/// Words that a search should find a credential by, beside title and issuer.
#[must_use]
pub fn tags(vct: &str, claims: &Map) -> Vec<String> {
    let text = |name: &&str| claims.name(name).and_then(Value::as_text);
    let mut tags = vec![shorten(vct, TAG_BYTES).to_owned()];
    let named = TAGS.iter().filter_map(text);
    tags.extend(named.map(|tag| shorten(tag, TAG_BYTES).to_owned()));
    tags
}

/// The longest start of `text` that has at most `bytes` bytes.
pub(crate) fn shorten(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Claims that make a title, the most telling first.
const TITLES: [&str; 12] = [
    "title",
    "qualification",
    "skill",
    "profession",
    "occupation",
    "name",
    "role",
    "language",
    "document_type",
    "employer",
    "standard",
    "highest",
];

/// Claims whose texts a search finds.
const TAGS: [&str; 8] = [
    "qualification",
    "awarding_body",
    "employer",
    "provider",
    "authority",
    "country",
    "isco_08",
    "occupation",
];

/// Bytes of a title at the most: what a list can show.
const TITLE_BYTES: usize = 160;
/// Bytes of a tag at the most, which the vault asks for.
const TAG_BYTES: usize = 64;
