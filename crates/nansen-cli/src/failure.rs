//! What can go wrong in a command: one sentence for people, one stable code for scripts, one
//! exit code.

use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// The wallet, verifier or trust store refused.
    #[error(transparent)]
    Nansen(#[from] nansen::Error),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] nansen_vault::Error),
    /// A credential, list or key is not as it must be.
    #[error(transparent)]
    Credential(#[from] nansen_credential::Error),
    /// A request, answer or code is not as it must be.
    #[error(transparent)]
    Exchange(#[from] nansen_exchange::Error),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A vault could not be opened.
    #[error("{}: {source}", path.display())]
    OpenVault {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: nansen_vault::Error,
    },
    /// Output could not be written.
    #[error("output: {0}")]
    Output(io::Error),
    /// A file is larger than its limit.
    #[error("{}: more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// A picture is larger than its limit.
    #[error("{}: {width} x {height} pixels, more than {limit} in all", path.display())]
    PictureTooLarge {
        /// The file.
        path: PathBuf,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// The limit, in pixels.
        limit: u64,
    },
    /// More files, lines or frames than the limit.
    #[error("{}: more than {limit} {what}", path.display())]
    TooMany {
        /// The file or folder.
        path: PathBuf,
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A picture file is damaged or uses what this program does not read.
    #[error("{}: {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// A file is not the JSON that is expected.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Line, column and field.
        source: serde_json::Error,
    },
    /// A table without a column that it must have, or with one that is no name of a claim.
    #[error("column \"{column}\" {reason}")]
    Column {
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A field of a claim file or an argument has a value that cannot be used.
    #[error("{field}: {reason}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Something is wrong in one place: a file, or an entry of one.
    #[error("{place}: {source}")]
    At {
        /// The place.
        place: String,
        /// What is wrong there.
        source: Box<Self>,
    },
    /// A file is neither a root statement nor what else the command takes.
    #[error(
        "{}: not made by `nansen root init`, `root rotate` or `pack build` ({source})",
        path.display()
    )]
    NotAStatement {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read as one.
        source: nansen_credential::Error,
    },
    /// A key that is not asked to sign: its signature would count for nothing.
    #[error("this desk's key {key} is none of those that sign {what}: nothing was signed")]
    KeyNotAsked {
        /// The key.
        key: String,
        /// What it would sign, and whose keys count.
        what: String,
    },
    /// A list in a pack that no phone would take with the signature of one desk.
    #[error(
        "list {list}: by the root, {threshold} of {keys} keys sign it for {role}, and this \
         desk's only key, {key}, is {}one of them. The desk that builds a pack signs its lists \
         alone: build at a desk of that role, and give the role a threshold of 1 \
         (`nansen root rotate`)",
        if *is_member { "" } else { "not " }
    )]
    ListQuorum {
        /// The id of the list.
        list: String,
        /// Whose word it is.
        role: &'static str,
        /// How many keys must sign.
        threshold: usize,
        /// How many keys the role has.
        keys: usize,
        /// The key of the desk.
        key: String,
        /// Whether the role has it.
        is_member: bool,
    },
    /// Nothing in the pictures or texts is a code of this program.
    #[error(
        "{}: no code of this program (pictures or lines read: {read})",
        listed(paths)
    )]
    NoCode {
        /// The files and folders.
        paths: Vec<PathBuf>,
        /// How many pictures and lines were read.
        read: usize,
    },
    /// Codes of a message are missing.
    #[error("{received} of {needed} codes were read; show the others too")]
    CodesMissing {
        /// Distinct codes read.
        received: usize,
        /// Codes needed.
        needed: usize,
    },
    /// The message is of another kind than the command takes.
    #[error("expected {expected}, found {found}")]
    WrongKind {
        /// The kinds that the command takes.
        expected: &'static str,
        /// The kind found.
        found: &'static str,
    },
    /// No way to ask for the passphrase.
    #[error(
        "no passphrase: there is no terminal to ask on, and neither --passphrase-fd nor NANSEN_PASSPHRASE is given"
    )]
    NoPassphrase,
    /// The two entries of a new passphrase differ.
    #[error("the two entries of the new passphrase differ")]
    PassphrasesDiffer,
    /// Nothing of that name is trusted.
    #[error("no {what} {name} is trusted here: `nansen trust list` names all that is")]
    NotTrusted {
        /// A root, a publisher or a pack.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Nothing to check.
    #[error(
        "{}: no file to check (folders inside, not looked into: {folders})",
        listed(paths)
    )]
    NoFiles {
        /// What was looked into.
        paths: Vec<PathBuf>,
        /// Folders in it.
        folders: usize,
    },
    /// The vault holds no desk.
    #[error("this vault is no issuing desk: make one with `nansen issuer init`")]
    NotADesk,
    /// The vault holds a desk already.
    #[error("this vault is a desk already")]
    AlreadyADesk,
    /// The desk has no key for this.
    #[error("this desk has no {what}")]
    DeskLacks {
        /// What it lacks.
        what: &'static str,
    },
    /// The desk's own records do not make sense.
    #[error("the desk's {what} is damaged")]
    DeskDamaged {
        /// Which record.
        what: &'static str,
    },
    /// The desk does not issue this type.
    #[error("this desk does not issue the type {vct:?}")]
    TypeNotIssued {
        /// The type.
        vct: String,
    },
    /// The place in a status list is taken.
    #[error("place {index} of status list {list} is taken")]
    StatusTaken {
        /// The number of the list.
        list: u64,
        /// The place.
        index: u64,
    },
    /// No credential was issued under this id or place.
    #[error("no credential {0} was issued here")]
    NotIssued(String),
    /// A printable copy does not fit one code.
    #[error("a code of version {version_max} is too small for {length} bytes")]
    TooLongForOneCode {
        /// Bytes of the message.
        length: usize,
        /// Largest version allowed.
        version_max: u8,
    },
    /// Nothing of what is held answers the request.
    #[error("nothing in this wallet answers the request")]
    NothingToShow,
    /// The holder said no.
    #[error("the holder declined")]
    Declined,
    /// A question without anybody to ask.
    #[error("there is no terminal to ask on: say what to do by --show and --yes")]
    NobodyToAsk,
    /// A step of the demonstration came out otherwise than it must.
    #[error("the demonstration went wrong at: {step}")]
    Demo {
        /// The step.
        step: &'static str,
    },
}

/// The result of a command or a part of one.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// For `map_err` on anything done with a file.
    pub(crate) fn file(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File { path, source }
    }

    /// For `map_err` on anything done with one file, or one entry of it.
    pub(crate) fn at<E: Into<Self>>(place: impl ToString) -> impl FnOnce(E) -> Self {
        let place = place.to_string();
        move |source| Self::At {
            place,
            source: Box::new(source.into()),
        }
    }

    /// For `map_err` on the opening of a vault, which does not know its own name.
    pub(crate) fn vault_at<E: Into<Self>>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |error| match error.into() {
            Self::Vault(source) | Self::Nansen(nansen::Error::Vault(source)) => {
                Self::OpenVault { path, source }
            }
            other => other,
        }
    }

    /// The stable code: that of the bindings, for what they know too.
    pub(crate) fn code(&self) -> &'static str {
        if let Some(code) = self.vault().and_then(vault_code) {
            return code;
        }
        match self {
            Self::Nansen(error) => nansen_code(error),
            Self::Vault(_) | Self::OpenVault { .. } => "vault",
            Self::Credential(error) => credential_code(error),
            Self::Exchange(error) => exchange_code(error),
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "file_not_found",
                io::ErrorKind::AlreadyExists => "file_exists",
                _ => "file",
            },
            Self::Output(_) => "output",
            Self::TooLarge { .. } | Self::PictureTooLarge { .. } | Self::TooMany { .. } => {
                "too_large"
            }
            Self::Picture { .. } => "picture",
            Self::Json { .. } => "json",
            Self::Column { .. } => "column",
            Self::Field { .. } => "field",
            Self::At { source, .. } => source.code(),
            Self::NotAStatement { .. } => "not_a_statement",
            Self::KeyNotAsked { .. } => "key_not_asked",
            Self::ListQuorum { .. } => "list_quorum",
            Self::NoCode { .. } => "no_code",
            Self::CodesMissing { .. } => "codes_missing",
            Self::WrongKind { .. } => "wrong_kind",
            Self::NotTrusted { .. } => "not_trusted",
            Self::NoFiles { .. } => "no_files",
            Self::NoPassphrase => "no_passphrase",
            Self::PassphrasesDiffer => "passphrases_differ",
            Self::NotADesk => "not_a_desk",
            Self::AlreadyADesk => "already_a_desk",
            Self::DeskLacks { .. } => "desk_lacks",
            Self::DeskDamaged { .. } => "damaged",
            Self::TypeNotIssued { .. } => "type_not_issued",
            Self::StatusTaken { .. } => "status_taken",
            Self::NotIssued(_) => "not_issued",
            Self::TooLongForOneCode { .. } => "too_long_for_one_code",
            Self::NothingToShow => "nothing_to_show",
            Self::Declined => "declined",
            Self::NobodyToAsk => "nobody_to_ask",
            Self::Demo { .. } => "demo",
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self.code() {
            "wrong_passphrase" | "wrong_recovery_code" | "wrong_cards" | "too_many_attempts" => {
                Exit::WrongPassphrase
            }
            "in_use" => Exit::InUse,
            "damaged" => Exit::Damaged,
            "declined" | "nothing_to_show" => Exit::Declined,
            _ => Exit::Failed,
        }
    }

    fn vault(&self) -> Option<&nansen_vault::Error> {
        match self {
            Self::Vault(error)
            | Self::OpenVault { source: error, .. }
            | Self::Nansen(nansen::Error::Vault(error)) => Some(error),
            Self::At { source, .. } => source.vault(),
            _ => None,
        }
    }
}

/// The first of some files, and how many others there are.
fn listed(paths: &[PathBuf]) -> String {
    match paths {
        [] => "no file".to_owned(),
        [path] => path.display().to_string(),
        [path, others @ ..] => format!("{} and {} others", path.display(), others.len()),
    }
}

fn nansen_code(error: &nansen::Error) -> &'static str {
    use nansen::Error;
    match error {
        Error::Credential(error) => credential_code(error),
        Error::Exchange(error) => exchange_code(error),
        Error::UntrustedList | Error::UnknownPublisher => "untrusted",
        Error::PublisherHeld => "publisher_held",
        Error::AlreadyAnswered => "already_answered",
        Error::TooMany { .. } | Error::LivesTooLong { .. } | Error::HandleLength { .. } => {
            "out_of_bounds"
        }
        Error::Stored { .. } => "damaged",
        Error::ForeignDeviceKey => "other_phone",
        Error::NoDeviceKey => "no_device_key",
        Error::DeviceKeyTaken => "device_key_taken",
        Error::AlreadyHeld { .. } => "already_held",
        Error::OtherKind { .. } => "wrong_kind",
        Error::NotACandidate { .. } => "choice.not_a_candidate",
        Error::OnlyOne { .. } => "choice.only_one",
        Error::NotAsked { .. } => "choice.not_asked",
        Error::ClaimRequired { .. } => "choice.claim_required",
        Error::NothingChosen => "choice.nothing",
        Error::NotPrintable => "not_printable",
        Error::SignatureCount { .. } => "answer_count",
        Error::WrongDeviceSignature { .. } => "wrong_device_signature",
        _ => "nansen",
    }
}

fn credential_code(error: &nansen_credential::Error) -> &'static str {
    use nansen_credential::Error;
    match error {
        Error::TooLarge { .. } | Error::TooMany { .. } => "out_of_bounds",
        Error::BadSignature | Error::KeyTypeMismatch { .. } => "bad_signature",
        Error::UnknownRoot
        | Error::OtherPublisher
        | Error::RoleUnassigned { .. }
        | Error::DigestMismatch { .. } => "untrusted",
        Error::ThresholdNotMet { .. } => "too_few_signatures",
        Error::OtherBase | Error::VersionGap { .. } => "builds_on_other",
        Error::VersionConflict { .. } | Error::Rollback { .. } => "outdated",
        Error::NewerFormat { .. } => "newer_version",
        Error::NoSuchClaim { .. } => "no_such_claim",
        _ => "malformed",
    }
}

fn exchange_code(error: &nansen_exchange::Error) -> &'static str {
    use nansen_exchange::Error;
    match error {
        Error::Credential(error) => credential_code(error),
        Error::RequestExpired { .. } => "request.expired",
        Error::RequestFromFuture { .. } => "request.from_future",
        Error::AsksForNothing => "request.asks_for_nothing",
        Error::NotForThisRequest | Error::NotOfThisMeeting => "not_for_this_request",
        Error::TooMany { .. }
        | Error::TooLong { .. }
        | Error::TextTooLong { .. }
        | Error::MessageTooLong { .. }
        | Error::RequestLifetime { .. }
        | Error::PictureMeasure { .. } => "out_of_bounds",
        _ => "malformed",
    }
}

fn vault_code(error: &nansen_vault::Error) -> Option<&'static str> {
    use nansen_vault::Error;
    match error {
        Error::WrongPassphrase => Some("wrong_passphrase"),
        Error::WrongRecoveryCode
        | Error::RecoveryCodeMistyped
        | Error::RecoveryCodeLength { .. } => Some("wrong_recovery_code"),
        Error::InUse => Some("in_use"),
        Error::OutOfBounds { .. } => Some("out_of_bounds"),
        Error::Damaged { .. } | Error::NotAVault => Some("damaged"),
        Error::NotFound => Some("file_not_found"),
        Error::AlreadyExists => Some("file_exists"),
        Error::NewerVersion { .. } => Some("newer_version"),
        Error::ReadOnly => Some("read_only"),
        Error::DiskFull => Some("disk_full"),
        Error::NoSuchRecord(_) => Some("no_such_record"),
        Error::SlotUnknown => Some("slot_unknown"),
        Error::TooManyAttempts { .. } | Error::TooManyProofs => Some("too_many_attempts"),
        Error::SecretInUse => Some("secret_in_use"),
        Error::SeveralNames { .. } => Some("several_names"),
        Error::WrongShares
        | Error::ShareAltered
        | Error::ShareLength { .. }
        | Error::ShareOfOtherSet
        | Error::ShareRepeated { .. }
        | Error::TooFewShares { .. }
        | Error::SharesContradict => Some("wrong_cards"),
        Error::NewerShare { .. } | Error::NewerBackup { .. } => Some("newer_version"),
        Error::NotABackup => Some("not_a_backup"),
        Error::BackupCutShort { .. } => Some("backup_cut_short"),
        Error::BackupNeedsPassphrase => Some("backup_needs_passphrase"),
        Error::BackupNeedsRecoveryCode => Some("backup_needs_code"),
        Error::BackupOutOfChain { .. } => Some("backup_out_of_chain"),
        Error::OtherVaultsBackup => Some("other_vaults_backup"),
        Error::NothingToResume => Some("nothing_to_resume"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use nansen_credential::Error as Refused;

    use super::*;

    #[test]
    fn refusals_of_packs_and_lists_are_told_apart_by_the_names_of_the_bindings() {
        let code = |refused: Refused| Failure::Nansen(refused.into()).code();
        let (offered, held) = (1, 2);
        assert_eq!(code(Refused::Rollback { offered, held }), "outdated");
        assert_eq!(code(Refused::VersionConflict { version: 1 }), "outdated");
        assert_eq!(code(Refused::OtherBase), "builds_on_other");
        assert_eq!(code(Refused::UnknownRoot), "untrusted");
        let (what, missing) = ("pack", 9);
        assert_eq!(code(Refused::CutOff { what, missing }), "malformed");
        let held = Failure::Nansen(nansen::Error::PublisherHeld);
        assert_eq!(held.code(), "publisher_held");
        let damaged = Failure::Nansen(nansen::Error::Stored { what: "trust" });
        assert_eq!((damaged.code(), damaged.exit()), ("damaged", Exit::Damaged));
    }
}
