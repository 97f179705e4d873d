//! The verifier's object: it asks, keeps the open requests, and checks what comes back.

use std::collections::VecDeque;
use std::sync::Mutex;

use nansen::credential::cose::SecretKey;
use nansen::exchange::limits::NAME_CHARS_MAX;
use nansen::exchange::query::Query;
use nansen::verifier::{Answered, Checked, DEFAULT_MAX_STATUS_AGE, check_copy, check_one_way};
use nansen::{Session, TrustStore};

use crate::error::unpoisoned;
use crate::trust;
use crate::{
    ClaimPath, Message, MessageKind, NansenError, Report, RequestId, Timestamp, TrustAdded,
    TrustItem, TrustState, rng,
};

/// Somebody who asks and checks.
#[derive(uniffi::Object)]
pub struct Verifier {
    state: Mutex<State>,
}

struct State {
    verifier: nansen::Verifier,
    key: SecretKey,
    max_status_age: i64,
    store: TrustStore,
    /// Open requests, the oldest first.
    open: VecDeque<Session>,
}

/// A request, to be shown.
#[derive(Clone, uniffi::Record)]
pub struct OpenRequest {
    /// Names it to `checkAnswer`.
    pub id: RequestId,
    /// What to show.
    pub message: Message,
    /// When it expires.
    pub expires_at: Timestamp,
    /// For `reopen`, should the system end the app before the answer comes. It holds the key to
    /// the answer: keep it as carefully as a password, and not beyond the answer.
    pub stored: Vec<u8>,
}

/// What came of a request.
#[derive(Clone, uniffi::Record)]
pub struct Answer {
    /// One for each credential that was shown.
    pub credentials: Vec<CheckedCredential>,
    /// Whether valid credentials give all that was asked for. They need not be of one person:
    /// compare names, or a face.
    pub is_complete: bool,
}

/// One credential of an answer.
#[derive(Clone, uniffi::Record)]
pub struct CheckedCredential {
    /// Id of the credential query that it answers.
    pub query: String,
    /// What the checks found.
    pub report: Report,
    /// Whether it is what the query asks for.
    pub is_match: bool,
    /// Claims that were asked for and are not shown.
    pub withheld: Vec<ClaimPath>,
}

#[uniffi::export]
impl Verifier {
    /// A verifier that holders see under `name`, at most 64 characters.
    ///
    /// `key` is that of [`Verifier::secret_key`], or none to draw a new one: holders who met this
    /// verifier before know it by its key. `trust` is [`TrustState::stored`], or none to trust
    /// nobody yet. Status lists of up to `max_status_age` seconds settle whether a credential is
    /// revoked; none stands for 30 days.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for `key` and `trust`; [`NansenError::OutOfBounds`] for the
    /// name and a negative age.
    #[uniffi::constructor(default(key = None, trust = None, max_status_age = None))]
    pub fn new(
        name: String,
        key: Option<Vec<u8>>,
        trust: Option<Vec<u8>>,
        max_status_age: Option<i64>,
    ) -> Result<Self, NansenError> {
        let length = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&length) {
            return Err(NansenError::OutOfBounds {
                what: "characters of a verifier's name".into(),
                size: length as u64,
                least: 1,
                most: NAME_CHARS_MAX as u64,
            });
        }
        if let Some(age @ ..0) = max_status_age {
            return Err(NansenError::OutOfBounds {
                what: "negative age of a status list".into(),
                size: age.unsigned_abs(),
                least: 0,
                most: 0,
            });
        }
        let key = match key {
            Some(bytes) => SecretKey::from_bytes(&bytes)?,
            None => SecretKey::generate_ed25519(&mut rng()),
        };
        let store = match trust {
            Some(stored) => TrustStore::from_cbor(&stored).map_err(|error| match error {
                nansen::Error::Stored { .. } => NansenError::malformed("trust", &error),
                error => error.into(),
            })?,
            None => TrustStore::new(),
        };
        // One copy signs requests, the other is what the app asks for to keep.
        let mut verifier = nansen::Verifier::new(SecretKey::from_bytes(&key.to_bytes())?, &name);
        if let Some(seconds) = max_status_age {
            verifier = verifier.with_max_status_age(seconds);
        }
        let state = Mutex::new(State {
            verifier,
            key,
            max_status_age: max_status_age.unwrap_or(DEFAULT_MAX_STATUS_AGE),
            store,
            open: VecDeque::new(),
        });
        Ok(Self { state })
    }

    /// The key that signs requests. Keep it as carefully as a password.
    pub fn secret_key(&self) -> Vec<u8> {
        unpoisoned(&self.state).key.to_bytes().to_vec()
    }

    /// Adds a root, a trust list or a status list.
    ///
    /// # Errors
    /// [`NansenError::Untrusted`], [`NansenError::BadSignature`], [`NansenError::Outdated`],
    /// [`NansenError::Malformed`], [`NansenError::OutOfBounds`].
    pub fn add_trust(&self, item: TrustItem) -> Result<TrustAdded, NansenError> {
        let store = &mut unpoisoned(&self.state).store;
        let added = match item {
            TrustItem::Root { key } => store.add_root(TrustItem::root(&key)?)?,
            TrustItem::TrustList { bytes } => store.add_trust_list(&bytes)?,
            TrustItem::StatusList { bytes } => store.add_status_list(&bytes)?,
        };
        Ok(added.into())
    }

    /// What is trusted and known, and all of it to be stored.
    pub fn trust(&self) -> TrustState {
        trust::state(&unpoisoned(&self.state).store, None)
    }

    /// Asks: `query` is DCQL in JSON (OpenID4VP 1.0, section 6), `purpose` at most 200
    /// characters that the holder reads. Of more than 32 open requests the oldest is forgotten.
    ///
    /// # Errors
    /// [`NansenError::Malformed`], [`NansenError::OutOfBounds`], [`NansenError::AsksForNothing`].
    pub fn request(
        &self,
        query: String,
        purpose: String,
        now: Timestamp,
    ) -> Result<OpenRequest, NansenError> {
        let query = Query::from_json(&query)?;
        let mut state = unpoisoned(&self.state);
        let session = state
            .verifier
            .request(query, &purpose, &state.store, now.0, &mut rng())?;
        let open = OpenRequest::from(&session);
        state.keep(session);
        Ok(open)
    }

    /// Takes up a request again, after the app was ended, by [`OpenRequest::stored`].
    ///
    /// # Errors
    /// [`NansenError::Malformed`].
    pub fn reopen(&self, stored: Vec<u8>) -> Result<OpenRequest, NansenError> {
        let mut state = unpoisoned(&self.state);
        let session = Session::from_secret_bytes(&stored, state.max_status_age)?;
        let open = OpenRequest::from(&session);
        state.keep(session);
        Ok(open)
    }

    /// Opens the answer to an open request and checks each credential in it. An answer that a
    /// holder bound to the request closes it.
    ///
    /// # Errors
    /// [`NansenError::NotForThisRequest`], which leaves the request open;
    /// [`NansenError::AlreadyAnswered`]; [`NansenError::NoSuchRequest`];
    /// [`NansenError::WrongMessage`]; [`NansenError::Malformed`].
    pub fn check_answer(
        &self,
        request: RequestId,
        answer: Message,
        now: Timestamp,
    ) -> Result<Answer, NansenError> {
        let answer = answer.of_kind(MessageKind::Response)?;
        let mut state = unpoisoned(&self.state);
        let State { open, store, .. } = &mut *state;
        let session = open
            .iter_mut()
            .find(|session| *session.request().digest() == request.0)
            .ok_or(NansenError::NoSuchRequest)?;
        let answered = session.check(&answer, store, now.0)?;
        answered.note_signed_times(store);
        Ok(answered.into())
    }

    /// Checks what answers no request: a presentation shown to whoever scans, or a printed copy.
    /// The verdict is never [`Valid`](crate::Verdict::Valid), for it may be a recording.
    ///
    /// # Errors
    /// [`NansenError::WrongMessage`]; [`NansenError::Malformed`].
    pub fn check_unasked(&self, message: Message, now: Timestamp) -> Result<Report, NansenError> {
        let store = &unpoisoned(&self.state).store;
        let report = match message.kind {
            MessageKind::Presentation => check_one_way(&message.bytes, store, now.0)?,
            MessageKind::Printable => check_copy(&message.bytes, store, now.0)?,
            found => {
                return Err(NansenError::WrongMessage {
                    expected: MessageKind::Presentation,
                    found,
                });
            }
        };
        Ok(Report::from(&report))
    }
}

/// Open requests at the most: a queue of people, each with an answer to come.
const OPEN_REQUESTS_MAX: usize = 32;

impl State {
    fn keep(&mut self, session: Session) {
        self.open
            .retain(|open| open.request().digest() != session.request().digest());
        if self.open.len() == OPEN_REQUESTS_MAX {
            self.open.pop_front();
        }
        self.open.push_back(session);
    }
}

impl From<&Session> for OpenRequest {
    fn from(session: &Session) -> Self {
        let request = session.request();
        Self {
            id: RequestId(*request.digest()),
            message: Message {
                kind: MessageKind::Request,
                bytes: request.bytes().to_vec(),
            },
            expires_at: request.expires_at().into(),
            stored: session.to_secret_bytes().to_vec(),
        }
    }
}

impl From<Answered> for Answer {
    fn from(answered: Answered) -> Self {
        Self {
            credentials: answered.presentations.iter().map(Into::into).collect(),
            is_complete: answered.is_complete,
        }
    }
}

impl From<&Checked> for CheckedCredential {
    fn from(checked: &Checked) -> Self {
        Self {
            query: checked.query.clone(),
            report: Report::from(&checked.report),
            is_match: checked.mismatches.is_empty(),
            withheld: checked.withheld.iter().map(ClaimPath::from).collect(),
        }
    }
}
