//! Guardians' cards: drawn to be printed, and collected to unlock.
//!
//! A card crosses the border as its text in UTF-8, or as the 50 bytes of a
//! [`MessageKind::GuardianCard`](crate::MessageKind::GuardianCard) message.

use nansen::exchange::qr::Picture;
use nansen::guardians::{self, GuardianCard as Core};

use crate::wiping::with_clean_stack;
use crate::{NansenError, Pixels};

/// A card for one guardian: to be printed, handed out, and wiped. Alone it opens nothing.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct GuardianCard {
    /// Which card this is, from 1.
    pub number: u8,
    /// How many there are.
    pub total: u8,
    /// How many of them open the wallet.
    pub needed: u8,
    /// Ten groups of eight letters and digits, for people who type.
    pub text: Vec<u8>,
}

/// How far the collection of cards has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CardsCollected {
    /// Cards that are here.
    pub have: u8,
    /// Cards that open the wallet.
    pub needed: u8,
}

/// How far these cards go, the last of which was scanned or typed just now.
///
/// # Errors
/// [`NansenError::Card`] when that one is no help: go on without it.
#[uniffi::export]
pub fn collect_cards(cards: Vec<Vec<u8>>) -> Result<CardsCollected, NansenError> {
    with_clean_stack(|| {
        let progress = guardians::collect(&cards)?;
        Ok(CardsCollected {
            have: progress.have,
            needed: progress.needed,
        })
    })
}

/// A card as an SVG document of 85 x 125 mm, with up to five lines for people: whose it is, its
/// number and date, what it is for. The first line is large.
///
/// # Errors
/// [`NansenError::Card`].
#[uniffi::export]
pub fn guardian_card_svg(card: Vec<u8>, lines: Vec<String>) -> Result<Vec<u8>, NansenError> {
    with_clean_stack(|| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let card = Core::from(guardians::read_card(&card)?);
        Ok(card.svg(&lines)?.as_bytes().to_vec())
    })
}

/// The QR code of a card as a PNG file.
///
/// # Errors
/// [`NansenError::Card`]; [`NansenError::OutOfBounds`] for measures.
#[uniffi::export]
pub fn guardian_card_png(card: Vec<u8>, pixels: Pixels) -> Result<Vec<u8>, NansenError> {
    with_clean_stack(|| {
        let card = Core::from(guardians::read_card(&card)?);
        Ok(card.png(Picture {
            pixels_per_module: pixels.per_module,
            quiet_zone: pixels.quiet_zone,
        })?)
    })
}
