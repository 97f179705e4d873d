//! When a wallet locks by itself: after some time without use, and after some time in the background.
//!
//! The core reads no clock and hears of no touch, so the app tells what happens and asks ([`Watch`]). The
//! policy is its owner's and stands in the vault: record of kind `auto-lock`, body idle (4) || background
//! (4), seconds, big-endian, `0xffffffff` for never. A restore may bring a second one, and then the stricter
//! counts. Invariant: a clock that goes back locks, since then nobody knows how long it was.

use nansen_vault::{Summary, Vault};
use rand_core::CryptoRng;

use crate::held::of_kind;
use crate::{Error, Wallet, kind};

/// When a wallet locks by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoLock {
    /// Seconds without use; `None` for never.
    pub idle: Option<u32>,
    /// Seconds in the background, 0 for at once; `None` for never.
    pub background: Option<u32>,
}

impl Default for AutoLock {
    /// Five minutes idle, half a minute in the background: long enough to look something up.
    fn default() -> Self {
        Self {
            idle: Some(300),
            background: Some(30),
        }
    }
}

impl AutoLock {
    /// Of each limit the shorter.
    fn stricter(self, other: Self) -> Self {
        let shorter = |one: Option<u32>, other: Option<u32>| one.into_iter().chain(other).min();
        Self {
            idle: shorter(self.idle, other.idle),
            background: shorter(self.background, other.background),
        }
    }
}

/// Seconds that a clock may be put right by.
const CLOCK_STEP: i64 = 5;
const NEVER: u32 = u32::MAX;

/// What happened to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// The person did something.
    Used,
    /// The app is no longer seen.
    Background,
    /// The app is seen again.
    Foreground,
    /// Nothing but time passing.
    Tick,
}

/// Follows what an app does from one unlock to the lock.
#[derive(Clone, Debug)]
pub struct Watch {
    policy: AutoLock,
    used: i64,
    background: Option<i64>,
    latest: i64,
}

impl Watch {
    /// Begins at an unlock, `now` in unix seconds.
    #[must_use]
    pub const fn new(policy: AutoLock, now: i64) -> Self {
        Self {
            policy,
            used: now,
            background: None,
            latest: now,
        }
    }

    /// Whether the wallet is to lock. What happens afterwards does not take that back: an app that comes
    /// to the foreground too late is told so, and so is a touch.
    #[must_use]
    pub fn is_due(&mut self, activity: Activity, now: i64) -> bool {
        let late = |since: i64, limit: Option<u32>| {
            limit.is_some_and(|limit| now.saturating_sub(since) >= i64::from(limit))
        };
        if activity == Activity::Background {
            self.background.get_or_insert(now);
        }
        let is_due = now < self.latest.saturating_sub(CLOCK_STEP)
            || late(self.used, self.policy.idle)
            || self
                .background
                .is_some_and(|since| late(since, self.policy.background));
        if is_due {
            return true;
        }
        self.latest = self.latest.max(now);
        match activity {
            Activity::Used => self.used = now,
            Activity::Foreground => (self.used, self.background) = (now, None),
            Activity::Background | Activity::Tick => {}
        }
        false
    }

    /// Goes on by another policy.
    pub const fn follow(&mut self, policy: AutoLock) {
        self.policy = policy;
    }
}

impl Wallet {
    /// When it locks by itself, as its owner wants it; the default where nothing was set or what was set
    /// cannot be read. Where a restore brought what the owner wanted on another phone, both hold.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn auto_lock(&self) -> Result<AutoLock, Error> {
        let found = of_kind(self.vault.list()?.records, kind::AUTO_LOCK);
        let read = |vault: &Vault, id| {
            let body = vault.body(id).ok()?;
            let ([idle, background], []) = body.as_chunks::<4>() else {
                return None;
            };
            let seconds =
                |bytes: &[u8; 4]| Some(u32::from_be_bytes(*bytes)).filter(|s| *s != NEVER);
            Some(AutoLock {
                idle: seconds(idle),
                background: seconds(background),
            })
        };
        Ok(found
            .map(|(id, _)| read(&self.vault, id).unwrap_or_default())
            .reduce(AutoLock::stricter)
            .unwrap_or_default())
    }

    /// Sets when it locks by itself, in place of all that was set or restored.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn set_auto_lock(
        &mut self,
        policy: AutoLock,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        let seconds = |limit: Option<u32>| limit.map_or(NEVER, |limit| limit.min(NEVER - 1));
        let body: Vec<u8> = [policy.idle, policy.background]
            .into_iter()
            .flat_map(|limit| seconds(limit).to_be_bytes())
            .collect();
        let summary = Summary {
            kind: kind::AUTO_LOCK.into(),
            ..Summary::default()
        };
        let mut found = of_kind(self.vault.list()?.records, kind::AUTO_LOCK);
        let first = found.next();
        self.vault.transaction(rng, |tx| {
            match first {
                Some((id, _)) => tx.update(id, &summary, &body)?,
                None => drop(tx.insert(&summary, &body)?),
            }
            found.try_for_each(|(id, _)| Ok(tx.delete(id)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use nansen_vault::{
        BackupFile, BackupLock, BackupPhase, KdfParams, Passphrase, RestoreMode, Unlock,
    };
    use rand_core::UnwrapErr;

    use super::*;
    use crate::LockedWallet;

    const NOW: i64 = 1_790_000_000;

    fn watch() -> Watch {
        Watch::new(AutoLock::default(), NOW)
    }

    #[test]
    fn use_puts_the_lock_off_and_time_alone_does_not() {
        let mut watch = watch();
        assert!(!watch.is_due(Activity::Tick, NOW + 299));
        assert!(!watch.is_due(Activity::Used, NOW + 299));
        assert!(!watch.is_due(Activity::Tick, NOW + 598));
        assert!(watch.is_due(Activity::Tick, NOW + 599));
        // A touch that comes too late unlocks nothing.
        assert!(watch.is_due(Activity::Used, NOW + 600));
        assert!(watch.is_due(Activity::Tick, NOW + 600));
    }

    #[test]
    fn the_background_has_a_time_of_its_own() {
        let mut watch = watch();
        assert!(!watch.is_due(Activity::Background, NOW + 10));
        // Told twice, it counts from the first.
        assert!(!watch.is_due(Activity::Background, NOW + 35));
        assert!(watch.clone().is_due(Activity::Foreground, NOW + 40));
        assert!(!watch.is_due(Activity::Foreground, NOW + 39));
        assert!(!watch.is_due(Activity::Tick, NOW + 100));
        watch.follow(AutoLock {
            background: Some(0),
            ..AutoLock::default()
        });
        assert!(watch.is_due(Activity::Background, NOW + 100));
    }

    #[test]
    fn a_clock_that_goes_back_locks_and_a_small_correction_does_not() {
        let mut watch = watch();
        assert!(!watch.is_due(Activity::Tick, NOW + 100));
        assert!(!watch.is_due(Activity::Tick, NOW + 96));
        assert!(watch.is_due(Activity::Used, NOW + 94));
        let never = AutoLock {
            idle: None,
            background: None,
        };
        assert!(Watch::new(never, NOW).is_due(Activity::Tick, 0));
        assert!(!Watch::new(never, NOW).is_due(Activity::Tick, i64::MAX));
        assert!(!Watch::new(never, i64::MIN).is_due(Activity::Tick, i64::MAX));
    }

    #[test]
    fn the_policy_is_the_owners_and_stays() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w");
        let passphrase = Passphrase::new("p").unwrap();
        let (mut wallet, _) = Wallet::create(&path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        assert_eq!(wallet.auto_lock(), Ok(AutoLock::default()));
        for idle in [None, Some(60), Some(NEVER)] {
            let policy = AutoLock {
                idle,
                background: Some(0),
            };
            wallet.set_auto_lock(policy, rng).unwrap();
        }
        drop(wallet);
        let wallet = LockedWallet::open(&path)
            .unwrap()
            .unlock(Unlock::Passphrase(&passphrase), NOW, rng)
            .unwrap();
        let kept = AutoLock {
            idle: Some(NEVER - 1),
            background: Some(0),
        };
        assert_eq!(wallet.auto_lock(), Ok(kept));
        assert_eq!(wallet.vault().record_count(), 1);
    }

    #[test]
    fn a_restore_makes_no_wallet_lock_later_than_before() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let passphrase = Passphrase::new("p").unwrap();
        let create = |name: &str, policy, rng: &mut UnwrapErr<SysRng>| {
            let created = Wallet::create(at(name), &passphrase, KdfParams::FLOOR, rng);
            let (mut wallet, code) = created.unwrap();
            wallet.set_auto_lock(policy, rng).unwrap();
            (wallet, code)
        };
        let policy = |idle, background| AutoLock { idle, background };
        let (old, code) = create("old", policy(None, Some(5)), rng);
        let lock = BackupLock::Recovery(&code);
        let mut writer = old.back_up(at("backup"), lock, None, NOW, rng).unwrap();
        while writer.step(old.vault()).unwrap().phase != BackupPhase::Done {}
        // Which of the two records comes first is chance.
        for round in 0..6 {
            let (mut new, _) = create(&format!("new {round}"), policy(Some(60), None), rng);
            let chain = vec![BackupFile::open(at("backup"), lock).unwrap()];
            let mut restore = new.restore(chain, RestoreMode::Real, vec![]).unwrap();
            while !restore.step(&mut new, rng).unwrap().is_done {}
            assert_eq!(new.auto_lock(), Ok(policy(Some(60), Some(5))));
            let chosen = policy(None, None);
            new.set_auto_lock(chosen, rng).unwrap();
            assert_eq!(new.auto_lock(), Ok(chosen));
        }
    }
}
