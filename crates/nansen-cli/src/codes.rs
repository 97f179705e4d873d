//! A message as codes, in the form that the command line asks for.
//!
//! | `--out` | what is written |
//! |---|---|
//! | nothing | the codes on the terminal; several take turns until interrupted |
//! | `FILE.png`, `FILE.apng` | one PNG; animated when the message takes several codes |
//! | `FILE.svg` | one SVG, for a message that fits one code |
//! | `FILE.txt`, `-` | the texts, one a line |
//! | a folder, or a name that ends in `/` | a PNG for each code |

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use nansen_exchange::qr::{Code, Kind, Layout, Level, Picture, animation};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::files::{self, STDIN};
use crate::output::Output;

/// How to draw codes.
#[derive(Args, Clone, Debug)]
pub(crate) struct CodeArgs {
    /// Where the codes go: FILE.png, FILE.svg, FILE.txt, - (texts on stdout) or a folder/;
    /// without it, the terminal. Several codes make an animated PNG, or files in a folder
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Largest QR version to use
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=40))]
    pub(crate) version_max: u8,
    /// Least error correction
    #[arg(long, value_enum, ignore_case = true, default_value_t = LevelArg::L)]
    pub(crate) level: LevelArg,
    /// Pixels per module
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=24))]
    pub(crate) scale: u8,
    /// Milliseconds that each code of an animation is shown
    #[arg(long, default_value_t = 125, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) delay: u16,
    /// Codes beyond those needed [default: a quarter, at least two]
    #[arg(long)]
    pub(crate) spare: Option<usize>,
}

/// Error correction levels.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    /// About 7 percent; for screens
    L,
    /// About 15 percent
    M,
    /// About 25 percent; for paper
    Q,
    /// About 30 percent
    H,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::L => Self::L,
            LevelArg::M => Self::M,
            LevelArg::Q => Self::Q,
            LevelArg::H => Self::H,
        }
    }
}

/// What was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// How many codes.
    pub(crate) codes: usize,
    /// Their QR version.
    pub(crate) version: u8,
    /// Texts of the codes, when they have no other place to go.
    texts: Option<Vec<String>>,
    /// Where they were written.
    path: Option<PathBuf>,
}

impl Drawn {
    /// Says what was drawn, along with the `fields` of an object.
    pub(crate) fn say(&self, fields: Value, output: Output) -> Result<()> {
        let mut all = json!({"codes": self.codes, "qr_version": self.version});
        if let (Value::Object(fields), Some(object)) = (fields, all.as_object_mut()) {
            object.extend(fields);
            object.extend(
                self.texts
                    .as_ref()
                    .map(|texts| ("texts".to_owned(), json!(texts))),
            );
        }
        if output.is_json() {
            return output.say(&all, "");
        }
        let Some(path) = &self.path else {
            return Ok(());
        };
        let (codes, version) = (self.codes, self.version);
        let plural = if codes == 1 { "" } else { "s" };
        let path = path.display();
        output.tell(&format!(
            "{codes} code{plural} of version {version} written to {path}"
        ))
    }
}

impl CodeArgs {
    /// Draws `message` where `--out` says. Codes for a terminal are printed at once; with
    /// `--json` their texts stand in the result instead.
    pub(crate) fn draw(&self, kind: Kind, message: &[u8], output: Output) -> Result<Drawn> {
        let layout = Layout {
            version_max: self.version_max,
            level: self.level.into(),
            spare_frames: self.spare,
        };
        let texts = layout.texts(kind, message)?;
        let codes = texts
            .iter()
            .map(|text| Code::draw(text, self.level.into()))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let mut drawn = Drawn {
            codes: codes.len(),
            version: codes.first().map_or(0, Code::version),
            texts: None,
            path: None,
        };
        match self.out.as_deref().filter(|path| *path != Path::new(STDIN)) {
            Some(path) => {
                self.write(path, &texts, &codes, message.len())?;
                drawn.path = Some(path.to_owned());
            }
            None if output.is_json() => drawn.texts = Some(texts),
            None if self.out.is_some() => output.tell(&texts.join("\n"))?,
            None => show(&codes, Duration::from_millis(self.delay.into()))?,
        }
        Ok(drawn)
    }

    fn write(&self, path: &Path, texts: &[String], codes: &[Code], length: usize) -> Result<()> {
        let picture = Picture {
            pixels_per_module: self.scale,
            ..Picture::default()
        };
        let is_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
        if is_folder {
            files::make_folder(path)?;
            for (number, code) in codes.iter().enumerate() {
                let name = format!("code-{:04}.png", number + 1);
                files::write(&path.join(name), &code.png(picture)?)?;
            }
            return Ok(());
        }
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let bytes = match (extension.to_ascii_lowercase().as_str(), codes) {
            ("png" | "apng", [code]) => code.png(picture)?,
            ("png" | "apng", codes) => animation(codes, picture, self.delay)?,
            ("svg", [code]) => code.svg(picture)?.into_bytes(),
            ("svg", _) => {
                let version_max = self.version_max;
                return Err(Failure::TooLongForOneCode {
                    length,
                    version_max,
                });
            }
            ("txt", _) => (texts.join("\n") + "\n").into_bytes(),
            _ => {
                return Err(Failure::Field {
                    field: "--out",
                    reason: "ends in none of .png, .apng, .svg, .txt and /",
                });
            }
        };
        files::write(path, &bytes)
    }
}

/// Shows codes on a terminal: several take turns until interrupted. Where nobody looks, each
/// is printed once.
fn show(codes: &[Code], delay: Duration) -> Result<()> {
    const QUIET_ZONE: u8 = 2;
    const CLEAR: &str = "\u{1b}[H\u{1b}[2J";
    let mut out = io::stdout().lock();
    let pictures = codes
        .iter()
        .map(|code| code.terminal(QUIET_ZONE))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let print = |out: &mut io::StdoutLock<'_>, text: &str| {
        let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        printed.map_err(Failure::Output)
    };
    if pictures.len() == 1 || !io::stdout().is_terminal() {
        return pictures.iter().try_for_each(|text| print(&mut out, text));
    }
    for text in pictures.iter().cycle() {
        print(&mut out, CLEAR)?;
        print(&mut out, text)?;
        std::thread::sleep(delay);
    }
    Ok(())
}
