//! Texts that a stranger wrote and a holder is shown.
//!
//! A text that passes has a letter or digit to read, and no character that is invisible (spaces
//! aside) or changes the order of those around it: neither may a screen say something else than
//! the bytes, nor may two texts that look the same differ by a character out of sight.
//!
//! Excepted are the two joiners and the two direction marks, between other characters: Nepali,
//! Urdu and Arabic names are written with them.

use crate::Error;

/// Refuses what is not safe to show.
///
/// # Errors
/// [`Error::TooLong`] for more than `limit` characters, [`Error::UnsafeText`] for a character
/// that is not shown as one, [`Error::Missing`] without a letter or digit.
pub(super) fn check(text: &str, what: &'static str, limit: usize) -> Result<(), Error> {
    let length = text.chars().count();
    if length > limit {
        return Err(Error::TooLong {
            what,
            length,
            limit,
        });
    }
    if let Some(position) = first_unsafe(text) {
        return Err(Error::UnsafeText { what, position });
    }
    if !text.contains(char::is_alphanumeric) {
        return Err(Error::Missing { what });
    }
    Ok(())
}

/// Position of the first character that must not stand where it does.
fn first_unsafe(text: &str) -> Option<usize> {
    let mut before = None;
    let mut rest = text.chars();
    let mut position = 0;
    while let Some(c) = rest.next() {
        let is_between = [before, rest.clone().next()]
            .iter()
            .all(|beside| beside.is_some_and(|beside| !is_joiner_or_mark(beside)));
        if is_deceptive(c) || is_joiner_or_mark(c) && !is_between {
            return Some(position);
        }
        before = Some(c);
        position += 1;
    }
    None
}

/// Zero-width non-joiner and joiner, left-to-right and right-to-left mark.
const fn is_joiner_or_mark(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}')
}

/// Controls, and what is invisible: all of Unicode's `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`) but the joiners and marks above, and the characters beyond it
/// whose glyph is blank or that only place others.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                            // soft hyphen
            | '\u{34f}'                         // combining grapheme joiner
            | '\u{61c}'                         // Arabic letter mark
            | '\u{115f}' | '\u{1160}'           // Hangul fillers
            | '\u{17b4}' | '\u{17b5}'           // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}'           // Mongolian variation selectors, vowel separator
            | '\u{200b}'                        // zero-width space
            | '\u{2028}' | '\u{2029}'           // line and paragraph separators
            | '\u{202a}'..='\u{202e}'           // bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206f}'           // word joiner, invisible operators, isolates
            | '\u{2800}'                        // Braille pattern without a dot
            | '\u{3164}' | '\u{ffa0}'           // Hangul fillers
            | '\u{fe00}'..='\u{fe0f}'           // variation selectors
            | '\u{feff}'                        // zero-width no-break space
            | '\u{fff0}'..='\u{fffb}'           // reserved, interlinear annotations
            | '\u{13430}'..='\u{1343f}'         // Egyptian hieroglyph format controls
            | '\u{13441}' | '\u{13442}'         // Egyptian hieroglyph blanks
            | '\u{16fe4}'                       // Khitan filler
            | '\u{1bca0}'..='\u{1bca3}'         // shorthand format controls
            | '\u{1d159}'                       // musical symbol without a shape
            | '\u{1d173}'..='\u{1d17a}'         // musical format controls
            | '\u{e0000}'..='\u{e0fff}'         // tags, more variation selectors, reserved
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), Error> {
        check(text, "name", 20)
    }

    fn refused_at(position: usize) -> Result<(), Error> {
        let what = "name";
        Err(Error::UnsafeText { what, position })
    }

    #[test]
    fn characters_that_reorder_or_show_nothing_are_refused() {
        let single = [
            '\n',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2061}',
            '\u{2062}',
            '\u{2063}',
            '\u{2064}',
            '\u{2066}',
            '\u{206a}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{13441}',
            '\u{16fe4}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
        ];
        for c in single {
            assert_eq!(checked(&c.to_string()), refused_at(0), "{c:?}");
            assert_eq!(checked(&format!("नेपाल {c}3")), refused_at(6), "{c:?}");
        }
    }

    #[test]
    fn joiners_and_marks_stand_between_other_characters() {
        for c in ['\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}'] {
            assert_eq!(checked(&c.to_string()), refused_at(0));
            assert_eq!(checked(&format!("{c}Gate")), refused_at(0));
            assert_eq!(checked(&format!("Gate{c}")), refused_at(4));
            assert_eq!(checked(&format!("Ga{c}\u{200d}te")), refused_at(2));
        }
        for name in [
            "क्\u{200d}ष राष्ट्रिय सीप",
            "می\u{200c}خواهم",
            "شركة (\u{200f}3) الأفق",
        ] {
            assert_eq!(checked(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_text_has_something_to_read() {
        for blank in ["", " ", "\u{a0}\u{3000}", "...", "- \u{301}", "★"] {
            assert_eq!(checked(blank), Err(Error::Missing { what: "name" }));
        }
        for name in ["3", "門", "Ω.", "٣", "ü ★"] {
            assert_eq!(checked(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(checked(&"ü".repeat(20)), Ok(()));
        let (what, length, limit) = ("name", 21, 20);
        assert_eq!(
            checked(&"ü".repeat(21)),
            Err(Error::TooLong {
                what,
                length,
                limit
            })
        );
    }
}
