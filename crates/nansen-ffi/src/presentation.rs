//! Showing: what a request asks for, what the holder chooses, and the message that shows it.

use std::sync::atomic::{AtomicBool, Ordering};

use nansen::consent;
use nansen::exchange::{qr, query};
use nansen::prepare::Prepared;
use nansen::present::Chosen;
use nansen::vault;

use crate::claims::{claims, claims_at};
use crate::unlocked::{Left, Shared};
use crate::{
    Claim, ClaimPath, ClockDoubt, CredentialSummary, HardwareAnswer, Message, MessageKind,
    NansenError, RecordId, SigningTask, Timestamp, rng,
};

/// An occasion to show something.
#[derive(Clone, uniffi::Enum)]
pub enum Occasion {
    /// A verifier's request, to be answered.
    Request {
        /// The message that carries it.
        message: Message,
    },
    /// Nobody asked: shown to whoever scans, who may keep it. Prefer a request.
    Unasked {
        /// The credential.
        credential: RecordId,
        /// The claims.
        claims: Vec<ClaimPath>,
        /// How long it may be used, at most an hour.
        lifetime_seconds: u32,
    },
    /// To be printed: a credential without redactable claims and device key.
    Print {
        /// The credential.
        credential: RecordId,
    },
}

/// What a request asks for, to be told to the holder before anything is shown.
#[derive(Clone, uniffi::Record)]
pub struct Consent {
    /// Who asks, by its own account.
    pub name: String,
    /// What for, by its own account.
    pub purpose: String,
    /// What this wallet knows of who asks.
    pub verifier: VerifierStanding,
    /// Thumbprint (RFC 9679) of the verifier's key.
    pub thumbprint: Vec<u8>,
    /// When the request was made.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// What there is against this phone's clock. The times of the request were then not compared
    /// with it.
    pub clock_doubt: Option<ClockDoubt>,
    /// One for each credential query, in the request's order.
    pub queries: Vec<QueryOptions>,
    /// Whether what is here can give all that the verifier cannot go on without.
    pub is_satisfiable: bool,
}

/// What a wallet knows of a verifier.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum VerifierStanding {
    /// A verifier list says who it is and what it may ask for.
    Registered {
        /// The name on the list, in English if it has one.
        name: String,
        /// What it asks as, such as `labour_inspectorate`.
        role: String,
        /// Country (ISO 3166-1 alpha-3).
        country: String,
        /// What it asks for beyond its role. It may still be shown, and the holder must be told.
        beyond: Vec<Beyond>,
        /// Who publishes the list.
        publisher: String,
        /// Age of the list in seconds.
        list_age: i64,
        /// Seconds since a newer list was due, if so.
        list_overdue_by: Option<i64>,
        /// All of this in English.
        sentence: String,
    },
    /// A verifier list knows its key, and says that it is not to be trusted now: whoever asks may
    /// be somebody else.
    KeyNotTrusted {
        /// The name on the list, in English if it has one.
        name: String,
    },
    /// A trust list names its key.
    Listed {
        /// The name on the list.
        name: String,
    },
    /// It was shown something before.
    Met {
        /// The name it gave the last time.
        name: String,
        /// When that was.
        last: Timestamp,
        /// How many times.
        times: u64,
    },
    /// Never met, and on no list: anybody can make a request under any name.
    Unknown,
}

/// Something asked for that the role of a verifier does not cover.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Beyond {
    /// The type of credential; none for any type.
    pub credential_type: Option<String>,
    /// The claim.
    pub claim: ClaimPath,
}

/// What could answer one credential query.
#[derive(Clone, uniffi::Record)]
pub struct QueryOptions {
    /// Its id.
    pub id: String,
    /// Whether no answer can do without it.
    pub is_required: bool,
    /// Whether several credentials may answer it.
    pub allows_several: bool,
    /// Credentials that answer it.
    pub candidates: Vec<Candidate>,
    /// Credentials of the right type that do not, and why.
    pub near_misses: Vec<NearMiss>,
}

/// A credential that answers a query.
#[derive(Clone, uniffi::Record)]
pub struct Candidate {
    /// The credential.
    pub credential: CredentialSummary,
    /// What the verifier would see with every choice left out.
    pub always_shown: Vec<Claim>,
    /// Claims to choose from. None is to be ticked beforehand.
    pub claims: Vec<ClaimOption>,
}

/// A claim that the request asks for.
#[derive(Clone, uniffi::Record)]
pub struct ClaimOption {
    /// Its path, to be given back when it is chosen.
    pub path: ClaimPath,
    /// What would be shown.
    pub values: Vec<Claim>,
    /// Whether the request cannot be answered without it.
    pub is_required: bool,
    /// Other claims that go along with it.
    pub brings: Vec<ClaimPath>,
}

/// A credential of the right type that does not answer a query.
#[derive(Clone, uniffi::Record)]
pub struct NearMiss {
    /// The credential.
    pub credential: RecordId,
    /// Why.
    pub reasons: Vec<Mismatch>,
}

/// Why a credential does not answer a query.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum Mismatch {
    /// It lacks a claim.
    ClaimMissing {
        /// Which.
        path: ClaimPath,
    },
    /// A claim says something else than is asked for.
    ValueMismatch {
        /// Which.
        path: ClaimPath,
    },
    /// Of another format or type, or to be judged by authorities that are not known here.
    Other,
}

/// One credential that the holder chose.
#[derive(Clone, uniffi::Record)]
pub struct ChosenCredential {
    /// Place of the query in [`Consent::queries`].
    pub query: u32,
    /// The credential.
    pub credential: RecordId,
    /// The claims, by [`ClaimOption::path`].
    pub claims: Vec<ClaimPath>,
}

/// A presentation in the making. It ends when the wallet is locked, and when it is dropped.
#[derive(uniffi::Object)]
pub struct PresentationSession {
    state: Shared,
    number: u64,
    is_shown: AtomicBool,
}

/// What a session knows, in the wallet's unlocked state.
pub(crate) struct Session {
    showing: Showing,
    consent: Option<Consent>,
    ready: Option<Ready>,
}

/// What is shown, and to whom.
enum Showing {
    Answer(Box<consent::Consent>),
    Unasked {
        credential: vault::RecordId,
        claims: Vec<nansen::credential::ClaimPath>,
        lifetime_seconds: u32,
    },
    Print(vault::RecordId),
}

/// What only waits for signatures, or for nothing.
enum Ready {
    Prepared(Prepared),
    Copy(qr::Message),
}

impl PresentationSession {
    pub(crate) fn begin(
        state: &Shared,
        occasion: Occasion,
        now: Timestamp,
    ) -> Result<Self, NansenError> {
        let number = state.with(|unlocked| {
            let (showing, consent) = match occasion {
                Occasion::Request { message } => {
                    let request = message.of_kind(MessageKind::Request)?;
                    let consent = unlocked.wallet.consent(&request, now.0)?;
                    let told = Consent::from(&consent);
                    (Showing::Answer(Box::new(consent)), Some(told))
                }
                Occasion::Unasked {
                    credential,
                    claims,
                    lifetime_seconds,
                } => {
                    let showing = Showing::Unasked {
                        credential: credential.0,
                        claims: claims.into_iter().map(|path| path.0).collect(),
                        lifetime_seconds,
                    };
                    (showing, None)
                }
                Occasion::Print { credential } => (Showing::Print(credential.0), None),
            };
            unlocked.sessions.keep(Session {
                showing,
                consent,
                ready: None,
            })
        })?;
        Ok(Self {
            state: state.clone(),
            number,
            is_shown: AtomicBool::new(false),
        })
    }

    /// Refuses what has been shown.
    fn check_not_shown(&self) -> Result<(), NansenError> {
        if self.is_shown.load(Ordering::Acquire) {
            return Err(NansenError::AlreadyAnswered);
        }
        Ok(())
    }
}

#[uniffi::export]
impl PresentationSession {
    /// What the request asks for; nothing when nobody asked.
    ///
    /// # Errors
    /// [`NansenError::AlreadyAnswered`]; [`NansenError::Locked`] and [`NansenError::Ended`] after
    /// a lock.
    pub fn consent(&self) -> Result<Option<Consent>, NansenError> {
        self.check_not_shown()?;
        self.state.with(|unlocked| {
            let session = unlocked.sessions.get(self.number)?;
            Ok(session.consent.clone())
        })
    }

    /// Takes the holder's choice (empty when nobody asked) and gives what is to be signed by
    /// device keys in hardware: nothing when all of them are in the vault. May be called again
    /// with another choice until `complete` succeeds.
    ///
    /// # Errors
    /// [`NansenError::Choice`]; [`NansenError::RequestExpired`]; [`NansenError::NoSuchRecord`];
    /// [`NansenError::NoSuchClaim`]; [`NansenError::NoDeviceKey`];
    /// [`NansenError::NotPrintable`]; [`NansenError::OutOfBounds`] for a lifetime;
    /// [`NansenError::AlreadyAnswered`]; [`NansenError::Ended`] after a lock. Nothing is then
    /// prepared.
    pub fn prepare(
        &self,
        choice: Vec<ChosenCredential>,
        now: Timestamp,
    ) -> Result<Vec<SigningTask>, NansenError> {
        self.check_not_shown()?;
        self.state.with(|unlocked| {
            let session = unlocked.sessions.get(self.number)?;
            // A choice that is refused must not leave an earlier one to be shown.
            session.ready = None;
            let wallet = &unlocked.wallet;
            let prepared = match &session.showing {
                Showing::Answer(consent) => {
                    // It may have run out while it was read. A clock in doubt says nothing of that.
                    if consent.clock_doubt.is_none() {
                        consent.request().check_time(now.0)?;
                    }
                    let choice: Vec<Chosen> = choice.into_iter().map(Chosen::from).collect();
                    wallet.prepare(consent, &choice, now.0)?
                }
                Showing::Unasked {
                    credential,
                    claims,
                    lifetime_seconds,
                } => wallet.prepare_one_way(
                    *credential,
                    claims,
                    *lifetime_seconds,
                    now.0,
                    &mut rng(),
                )?,
                Showing::Print(credential) => {
                    session.ready = Some(Ready::Copy(wallet.copy(*credential, now.0)?));
                    return Ok(Vec::new());
                }
            };
            let tasks = prepared.to_sign().map(SigningTask::from).collect();
            session.ready = Some(Ready::Prepared(prepared));
            Ok(tasks)
        })
    }

    /// Makes the message, notes in the history what was shown on a screen, and ends the session. `answers` are those to
    /// the tasks of `prepare`, in their order. When it fails, nothing was shown, and it may be
    /// called again.
    ///
    /// # Errors
    /// [`NansenError::NothingPrepared`]; [`NansenError::Hardware`];
    /// [`NansenError::WrongDeviceSignature`]; [`NansenError::AnswerCount`];
    /// [`NansenError::AlreadyAnswered`]; [`NansenError::Ended`]; [`NansenError::Storage`] when
    /// the history cannot be written.
    pub fn complete(&self, answers: Vec<HardwareAnswer>) -> Result<Message, NansenError> {
        let signatures = answers.into_iter().map(HardwareAnswer::bytes);
        let signatures: Vec<Vec<u8>> = signatures.collect::<Result<_, _>>()?;
        self.check_not_shown()?;
        self.state.with(|unlocked| {
            let session = unlocked.sessions.get(self.number)?;
            let message = match &session.ready {
                Some(Ready::Prepared(prepared)) => {
                    let wallet = &mut unlocked.wallet;
                    wallet.complete(prepared, &signatures, &mut rng())?
                }
                Some(Ready::Copy(message)) => message.clone(),
                None => return Err(NansenError::NothingPrepared),
            };
            // Its place is free for another; the object remembers that it was shown.
            self.is_shown.store(true, Ordering::Release);
            unlocked.sessions.take(self.number);
            Ok(message.into())
        })
    }
}

impl Drop for PresentationSession {
    fn drop(&mut self) {
        self.state.leave(Left::Session(self.number));
    }
}

impl From<ChosenCredential> for Chosen {
    fn from(chosen: ChosenCredential) -> Self {
        Self {
            query: chosen.query as usize,
            credential: chosen.credential.0,
            claims: chosen.claims.into_iter().map(|path| path.0).collect(),
        }
    }
}

impl From<&consent::Consent> for Consent {
    fn from(consent: &consent::Consent) -> Self {
        let request = consent.request();
        let asked = request.query().credentials();
        let queries = consent.queries.iter().zip(asked).map(|(options, asked)| {
            let near_misses = options.mismatches.iter().map(|(id, reasons)| NearMiss {
                credential: (*id).into(),
                reasons: reasons.iter().map(Mismatch::from).collect(),
            });
            QueryOptions {
                id: options.id.clone(),
                is_required: options.is_required,
                allows_several: asked.multiple,
                candidates: options.candidates.iter().map(Candidate::from).collect(),
                near_misses: near_misses.collect(),
            }
        });
        Self {
            queries: queries.collect(),
            name: request.name().to_owned(),
            purpose: request.purpose().to_owned(),
            verifier: consent.verifier.clone().into(),
            clock_doubt: consent.clock_doubt.map(ClockDoubt::from),
            thumbprint: request.verifier().thumbprint().to_vec(),
            issued_at: request.issued_at().into(),
            expires_at: request.expires_at().into(),
            is_satisfiable: consent.is_satisfiable,
        }
    }
}

impl From<&consent::CredentialOption> for Candidate {
    fn from(option: &consent::CredentialOption) -> Self {
        let options = option.claims.iter().map(|claim| ClaimOption {
            path: ClaimPath::from(&claim.path),
            values: claims_at(&claim.path, &claim.value),
            is_required: claim.is_required,
            brings: claim.brings.iter().map(ClaimPath::from).collect(),
        });
        Self {
            claims: options.collect(),
            credential: option.credential.held.clone().into(),
            always_shown: claims(&option.always_shown),
        }
    }
}

impl From<&query::Mismatch> for Mismatch {
    fn from(mismatch: &query::Mismatch) -> Self {
        match mismatch {
            query::Mismatch::ClaimMissing(path) => Self::ClaimMissing { path: path.into() },
            query::Mismatch::ValueMismatch(path) => Self::ValueMismatch { path: path.into() },
            _ => Self::Other,
        }
    }
}
