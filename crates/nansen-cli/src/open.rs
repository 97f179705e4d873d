//! Vaults of the command line: where they are, and what opens them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use nansen::{LockedWallet, Wallet};
use nansen_exchange::qr::Kind;
use nansen_vault::{
    GuardianSecret, KdfParams, LockedVault, Passphrase, RecoveryCode, Unlock, Vault, calibrate,
};
use zeroize::Zeroizing;

use crate::args::Context;
use crate::commands::trust::warn_of;
use crate::desk::Desk;
use crate::failure::{Failure, Result};
use crate::files;
use crate::input;
use crate::limits::PICTURE_BYTES_MAX;
use crate::output::Output;
use crate::pictures;

/// Which vault holds the wallet.
#[derive(Args, Clone, Debug)]
pub(crate) struct VaultArgs {
    /// The vault file
    #[arg(long, env = "NANSEN_VAULT", value_name = "FILE")]
    pub(crate) vault: PathBuf,
    /// Unlock with the recovery code, taken from where a passphrase would be
    #[arg(long)]
    pub(crate) recovery_code: bool,
    /// Unlock with a guardian's card: a picture of its code, or a file with its text. Once for
    /// each card
    #[arg(long, value_name = "FILE", conflicts_with = "recovery_code")]
    pub(crate) card: Vec<PathBuf>,
}

/// Which vault holds the desk.
#[derive(Args, Clone, Debug)]
pub(crate) struct DeskArgs {
    /// The desk's vault file
    #[arg(long, env = "NANSEN_DESK", value_name = "FILE")]
    pub(crate) desk: PathBuf,
}

/// How much work a passphrase costs.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum KdfArg {
    /// The least allowed: 19 MiB, 2 passes
    Floor,
    /// 64 MiB, 3 passes
    #[default]
    Default,
    /// About half a second on this machine
    Calibrate,
}

/// What opened a vault, kept as proof for changing the passphrase.
pub(crate) enum Key {
    /// A passphrase.
    Passphrase(Passphrase),
    /// The recovery code.
    Recovery(RecoveryCode),
    /// What guardians' cards gave together.
    Guardians(GuardianSecret),
}

impl Key {
    /// As the vault takes it.
    pub(crate) fn unlock(&self) -> Unlock<'_> {
        match self {
            Self::Passphrase(passphrase) => Unlock::Passphrase(passphrase),
            Self::Recovery(code) => Unlock::Recovery(code),
            Self::Guardians(secret) => Unlock::Guardians(secret),
        }
    }
}

impl VaultArgs {
    /// Unlocks the wallet.
    pub(crate) fn wallet(&self, context: &mut Context) -> Result<Wallet> {
        self.wallet_and_key(context).map(|(wallet, _)| wallet)
    }

    /// Unlocks the wallet and hands out what opened it.
    pub(crate) fn wallet_and_key(&self, context: &mut Context) -> Result<(Wallet, Key)> {
        // Before the question: nobody types a passphrase for a file that cannot be opened.
        let locked = LockedWallet::open(&self.vault).map_err(Failure::vault_at(&self.vault))?;
        let key = if !self.card.is_empty() {
            let cards = self.card.iter().map(|path| read_card(path, context.output));
            let cards = cards.collect::<Result<Vec<_>>>()?;
            Key::Guardians(nansen::guardians::secret(&cards)?)
        } else if self.recovery_code {
            Key::Recovery(context.secrets.recovery_code()?)
        } else {
            Key::Passphrase(context.secrets.passphrase()?)
        };
        let unlocked = locked.unlock(key.unlock(), context.clock.now(), &mut context.rng);
        let wallet = unlocked.map_err(|failed| failed.error)?;
        tell_damage(wallet.vault(), context.output);
        if let Some(damage) = wallet.trust().damage() {
            warn_of(damage, context.output);
        }
        Ok((wallet, key))
    }
}

impl DeskArgs {
    /// Unlocks the desk.
    pub(crate) fn open(&self, context: &mut Context) -> Result<Desk> {
        open_desk(&self.desk, context)
    }
}

/// Unlocks the desk in a vault.
pub(crate) fn open_desk(path: &Path, context: &mut Context) -> Result<Desk> {
    let locked = LockedVault::open(path).map_err(Failure::vault_at(path))?;
    let passphrase = context.secrets.passphrase()?;
    let now = context.clock.now();
    let unlocked = locked.unlock(Unlock::Passphrase(&passphrase), now, &mut context.rng);
    let vault = unlocked.map_err(|failed| failed.error)?;
    tell_damage(&vault, context.output);
    Desk::open(vault)
}

impl KdfArg {
    /// The parameters.
    pub(crate) fn params(self) -> Result<KdfParams> {
        const TARGET: Duration = Duration::from_millis(500);
        match self {
            Self::Floor => Ok(KdfParams::FLOOR),
            Self::Default => Ok(KdfParams::DEFAULT),
            Self::Calibrate => {
                let start = Instant::now();
                Ok(calibrate(TARGET, || start.elapsed())?)
            }
        }
    }
}

/// A guardian's card, as its code or its text has it.
fn read_card(path: &Path, output: Output) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = files::read_secret(path, PICTURE_BYTES_MAX)?;
    if pictures::is_picture(&bytes) {
        let message = input::message(&[path.to_owned()], &[Kind::GuardianCard], output)?;
        return Ok(Zeroizing::new(message.bytes));
    }
    Ok(Zeroizing::new(bytes.trim_ascii().to_vec()))
}

fn tell_damage(vault: &Vault, output: Output) {
    if !vault.integrity().is_intact() {
        output.warn("the vault is not as it was written; `nansen vault check` says more");
    }
}
