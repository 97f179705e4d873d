//! The keys of an unlocked vault, one per purpose, derived once by HKDF-SHA256 (RFC 5869).
//!
//! ```text
//! purpose key = HKDF(salt = vault id, ikm = vault key, info = "nansen-vault 1 " || purpose)
//! ```
//! and the associated data that ties a ciphertext to its place:
//! ```text
//! "nansen-vault" (12) || format (1) || part (1) || vault id (16) || place (16)
//! ```
//! where the place is a record id, or the number of a manifest place with zeros before it.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    record::RecordId,
    seal::{MacKey, SealKey},
    secret::SecretKey,
};

const LABEL: &[u8; 12] = b"nansen-vault";
const FORMAT: u8 = 1;
/// Bytes of associated data.
pub(crate) const AAD: usize = 46;

/// What a ciphertext is, in its associated data.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Sealed {
    Slot = 1,
    Manifest = 2,
    Summary = 3,
    Body = 4,
    Chunk = 5,
}

/// Associated data of a part at a place in a vault. For slots the file id stands in for the vault id.
pub(crate) fn aad(part: Sealed, vault: &[u8; 16], place: &[u8; 16]) -> [u8; AAD] {
    let mut aad = [0; AAD];
    let head = LABEL.iter().copied().chain([FORMAT, part as u8]);
    for (place, byte) in aad.iter_mut().zip(head.chain(*vault).chain(*place)) {
        *place = byte;
    }
    aad
}

/// Place of a slot or a manifest among its like, in associated data.
pub(crate) fn numbered(place: u8) -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Some(last) = bytes.last_mut() {
        *last = place;
    }
    bytes
}

/// The keys that an unlocked vault works with. Wiped when dropped, part by part.
pub(crate) struct Keys {
    vault: [u8; 16],
    pub(crate) manifest: SealKey,
    pub(crate) summary: SealKey,
    pub(crate) body: SealKey,
    /// Recognises the vault's own rows.
    ids: MacKey,
    /// Recognises those that were put aside (`rescue.rs`).
    quarantine: MacKey,
    /// Elements of the manifest's set hash.
    pub(crate) versions: MacKey,
    /// Seed of a document to the key of its chunks.
    documents: MacKey,
}

impl Keys {
    pub(crate) fn derive(vault_key: &SecretKey, vault: [u8; 16]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(&vault), vault_key.reveal());
        let purpose = |name: &str| {
            let mut key = SecretKey::zeros();
            // Fails only above 255 x 32 bytes of output; these are 32.
            let derived =
                hkdf.expand_multi_info(&[b"nansen-vault 1 ", name.as_bytes()], key.reveal_mut());
            debug_assert!(derived.is_ok());
            key
        };
        Self {
            vault,
            manifest: SealKey::new(purpose("manifest")),
            summary: SealKey::new(purpose("summary")),
            body: SealKey::new(purpose("body")),
            ids: MacKey::new(&purpose("record id")),
            quarantine: MacKey::new(&purpose("quarantined record id")),
            versions: MacKey::new(&purpose("record version")),
            documents: MacKey::new(&purpose("document chunk")),
        }
    }

    /// Associated data of a part of this vault.
    pub(crate) fn aad(&self, part: Sealed, place: &[u8; 16]) -> [u8; AAD] {
        aad(part, &self.vault, place)
    }

    /// The id that belongs to eight random bytes.
    pub(crate) fn id(&self, random: [u8; 8]) -> RecordId {
        tagged(&self.ids, random)
    }

    /// The id under which the row of a record stands once it was put aside.
    pub(crate) fn quarantined(&self, id: RecordId) -> RecordId {
        tagged(&self.quarantine, id.key().to_be_bytes())
    }

    /// Whether a row is this vault's and was put aside.
    pub(crate) fn has_quarantined(&self, id: RecordId) -> bool {
        self.quarantined(id) == id
    }

    /// Whether a row is this vault's.
    pub(crate) fn owns(&self, id: RecordId) -> bool {
        self.id(id.key().to_be_bytes()) == id
    }

    /// Key of the chunks of the document with this seed.
    pub(crate) fn document(&self, seed: &[u8; 32]) -> SealKey {
        SealKey::new(SecretKey::copied(&Zeroizing::new(
            self.documents.mac(&[seed]),
        )))
    }
}

/// The random half of an id, and the half that whoever has the key can recompute.
fn tagged(key: &MacKey, random: [u8; 8]) -> RecordId {
    let mac = key.mac(&[&random]);
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().zip(random.iter().chain(&mac)) {
        *place = *byte;
    }
    RecordId::new(id)
}
