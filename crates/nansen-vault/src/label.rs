//! The name that a vault's owner lets others see before it is unlocked, in a file beside the vault.
//!
//! `NAME-label` holds the text as UTF-8 and nothing else. Without it nothing tells whose vault it is.
//! It stands in clear and anybody who can write the folder can change it: it says which vault to try,
//! and nothing rests on it. Invariant: a [`Label`] is one line that can be shown.

use std::path::{Path, PathBuf};

use crate::{
    error::{Error, Field, Result, bounded},
    limits::LABEL_BYTES,
    place,
    vault::{LockedVault, Vault},
};

/// A short name for a chooser, such as a first name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// Takes a text without the white space around it.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] when it is empty or above [`LABEL_BYTES`]; [`Error::NotALabel`] for control
    /// characters, line ends among them.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        bounded(Field::Label, text.len(), 1, LABEL_BYTES)?;
        if text.contains(char::is_control) {
            return Err(Error::NotALabel);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LockedVault {
    /// What its owner lets others see; `None` where that is nothing, or is no label any more.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn label(&self) -> Result<Option<Label>> {
        read_label(self.store.path())
    }
}

impl Vault {
    /// As [`LockedVault::label`].
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn label(&self) -> Result<Option<Label>> {
        read_label(self.store.path())
    }

    /// Lets others see a label, or nothing.
    ///
    /// # Errors
    /// What writing can fail with; what was seen before is then still seen.
    pub fn set_label(&mut self, label: Option<&Label>) -> Result<()> {
        match label {
            Some(label) => write(self.store.path(), label),
            None => match place::remove(&place_of(self.store.path())) {
                Err(Error::NotFound) => Ok(()),
                removed => removed,
            },
        }
    }
}

/// The label of the vault at a path, which nobody needs to open for it.
///
/// # Errors
/// [`Error::Io`], [`Error::ReadOnly`] for a file that may not be read.
pub fn read_label(vault: &Path) -> Result<Option<Label>> {
    match place::read_bounded(&place_of(vault), LABEL_BYTES + 1) {
        Ok(bytes) => Ok(String::from_utf8(bytes)
            .ok()
            .and_then(|text| Label::new(&text).ok())),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets others see a label of the vault at a path.
///
/// # Errors
/// What writing can fail with; what was seen before is then still seen.
pub(crate) fn write(vault: &Path, label: &Label) -> Result<()> {
    place::replace(&place_of(vault), label.0.as_bytes())
}

fn place_of(vault: &Path) -> PathBuf {
    place::suffixed(vault, "-label")
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{KdfParams, Passphrase};

    #[test]
    fn what_the_owner_allows_is_seen_without_a_key_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        let passphrase = Passphrase::new("p").unwrap();
        let rng = &mut UnwrapErr(SysRng);
        let (mut vault, _) = Vault::create(&path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        assert_eq!(read_label(&path), Ok(None));
        vault.set_label(None).unwrap();
        vault
            .set_label(Some(&Label::new(" Amina ").unwrap()))
            .unwrap();
        assert_eq!(read_label(&path).unwrap().unwrap().as_str(), "Amina");
        assert_eq!(vault.lock().label().unwrap().unwrap().as_str(), "Amina");
        for spoilt in [&b"\xff"[..], b"", b"two\nlines", &[b'x'; LABEL_BYTES + 1]] {
            std::fs::write(place_of(&path), spoilt).unwrap();
            assert_eq!(read_label(&path), Ok(None));
        }
        let mut vault = LockedVault::open(&path)
            .unwrap()
            .unlock(crate::Unlock::Passphrase(&passphrase), 0, rng)
            .unwrap();
        vault.set_label(None).unwrap();
        assert!(!place_of(&path).exists());
    }

    #[test]
    fn a_label_is_one_line_of_bounded_length() {
        assert_eq!(Label::new("a\u{7}b"), Err(Error::NotALabel));
        assert!(matches!(Label::new("  "), Err(Error::OutOfBounds { .. })));
        let long = "x".repeat(LABEL_BYTES + 1);
        assert!(matches!(Label::new(&long), Err(Error::OutOfBounds { .. })));
        assert!(Label::new(&long[1..]).is_ok());
    }
}
