//! Locking by itself, as the app tells what happens.

use nansen::auto_lock::{self, Watch};

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
            if let Some(watch) = &mut unlocked.watch {
                watch.follow(policy.into());
            }
            Ok(())
        })
    }

    /// Tells what happened, and locks if it is time to: call it at each touch, when the app goes to the
    /// background and comes back, and with `Tick` once in a while. Gives what the wallet then is. A clock
    /// that went back locks too. Without these calls nothing locks by itself.
    pub fn note_activity(&self, activity: Activity, now: Timestamp) -> WalletState {
        let is_due = self
            .with(|unlocked| {
                let watch = match &mut unlocked.watch {
                    Some(watch) => watch,
                    none => none.insert(Watch::new(unlocked.wallet.auto_lock()?, now.0)),
                };
                Ok(watch.is_due(activity.into(), now.0))
            })
            .unwrap_or(false);
        if is_due {
            self.lock();
        }
        self.state()
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
