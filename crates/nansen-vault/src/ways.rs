//! The ways into a vault: which there are, and how one is added, replaced and ended.
//!
//! Two of them rest on a secret that the phone's hardware keeps wrapped: alone, or together with a
//! passphrase, so that neither a stolen file nor a stolen PIN is enough. Invariants: nobody gains a way
//! in who has not shown another; a way that was replaced or removed opens nothing once the call
//! returns; one way at least is always left.
//!
//! After the manifest was lost, the vault knows the ways that have unlocked it since and no others
//! ([`Error::SlotUnknown`]). Unlocking once by each way that still works, and then
//! [`Vault::remove_way`] of one that does not, makes the list complete again.

use std::fmt;

use rand_core::CryptoRng;

use crate::{
    error::{Error, Result},
    kdf::KdfParams,
    limits::KEY_SLOTS,
    manifest::Manifest,
    recovery::RecoveryCode,
    secret::{Passphrase, PlatformSecret},
    shares::GuardianSecret,
    slots::{self, SlotTable},
    vault::{LockedVault, Vault, below},
    wrapped_key,
};

/// A way to unlock a vault. The numbers stand in its key slots and manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Way {
    /// A passphrase or PIN.
    Passphrase = 1,
    /// The recovery code.
    Recovery = 2,
    /// A secret that the phone's hardware wraps.
    Platform = 3,
    /// Both a passphrase and a secret that the phone's hardware wraps.
    PassphraseAndPlatform = 4,
    /// Guardians, of whom enough put their shares together.
    Guardians = 5,
}

/// What somebody unlocks with.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Unlock<'a> {
    /// A passphrase or PIN.
    Passphrase(&'a Passphrase),
    /// The recovery code.
    Recovery(&'a RecoveryCode),
    /// The secret that the phone's hardware unwrapped.
    Platform(&'a PlatformSecret),
    /// A passphrase or PIN, and the secret that the phone's hardware unwrapped.
    PassphraseAndPlatform(&'a Passphrase, &'a PlatformSecret),
    /// What enough guardians' shares gave together.
    Guardians(&'a GuardianSecret),
}

impl Way {
    const ALL: [Self; 5] = [
        Self::Passphrase,
        Self::Recovery,
        Self::Platform,
        Self::PassphraseAndPlatform,
        Self::Guardians,
    ];
    /// The ways that have a wrapped key beside the vault.
    pub(crate) const WITH_HARDWARE: [Self; 2] = [Self::Platform, Self::PassphraseAndPlatform];

    /// The way with this number.
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|way| *way as u8 == number)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase",
            Self::Recovery => "recovery code",
            Self::Platform => "platform key",
            Self::PassphraseAndPlatform => "passphrase and platform key",
            Self::Guardians => "guardian shares",
        })
    }
}

impl Unlock<'_> {
    /// Which way this is.
    #[must_use]
    pub fn way(self) -> Way {
        match self {
            Self::Passphrase(_) => Way::Passphrase,
            Self::Recovery(_) => Way::Recovery,
            Self::Platform(_) => Way::Platform,
            Self::PassphraseAndPlatform(..) => Way::PassphraseAndPlatform,
            Self::Guardians(_) => Way::Guardians,
        }
    }

    /// What to say when it opens nothing.
    pub(crate) fn refused(self) -> Error {
        match self {
            // Which of the two is wrong shows nowhere, so that neither can be guessed by itself.
            Self::Passphrase(_) | Self::PassphraseAndPlatform(..) => Error::WrongPassphrase,
            Self::Recovery(_) => Error::WrongRecoveryCode,
            Self::Platform(_) => Error::WrongPlatformKey,
            Self::Guardians(_) => Error::WrongShares,
        }
    }
}

impl LockedVault {
    /// What the phone's hardware has to unwrap for `way`, as [`Vault::keep_wrapped_key`] kept it; `None`
    /// if nothing is kept. What it unwraps to is [`PlatformSecret::new`]'s.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not as it was written: this way is then gone, and the others are not
    /// touched by it. [`Error::Io`].
    pub fn wrapped_key(&self, way: Way) -> Result<Option<Vec<u8>>> {
        wrapped_key::read(self.store.path(), way)
    }
}

impl Vault {
    /// The ways in, by their numbers. After the manifest was lost, only those that have unlocked the
    /// vault since.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        let Some(manifest) = &self.manifest else {
            return vec![self.opened.way];
        };
        let ways = Way::ALL.into_iter();
        ways.filter(|way| manifest.slot_of(*way).is_some())
            .collect()
    }

    /// Adds the way `new`, or replaces it if it is there, after proof of a way that is: an unlocked phone
    /// in other hands gains no way in. Touches no other slot and no record, and takes the other slots as
    /// they stand. What was replaced is gone from the file and its WAL when this returns. A passphrase
    /// keeps the salt and cost of the file.
    ///
    /// For a way with hardware: this first, then [`Vault::keep_wrapped_key`]. A kill in between leaves a
    /// way that nobody can use, and that adding it again replaces.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::WrongRecoveryCode`], [`Error::WrongPlatformKey`] or
    /// [`Error::WrongShares`] for a wrong proof; [`Error::SlotUnknown`] after the manifest was lost, for a way that is neither the proof's
    /// nor has unlocked the vault since; what writing can fail with. The ways are then as they were.
    pub fn add_way(
        &mut self,
        proof: Unlock<'_>,
        new: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let mut manifest = self.prove(proof)?;
        let slot = match manifest.slot_of(new.way()) {
            Some(slot) => slot,
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => free_slot(&manifest, rng),
        };
        let mut table = self.table.clone();
        table.wrap(new, slot, &self.opened, rng)?;
        manifest.bind(slot, new.way(), &table);
        self.put_slots(table, manifest, rng)
    }

    /// Ends a way: its slot becomes random bytes, and the wrapped key that was kept for it goes. The old
    /// slot is gone from the file and its WAL when this returns. Whoever is left with hardware alone
    /// loses the vault with the phone.
    ///
    /// After the manifest was lost, a way that has not unlocked the vault since stands nobody knows
    /// where: ending it ends every such way, and after that [`Vault::ways`] is complete again.
    ///
    /// # Errors
    /// [`Error::NoSuchWay`], [`Error::LastWay`], or what writing can fail with; the ways are then as they
    /// were.
    pub fn remove_way(&mut self, way: Way, rng: &mut impl CryptoRng) -> Result<()> {
        let mut manifest = self.writable_manifest()?;
        let ending: Vec<usize> = match manifest.slot_of(way) {
            Some(slot) => vec![slot],
            None if manifest.ways_incomplete => {
                manifest.ways_incomplete = false;
                manifest.unnoted_slots().collect()
            }
            None => return Err(Error::NoSuchWay(way)),
        };
        let mut table = self.table.clone();
        for slot in ending {
            table.forget(slot, rng);
            manifest.unbind(slot, &table);
        }
        if manifest.unnoted_slots().count() == KEY_SLOTS {
            return Err(Error::LastWay);
        }
        self.put_slots(table, manifest, rng)?;
        // What cannot be removed now is met again at the next unlock, and opens nothing.
        let _ = wrapped_key::remove(self.store.path(), way);
        self.tidy_wrapped_keys();
        Ok(())
    }

    /// Replaces the passphrase, after proof of any way in. Touches no record, and takes the other slots
    /// as they stand: after an unlock that found them not intact, renew the recovery code too. The old
    /// wrapped key is gone from the file and its WAL when this returns.
    ///
    /// Salt and cost are one for the file. They are renewed, to `params`, unless a slot for passphrase
    /// and platform rests on them too, or may do so since the manifest was lost: both are then kept, and
    /// `params` has no effect. After the manifest was lost, a passphrase whose slot is not known ends
    /// with its salt, and so does one together with a platform secret.
    ///
    /// # Errors
    /// As [`Vault::add_way`]; [`Error::NoSuchWay`] where a passphrase alone is no way in:
    /// [`Vault::add_way`] replaces one that goes together with a platform secret. The old passphrase then
    /// still holds.
    pub fn change_passphrase(
        &mut self,
        proof: Unlock<'_>,
        new: &Passphrase,
        params: KdfParams,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let mut manifest = self.prove(proof)?;
        let shared = manifest.slot_of(Way::PassphraseAndPlatform).is_some();
        let unsure = manifest.ways_incomplete;
        let (slot, renewed) = match manifest.slot_of(Way::Passphrase) {
            Some(slot) => (slot, !shared && !unsure),
            None if !unsure => return Err(Error::NoSuchWay(Way::Passphrase)),
            None if shared => return Err(Error::SlotUnknown),
            // A new salt ends the old passphrase wherever its slot is. The new one may meet a slot that
            // is used but not known: a chance of one in fifteen, against a vault whose owner has
            // lost both passphrase and manifest and could otherwise set none.
            None => (free_slot(&manifest, rng), true),
        };
        let mut table = self.table.clone();
        if renewed {
            table.renew_kdf(params, rng);
        }
        table.wrap(Unlock::Passphrase(new), slot, &self.opened, rng)?;
        manifest.bind(slot, Way::Passphrase, &table);
        self.put_slots(table, manifest, rng)
    }

    /// Draws a new recovery code; the old one opens nothing any more. Adds none where there was none:
    /// [`Vault::add_way`] does, for a proof.
    ///
    /// # Errors
    /// [`Error::SlotUnknown`] after the manifest was lost, until the vault was unlocked with the old
    /// code once; [`Error::NoSuchWay`]; what writing can fail with. The old code then still holds.
    pub fn new_recovery_code(&mut self, rng: &mut impl CryptoRng) -> Result<RecoveryCode> {
        let mut manifest = self.manifest.clone().ok_or(Error::SlotUnknown)?;
        let slot = match manifest.slot_of(Way::Recovery) {
            Some(slot) => slot,
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => return Err(Error::NoSuchWay(Way::Recovery)),
        };
        let mut table = self.table.clone();
        let code = RecoveryCode::random(rng);
        table.wrap(Unlock::Recovery(&code), slot, &self.opened, rng)?;
        manifest.bind(slot, Way::Recovery, &table);
        self.put_slots(table, manifest, rng)?;
        Ok(code)
    }

    /// Keeps what the phone's hardware made of a [`PlatformSecret`], in a file beside the vault, where
    /// [`LockedVault::wrapped_key`] finds it before the next unlock. Replaces what was kept for this way,
    /// in one step and durably.
    ///
    /// The file stands in clear. It tells that there is a way in with hardware, as the key's own entry
    /// in the hardware does; it is worth nothing without that hardware.
    ///
    /// # Errors
    /// [`Error::NotAPlatformWay`]; [`Error::OutOfBounds`] when empty or above
    /// [`limits::WRAPPED_KEY_BYTES`](crate::limits::WRAPPED_KEY_BYTES); what writing can fail with. What
    /// was kept before is then still there.
    pub fn keep_wrapped_key(&mut self, way: Way, wrapped: &[u8]) -> Result<()> {
        wrapped_key::write(self.store.path(), way, wrapped)
    }

    /// As [`LockedVault::wrapped_key`], for a proof while the vault is unlocked.
    ///
    /// # Errors
    /// As [`LockedVault::wrapped_key`].
    pub fn wrapped_key(&self, way: Way) -> Result<Option<Vec<u8>>> {
        wrapped_key::read(self.store.path(), way)
    }

    /// Removes the wrapped keys of ways that are not there, such as one that a kill left.
    pub(crate) fn tidy_wrapped_keys(&self) {
        let Some(manifest) = &self.manifest else {
            return;
        };
        if manifest.ways_incomplete || !self.integrity.slots_intact {
            return;
        }
        for way in Way::WITH_HARDWARE {
            if manifest.slot_of(way).is_none() {
                let _ = wrapped_key::remove(self.store.path(), way);
            }
        }
    }

    /// Opens a slot of this vault that it knows for its own, or that may be one since the ways were lost,
    /// and notes it in the manifest that is to be written.
    fn prove(&self, proof: Unlock<'_>) -> Result<Manifest> {
        let proven = self.table.open(proof)?;
        if !slots::same_key(&proven.vault_key, &self.opened.vault_key) {
            return Err(proof.refused());
        }
        let mut manifest = self.writable_manifest()?;
        // A slot that was removed and put back proves nothing.
        if !manifest.admits(&proven) {
            return Err(proof.refused());
        }
        manifest.bind(proven.slot, proven.way, &self.table);
        Ok(manifest)
    }

    fn put_slots(
        &mut self,
        table: SlotTable,
        manifest: Manifest,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        self.commit_with(manifest, rng, |store| store.put_slots(&table.encode()))?;
        self.table = table;
        self.integrity.slots_intact = true;
        Ok(())
    }
}

/// A slot that is not known to be used, at random so that no order shows.
fn free_slot(manifest: &Manifest, rng: &mut impl CryptoRng) -> usize {
    loop {
        let slot = below(KEY_SLOTS, rng);
        if manifest.unnoted_slots().any(|unnoted| unnoted == slot) {
            return slot;
        }
    }
}
