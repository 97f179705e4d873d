//! Codes as pictures: PNG, animated PNG, SVG and terminal text.
//!
//! PNG is one bit a pixel, grayscale. The animation is APNG, which shows its first frame in
//! programs that do not know it, loops for ever and holds every frame for the same time.

mod png;

use std::fmt::Write as _;

use super::code::Code;
use crate::Error;
use crate::limits::{PIXELS_PER_MODULE_MAX, QUIET_ZONE_MAX};

/// The measures of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Pixels per module, on each side; 1 to [`PIXELS_PER_MODULE_MAX`].
    pub pixels_per_module: u8,
    /// Light modules around the code, on each side; at most [`QUIET_ZONE_MAX`]. The standard
    /// asks for four.
    pub quiet_zone: u8,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            pixels_per_module: 4,
            quiet_zone: 4,
        }
    }
}

impl Picture {
    fn checked(self) -> Result<Self, Error> {
        let measure = |what, value: u8, least: u8, limit: u8| {
            if (least..=limit).contains(&value) {
                return Ok(());
            }
            Err(Error::PictureMeasure {
                what,
                value: value.into(),
                least: least.into(),
                limit: limit.into(),
            })
        };
        measure(
            "pixels per module",
            self.pixels_per_module,
            1,
            PIXELS_PER_MODULE_MAX,
        )?;
        measure("quiet zone", self.quiet_zone, 0, QUIET_ZONE_MAX)?;
        Ok(self)
    }

    /// Modules a side, quiet zone included.
    fn modules(self, code: &Code) -> usize {
        code.side() + 2 * usize::from(self.quiet_zone)
    }

    fn pixels(self, code: &Code) -> usize {
        self.modules(code) * usize::from(self.pixels_per_module)
    }

    /// Rows of packed pixels, the first in the high bit, 1 for light.
    fn raster(self, code: &Code) -> Vec<u8> {
        let scale = usize::from(self.pixels_per_module);
        let side = self.pixels(code);
        let light_row = vec![0xff; side.div_ceil(8)];
        let quiet_rows = light_row.repeat(usize::from(self.quiet_zone) * scale);
        let mut raster = Vec::with_capacity(light_row.len() * side);
        raster.extend_from_slice(&quiet_rows);
        for modules in code.rows() {
            let mut row = light_row.clone();
            let start = usize::from(self.quiet_zone) * scale;
            for (x, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
                for pixel in start + x * scale..start + (x + 1) * scale {
                    if let Some(byte) = row.get_mut(pixel / 8) {
                        *byte &= !(0x80 >> (pixel % 8));
                    }
                }
            }
            raster.extend(row.repeat(scale));
        }
        raster.extend_from_slice(&quiet_rows);
        raster
    }
}

impl Code {
    /// The code as a PNG file.
    ///
    /// # Errors
    /// [`Error::PictureMeasure`].
    pub fn png(&self, picture: Picture) -> Result<Vec<u8>, Error> {
        let picture = picture.checked()?;
        Ok(png_file(std::slice::from_ref(self), picture, None))
    }

    /// The code as an SVG document: one path on a white square, without anti-aliasing.
    ///
    /// # Errors
    /// [`Error::PictureMeasure`].
    pub fn svg(&self, picture: Picture) -> Result<String, Error> {
        let picture = picture.checked()?;
        let (modules, pixels) = (picture.modules(self), picture.pixels(self));
        let quiet = usize::from(picture.quiet_zone);
        let mut path = String::new();
        for (y, row) in self.rows().enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&true) {
                    let (left, top, width) = (x + quiet, y + quiet, run.len());
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left} {top}h{width}v1h-{width}z");
                }
                x += run.len();
            }
        }
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels}\" height=\"{pixels}\" \
             viewBox=\"0 0 {modules} {modules}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{modules}v{modules}h-{modules}z\"/>\
             <path d=\"{path}\"/></svg>\n"
        ))
    }

    /// The code for a terminal: two rows of modules a line in half blocks, black on white by
    /// explicit colours (of 256), so that it reads on dark and light terminals alike.
    ///
    /// # Errors
    /// [`Error::PictureMeasure`] for a quiet zone that is too wide.
    pub fn terminal(&self, quiet_zone: u8) -> Result<String, Error> {
        const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
        const RESET: &str = "\u{1b}[0m";
        let picture = Picture {
            quiet_zone,
            ..Picture::default()
        }
        .checked()?;
        let quiet = usize::from(quiet_zone);
        let dark = |x: usize, y: usize| match (x.checked_sub(quiet), y.checked_sub(quiet)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        };
        let mut text = String::new();
        for y in (0..picture.modules(self)).step_by(2) {
            text.push_str(BLACK_ON_WHITE);
            text.extend(
                (0..picture.modules(self)).map(|x| match (dark(x, y), dark(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                }),
            );
            text.push_str(RESET);
            text.push('\n');
        }
        Ok(text)
    }
}

/// Codes of one version as an animated PNG file that loops, `delay_ms` milliseconds a code.
///
/// 125 ms, eight codes a second, suits a phone's camera at 30 pictures a second.
///
/// # Errors
/// [`Error::PictureMeasure`], also for no codes or no delay; [`Error::UnequalCodes`].
pub fn animation(codes: &[Code], picture: Picture, delay_ms: u16) -> Result<Vec<u8>, Error> {
    let picture = picture.checked()?;
    let measure = |what, value, limit| Error::PictureMeasure {
        what,
        value,
        least: 1,
        limit,
    };
    let frames_max = crate::limits::frames_sent_max(crate::limits::FRAMES_NEEDED_MAX);
    let Some(first) = codes.first().filter(|_| codes.len() <= frames_max) else {
        return Err(measure("number of codes", codes.len(), frames_max));
    };
    if delay_ms == 0 {
        return Err(measure("delay", 0, u16::MAX.into()));
    }
    let unequal = codes
        .iter()
        .position(|code| code.version() != first.version());
    if let Some((position, code)) = unequal.and_then(|at| Some((at, codes.get(at)?))) {
        return Err(Error::UnequalCodes {
            position,
            found: code.version(),
            first: first.version(),
        });
    }
    Ok(png_file(codes, picture, Some(delay_ms)))
}

/// A PNG of the first code, or with a delay an APNG of all; they are of one size.
fn png_file(codes: &[Code], picture: Picture, delay_ms: Option<u16>) -> Vec<u8> {
    let pixels = codes.first().map_or(0, |code| picture.pixels(code));
    let side = u32::try_from(pixels).unwrap_or_default();
    // One at a time: large pictures of many codes take much room.
    let rasters = codes.iter().map(|code| picture.raster(code));
    png::file(side, rasters, delay_ms)
}

#[cfg(test)]
mod tests;
