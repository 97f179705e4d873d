//! Field work: a queue checked on several cores, counts of what was checked, and an end that
//! leaves nothing of anybody.

use std::num::NonZeroUsize;

use nansen::field::{self, check_queue};

use crate::error::unpoisoned;
use crate::verifier::{State, alone};
use crate::{Answer, Message, MessageKind, NansenError, Report, RequestId, Timestamp, Verifier};

/// A message that waits to be checked.
#[derive(Clone, uniffi::Record)]
pub struct Queued {
    /// The open request that it answers; none for what answers no request.
    pub request: Option<RequestId>,
    /// The message.
    pub message: Message,
}

/// What a message of a queue came to.
#[derive(uniffi::Enum)]
#[allow(
    clippy::large_enum_variant,
    reason = "UniFFI carries no boxes, and these go over the border at once"
)]
pub enum QueueOutcome {
    /// As `Verifier.checkAnswer` gives it.
    Answered {
        /// The answer.
        answer: Answer,
    },
    /// As `Verifier.checkUnasked` gives it.
    Alone {
        /// The report.
        report: Report,
    },
    /// It was not checked.
    Refused {
        /// Why.
        error: NansenError,
    },
}

/// Counts of what was checked. Nothing in it is of one person, where the counts are not small.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Tally {
    /// Presentations with the verdict valid.
    pub valid: u64,
    /// Presentations with the verdict invalid.
    pub invalid: u64,
    /// Presentations whose verdict is open.
    pub undetermined: u64,
    /// What could not be read as a presentation.
    pub unreadable: u64,
    /// What decided verdicts, by the stable names of [`CheckResult`](crate::CheckResult).
    pub reasons: Vec<Count>,
    /// Types of credential, of those whose issuer is trusted.
    pub types: Vec<Count>,
}

/// How often something was.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Count {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

#[uniffi::export]
impl Verifier {
    /// Checks a queue on several cores (`threads` up to 64), and tells what each message came to,
    /// in its order. Of two answers to the same request, it takes the first.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for the id of a request that is none; [`NansenError::OutOfBounds`] for
    /// a time that no calendar has. Nothing was then checked.
    pub fn check_queue(
        &self,
        queue: Vec<Queued>,
        threads: u32,
        now: Timestamp,
    ) -> Result<Vec<QueueOutcome>, NansenError> {
        let mut state = unpoisoned(&self.state);
        let mut ready = Vec::with_capacity(queue.len());
        let refused = queue
            .into_iter()
            .map(|queued| match queued.taken(&mut state) {
                Ok(queued) => {
                    ready.push(queued);
                    None
                }
                Err(error) => Some(error),
            });
        let refused: Vec<Option<NansenError>> = refused.collect();
        let threads = NonZeroUsize::new(threads.min(THREADS_MAX) as usize);
        let threads = threads.unwrap_or(NonZeroUsize::MIN);
        let batch = check_queue(&mut ready, &state.store, state.policy, now.0, threads);
        for queued in ready {
            if let field::Queued::Answer { session, .. } = queued {
                state.keep(*session);
            }
        }
        let mut checked = batch.outcomes.into_iter();
        let outcome = |refused: Option<NansenError>| {
            let error = match refused {
                Some(error) => error,
                None => match state.take_in(checked.next()?, now) {
                    Ok(outcome) => return Some(outcome),
                    Err(error) => error,
                },
            };
            Some(QueueOutcome::Refused { error })
        };
        Ok(refused.into_iter().filter_map(outcome).collect())
    }

    /// The counts since the verifier was made, or since the end of the last session.
    pub fn tally(&self) -> Tally {
        Tally::from(&unpoisoned(&self.state).tally)
    }

    /// Ends a session in the field: forgets open requests, reports and counts, and gives the
    /// counts, each rounded down to a multiple of `step` so that one person more or less seldom
    /// shows. What is trusted stays.
    pub fn end_session(&self, step: u32) -> Tally {
        let step = NonZeroUsize::new(step as usize).unwrap_or(NonZeroUsize::MIN);
        let tally = unpoisoned(&self.state).forget();
        Tally::from(&tally.rounded(step))
    }
}

/// More than any phone has cores.
const THREADS_MAX: u32 = 64;

impl Queued {
    /// The message with the session that it answers, taken out of the open ones.
    fn taken(self, state: &mut State) -> Result<field::Queued, NansenError> {
        let Some(request) = self.request else {
            return alone(self.message);
        };
        let sealed = self.message.of_kind(MessageKind::Response)?;
        let session = state.take_open(request).ok_or(NansenError::NoSuchRequest)?;
        let session = Box::new(session);
        Ok(field::Queued::Answer { session, sealed })
    }
}

impl From<&field::Tally> for Tally {
    fn from(tally: &field::Tally) -> Self {
        let count = |name: &str, count: &u64| Count {
            name: name.to_owned(),
            count: *count,
        };
        let reasons = tally.reasons.iter();
        let types = tally.types.iter();
        Self {
            valid: tally.valid,
            invalid: tally.invalid,
            undetermined: tally.undetermined,
            unreadable: tally.unreadable,
            reasons: reasons.map(|(name, times)| count(name, times)).collect(),
            types: types.map(|(name, times)| count(name, times)).collect(),
        }
    }
}
