//! The one error of the library: variants by what an app does about them, and one `match` from
//! the errors of the crates below.

use nansen::credential::Error as Credential;
use nansen::exchange::Error as Exchange;
#[cfg(feature = "vault")]
use nansen::vault::Error as Vault;

#[cfg(feature = "vault")]
use crate::RecordId;
use crate::{
    BackupProblem, CardProblem, ChoiceProblem, ClaimPath, MessageKind, StorageProblem, Timestamp,
};

/// What went wrong. It holds numbers and names of parts, never a secret or what a claim says.
/// Whatever it is, the vault is as it was before the call.
#[derive(Clone, Debug, PartialEq, thiserror::Error, uniffi::Error)]
pub enum NansenError {
    // The person at the phone.
    /// The PIN, passphrase, recovery code or hardware secret opens nothing here.
    #[error("wrong {way}")]
    WrongSecret {
        /// The way to unlock that was tried.
        way: Way,
    },
    /// The recovery code has a typing mistake; nothing was tried.
    #[error("the recovery code is mistyped")]
    RecoveryCodeMistyped,
    /// The phone's hardware gave no answer.
    #[error("the phone's hardware key: {outcome}")]
    Hardware {
        /// Why.
        outcome: HardwareOutcome,
    },

    /// Too many PINs or passphrases were wrong; this one was not tried. Other ways are open.
    #[error("too many wrong attempts: wait {seconds} seconds")]
    TooManyAttempts {
        /// Seconds until one is tried again.
        seconds: u64,
    },

    // The order of calls.
    /// The wallet is locked.
    #[error("the wallet is locked")]
    Locked,
    /// The wallet was released.
    #[error("the wallet was released")]
    Released,
    /// The wallet is unlocked already.
    #[error("the wallet is unlocked already")]
    AlreadyUnlocked,
    /// The session, writer or reader is over: finished, given up, or begun before the last lock.
    #[error("it is over: finished, given up, or begun before the last lock")]
    Ended,
    /// The request was answered already.
    #[error("the request was answered already")]
    AlreadyAnswered,
    /// `complete` was called before `prepare`.
    #[error("nothing was prepared")]
    NothingPrepared,
    /// Another number of answers than there are tasks.
    #[error("{given} answers to {expected} tasks")]
    AnswerCount {
        /// Answers given.
        given: u64,
        /// Tasks.
        expected: u64,
    },

    // What is shown.
    /// The choice does not go with the request.
    #[error("the choice does not go with the request: {problem}")]
    Choice {
        /// Why.
        problem: ChoiceProblem,
        /// Place of the credential query in the request.
        query: Option<u32>,
        /// The claim.
        path: Option<ClaimPath>,
    },
    /// The signature is not that of the device key.
    #[error("signature {place} is not that of the device key")]
    WrongDeviceSignature {
        /// Place of the task.
        place: u32,
    },
    /// Only a credential without redactable claims and device key can be printed.
    #[error("the credential cannot be printed")]
    NotPrintable,

    // The other phone.
    /// The request has expired: the verifier must ask anew.
    #[error("the request has expired")]
    RequestExpired {
        /// When.
        at: Timestamp,
    },
    /// The request is dated ahead of this phone's clock: one of the two is wrong.
    #[error("the request is dated in the future")]
    RequestFromFuture {
        /// Its date.
        at: Timestamp,
    },
    /// The request asks for nothing.
    #[error("the request asks for nothing")]
    AsksForNothing,
    /// The answer is for another request, or was changed on its way.
    #[error("the answer is not for this request")]
    NotForThisRequest,
    /// No request of this verifier is open under that name.
    #[error("no such open request")]
    NoSuchRequest,

    /// A message of another kind than the call takes.
    #[error("a message of another kind belongs here")]
    WrongMessage {
        /// The kind that the call takes.
        expected: MessageKind,
        /// The kind of the message.
        found: MessageKind,
    },

    // Bytes from outside.
    /// Not what it should be.
    #[error("{what} is malformed: {reason}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong, for a log.
        reason: String,
    },
    /// A size or number outside its limits.
    #[error("{what} of {size}, allowed are {least} to {most}")]
    OutOfBounds {
        /// What.
        what: String,
        /// What was given: bytes, characters or a count.
        size: u64,
        /// The least allowed.
        least: u64,
        /// The most allowed.
        most: u64,
    },
    /// Made by a newer version of this library.
    #[error("made by a newer version: {found}, this one reads up to {supported}")]
    NewerVersion {
        /// The version found.
        found: u64,
        /// The newest that this library reads.
        supported: u64,
    },
    /// A signature does not verify: changed, or not signed by whom it names.
    #[error("the signature does not verify")]
    BadSignature,
    /// No root or list here vouches for the signer.
    #[error("nobody trusted here vouches for the signer")]
    Untrusted,
    /// Older than what is held, or the same version with other content.
    #[error("version {offered} does not follow version {held}")]
    Outdated {
        /// The version offered.
        offered: u64,
        /// The version held.
        held: u64,
    },
    /// A quorum of keys did not sign, or one that may not sign this.
    #[error("{valid} of {threshold} keys signed")]
    TooFewSignatures {
        /// Keys of the quorum that signed.
        valid: u32,
        /// How many must.
        threshold: u32,
    },
    /// Something in between is missing: get the whole pack, or all root statements.
    #[error("what this builds on is not here")]
    BuildsOnOther,
    /// The publisher is trusted already, under another root statement. Only its own keys can
    /// replace that one.
    #[error("the publisher is trusted already under another root statement")]
    PublisherHeld,

    // Records.
    /// No such record.
    #[cfg(feature = "vault")]
    #[error("no record {id}", id = .id.0)]
    NoSuchRecord {
        /// Its id.
        id: RecordId,
    },
    /// The record is of another kind than the call needs.
    #[cfg(feature = "vault")]
    #[error("record {id} is of another kind", id = .id.0)]
    WrongKind {
        /// Its id.
        id: RecordId,
    },
    /// The credential is here already.
    #[cfg(feature = "vault")]
    #[error("the credential is here already, as record {id}", id = .id.0)]
    AlreadyHeld {
        /// Its record.
        id: RecordId,
    },
    /// The credential is bound to a device key that does not wait in this wallet: it was issued
    /// to another phone, or to a key that another credential uses.
    #[error("the credential is bound to a key that does not wait here")]
    OtherPhone,
    /// The credential is bound to no device key: it can only be printed.
    #[error("the credential is bound to no device key")]
    NoDeviceKey,
    /// This device key is here already: each credential has a key of its own.
    #[error("this device key is here already")]
    DeviceKeyTaken,
    /// The credential has no claim there.
    #[error("no claim at this path")]
    NoSuchClaim {
        /// The path, as text.
        path: String,
    },

    // Ways to unlock.
    /// The last way to unlock that needs no hardware cannot be removed: hardware is lost with the
    /// phone.
    #[error("the last way to unlock that needs no hardware cannot be removed")]
    LastWay,
    /// Renewals of a hardware way that were interrupted took all room for ways. Unlock by that
    /// way and change anything, or remove it.
    #[error("no room for another way to unlock")]
    NoFreeSlot,
    /// The passphrase or PIN opens something else already, in this file or of another person in this
    /// folder. Choose another.
    #[error("the passphrase is in use already")]
    SecretInUse,
    /// The file was made before there was room for a decoy. A new file has it.
    #[error("the file has no room for a decoy")]
    NoRoomForDecoy,
    /// The vault has no such way to unlock, or lost note of it with its manifest: unlock by that
    /// way once, and it is known again.
    #[error("the vault knows no such way to unlock")]
    NoSuchWay {
        /// The way.
        way: Option<Way>,
    },

    // Backups and guardians.
    /// Guardians' cards do not open.
    #[error("the guardian's card: {problem}")]
    Card {
        /// Why.
        problem: CardProblem,
    },
    /// A backup cannot be made or restored.
    #[error("the backup: {problem}")]
    Backup {
        /// Why.
        problem: BackupProblem,
    },

    // The machine.
    /// The file could not be opened, read or written.
    #[error("the vault's file: {problem}")]
    Storage {
        /// Why.
        problem: StorageProblem,
    },
    /// Part of the vault cannot be read any more. Nothing is deleted because of it.
    #[error("the vault is damaged: {part}")]
    Damaged {
        /// The part.
        part: String,
    },
    /// A defect of this library.
    #[error("a defect: {reason}")]
    Defect {
        /// What was found.
        reason: String,
    },
}

/// A way to unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Way {
    /// A passphrase or PIN.
    Passphrase,
    /// The recovery code.
    RecoveryCode,
    /// A secret wrapped by the phone's hardware.
    Hardware,
    /// A passphrase or PIN, together with a secret wrapped by the phone's hardware.
    PassphraseAndHardware,
    /// Guardians, with enough of their cards.
    Guardians,
}

/// Why the phone's hardware gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum HardwareOutcome {
    /// The person cancelled. Ask again when they wish.
    Cancelled,
    /// The hardware is locked, after too many attempts or because the phone is locked. It opens
    /// again with time, or with the phone's own PIN.
    Locked,
    /// The key is gone for ever, for example because a finger was enrolled. Remove this way to
    /// unlock; the others remain.
    Invalidated,
    /// The hardware cannot serve now or on this phone.
    Unavailable,
    /// There is no such key, for example on a new phone.
    NotPresent,
}

/// What holds of an error, whatever its fields.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ErrorFacts {
    /// A stable name for logs and for an app's own texts, such as `storage.disk_full`.
    pub code: String,
    /// Whether trying again may succeed: when space is free, with what the person types or
    /// chooses next, or after some time.
    pub is_retryable: bool,
    /// Whether what is kept may be at risk: make a copy of the file before anything else.
    pub is_data_at_risk: bool,
}

#[uniffi::export]
impl NansenError {
    /// What holds of this error, whatever its fields.
    pub fn facts(&self) -> ErrorFacts {
        ErrorFacts {
            code: self.code().to_owned(),
            is_retryable: self.is_retryable(),
            is_data_at_risk: matches!(
                self,
                Self::Damaged { .. }
                    | Self::Storage {
                        problem: StorageProblem::NotAVault | StorageProblem::Io
                    }
            ),
        }
    }
}

impl NansenError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::WrongSecret { .. }
            | Self::RecoveryCodeMistyped
            | Self::Card { .. }
            | Self::TooManyAttempts { .. }
            | Self::SecretInUse
            | Self::Locked
            | Self::WrongDeviceSignature { .. }
            | Self::RequestFromFuture { .. }
            | Self::Choice { .. } => true,
            Self::Hardware { outcome } => {
                matches!(
                    outcome,
                    HardwareOutcome::Cancelled | HardwareOutcome::Locked
                )
            }
            Self::Storage { problem } => matches!(
                problem,
                StorageProblem::InUse | StorageProblem::DiskFull | StorageProblem::Io
            ),
            Self::Backup { problem } => matches!(
                problem,
                BackupProblem::NeedsPassphrase | BackupProblem::NeedsCode
            ),
            _ => false,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongSecret { way } => match way {
                Way::Passphrase => "wrong_secret.passphrase",
                Way::RecoveryCode => "wrong_secret.recovery_code",
                Way::Hardware => "wrong_secret.hardware",
                Way::PassphraseAndHardware => "wrong_secret.passphrase_and_hardware",
                Way::Guardians => "wrong_secret.guardians",
            },
            Self::RecoveryCodeMistyped => "recovery_code_mistyped",
            Self::Hardware { outcome } => match outcome {
                HardwareOutcome::Cancelled => "hardware.cancelled",
                HardwareOutcome::Locked => "hardware.locked",
                HardwareOutcome::Invalidated => "hardware.invalidated",
                HardwareOutcome::Unavailable => "hardware.unavailable",
                HardwareOutcome::NotPresent => "hardware.not_present",
            },
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Locked => "locked",
            Self::Released => "released",
            Self::AlreadyUnlocked => "already_unlocked",
            Self::Ended => "ended",
            Self::AlreadyAnswered => "already_answered",
            Self::NothingPrepared => "nothing_prepared",
            Self::AnswerCount { .. } => "answer_count",
            Self::Choice { problem, .. } => match problem {
                ChoiceProblem::Nothing => "choice.nothing",
                ChoiceProblem::NotACandidate => "choice.not_a_candidate",
                ChoiceProblem::OnlyOne => "choice.only_one",
                ChoiceProblem::NotAsked => "choice.not_asked",
                ChoiceProblem::ClaimRequired => "choice.claim_required",
            },
            Self::WrongDeviceSignature { .. } => "wrong_device_signature",
            Self::NotPrintable => "not_printable",
            Self::RequestExpired { .. } => "request.expired",
            Self::RequestFromFuture { .. } => "request.from_future",
            Self::AsksForNothing => "request.asks_for_nothing",
            Self::NotForThisRequest => "not_for_this_request",
            Self::NoSuchRequest => "no_such_request",
            Self::WrongMessage { .. } => "wrong_message",
            Self::Malformed { .. } => "malformed",
            Self::OutOfBounds { .. } => "out_of_bounds",
            Self::NewerVersion { .. } => "newer_version",
            Self::BadSignature => "bad_signature",
            Self::Untrusted => "untrusted",
            Self::Outdated { .. } => "outdated",
            Self::TooFewSignatures { .. } => "too_few_signatures",
            Self::BuildsOnOther => "builds_on_other",
            Self::PublisherHeld => "publisher_held",
            #[cfg(feature = "vault")]
            Self::NoSuchRecord { .. } => "no_such_record",
            #[cfg(feature = "vault")]
            Self::WrongKind { .. } => "wrong_kind",
            #[cfg(feature = "vault")]
            Self::AlreadyHeld { .. } => "already_held",
            Self::OtherPhone => "other_phone",
            Self::NoDeviceKey => "no_device_key",
            Self::DeviceKeyTaken => "device_key_taken",
            Self::NoSuchClaim { .. } => "no_such_claim",
            Self::LastWay => "last_way",
            Self::NoFreeSlot => "no_free_slot",
            Self::SecretInUse => "secret_in_use",
            Self::NoRoomForDecoy => "no_room_for_decoy",
            Self::NoSuchWay { .. } => "no_such_way",
            Self::Card { problem } => problem.code(),
            Self::Backup { problem } => problem.code(),
            Self::Storage { problem } => match problem {
                StorageProblem::NotFound => "storage.not_found",
                StorageProblem::AlreadyExists => "storage.already_exists",
                StorageProblem::SeveralNames => "storage.several_names",
                StorageProblem::NotAVault => "storage.not_a_vault",
                StorageProblem::InUse => "storage.in_use",
                StorageProblem::ReadOnly => "storage.read_only",
                StorageProblem::DiskFull => "storage.disk_full",
                StorageProblem::Io => "storage.io",
            },
            Self::Damaged { .. } => "damaged",
            Self::Defect { .. } => "defect",
        }
    }

    pub(crate) fn malformed(what: &str, error: &impl std::fmt::Display) -> Self {
        Self::Malformed {
            what: what.to_owned(),
            reason: error.to_string(),
        }
    }

    /// The same error, but what was wrong is this way: with hardware in play, the vault cannot
    /// tell which of two secrets it was.
    #[cfg(feature = "vault")]
    pub(crate) fn tried(self, way: Way) -> Self {
        match self {
            Self::WrongSecret { .. } => Self::WrongSecret { way },
            other => other,
        }
    }

    pub(crate) fn too_many(what: &str, count: usize, most: usize) -> Self {
        Self::OutOfBounds {
            what: what.to_owned(),
            size: count as u64,
            least: 0,
            most: most as u64,
        }
    }

    fn choice(problem: ChoiceProblem, query: Option<usize>, path: Option<ClaimPath>) -> Self {
        Self::Choice {
            problem,
            query: query.and_then(|query| u32::try_from(query).ok()),
            path,
        }
    }
}

impl From<nansen::Error> for NansenError {
    fn from(error: nansen::Error) -> Self {
        use nansen::Error as Core;
        match error {
            Core::Credential(error) => error.into(),
            Core::Exchange(error) => error.into(),
            #[cfg(feature = "vault")]
            Core::Vault(error) => error.into(),
            #[cfg(feature = "vault")]
            Core::Folder { kind } => Self::Storage {
                problem: match kind {
                    std::io::ErrorKind::NotFound => StorageProblem::NotFound,
                    _ => StorageProblem::Io,
                },
            },
            #[cfg(feature = "vault")]
            Core::SeveralWallets => Self::SecretInUse,
            Core::UntrustedList | Core::UnknownPublisher => Self::Untrusted,
            Core::PublisherHeld => Self::PublisherHeld,
            Core::AlreadyAnswered => Self::AlreadyAnswered,
            Core::TooMany { what, count, limit } => Self::too_many(what, count, limit),
            Core::Stored { what } => Self::Damaged { part: what.into() },
            Core::ForeignDeviceKey => Self::OtherPhone,
            Core::NoDeviceKey => Self::NoDeviceKey,
            #[cfg(feature = "vault")]
            Core::AlreadyHeld { id } => Self::AlreadyHeld { id: id.into() },
            #[cfg(feature = "vault")]
            Core::OtherKind { id, .. } => Self::WrongKind { id: id.into() },
            Core::NotACandidate { query } => {
                Self::choice(ChoiceProblem::NotACandidate, Some(query), None)
            }
            Core::OnlyOne { query } => Self::choice(ChoiceProblem::OnlyOne, Some(query), None),
            Core::NotAsked { path } => {
                Self::choice(ChoiceProblem::NotAsked, None, Some(ClaimPath(path)))
            }
            Core::ClaimRequired { path } => {
                Self::choice(ChoiceProblem::ClaimRequired, None, Some(ClaimPath(path)))
            }
            Core::NothingChosen => Self::choice(ChoiceProblem::Nothing, None, None),
            Core::LivesTooLong { seconds, limit } => Self::OutOfBounds {
                what: "lifetime in seconds".into(),
                size: seconds.into(),
                least: 0,
                most: limit.unsigned_abs(),
            },
            Core::NotPrintable => Self::NotPrintable,
            Core::DeviceKeyTaken => Self::DeviceKeyTaken,
            Core::HandleLength { length, limit } => Self::OutOfBounds {
                what: "handle of a key in bytes".into(),
                size: length as u64,
                least: 1,
                most: limit as u64,
            },
            Core::SignatureCount { given, expected } => Self::AnswerCount {
                given: given as u64,
                expected: expected as u64,
            },
            Core::WrongDeviceSignature { place } => Self::WrongDeviceSignature {
                place: u32::try_from(place).unwrap_or(u32::MAX),
            },
            other => Self::Defect {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Credential> for NansenError {
    fn from(error: Credential) -> Self {
        match error {
            Credential::TooLarge { what, size, limit } => Self::too_many(what, size, limit),
            Credential::TooMany { what, count, limit } => Self::too_many(what, count, limit),
            Credential::BadSignature | Credential::KeyTypeMismatch { .. } => Self::BadSignature,
            Credential::UnknownRoot
            | Credential::OtherPublisher
            | Credential::RoleUnassigned { .. }
            | Credential::DigestMismatch { .. } => Self::Untrusted,
            Credential::ThresholdNotMet {
                valid, threshold, ..
            } => Self::TooFewSignatures {
                valid: u32::try_from(valid).unwrap_or(u32::MAX),
                threshold: u32::try_from(threshold).unwrap_or(u32::MAX),
            },
            Credential::OtherBase | Credential::VersionGap { .. } => Self::BuildsOnOther,
            Credential::VersionConflict { version } => Self::Outdated {
                offered: version,
                held: version,
            },
            Credential::Rollback { offered, held } => Self::Outdated { offered, held },
            Credential::NewerFormat { found, supported } => Self::NewerVersion { found, supported },
            Credential::NoSuchClaim { path } => Self::NoSuchClaim { path },
            Credential::InvalidKey => Self::malformed("key", &error),
            Credential::UnusableJson { .. } => Self::malformed("JSON", &error),
            other => Self::malformed("credential or list", &other),
        }
    }
}

impl From<Exchange> for NansenError {
    fn from(error: Exchange) -> Self {
        match error {
            Exchange::Credential(error) => error.into(),
            Exchange::RequestExpired { expired_at, .. } => Self::RequestExpired {
                at: expired_at.into(),
            },
            Exchange::RequestFromFuture { issued_at, .. } => Self::RequestFromFuture {
                at: issued_at.into(),
            },
            Exchange::AsksForNothing => Self::AsksForNothing,
            Exchange::NotForThisRequest | Exchange::NotOfThisMeeting => Self::NotForThisRequest,
            Exchange::TooMany { what, count, limit } => Self::too_many(what, count, limit),
            Exchange::TooLong {
                what,
                length,
                limit,
            } => Self::too_many(what, length, limit),
            Exchange::TextTooLong { length, limit } => Self::too_many("text", length, limit),
            Exchange::MessageTooLong { length, limit } => Self::too_many("message", length, limit),
            Exchange::RequestLifetime { seconds, limit } => Self::OutOfBounds {
                what: "lifetime in seconds".into(),
                size: seconds.unsigned_abs(),
                least: 1,
                most: limit.unsigned_abs(),
            },
            Exchange::PictureMeasure {
                what,
                value,
                least,
                limit,
            } => Self::OutOfBounds {
                what: what.into(),
                size: value as u64,
                least: least as u64,
                most: limit as u64,
            },
            Exchange::NotJson { .. } => Self::malformed("JSON", &error),
            Exchange::NotARequest
            | Exchange::RequestVersion { .. }
            | Exchange::UnknownField { .. } => Self::malformed("request", &error),
            other => Self::malformed("message", &other),
        }
    }
}

#[cfg(feature = "vault")]
impl From<Vault> for NansenError {
    fn from(error: Vault) -> Self {
        let storage = |problem| Self::Storage { problem };
        let card = |problem| Self::Card { problem };
        let backup = |problem| Self::Backup { problem };
        match error {
            Vault::NotFound => storage(StorageProblem::NotFound),
            Vault::AlreadyExists => storage(StorageProblem::AlreadyExists),
            Vault::SeveralNames { .. } => storage(StorageProblem::SeveralNames),
            Vault::NotAVault => storage(StorageProblem::NotAVault),
            Vault::InUse => storage(StorageProblem::InUse),
            Vault::ReadOnly => storage(StorageProblem::ReadOnly),
            Vault::DiskFull => storage(StorageProblem::DiskFull),
            Vault::Io { .. } => storage(StorageProblem::Io),
            Vault::NewerVersion { found, supported } => Self::NewerVersion {
                found: found.into(),
                supported: supported.into(),
            },
            Vault::NewerBackup { found, supported } | Vault::NewerShare { found, supported } => {
                Self::NewerVersion {
                    found: found.into(),
                    supported: supported.into(),
                }
            }
            Vault::ShareAltered | Vault::ShareLength { .. } => card(CardProblem::Altered),
            Vault::ShareOfOtherSet => card(CardProblem::OtherSet),
            Vault::ShareRepeated { .. } => card(CardProblem::Repeated),
            Vault::TooFewShares { .. } => card(CardProblem::TooFew),
            Vault::SharesContradict => card(CardProblem::Contradict),
            Vault::NotABackup => backup(BackupProblem::NotABackup),
            Vault::BackupCutShort { .. } => backup(BackupProblem::CutShort),
            Vault::BackupNeedsPassphrase => backup(BackupProblem::NeedsPassphrase),
            Vault::BackupNeedsRecoveryCode => backup(BackupProblem::NeedsCode),
            Vault::BackupOutOfChain { .. } => backup(BackupProblem::OutOfChain),
            Vault::OtherVaultsBackup => backup(BackupProblem::OtherVault),
            Vault::NothingToResume => backup(BackupProblem::NothingToContinue),
            Vault::Damaged { part } => Self::Damaged {
                part: part.to_string(),
            },
            Vault::ExcessiveWork { .. } => Self::Damaged {
                part: error.to_string(),
            },
            Vault::WrongPassphrase => Self::WrongSecret {
                way: Way::Passphrase,
            },
            Vault::WrongRecoveryCode => Self::WrongSecret {
                way: Way::RecoveryCode,
            },
            Vault::WrongShares => Self::WrongSecret {
                way: Way::Guardians,
            },
            Vault::WrongPlatformKey => Self::WrongSecret { way: Way::Hardware },
            Vault::LastWay => Self::LastWay,
            Vault::NoFreeSlot => Self::NoFreeSlot,
            Vault::TooManyAttempts { seconds } => Self::TooManyAttempts { seconds },
            // The wallet locks as this is said.
            Vault::TooManyProofs => Self::Locked,
            Vault::SecretInUse => Self::SecretInUse,
            Vault::NoRoomForDecoy => Self::NoRoomForDecoy,
            Vault::NoSuchWay(way) => Self::NoSuchWay {
                way: Way::known(way),
            },
            Vault::SlotUnknown => Self::NoSuchWay { way: None },
            Vault::RecoveryCodeMistyped | Vault::RecoveryCodeLength { .. } => {
                Self::RecoveryCodeMistyped
            }
            Vault::WeakKdf { memory_kib, passes }
                if memory_kib >= nansen::vault::limits::KDF_MEMORY_FLOOR_KIB =>
            {
                Self::OutOfBounds {
                    what: "key derivation passes".into(),
                    size: passes.into(),
                    least: nansen::vault::limits::KDF_PASSES_FLOOR.into(),
                    most: nansen::vault::limits::KDF_PASSES.into(),
                }
            }
            Vault::WeakKdf { memory_kib, .. } => Self::OutOfBounds {
                what: "key derivation memory in KiB".into(),
                size: memory_kib.into(),
                least: nansen::vault::limits::KDF_MEMORY_FLOOR_KIB.into(),
                most: nansen::vault::limits::KDF_MEMORY_KIB.into(),
            },
            Vault::OutOfBounds {
                field,
                size,
                least,
                most,
            } => Self::OutOfBounds {
                what: field.to_string(),
                size,
                least,
                most,
            },
            Vault::DocumentNotOpen | Vault::BackupNotOpen => Self::Ended,
            Vault::NotALabel => Self::malformed("label", &error),
            Vault::NoSuchRecord(id) => Self::NoSuchRecord { id: id.into() },
            Vault::IsADocument(id) | Vault::NotADocument(id) => Self::WrongKind { id: id.into() },
            other => Self::Defect {
                reason: other.to_string(),
            },
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase",
            Self::RecoveryCode => "recovery code",
            Self::Hardware => "hardware secret",
            Self::PassphraseAndHardware => "passphrase or hardware secret",
            Self::Guardians => "set of guardian cards",
        })
    }
}

impl std::fmt::Display for HardwareOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "cancelled",
            Self::Locked => "locked",
            Self::Invalidated => "invalidated",
            Self::Unavailable => "unavailable",
            Self::NotPresent => "not present",
        })
    }
}

/// What a mutex guards, even after a panic under it: every guarded state is whole at all times.
pub(crate) fn unpoisoned<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
