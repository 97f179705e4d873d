//! A second vault in the file, and passphrases that destroy: for whoever is made to unlock.

use clap::{Args, Subcommand};
use nansen_vault::Unlock;
use serde_json::json;

use super::vault::say_recovery_code;
use crate::args::Context;
use crate::exit::Exit;
use crate::failure::Result;
use crate::open::VaultArgs;

/// What to do about a decoy.
#[derive(Args, Debug)]
pub(crate) struct DecoyArgs {
    #[command(subcommand)]
    command: Command,
}

/// Keep a second vault in the same file.
#[derive(Subcommand, Debug)]
enum Command {
    /// Make it, empty (its passphrase comes from `NANSEN_DECOY_PASSPHRASE`, the second line of
    /// --passphrase-fd, or a prompt), and show its recovery code once
    Make {
        #[command(flatten)]
        vault: VaultArgs,
        /// Yes, destroy whatever the other half of the file holds: an older decoy; or, from
        /// within a decoy, the vault that it hides. What is there cannot be told
        #[arg(long, required = true)]
        destroy_other: bool,
    },
    /// Set a passphrase that destroys this vault and opens the decoy (from
    /// `NANSEN_NEW_PASSPHRASE`, after the decoy's own). To destroy what somebody in front of the
    /// screen wants to see can be a danger of its own
    WipeBy {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// End the passphrase that destroys
    NoWipe {
        #[command(flatten)]
        vault: VaultArgs,
    },
}

impl DecoyArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let output = context.output;
        match &self.command {
            Command::Make { vault, .. } => {
                let (mut wallet, key) = vault.wallet_and_key(context)?;
                let decoy = context.secrets.decoy_passphrase(true)?;
                let new = Unlock::Passphrase(&decoy);
                let code = wallet.create_decoy(key.unlock(), new, &mut context.rng)?;
                say_recovery_code(json!({}), code.groups().as_str(), output)?;
            }
            Command::WipeBy { vault } => {
                let (mut wallet, key) = vault.wallet_and_key(context)?;
                let decoy = context.secrets.decoy_passphrase(false)?;
                let wipe = context.secrets.new_passphrase()?;
                let (decoy, wipe) = (Unlock::Passphrase(&decoy), Unlock::Passphrase(&wipe));
                wallet.set_wipe_passphrase(key.unlock(), decoy, wipe, &mut context.rng)?;
                output.say(&json!({"set": true}), "set: it destroys this vault")?;
            }
            Command::NoWipe { vault } => {
                let mut wallet = vault.wallet(context)?;
                wallet.remove_wipe_passphrase(&mut context.rng)?;
                output.say(&json!({"set": false}), "no passphrase destroys this vault")?;
            }
        }
        Ok(Exit::Done)
    }
}
