//! Several people's wallets on one phone: a folder of vault files, and a chooser that shows of them what
//! each owner allows.
//!
//! A wallet's file is `HEX.nansen` of 16 random digits: its name tells nothing. A wallet with a label is
//! shown by it; one without is opened by who knows that it is there, by a secret alone. Invariant: what a
//! wallet holds depends on no other, and neither does opening it.
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

    /// Opens the wallet without a label that `unlock` belongs to. With a passphrase, each that it does
    /// not open costs a run of Argon2id.
    ///
    /// # Errors
    /// What [`LockedWallet::unlock`] says to a wrong secret, if it opens none of them or there is none; of
    /// a damaged one, its damage. Files that are open elsewhere are passed over.
    pub fn unlock_hidden(&self, unlock: Unlock<'_>) -> Result<Wallet, Error> {
        let mut refused = unlock.refused();
        let hidden = self
            .files()?
            .into_iter()
            .filter(|path| label(path).is_none());
        for path in hidden {
            let opened = match LockedWallet::open(path) {
                Ok(locked) => locked.unlock(unlock).map_err(|failed| failed.error),
                Err(error) => Err(error),
            };
            match opened {
                Ok(wallet) => return Ok(wallet),
                Err(Error::Vault(damaged @ VaultError::Damaged { .. })) => refused = damaged,
                Err(_) => {}
            }
        }
        Err(refused.into())
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

    /// A wallet with this passphrase, and a label if its owner wants one.
    fn live(folder: &Folder, secret: &str, seen_as: Option<&str>) -> PathBuf {
        let rng = &mut UnwrapErr(SysRng);
        let path = folder.place_for_new(rng).unwrap();
        let params = KdfParams::FLOOR;
        let (mut wallet, _) = Wallet::create(&path, &passphrase(secret), params, rng).unwrap();
        let seen_as = seen_as.map(|text| Label::new(text).unwrap());
        wallet.vault_mut().set_label(seen_as.as_ref()).unwrap();
        wallet.new_device_key(1_790_000_000, rng).unwrap();
        path
    }

    #[test]
    fn each_is_seen_as_far_as_they_allow_and_opens_by_their_own_secret() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        assert_eq!(folder.shown(), Ok(vec![]));
        let nobody = folder.unlock_hidden(Unlock::Passphrase(&passphrase("c")));
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

        let found = folder
            .unlock_hidden(Unlock::Passphrase(&passphrase("c")))
            .unwrap();
        assert_eq!(found.vault().record_count(), 1);
        // Amina's own secret opens no hidden wallet, whether the hidden one is in use or not.
        for _ in 0..2 {
            let refused = folder.unlock_hidden(Unlock::Passphrase(&passphrase("a")));
            assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
        }
        drop(found);
        std::fs::write(&hidden, [0x5a; 64]).unwrap();
        let refused = folder.unlock_hidden(Unlock::Passphrase(&passphrase("c")));
        assert_eq!(refused.err(), Some(VaultError::WrongPassphrase.into()));
        assert!(LockedWallet::open(&first).is_ok());
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
