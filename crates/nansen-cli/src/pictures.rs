//! Codes read from pictures and texts: PNG files and folders of them, animated PNG, and text
//! files with one code a line.
//!
//! A file that begins like a PNG is a picture, any other is text; a folder is all its `.png`
//! files in order of their names; `-` is stdin. What is no code of this program is passed over.

use std::io::{BufRead, Cursor};
use std::path::{Path, PathBuf};

use nansen_exchange::qr::{Collector, Message, Outcome};
use png::{ColorType, Transformations};
use tapirscan::{Format, Image, Mode, Scanner, ScannerOptions};

use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::{
    PICTURE_BYTES_MAX, PICTURE_FRAMES_MAX, PICTURES_MAX, PIXELS_MAX, TEXT_LINE_MAX,
};
use crate::output::Output;

/// Reads files until a message is complete.
///
/// # Errors
/// [`Failure::NoCode`] when nothing was found, [`Failure::CodesMissing`] when not enough, and
/// what reading and decoding can fail with.
pub(crate) fn collect(inputs: &[PathBuf], output: Output) -> Result<Message> {
    let files = expand(inputs)?;
    let mut reader = Reader {
        collector: Collector::new(),
        scanner: Scanner::new(ScannerOptions {
            mode: Mode::Low,
            formats: Format::QrCode.into(),
            ..ScannerOptions::default()
        }),
        read: 0,
    };
    let bar = output.count_bar(files.len() as u64);
    for file in &files {
        if let Some(message) = reader.file(file)? {
            bar.finish_and_clear();
            return Ok(message);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let progress = reader.collector.progress();
    if progress.received == 0 {
        return Err(Failure::NoCode {
            paths: inputs.to_vec(),
            read: reader.read,
        });
    }
    Err(Failure::CodesMissing {
        received: progress.received,
        needed: progress.needed,
    })
}

/// Whether a file begins like a PNG.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// The files themselves, folders replaced by the pictures in them.
fn expand(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for input in inputs {
        if !input.is_dir() {
            files.push(input.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(input).map_err(Failure::file(input))? {
            let path = entry.map_err(Failure::file(input))?.path();
            let is_png = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
            if is_png {
                inside.push(path);
            }
            check_count(input, "pictures", inside.len())?;
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

struct Reader {
    collector: Collector,
    scanner: Scanner,
    /// Pictures and lines seen so far.
    read: usize,
}

impl Reader {
    fn file(&mut self, path: &Path) -> Result<Option<Message>> {
        let bytes = files::read(path, PICTURE_BYTES_MAX)?;
        if is_picture(&bytes) {
            self.picture(path, bytes)
        } else {
            self.texts(path, &bytes)
        }
    }

    fn texts(&mut self, path: &Path, bytes: &[u8]) -> Result<Option<Message>> {
        for (number, line) in Cursor::new(bytes).split(b'\n').enumerate() {
            check_count(path, "lines", number)?;
            let line = line.map_err(Failure::file(path))?;
            self.read += 1;
            if line.len() > TEXT_LINE_MAX {
                let limit = TEXT_LINE_MAX as u64;
                let path = path.to_owned();
                return Err(Failure::TooLarge { path, limit });
            }
            let message = std::str::from_utf8(&line)
                .ok()
                .and_then(|text| self.feed(text));
            if message.is_some() {
                return Ok(message);
            }
        }
        Ok(None)
    }

    /// Every frame of a picture, as soon as it is decoded.
    fn picture(&mut self, path: &Path, bytes: Vec<u8>) -> Result<Option<Message>> {
        let damaged = |error: png::DecodingError| Failure::Picture {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let other = |reason: &str| Failure::Picture {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let header = decoder.read_header_info().map_err(damaged)?;
        let (width, height) = (header.width, header.height);
        if u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(Failure::PictureTooLarge {
                path: path.to_owned(),
                width,
                height,
                limit: PIXELS_MAX,
            });
        }
        let mut reader = decoder.read_info().map_err(damaged)?;
        let frames = reader
            .info()
            .animation_control
            .map_or(1, |animation| animation.num_frames.max(1));
        if frames > PICTURE_FRAMES_MAX {
            let (what, limit) = ("frames", PICTURE_FRAMES_MAX as usize);
            let path = path.to_owned();
            return Err(Failure::TooMany { path, what, limit });
        }
        let size = reader
            .output_buffer_size()
            .ok_or_else(|| other("too large for this machine"))?;
        let mut pixels = vec![0; size];
        for _ in 0..frames {
            let frame = reader.next_frame(&mut pixels).map_err(damaged)?;
            if (frame.width, frame.height) != (width, height) {
                return Err(other("a frame that covers a part of the picture only"));
            }
            self.read += 1;
            let pixels = pixels.get(..frame.buffer_size()).unwrap_or_default();
            let gray = opaque_gray(pixels, frame.color_type);
            let (columns, rows) = (width as usize, height as usize);
            let found = self.scanner.scan(Image::gray(&gray, columns, rows));
            // A picture that the scanner cannot cope with is one without codes.
            for code in found.map(|found| found.barcodes).unwrap_or_default() {
                if let Some(message) = self.feed(&code.text) {
                    return Ok(Some(message));
                }
            }
        }
        Ok(None)
    }

    fn feed(&mut self, text: &str) -> Option<Message> {
        match self.collector.feed(text) {
            Outcome::Complete(message) => Some(message),
            _ => None,
        }
    }
}

/// One byte a pixel, on white where the picture is transparent.
fn opaque_gray(pixels: &[u8], color: ColorType) -> Vec<u8> {
    let on_white = |value: u16, alpha: u8| {
        let alpha = u16::from(alpha);
        let mixed = (value * alpha + 255 * (255 - alpha)) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    // Rec. 601 luma, in 1/256.
    let luma = |r: u8, g: u8, b: u8| {
        let sum = 77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b);
        u16::try_from(sum / 256).unwrap_or(255)
    };
    match color {
        ColorType::GrayscaleAlpha => pixels
            .as_chunks()
            .0
            .iter()
            .map(|&[value, alpha]| on_white(value.into(), alpha))
            .collect(),
        ColorType::Rgb => pixels
            .as_chunks()
            .0
            .iter()
            .map(|&[r, g, b]| on_white(luma(r, g, b), 255))
            .collect(),
        ColorType::Rgba => pixels
            .as_chunks()
            .0
            .iter()
            .map(|&[r, g, b, alpha]| on_white(luma(r, g, b), alpha))
            .collect(),
        // Palettes were expanded by the decoder.
        ColorType::Grayscale | ColorType::Indexed => pixels.to_vec(),
    }
}

fn check_count(path: &Path, what: &'static str, count: usize) -> Result<()> {
    if count > PICTURES_MAX {
        let (path, limit) = (path.to_owned(), PICTURES_MAX);
        return Err(Failure::TooMany { path, what, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use nansen_exchange::qr::{Code, Kind, Layout, Level, Picture, animation};

    use super::*;

    fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn codes(message: &[u8], version_max: u8) -> (Vec<String>, Vec<Code>) {
        let layout = Layout {
            version_max,
            ..Layout::default()
        };
        let texts = layout.texts(Kind::File, message).unwrap();
        let codes = texts
            .iter()
            .map(|text| Code::draw(text, Level::L).unwrap())
            .collect();
        (texts, codes)
    }

    fn collected(inputs: &[PathBuf]) -> Result<Vec<u8>> {
        collect(inputs, Output::new(true)).map(|message| message.bytes)
    }

    #[test]
    fn a_message_is_read_from_one_picture_an_animation_a_folder_and_texts() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let message: Vec<u8> = (0..=255).cycle().take(900).collect();
        let picture = Picture::default();

        let (_, one) = codes(&message, 40);
        let path = write(folder, "one.png", &one[0].png(picture).unwrap());
        assert_eq!(collected(&[path]).unwrap(), message);

        let (texts, many) = codes(&message, 8);
        assert!(many.len() > 3);
        let path = write(folder, "all.apng", &animation(&many, picture, 125).unwrap());
        assert_eq!(collected(&[path]).unwrap(), message);

        let path = write(folder, "codes.txt", texts.join("\n").as_bytes());
        assert_eq!(collected(&[path]).unwrap(), message);

        let single = folder.join("single");
        std::fs::create_dir(&single).unwrap();
        for (number, code) in many.iter().enumerate() {
            write(
                &single,
                &format!("{number:03}.png"),
                &code.png(picture).unwrap(),
            );
        }
        assert_eq!(collected(&[single]).unwrap(), message);
    }

    #[test]
    fn what_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (texts, _) = codes(&[7; 900], 8);
        let path = write(folder.path(), "codes.txt", texts[..2].join("\n").as_bytes());
        assert!(matches!(
            collected(&[path]).unwrap_err(),
            Failure::CodesMissing { received: 2, needed } if needed > 2
        ));
        let path = write(folder.path(), "other.txt", b"https://example.org\nhello\n");
        assert!(matches!(
            collected(&[path]).unwrap_err(),
            Failure::NoCode { read: 2, .. }
        ));
    }

    #[test]
    fn a_picture_beyond_the_limit_is_refused_by_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 100_000, 100_000);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        drop(encoder.write_header().unwrap());
        let path = write(folder.path(), "huge.png", &file);
        assert_eq!(collected(&[path]).unwrap_err().code(), "too_large");
    }

    #[test]
    fn transparent_is_white_and_colours_are_weighed() {
        assert_eq!(
            opaque_gray(&[0, 0, 0, 255], ColorType::GrayscaleAlpha),
            [255, 0]
        );
        assert_eq!(
            opaque_gray(&[0, 0, 0, 255, 255, 255], ColorType::Rgb),
            [0, 255]
        );
        assert_eq!(opaque_gray(&[9, 9, 9, 0], ColorType::Rgba), [255]);
    }
}
