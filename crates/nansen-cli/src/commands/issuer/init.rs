//! A new desk, in a vault of its own.

use clap::{Args, ValueEnum};
use nansen_credential::cose::SecretKey;
use nansen_vault::Vault;

use super::{DAY, describe, pair};
use crate::args::{Context, Rng};
use crate::commands::vault::say_recovery_code;
use crate::desk::{Desk, Issuing, Root};
use crate::failure::Result;
use crate::files;
use crate::limits::STATUS_ENTRIES_MAX;
use crate::open::{DeskArgs, KdfArg};

/// A new desk.
#[derive(Args, Clone, Debug)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// Who issues: the `iss` of the credentials
    #[arg(long, required_unless_present = "root", requires_all = ["name", "country", "types"])]
    uri: Option<String>,
    /// The issuer's name, as TAG=NAME with a BCP 47 language tag, such as en="Skills Board"
    #[arg(long, value_name = "TAG=NAME", value_parser = pair)]
    name: Vec<(String, String)>,
    /// Its country, ISO 3166-1 alpha-3
    #[arg(long)]
    country: Option<String>,
    /// Type of credential that it issues
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// How the URIs of its status lists begin; a number follows [default: URI/s/]
    #[arg(long, value_name = "URI")]
    status_uri: Option<String>,
    /// Bits a status: 1 for revoking, 2 for suspending too
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    status_bits: u8,
    /// Entries of each status list: the crowd that one credential hides in
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u64).range(8..=STATUS_ENTRIES_MAX))]
    status_entries: u64,
    /// Algorithm of the keys
    #[arg(long, value_enum, default_value_t)]
    algorithm: AlgorithmArg,
    /// Years for which the issuing key is to be trusted
    #[arg(long, default_value_t = 5)]
    years: u32,
    /// Make a root key too, that signs trust lists
    #[arg(long)]
    root: bool,
    /// Id of the trust list that the root key signs
    #[arg(long, default_value = "trust-list")]
    list_id: String,
    /// How much work a passphrase costs whoever guesses
    #[arg(long, value_enum, default_value_t)]
    kdf: KdfArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum AlgorithmArg {
    /// Ed25519
    #[default]
    Ed25519,
    /// ECDSA on P-256
    Es256,
}

impl AlgorithmArg {
    fn generate(self, rng: &mut Rng) -> SecretKey {
        match self {
            Self::Ed25519 => SecretKey::generate_ed25519(rng),
            Self::Es256 => SecretKey::generate_p256(rng),
        }
    }
}

impl InitArgs {
    /// Makes the desk.
    pub(super) fn run(&self, context: &mut Context) -> Result<()> {
        files::check_free(&self.desk.desk)?;
        let now = context.clock.now();
        let issuing = self.uri.as_ref().map(|uri| Issuing {
            key: self.algorithm.generate(&mut context.rng),
            uri: uri.clone(),
            names: self.name.iter().cloned().collect(),
            country: self.country.clone().unwrap_or_default(),
            types: self.types.clone(),
            status_prefix: self
                .status_uri
                .clone()
                .unwrap_or_else(|| format!("{uri}/s/")),
            status_bits: self.status_bits,
            status_entries: self.status_entries,
            not_before: now,
            not_after: now.saturating_add(i64::from(self.years) * 365 * DAY),
        });
        let root = self.root.then(|| Root {
            key: self.algorithm.generate(&mut context.rng),
            list_id: self.list_id.clone(),
        });
        let passphrase = context.secrets.first_passphrase()?;
        let params = self.kdf.params()?;
        let (vault, code) = Vault::create(&self.desk.desk, &passphrase, params, &mut context.rng)?;
        let desk = Desk::create(vault, issuing, root, now, &mut context.rng)?;
        say_recovery_code(describe(&desk), code.groups().as_str(), context.output)
    }
}
