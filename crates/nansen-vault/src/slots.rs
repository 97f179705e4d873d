//! The key slots: the vault key, wrapped once per way to unlock.
//!
//! ```text
//! version (1) = 1 || file id (16)
//! salt (32) || memory KiB (4) || passes (4) || lanes (4)      Argon2id, for every passphrase of the file
//! 16 x slot (104) = nonce (24) || sealed (64) || tag (16)
//! checksum (32) = SHA-256 of all the above
//!
//! sealed slot = vault key (32) || vault id (16) || manifest place (1) || way (1) || share (14)
//! slot key    = HKDF-SHA256(salt = file id, ikm, info = "nansen-vault 1 " || label)
//! ```
//! | way | ikm | label |
//! |---|---|---|
//! | 1 passphrase | Argon2id output (32) | "passphrase slot" |
//! | 2 recovery code | recovery secret (20) | "recovery slot" |
//! | 3 platform | platform secret (32) | "platform slot" |
//! | 4 both | Argon2id output (32), platform secret (32) | "passphrase and platform slot" |
//! | 5 guardians | what their shares give together (32) | "guardians slot" |
//!
//! The way is 128 higher in a slot that wipes: it holds another vault's key than the one whose slot it is,
//! and who opens it opens that vault after everything else is wiped (`decoy.rs`). The share
//! (`share.rs`) says which slots and rows are the vault's; zeros in a file made before there were any.
//!
//! Unused slots hold random bytes, and no way to unlock leaves a mark in clear. All passphrases of a
//! file share one salt and one cost: so a wrong passphrase, a right one and one that opens another
//! vault of the same file all cost exactly one run of Argon2id and sixteen trial decryptions. A salt
//! per slot would cost sixteen runs, or tell which slots are used. So salt and cost stay for good where
//! another vault may rest on them, which is in every file with shares.
//!
//! The checksum is no protection, only the difference between a wrong passphrase and a damaged table.

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Part, Result},
    kdf::{self, KdfParams},
    keys::{self, Sealed},
    limits::{KEY_SLOTS, MANIFEST_PLACES},
    seal::{NONCE, SealKey, TAG},
    secret::SecretKey,
    share::Share,
    ways::{Unlock, Way},
};

const VERSION: u8 = 1;
const CONTENT: usize = 64;
const SLOT: usize = NONCE + CONTENT + TAG;
const CHECKSUM: usize = 32;
/// What the way of a slot that wipes is higher by.
pub(crate) const WIPES: u8 = 128;
/// Bytes of an encoded table.
pub(crate) const TABLE: usize = 1 + 16 + 32 + 12 + KEY_SLOTS * SLOT + CHECKSUM;

/// What a slot yields to the one who can open it.
pub(crate) struct Opened {
    pub(crate) slot: usize,
    pub(crate) way: Way,
    pub(crate) vault_key: SecretKey,
    pub(crate) vault: [u8; 16],
    pub(crate) place: u8,
    /// `None` in a file made before there were shares.
    pub(crate) share: Option<Share>,
    /// Whether the slot is another vault's, and opening it wipes that one.
    pub(crate) wipes: bool,
}

impl Opened {
    /// Whether opening either slot comes to the same.
    fn is_same(&self, other: &Self) -> bool {
        self.wipes == other.wipes && same_key(&self.vault_key, &other.vault_key)
    }
}

/// The table as it stands in the file: parsed and bounded, nothing opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotTable {
    file: [u8; 16],
    salt: [u8; 32],
    params: KdfParams,
    slots: [[u8; SLOT]; KEY_SLOTS],
    intact: bool,
}

impl SlotTable {
    /// Bytes of a table before its checksum.
    pub(crate) const CONTENT: usize = TABLE - CHECKSUM;

    /// Reads a table. A wrong checksum is remembered rather than refused: a slot may still open.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a wrong length or version, [`Error::ExcessiveWork`] when it asks for more
    /// key derivation than the [`limits`](crate::limits) allow.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let damaged = Error::Damaged { part: Part::Slots };
        let (content, checksum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(damaged.clone())?;
        let intact = Sha256::digest(content).as_slice() == checksum;
        let (version, rest) = content.split_first().ok_or(damaged.clone())?;
        let (file, rest) = rest.split_first_chunk::<16>().ok_or(damaged.clone())?;
        let (salt, rest) = rest.split_first_chunk::<32>().ok_or(damaged.clone())?;
        let (params, rest) = rest.split_first_chunk::<12>().ok_or(damaged.clone())?;
        let (slots, rest) = rest.as_chunks::<SLOT>();
        let slots = <[_; KEY_SLOTS]>::try_from(slots).map_err(|_| damaged.clone())?;
        if *version != VERSION || !rest.is_empty() {
            return Err(damaged);
        }
        let params = match KdfParams::parse(params) {
            Err(_) if !intact => return Err(damaged),
            params => params?,
        };
        Ok(Self {
            file: *file,
            salt: *salt,
            params,
            slots,
            intact,
        })
    }

    /// The bytes that [`SlotTable::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TABLE);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.file);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.params.encode());
        bytes.extend(self.slots.as_flattened());
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// A table in which no slot opens.
    pub(crate) fn random(params: KdfParams, rng: &mut impl CryptoRng) -> Self {
        let mut table = Self {
            file: [0; 16],
            salt: [0; 32],
            params,
            slots: [[0; SLOT]; KEY_SLOTS],
            intact: true,
        };
        rng.fill_bytes(&mut table.file);
        rng.fill_bytes(&mut table.salt);
        rng.fill_bytes(table.slots.as_flattened_mut());
        table
    }

    /// Whether the checksum was right.
    pub(crate) fn intact(&self) -> bool {
        self.intact
    }

    /// What the manifest keeps of the slots that are a vault's own: a hash over everything that opening
    /// them rests on. Other vaults' slots may change without it.
    pub(crate) fn binding(&self, ways: &[u8; KEY_SLOTS]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(b"nansen-vault 1 own slots")
            .chain_update(self.file)
            .chain_update(self.salt)
            .chain_update(self.params.encode());
        let own = (0u8..).zip(&self.slots).zip(ways);
        for ((number, slot), _) in own.filter(|(_, way)| **way != 0) {
            hash.update([number]);
            hash.update(slot);
        }
        hash.finalize().into()
    }

    /// Cost of a passphrase.
    pub(crate) fn params(&self) -> KdfParams {
        self.params
    }

    /// Gives every passphrase of the file a new salt and cost, which ends all but the one that is wrapped
    /// next.
    pub(crate) fn renew_kdf(&mut self, params: KdfParams, rng: &mut impl CryptoRng) {
        self.params = params;
        rng.fill_bytes(&mut self.salt);
    }

    /// Tries every slot, all of them each time.
    pub(crate) fn open(&self, unlock: Unlock<'_>) -> Result<Opened> {
        let key = self.slot_key(unlock)?;
        let mut found = None;
        for (number, slot) in self.slots.iter().enumerate() {
            found = found.or(open_slot(number, slot, &key, &self.file, unlock.way()));
        }
        // The cipher leaves what it opened on the stack until it works again, which after the
        // last slot it would not.
        let nothing = [0; SLOT];
        found = found.or(open_slot(0, &nothing, &key, &self.file, unlock.way()));
        found.ok_or(if self.intact {
            unlock.refused()
        } else {
            Error::Damaged { part: Part::Slots }
        })
    }

    /// Wraps what was `opened` into a slot, over whatever stood there.
    ///
    /// Of two slots that one secret opens to different things, one would never be reached. So the other is
    /// ended: to refuse would tell of it. That is for the slots that are `known` to whoever calls.
    ///
    /// # Errors
    /// [`Error::SecretInUse`] if the same secret opens a `known` slot to something else.
    pub(crate) fn wrap(
        &mut self,
        unlock: Unlock<'_>,
        slot: usize,
        opened: &Opened,
        known: impl Fn(usize) -> bool,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let key = self.slot_key(unlock)?;
        let others = (0..).zip(&self.slots).filter(|(number, _)| *number != slot);
        let leads_elsewhere = |(number, other): &(usize, &[u8; SLOT])| {
            let found = open_slot(*number, other, &key, &self.file, unlock.way());
            found.is_some_and(|found| !found.is_same(opened))
        };
        let shadowed: Vec<usize> = others.filter(leads_elsewhere).map(|(it, _)| it).collect();
        if shadowed.iter().any(|slot| known(*slot)) {
            return Err(Error::SecretInUse);
        }
        for slot in shadowed {
            self.forget(slot, rng);
        }
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let mut content = Zeroizing::new(Vec::with_capacity(CONTENT + TAG));
        content.extend_from_slice(opened.vault_key.reveal());
        content.extend_from_slice(&opened.vault);
        let wipes = if opened.wipes { WIPES } else { 0 };
        content.extend([opened.place, unlock.way() as u8 | wipes]);
        content.extend(opened.share.iter().flat_map(Share::encode));
        content.resize(CONTENT, 0);
        key.seal(&nonce, &slot_aad(slot, &self.file), &mut content);
        if let Some(slot) = self.slots.get_mut(slot) {
            for (place, byte) in slot.iter_mut().zip(nonce.iter().chain(content.iter())) {
                *place = *byte;
            }
        }
        self.intact = true;
        Ok(())
    }

    /// Makes a slot one of the unused.
    pub(crate) fn forget(&mut self, slot: usize, rng: &mut impl CryptoRng) {
        if let Some(slot) = self.slots.get_mut(slot) {
            rng.fill_bytes(slot);
        }
        self.intact = true;
    }

    fn slot_key(&self, unlock: Unlock<'_>) -> Result<SealKey> {
        let file = Some(self.file.as_slice());
        let hkdf = match unlock {
            Unlock::Passphrase(passphrase) => {
                let stretched = kdf::stretch(passphrase, &self.salt, self.params)?;
                Hkdf::<Sha256>::new(file, stretched.reveal())
            }
            // 160 random bits need no stretching, and neither do 256.
            Unlock::Recovery(code) => Hkdf::<Sha256>::new(file, code.reveal()),
            Unlock::Platform(secret) => Hkdf::<Sha256>::new(file, secret.reveal()),
            Unlock::Guardians(secret) => Hkdf::<Sha256>::new(file, secret.reveal()),
            Unlock::PassphraseAndPlatform(passphrase, secret) => {
                let stretched = kdf::stretch(passphrase, &self.salt, self.params)?;
                let mut both = Zeroizing::new(Vec::with_capacity(64));
                both.extend_from_slice(stretched.reveal());
                both.extend_from_slice(secret.reveal());
                Hkdf::<Sha256>::new(file, &both)
            }
        };
        let purpose: &[u8] = match unlock.way() {
            Way::Passphrase => b"passphrase slot",
            Way::Recovery => b"recovery slot",
            Way::Platform => b"platform slot",
            Way::PassphraseAndPlatform => b"passphrase and platform slot",
            Way::Guardians => b"guardians slot",
        };
        let mut key = SecretKey::zeros();
        // Fails only above 255 x 32 bytes of output; these are 32.
        let derived = hkdf.expand_multi_info(&[b"nansen-vault 1 ", purpose], key.reveal_mut());
        debug_assert!(derived.is_ok());
        Ok(SealKey::new(key))
    }
}

/// Whether two ways prove the same secret, without telling how far they agree.
pub(crate) fn same_key(left: &SecretKey, right: &SecretKey) -> bool {
    left.reveal().ct_eq(right.reveal()).into()
}

#[cfg(test)]
thread_local! {
    /// Slots tried on this thread.
    pub(crate) static TRIALS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

fn open_slot(
    number: usize,
    slot: &[u8; SLOT],
    key: &SealKey,
    file: &[u8; 16],
    way: Way,
) -> Option<Opened> {
    #[cfg(test)]
    TRIALS.set(TRIALS.get() + 1);
    let (nonce, sealed) = slot.split_first_chunk::<NONCE>()?;
    let mut content = Zeroizing::new(sealed.to_vec());
    key.open(nonce, &slot_aad(number, file), &mut content)?;
    let (vault_key, rest) = content.split_first_chunk::<32>()?;
    let (vault, rest) = rest.split_first_chunk::<16>()?;
    let ([place, found], share) = rest.split_first_chunk()?;
    if found & !WIPES != way as u8 || usize::from(*place) >= MANIFEST_PLACES {
        return None;
    }
    Some(Opened {
        slot: number,
        way,
        vault_key: SecretKey::copied(vault_key),
        vault: *vault,
        place: *place,
        share: Share::parse(share.try_into().ok()?),
        wipes: found & WIPES != 0,
    })
}

fn slot_aad(number: usize, file: &[u8; 16]) -> [u8; keys::AAD] {
    keys::aad(
        Sealed::Slot,
        file,
        &keys::numbered(u8::try_from(number).unwrap_or(u8::MAX)),
    )
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use proptest::prelude::*;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::recovery::RecoveryCode;

    fn table() -> SlotTable {
        SlotTable::random(KdfParams::FLOOR, &mut UnwrapErr(SysRng))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_changed_byte_is_noticed(at in 0..TABLE, flip in 1u8..) {
            let mut bytes = table().encode();
            bytes[at] ^= flip;
            let noticed = match SlotTable::parse(&bytes) {
                Ok(table) => !table.intact(),
                Err(error) => error == Error::Damaged { part: Part::Slots },
            };
            prop_assert!(noticed);
        }
    }

    #[test]
    fn a_table_comes_back_and_another_length_does_not() {
        let table = table();
        let mut bytes = table.encode();
        assert_eq!(bytes.len(), TABLE);
        assert_eq!(SlotTable::parse(&bytes), Ok(table));
        bytes.push(0);
        for length in (0..TABLE).chain([TABLE + 1]) {
            let cut = bytes.get(..length).unwrap();
            assert_eq!(
                SlotTable::parse(cut),
                Err(Error::Damaged { part: Part::Slots })
            );
        }
    }

    #[test]
    fn a_slot_opens_in_its_own_place_and_file_only() {
        let rng = &mut UnwrapErr(SysRng);
        let code = RecoveryCode::random(rng);
        let opened = || Opened {
            slot: 3,
            way: Way::Recovery,
            vault_key: SecretKey::copied(&[7; 32]),
            vault: [8; 16],
            place: 5,
            share: None,
            wipes: false,
        };
        let mut table = table();
        table
            .wrap(Unlock::Recovery(&code), 3, &opened(), |_| true, rng)
            .unwrap();
        let found = table.open(Unlock::Recovery(&code)).unwrap();
        assert_eq!((found.slot, found.vault, found.place), (3, [8; 16], 5));
        assert_eq!(found.vault_key.reveal(), &[7; 32]);

        let mut moved = table.clone();
        moved.slots.swap(3, 4);
        assert_eq!(
            moved.open(Unlock::Recovery(&code)).err(),
            Some(Error::WrongRecoveryCode)
        );
        let mut elsewhere = table.clone();
        elsewhere.file = [0; 16];
        assert_eq!(
            elsewhere.open(Unlock::Recovery(&code)).err(),
            Some(Error::WrongRecoveryCode)
        );
    }
}
