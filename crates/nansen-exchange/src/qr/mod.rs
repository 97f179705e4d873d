//! Messages as QR codes: one code when it fits, else frames of which any k suffice.
//!
//! ```text
//! message --Layout--> texts --Code::draw--> codes --png, svg, terminal, animation--> screen
//! camera --any reader--> texts --Collector--> message
//! ```
//!
//! The text of a code is `N1`, a letter for the kind of message (or `M` for a frame of one),
//! `:`, and base45, drawn in alphanumeric mode. A code of version 20-L carries 830 bytes of
//! message, or 814 as a frame.

mod code;
mod collector;
mod crc32;
mod frames;
mod layout;
mod picture;
mod shards;
mod text;

pub use code::{Code, Level};
pub use collector::{Collector, Outcome, Progress};
pub use frames::MessageId;
pub use layout::Layout;
pub use picture::{Picture, animation};
pub use text::{Kind, Message};
