//! Packs at a desk and at a verifier: built, looked at, taken in, told as what has changed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use nansen::TrustStore;
use nansen_credential::pack::{Entry, Kind, Manifest, Pack, Preview};
use serde_json::{Value, json};

use super::root::read_chain;
use super::trust;
use crate::args::Context;
use crate::clock::Moment;
use crate::desk::{PackFile, hex};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::input;
use crate::limits::{CLAIMS_BYTES_MAX, PACK_BYTES_MAX};
use crate::open::DeskArgs;
use crate::output::{Output, plain};

/// All that a phone goes by, in one file.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Build a pack from its description, and sign it with the desk's root key
    Build {
        #[command(flatten)]
        desk: DeskArgs,
        /// The description, as JSON
        file: PathBuf,
        /// The publisher's root statements; those after the first travel in the pack
        #[arg(long, value_name = "FILE", required = true)]
        root: Vec<PathBuf>,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// What is in a pack or delta, and whether a trust file would take it
    Inspect {
        /// The pack, as a file or as codes
        pack: PathBuf,
        /// The trust file
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: Option<PathBuf>,
    },
    /// Take a pack or delta into a trust file
    Apply {
        /// The pack, as a file or as codes
        pack: PathBuf,
        /// The trust file
        #[arg(long, env = "NANSEN_TRUST", value_name = "FILE")]
        trust: PathBuf,
    },
    /// A pack as what has changed since another version of it
    Diff {
        /// The version that phones hold
        old: PathBuf,
        /// The version that they should hold
        new: PathBuf,
        /// The publisher's root statements
        #[arg(long, value_name = "FILE", required = true)]
        root: Vec<PathBuf>,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Build {
                desk,
                file,
                root,
                out,
            } => build(desk, file, root, out, context)?,
            Self::Inspect { pack, trust } => inspect(pack, trust.as_deref(), context)?,
            Self::Apply { pack, trust } => {
                let mut store = trust::read(trust)?;
                let bytes = input::pack(pack, context.output)?;
                let added = store.add_pack(&bytes)?;
                files::write(trust, &store.to_cbor())?;
                let added = [(pack.display().to_string(), added)];
                trust::say_added(&added, context.output)?;
            }
            Self::Diff {
                old,
                new,
                root,
                out,
            } => diff(old, new, root, out, context.output)?,
        }
        Ok(Exit::Done)
    }
}

fn build(
    desk: &DeskArgs,
    file: &Path,
    root: &[PathBuf],
    out: &Path,
    context: &mut Context,
) -> Result<()> {
    let json = files::read(file, CLAIMS_BYTES_MAX)?;
    let described: PackFile = serde_json::from_slice(&json).map_err(|source| Failure::Json {
        path: file.to_owned(),
        source,
    })?;
    let (root, rotations) = read_chain(root)?;
    let desk = desk.open(context)?;
    let key = &desk.root()?.key;
    let content = described.content(&root, &rotations, key, context.clock.now())?;
    let mut draft = content.draft(root.publisher())?;
    draft.sign(key)?;
    let complete = draft.clone().finish(&root);
    let (bytes, missing) = match &complete {
        Ok(pack) => (pack.to_transport(), None),
        // Others have to sign it too, by `nansen root sign`.
        Err(missing @ nansen_credential::Error::ThresholdNotMet { .. }) => {
            (draft.to_bytes(), Some(missing.to_string()))
        }
        Err(refused) => return Err(refused.clone().into()),
    };
    files::write(out, &bytes)?;
    let (size, items) = (bytes.len(), content.items.len());
    let lacking = missing.as_ref().map(|missing| format!("; {missing}"));
    context.output.say(
        &json!({"id": content.id, "version": content.version, "items": items, "bytes": size,
                "complete": missing.is_none(), "missing": missing}),
        &plain(&format!(
            "{} version {}, {items} items, {size} bytes{}",
            content.id,
            content.version,
            lacking.unwrap_or_default()
        )),
    )
}

fn inspect(path: &Path, trust: Option<&Path>, context: &Context) -> Result<()> {
    let bytes = input::pack(path, context.output)?;
    let Preview { manifest, base } = Pack::preview(&bytes)?;
    let refused = trust
        .map(|path| {
            let mut store: TrustStore = trust::read(path)?;
            Ok::<_, Failure>(store.add_pack(&bytes).err().map(|it| it.to_string()))
        })
        .transpose()?;
    let now = context.clock.now();
    let items: Vec<Value> = manifest
        .items
        .iter()
        .map(|item| {
            json!({"kind": kind_name(item.kind), "id": item.id, "version": item.version,
                   "bytes": item.size, "expires_at": item.expires_at,
                   "overdue_by": manifest.item_freshness(item, now).overdue_by})
        })
        .collect();
    let mut lines = vec![describe(&manifest, base.is_some(), bytes.len())];
    lines.extend(manifest.items.iter().map(item_line));
    let verdict = match &refused {
        None => "signatures not checked: name a trust file".to_owned(),
        Some(None) => "signatures good: the trust file would take it".to_owned(),
        Some(Some(why)) => format!("the trust file would refuse it: {why}"),
    };
    lines.push(verdict);
    context.output.say(
        &json!({
            "publisher": manifest.publisher, "id": manifest.id, "version": manifest.version,
            "issued_at": manifest.issued_at, "next_update": manifest.next_update,
            "base": base.as_ref().map(|base| hex(base)), "bytes": bytes.len(), "items": items,
            "acceptable": refused.as_ref().map(Option::is_none),
            "refused": refused.flatten(),
        }),
        &plain(&lines.join("\n")),
    )
}

fn diff(old: &Path, new: &Path, root: &[PathBuf], out: &Path, output: Output) -> Result<()> {
    let (root, _) = read_chain(root)?;
    let new = Pack::parse_verified(&files::read(new, PACK_BYTES_MAX)?, &root)?;
    let delta = new.delta_from_bytes(&files::read(old, PACK_BYTES_MAX)?)?;
    files::write(out, &delta)?;
    let full = new.to_transport().len();
    output.say(
        &json!({"bytes": delta.len(), "full": full}),
        &format!("{} bytes, where the whole pack is {full}", delta.len()),
    )
}

fn describe(manifest: &Manifest, is_delta: bool, size: usize) -> String {
    let form = if is_delta { "delta to" } else { "pack" };
    let (id, version, publisher) = (&manifest.id, manifest.version, &manifest.publisher);
    let (from, due) = (Moment(manifest.issued_at), Moment(manifest.next_update));
    format!("{form} {id} version {version} of {publisher}, {size} bytes, signed {from}, due {due}")
}

fn item_line(item: &Entry) -> String {
    let (kind, id) = (kind_name(item.kind), &item.id);
    format!(
        "  {kind} {id} version {}: {} bytes",
        item.version, item.size
    )
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::TrustList => "trust_list",
        Kind::VerifierList => "verifier_list",
        Kind::StatusList => "status_list",
        Kind::StatusSnapshot => "status_snapshot",
        Kind::TypeNames => "type_names",
        Kind::Notes => "notes",
        Kind::Contacts => "contacts",
        Kind::RootStatement => "root_statement",
        Kind::Other(_) => "other",
    }
}
