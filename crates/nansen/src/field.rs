//! Field work: check many, keep nothing of anybody. A session lives in memory; what leaves it is
//! a [`Tally`] of counts. A queue or a folder of codes is checked on several cores at once.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use nansen_credential::report::{self, Check, Report, Verdict};
use nansen_credential::verify::StatusPolicy;

use crate::verifier::{Answered, check_copy_with, check_one_way_with};
use crate::{Error, Session, TrustStore};

/// Counts of what was checked. Nothing in it is of one person, where the counts are not small:
/// see [`Tally::rounded`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Presentations with the verdict valid.
    pub valid: u64,
    /// Presentations with the verdict invalid.
    pub invalid: u64,
    /// Presentations whose verdict is open.
    pub undetermined: u64,
    /// What could not even be read as a presentation; a second answer to one request is not
    /// counted.
    pub unreadable: u64,
    /// Codes that decided a verdict, by their stable names.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Types of credential, of those whose issuer is trusted.
    pub types: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a report.
    pub fn add(&mut self, report: &Report) {
        match report.verdict() {
            Verdict::Valid => self.valid += 1,
            Verdict::Invalid => self.invalid += 1,
            Verdict::Undetermined => self.undetermined += 1,
        }
        if let Some(code) = report.reason() {
            *self.reasons.entry(code.as_str()).or_default() += 1;
        }
        // An issuer whom nobody lists may call a type after a person.
        let is_listed = report.outcome(Check::IssuerTrusted) == report::Outcome::Passed;
        let vct = report.disclosed().and_then(|shown| shown.terms.vct.clone());
        if let Some(vct) = vct.filter(|_| is_listed) {
            *self.types.entry(vct).or_default() += 1;
        }
    }

    /// Counts what one message came to.
    pub fn add_outcome(&mut self, outcome: &Result<Outcome, Error>) {
        match outcome {
            Ok(Outcome::Answered(answered)) => self.add_answered(answered),
            Ok(Outcome::Alone(report)) => self.add(report),
            Err(error) => self.add_refused(error),
        }
    }

    /// Counts an answer, by presentation.
    pub fn add_answered(&mut self, answered: &Answered) {
        let presentations = answered.presentations.iter();
        presentations.for_each(|checked| self.add(&checked.report));
    }

    /// Counts what was refused.
    pub fn add_refused(&mut self, error: &Error) {
        self.unreadable += u64::from(*error != Error::AlreadyAnswered);
    }

    /// Presentations counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.valid + self.invalid + self.undetermined + self.unreadable
    }

    /// The counts for a report of the day: each rounded down to a multiple of `step`, so that
    /// one person more or less seldom shows. A step of 1 rounds nothing.
    #[must_use]
    pub fn rounded(&self, step: NonZeroUsize) -> Self {
        let step = step.get() as u64;
        let round = |count: u64| count / step * step;
        let named = |(name, count): (&&'static str, &u64)| (*name, round(*count));
        let typed = |(vct, count): (&String, &u64)| (vct.clone(), round(*count));
        Self {
            valid: round(self.valid),
            invalid: round(self.invalid),
            undetermined: round(self.undetermined),
            unreadable: round(self.unreadable),
            reasons: self
                .reasons
                .iter()
                .map(named)
                .filter(|it| it.1 > 0)
                .collect(),
            types: self.types.iter().map(typed).filter(|it| it.1 > 0).collect(),
        }
    }
}

/// A message that waits to be checked.
#[derive(Debug)]
pub enum Queued {
    /// An answer, and the session that asked.
    Answer {
        /// The session.
        session: Box<Session>,
        /// The answer.
        sealed: Vec<u8>,
    },
    /// A presentation that answers no request.
    OneWay(Vec<u8>),
    /// A printed copy.
    Copy(Vec<u8>),
}

/// What a message came to.
#[derive(Debug)]
pub enum Outcome {
    /// An answer, by presentation.
    Answered(Answered),
    /// A presentation or copy on its own.
    Alone(Box<Report>),
}

/// A session of field staff: what they know, what they make of old knowledge, and counts.
/// Dropped, it leaves nothing.
#[derive(Debug)]
pub struct FieldSession {
    store: TrustStore,
    policy: StatusPolicy,
    tally: Tally,
}

impl FieldSession {
    /// A session that goes by `store`.
    #[must_use]
    pub fn new(store: TrustStore, policy: impl Into<StatusPolicy>) -> Self {
        Self {
            store,
            policy: policy.into(),
            tally: Tally::default(),
        }
    }

    /// Checks one message and counts it.
    ///
    /// # Errors
    /// Those of [`Session::check`], [`crate::verifier::check_one_way`] and
    /// [`crate::verifier::check_copy`].
    pub fn check(&mut self, queued: &mut Queued, now: i64) -> Result<Outcome, Error> {
        let outcome = queued.check(&self.store, self.policy, now);
        if let Ok(Outcome::Answered(answered)) = &outcome {
            answered.note_signed_times(&mut self.store);
        }
        self.tally.add_outcome(&outcome);
        outcome
    }

    /// The counts so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What the session goes by, the high-water mark of time included.
    #[must_use]
    pub const fn store(&self) -> &TrustStore {
        &self.store
    }
}

/// A queue that was checked.
#[derive(Debug)]
pub struct Batch {
    /// What each message came to, in the order of the queue.
    pub outcomes: Vec<Result<Outcome, Error>>,
    /// The counts.
    pub tally: Tally,
}

/// Checks a queue on `threads` cores, when the clock says `now`. The answers that are good end
/// their sessions.
pub fn check_queue(
    queue: &mut [Queued],
    store: &TrustStore,
    policy: impl Into<StatusPolicy>,
    now: i64,
    threads: NonZeroUsize,
) -> Batch {
    let policy = policy.into();
    let mut outcomes: Vec<Option<Result<Outcome, Error>>> = Vec::new();
    outcomes.resize_with(queue.len(), || None);
    let pieces = queue.chunks_mut(PIECE).zip(outcomes.chunks_mut(PIECE));
    let pieces = Mutex::new(pieces);
    let work = || {
        let next = || pieces.lock().ok()?.next();
        while let Some((queued, outcomes)) = next() {
            for (queued, outcome) in queued.iter_mut().zip(outcomes) {
                *outcome = Some(queued.check(store, policy, now));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(work);
        }
        work();
    });
    let outcomes: Vec<_> = outcomes.into_iter().flatten().collect();
    let mut tally = Tally::default();
    outcomes
        .iter()
        .for_each(|outcome| tally.add_outcome(outcome));
    Batch { outcomes, tally }
}

impl Queued {
    /// Checks the message. The answer that is good ends its session.
    ///
    /// # Errors
    /// Those of [`Session::check`], [`crate::verifier::check_one_way`] and
    /// [`crate::verifier::check_copy`].
    pub fn check(
        &mut self,
        store: &TrustStore,
        policy: StatusPolicy,
        now: i64,
    ) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Answer { session, sealed } => {
                Outcome::Answered(session.check_with(sealed, store, policy, now)?)
            }
            Self::OneWay(bytes) => {
                Outcome::Alone(Box::new(check_one_way_with(bytes, store, policy, now)?))
            }
            Self::Copy(bytes) => {
                Outcome::Alone(Box::new(check_copy_with(bytes, store, policy, now)?))
            }
        })
    }
}

/// Messages that a core takes at a time.
const PIECE: usize = 16;
