//! Messages between phones, as QR codes.

use std::sync::Mutex;

use nansen::exchange::qr::{self, Code, Collector, Layout, Picture};

use crate::NansenError;
use crate::error::unpoisoned;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum MessageKind {
    /// What a verifier asks for: hand it to `Wallet.begin`.
    Request,
    /// What a holder answers, sealed: hand it to `Verifier.checkAnswer`.
    Response,
    /// A presentation without a request: hand it to `Verifier.checkUnasked`.
    Presentation,
    /// A printed credential: hand it to `Verifier.checkUnasked`.
    Printable,
    /// A list of issuers: hand it to `addTrust`.
    TrustList,
    /// A list of revocations: hand it to `addTrust`.
    StatusList,
    /// A pack: hand it to `addTrust`.
    Pack,
    /// Any other bytes: a credential from its issuer goes to `Wallet.importCredential`.
    File,
    /// A backup from another phone: hand it to `keepBackupMessage`.
    Backup,
    /// A guardian's card: hand its bytes to `collectCards`.
    GuardianCard,
}

/// A message and what it is.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Message {
    /// What the bytes are.
    pub kind: MessageKind,
    /// The bytes, at most 1 MiB.
    pub bytes: Vec<u8>,
}

/// Error correction of a code (ISO/IEC 18004).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum CodeLevel {
    /// About 7 percent: for screens.
    #[default]
    L,
    /// About 15 percent.
    M,
    /// About 25 percent: for paper.
    Q,
    /// About 30 percent.
    H,
}

/// How large codes may become and how much they repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CodeOptions {
    /// Largest QR version to use, 1 to 40. A cheap phone reads 20 from another phone's screen.
    #[uniffi(default = 20)]
    pub version_max: u8,
    /// Least error correction.
    pub level: CodeLevel,
    /// Frames beyond those needed; by default a quarter of them, at least two.
    #[uniffi(default)]
    pub spare_frames: Option<u32>,
}

/// A drawn code: a square of modules, without the quiet zone of four modules that belongs
/// around it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QrCode {
    /// Modules a side.
    pub side: u32,
    /// One byte a module, row by row from the top left: 1 dark, 0 light.
    pub modules: Vec<u8>,
}

/// Measures of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Pixels {
    /// Pixels a module, 1 to 40.
    #[uniffi(default = 8)]
    pub per_module: u8,
    /// Modules of white around the code, up to 16. Readers expect 4.
    #[uniffi(default = 4)]
    pub quiet_zone: u8,
    /// Milliseconds that each code of an animation is shown.
    #[uniffi(default = 125)]
    pub frame_milliseconds: u16,
}

/// What a scanned text did.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Scan {
    /// The message is complete.
    Complete {
        /// The message.
        message: Message,
    },
    /// A new frame.
    Accepted {
        /// Frames received.
        received: u32,
        /// Frames needed.
        needed: u32,
    },
    /// A frame that came before.
    Duplicate,
    /// A frame of another message than the one being collected.
    OtherMessage,
    /// A code that is not one of these, such as a web address.
    Foreign,
    /// One of these, but damaged or from a newer version.
    Unreadable {
        /// What is wrong, for a log.
        reason: String,
    },
}

/// Takes the texts that a camera reads, in any order, and gives the message when enough came.
/// It holds no more memory than the message needs, at most 1 MiB and a little.
#[derive(Debug, Default, uniffi::Object)]
pub struct QrCollector {
    collector: Mutex<Collector>,
}

#[uniffi::export]
impl QrCollector {
    /// A collector that has seen nothing.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one scanned text. Nothing that a camera can see is an error.
    pub fn feed(&self, text: String) -> Scan {
        unpoisoned(&self.collector).feed(&text).into()
    }

    /// Forgets everything, to collect another message.
    pub fn reset(&self) {
        unpoisoned(&self.collector).reset();
    }
}

/// The texts of the codes that carry a message: one, or frames to show in turn, about eight a
/// second, over and over.
///
/// # Errors
/// [`NansenError::OutOfBounds`] above 1 MiB, and [`NansenError::Malformed`] for options with
/// which it cannot be carried.
#[uniffi::export]
pub fn message_codes(message: Message, options: CodeOptions) -> Result<Vec<String>, NansenError> {
    let layout = Layout {
        version_max: options.version_max,
        level: options.level.into(),
        spare_frames: options.spare_frames.map(|frames| frames as usize),
    };
    Ok(layout.texts(message.kind.into(), &message.bytes)?)
}

/// Draws the code of one text.
///
/// # Errors
/// [`NansenError::Malformed`] for a text that is not one of [`message_codes`].
#[uniffi::export]
pub fn draw_code(text: String, level: CodeLevel) -> Result<QrCode, NansenError> {
    if text.is_empty() {
        return Err(NansenError::Malformed {
            what: "text of a code".into(),
            reason: "empty".into(),
        });
    }
    let code = Code::draw(&text, level.into())?;
    let modules = code.rows().flatten().map(|dark| u8::from(*dark));
    Ok(QrCode {
        side: u32::try_from(code.side()).unwrap_or(u32::MAX),
        modules: modules.collect(),
    })
}

/// A PNG file of codes: one picture, or an animation (APNG) of several that loops.
///
/// # Errors
/// [`NansenError::OutOfBounds`] for measures; [`NansenError::Malformed`] for texts that are not
/// those of one message, or none.
#[uniffi::export]
pub fn code_png(
    texts: Vec<String>,
    level: CodeLevel,
    pixels: Pixels,
) -> Result<Vec<u8>, NansenError> {
    if texts.len() > FRAMES_DRAWN_MAX {
        return Err(NansenError::too_many(
            "codes in a picture",
            texts.len(),
            FRAMES_DRAWN_MAX,
        ));
    }
    let picture = Picture {
        pixels_per_module: pixels.per_module,
        quiet_zone: pixels.quiet_zone,
    };
    let codes = texts.iter().map(|text| Code::draw(text, level.into()));
    let codes: Vec<Code> = codes.collect::<Result<_, _>>()?;
    Ok(match codes.as_slice() {
        [code] => code.png(picture)?,
        codes => qr::animation(codes, picture, pixels.frame_milliseconds)?,
    })
}

/// Most codes in one picture: what a person can still wait for.
const FRAMES_DRAWN_MAX: usize = 256;

impl From<qr::Kind> for MessageKind {
    fn from(kind: qr::Kind) -> Self {
        match kind {
            qr::Kind::Request => Self::Request,
            qr::Kind::Response => Self::Response,
            qr::Kind::Presentation => Self::Presentation,
            qr::Kind::Printable => Self::Printable,
            qr::Kind::TrustList => Self::TrustList,
            qr::Kind::StatusList => Self::StatusList,
            qr::Kind::Pack => Self::Pack,
            qr::Kind::Backup => Self::Backup,
            qr::Kind::GuardianCard => Self::GuardianCard,
            _ => Self::File,
        }
    }
}

impl From<MessageKind> for qr::Kind {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Request => Self::Request,
            MessageKind::Response => Self::Response,
            MessageKind::Presentation => Self::Presentation,
            MessageKind::Printable => Self::Printable,
            MessageKind::TrustList => Self::TrustList,
            MessageKind::StatusList => Self::StatusList,
            MessageKind::Pack => Self::Pack,
            MessageKind::File => Self::File,
            MessageKind::Backup => Self::Backup,
            MessageKind::GuardianCard => Self::GuardianCard,
        }
    }
}

impl Message {
    /// The bytes, if it is what the call takes.
    pub(crate) fn of_kind(self, expected: MessageKind) -> Result<Vec<u8>, NansenError> {
        if self.kind == expected {
            Ok(self.bytes)
        } else {
            let found = self.kind;
            Err(NansenError::WrongMessage { expected, found })
        }
    }
}

impl From<qr::Message> for Message {
    fn from(message: qr::Message) -> Self {
        Self {
            kind: message.kind.into(),
            bytes: message.bytes,
        }
    }
}

impl From<CodeLevel> for qr::Level {
    fn from(level: CodeLevel) -> Self {
        match level {
            CodeLevel::L => Self::L,
            CodeLevel::M => Self::M,
            CodeLevel::Q => Self::Q,
            CodeLevel::H => Self::H,
        }
    }
}

impl From<qr::Outcome> for Scan {
    fn from(outcome: qr::Outcome) -> Self {
        let count = |frames| u32::try_from(frames).unwrap_or(u32::MAX);
        match outcome {
            qr::Outcome::Complete(message) => Self::Complete {
                message: message.into(),
            },
            qr::Outcome::Accepted(progress) => Self::Accepted {
                received: count(progress.received),
                needed: count(progress.needed),
            },
            qr::Outcome::Duplicate => Self::Duplicate,
            qr::Outcome::OtherMessage(_) => Self::OtherMessage,
            qr::Outcome::Refused(nansen::exchange::Error::ForeignText) => Self::Foreign,
            qr::Outcome::Refused(error) => Self::Unreadable {
                reason: error.to_string(),
            },
            _ => Self::Foreign,
        }
    }
}
