//! The command line: global options and the tree of commands.

use clap::{Parser, Subcommand};
use rand_core::UnwrapErr;

use crate::clock::{Clock, Moment};
use crate::commands::{
    batch, demo, doc, issuer, pack, present, qr, receipt, request, root, trust, vault, verify,
};
use crate::exit::{Exit, TABLE};
use crate::failure::Result;
use crate::output::Output;
use crate::secret_input::SecretInput;

/// Credentials shown by QR and checked offline: issuing desks, wallets and verifiers.
#[derive(Parser, Debug)]
#[command(name = "nansen", version, after_long_help = TABLE, propagate_version = true)]
pub(crate) struct Arguments {
    /// JSON on stdout, one object (or one a line); errors as JSON on stderr
    #[arg(long, global = true)]
    json: bool,
    /// Take this for the time: unix seconds or RFC 3339. For tests
    #[arg(long, global = true, value_name = "TIME")]
    now: Option<Moment>,
    /// Read the passphrase from this file descriptor (a second line where a new one is asked
    /// for), instead of `NANSEN_PASSPHRASE` or a prompt
    #[arg(long, global = true, value_name = "N")]
    passphrase_fd: Option<u32>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Issue, revoke, and sign the lists that verifiers carry
    #[command(subcommand)]
    Issuer(issuer::Command),
    /// Keep credentials
    #[command(subcommand)]
    Vault(vault::Command),
    /// Keep documents: scans, photos, PDFs
    #[command(subcommand)]
    Doc(doc::Command),
    /// Ask for claims
    #[command(subcommand)]
    Request(request::Command),
    /// Answer a request, or show claims without one
    Present(present::PresentArgs),
    /// Check what is shown
    Verify(verify::VerifyArgs),
    /// Check many presentations at once
    Batch(batch::BatchArgs),
    /// Read a verification receipt
    Receipt(receipt::ReceiptArgs),
    /// Roots, lists and packs of a verifier without a vault
    #[command(subcommand)]
    Trust(trust::Command),
    /// Whose keys speak for a publisher: statements, signatures, rotation
    #[command(subcommand)]
    Root(root::Command),
    /// All that a phone goes by, in one file signed by its publisher
    #[command(subcommand)]
    Pack(pack::Command),
    /// Any file as QR codes, and back
    #[command(subcommand)]
    Qr(qr::Command),
    /// Run the whole journey, and everything that must be refused
    Demo(demo::DemoArgs),
    /// The table of exit codes
    #[command(long_about = TABLE)]
    ExitCodes,
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Issuer(command) => command.run(context),
            Self::Vault(command) => command.run(context),
            Self::Doc(command) => command.run(context),
            Self::Request(command) => command.run(context),
            Self::Present(args) => args.run(context),
            Self::Verify(args) => args.run(context),
            Self::Batch(args) => args.run(context),
            Self::Receipt(args) => args.run(context),
            Self::Trust(command) => command.run(context),
            Self::Root(command) => command.run(context),
            Self::Pack(command) => command.run(context),
            Self::Qr(command) => command.run(context),
            Self::Demo(args) => args.run(context),
            Self::ExitCodes => {
                let json = serde_json::json!({ "exit_codes": TABLE });
                context.output.say(&json, TABLE)?;
                Ok(Exit::Done)
            }
        }
    }
}

/// The system's random bytes; a system that has none ends the program.
pub(crate) type Rng = UnwrapErr<getrandom::SysRng>;

/// What every command needs.
pub(crate) struct Context {
    /// How to speak.
    pub(crate) output: Output,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Where passphrases come from.
    pub(crate) secrets: SecretInput,
    /// Randomness.
    pub(crate) rng: Rng,
}

/// A [`Context`] whose passphrase descriptor is not open yet.
pub(crate) struct Unready {
    /// How to speak, also of what goes wrong on the way.
    pub(crate) output: Output,
    now: Option<Moment>,
    passphrase_fd: Option<u32>,
}

impl Arguments {
    /// The command, and what it will run in.
    pub(crate) fn split(self) -> (Command, Unready) {
        let unready = Unready {
            output: Output::new(self.json),
            now: self.now,
            passphrase_fd: self.passphrase_fd,
        };
        (self.command, unready)
    }
}

impl Unready {
    /// Opens what has to be opened.
    pub(crate) fn ready(self) -> Result<Context> {
        Ok(Context {
            output: self.output,
            clock: Clock::new(self.now),
            secrets: SecretInput::new(self.passphrase_fd)?,
            rng: UnwrapErr(getrandom::SysRng),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
