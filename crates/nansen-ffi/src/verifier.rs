//! The verifier's object: it asks, keeps the open requests, and checks what comes back.

use std::collections::VecDeque;
use std::mem;
use std::sync::Mutex;

use nansen::credential::cose::{SecretKey, Signer};
use nansen::credential::report;
use nansen::credential::verify::StatusPolicy;
use nansen::exchange::limits::NAME_CHARS_MAX;
use nansen::exchange::query::Query;
use nansen::field::{self, Outcome};
use nansen::verifier::{
    Answered, Checked, DEFAULT_MAX_STATUS_AGE, check_copy_with, check_one_way_with,
};
use nansen::{Session, TrustStore};

use crate::error::unpoisoned;
use crate::{
    ClaimPath, Message, MessageKind, NansenError, OldStatus, QueueOutcome, Report, RequestId,
    TimeFacts, Timestamp, TrustAdded, TrustItem, TrustName, TrustState, TypeNames, rng,
};
use crate::{names, trust};

/// Somebody who asks and checks. It lives in memory: what of it is to outlast the app is what the
/// app stores.
#[derive(uniffi::Object)]
pub struct Verifier {
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) verifier: nansen::Verifier,
    key: SecretKey,
    pub(crate) policy: StatusPolicy,
    pub(crate) store: TrustStore,
    /// Open requests, the oldest first.
    open: VecDeque<Session>,
    /// What was checked last, the oldest first.
    checked: VecDeque<Checkup>,
    /// Reports so far.
    count: u64,
    pub(crate) tally: field::Tally,
}

/// A report that may get a receipt.
pub(crate) struct Checkup {
    number: u64,
    /// The clock when it was made.
    pub(crate) now: Timestamp,
    pub(crate) report: report::Report,
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
    /// nobody yet; of what in it is refused now, [`TrustState::damage`] tells. Status lists of up to `max_status_age` seconds settle whether a credential is
    /// revoked; none stands for 30 days. `old_status` is what is made of older ones; none leaves
    /// the verdict open.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for `key` and `trust`; [`NansenError::OutOfBounds`] for the
    /// name and a negative age.
    #[uniffi::constructor(default(key = None, trust = None, max_status_age = None, old_status = None))]
    pub fn new(
        name: String,
        key: Option<Vec<u8>>,
        trust: Option<Vec<u8>>,
        max_status_age: Option<i64>,
        old_status: Option<OldStatus>,
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
        let verifier = nansen::Verifier::new(SecretKey::from_bytes(&key.to_bytes())?, &name);
        let policy = StatusPolicy {
            max_age: max_status_age.unwrap_or(DEFAULT_MAX_STATUS_AGE),
            beyond: old_status.unwrap_or(OldStatus::Warn).into(),
        };
        let state = Mutex::new(State {
            verifier: verifier.with_status_policy(policy),
            key,
            policy,
            store,
            open: VecDeque::new(),
            checked: VecDeque::new(),
            count: 0,
            tally: field::Tally::default(),
        });
        Ok(Self { state })
    }

    /// The public key that goes with [`Verifier::secret_key`], in the form that desks take: for
    /// whoever lists who may ask for what.
    pub fn public_key(&self) -> Vec<u8> {
        unpoisoned(&self.state).key.public_key().to_short()
    }

    /// The key that signs requests. Keep it as carefully as a password.
    pub fn secret_key(&self) -> Vec<u8> {
        unpoisoned(&self.state).key.to_bytes().to_vec()
    }

    /// Adds a root, a publisher, a list or a pack.
    ///
    /// # Errors
    /// [`NansenError::Untrusted`], [`NansenError::BadSignature`],
    /// [`NansenError::TooFewSignatures`], [`NansenError::BuildsOnOther`],
    /// [`NansenError::PublisherHeld`], [`NansenError::Outdated`], [`NansenError::Malformed`],
    /// [`NansenError::OutOfBounds`].
    pub fn add_trust(&self, item: TrustItem) -> Result<TrustAdded, NansenError> {
        let store = &mut unpoisoned(&self.state).store;
        let added = match item {
            TrustItem::Root { key } => store.add_root(trust::root(&key)?)?,
            TrustItem::Publisher { statement, pin } => {
                store.add_publisher(&statement, &trust::pin(&pin)?)?
            }
            TrustItem::Rotations { statements } => store.add_rotations(&statements)?,
            TrustItem::TrustList { bytes } => store.add_trust_list(&bytes)?,
            TrustItem::VerifierList { bytes } => store.add_verifier_list(&bytes)?,
            TrustItem::Pack { bytes } => store.add_pack(&bytes)?,
            TrustItem::StatusList { bytes } => store.add_status_list(&bytes)?,
        };
        Ok(added.into())
    }

    /// Removes a root, a publisher, a list or a pack, with what it alone vouched for. Returns
    /// whether it was there.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for a key.
    pub fn remove_trust(&self, name: TrustName) -> Result<bool, NansenError> {
        let removal = name.removal()?;
        Ok(removal(&mut unpoisoned(&self.state).store))
    }

    /// What is trusted and known, and all of it to be stored.
    pub fn trust(&self) -> TrustState {
        trust::state(&unpoisoned(&self.state).store)
    }

    /// What signed times say of this phone's clock.
    ///
    /// # Errors
    /// [`NansenError::OutOfBounds`] for a time that no calendar has.
    pub fn check_clock(&self, now: Timestamp) -> Result<TimeFacts, NansenError> {
        Ok(TimeFacts::of(&unpoisoned(&self.state).store, now))
    }

    /// A pack to hand on to another phone, by codes or as a file; none when it is not here. The
    /// receiver goes by its signatures.
    pub fn hand_on(&self, publisher: String, id: String) -> Option<Message> {
        let store = &unpoisoned(&self.state).store;
        store.hand_on(&publisher, &id).map(Message::from)
    }

    /// What a type of credential and its claims are called in a language (BCP 47 tag), if a pack
    /// says so.
    pub fn type_names(&self, credential_type: String, language: String) -> Option<TypeNames> {
        let store = &unpoisoned(&self.state).store;
        names::type_names(store, &credential_type, &language)
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
        let session = Session::from_secret_bytes(&stored, state.policy)?;
        let open = OpenRequest::from(&session);
        state.keep(session);
        Ok(open)
    }

    /// Opens the answer to an open request and checks each credential in it. An answer that a
    /// holder bound to the request closes it. The last 64 reports stay in memory for receipts,
    /// with what was shown, until [`Verifier::end_session`].
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
        match session.check(&answer, store, now.0) {
            Ok(answered) => Ok(state.answered(answered, now)),
            Err(error) => Err(state.refused(error)),
        }
    }

    /// Checks what answers no request: a presentation shown to whoever scans, or a printed copy.
    /// The verdict is never [`Valid`](crate::Verdict::Valid), for it may be a recording.
    ///
    /// # Errors
    /// [`NansenError::WrongMessage`]; [`NansenError::Malformed`].
    pub fn check_unasked(&self, message: Message, now: Timestamp) -> Result<Report, NansenError> {
        let check = match message.kind {
            MessageKind::Presentation => check_one_way_with,
            MessageKind::Printable => check_copy_with,
            found => return Err(not_alone(found)),
        };
        let mut state = unpoisoned(&self.state);
        match check(&message.bytes, &state.store, state.policy, now.0) {
            Ok(report) => Ok(state.alone(report, now)),
            Err(error) => Err(state.refused(error)),
        }
    }
}

/// What answers no request, to be checked.
pub(crate) fn alone(message: Message) -> Result<field::Queued, NansenError> {
    match message.kind {
        MessageKind::Presentation => Ok(field::Queued::OneWay(message.bytes)),
        MessageKind::Printable => Ok(field::Queued::Copy(message.bytes)),
        found => Err(not_alone(found)),
    }
}

fn not_alone(found: MessageKind) -> NansenError {
    NansenError::WrongMessage {
        expected: MessageKind::Presentation,
        found,
    }
}

/// Open requests at the most: a queue of people, each with an answer to come.
const OPEN_REQUESTS_MAX: usize = 32;

/// Reports that are kept for receipts.
const CHECKED_MAX: usize = 64;

impl State {
    /// Counts what was checked and keeps it for a receipt.
    pub(crate) fn take_in(
        &mut self,
        outcome: Result<Outcome, nansen::Error>,
        now: Timestamp,
    ) -> Result<QueueOutcome, NansenError> {
        match outcome {
            Ok(Outcome::Answered(answered)) => Ok(QueueOutcome::Answered {
                answer: self.answered(answered, now),
            }),
            Ok(Outcome::Alone(report)) => Ok(QueueOutcome::Alone {
                report: self.alone(*report, now),
            }),
            Err(error) => Err(self.refused(error)),
        }
    }

    fn answered(&mut self, answered: Answered, now: Timestamp) -> Answer {
        self.tally.add_answered(&answered);
        answered.note_signed_times(&mut self.store);
        let checked = answered.presentations.into_iter();
        Answer {
            credentials: checked.map(|checked| self.told(checked, now)).collect(),
            is_complete: answered.is_complete,
        }
    }

    fn alone(&mut self, report: report::Report, now: Timestamp) -> Report {
        self.tally.add(&report);
        self.report(report, now)
    }

    fn refused(&mut self, error: nansen::Error) -> NansenError {
        self.tally.add_refused(&error);
        error.into()
    }

    fn told(&mut self, checked: Checked, now: Timestamp) -> CheckedCredential {
        CheckedCredential {
            query: checked.query,
            report: self.report(checked.report, now),
            is_match: checked.mismatches.is_empty(),
            withheld: checked.withheld.iter().map(ClaimPath::from).collect(),
        }
    }

    fn report(&mut self, report: report::Report, now: Timestamp) -> Report {
        let told = Report::new(&report, self.count);
        if self.checked.len() == CHECKED_MAX {
            self.checked.pop_front();
        }
        self.checked.push_back(Checkup {
            number: self.count,
            now,
            report,
        });
        self.count += 1;
        told
    }

    /// A report by its number.
    pub(crate) fn checkup(&self, number: u64) -> Option<&Checkup> {
        self.checked.iter().find(|checkup| checkup.number == number)
    }

    /// The counts, and nothing of anybody from here on.
    pub(crate) fn forget(&mut self) -> field::Tally {
        self.open.clear();
        self.checked.clear();
        mem::take(&mut self.tally)
    }

    /// Takes an open request out, to be [kept](State::keep) again.
    pub(crate) fn take_open(&mut self, request: RequestId) -> Option<Session> {
        let mut open = self.open.iter();
        let place = open.position(|session| *session.request().digest() == request.0)?;
        self.open.remove(place)
    }

    pub(crate) fn keep(&mut self, session: Session) {
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
