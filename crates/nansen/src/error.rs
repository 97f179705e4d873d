//! What can be wrong, by blame.

use nansen_credential::ClaimPath;

/// An error of this crate. Numbers and names only: no claim value, no key, no secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A credential, key or list is not as it must be.
    #[error(transparent)]
    Credential(#[from] nansen_credential::Error),
    /// A request, an answer or a code is not as it must be.
    #[error(transparent)]
    Exchange(#[from] nansen_exchange::Error),
    /// The vault refused or failed.
    #[cfg(feature = "vault")]
    #[error(transparent)]
    Vault(#[from] nansen_vault::Error),

    /// A folder of wallets cannot be read.
    #[cfg(feature = "vault")]
    #[error("the folder of wallets cannot be read: {kind}")]
    Folder {
        /// Why, by the operating system.
        kind: std::io::ErrorKind,
    },
    /// A secret that opens the wallets of several people, of which none was opened.
    #[cfg(feature = "vault")]
    #[error("the secret opens several wallets")]
    SeveralWallets,
    /// The list is signed by nobody that this store trusts.
    #[error("no root or trust list here vouches for the signer of this list")]
    UntrustedList,
    /// A pack or list of a publisher whose root is not here.
    #[error("no publisher that is trusted here signed this")]
    UnknownPublisher,
    /// Another root statement of a publisher that is trusted already: only its own quorum can
    /// replace it, by a rotation.
    #[error("this publisher is trusted already under another root statement")]
    PublisherHeld,
    /// The request was answered before.
    #[error("this request was answered already")]
    AlreadyAnswered,
    /// More of something than is kept.
    #[error("{count} {what}, at most {limit} are kept")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many there would be.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Bytes that this program did not write, or wrote and somebody changed.
    #[error("stored {what} is damaged")]
    Stored {
        /// What.
        what: &'static str,
    },

    /// The credential to import is bound to a device key that does not wait here: it is another
    /// wallet's, or another credential uses it.
    #[error("the credential is bound to a device key that does not wait in this wallet")]
    ForeignDeviceKey,
    /// The credential is bound to no device key: it can be printed, not presented.
    #[error("the credential is bound to no device key: nobody can show that it is theirs")]
    NoDeviceKey,
    /// A device key that waits for its credential already, or that a credential here is bound
    /// to: each credential has a key of its own.
    #[error("this device key is here already")]
    DeviceKeyTaken,
    /// A handle of a key in hardware that is empty or too long.
    #[error("a handle of {length} bytes, 1 to {limit} are kept")]
    HandleLength {
        /// Its bytes.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A device key is in the phone's hardware: prepare, have it sign, complete.
    #[error("{signatures} signatures of this phone's hardware are needed")]
    NeedsHardware {
        /// How many signatures.
        signatures: usize,
    },
    /// More or fewer signatures than were asked for.
    #[error("{given} signatures for {expected} that were asked for")]
    SignatureCount {
        /// How many there are.
        given: usize,
        /// How many were asked for.
        expected: usize,
    },
    /// A signature that is not the device key's over what was prepared.
    #[error("signature {place} is not of the device key over what was prepared")]
    WrongDeviceSignature {
        /// Its place among the signatures, from 0.
        place: usize,
    },
    /// The credential is here already.
    #[cfg(feature = "vault")]
    #[error("this credential is here already, as record {id}")]
    AlreadyHeld {
        /// Its record.
        id: nansen_vault::RecordId,
    },
    /// The record is of another kind than the call needs.
    #[cfg(feature = "vault")]
    #[error("record {id} is no {expected}")]
    OtherKind {
        /// The record.
        id: nansen_vault::RecordId,
        /// The kind that the call needs.
        expected: &'static str,
    },
    /// The chosen credential does not answer that part of the request.
    #[error("the credential does not answer credential query {query}")]
    NotACandidate {
        /// Place of the credential query in the request.
        query: usize,
    },
    /// More than one credential was chosen for a query that asks for one.
    #[error("credential query {query} asks for one credential")]
    OnlyOne {
        /// Place of the credential query in the request.
        query: usize,
    },
    /// A one-way presentation may not live that long: no verifier would take it.
    #[error("a one-way presentation of {seconds} seconds, at most {limit} are allowed")]
    LivesTooLong {
        /// Seconds asked for.
        seconds: u32,
        /// The limit in seconds.
        limit: i64,
    },
    /// A claim was chosen that the request does not ask for.
    #[error("the request does not ask for {path}")]
    NotAsked {
        /// The claim.
        path: ClaimPath,
    },
    /// A claim was left out without which the answer is none.
    #[error("the request cannot be answered without {path}")]
    ClaimRequired {
        /// The claim.
        path: ClaimPath,
    },
    /// Nothing was chosen.
    #[error("nothing was chosen to be shown")]
    NothingChosen,
    /// The credential cannot be printed: it has redactable claims or a device key.
    #[error("only a credential without redactable claims and device key can be printed")]
    NotPrintable,
}

impl Error {
    /// Whether a stored list is refused only because a newer one took its place, or because the
    /// trust list that vouched for it changed: nothing is damaged then.
    pub(crate) const fn is_superseded(&self) -> bool {
        use nansen_credential::Error as Credential;
        matches!(
            self,
            Self::UntrustedList
                | Self::UnknownPublisher
                | Self::Credential(
                    Credential::Rollback { .. }
                        | Credential::UnknownRoot
                        | Credential::ThresholdNotMet { .. }
                        | Credential::RoleUnassigned { .. }
                        | Credential::VersionConflict { .. }
                        | Credential::BadSignature
                        | Credential::KeyTypeMismatch { .. }
                )
        )
    }
}
