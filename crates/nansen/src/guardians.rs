//! Guardians: people who open a wallet together, each with a card on paper.
//!
//! ```text
//! card's code = text of one QR code: "N1G:" || base45 of the share (50 bytes)
//! card's text = the same share for people who type: ten groups of eight characters
//! ```
//! Both are read by [`read_card`]; the share itself is the vault's ([`nansen_vault::Share`]). A card
//! alone tells nothing. Invariant: nothing here keeps a share; it is drawn, handed out and wiped.

use std::fmt::Write as _;

use nansen_exchange::qr::{Code, Collector, Kind, Layout, Level, Outcome, Picture};
use nansen_vault::limits::GUARDIANS_NEEDED_FLOOR;
use nansen_vault::{Collected, Collecting, GuardianSecret, Share, Unlock};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, Wallet};

/// A card to be printed for one guardian.
#[derive(Debug)]
pub struct GuardianCard(Share);

impl Wallet {
    /// Makes guardians a way to unlock, in place of those that there were: `total` cards, of which
    /// any `needed` unlock. They are to be printed and handed out, and kept nowhere.
    ///
    /// # Errors
    /// [`Error::Vault`]: a wrong proof, or numbers outside 2 <= `needed` <= `total` <= 16.
    pub fn make_guardians(
        &mut self,
        proof: Unlock<'_>,
        needed: u8,
        total: u8,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<GuardianCard>, Error> {
        let shares = self.vault.add_guardians(proof, needed, total, rng)?;
        Ok(shares.into_iter().map(GuardianCard).collect())
    }

    /// Whether a secret still opens this wallet: an owner types the recovery code back from paper,
    /// or tries the guardians' cards, before they are needed.
    ///
    /// # Errors
    /// [`Error::Vault`]: it does not.
    pub fn rehearse(&self, unlock: Unlock<'_>) -> Result<(), Error> {
        Ok(self.vault.rehearse(unlock)?)
    }
}

impl GuardianCard {
    /// Which card this is, from 1.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.0.number()
    }

    /// The share for people who type, where a code cannot be read.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// The text of its QR code.
    ///
    /// # Errors
    /// None that is known: 50 bytes fit one code.
    pub fn code(&self) -> Result<Zeroizing<String>, Error> {
        let layout = Layout::default();
        let texts = layout.texts(Kind::GuardianCard, &self.0.to_bytes())?;
        Ok(Zeroizing::new(texts.concat()))
    }

    /// The code alone, as a PNG file.
    ///
    /// # Errors
    /// [`Error::Exchange`] for measures outside their limits.
    pub fn png(&self, picture: Picture) -> Result<Vec<u8>, Error> {
        Ok(self.drawn()?.png(picture)?)
    }

    /// The card as an SVG document of 85 x 125 mm: `lines` for people (whose card it is, its number
    /// and date, what to do with it), the code, and the text to be typed.
    ///
    /// # Errors
    /// None that is known.
    pub fn svg(&self, lines: &[&str]) -> Result<Zeroizing<String>, Error> {
        let code = self.drawn()?;
        let picture = Picture {
            pixels_per_module: 1,
            ..Picture::default()
        };
        let modules = code.side() + 2 * usize::from(picture.quiet_zone);
        let text = self.text();
        let mut svg = Zeroizing::new(String::with_capacity(SVG_BYTES));
        svg.push_str(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"85mm\" height=\"125mm\" \
             viewBox=\"0 0 850 1250\" font-family=\"sans-serif\">\
             <path fill=\"#fff\" stroke=\"#000\" stroke-width=\"2\" d=\"M1 1h848v1248h-848z\"/>\n",
        );
        for (place, line) in lines.iter().take(LINES).enumerate() {
            let (top, size) = match place {
                0 => (75, 46),
                _ => (90 + 45 * place, 30),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                svg,
                "<text x=\"50\" y=\"{top}\" font-size=\"{size}\">{}</text>",
                escaped(line)
            );
        }
        let _ = writeln!(
            svg,
            "<g transform=\"translate(125 310) scale({} {})\">{}</g>",
            ratio(600, modules),
            ratio(600, modules),
            Zeroizing::new(code.svg(picture)?).trim_end()
        );
        // Five lines of two groups.
        for (place, groups) in text.as_bytes().chunks(TYPED_LINE).enumerate() {
            let groups = str::from_utf8(groups).unwrap_or_default();
            let _ = writeln!(
                svg,
                "<text x=\"425\" y=\"{}\" font-size=\"48\" font-family=\"monospace\" \
                 text-anchor=\"middle\">{}</text>",
                980 + 58 * place,
                groups.trim_end_matches('-')
            );
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// For paper: a quarter of it may be stained.
    fn drawn(&self) -> Result<Code, Error> {
        Ok(Code::draw(&self.code()?, Level::Q)?)
    }
}

impl From<Share> for GuardianCard {
    fn from(share: Share) -> Self {
        Self(share)
    }
}

/// Reads a card: what its code holds as text or as the bytes of a message, or what was typed.
///
/// # Errors
/// [`Error::Vault`]: mistyped, altered, or of a newer release.
pub fn read_card(card: &[u8]) -> Result<Share, Error> {
    const ALTERED: Error = Error::Vault(nansen_vault::Error::ShareAltered);
    // Bytes begin with a version, which is no character.
    if card.first().is_some_and(|first| *first < b' ') {
        return Ok(Share::from_bytes(card)?);
    }
    let text = str::from_utf8(card).map_err(|_| ALTERED)?;
    match Collector::new().feed(text) {
        Outcome::Complete(message) if message.kind == Kind::GuardianCard => {
            Ok(Share::from_bytes(&Zeroizing::new(message.bytes))?)
        }
        Outcome::Refused(nansen_exchange::Error::ForeignText) => Ok(Share::parse(text)?),
        _ => Err(ALTERED),
    }
}

/// How far these cards go; the last of them is what was scanned or typed just now.
///
/// # Errors
/// [`Error::Vault`]: altered, of another set, or there already. Without the last card, the others
/// are as good as before.
pub fn collect(cards: &[impl AsRef<[u8]>]) -> Result<Collecting, Error> {
    let mut collected = Collected::new();
    let mut progress = Collecting {
        have: 0,
        needed: GUARDIANS_NEEDED_FLOOR,
    };
    for card in cards {
        progress = collected.add(read_card(card.as_ref())?)?;
    }
    Ok(progress)
}

/// What enough cards open, for [`Unlock::Guardians`].
///
/// # Errors
/// As [`collect`]; [`Error::Vault`] for too few, and when they contradict each other.
pub fn secret(cards: &[impl AsRef<[u8]>]) -> Result<GuardianSecret, Error> {
    let mut collected = Collected::new();
    for card in cards {
        collected.add(read_card(card.as_ref())?)?;
    }
    Ok(collected.secret()?)
}

/// `dividend / divisor` with three decimals.
fn ratio(dividend: usize, divisor: usize) -> String {
    let thousandths = dividend * 1000 / divisor.max(1);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// A line as XML text: without control characters, and cut where the card ends.
fn escaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for letter in line.chars().filter(|c| !c.is_control()).take(LINE_CHARS) {
        match letter {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            other => text.push(other),
        }
    }
    text
}

/// Lines for people on a card.
const LINES: usize = 5;
/// Characters of such a line.
const LINE_CHARS: usize = 60;
/// Bytes of two groups of a typed share, with their hyphens.
const TYPED_LINE: usize = 18;
/// Room for a card, so that its share is not left behind in a buffer that was too small.
const SVG_BYTES: usize = 64 << 10;
