//! Passphrases: from a file descriptor, the environment or a prompt, never from an argument,
//! where every program of the machine could read them.

use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;

use nansen_vault::{Passphrase, RecoveryCode};
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// Environment variable that holds the passphrase.
pub(crate) const PASSPHRASE_VARIABLE: &str = "NANSEN_PASSPHRASE";
/// Environment variable that holds a new passphrase, where one replaces another.
pub(crate) const NEW_PASSPHRASE_VARIABLE: &str = "NANSEN_NEW_PASSPHRASE";
/// Environment variable that holds the passphrase or code of a backup.
pub(crate) const BACKUP_VARIABLE: &str = "NANSEN_BACKUP_SECRET";
/// Environment variable that holds the passphrase of a decoy.
pub(crate) const DECOY_VARIABLE: &str = "NANSEN_DECOY_PASSPHRASE";

/// Where secrets come from.
pub(crate) struct SecretInput {
    /// The descriptor, opened once: each secret is a line of it.
    descriptor: Option<BufReader<std::fs::File>>,
}

impl SecretInput {
    /// Reads secrets from the lines of this file descriptor, if one is given.
    pub(crate) fn new(descriptor: Option<u32>) -> Result<Self> {
        let open = |number: u32| -> Result<_> {
            let path = PathBuf::from(format!("/dev/fd/{number}"));
            let file = std::fs::File::open(&path).map_err(Failure::file(&path))?;
            Ok(BufReader::new(file))
        };
        Ok(Self {
            descriptor: descriptor.map(open).transpose()?,
        })
    }

    /// The passphrase of a vault.
    pub(crate) fn passphrase(&mut self) -> Result<Passphrase> {
        self.secret(PASSPHRASE_VARIABLE, "Passphrase: ", false)
    }

    /// The passphrase that a new vault is to have.
    pub(crate) fn first_passphrase(&mut self) -> Result<Passphrase> {
        self.secret(PASSPHRASE_VARIABLE, "New passphrase: ", true)
    }

    /// The passphrase that is to take the place of the old one: the descriptor's second line.
    pub(crate) fn new_passphrase(&mut self) -> Result<Passphrase> {
        self.secret(NEW_PASSPHRASE_VARIABLE, "New passphrase: ", true)
    }

    /// A recovery code, taken from the same places as a passphrase.
    pub(crate) fn recovery_code(&mut self) -> Result<RecoveryCode> {
        let typed = self.text(PASSPHRASE_VARIABLE, "Recovery code: ", false)?;
        Ok(RecoveryCode::parse(&typed)?)
    }

    /// The passphrase of a decoy: the descriptor's second line. A first one is asked for twice.
    pub(crate) fn decoy_passphrase(&mut self, is_first: bool) -> Result<Passphrase> {
        self.secret(DECOY_VARIABLE, "Passphrase of the decoy: ", is_first)
    }

    /// The passphrase of a backup: the descriptor's next line. A first one is asked for twice.
    pub(crate) fn backup_passphrase(&mut self, is_first: bool) -> Result<Passphrase> {
        self.secret(BACKUP_VARIABLE, "Passphrase of the backup: ", is_first)
    }

    /// The code of a backup, taken from the same places as its passphrase.
    pub(crate) fn backup_code(&mut self) -> Result<RecoveryCode> {
        let typed = self.text(BACKUP_VARIABLE, "Code of the backup: ", false)?;
        Ok(RecoveryCode::parse(&typed)?)
    }

    fn secret(&mut self, variable: &str, prompt: &str, twice: bool) -> Result<Passphrase> {
        let typed = self.text(variable, prompt, twice)?;
        Ok(Passphrase::new(typed.as_bytes())?)
    }

    fn text(&mut self, variable: &str, prompt: &str, twice: bool) -> Result<Zeroizing<String>> {
        if let Some(lines) = &mut self.descriptor {
            let mut line = Zeroizing::new(String::new());
            let mut bounded = lines.by_ref().take(LINE_MAX);
            bounded.read_line(&mut line).map_err(Failure::Output)?;
            let length = line.trim_end_matches(['\r', '\n']).len();
            line.truncate(length);
            return Ok(line);
        }
        if let Ok(value) = std::env::var(variable) {
            return Ok(Zeroizing::new(value));
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::NoPassphrase);
        }
        let ask = |prompt: &str| {
            rpassword::prompt_password(prompt)
                .map(Zeroizing::new)
                .map_err(Failure::Output)
        };
        let typed = ask(prompt)?;
        if twice && *ask("The same again: ")? != *typed {
            return Err(Failure::PassphrasesDiffer);
        }
        Ok(typed)
    }
}

/// Bytes of a line with a secret: above the longest passphrase.
const LINE_MAX: u64 = 4096;
