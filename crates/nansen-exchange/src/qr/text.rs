//! The text of a code: `N`, format version `1`, a kind letter, `:`, then base45 (RFC 9285).
//!
//! ```text
//! N1R:6BF+70R20...          a whole response in one code
//! N1M:%69 VD92EX...         one frame of a message of any kind, see `frames`
//! ```
//!
//! | letter | number | kind |
//! |---|---|---|
//! | `Q` | 1 | request |
//! | `R` | 2 | response, sealed |
//! | `P` | 3 | one-way presentation |
//! | `C` | 4 | printable credential |
//! | `T` | 5 | trust list |
//! | `S` | 6 | status list |
//! | `F` | 7 | file, opaque |
//! | `K` | 8 | pack, or a delta to one |
//! | `B` | 9 | backup, sealed |
//! | `G` | 10 | guardian's card, secret |
//! | `M` | | frame: its header holds the number of the kind |
//!
//! Every character is in the QR alphanumeric set, so that a code costs 5.5 bits a character and
//! passes readers that only return strings. Base45 never ends in a space (a third digit is at
//! most 32, a second digit at most 5), so that white space around the text, which readers add,
//! can be cut without loss.
//!
//! A whole message carries no check of its own: the code corrects errors, and all kinds but
//! `F` are signed or sealed, or hold a check (`G`).

use std::fmt;

use crate::Error;
use crate::limits::{MESSAGE_LENGTH_MAX, TEXT_LENGTH_MAX};

/// What a message is, so that a scanner knows what to do with it before it opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// What a verifier asks for.
    Request,
    /// What a holder answers, sealed to the request.
    Response,
    /// A presentation without a request.
    Presentation,
    /// A credential to print: no key binding.
    Printable,
    /// A signed list of issuers.
    TrustList,
    /// A signed list of revocations.
    StatusList,
    /// Any bytes.
    File,
    /// A signed pack, or a delta to one.
    Pack,
    /// A sealed backup of a vault, for another phone.
    Backup,
    /// A guardian's share of what opens a vault. It is on paper, and is not to be animated.
    GuardianCard,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Request,
        Self::Response,
        Self::Presentation,
        Self::Printable,
        Self::TrustList,
        Self::StatusList,
        Self::File,
        Self::Pack,
        Self::Backup,
        Self::GuardianCard,
    ];

    const fn letter(self) -> char {
        match self {
            Self::Request => 'Q',
            Self::Response => 'R',
            Self::Presentation => 'P',
            Self::Printable => 'C',
            Self::TrustList => 'T',
            Self::StatusList => 'S',
            Self::File => 'F',
            Self::Pack => 'K',
            Self::Backup => 'B',
            Self::GuardianCard => 'G',
        }
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Response => 2,
            Self::Presentation => 3,
            Self::Printable => 4,
            Self::TrustList => 5,
            Self::StatusList => 6,
            Self::File => 7,
            Self::Pack => 8,
            Self::Backup => 9,
            Self::GuardianCard => 10,
        }
    }

    pub(super) fn from_number(number: u8) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
            .ok_or(Error::MessageKind { found: number })
    }
}

/// A message and what it is. `Debug` shows its length, not its bytes: they may be personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What the bytes are.
    pub kind: Kind,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Message")
            .field("kind", &self.kind)
            .field("length", &self.bytes.len())
            .finish()
    }
}

/// What one scanned text holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A message in one code.
    Whole(Message),
    /// The bytes of a frame, not yet checked.
    Frame(Vec<u8>),
}

/// Characters before the base45 part.
pub(super) const PREFIX_LENGTH: usize = 4;

const VERSION: char = '1';
const FRAME_LETTER: char = 'M';

/// The text of a whole message.
pub(super) fn whole(kind: Kind, bytes: &[u8]) -> String {
    prefixed(kind.letter(), bytes)
}

/// The text of a frame.
pub(super) fn frame(bytes: &[u8]) -> String {
    prefixed(FRAME_LETTER, bytes)
}

/// Reads a text as a scanner returned it.
///
/// # Errors
/// [`Error::ForeignText`] for anything that does not begin like a text of this format,
/// [`Error::TextTooLong`], [`Error::CodeVersion`], [`Error::MessageKind`] and [`Error::Base45`]
/// for one that does and is wrong.
pub(super) fn parse(text: &str) -> Result<Scanned, Error> {
    let text = text.trim_ascii();
    let (version, letter, rest) = split_prefix(text).ok_or(Error::ForeignText)?;
    if version != VERSION {
        return Err(Error::CodeVersion { found: version });
    }
    if text.len() > TEXT_LENGTH_MAX {
        return Err(Error::TextTooLong {
            length: text.len(),
            limit: TEXT_LENGTH_MAX,
        });
    }
    if letter == FRAME_LETTER {
        return Ok(Scanned::Frame(decode(rest)?));
    }
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.letter() == letter)
        .ok_or(Error::MessageKind {
            found: u8::try_from(letter).unwrap_or(u8::MAX),
        })?;
    let bytes = decode(rest)?;
    Ok(Scanned::Whole(Message { kind, bytes }))
}

/// Characters of base45 for `length` bytes: three for every two, two for one left over.
pub(super) const fn encoded_length(length: usize) -> usize {
    length / 2 * 3 + length % 2 * 2
}

/// Most bytes whose base45 takes at most `characters`.
pub(super) const fn decoded_length(characters: usize) -> usize {
    characters / 3 * 2 + characters % 3 / 2
}

fn prefixed(letter: char, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(PREFIX_LENGTH + encoded_length(bytes.len()));
    text.extend(['N', VERSION, letter, ':']);
    text.push_str(&base45::encode(bytes));
    text
}

/// Version digit, kind letter and rest, if the text has the shape `N<digit><letter>:`.
fn split_prefix(text: &str) -> Option<(char, char, &str)> {
    let rest = text.strip_prefix('N')?;
    let mut characters = rest.chars();
    let version = characters.next().filter(char::is_ascii_digit)?;
    let letter = characters.next().filter(char::is_ascii_uppercase)?;
    let rest = characters.as_str().strip_prefix(':')?;
    Some((version, letter, rest))
}

/// Base45 as RFC 9285 has it, section 4.2 and 6.
///
/// The crate lets a final pair of characters above 255 pass and drops the excess; encoding
/// again and comparing refuses this and every other text that is not the one of its bytes.
fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let refused = Error::Base45 { length: text.len() };
    match base45::decode(text) {
        Ok(bytes) if base45::encode(&bytes) == text => Ok(bytes),
        _ => Err(refused),
    }
}

const _: () = assert!(decoded_length(TEXT_LENGTH_MAX) < MESSAGE_LENGTH_MAX);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> Error {
        parse(text).unwrap_err()
    }

    #[test]
    fn every_kind_has_its_own_letter_and_number() {
        for kind in Kind::ALL {
            let text = whole(kind, b"AB");
            assert_eq!(text, format!("N1{}:BB8", kind.letter()));
            let bytes = b"AB".to_vec();
            assert_eq!(parse(&text), Ok(Scanned::Whole(Message { kind, bytes })));
            assert_eq!(Kind::from_number(kind.number()), Ok(kind));
        }
        assert_eq!(Kind::from_number(0), Err(Error::MessageKind { found: 0 }));
    }

    #[test]
    fn debug_output_keeps_the_bytes_to_itself() {
        let message = Message {
            kind: Kind::File,
            bytes: vec![77; 3],
        };
        assert_eq!(format!("{message:?}"), "Message { kind: File, length: 3 }");
    }

    #[test]
    fn foreign_texts_are_told_from_broken_ones() {
        let foreign = [
            "",
            "N",
            "https://example.org/?q=N1Q:BB8",
            "HC1:6BF",
            "n1Q:BB8",
            "NAQ:BB8",
            "N1QBB8",
            "N1é:BB8",
            "\u{feff}N1Q:BB8",
        ];
        for text in foreign {
            assert_eq!(refusal(text), Error::ForeignText, "{text}");
        }
        assert_eq!(refusal("N2Q:BB8"), Error::CodeVersion { found: '2' });
        assert_eq!(refusal("N1X:BB8"), Error::MessageKind { found: b'X' });
        assert_eq!(
            refusal(&format!("N1F:{}", "0".repeat(TEXT_LENGTH_MAX))),
            Error::TextTooLong {
                length: TEXT_LENGTH_MAX + PREFIX_LENGTH,
                limit: TEXT_LENGTH_MAX
            }
        );
    }

    #[test]
    fn base45_is_strict() {
        // RFC 9285, sections 4.2, 4.4 and 6.
        for (text, bytes) in [("QED8WEX0", "ietf!"), ("%69 VD92EX0", "Hello!!"), ("", "")] {
            assert_eq!(decode(text), Ok(bytes.as_bytes().to_vec()));
        }
        for text in [
            "GGW", ":::", "A", "BB8A", "bb8", "B,8", "::", "G6", "BB\u{e9}",
        ] {
            let length = text.len();
            assert_eq!(decode(text), Err(Error::Base45 { length }), "{text}");
        }
    }

    /// Files hold `examples` and `max` of text or hex with its base45 and `must_reject`, or a
    /// bare list of the former. Without the folder the test says so, and fails under CI.
    #[test]
    fn base45_vectors() {
        use serde_json::Value;

        let root = std::env::var_os("NANSEN_VECTORS").map_or_else(
            || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors").into(),
            std::path::PathBuf::from,
        );
        let Ok(folder) = std::fs::read_dir(root.join("base45")) else {
            assert!(std::env::var_os("CI").is_none(), "no vectors in {root:?}");
            eprintln!("skipped: no vectors in {root:?}, set NANSEN_VECTORS");
            return;
        };
        let bytes_of = |case: &Value| match (case["text"].as_str(), case["hex"].as_str()) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(hex)) => hex
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect(),
            _ => panic!("neither text nor hex: {case}"),
        };
        let accept = |case: &Value| {
            let (bytes, text) = (bytes_of(case), case["base45"].as_str().unwrap());
            assert_eq!(whole(Kind::File, &bytes), format!("N1F:{text}"));
            assert_eq!(decode(text), Ok(bytes));
        };
        let reject = |case: &Value| {
            let text = case["base45"].as_str().unwrap();
            let length = text.len();
            assert_eq!(decode(text), Err(Error::Base45 { length }), "{case}");
        };
        let list = |value: &Value, check: &dyn Fn(&Value)| {
            let cases = value.as_array().unwrap();
            cases.iter().for_each(check);
            cases.len()
        };
        let mut checked = 0;
        for entry in folder {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                assert!(path.ends_with("SOURCE.md"), "what is {path:?}?");
                continue;
            }
            let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let Some(parts) = file.as_object() else {
                checked += list(&file, &accept);
                continue;
            };
            for (name, part) in parts {
                checked += match name.as_str() {
                    "examples" => list(part, &accept),
                    "must_reject" => list(part, &reject),
                    "max" => list(&Value::from(vec![part.clone()]), &accept),
                    _ => panic!("what is {name} in {path:?}?"),
                };
            }
        }
        assert!(checked > 10, "only {checked} cases in {root:?}");
    }

    #[test]
    fn white_space_that_readers_add_is_cut() {
        assert_eq!(parse(" N1Q:BB8\r\n"), parse("N1Q:BB8"));
        assert!(parse("N1Q:BB8").is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn texts_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = whole(Kind::File, &bytes);
            prop_assert_eq!(text.len(), PREFIX_LENGTH + encoded_length(bytes.len()));
            prop_assert_eq!(decoded_length(text.len() - PREFIX_LENGTH), bytes.len());
            prop_assert_eq!(text.trim_ascii(), &text);
            let message = Message { kind: Kind::File, bytes };
            prop_assert_eq!(parse(&text), Ok(Scanned::Whole(message)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}", tail in "[0-9A-Z $%*+./:-]{0,40}") {
            let _ = parse(&text);
            let _ = parse(&format!("N1Q:{tail}"));
            let _ = parse(&format!("N1M:{tail}"));
        }
    }
}
