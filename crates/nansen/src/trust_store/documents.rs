//! What a wallet has to write of a store: each list that came alone and each pack, as a document.

use std::borrow::Cow;

use nansen_credential::pack::Pack;
use nansen_credential::trust::Edition;

use super::TrustStore;
use super::stored::Stored;
use crate::Error;

/// A list or pack to write.
pub(crate) struct Document<'a> {
    /// What it is.
    pub(crate) kind: Stored,
    /// The same for two versions of it.
    pub(crate) name: String,
    /// When it was signed, unix seconds.
    pub(crate) signed_at: i64,
    /// No two documents have the same.
    pub(crate) digest: [u8; 32],
    content: Content<'a>,
}

enum Content<'a> {
    Bytes(&'a [u8]),
    Pack(&'a Pack),
}

impl Document<'_> {
    /// The list as received, or the pack in its own form.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self.content {
            Content::Bytes(bytes) => Cow::Borrowed(bytes),
            Content::Pack(pack) => Cow::Owned(pack.to_bytes()),
        }
    }
}

impl TrustStore {
    /// Everything that is a document, packs last: what was kept of one that went is written first.
    pub(crate) fn documents(&self) -> Vec<Document<'_>> {
        let of_edition = |edition: &Edition| format!("{} {}", edition.id, edition.authority);
        let mut documents = Vec::new();
        documents.extend(self.trust_lists.iter().map(|held| Document {
            kind: Stored::TrustList,
            name: of_edition(held.list.edition()),
            signed_at: held.list.issued_at(),
            digest: held.digest,
            content: Content::Bytes(&held.bytes),
        }));
        documents.extend(self.verifier_lists.iter().map(|held| Document {
            kind: Stored::VerifierList,
            name: of_edition(held.list.edition()),
            signed_at: held.list.content().issued_at,
            digest: held.digest,
            content: Content::Bytes(&held.bytes),
        }));
        documents.extend(self.status_lists.iter().map(|held| {
            let signer = self.signer(&held.list).map(ToString::to_string);
            Document {
                kind: Stored::StatusList,
                name: format!("{} {}", held.list.uri, signer.unwrap_or_default()),
                signed_at: held.list.issued_at,
                digest: held.digest,
                content: Content::Bytes(&held.bytes),
            }
        }));
        documents.extend(self.packs.iter().map(|held| {
            let manifest = held.pack.manifest();
            Document {
                kind: Stored::Pack,
                name: format!("{} of {}", manifest.id, manifest.publisher),
                signed_at: manifest.issued_at,
                digest: manifest.digest,
                content: Content::Pack(&held.pack),
            }
        }));
        documents
    }
}

impl Stored {
    /// What a document with these bytes has as its digest.
    ///
    /// # Errors
    /// Those of [`Pack::preview`].
    pub(crate) fn digest(self, bytes: &[u8]) -> Result<[u8; 32], Error> {
        use sha2::{Digest, Sha256};
        match self {
            Self::Pack => Ok(Pack::preview(bytes)?.manifest.digest),
            _ => Ok(Sha256::digest(bytes).into()),
        }
    }
}
