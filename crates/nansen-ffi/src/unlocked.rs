//! The unlocked state of a wallet: all that is secret, in one place that [`lock`] empties.
//!
//! Sessions, writers and readers that an app holds are names into it, so that nothing they know
//! outlives the lock. Their `drop` may run on any thread, the main thread or a collector's among
//! them, and only leaves a note; the next call acts on it.
//!
//! [`lock`]: crate::Wallet::lock

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use nansen::auto_lock::{Activity, AutoLock, Watch};
use nansen::backup::Restore;
use nansen::vault::{BackupWriter, DocumentCursor, DocumentDraft, PlatformSecret};
use nansen::{LockedWallet, Wallet as Core};

use crate::error::unpoisoned;
use crate::presentation::Session;
use crate::wiping::with_clean_stack;
use crate::{NansenError, Timestamp, WalletState};

/// The state of a wallet, as its object and everything that was begun from it share it.
pub(crate) type Shared = Arc<Guarded>;

/// A state, and what can be asked of it without waiting.
pub(crate) struct Guarded {
    state: Mutex<State>,
    /// The present [`WalletState`] by number.
    now: AtomicU8,
    /// Calls that wait to lock: long work makes way for them.
    locking: AtomicUsize,
    /// What was dropped since the last call.
    left: Mutex<Vec<Left>>,
    /// Apart from the state, so that what happens to the app is heard while a call runs. Whoever holds both
    /// took the state first.
    watch: Mutex<Watching>,
}

/// What is known of the time until the wallet locks by itself.
enum Watching {
    /// The wallet is not unlocked.
    Nothing,
    /// The app made the wallet and has told nothing since: time begins when it does.
    Policy(AutoLock),
    /// Since the unlock, or since the app told something.
    Time(Watch),
}

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
    pub(crate) backups: Opened<BackupWriter>,
    pub(crate) restores: Opened<Restore>,
}

/// Something that the app let go of.
#[derive(Clone, Copy)]
pub(crate) enum Left {
    Session(u64),
    Draft(u64),
    Cursor(u64),
    Backup(u64),
    Restore(u64),
}

/// Things that an app holds by number. A number is never given twice.
pub(crate) struct Opened<T> {
    what: &'static str,
    items: BTreeMap<u64, T>,
}

impl Guarded {
    pub(crate) fn new(state: State) -> Shared {
        Arc::new(Self {
            now: AtomicU8::new(state.number()),
            state: Mutex::new(state),
            locking: AtomicUsize::new(0),
            left: Mutex::default(),
            watch: Mutex::new(Watching::Nothing),
        })
    }

    /// Runs `work` on the unlocked wallet, and locks it after too many wrong proofs.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Unlocked) -> Result<T, NansenError>,
    ) -> Result<T, NansenError> {
        let mut guesses = false;
        let done = self.work_on(|unlocked| {
            let done = work(unlocked);
            guesses = unlocked.wallet.vault().is_out_of_proofs();
            done
        });
        if guesses {
            self.lock();
        }
        done
    }

    fn work_on<T>(
        &self,
        work: impl FnOnce(&mut Unlocked) -> Result<T, NansenError>,
    ) -> Result<T, NansenError> {
        match &mut *unpoisoned(&self.state) {
            State::Unlocked(unlocked) => with_clean_stack(|| {
                for left in mem::take(&mut *unpoisoned(&self.left)) {
                    unlocked.forget(left);
                }
                work(unlocked)
            }),
            State::Locked(_) => Err(NansenError::Locked),
            State::Released => Err(NansenError::Released),
        }
    }

    /// Runs `work` on the state, and takes the state that it leaves. A panic in it releases.
    pub(crate) fn change<T>(&self, work: impl FnOnce(State) -> (State, T)) -> T {
        let mut state = unpoisoned(&self.state);
        let before = mem::replace(&mut *state, State::Released);
        let (after, done) = with_clean_stack(|| work(before));
        if !matches!(after, State::Unlocked(_)) {
            *unpoisoned(&self.watch) = Watching::Nothing;
        }
        self.now.store(after.number(), Ordering::Release);
        *state = after;
        done
    }

    /// As [`Guarded::change`], for what wipes: long work that runs makes way.
    pub(crate) fn interrupt<T>(&self, work: impl FnOnce(State) -> (State, T)) -> T {
        self.locking.fetch_add(1, Ordering::AcqRel);
        let done = self.change(work);
        self.locking.fetch_sub(1, Ordering::AcqRel);
        done
    }

    /// Locks, if it is unlocked.
    pub(crate) fn lock(&self) {
        self.interrupt(|state| match state {
            State::Unlocked(unlocked) => (State::Locked(unlocked.lock()), ()),
            state => (state, ()),
        });
    }

    /// Begins the time until the wallet locks by itself; without `now`, at the first that the app tells.
    pub(crate) fn watch(&self, policy: AutoLock, now: Option<Timestamp>) {
        *unpoisoned(&self.watch) = match now {
            Some(now) => Watching::Time(Watch::new(policy, now.0)),
            None => Watching::Policy(policy),
        };
    }

    /// Goes on by another policy.
    pub(crate) fn follow(&self, policy: AutoLock) {
        match &mut *unpoisoned(&self.watch) {
            Watching::Nothing => {}
            Watching::Policy(before) => *before = policy,
            Watching::Time(watch) => watch.follow(policy),
        }
    }

    /// Whether the wallet is to lock by itself. Does not wait for other calls.
    pub(crate) fn is_due(&self, activity: Activity, now: Timestamp) -> bool {
        let watching = &mut *unpoisoned(&self.watch);
        if let Watching::Policy(policy) = watching {
            *watching = Watching::Time(Watch::new(*policy, now.0));
        }
        match watching {
            Watching::Time(watch) => watch.is_due(activity, now.0),
            _ => false,
        }
    }

    /// Whether nobody waits to lock.
    pub(crate) fn may_go_on(&self) -> bool {
        self.locking.load(Ordering::Acquire) == 0
    }

    /// Runs `look` on the state, whatever it is.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&unpoisoned(&self.state))
    }

    /// What the wallet is, or was before the call that is running: does not wait for it.
    pub(crate) fn state(&self) -> WalletState {
        let number = match self.state.try_lock() {
            Ok(state) => state.number(),
            Err(TryLockError::Poisoned(state)) => state.into_inner().number(),
            Err(TryLockError::WouldBlock) => self.now.load(Ordering::Acquire),
        };
        match number {
            LOCKED => WalletState::Locked,
            UNLOCKED => WalletState::Unlocked,
            _ => WalletState::Released,
        }
    }

    /// Notes that the app let go of something.
    pub(crate) fn leave(&self, left: Left) {
        unpoisoned(&self.left).push(left);
    }
}

impl State {
    const fn number(&self) -> u8 {
        match self {
            Self::Locked(_) => LOCKED,
            Self::Unlocked(_) => UNLOCKED,
            Self::Released => RELEASED,
        }
    }
}

const LOCKED: u8 = 0;
const UNLOCKED: u8 = 1;
const RELEASED: u8 = 2;

impl Unlocked {
    pub(crate) fn new(wallet: Core) -> Box<Self> {
        Box::new(Self {
            wallet,
            enrolment: None,
            sessions: Opened::new("open sessions"),
            drafts: Opened::new("open document writers"),
            cursors: Opened::new("open document readers"),
            backups: Opened::new("open backups"),
            restores: Opened::new("open restores"),
        })
    }

    /// Wipes everything that was begun, and the keys. What unfinished documents wrote is swept at
    /// the next unlock: removing it takes time that a lock may not have.
    pub(crate) fn lock(self) -> LockedWallet {
        self.wallet.lock()
    }

    fn forget(&mut self, left: Left) {
        match left {
            Left::Session(number) => drop(self.sessions.take(number)),
            Left::Cursor(number) => drop(self.cursors.take(number)),
            Left::Backup(number) => drop(self.backups.take(number)),
            Left::Restore(number) => {
                if let Some(restore) = self.restores.take(number) {
                    restore.give_up(&mut self.wallet);
                }
            }
            Left::Draft(number) => {
                if let Some(draft) = self.drafts.take(number) {
                    // What cannot be removed now is swept at the next unlock.
                    let _ = draft.discard(self.wallet.vault_mut());
                }
            }
        }
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
}

/// Numbers are of the process, so that none of an earlier unlock names anything of a later one.
fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Sessions, writers and readers open at the same time, each kind.
const OPENED_MAX: usize = 64;
