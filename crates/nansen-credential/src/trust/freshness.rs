//! How old signed knowledge is, and whether that is too old for somebody.
//!
//! Far from any network an old list is all there is: being overdue is told, and makes nothing
//! false. Only whoever asks may decide that something is too old to go by.

use crate::Error;

/// The age of something signed, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Seconds since it was signed. Negative when the clock is behind the signature, and
    /// therefore wrong.
    pub age: i64,
    /// Seconds since it should have been replaced, when it should.
    pub overdue_by: Option<i64>,
}

/// What whoever asks makes of things overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverduePolicy {
    /// Go by them, and tell their age.
    Accept,
    /// Refuse what is overdue by more than this many seconds.
    RefuseBeyond(i64),
}

impl Freshness {
    /// The age at `now` of what was signed at `issued_at` and is due for renewal at `due_at`, all
    /// in unix seconds. `now` is the later of the clock and the latest signed time, so that a
    /// clock set back makes nothing fresh.
    #[must_use]
    pub const fn at(now: i64, issued_at: i64, due_at: i64) -> Self {
        let overdue_by = now.saturating_sub(due_at);
        Self {
            age: now.saturating_sub(issued_at),
            overdue_by: if overdue_by >= 0 {
                Some(overdue_by)
            } else {
                None
            },
        }
    }

    /// Applies a policy.
    ///
    /// # Errors
    /// [`Error::Overdue`].
    pub const fn check(self, policy: OverduePolicy) -> Result<(), Error> {
        match (self.overdue_by, policy) {
            (Some(by), OverduePolicy::RefuseBeyond(limit)) if by > limit => {
                Err(Error::Overdue { by, limit })
            }
            _ => Ok(()),
        }
    }
}
