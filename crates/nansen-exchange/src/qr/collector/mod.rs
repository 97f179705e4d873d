//! Texts in, a message out: the receiving side of both single codes and frames.
//!
//! The collector keeps to the first message it meets until that is complete or it is reset.
//! It holds at most k shards, that is the message and a byte a shard more, and takes memory
//! only for shards that came: what a header claims costs nothing.

use std::collections::BTreeMap;
use std::fmt;

use super::frames::{Frame, MessageId, Series};
use super::text::{Message, Scanned, parse};
use crate::Error;

/// What a text did. None of it ends the scan; all but `Complete` mean: show the next code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The message is complete. It is given once.
    Complete(Message),
    /// A frame that was missing.
    Accepted(Progress),
    /// A text that was seen before, or a frame of the message already given.
    Duplicate,
    /// A text or frame of another message than the one being collected.
    OtherMessage(MessageId),
    /// Not a text of this format, damaged, or hostile. After [`Error::MessageDamaged`] the
    /// collection begins anew; otherwise it is as it was.
    Refused(Error),
}

/// How much of the message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Distinct frames received.
    pub received: usize,
    /// Frames needed; zero as long as nothing has been recognised.
    pub needed: usize,
}

/// Collects the texts of scanned codes, in any order, into one message.
///
/// ```
/// use nansen_exchange::qr::{Collector, Kind, Layout, Outcome};
///
/// let texts = Layout::default().texts(Kind::File, &[42; 5000])?;
/// let mut collector = Collector::new();
/// for text in texts.iter().rev() {
///     if let Outcome::Complete(message) = collector.feed(text) {
///         assert_eq!(message.bytes, [42; 5000]);
///         return Ok(());
///     }
/// }
/// # unreachable!();
/// # #[allow(unreachable_code)]
/// # Ok::<(), nansen_exchange::Error>(())
/// ```
#[derive(Default)]
pub struct Collector {
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Empty,
    Collecting {
        series: Series,
        shards: BTreeMap<usize, Vec<u8>>,
    },
    Complete {
        id: MessageId,
        needed: usize,
    },
}

impl Collector {
    /// A collector that takes the first message it meets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one text as a scanner returned it.
    pub fn feed(&mut self, text: &str) -> Outcome {
        let outcome = match parse(text) {
            Ok(Scanned::Whole(message)) => Ok(self.take_message(message)),
            Ok(Scanned::Frame(bytes)) => {
                Frame::parse(&bytes).and_then(|frame| self.take_frame(frame))
            }
            Err(error) => Err(error),
        };
        outcome.unwrap_or_else(Outcome::Refused)
    }

    /// How far the collection is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match &self.state {
            State::Empty => Progress::default(),
            State::Collecting { series, shards } => Progress {
                received: shards.len(),
                needed: series.division.needed(),
            },
            State::Complete { needed, .. } => Progress {
                received: *needed,
                needed: *needed,
            },
        }
    }

    /// Forgets everything, ready for another message.
    pub fn reset(&mut self) {
        self.state = State::Empty;
    }

    fn take_message(&mut self, message: Message) -> Outcome {
        let id = MessageId::of(message.kind, &message.bytes);
        match &self.state {
            State::Empty => {
                self.state = State::Complete { id, needed: 1 };
                Outcome::Complete(message)
            }
            State::Complete { id: given, .. } if *given == id => Outcome::Duplicate,
            State::Collecting { .. } | State::Complete { .. } => Outcome::OtherMessage(id),
        }
    }

    fn take_frame(&mut self, frame: Frame) -> Result<Outcome, Error> {
        let Frame {
            series,
            index,
            shard,
        } = frame;
        match &mut self.state {
            State::Complete { id, .. } if *id == series.id => return Ok(Outcome::Duplicate),
            State::Complete { .. } => return Ok(Outcome::OtherMessage(series.id)),
            // The same message divided in another way has other shards: another series.
            State::Collecting { series: first, .. } if *first != series => {
                return Ok(Outcome::OtherMessage(series.id));
            }
            State::Collecting { shards, .. } => {
                if shards.contains_key(&index) {
                    return Ok(Outcome::Duplicate);
                }
                shards.insert(index, shard);
            }
            State::Empty => {
                let shards = BTreeMap::from([(index, shard)]);
                self.state = State::Collecting { series, shards };
            }
        }
        self.advance()
    }

    /// Puts the message together as soon as k shards are there.
    fn advance(&mut self) -> Result<Outcome, Error> {
        match std::mem::take(&mut self.state) {
            State::Collecting { series, shards } if shards.len() >= series.division.needed() => {
                let Series { kind, id, division } = series;
                let needed = division.needed();
                let bytes = division.join(&shards)?;
                if MessageId::of(kind, &bytes) != id {
                    return Err(Error::MessageDamaged { needed });
                }
                self.state = State::Complete { id, needed };
                Ok(Outcome::Complete(Message { kind, bytes }))
            }
            state => {
                self.state = state;
                Ok(Outcome::Accepted(self.progress()))
            }
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Collector")
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
