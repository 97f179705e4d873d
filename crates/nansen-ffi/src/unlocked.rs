//! The unlocked state of a wallet: all that is secret, in one place that [`lock`] empties.
//!
//! Sessions, writers and readers that an app holds are names into it, so that nothing they know
//! outlives the lock.
//!
//! [`lock`]: crate::Wallet::lock

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nansen::vault::{DocumentCursor, DocumentDraft, PlatformSecret};
use nansen::{LockedWallet, Wallet as Core};

use crate::NansenError;
use crate::error::unpoisoned;
use crate::presentation::{Ready, Showing};
use crate::wiping::with_clean_stack;

/// What a wallet is at the moment.
pub(crate) enum State {
    Locked(LockedWallet),
    Unlocked(Box<Unlocked>),
    Released,
}

/// A wallet that is unlocked, and what was begun since.
pub(crate) struct Unlocked {
    pub(crate) wallet: Core,
    /// A hardware secret whose wrapped form is awaited.
    pub(crate) enrolment: Option<PlatformSecret>,
    pub(crate) sessions: Opened<Session>,
    pub(crate) drafts: Opened<DocumentDraft>,
    pub(crate) cursors: Opened<DocumentCursor>,
}

/// A presentation in the making.
pub(crate) struct Session {
    pub(crate) showing: Showing,
    pub(crate) ready: Option<Ready>,
}

/// Things that an app holds by number. A number is never given twice.
pub(crate) struct Opened<T> {
    what: &'static str,
    items: BTreeMap<u64, T>,
}

/// The state of a wallet, as its object and everything that was begun from it share it.
pub(crate) type Shared = Arc<Mutex<State>>;

impl Unlocked {
    pub(crate) fn new(wallet: Core) -> Box<Self> {
        Box::new(Self {
            wallet,
            enrolment: None,
            sessions: Opened::new("open sessions"),
            drafts: Opened::new("open document writers"),
            cursors: Opened::new("open document readers"),
        })
    }
}

impl<T> Opened<T> {
    const fn new(what: &'static str) -> Self {
        Self {
            what,
            items: BTreeMap::new(),
        }
    }

    /// Keeps an item and gives its number.
    pub(crate) fn keep(&mut self, item: T) -> Result<u64, NansenError> {
        if self.items.len() == OPENED_MAX {
            return Err(NansenError::too_many(self.what, OPENED_MAX + 1, OPENED_MAX));
        }
        let number = next_number();
        self.items.insert(number, item);
        Ok(number)
    }

    pub(crate) fn get(&mut self, number: u64) -> Result<&mut T, NansenError> {
        self.items.get_mut(&number).ok_or(NansenError::Ended)
    }

    pub(crate) fn take(&mut self, number: u64) -> Option<T> {
        self.items.remove(&number)
    }

    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> {
        std::mem::take(&mut self.items).into_values()
    }
}

/// Runs `work` on the unlocked wallet.
pub(crate) fn with<T>(
    state: &Mutex<State>,
    work: impl FnOnce(&mut Unlocked) -> Result<T, NansenError>,
) -> Result<T, NansenError> {
    match &mut *unpoisoned(state) {
        State::Unlocked(unlocked) => with_clean_stack(|| work(unlocked)),
        State::Locked(_) => Err(NansenError::Locked),
        State::Released => Err(NansenError::Released),
    }
}

/// Numbers are of the process, so that none of an earlier unlock names anything of a later one.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Sessions, writers and readers open at the same time, each kind.
const OPENED_MAX: usize = 64;
