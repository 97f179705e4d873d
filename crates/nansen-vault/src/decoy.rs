//! A second vault in the file, for whoever forces the first one's owner to unlock; and a passphrase that
//! wipes the first on the way into the second.
//!
//! | | real vault | decoy |
//! |---|---|---|
//! | vault key, id, manifest place | its own | its own |
//! | key slots, rows | its share | the opposite share |
//! | salt and cost of a passphrase | the file's | the file's |
//!
//! The decoy is a vault like any other and does not know that it is one. What it may not touch is what no
//! vault of any file touches, so nothing that it refuses tells of the other; and what would have to be
//! refused, to make a decoy in what may be the other's share, is not. A slot that wipes stands in the real
//! vault's share and holds the decoy's key. Invariant: a wipe is one commit, before which all opens as it
//! did and after which only the decoy does.

use rand_core::CryptoRng;

use crate::{
    copies::Copies,
    documents,
    error::{Error, Result},
    keys::Keys,
    limits::{KEY_SLOTS, MANIFEST_PLACES, REWRITE_BYTES},
    manifest::{Manifest, PLACE},
    recovery::RecoveryCode,
    secret::SecretKey,
    slots::{self, Opened, SlotTable},
    store::Store,
    vault::{Vault, below, seal_manifest, two_slots},
    ways::{Unlock, Way},
    wrapped_key,
};

impl Vault {
    /// Makes a second vault in the same file, empty, which the passphrase `new` opens from then on as it
    /// would any vault; its recovery code is returned. A passphrase together with the platform secret of
    /// this phone will do as well, and opens it as long as the wrapped key is kept beside the file.
    ///
    /// **A decoy that is there already is destroyed**, and so is whatever else the other half of the file
    /// holds: made from within a decoy, this ends the vault that the decoy hides. To refuse there would
    /// tell that there is one.
    ///
    /// ```
    /// # use nansen_vault::{Error, KdfParams, Passphrase, Summary, Unlock, Vault};
    /// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    /// # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
    /// # let path = folder.path().join("v.nansen");
    /// # let now = 1_700_000_000;
    /// # let (pin, other) = (Passphrase::new("482911")?, Passphrase::new("730016")?);
    /// # let (mut vault, _) = Vault::create(path, &pin, KdfParams::FLOOR, &mut rng)?;
    /// let (proof, new) = (Unlock::Passphrase(&pin), Unlock::Passphrase(&other));
    /// let code = vault.create_decoy(proof, new, &mut rng)?;
    /// let mut decoy = vault.lock().unlock(new, now, &mut rng)?;
    /// decoy.insert(&Summary::default(), b"what may be seen", &mut rng)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoRoomForDecoy`] in a file of format version 1; [`Error::SecretInUse`] for a passphrase
    /// of this vault; [`Error::WrongCallForWay`] for a way without a passphrase; as
    /// [`Vault::add_way`]. Nothing has then changed.
    pub fn create_decoy(
        &mut self,
        proof: Unlock<'_>,
        new: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<RecoveryCode> {
        if !new.way().has_passphrase() {
            return Err(Error::WrongCallForWay(new.way()));
        }
        let mut manifest = self.prove(proof)?;
        let own = self.opened.share.as_ref().ok_or(Error::NoRoomForDecoy)?;
        let share = own.opposite();
        let [first, second] = two_slots(&share, rng);
        let mut table = self.table.clone();
        let stale: Vec<usize> = manifest.wipe_slots().collect();
        for slot in share.slots().chain(stale.iter().copied()) {
            table.forget(slot, rng);
        }
        for slot in stale {
            manifest.unbind(slot, &table);
        }
        let (mut vault, mut vault_key) = ([0; 16], SecretKey::zeros());
        rng.fill_bytes(&mut vault);
        rng.fill_bytes(vault_key.reveal_mut());
        let place = self.other_place(rng);
        let decoy = Opened {
            slot: first,
            way: new.way(),
            vault_key,
            vault,
            place,
            share: Some(share),
            wipes: false,
        };
        let code = RecoveryCode::random(rng);
        table.wrap(new, first, &decoy, self.knows(), rng)?;
        table.wrap(Unlock::Recovery(&code), second, &decoy, self.knows(), rng)?;
        let mut its_manifest = Manifest::new();
        its_manifest.bind(first, new.way(), &table);
        its_manifest.bind(second, Way::Recovery, &table);
        let keys = Keys::derive(&decoy.vault_key, vault);
        let sealed = seal_manifest(&keys, place, &its_manifest, rng);
        self.put_slots_and(table, manifest, rng, |store| {
            store.put_manifest(place, &sealed)
        })?;
        // Of a decoy that was there before, nobody can open the documents any more.
        documents::remove_foreign(self);
        Ok(code)
    }

    /// Sets the passphrase `wipe`, which destroys this vault and then opens the decoy, whose own it becomes
    /// in place of the one that the decoy had; replaces the one that was set before. The decoy is named by what opens it, `decoy`,
    /// and not changed.
    ///
    /// Whoever watches has no means to tell the two openings apart but that this one takes longer. Think
    /// about who will be in front of the screen: to destroy what somebody wants to see, and may learn of,
    /// is a danger of its own. A copy of the file that was made before is not wiped.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`] and its like for a `proof` that is not this vault's or a `decoy` that
    /// opens no other; [`Error::SecretInUse`] for a passphrase that opens either;
    /// [`Error::WrongCallForWay`] for a way without a passphrase; as [`Vault::add_way`].
    pub fn set_wipe_passphrase(
        &mut self,
        proof: Unlock<'_>,
        decoy: Unlock<'_>,
        wipe: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        if !wipe.way().has_passphrase() {
            return Err(Error::WrongCallForWay(wipe.way()));
        }
        let mut manifest = self.prove(proof)?;
        let own = self.opened.share.as_ref().ok_or(Error::NoRoomForDecoy)?;
        let opened = self.counting(decoy, || {
            let opened = self.table.open(decoy)?;
            let is_other = opened.share.as_ref().is_some_and(|it| it.is_opposite(own));
            match is_other && !slots::same_key(&opened.vault_key, &self.opened.vault_key) {
                true => Ok(opened),
                false => Err(decoy.refused()),
            }
        })?;
        let opened = Opened {
            wipes: true,
            ..opened
        };
        let known = manifest.wipe_slots().next();
        let slot = match known {
            Some(slot) => slot,
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => self.free_slot(&manifest, rng)?,
        };
        let mut table = self.table.clone();
        table.wrap(wipe, slot, &opened, |_| true, rng)?;
        manifest.bind_wipe(slot, wipe.way(), &table);
        self.put_slots(table, manifest, rng)
    }

    /// Ends the passphrase that wipes this vault, if there is one. Its slot is gone from the file and its
    /// WAL when this returns.
    ///
    /// # Errors
    /// What writing can fail with; it then still wipes.
    pub fn remove_wipe_passphrase(&mut self, rng: &mut impl CryptoRng) -> Result<()> {
        let mut manifest = self.writable_manifest()?;
        let slots: Vec<usize> = manifest.wipe_slots().collect();
        if slots.is_empty() {
            return Ok(());
        }
        let mut table = self.table.clone();
        for slot in slots {
            table.forget(slot, rng);
            manifest.unbind(slot, &table);
        }
        self.put_slots(table, manifest, rng)
    }

    /// Makes the secret that wiped a way of this vault, in place of the one that it had, and removes what is
    /// left of the vaults that were wiped: their documents, the files beside the vault, and older versions
    /// of pages.
    pub(crate) fn finish_wipe(&mut self, wiped_by: Unlock<'_>, rng: &mut impl CryptoRng) {
        // Until that is written, the secret wipes again, which is nothing.
        let _: Result<()> = self.adopt(wiped_by, rng);
        self.remove_foreign_wrapped_keys();
        documents::remove_foreign(self);
        if self.store.file_bytes().is_ok_and(|it| it <= REWRITE_BYTES) {
            // The keys are gone: what cannot be tidied up now opens nothing.
            let _: Result<()> = self.compact();
        }
    }

    fn adopt(&mut self, wiped_by: Unlock<'_>, rng: &mut impl CryptoRng) -> Result<()> {
        let mut manifest = self.writable_manifest()?;
        let replaced: Vec<usize> = manifest.slots_of(wiped_by.way()).collect();
        let slot = match replaced.split_first() {
            Some((slot, others)) => {
                self.superseded = others.to_vec();
                *slot
            }
            None if manifest.ways_incomplete => return Err(Error::SlotUnknown),
            None => self.free_slot(&manifest, rng)?,
        };
        let mut table = self.table.clone();
        let marked = std::mem::replace(&mut self.opened.slot, slot);
        table.forget(marked, rng);
        self.opened.wipes = false;
        let wrapped = table.wrap(wiped_by, slot, &self.opened, self.knows(), rng);
        let written = wrapped.and_then(|()| {
            manifest.bind(slot, wiped_by.way(), &table);
            self.put_slots(table, manifest, rng)
        });
        written.inspect_err(|_| (self.opened.slot, self.opened.wipes) = (marked, true))
    }

    /// A manifest place that is not this vault's.
    fn other_place(&self, rng: &mut impl CryptoRng) -> u8 {
        loop {
            let place = u8::try_from(below(MANIFEST_PLACES, rng)).unwrap_or_default();
            if place != self.opened.place {
                return place;
            }
        }
    }
}

/// Ends every vault of the file but the one that was `opened` by a slot that wipes.
///
/// # Errors
/// What writing can fail with: nothing is then wiped, and nothing opened.
pub(crate) fn wipe(
    store: &Store,
    table: &mut SlotTable,
    opened: &Opened,
    rng: &mut impl CryptoRng,
) -> Result<()> {
    let stays = |slot| opened.share.as_ref().is_some_and(|it| it.has_slot(slot));
    for slot in (0..KEY_SLOTS).filter(|slot| *slot != opened.slot && !stays(*slot)) {
        table.forget(slot, rng);
    }
    overwrite(store, table, Some(opened.place), rng)
}

/// Ends every vault of the file.
///
/// # Errors
/// What reading and writing can fail with.
pub(crate) fn wipe_all(store: &Store, rng: &mut impl CryptoRng) -> Result<()> {
    let mut table = Copies::read(store.slots()?)?.into_first();
    for slot in 0..KEY_SLOTS {
        table.forget(slot, rng);
    }
    overwrite(store, &table, None, rng)?;
    for way in Way::WITH_HARDWARE {
        // What stays of it opens nothing.
        let _ = wrapped_key::remove(store.path(), way);
    }
    Ok(())
}

/// Writes the slots, and random bytes into every manifest place but one, in one commit of which no older
/// version is left in the WAL.
fn overwrite(
    store: &Store,
    table: &SlotTable,
    except: Option<u8>,
    rng: &mut impl CryptoRng,
) -> Result<()> {
    store.begin()?;
    let written = store.put_slots(&table.encode()).and_then(|()| {
        for place in (0..).take(MANIFEST_PLACES).filter(|it| Some(*it) != except) {
            let mut random = vec![0; PLACE];
            rng.fill_bytes(&mut random);
            store.put_manifest(place, &random)?;
        }
        store.commit()
    });
    written.inspect_err(|_| store.rollback())?;
    // A log that cannot be cut now is cut at the next lock.
    let _ = store.truncate_wal();
    Ok(())
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{
        KdfParams, LockedVault, Passphrase, Summary, attempts::Attempts, kdf, slots::TRIALS,
    };

    const NOW: i64 = 1_800_000_000;

    fn rng() -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    fn word(text: &str) -> Passphrase {
        Passphrase::new(text).unwrap()
    }

    /// Runs of Argon2id, slots tried, and what came of it.
    fn tried(locked: LockedVault, text: &str) -> (u32, u32, Option<Error>, LockedVault) {
        let before = (kdf::RUNS.get(), TRIALS.get());
        let word = word(text);
        let (error, locked) = match locked.unlock(Unlock::Passphrase(&word), NOW, &mut rng()) {
            Ok(vault) => (None, vault.lock()),
            Err(failed) => (Some(failed.error), failed.locked),
        };
        let spent = (kdf::RUNS.get() - before.0, TRIALS.get() - before.1);
        (spent.0, spent.1, error, locked)
    }

    #[test]
    fn every_passphrase_costs_the_same_work_with_a_decoy_and_without() {
        let folder = tempfile::tempdir().unwrap();
        for has_decoy in [false, true] {
            let path = folder.path().join(has_decoy.to_string());
            let (mine, other, wipe) = (word("mine"), word("other"), word("wipe"));
            let created = Vault::create(path, &mine, KdfParams::CHEAP, &mut rng());
            let (mut vault, code) = created.unwrap();
            let proof = Unlock::Recovery(&code);
            if has_decoy {
                let new = Unlock::Passphrase(&other);
                vault.create_decoy(proof, new, &mut rng()).unwrap();
                let wipe = Unlock::Passphrase(&wipe);
                vault
                    .set_wipe_passphrase(proof, new, wipe, &mut rng())
                    .unwrap();
            }
            let mut locked = vault.lock();
            for (text, opens) in [
                ("wrong", false),
                ("mine", true),
                ("other", has_decoy),
                ("wipe", has_decoy),
                ("mine", !has_decoy),
            ] {
                let (runs, trials, error, back) = tried(locked, text);
                // A wipe wraps its secret once more.
                let wraps = u32::from(has_decoy && text == "wipe");
                assert_eq!((runs, trials), (1 + wraps, 17 + 15 * wraps), "{text}");
                assert_eq!(error.is_none(), opens, "{text}");
                locked = back;
            }
        }
    }

    #[test]
    fn an_attempt_is_in_the_file_before_it_is_made_and_a_wait_costs_no_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        let created = Vault::create(&path, &word("mine"), KdfParams::CHEAP, &mut rng());
        let mut locked = created.unwrap().0.lock();
        let begun = Attempts::begin(&locked.store, NOW).unwrap();
        assert_eq!(begun.failed, 0);
        assert_eq!(
            locked.attempts().unwrap().failed,
            1,
            "as a kill would leave it"
        );
        for _ in 1..5 {
            (_, _, _, locked) = tried(locked, "wrong");
        }
        let (runs, trials, error, _) = tried(locked, "mine");
        assert_eq!((runs, trials), (0, 0));
        assert_eq!(error, Some(Error::TooManyAttempts { seconds: 30 }));
    }

    #[test]
    fn a_full_disk_keeps_no_owner_out_and_wipes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        let (mine, other, wipe) = (word("mine"), word("other"), word("wipe"));
        let created = Vault::create(path, &mine, KdfParams::CHEAP, &mut rng());
        let (mut vault, code) = created.unwrap();
        let (proof, new) = (Unlock::Recovery(&code), Unlock::Passphrase(&other));
        vault.create_decoy(proof, new, &mut rng()).unwrap();
        vault
            .set_wipe_passphrase(proof, new, Unlock::Passphrase(&wipe), &mut rng())
            .unwrap();
        let kept = vault.insert(&Summary::default(), b"kept", &mut rng());
        let kept = kept.unwrap();
        // Counting takes no page more than there is, so only a lack of any tells.
        let mut locked = vault.lock();
        locked.store.refuse_writes(true);
        let (.., error, back) = tried(locked, "mine");
        assert_eq!(error, None);
        (_, _, _, locked) = tried(back, "wipe");
        locked.store.refuse_writes(false);
        let vault = locked.unlock(proof, NOW, &mut rng()).unwrap();
        assert_eq!(*vault.body(kept).unwrap(), b"kept");
    }
}
