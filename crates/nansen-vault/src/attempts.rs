//! Passphrases that opened nothing: counted before each try, answered with growing waits, and, where its
//! owner wants that, with a wipe.
//!
//! ```text
//! state (16) = failed (4) || last (8), seconds since 1970 || wipe after (1), 0 for never
//!                || forgiven (2) || zero (1)
//! ```
//! In clear, since it is needed before any key is. Invariant: a try is in the file before Argon2id
//! runs, so that ending the program in time saves nobody the wait.
//!
//! What opens the file ends the count towards a wipe, and only that: whoever was told one passphrase of a
//! file, a decoy's, would else guess on at another without a wait. Forgiven failures fade, one in ten
//! minutes.
//!
//! It keeps away who has the phone in hand and no copy of the file. A copy can be tried without it, and
//! whoever can write the file or set the clock ahead can undo it: only a way with hardware helps there.

use std::num::NonZeroU8;

use crate::{
    error::{Error, Field, Result, bounded},
    limits::WIPE_AFTER,
    store::Store,
    vault::{LockedVault, Vault},
    ways::Unlock,
};

/// Tries that cost no wait.
const FREE: u32 = 5;
/// Seconds after which one forgiven failure is forgotten.
const FADES: i64 = 600;
/// Seconds to wait after the fifth failure and each one more; the last holds for all that follow.
const WAITS: [u64; 5] = [30, 60, 300, 900, 3600];
const STATE: usize = 16;

/// What a file remembers of passphrases that opened nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many since anything last opened the file.
    pub failed: u32,
    /// When the last was, in seconds since 1970; 0 if there was none.
    pub last: i64,
    /// After how many failures the file wipes itself; `None` for never.
    pub wipe_after: Option<NonZeroU8>,
    /// Failures before those, as of `last`, that something which opened the file has forgiven.
    pub forgiven: u16,
}

impl Attempts {
    /// Seconds until a passphrase is tried again; 0 for at once. A clock behind the last failure begins
    /// the wait anew, so that none is longer than its step.
    #[must_use]
    pub fn wait(&self, now: i64) -> u64 {
        let tries = self.failed.saturating_add(self.unfaded(now).into());
        let Some(over) = tries.checked_sub(FREE) else {
            return 0;
        };
        let step = usize::try_from(over).ok().and_then(|over| WAITS.get(over));
        let step = step.or(WAITS.last()).copied().unwrap_or_default();
        let passed = u64::try_from(now.saturating_sub(self.last)).unwrap_or_default();
        step.saturating_sub(passed)
    }

    /// The forgiven failures that are not forgotten yet.
    fn unfaded(&self, now: i64) -> u16 {
        let faded = now.saturating_sub(self.last).max(0) / FADES;
        let faded = u16::try_from(faded).unwrap_or(u16::MAX);
        self.forgiven.saturating_sub(faded)
    }

    /// What to remember after something opened the file, where `self` was known before it was tried.
    pub(crate) fn forgiven(&self, now: i64) -> Self {
        let failed = u16::try_from(self.failed).unwrap_or(u16::MAX);
        let after = Self {
            failed: 0,
            forgiven: self.forgiven.saturating_add(failed),
            ..*self
        };
        match after.unfaded(now) {
            0 => Self {
                wipe_after: self.wipe_after,
                ..Self::default()
            },
            _ => after,
        }
    }

    /// Whether the file was to be wiped by now.
    pub(crate) fn are_too_many(&self) -> bool {
        self.wipe_after
            .is_some_and(|most| self.failed >= most.get().max(WIPE_AFTER).into())
    }

    /// Reads what the file remembers. What cannot be read is nothing: the owner comes first.
    pub(crate) fn read(store: &Store) -> Result<Self> {
        match store.attempts() {
            Ok(state) => Ok(Self::parse(&state).unwrap_or_default()),
            Err(Error::Damaged { .. }) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Counts a try that is about to be made; hands out what was known before it.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]; what reading and writing can fail with, but for a full disk, which
    /// keeps no owner out.
    pub(crate) fn begin(store: &Store, now: i64) -> Result<Self> {
        let before = Self::read(store)?;
        let seconds = before.wait(now);
        if seconds > 0 {
            if now < before.last {
                // The clock was set back: from here on it counts.
                let anew = Self {
                    last: now,
                    ..before
                };
                anew.write_if_room(store)?;
            }
            return Err(Error::TooManyAttempts { seconds });
        }
        let tried = Self {
            failed: before.failed.saturating_add(1),
            last: now,
            forgiven: before.unfaded(now),
            ..before
        };
        tried.write_if_room(store)?;
        Ok(before)
    }

    /// Writes it, at once and durably, unless the disk is full.
    pub(crate) fn write_if_room(&self, store: &Store) -> Result<()> {
        match self.write(store) {
            Err(Error::DiskFull) => Ok(()),
            written => written,
        }
    }

    fn write(&self, store: &Store) -> Result<()> {
        let written = store.begin().and_then(|()| {
            store.put_attempts(&self.encode())?;
            store.commit()
        });
        written.inspect_err(|_| store.rollback())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; STATE] = bytes.try_into().ok()?;
        let (failed, rest) = bytes.split_first_chunk()?;
        let (last, rest) = rest.split_first_chunk()?;
        let (wipe_after, rest) = rest.split_first()?;
        let (forgiven, _) = rest.split_first_chunk()?;
        Some(Self {
            failed: u32::from_be_bytes(*failed),
            last: i64::from_be_bytes(*last),
            wipe_after: NonZeroU8::new(*wipe_after),
            forgiven: u16::from_be_bytes(*forgiven),
        })
    }

    fn encode(&self) -> [u8; STATE] {
        let mut bytes = [0; STATE];
        let content = self.failed.to_be_bytes().into_iter();
        let content = content
            .chain(self.last.to_be_bytes())
            .chain([self.wipe_after.map_or(0, NonZeroU8::get)])
            .chain(self.forgiven.to_be_bytes());
        for (place, byte) in bytes.iter_mut().zip(content) {
            *place = byte;
        }
        bytes
    }
}

impl LockedVault {
    /// Takes back a failure that was counted here, at `now`, for a passphrase that turned out to be
    /// another file's; `before` is what the file remembered until then. It stays among those that fade, or
    /// whoever has a file beside this one could guess without end. A full disk keeps the count as it is.
    ///
    /// # Errors
    /// What writing can fail with.
    pub fn forgive(&self, before: &Attempts, now: i64) -> Result<()> {
        let after = Attempts {
            last: now,
            forgiven: before.unfaded(now).saturating_add(1),
            ..*before
        };
        after.write_if_room(&self.store)
    }
}

impl Vault {
    /// As [`LockedVault::attempts`](LockedVault::attempts): of failures there are only forgiven ones.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn attempts(&self) -> Result<Attempts> {
        Attempts::read(&self.store)
    }

    /// Lets the file wipe itself after so many wrong passphrases, one after the other, or never.
    ///
    /// A wipe ends **every** way into **every** vault of the file: passphrases, recovery codes, hardware
    /// ways, a decoy. Nothing brings the contents back but a backup. A child with the phone can bring it
    /// about in some hours; whoever copied the file first is not hindered by it, and whoever can write
    /// the file can turn it off. Where the phone has hardware for keys, a way with it keeps guesses
    /// out without any of this.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] below [`limits::WIPE_AFTER`](WIPE_AFTER); a wrong proof as in
    /// [`Vault::add_way`]; what writing can fail with.
    pub fn set_wipe_after(
        &mut self,
        proof: Unlock<'_>,
        wipe_after: Option<NonZeroU8>,
    ) -> Result<()> {
        if let Some(most) = wipe_after {
            let (least, most) = (WIPE_AFTER.into(), usize::from(most.get()));
            bounded(Field::WipeAfter, most, least, u8::MAX.into())?;
        }
        self.prove(proof)?;
        let before = Attempts::read(&self.store)?;
        let after = Attempts {
            wipe_after,
            ..before
        };
        after.write(&self.store)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(failed: u32, last: i64) -> Attempts {
        Attempts {
            failed,
            last,
            ..Attempts::default()
        }
    }

    #[test]
    fn waits_grow_to_an_hour_and_no_further() {
        for (failed, seconds) in [
            (0, 0),
            (4, 0),
            (5, 30),
            (6, 60),
            (7, 300),
            (8, 900),
            (9, 3600),
            (10, 3600),
            (u32::MAX, 3600),
        ] {
            assert_eq!(after(failed, 1000).wait(1000), seconds);
            assert_eq!(after(failed, 1000).wait(1000 + 3600), 0);
        }
        assert_eq!(after(5, 1000).wait(1029), 1);
    }

    #[test]
    fn what_opens_the_file_forgives_and_does_not_forget_at_once() {
        let wrong = |before: Attempts, now| Attempts {
            failed: before.failed + 1,
            last: now,
            forgiven: before.unfaded(now),
            ..before
        };
        let mut attempts = Attempts::default();
        for guess in 0..5 {
            assert_eq!(attempts.wait(1000), 0, "{guess}");
            attempts = wrong(attempts, 1000).forgiven(1000);
        }
        assert_eq!((attempts.failed, attempts.wait(1000)), (0, 30));
        // Who has waited for one that opens need not wait again.
        assert_eq!(attempts.forgiven(1030).wait(1030), 0);
        attempts = wrong(attempts, 1030).forgiven(1030);
        assert_eq!(attempts.wait(1030), 60);
        assert_eq!(wrong(attempts, 1030 + 600).wait(1030 + 600), 60);
        assert_eq!(attempts.forgiven(1030 + 6 * 600), Attempts::default());
        assert!(attempts.forgiven(1030 + 5 * 600) != Attempts::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_clock_makes_a_wait_longer_than_its_step(
            failed: u32, last: i64, now: i64, forgiven: u16
        ) {
            let attempts = Attempts { forgiven, ..after(failed, last) };
            prop_assert!(attempts.wait(now) <= 3600);
        }

        #[test]
        fn what_is_remembered_comes_back(failed: u32, last: i64, wipe_after: u8, forgiven: u16) {
            let wipe_after = NonZeroU8::new(wipe_after);
            let attempts = Attempts { failed, last, wipe_after, forgiven };
            prop_assert_eq!(Attempts::parse(&attempts.encode()), Some(attempts));
        }
    }
}
