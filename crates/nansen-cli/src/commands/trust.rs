//! What a verifier trusts: roots, publishers, lists and packs, in a file of its own or in a vault. Every signature is checked again when the file is read, so that it need not be secret.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use nansen::trust_store::Added;
use nansen::verifier::Answered;
use nansen::{TrustStore, Wallet};
use nansen_credential::cose::MultiSigned;
use nansen_credential::pack::Pack;
use nansen_credential::status::StatusList;
use nansen_credential::trust::{Authority, ROOT_TYPE, Root, VERIFIER_LIST_TYPE};
use nansen_exchange::qr::Kind;
use serde_json::{Value, json};

use super::explain;
use super::knowledge::{Ages, StatusKnown};
use super::notes::{self, NotesArgs};
use crate::args::{Context, Rng};
use crate::clock::Moment;
use crate::desk::hex;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::input;
use crate::limits::{LIST_BYTES_MAX, PACK_BYTES_MAX};
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
    /// What all that means: how old it is, who may issue or ask for what, and on whose word
    Explain {
        /// The trust file
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: PathBuf,
        /// Only about this issuer, by its URI or a part of its name
        #[arg(long, value_name = "URI|NAME")]
        issuer: Option<String>,
    },
    /// What packs say of a country: notes and whom to turn to
    Notes(NotesArgs),
    /// Trust a root, publisher, list or pack no more
    Remove {
        /// The trust file
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: PathBuf,
        #[command(flatten)]
        old: OldTrust,
    },
}

/// What to trust no more.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct OldTrust {
    /// A root's public key
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    root: Option<String>,
    /// A publisher's name
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// A pack, as PUBLISHER/ID
    #[arg(long, value_name = "PUBLISHER/ID", value_parser = of_publisher)]
    pack: Option<(String, String)>,
    /// A trust list or verifier list that came on its own, as PUBLISHER/ID or KEY/ID
    #[arg(long, value_name = "SIGNER/ID", value_parser = of_signer, allow_hyphen_values = true)]
    list: Option<(Authority, String)>,
}

/// Roots and lists to add.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewTrust {
    /// A root's public key: base64url, or a file or picture that holds it
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    root: Vec<String>,
    /// The first root statement of a publisher, with the digest that came another way
    #[arg(long, value_name = "FILE=PIN", value_parser = pinned)]
    publisher: Vec<(PathBuf, [u8; 32])>,
    /// Lists, packs and root statements: files, pictures of codes, or texts of codes
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
                    read(trust, context.output)?
                } else {
                    TrustStore::new()
                };
                let added = new.add_to(&mut store, context)?;
                files::write(trust, &store.to_cbor())?;
                say_added(&added, context.output)?;
            }
            Self::List { trust } => {
                say_trust(
                    &read(trust, context.output)?,
                    context.clock.now(),
                    context.output,
                )?;
            }
            Self::Explain { trust, issuer } => {
                let now = context.clock.now();
                explain::explain(
                    &read(trust, context.output)?,
                    issuer.as_deref(),
                    now,
                    context.output,
                )?;
            }
            Self::Notes(notes) => notes::run(notes, context)?,
            Self::Remove { trust, old } => {
                let mut store = read(trust, context.output)?;
                old.remove_from(&mut store)?;
                files::write(trust, &store.to_cbor())?;
                context.output.say(&json!({"removed": true}), "removed")?;
            }
        }
        Ok(Exit::Done)
    }
}

impl TrustArgs {
    /// Reads what is trusted.
    pub(crate) fn open(&self, context: &mut Context) -> Result<Trust> {
        match (&self.trust, &self.vault) {
            (Some(path), _) => Ok(Trust::File(path.clone(), read(path, context.output)?)),
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

impl OldTrust {
    /// Takes everything out of a store. What belongs to others goes before them.
    ///
    /// # Errors
    /// [`Failure::NotTrusted`] for the first that is not in it: nothing is to be written then.
    fn remove_from(&self, store: &mut TrustStore) -> Result<()> {
        if let Some((publisher, id)) = &self.pack
            && !store.remove_pack(publisher, id)
        {
            let name = format!("{publisher}/{id}");
            return Err(Failure::NotTrusted { what: "pack", name });
        }
        if let Some((signer, id)) = &self.list
            && !store.remove_list(signer, id)
        {
            let name = format!("{}/{id}", signer_text(signer));
            return Err(Failure::NotTrusted { what: "list", name });
        }
        if let Some(name) = &self.publisher
            && !store.remove_publisher(name)
        {
            let (what, name) = ("publisher", name.clone());
            return Err(Failure::NotTrusted { what, name });
        }
        if let Some(root) = &self.root
            && !store.remove_root(&device_key::from_text(root)?)
        {
            let (what, name) = ("root", root.clone());
            return Err(Failure::NotTrusted { what, name });
        }
        Ok(())
    }
}

impl NewTrust {
    /// Adds everything to a store.
    fn add_to(&self, store: &mut TrustStore, context: &Context) -> Result<Vec<(String, Added)>> {
        self.each(context.output, |item| match item {
            Item::Root(key) => Ok(store.add_root(key)?),
            Item::Publisher(statement, pin) => Ok(store.add_publisher(&statement, &pin)?),
            Item::Rotation(statement) => Ok(store.add_rotations(&[statement])?),
            Item::TrustList(bytes) => Ok(store.add_trust_list(&bytes)?),
            Item::VerifierList(bytes) => Ok(store.add_verifier_list(&bytes)?),
            Item::Pack(bytes) => Ok(store.add_pack(&bytes)?),
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
            Item::Publisher(statement, pin) => Ok(wallet.add_publisher(&statement, &pin, rng)?),
            Item::Rotation(statement) => Ok(wallet.add_rotations(&[statement], rng)?),
            Item::TrustList(bytes) => Ok(wallet.add_trust_list(&bytes, rng)?),
            Item::VerifierList(bytes) => Ok(wallet.add_verifier_list(&bytes, rng)?),
            Item::Pack(bytes) => Ok(wallet.add_pack(&bytes, rng)?),
            Item::StatusList(bytes) => Ok(wallet.add_status_list(&bytes, rng)?),
        })
    }

    /// Roots first, then what they sign, then status lists: each vouches for the next.
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
        for (path, pin) in &self.publisher {
            let statement = files::read(path, LIST_BYTES_MAX)?;
            let name = path.display().to_string();
            added.push((name, add(Item::Publisher(statement, *pin))?));
        }
        let mut items = Vec::new();
        for path in &self.lists {
            let kinds = [Kind::TrustList, Kind::StatusList, Kind::Pack];
            let bytes = input::signed(path, PACK_BYTES_MAX, &kinds, output)?;
            items.push((path.display().to_string(), Item::of(bytes)));
        }
        items.sort_by_cached_key(|(_, item)| item.rank());
        for (name, item) in items {
            let done = add(item).map_err(Failure::at(&name))?;
            added.push((name, done));
        }
        Ok(added)
    }
}

enum Item {
    Root(nansen_credential::cose::PublicKey),
    Publisher(Vec<u8>, [u8; 32]),
    Rotation(Vec<u8>),
    TrustList(Vec<u8>),
    VerifierList(Vec<u8>),
    Pack(Vec<u8>),
    StatusList(Vec<u8>),
}

impl Item {
    /// What signed bytes are, by their own account.
    fn of(bytes: Vec<u8>) -> Self {
        let is = |media_type| MultiSigned::parse(&bytes, media_type).is_ok();
        if Pack::preview(&bytes).is_ok() {
            Self::Pack(bytes)
        } else if is(ROOT_TYPE) {
            Self::Rotation(bytes)
        } else if is(VERIFIER_LIST_TYPE) {
            Self::VerifierList(bytes)
        } else if StatusList::unverified_kid(&bytes).is_ok() {
            Self::StatusList(bytes)
        } else {
            Self::TrustList(bytes)
        }
    }

    /// Its place among those that vouch for each other: rotations by version.
    fn rank(&self) -> (u8, u64) {
        match self {
            Self::Root(_) | Self::Publisher(..) => (0, 0),
            Self::Rotation(bytes) => (1, Root::preview(bytes).map_or(0, |root| root.version)),
            Self::TrustList(_) | Self::VerifierList(_) => (2, 0),
            Self::Pack(_) => (3, 0),
            Self::StatusList(_) => (4, 0),
        }
    }
}

/// An argument `PUBLISHER/ID` or `KEY/ID`.
fn of_signer(text: &str) -> std::result::Result<(Authority, String), &'static str> {
    let (signer, id) = of_publisher(text)?;
    let signer = match device_key::from_text(&signer) {
        Ok(key) => Authority::Key(key),
        Err(_) => Authority::Publisher(signer),
    };
    Ok((signer, id))
}

/// An argument `PUBLISHER/ID`.
fn of_publisher(text: &str) -> std::result::Result<(String, String), &'static str> {
    match text.split_once('/') {
        Some((publisher, id)) if !publisher.is_empty() && !id.is_empty() => {
            Ok((publisher.to_owned(), id.to_owned()))
        }
        _ => Err("is not two names with a slash between: `nansen trust list` tells both"),
    }
}

/// An argument `FILE=PIN`, the pin in hexadecimal.
fn pinned(text: &str) -> std::result::Result<(PathBuf, [u8; 32]), &'static str> {
    const WRONG: &str = "is not FILE=PIN with a pin of 64 hexadecimal digits";
    let (file, pin) = text.rsplit_once('=').ok_or(WRONG)?;
    let digits = pin.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = digits.collect();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    Ok((PathBuf::from(file), bytes.ok_or(WRONG)?))
}

/// Who signed a list: a publisher's name, or a key.
fn signer_text(signer: &Authority) -> String {
    match signer {
        Authority::Key(key) => device_key::to_text(key),
        Authority::Publisher(name) => name.clone(),
    }
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

/// Says what is trusted; ages are by the clock `now`.
pub(crate) fn say_trust(store: &TrustStore, now: i64, output: Output) -> Result<()> {
    let ages = Ages::of(store, now);
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
            json!({"id": list.id(), "signer": signer_text(list.signed_by()),
                   "version": list.version(), "issued_at": list.issued_at(),
                   "next_update": list.next_update(), "issuers": issuers})
        })
        .collect();
    let known = StatusKnown::all(store);
    let status_lists: Vec<Value> = known.iter().map(|list| list.to_json(ages)).collect();
    let publishers: Vec<Value> = store
        .publishers()
        .map(|root| {
            json!({"name": root.publisher(), "version": root.version(), "pin": hex(root.digest()),
                   "expires_at": root.content().expires_at})
        })
        .collect();
    let verifier_lists: Vec<Value> = store
        .verifier_lists()
        .iter()
        .map(|list| {
            let content = list.content();
            json!({"id": content.id, "signer": list.publisher(), "version": content.version,
                   "issued_at": content.issued_at, "next_update": content.next_update, "verifiers": content.verifiers.len()})
        })
        .collect();
    let packs: Vec<Value> = store
        .packs()
        .map(|pack| {
            json!({"publisher": pack.publisher, "id": pack.id, "version": pack.version,
                   "issued_at": pack.issued_at, "next_update": pack.next_update,
                   "items": pack.items.len()})
        })
        .collect();
    let mut lines: Vec<String> = roots.iter().map(|root| format!("root {root}")).collect();
    lines.extend(store.publishers().map(|root| {
        let (name, version) = (root.publisher(), root.version());
        format!("publisher {name}, root version {version}")
    }));
    lines.extend(store.packs().map(|pack| {
        let (id, version, publisher) = (&pack.id, pack.version, &pack.publisher);
        let at = Moment(pack.issued_at);
        let age = ages.text(pack.freshness(ages.now));
        format!("pack {id} version {version} of {publisher}, signed {at}, {age}")
    }));
    for list in store.trust_lists() {
        let (id, version, at) = (list.id(), list.version(), Moment(list.issued_at()));
        let age = ages.text(list.freshness(ages.now));
        lines.push(format!(
            "trust list {id} version {version} of {at}, {age}: {} issuers, signed by {}",
            list.issuers().len(),
            signer_text(list.signed_by())
        ));
    }
    for list in store.verifier_lists() {
        let content = list.content();
        let (id, version, at) = (&content.id, content.version, Moment(content.issued_at));
        let age = ages.text(list.freshness(ages.now));
        lines.push(format!(
            "verifier list {id} version {version} of {at}, {age}: {} verifiers, signed by {}",
            content.verifiers.len(),
            list.publisher()
        ));
    }
    lines.extend(known.iter().map(|list| {
        let (at, age) = (Moment(list.issued_at), ages.text(list.freshness(ages)));
        let (uri, entries, on) = (list.uri, list.entries, list.word());
        format!("status list {uri} of {at}, {age}: {entries} places, on {on}")
    }));
    let json = json!({
        "roots": roots,
        "publishers": publishers,
        "packs": packs,
        "verifier_lists": verifier_lists,
        "trust_lists": trust_lists,
        "status_lists": status_lists,
        "latest_signed_time": store.latest_signed_time(),
    });
    output.say(&json, &crate::output::plain(&lines.join("\n")))
}

pub(super) fn read(path: &std::path::Path, output: Output) -> Result<TrustStore> {
    let bytes = files::read(path, nansen::trust_store::STORED_FORM_MAX as u64)?;
    let store = TrustStore::from_cbor(&bytes)?;
    if let Some(damage) = store.damage() {
        warn_of(damage, output);
    }
    Ok(store)
}

/// Warns that not all that was trusted is.
pub(crate) fn warn_of(damage: &nansen::Error, output: Output) {
    output.warn(&format!(
        "part of what was trusted could not be read ({damage}): add it again"
    ));
}
