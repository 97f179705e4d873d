//! Several people's wallets on one phone: a folder of vault files, and a chooser that shows of them what
//! each owner allows.
//!
//! A wallet's file is `HEX.nansen` of 16 random digits: its name tells nothing. A wallet with a label is
//! shown by it; one without is opened by who knows that it is there, by a secret alone. Invariant: what a
//! wallet holds depends on no other, and nobody's secret opens, wipes or changes another's.
//!
//! Whoever can list the folder can count the files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nansen_vault::{Error as VaultError, Label, Unlock, read_label};
use rand_core::CryptoRng;

use crate::{Error, LockedWallet, Wallet};

/// Most wallets that a folder may hold to be chosen from.
pub const WALLETS_MAX: usize = 32;
const EXTENSION: &str = "nansen";

/// A folder of wallets.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// A wallet that its owner lets others see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownWallet {
    /// Its file.
    pub path: PathBuf,
    /// What its owner calls it.
    pub label: Label,
}

impl Folder {
    /// Names a folder, which should be the app's alone.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The wallets that are to be seen, by label.
    ///
    /// # Errors
    /// [`Error::Folder`]; [`Error::TooMany`] above [`WALLETS_MAX`] files.
    pub fn shown(&self) -> Result<Vec<ShownWallet>, Error> {
        let mut shown = Vec::new();
        for path in self.files()? {
            if let Some(label) = label(&path) {
                shown.push(ShownWallet { path, label });
            }
        }
        shown.sort_by(|one, other| (&one.label, &one.path).cmp(&(&other.label, &other.path)));
        Ok(shown)
    }

    /// A free place for a new wallet.
    ///
    /// # Errors
    /// As [`Folder::shown`].
    pub fn place_for_new(&self, rng: &mut impl CryptoRng) -> Result<PathBuf, Error> {
        let count = self.files()?.len() + 1;
        if count > WALLETS_MAX {
            return Err(too_many(count));
        }
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        let name = format!("{:016x}.{EXTENSION}", u64::from_be_bytes(random));
        Ok(self.path.join(name))
    }

    /// Opens the wallet without a label that `unlock` belongs to. With a passphrase, each wallet without a
    /// label costs a run of Argon2id; they count the try if it opens none of them, and for a while even then,
    /// as [`LockedVault::forgive`](nansen_vault::LockedVault::forgive) says. `now` in seconds
    /// since 1970. Of two files of one wallet, such as the old one and what was rescued from it, it opens
    /// the one that was changed more often.
    ///
    /// A wallet that wipes itself after wrong passphrases is not tried, since it would after those of
    /// others; and a passphrase that wipes is taken for a wrong one, since it may be that of somebody else
    /// here. Whoever wants either needs a label.
    ///
    /// # Errors
    /// [`Error::SeveralWallets`] for a passphrase that two people chose, of whose wallets it opens neither:
    /// nobody can tell which of them typed it. Each of them opens theirs by its file or by another way, and
    /// chooses another.
    ///
    /// If it opens none of them, or there is none: of a damaged one its damage, of one that has to wait
    /// its wait, else what [`LockedWallet::unlock`] says to a wrong secret. Files that are open elsewhere
    /// are passed over.
    pub fn unlock_hidden(
        &self,
        unlock: Unlock<'_>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Wallet, Error> {
        let mut refused = unlock.refused();
        let (mut tried, mut opened) = (Vec::new(), Vec::new());
        let hidden = self
            .files()?
            .into_iter()
            .filter(|path| label(path).is_none());
        for path in hidden {
            let found =
                LockedWallet::open(path).and_then(|locked| Ok((locked.attempts()?, locked)));
            let error = match found {
                Ok((before, _)) if before.wipe_after.is_some() => continue,
                Ok((before, locked)) => match locked.unlock_sparing(unlock, now, rng) {
                    Ok(wallet) => {
                        opened.push(wallet);
                        continue;
                    }
                    Err(failed) => {
                        tried.push((failed.locked, before));
                        failed.error
                    }
                },
                Err(error) => error,
            };
            if let Error::Vault(
                error @ (VaultError::Damaged { .. } | VaultError::TooManyAttempts { .. }),
            ) = error
            {
                refused = error;
            }
        }
        let mut opened = opened.into_iter();
        let Some(first) = opened.next() else {
            return Err(refused.into());
        };
        for (locked, before) in &tried {
            // A try that stays counted is ended by the next right one.
            let _: Result<(), Error> = LockedWallet::forgive(locked, before, now);
        }
        opened.try_fold(first, newer)
    }

    /// The wallets' files, by name.
    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let read = || {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(&self.path)? {
                let path = entry?.path();
                if path.extension() == Some(OsStr::new(EXTENSION)) {
                    files.push(path);
                }
            }
            files.sort();
            Ok(files)
        };
        let files = read().map_err(|error: std::io::Error| Error::Folder { kind: error.kind() })?;
        match files.len() {
            0..=WALLETS_MAX => Ok(files),
            count => Err(too_many(count)),
        }
    }
}

/// Of two files of one wallet, the one that was changed more often.
fn newer(one: Wallet, other: Wallet) -> Result<Wallet, Error> {
    let (vault, its) = (one.vault(), other.vault());
    match vault.is_copy_of(its) {
        false => Err(Error::SeveralWallets),
        true if its.counter() > vault.counter() => Ok(other),
        true => Ok(one),
    }
}

/// A label that cannot be read shows nothing, as one that is not there.
fn label(path: &Path) -> Option<Label> {
    read_label(path).ok().flatten()
}

const fn too_many(count: usize) -> Error {
    Error::TooMany {
        what: "wallets",
        count,
        limit: WALLETS_MAX,
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use nansen_vault::{KdfParams, Passphrase};
    use rand_core::UnwrapErr;

    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text).unwrap()
    }

    const NOW: i64 = 1_790_000_000;

    fn hidden_by(folder: &Folder, secret: &str, now: i64) -> Result<Wallet, Error> {
        let secret = passphrase(secret);
        folder.unlock_hidden(Unlock::Passphrase(&secret), now, &mut UnwrapErr(SysRng))
    }

    /// A wallet with this passphrase, and a label if its owner wants one.
    fn live(folder: &Folder, secret: &str, seen_as: Option<&str>) -> PathBuf {
        let rng = &mut UnwrapErr(SysRng);
        let path = folder.place_for_new(rng).unwrap();
        let params = KdfParams::FLOOR;
        let (mut wallet, _) = Wallet::create(&path, &passphrase(secret), params, rng).unwrap();
        let seen_as = seen_as.map(|text| Label::new(text).unwrap());
        wallet.vault_mut().set_label(seen_as.as_ref()).unwrap();
        wallet.new_device_key(NOW, rng).unwrap();
        path
    }

    #[test]
    fn each_is_seen_as_far_as_they_allow_and_opens_by_their_own_secret() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        assert_eq!(folder.shown(), Ok(vec![]));
        let nobody = hidden_by(&folder, "c", NOW);
        assert_eq!(nobody.err(), Some(VaultError::WrongPassphrase.into()));

        let second = live(&folder, "b", Some("Binta"));
        let first = live(&folder, "a", Some("Amina"));
        let hidden = live(&folder, "c", None);
        let labels = |shown: Vec<ShownWallet>| -> Vec<(PathBuf, String)> {
            let texts = shown.into_iter();
            texts
                .map(|wallet| (wallet.path, wallet.label.as_str().into()))
                .collect()
        };
        let expected = [(first.clone(), "Amina".into()), (second, "Binta".into())];
        assert_eq!(labels(folder.shown().unwrap()), expected);

        let found = hidden_by(&folder, "c", NOW).unwrap();
        assert_eq!(found.vault().record_count(), 1);
        // Amina's own secret opens no hidden wallet, whether the hidden one is in use or not.
        for _ in 0..2 {
            let refused = hidden_by(&folder, "a", NOW);
            assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
        }
        drop(found);
        std::fs::write(&hidden, [0x5a; 64]).unwrap();
        let refused = hidden_by(&folder, "c", NOW);
        assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
        assert!(LockedWallet::open(&first).is_ok());
    }

    #[test]
    fn who_opens_one_hidden_wallet_leaves_no_failure_in_another() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let paths = [live(&folder, "a", None), live(&folder, "b", None)];
        let mut now = NOW;
        for _ in 0..8 {
            for secret in ["a", "b"] {
                now += 600;
                drop(hidden_by(&folder, secret, now).unwrap());
            }
        }
        let failed = || {
            paths
                .clone()
                .map(|path| LockedWallet::open(path).unwrap().attempts())
        };
        assert!(
            failed()
                .into_iter()
                .all(|attempts| attempts.unwrap().failed == 0)
        );
        // What opens neither counts in both, and then both wait.
        now += 3600;
        for _ in 0..5 {
            let refused = hidden_by(&folder, "c", now);
            assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
        }
        assert!(
            failed()
                .into_iter()
                .all(|attempts| attempts.unwrap().failed == 5)
        );
        let waits = hidden_by(&folder, "a", now).err();
        assert_eq!(
            waits,
            Some(VaultError::TooManyAttempts { seconds: 30 }.into())
        );
        let mut wallet = hidden_by(&folder, "a", now + 30).unwrap();
        let (proof, most) = (passphrase("a"), std::num::NonZeroU8::new(10));
        let proof = Unlock::Passphrase(&proof);
        wallet.vault_mut().set_wipe_after(proof, most).unwrap();
        drop(wallet);
        let refused = hidden_by(&folder, "a", now + 3600);
        assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
    }

    #[test]
    fn whoever_has_a_wallet_here_does_not_guess_at_anothers_without_a_wait() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        live(&folder, "hers", None);
        let mine = live(&folder, "guess", None);
        for _ in 0..5 {
            drop(hidden_by(&folder, "guess", NOW).unwrap());
        }
        std::fs::remove_file(mine).unwrap();
        let waits = Some(VaultError::TooManyAttempts { seconds: 30 }.into());
        assert_eq!(hidden_by(&folder, "hers", NOW).err(), waits);
        assert!(hidden_by(&folder, "hers", NOW + 30).is_ok());
    }

    #[test]
    fn nobodys_passphrase_wipes_another_wallet() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let rng = &mut UnwrapErr(SysRng);
        let path = folder.place_for_new(rng).unwrap();
        let [hers, decoy, wipe] = ["hers", "decoy", "1234"].map(passphrase);
        let (mut wallet, code) = Wallet::create(&path, &hers, KdfParams::FLOOR, rng).unwrap();
        let (proof, decoy) = (Unlock::Recovery(&code), Unlock::Passphrase(&decoy));
        let wipe = Unlock::Passphrase(&wipe);
        wallet.create_decoy(proof, decoy, rng).unwrap();
        wallet.set_wipe_passphrase(proof, decoy, wipe, rng).unwrap();
        drop(wallet);
        let refused = hidden_by(&folder, "1234", NOW).err();
        assert_eq!(refused, Some(VaultError::WrongPassphrase.into()));
        let attempts = || LockedWallet::open(&path).unwrap().attempts().unwrap();
        assert_eq!(attempts().failed, 1);
        // Whose passphrase it is gets in, whichever file comes first.
        for _ in 0..4 {
            live(&folder, "other", None);
        }
        live(&folder, "1234", None);
        let his = hidden_by(&folder, "1234", NOW).unwrap();
        assert_eq!(his.vault().record_count(), 1);
        drop(his);
        for secret in ["hers", "decoy"] {
            assert!(hidden_by(&folder, secret, NOW).is_ok());
        }
        // Where it was chosen it wipes.
        let chosen = LockedWallet::open(&path).unwrap();
        drop(chosen.unlock(wipe, NOW, rng).unwrap());
        let refused = hidden_by(&folder, "hers", NOW).err();
        assert_eq!(refused, Some(VaultError::WrongPassphrase.into()));
    }

    #[test]
    fn a_passphrase_that_two_people_chose_opens_neither_wallet_and_one_of_two_files_the_newer() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let rng = &mut UnwrapErr(SysRng);
        let first = live(&folder, "a", None);
        let rescued = place.path().join("0.nansen");
        let mut wallet = hidden_by(&folder, "a", NOW).unwrap();
        wallet.rescue(&rescued, rng).unwrap();
        drop(wallet);
        for (path, count) in [(&rescued, 2), (&first, 4)] {
            let secret = passphrase("a");
            let locked = LockedWallet::open(path).unwrap();
            wallet = locked
                .unlock(Unlock::Passphrase(&secret), NOW, rng)
                .unwrap();
            while wallet.vault().record_count() < count {
                wallet.new_device_key(NOW, rng).unwrap();
            }
            drop(wallet);
            wallet = hidden_by(&folder, "a", NOW).unwrap();
            assert_eq!(wallet.vault().record_count(), count);
            drop(wallet);
        }

        let other = live(&folder, "a", None);
        let uninvolved = live(&folder, "b", None);
        let refused = hidden_by(&folder, "a", NOW).err();
        assert_eq!(refused, Some(Error::SeveralWallets));
        for path in [&first, &rescued, &other, &uninvolved] {
            let attempts = LockedWallet::open(path).unwrap().attempts();
            assert_eq!(attempts.unwrap().failed, 0);
        }
        // One that is seen is no longer meant.
        let secret = passphrase("a");
        let locked = LockedWallet::open(&other).unwrap();
        wallet = locked
            .unlock(Unlock::Passphrase(&secret), NOW, rng)
            .unwrap();
        let label = Label::new("Binta").unwrap();
        wallet.vault_mut().set_label(Some(&label)).unwrap();
        drop(wallet);
        assert!(hidden_by(&folder, "a", NOW).is_ok());
    }

    #[test]
    fn a_folder_that_is_missing_or_too_full_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let missing = Folder::new(place.path().join("none")).shown();
        let kind = std::io::ErrorKind::NotFound;
        assert_eq!(missing, Err(Error::Folder { kind }));
        let folder = Folder::new(place.path());
        for number in 0..WALLETS_MAX {
            std::fs::write(place.path().join(format!("{number}.nansen")), b"").unwrap();
        }
        let rng = &mut UnwrapErr(SysRng);
        assert!(matches!(
            folder.place_for_new(rng),
            Err(Error::TooMany { .. })
        ));
        assert_eq!(folder.shown(), Ok(vec![]));
    }
}
