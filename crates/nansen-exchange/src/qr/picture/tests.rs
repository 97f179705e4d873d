//! Pictures read back: by the PNG reader, and by an independent QR reader.

use proptest::prelude::*;

use super::*;
use crate::qr::{Kind, Layout, Level};

/// Side and gray values of every frame of a PNG file.
fn frames(file: &[u8]) -> (usize, Vec<Vec<u8>>) {
    let mut decoder = ::png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(::png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let count = reader
        .info()
        .animation_control
        .map_or(1, |control| control.num_frames);
    let side = reader.info().width as usize;
    let frames = (0..count).map(|_| {
        let mut pixels = vec![0; side * side];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    });
    let frames = frames.collect();
    (side, frames)
}

fn read(side: usize, pixels: &[u8]) -> String {
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

fn letters(length: usize) -> String {
    "N1R:7 $%*+-./ABCXYZ0"
        .chars()
        .cycle()
        .take(length)
        .collect()
}

#[test]
fn pixels_are_modules_and_a_light_border() {
    let code = Code::draw("N1Q:BB8", Level::L).unwrap();
    for (pixels_per_module, quiet_zone) in [(1, 0), (1, 4), (3, 2), (4, 4)] {
        let picture = Picture {
            pixels_per_module,
            quiet_zone,
        };
        let (side, frames) = frames(&code.png(picture).unwrap());
        let (scale, quiet) = (usize::from(pixels_per_module), usize::from(quiet_zone));
        assert_eq!(side, (21 + 2 * quiet) * scale);
        for (position, &gray) in frames[0].iter().enumerate() {
            let module = |pixel: usize| (pixel / scale).checked_sub(quiet);
            let dark = match (module(position % side), module(position / side)) {
                (Some(x), Some(y)) => code.is_dark(x, y),
                _ => false,
            };
            assert_eq!(gray, if dark { 0 } else { 255 });
        }
    }
}

#[test]
fn an_animation_holds_every_code_and_loops() {
    let layout = Layout {
        version_max: 6,
        ..Layout::default()
    };
    let texts = layout.texts(Kind::File, &[9; 900]).unwrap();
    let codes: Vec<Code> = texts
        .iter()
        .map(|text| Code::draw(text, Level::L).unwrap())
        .collect();
    let file = animation(&codes, Picture::default(), 125).unwrap();
    let reader = ::png::Decoder::new(std::io::Cursor::new(&file))
        .read_info()
        .unwrap();
    assert_eq!(reader.info().animation_control.unwrap().num_plays, 0);
    let control = reader.info().frame_control.unwrap();
    assert_eq!((control.delay_num, control.delay_den), (125, 1000));
    let (side, frames) = frames(&file);
    let found: Vec<String> = frames.iter().map(|pixels| read(side, pixels)).collect();
    assert_eq!(found, texts);
}

#[test]
fn measures_beyond_the_limits_are_refused() {
    let code = Code::draw("N1Q:BB8", Level::L).unwrap();
    let other = Code::draw(&letters(100), Level::L).unwrap();
    let refused = |what, value, least, limit| Error::PictureMeasure {
        what,
        value,
        least,
        limit,
    };
    let with = |pixels_per_module, quiet_zone| Picture {
        pixels_per_module,
        quiet_zone,
    };
    assert_eq!(
        code.png(with(0, 4)),
        Err(refused("pixels per module", 0, 1, 40))
    );
    assert_eq!(
        code.svg(with(41, 4)),
        Err(refused("pixels per module", 41, 1, 40))
    );
    assert_eq!(code.terminal(17), Err(refused("quiet zone", 17, 0, 16)));
    let picture = Picture::default();
    assert_eq!(
        animation(&[], picture, 125),
        Err(refused("number of codes", 0, 1, 4160))
    );
    assert_eq!(
        animation(std::slice::from_ref(&code), picture, 0),
        Err(refused("delay", 0, 1, 65535))
    );
    let (position, first) = (2, 1);
    assert_eq!(
        animation(&[code.clone(), code, other], picture, 125),
        Err(Error::UnequalCodes {
            position,
            found: 4,
            first
        })
    );
}

#[test]
fn svg_paints_exactly_the_dark_modules() {
    let code = Code::draw(&letters(60), Level::Q).unwrap();
    let svg = code.svg(Picture::default()).unwrap();
    let side = code.side() + 8;
    assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
    let path = svg
        .rsplit_once(" d=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let mut dark = std::collections::BTreeSet::new();
    for run in path.split_terminator('z') {
        let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (width, rest) = rest.split_once("v1h-").unwrap();
        assert_eq!(width, rest);
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let width: usize = width.parse().unwrap();
        dark.extend((x..x + width).map(|x| (x - 4, y - 4)));
    }
    for y in 0..code.side() {
        for x in 0..code.side() {
            assert_eq!(dark.contains(&(x, y)), code.is_dark(x, y));
        }
    }
}

#[test]
fn the_terminal_shows_two_rows_a_line() {
    let code = Code::draw("N1Q:BB8", Level::L).unwrap();
    let text = code.terminal(2).unwrap();
    assert_eq!(text.lines().count(), 13);
    for (line_number, line) in text.lines().enumerate() {
        let cells = line
            .strip_prefix("\u{1b}[38;5;16;48;5;231m")
            .and_then(|line| line.strip_suffix("\u{1b}[0m"))
            .unwrap();
        assert_eq!(cells.chars().count(), 25);
        for (column, cell) in cells.chars().enumerate() {
            let dark = |row: usize| match (column.checked_sub(2), row.checked_sub(2)) {
                (Some(x), Some(y)) => code.is_dark(x, y),
                _ => false,
            };
            let (upper, lower) = (dark(2 * line_number), dark(2 * line_number + 1));
            assert_eq!("█▀".contains(cell), upper);
            assert_eq!("█▄".contains(cell), lower);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_independent_reader_reads_what_is_drawn(
        bytes in proptest::collection::vec(any::<u8>(), 0..1200),
        level in proptest::sample::select(vec![Level::L, Level::M, Level::Q, Level::H]),
    ) {
        let layout = Layout { version_max: 40, level, ..Layout::default() };
        for text in layout.texts(Kind::File, &bytes).unwrap() {
            let (side, frames) = frames(&Code::draw(&text, level).unwrap().png(Picture::default()).unwrap());
            prop_assert_eq!(read(side, &frames[0]), text);
        }
    }
}
