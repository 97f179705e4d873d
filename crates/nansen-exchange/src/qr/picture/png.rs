//! PNG files (ISO/IEC 15948, third edition) of one bit a pixel, grayscale, still or animated.
//!
//! ```text
//! 89 50 4e 47 0d 0a 1a 0a
//! IHDR  width, height (4 bytes each), depth 1, grayscale 0, deflate 0, filters 0, in order 0
//! acTL  frames, plays 0 (for ever); only when animated
//! fcTL  number, width, height, left 0, top 0, delay, 1000 (2 bytes each), 0, 0; before each frame
//! IDAT  zlib of rows, each after its filter 0 (none): the first picture
//! fdAT  number, and the same: each further picture
//! IEND
//! ```
//! A chunk is its length, name, content, and the CRC-32 of name and content. `fcTL` and `fdAT` are
//! numbered together.

use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::qr::crc32::crc32;

/// A file of pictures of `side` pixels a side, each with its rows of packed pixels: the first
/// alone, or with a delay in milliseconds all of them in turn.
pub(super) fn file(
    side: u32,
    rasters: impl ExactSizeIterator<Item = Vec<u8>>,
    delay_ms: Option<u16>,
) -> Vec<u8> {
    let mut file = Writer {
        bytes: SIGNATURE.to_vec(),
        number: 0,
    };
    let size = [side.to_be_bytes(), side.to_be_bytes()].concat();
    file.chunk(b"IHDR", &[&size, &[1, 0, 0, 0, 0]]);
    if delay_ms.is_some() {
        let frames = u32::try_from(rasters.len()).unwrap_or(u32::MAX);
        file.chunk(b"acTL", &[&frames.to_be_bytes(), &[0; 4]]);
    }
    for (place, raster) in rasters.enumerate() {
        if let Some(delay_ms) = delay_ms {
            let delay = [delay_ms.to_be_bytes(), 1000_u16.to_be_bytes()].concat();
            file.numbered(b"fcTL", &[&size, &[0; 8], &delay, &[0; 2]]);
        }
        let row_length = side.div_ceil(8) as usize;
        let rows = raster.chunks(row_length.max(1));
        let filtered: Vec<u8> = rows.flat_map(|row| [&[0], row].concat()).collect();
        let packed = compress_to_vec_zlib(&filtered, LEVEL);
        match place {
            0 => file.chunk(b"IDAT", &[&packed]),
            _ => file.numbered(b"fdAT", &[&packed]),
        }
    }
    file.chunk(b"IEND", &[]);
    file.bytes
}

struct Writer {
    bytes: Vec<u8>,
    /// Of the next chunk that has one.
    number: u32,
}

impl Writer {
    fn chunk(&mut self, name: &[u8; 4], parts: &[&[u8]]) {
        let content = parts.concat();
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let check = crc32(&[name, &content]);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(&content);
        self.bytes.extend_from_slice(&check.to_be_bytes());
    }

    fn numbered(&mut self, name: &[u8; 4], parts: &[&[u8]]) {
        let content = parts.concat();
        self.chunk(name, &[&self.number.to_be_bytes(), &content]);
        self.number += 1;
    }
}

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// Of deflate: the usual one.
const LEVEL: u8 = 6;
