//! What a verifier trusts: roots, trust lists and status lists, in a file of its own or in a
//! vault. Every signature is checked again when the file is read, so that it need not be secret.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use nansen::trust_store::Added;
use nansen::verifier::Answered;
use nansen::{TrustStore, Wallet};
use nansen_credential::status::StatusList;
use nansen_exchange::qr::Kind;
use serde_json::{Value, json};

use crate::args::{Context, Rng};
use crate::clock::Moment;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::Result;
use crate::files;
use crate::input;
use crate::limits::LIST_BYTES_MAX;
use crate::open::VaultArgs;
use crate::output::Output;

/// Roots and lists of a verifier without a vault.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Add roots and lists; an older version of a list than the one held is refused
    Add {
        /// The trust file; made if it is not there
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: PathBuf,
        #[command(flatten)]
        new: NewTrust,
    },
    /// What is trusted
    List {
        /// The trust file
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: PathBuf,
    },
}

/// Roots and lists to add.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewTrust {
    /// A root's public key: base64url, or a file or picture that holds it
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    root: Vec<String>,
    /// Trust lists and status lists: files, pictures of codes, or texts of codes
    #[arg(value_name = "LIST")]
    lists: Vec<PathBuf>,
}

/// Where a verifier keeps what it trusts.
#[derive(Args, Clone, Debug)]
pub(crate) struct TrustArgs {
    /// A file made by `nansen trust add`
    #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
    trust: Option<PathBuf>,
    /// A vault, whose roots and lists are used
    #[arg(long, value_name = "FILE", conflicts_with = "trust")]
    vault: Option<PathBuf>,
}

/// What a verifier trusts, and where it is kept.
pub(crate) enum Trust {
    /// In a file.
    File(PathBuf, TrustStore),
    /// In a vault.
    Wallet(Box<Wallet>),
    /// Nowhere: nobody is trusted.
    Nobody(TrustStore),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Add { trust, new } => {
                let mut store = if trust.exists() {
                    read(trust)?
                } else {
                    TrustStore::new()
                };
                let added = new.add_to(&mut store, context)?;
                files::write(trust, &store.to_cbor())?;
                say_added(&added, context.output)?;
            }
            Self::List { trust } => say_trust(&read(trust)?, context.output)?,
        }
        Ok(Exit::Done)
    }
}

impl TrustArgs {
    /// Reads what is trusted.
    pub(crate) fn open(&self, context: &mut Context) -> Result<Trust> {
        match (&self.trust, &self.vault) {
            (Some(path), _) => Ok(Trust::File(path.clone(), read(path)?)),
            (None, Some(vault)) => {
                let vault = VaultArgs {
                    vault: vault.clone(),
                    recovery_code: false,
                    card: Vec::new(),
                };
                Ok(Trust::Wallet(Box::new(vault.wallet(context)?)))
            }
            (None, None) => Ok(Trust::Nobody(TrustStore::new())),
        }
    }
}

impl Trust {
    /// Roots and lists.
    pub(crate) fn store(&self) -> &TrustStore {
        match self {
            Self::File(_, store) | Self::Nobody(store) => store,
            Self::Wallet(wallet) => wallet.trust(),
        }
    }

    /// Writes down the signed times of an answer that are worth trusting.
    pub(crate) fn note_signed_times(&mut self, answered: &Answered, rng: &mut Rng) -> Result<()> {
        match self {
            Self::File(path, store) => {
                let before = store.latest_signed_time();
                answered.note_signed_times(store);
                if store.latest_signed_time() > before {
                    files::write(path, &store.to_cbor())?;
                }
            }
            Self::Wallet(wallet) => wallet.note_signed_times(answered, rng)?,
            Self::Nobody(_) => {}
        }
        Ok(())
    }
}

impl NewTrust {
    /// Adds everything to a store.
    fn add_to(&self, store: &mut TrustStore, context: &Context) -> Result<Vec<(String, Added)>> {
        self.each(context.output, |item| match item {
            Item::Root(key) => Ok(store.add_root(key)?),
            Item::TrustList(bytes) => Ok(store.add_trust_list(&bytes)?),
            Item::StatusList(bytes) => Ok(store.add_status_list(&bytes)?),
        })
    }

    /// Adds everything to a wallet.
    pub(crate) fn add_to_wallet(
        &self,
        wallet: &mut Wallet,
        output: Output,
        rng: &mut Rng,
    ) -> Result<Vec<(String, Added)>> {
        self.each(output, |item| match item {
            Item::Root(key) => Ok(wallet.add_root(key, rng)?),
            Item::TrustList(bytes) => Ok(wallet.add_trust_list(&bytes, rng)?),
            Item::StatusList(bytes) => Ok(wallet.add_status_list(&bytes, rng)?),
        })
    }

    /// Roots first, then trust lists, then status lists: each vouches for the next.
    fn each(
        &self,
        output: Output,
        mut add: impl FnMut(Item) -> Result<Added>,
    ) -> Result<Vec<(String, Added)>> {
        let mut added = Vec::new();
        for root in &self.root {
            let key = device_key::from_argument(root, output)?;
            added.push((device_key::to_text(&key), add(Item::Root(key))?));
        }
        let (mut trust_lists, mut status_lists) = (Vec::new(), Vec::new());
        for path in &self.lists {
            let kinds = [Kind::TrustList, Kind::StatusList];
            let bytes = input::signed(path, LIST_BYTES_MAX, &kinds, output)?;
            let name = path.display().to_string();
            match StatusList::unverified_kid(&bytes) {
                Ok(_) => status_lists.push((name, Item::StatusList(bytes))),
                Err(_) => trust_lists.push((name, Item::TrustList(bytes))),
            }
        }
        for (name, item) in trust_lists.into_iter().chain(status_lists) {
            added.push((name, add(item)?));
        }
        Ok(added)
    }
}

enum Item {
    Root(nansen_credential::cose::PublicKey),
    TrustList(Vec<u8>),
    StatusList(Vec<u8>),
}

/// Says what adding did.
pub(crate) fn say_added(added: &[(String, Added)], output: Output) -> Result<()> {
    let word = |added: &Added| match added {
        Added::New => "new",
        Added::Replaced => "replaced",
        Added::AlreadyHere => "already_here",
    };
    let items: Vec<Value> = added
        .iter()
        .map(|(what, done)| json!({"what": what, "added": word(done)}))
        .collect();
    let lines: Vec<String> = added
        .iter()
        .map(|(what, done)| format!("{what}: {}", word(done).replace('_', " ")))
        .collect();
    output.say(&json!({"added": items}), &lines.join("\n"))
}

/// Says what is trusted.
pub(crate) fn say_trust(store: &TrustStore, output: Output) -> Result<()> {
    let roots: Vec<String> = store.roots().iter().map(device_key::to_text).collect();
    let trust_lists: Vec<Value> = store
        .trust_lists()
        .iter()
        .map(|list| {
            let issuers: Vec<&str> = list
                .issuers()
                .iter()
                .map(|issuer| issuer.name("en"))
                .collect();
            json!({"id": list.id(), "version": list.version(), "issued_at": list.issued_at(),
                   "next_update": list.next_update(), "issuers": issuers})
        })
        .collect();
    let status_lists: Vec<Value> = store
        .status_lists()
        .iter()
        .map(|list| json!({"uri": list.uri(), "issued_at": list.issued_at()}))
        .collect();
    let mut lines: Vec<String> = roots.iter().map(|root| format!("root {root}")).collect();
    for list in store.trust_lists() {
        let (id, version, at) = (list.id(), list.version(), Moment(list.issued_at()));
        lines.push(format!(
            "trust list {id} version {version} of {at}: {} issuers",
            list.issuers().len()
        ));
    }
    for list in store.status_lists() {
        lines.push(format!(
            "status list {} of {}",
            list.uri(),
            Moment(list.issued_at())
        ));
    }
    let json = json!({
        "roots": roots,
        "trust_lists": trust_lists,
        "status_lists": status_lists,
        "latest_signed_time": store.latest_signed_time(),
    });
    output.say(&json, &crate::output::plain(&lines.join("\n")))
}

fn read(path: &std::path::Path) -> Result<TrustStore> {
    Ok(TrustStore::from_cbor(&files::read(path, STORE_BYTES_MAX)?)?)
}

/// Bytes of a trust file: every list that it may hold, at its largest.
const STORE_BYTES_MAX: u64 = 2 * nansen::trust_store::LISTS_MAX as u64 * LIST_BYTES_MAX;
