//! Locking by itself, as the app tells what happens.

use nansen::auto_lock;

use crate::{NansenError, Timestamp, Wallet, WalletState, rng};

/// When a wallet locks by itself. Kept in the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AutoLock {
    /// Seconds without use; none for never.
    pub idle_seconds: Option<u32>,
    /// Seconds in the background, 0 for at once; none for never.
    pub background_seconds: Option<u32>,
}

/// What happened to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
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

#[uniffi::export]
impl Wallet {
    /// When it locks by itself: after 5 minutes idle and half a minute in the background, unless its
    /// owner chose otherwise.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn auto_lock(&self) -> Result<AutoLock, NansenError> {
        self.with(|unlocked| Ok(unlocked.wallet.auto_lock()?.into()))
    }

    /// Sets when it locks by itself.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::Storage`].
    pub fn set_auto_lock(&self, policy: AutoLock) -> Result<(), NansenError> {
        self.with(|unlocked| {
            unlocked.wallet.set_auto_lock(policy.into(), &mut rng())?;
            self.state.follow(policy.into());
            Ok(())
        })
    }

    /// Tells what happened, and locks if it is time to: call it at each touch, when the app goes to the
    /// background and comes back, and with `Tick` once in a while. Gives what the wallet then is. A clock
    /// that went back locks too. Without these calls nothing locks by itself. Waits for other calls only to
    /// lock, and a thorough check makes way.
    ///
    /// # Errors
    /// [`NansenError::OutOfBounds`] for a moment that no calendar has.
    pub fn note_activity(
        &self,
        activity: Activity,
        now: Timestamp,
    ) -> Result<WalletState, NansenError> {
        if self.state.is_due(activity.into(), now) {
            self.lock();
        }
        Ok(self.state())
    }
}

impl From<AutoLock> for auto_lock::AutoLock {
    fn from(policy: AutoLock) -> Self {
        Self {
            idle: policy.idle_seconds,
            background: policy.background_seconds,
        }
    }
}

impl From<auto_lock::AutoLock> for AutoLock {
    fn from(policy: auto_lock::AutoLock) -> Self {
        Self {
            idle_seconds: policy.idle,
            background_seconds: policy.background,
        }
    }
}

impl From<Activity> for auto_lock::Activity {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Used => Self::Used,
            Activity::Background => Self::Background,
            Activity::Foreground => Self::Foreground,
            Activity::Tick => Self::Tick,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::{KdfCost, create_wallet};

    /// Tells what happened, from another thread.
    fn told(wallet: &Arc<Wallet>, now: i64) -> mpsc::Receiver<WalletState> {
        let (sender, receiver) = mpsc::channel();
        let wallet = wallet.clone();
        thread::spawn(move || {
            let told = wallet.note_activity(Activity::Tick, Timestamp(now));
            sender.send(told.unwrap())
        });
        receiver
    }

    #[test]
    fn long_work_hides_no_time_and_makes_way_when_it_is_time_to_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w").display().to_string();
        let cost = KdfCost::Exact {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        };
        let wallet = create_wallet(path, b"2580".to_vec(), cost).unwrap().wallet;
        let long = Duration::from_secs(60);
        let locked = wallet.with(|_| {
            let early = told(&wallet, 0).recv_timeout(long);
            assert_eq!(early, Ok(WalletState::Unlocked));
            assert!(wallet.state.may_go_on());
            let late = told(&wallet, 300);
            while wallet.state.may_go_on() {
                let none = late.recv_timeout(Duration::from_millis(1));
                assert_eq!(none, Err(mpsc::RecvTimeoutError::Timeout));
            }
            Ok(late)
        });
        let locked = locked.unwrap().recv_timeout(long);
        assert_eq!(locked, Ok(WalletState::Locked));
    }
}
