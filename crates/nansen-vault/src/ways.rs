//! The ways into a vault: which there are, and how one is added, replaced and ended.
//!
//! Two of them rest on a secret that the phone's hardware keeps wrapped (`hardware.rs`): alone, or
//! together with a passphrase, so that neither a stolen file nor a stolen PIN is enough. Invariants:
//! nobody gains a way in who has not shown another; a way that was replaced or removed opens nothing
//! once the call returns; one way at least is always left that a lost phone does not take away.
//!
//! After the manifest was lost, the vault knows the ways that have unlocked it since and no others
//! ([`Error::SlotUnknown`]). Unlocking once by each way that still works, and then
//! [`Vault::remove_way`] of one that does not, makes the list complete again.

use std::fmt;

use rand_core::CryptoRng;

use crate::{
    error::{Error, Result},
    kdf::KdfParams,
    limits::{KEY_SLOTS, PROOFS},
    manifest::Manifest,
    recovery::RecoveryCode,
    secret::{Passphrase, PlatformSecret},
    shares::GuardianSecret,
    slots::{self, SlotTable},
    store::Store,
    vault::{Vault, below},
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
    /// The ways that have a wrapped key beside the vault, and end with the phone.
    pub(crate) const WITH_HARDWARE: [Self; 2] = [Self::Platform, Self::PassphraseAndPlatform];
    /// The ways that whoever knows or wrote down their secret has on any phone.
    const WITHOUT_HARDWARE: [Self; 2] = [Self::Passphrase, Self::Recovery];

    /// Whether a person types a passphrase.
    pub(crate) fn has_passphrase(self) -> bool {
        matches!(self, Self::Passphrase | Self::PassphraseAndPlatform)
    }

    /// Whether the phone's hardware takes part.
    pub(crate) fn has_hardware(self) -> bool {
        Self::WITH_HARDWARE.contains(&self)
    }

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
    #[must_use]
    pub fn refused(self) -> Error {
        match self {
            // Which of the two is wrong shows nowhere, so that neither can be guessed by itself.
            Self::Passphrase(_) | Self::PassphraseAndPlatform(..) => Error::WrongPassphrase,
            Self::Recovery(_) => Error::WrongRecoveryCode,
            Self::Platform(_) => Error::WrongPlatformKey,
            Self::Guardians(_) => Error::WrongShares,
        }
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
        ways.filter(|way| manifest.has(*way)).collect()
    }

    /// Adds the passphrase or recovery code `new`, or replaces it if it is there, after proof of a way
    /// that is: an unlocked phone in other hands gains no way in. Touches no other slot and no record,
    /// and takes the other slots as they stand. What was replaced is gone from the file and its WAL when
    /// this returns. A passphrase keeps the salt and cost of the file.
    ///
    /// # Errors
    /// [`Error::WrongCallForWay`] for a way with hardware, which [`Vault::add_hardware_way`] adds;
    /// [`Error::WrongPassphrase`], [`Error::WrongRecoveryCode`], [`Error::WrongPlatformKey`] or
    /// [`Error::WrongShares`] for a wrong proof; [`Error::SlotUnknown`] after the manifest was lost, for a
    /// way that is neither the proof's nor has unlocked the vault since; [`Error::NoFreeSlot`]; [`Error::SecretInUse`]; what
    /// writing can fail with. The ways are then as they were.
    pub fn add_way(
        &mut self,
        proof: Unlock<'_>,
        new: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        if new.way().has_hardware() {
            return Err(Error::WrongCallForWay(new.way()));
        }
        let mut manifest = self.prove(proof)?;
        let known = manifest.slots_of(new.way()).next();
        let slot = match known {
            Some(slot) => slot,
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => self.free_slot(&manifest, rng)?,
        };
        let mut table = self.table.clone();
        self.end_wipe_slot(&mut table, new.way(), rng);
        table.wrap(new, slot, &self.opened, self.knows(), rng)?;
        manifest.bind(slot, new.way(), &table);
        self.put_slots(table, manifest, rng)
    }

    /// Ends a way: its slots become random bytes, and the wrapped key that was kept for it goes. The old
    /// slots are gone from the file and its WAL when this returns. A wrapped key that the disk would not
    /// let go of stays, and opens nothing.
    ///
    /// A passphrase or a recovery code always stays: hardware forgets its keys at a new fingerprint, and
    /// is lost with the phone.
    ///
    /// After the manifest was lost, a way that has not unlocked the vault since stands nobody knows
    /// where: ending it ends every such way, and after that [`Vault::ways`] is complete again. A wrapped
    /// key of a way that ended along with it stays: it may be another vault's.
    ///
    /// # Errors
    /// [`Error::NoSuchWay`], [`Error::LastWay`] where no known way without hardware would be left, or what
    /// writing can fail with; the ways are then as they were.
    pub fn remove_way(&mut self, way: Way, rng: &mut impl CryptoRng) -> Result<()> {
        let mut manifest = self.writable_manifest()?;
        let mut ending: Vec<usize> = manifest.slots_of(way).collect();
        if ending.is_empty() {
            if !manifest.ways_incomplete {
                return Err(Error::NoSuchWay(way));
            }
            manifest.ways_incomplete = false;
            ending.extend(self.free_slots(&manifest));
        }
        let mut table = self.table.clone();
        self.end_wipe_slot(&mut table, way, rng);
        for slot in ending {
            table.forget(slot, rng);
            manifest.unbind(slot, &table);
        }
        if !Way::WITHOUT_HARDWARE.iter().any(|way| manifest.has(*way)) {
            return Err(Error::LastWay);
        }
        self.put_slots(table, manifest, rng)?;
        // What the disk does not let go of opens nothing. It stays where it may be another vault's.
        let _ = wrapped_key::remove(self.store.path(), way);
        self.tidy_wrapped_keys();
        Ok(())
    }

    /// Replaces the passphrase, or adds one where there is none alone, after proof of any way in. Touches
    /// no record, and takes the other slots as they stand: after an unlock that found them not intact,
    /// renew the recovery code too. The old slot is gone from the file and its WAL when this returns.
    ///
    /// Salt and cost are one for the file, and stay as they were when it was created: another vault may
    /// rest on them, and `params` has no effect. A higher cost takes a new file. After the manifest was
    /// lost, a passphrase whose slot is not known ends together with every other way that has not unlocked
    /// the vault since: unlock once by each that is to stay, before.
    ///
    /// A file of format version 1 has one vault and renews them, to `params`, unless a slot for passphrase
    /// and platform rests on them too, or may do so since the manifest was lost. After that, a passphrase
    /// whose slot is not known ends with its salt there, and so does one together with a platform secret.
    ///
    /// # Errors
    /// As [`Vault::add_way`]; [`Error::SecretInUse`]. The old passphrase then still holds.
    pub fn change_passphrase(
        &mut self,
        proof: Unlock<'_>,
        new: &Passphrase,
        params: KdfParams,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let mut manifest = self.prove(proof)?;
        let shared = self.opened.share.is_some() || manifest.has(Way::PassphraseAndPlatform);
        let unsure = manifest.ways_incomplete;
        let known = manifest.slots_of(Way::Passphrase).next();
        let mut ending = Vec::new();
        let (slot, renewed) = match known {
            Some(slot) => (slot, !shared && !unsure),
            None if self.opened.share.is_some() && unsure => {
                manifest.ways_incomplete = false;
                ending = self.free_slots(&manifest);
                (self.free_slot(&manifest, rng)?, false)
            }
            None if shared && unsure => return Err(Error::SlotUnknown),
            // A new salt ends a passphrase whose slot is not known, wherever that is. The new one may meet
            // a slot that is used but not known: a chance of one in fifteen, against a vault whose
            // owner has lost both passphrase and manifest and could otherwise set none.
            None => (self.free_slot(&manifest, rng)?, !shared),
        };
        let mut table = self.table.clone();
        if renewed {
            table.renew_kdf(params, rng);
        }
        ending.into_iter().for_each(|slot| table.forget(slot, rng));
        self.end_wipe_slot(&mut table, Way::Passphrase, rng);
        table.wrap(
            Unlock::Passphrase(new),
            slot,
            &self.opened,
            self.knows(),
            rng,
        )?;
        manifest.bind(slot, Way::Passphrase, &table);
        self.put_slots(table, manifest, rng)
    }

    /// Draws a new recovery code; the old one opens nothing any more. Adds none where there was none:
    /// [`Vault::add_way`] does.
    ///
    /// # Errors
    /// [`Error::SlotUnknown`] after the manifest was lost, until the vault was unlocked with the old
    /// code once; [`Error::NoSuchWay`]; for a wrong proof as [`Vault::add_way`]; what writing can fail
    /// with. The old code then still holds.
    pub fn new_recovery_code(
        &mut self,
        proof: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<RecoveryCode> {
        let mut manifest = self.prove(proof)?;
        let known = manifest.slots_of(Way::Recovery).next();
        let slot = match known {
            Some(slot) => slot,
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => return Err(Error::NoSuchWay(Way::Recovery)),
        };
        let mut table = self.table.clone();
        let code = RecoveryCode::random(rng);
        table.wrap(
            Unlock::Recovery(&code),
            slot,
            &self.opened,
            self.knows(),
            rng,
        )?;
        manifest.bind(slot, Way::Recovery, &table);
        self.put_slots(table, manifest, rng)?;
        Ok(code)
    }

    /// Whether a secret still opens this vault: for an owner who types the recovery code back from
    /// paper, or tries the guardians' cards, before they are needed. Changes nothing.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`] and its like for one that does not; [`Error::Damaged`] after the
    /// manifest was lost, until that was accepted.
    pub fn rehearse(&self, unlock: Unlock<'_>) -> Result<()> {
        self.prove(unlock).map(drop)
    }

    /// Opens a slot of this vault that it knows for its own, or that may be one since the ways were lost,
    /// and notes it in the manifest that is to be written.
    ///
    /// # Errors
    /// [`Error::TooManyProofs`], besides those of a wrong secret.
    pub(crate) fn prove(&self, proof: Unlock<'_>) -> Result<Manifest> {
        self.counting(proof, || self.proven(proof))
    }

    /// Asks a secret of which so many may be wrong until the next lock: at the unlocked phone of somebody
    /// else nobody guesses on. Right ones take nothing back, since there may be two secrets in one call.
    pub(crate) fn counting<T>(
        &self,
        secret: Unlock<'_>,
        ask: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if self.is_out_of_proofs() {
            return Err(Error::TooManyProofs);
        }
        ask().inspect_err(|error| {
            if *error == secret.refused() {
                self.unproven.set(self.unproven.get().saturating_add(1));
            }
        })
    }

    /// Whether so many proofs were wrong that none is tried until the next lock.
    #[must_use]
    pub fn is_out_of_proofs(&self) -> bool {
        self.unproven.get() >= PROOFS
    }

    /// The slots of which this vault may be told that a secret opens them: those of its share.
    pub(crate) fn knows(&self) -> impl Fn(usize) -> bool {
        let share = self.opened.share.as_ref();
        move |slot| share.is_none_or(|share| share.has_slot(slot))
    }

    fn proven(&self, proof: Unlock<'_>) -> Result<Manifest> {
        let proven = self.table.open(proof)?;
        if !slots::same_key(&proven.vault_key, &self.opened.vault_key) {
            return Err(proof.refused());
        }
        let mut manifest = self.writable_manifest()?;
        // A slot that was removed and put back proves nothing.
        if !manifest.admits(&proven) {
            return Err(proof.refused());
        }
        if !proven.wipes {
            manifest.bind(proven.slot, proven.way, &self.table);
        }
        Ok(manifest)
    }

    /// Ends the slot that wiped all but this vault and opened it, when a way of its kind is replaced or
    /// removed. Before that moment it is another vault's and not touched.
    fn end_wipe_slot(&self, table: &mut SlotTable, way: Way, rng: &mut impl CryptoRng) {
        if self.opened.wipes && self.opened.way == way {
            table.forget(self.opened.slot, rng);
        }
    }

    /// The slots of this vault's share that are not known to be used.
    pub(crate) fn free_slots(&self, manifest: &Manifest) -> Vec<usize> {
        let share = self.opened.share.as_ref();
        let own = |slot: &usize| share.is_none_or(|share| share.has_slot(*slot));
        manifest.unnoted_slots().filter(own).collect()
    }

    /// One of these, at random so that no order shows.
    ///
    /// # Errors
    /// [`Error::NoFreeSlot`].
    pub(crate) fn free_slot(&self, manifest: &Manifest, rng: &mut impl CryptoRng) -> Result<usize> {
        let free = self.free_slots(manifest);
        if free.is_empty() {
            return Err(Error::NoFreeSlot);
        }
        loop {
            let slot = below(KEY_SLOTS, rng);
            if free.contains(&slot) {
                return Ok(slot);
            }
        }
    }

    /// Commits the key slots with the manifest that notes them, and without those that are superseded.
    pub(crate) fn put_slots(
        &mut self,
        table: SlotTable,
        manifest: Manifest,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        self.put_slots_and(table, manifest, rng, |_| Ok(()))
    }

    /// As [`Vault::put_slots`], with something more in the same commit.
    pub(crate) fn put_slots_and(
        &mut self,
        mut table: SlotTable,
        mut manifest: Manifest,
        rng: &mut impl CryptoRng,
        more: impl FnOnce(&Store) -> Result<()>,
    ) -> Result<()> {
        self.forget_superseded(&mut table, &mut manifest, rng);
        self.commit_with(manifest, rng, |store| {
            store.put_slots(&table.encode())?;
            more(store)
        })?;
        self.table = table;
        self.superseded.clear();
        self.integrity.slots_intact = true;
        Ok(())
    }
}
