//! Ways with hardware: a key slot, and the secret that opens it in a file beside the vault, wrapped.
//!
//! No commit spans both, so that they change in an order in which every moment has one that works:
//!
//! | step | slots of the way | file | works |
//! |---|---|---|---|
//! | before | old | old | old |
//! | the new slot is committed | old, new | old | old |
//! | the file is replaced | old, new | new | new |
//! | the old slot is forgotten | new | new | new |
//!
//! Invariant: the slot that the file's secret opens is never forgotten but by removing the way. Where a
//! kill left two slots, only an unlock by one of them tells which of them that is; so only after that one
//! the next commit forgets the other.

use rand_core::CryptoRng;

use crate::{
    error::{Error, Result},
    vault::{LockedVault, Vault},
    ways::{Unlock, Way},
    wrapped_key::{self, WrappedKey},
};

impl LockedVault {
    /// What the phone's hardware has to unwrap for `way`, as [`Vault::add_hardware_way`] kept it; `None`
    /// if nothing is kept. What it unwraps to is [`PlatformSecret::new`](crate::PlatformSecret::new)'s.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not as it was written: this way is then gone, and the others are not
    /// touched by it. [`Error::Io`].
    pub fn wrapped_key(&self, way: Way) -> Result<Option<Vec<u8>>> {
        let key = wrapped_key::read(self.store.path(), way)?;
        Ok(key.map(WrappedKey::into_wrapped))
    }
}

impl Vault {
    /// Adds the way with hardware `new`, or renews it if it is there, after proof of a way that is.
    /// `wrapped` is what the phone's hardware made of its secret; [`LockedVault::wrapped_key`] finds it
    /// before the next unlock. Touches no other way and no record. A passphrase in it keeps the salt and
    /// cost of the file.
    ///
    /// The way that was there opens until the new one does, and a kill at any moment leaves one of the
    /// two. What it leaves of the other goes with the first change after an unlock by this way, and so
    /// does an old slot that a full disk keeps from being forgotten at the end of this call.
    ///
    /// There is one such file for each way, whatever vaults the file holds: a second vault that adds the
    /// same way takes the first one's place in it, whose other ways still open. To stand behind the same
    /// hardware, a decoy takes the same secret ([`Vault::create_decoy`]).
    ///
    /// The file beside the vault stands in clear. It tells that there is a way in with hardware, as the
    /// key's own entry in the hardware does; it is worth nothing without that hardware.
    ///
    /// # Errors
    /// [`Error::WrongCallForWay`] for a way without hardware; [`Error::OutOfBounds`] when `wrapped` is
    /// empty or above [`limits::WRAPPED_KEY_BYTES`](crate::limits::WRAPPED_KEY_BYTES);
    /// [`Error::WrongPassphrase`], [`Error::WrongRecoveryCode`] or [`Error::WrongPlatformKey`] for a wrong
    /// proof; [`Error::SlotUnknown`] after the manifest was lost, as long as a way may stand in a slot that
    /// seems free; [`Error::NoFreeSlot`]; what writing can fail with. The ways are then as they were.
    pub fn add_hardware_way(
        &mut self,
        proof: Unlock<'_>,
        new: Unlock<'_>,
        wrapped: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let way = new.way();
        let key = WrappedKey::new(way, wrapped)?;
        let mut manifest = self.prove(proof)?;
        if manifest.ways_incomplete {
            return Err(Error::SlotUnknown);
        }
        let old: Vec<usize> = manifest.slots_of(way).collect();
        let slot = self.free_slot(&manifest, rng)?;
        let mut table = self.table.clone();
        table.wrap(new, slot, &self.opened, self.knows(), rng)?;
        manifest.bind(slot, way, &table);
        self.put_slots(table, manifest, rng)?;

        let before = wrapped_key::read(self.store.path(), way);
        let kept = wrapped_key::write(self.store.path(), &key);
        self.superseded = match kept {
            Ok(()) => old,
            Err(_) if old.is_empty() || !self.may_keep(&key) => vec![slot],
            Err(_) => {
                // The new file may be there and may not outlast a power cut: both slots have to stay.
                if let Ok(before) = before {
                    self.put_back(way, before);
                }
                Vec::new()
            }
        };
        if !self.superseded.is_empty() {
            let (table, manifest) = (self.table.clone(), self.writable_manifest()?);
            // What is not forgotten now is by a later commit.
            let _ = self.put_slots(table, manifest, rng);
        }
        self.tidy_wrapped_keys();
        kept
    }

    /// As [`LockedVault::wrapped_key`], for a proof while the vault is unlocked.
    ///
    /// # Errors
    /// As [`LockedVault::wrapped_key`].
    pub fn wrapped_key(&self, way: Way) -> Result<Option<Vec<u8>>> {
        let key = wrapped_key::read(self.store.path(), way)?;
        Ok(key.map(WrappedKey::into_wrapped))
    }

    /// Removes the wrapped keys of ways that are not there, such as one that a kill left; but not in a file
    /// with shares, where they may be another vault's.
    pub(crate) fn tidy_wrapped_keys(&self) {
        if self.opened.share.is_none() && self.integrity.slots_intact {
            self.remove_foreign_wrapped_keys();
        }
    }

    /// Removes the wrapped keys of ways that this vault does not have.
    pub(crate) fn remove_foreign_wrapped_keys(&self) {
        let Some(manifest) = self.manifest.as_ref().filter(|it| !it.ways_incomplete) else {
            return;
        };
        for way in Way::WITH_HARDWARE {
            if !manifest.has(way) {
                let _ = wrapped_key::remove(self.store.path(), way);
            }
        }
    }

    /// Whether this is what is kept; what cannot be read now may be.
    fn may_keep(&self, key: &WrappedKey) -> bool {
        match wrapped_key::read(self.store.path(), key.way()) {
            Ok(kept) => kept.as_ref() == Some(key),
            Err(Error::Damaged { .. }) => false,
            Err(_) => true,
        }
    }

    /// Gives a way the file that it had. If that fails too, the new file serves the new slot.
    fn put_back(&self, way: Way, before: Option<WrappedKey>) {
        let path = self.store.path();
        let _ = match before {
            Some(key) => wrapped_key::write(path, &key),
            None => wrapped_key::remove(path, way),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use getrandom::SysRng;
    use rand_core::UnwrapErr;
    use tempfile::TempDir;

    use super::*;
    use crate::{
        kdf::KdfParams,
        record::Summary,
        recovery::RecoveryCode,
        secret::{Passphrase, PlatformSecret},
    };

    const OLD: u8 = 1;
    const NEW: u8 = 2;

    fn rng() -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    fn secret(number: u8) -> PlatformSecret {
        PlatformSecret::new(&[number; 32]).unwrap()
    }

    fn file(number: u8) -> WrappedKey {
        WrappedKey::new(Way::Platform, &[number; 100]).unwrap()
    }

    /// A vault whose platform way was being renewed when it was killed, after the new slot or after the
    /// file.
    fn killed(file_replaced: bool) -> (TempDir, RecoveryCode, LockedVault) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        let (passphrase, params) = (Passphrase::new("p").unwrap(), KdfParams::FLOOR);
        let (mut vault, code) = Vault::create(path, &passphrase, params, &mut rng()).unwrap();
        let proof = Unlock::Recovery(&code);
        let old = secret(OLD);
        vault
            .add_hardware_way(proof, Unlock::Platform(&old), &[OLD; 100], &mut rng())
            .unwrap();
        let mut manifest = vault.prove(proof).unwrap();
        let slot = vault.free_slot(&manifest, &mut rng()).unwrap();
        let mut table = vault.table.clone();
        let new = secret(NEW);
        table
            .wrap(
                Unlock::Platform(&new),
                slot,
                &vault.opened,
                |_| true,
                &mut rng(),
            )
            .unwrap();
        manifest.bind(slot, Way::Platform, &table);
        vault.put_slots(table, manifest, &mut rng()).unwrap();
        if file_replaced {
            wrapped_key::write(vault.store.path(), &file(NEW)).unwrap();
        }
        let locked = vault.lock();
        (folder, code, locked)
    }

    fn opens(path: &Path, number: u8) -> bool {
        let locked = LockedVault::open(path).unwrap();
        locked
            .unlock(Unlock::Platform(&secret(number)), 0, &mut rng())
            .is_ok()
    }

    #[test]
    fn after_a_kill_the_secret_of_the_file_opens_and_ends_the_other() {
        for (file_replaced, works, other) in [(false, OLD, NEW), (true, NEW, OLD)] {
            let (folder, code, locked) = killed(file_replaced);
            let path = folder.path().join("v");
            assert_eq!(
                locked.wrapped_key(Way::Platform),
                Ok(Some(vec![works; 100]))
            );
            // Another way cannot know which of the two works.
            let mut vault = locked
                .unlock(Unlock::Recovery(&code), 0, &mut rng())
                .unwrap();
            assert!(vault.integrity().is_intact());
            assert_eq!(vault.ways().len(), 3);
            vault.insert(&Summary::default(), b"", &mut rng()).unwrap();
            drop(vault);
            assert!(opens(&path, other));

            let locked = LockedVault::open(&path).unwrap();
            let works = secret(works);
            let mut vault = locked
                .unlock(Unlock::Platform(&works), 0, &mut rng())
                .unwrap();
            assert!(vault.integrity().is_intact());
            vault.insert(&Summary::default(), b"", &mut rng()).unwrap();
            assert_eq!(vault.ways().len(), 3);
            drop(vault);
            assert!(!opens(&path, other));
            let locked = LockedVault::open(&path).unwrap();
            let vault = locked
                .unlock(Unlock::Platform(&works), 0, &mut rng())
                .unwrap();
            assert!(vault.integrity().is_intact() && vault.check().unwrap().is_clean());
        }
    }

    #[test]
    fn a_renewal_after_a_kill_ends_both() {
        for file_replaced in [false, true] {
            let (folder, code, locked) = killed(file_replaced);
            let path = folder.path().join("v");
            let mut vault = locked
                .unlock(Unlock::Recovery(&code), 0, &mut rng())
                .unwrap();
            let next = secret(3);
            let (proof, next) = (Unlock::Recovery(&code), Unlock::Platform(&next));
            vault
                .add_hardware_way(proof, next, &[3; 100], &mut rng())
                .unwrap();
            drop(vault);
            assert!(opens(&path, 3) && !opens(&path, OLD) && !opens(&path, NEW));
        }
    }

    #[test]
    fn removing_a_way_ends_every_slot_of_it() {
        for file_replaced in [false, true] {
            let (folder, code, locked) = killed(file_replaced);
            let path = folder.path().join("v");
            let mut vault = locked
                .unlock(Unlock::Recovery(&code), 0, &mut rng())
                .unwrap();
            vault.remove_way(Way::Platform, &mut rng()).unwrap();
            assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
            assert_eq!(vault.wrapped_key(Way::Platform), Ok(None));
            drop(vault);
            assert!(!opens(&path, OLD) && !opens(&path, NEW));
        }
    }

    #[test]
    fn renewals_that_are_never_finished_end_in_a_refusal_that_harms_nothing() {
        let (folder, code, locked) = killed(false);
        let path = folder.path().join("v");
        let mut vault = locked
            .unlock(Unlock::Recovery(&code), 0, &mut rng())
            .unwrap();
        let mut manifest = vault.writable_manifest().unwrap();
        let table = vault.table.clone();
        let free = vault.free_slots(&manifest);
        for slot in free {
            manifest.bind(slot, Way::Platform, &table);
        }
        vault.put_slots(table, manifest, &mut rng()).unwrap();
        let next = secret(3);
        let (proof, next) = (Unlock::Recovery(&code), Unlock::Platform(&next));
        let full = vault.add_hardware_way(proof, next, &[3; 100], &mut rng());
        assert_eq!(full, Err(Error::NoFreeSlot));
        drop(vault);
        assert!(opens(&path, OLD));
        let old = secret(OLD);
        let locked = LockedVault::open(&path).unwrap();
        let mut vault = locked
            .unlock(Unlock::Platform(&old), 0, &mut rng())
            .unwrap();
        vault.insert(&Summary::default(), b"", &mut rng()).unwrap();
        vault
            .add_hardware_way(proof, next, &[3; 100], &mut rng())
            .unwrap();
        drop(vault);
        assert!(opens(&path, 3) && !opens(&path, OLD));
    }
}
