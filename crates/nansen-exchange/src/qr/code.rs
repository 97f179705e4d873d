//! A QR code (ISO/IEC 18004) in alphanumeric mode, as modules.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::Error;

/// How much of a code may be unreadable: about 7, 15, 25 and 30 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// About 7 percent; for screens.
    #[default]
    L,
    /// About 15 percent.
    M,
    /// About 25 percent; for paper.
    Q,
    /// About 30 percent.
    H,
}

/// A drawn code: a square of modules without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    version: u8,
    level: Level,
    side: usize,
    /// Row by row, true for dark.
    modules: Vec<bool>,
}

const VERSION_MAX: u8 = 40;
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

impl Code {
    /// The smallest code that holds `text` at `level_min`, at the highest level that this size
    /// has room for: what the text leaves free goes into error correction.
    ///
    /// # Errors
    /// [`Error::NotAlphanumeric`]; [`Error::TextExceedsCode`].
    pub fn draw(text: &str, level_min: Level) -> Result<Self, Error> {
        if let Some(position) = text.bytes().position(|byte| !ALPHANUMERIC.contains(&byte)) {
            return Err(Error::NotAlphanumeric { position });
        }
        let fits = |version, level| {
            alphanumeric_capacity(version, level).is_ok_and(|capacity| text.len() <= capacity)
        };
        let version = (1..=VERSION_MAX)
            .find(|&version| fits(version, level_min))
            .ok_or_else(|| exceeds(text, level_min))?;
        let level = [Level::H, Level::Q, Level::M]
            .into_iter()
            .find(|&level| level > level_min && fits(version, level))
            .unwrap_or(level_min);
        Self::draw_as(version, level, text)
    }

    /// QR version, 1 to 40.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Error correction level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Modules a side: 17 + 4 x version.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in column `x` of row `y` is dark; modules outside are light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side && self.modules.get(y * self.side + x) == Some(&true)
    }

    /// The rows from top to bottom, true for dark.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks_exact(self.side)
    }

    fn draw_as(version: u8, level: Level, text: &str) -> Result<Self, Error> {
        let level_of_crate = ec_level(level);
        let mut bits = Bits::new(Version::Normal(version.into()));
        let code = bits
            .push_alphanumeric_data(text.as_bytes())
            .and_then(|()| bits.push_terminator(level_of_crate))
            .and_then(|()| QrCode::with_bits(bits, level_of_crate))
            .map_err(|_| exceeds(text, level))?;
        let side = code.width();
        let modules = code
            .into_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect();
        Ok(Self {
            version,
            level,
            side,
            modules,
        })
    }
}

/// Characters of the alphanumeric set that a code of this version and level holds.
///
/// # Errors
/// [`Error::QrVersion`] for a version outside 1 to 40.
pub(super) fn alphanumeric_capacity(version: u8, level: Level) -> Result<usize, Error> {
    // ISO/IEC 18004, table 3: bits of the character count in alphanumeric mode.
    let count_bits = match version {
        1..=9 => 9,
        10..=26 => 11,
        27..=VERSION_MAX => 13,
        _ => return Err(Error::QrVersion { version }),
    };
    const MODE_BITS: usize = 4;
    let bits = Bits::new(Version::Normal(version.into()))
        .max_len(ec_level(level))
        .map_err(|_| Error::QrVersion { version })?;
    // Two characters take 11 bits, a last single one 6.
    let bits = bits.saturating_sub(MODE_BITS + count_bits);
    Ok(bits / 11 * 2 + usize::from(bits % 11 >= 6))
}

fn exceeds(text: &str, level: Level) -> Error {
    Error::TextExceedsCode {
        length: text.len(),
        capacity: alphanumeric_capacity(VERSION_MAX, level).unwrap_or_default(),
    }
}

const fn ec_level(level: Level) -> EcLevel {
    match level {
        Level::L => EcLevel::L,
        Level::M => EcLevel::M,
        Level::Q => EcLevel::Q,
        Level::H => EcLevel::H,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_are_those_of_the_standard() {
        // ISO/IEC 18004:2015, table 7.
        for (version, level, characters) in [
            (1, Level::L, 25),
            (1, Level::H, 10),
            (5, Level::L, 154),
            (9, Level::L, 335),
            (10, Level::L, 395),
            (10, Level::M, 311),
            (19, Level::L, 1153),
            (20, Level::L, 1249),
            (20, Level::Q, 702),
            (26, Level::L, 1990),
            (27, Level::L, 2132),
            (40, Level::L, 4296),
            (40, Level::H, 1852),
        ] {
            assert_eq!(alphanumeric_capacity(version, level), Ok(characters));
        }
        for version in [0, 41, 255] {
            assert_eq!(
                alphanumeric_capacity(version, Level::L),
                Err(Error::QrVersion { version })
            );
        }
    }

    #[test]
    fn the_smallest_version_is_chosen_up_to_the_last_character() {
        for version in [1, 5, 9, 10, 26, 27] {
            let capacity = alphanumeric_capacity(version, Level::L).unwrap();
            let full = "A".repeat(capacity);
            assert_eq!(Code::draw(&full, Level::L).unwrap().version(), version);
            let over = full + "A";
            let code = Code::draw(&over, Level::L).unwrap();
            assert_eq!(code.version(), version + 1);
            assert_eq!(code.side(), 17 + 4 * usize::from(version + 1));
        }
    }

    #[test]
    fn room_that_is_left_goes_into_error_correction() {
        // Version 5 holds 154, 122, 87 and 64 characters at levels L, M, Q and H.
        for (length, level) in [(154, Level::L), (122, Level::M), (115, Level::M)] {
            let code = Code::draw(&"A".repeat(length), Level::L).unwrap();
            assert_eq!((code.version(), code.level()), (5, level));
        }
        let code = Code::draw("N1Q:BB8", Level::L).unwrap();
        assert_eq!((code.version(), code.level()), (1, Level::H));
        let code = Code::draw("N1Q:BB8", Level::Q).unwrap();
        assert_eq!((code.version(), code.level()), (1, Level::H));
    }

    #[test]
    fn texts_that_no_code_holds_are_refused() {
        assert_eq!(
            Code::draw("AB,C", Level::L),
            Err(Error::NotAlphanumeric { position: 2 })
        );
        assert_eq!(
            Code::draw("aB", Level::L),
            Err(Error::NotAlphanumeric { position: 0 })
        );
        assert_eq!(
            Code::draw(&"A".repeat(1853), Level::H),
            Err(Error::TextExceedsCode {
                length: 1853,
                capacity: 1852
            })
        );
    }

    #[test]
    fn modules_outside_are_light() {
        let code = Code::draw("N1Q:", Level::L).unwrap();
        assert!(code.is_dark(0, 0));
        assert!(!code.is_dark(code.side(), 0));
        assert!(!code.is_dark(0, code.side()));
        assert_eq!(code.rows().count(), code.side());
    }
}
