//! Packs at a desk and at a verifier: built, looked at, taken in, told as what has changed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use nansen::TrustStore;
use nansen_credential::cose::{SecretKey, Signer};
use nansen_credential::pack::{Entry, Kind, Manifest, Pack, PackDraft, Preview};
use nansen_credential::trust::{Role, Root};
use serde_json::{Value, json};

use super::root::read_chain;
use super::trust;
use crate::args::Context;
use crate::clock::Moment;
use crate::desk::{Described, PackFile, hex};
use crate::device_key;
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
                let mut store = trust::read(trust, context.output)?;
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
    let (key, now) = (&desk.root()?.key, context.clock.now());
    let folder = file.parent().unwrap_or(Path::new(""));
    let described = described.content(folder, &root, &rotations, key, now);
    let Described { content, unlisted } = described.map_err(Failure::at(file.display()))?;
    let draft = content.draft(root.publisher());
    let mut draft = draft.map_err(Failure::at(file.display()))?;
    let signatures = Signatures::add(&mut draft, &root, key)?;
    let size = signatures.write(draft, &root, out)?;
    let warnings = warnings(&root, &unlisted, now);
    for warning in &warnings {
        context.output.warn(warning);
    }
    let items = content.items.len();
    context.output.say(
        &json!({"id": content.id, "version": content.version, "items": items, "bytes": size,
                "complete": signatures.missing().is_none(), "missing": signatures.missing(),
                "signatures": signatures.to_json(), "warnings": warnings}),
        &plain(&format!(
            "{} version {}, {items} items, {size} bytes; {signatures}",
            content.id, content.version,
        )),
    )
}

/// What phones take and yet is hardly meant.
fn warnings(root: &Root, unlisted: &[String], now: i64) -> Vec<String> {
    let expires_at = root.content().expires_at;
    let expired = (expires_at < now).then(|| {
        format!(
            "the root statement of {}, version {}, was due to be followed on {}: make the next \
             one (`nansen root rotate`)",
            root.publisher(),
            root.version(),
            Moment(expires_at)
        )
    });
    let unlisted = unlisted.iter().map(|uri| {
        format!(
            "the status of {uri} counts only where a trust list names it: none in this pack does"
        )
    });
    expired.into_iter().chain(unlisted).collect()
}

/// How far the roles that must sign a pack have done so.
pub(super) struct Signatures(Vec<(Role, usize, usize)>);

impl Signatures {
    /// Adds the signature of a key to a pack, if it is one of those that must sign it.
    pub(super) fn add(draft: &mut PackDraft, root: &Root, key: &SecretKey) -> Result<Self> {
        let public = key.public_key();
        let quorums = draft.signatures(root)?;
        if !quorums
            .iter()
            .any(|(_, quorum, _)| quorum.keys.contains(&public))
        {
            let roles: Vec<&str> = quorums.iter().map(|(role, ..)| role.name()).collect();
            return Err(Failure::KeyNotAsked {
                key: device_key::to_text(&public),
                what: format!("this pack for {}, by the root", roles.join(" and ")),
            });
        }
        draft.sign(key)?;
        let signed = draft.signatures(root)?.into_iter();
        let signed = signed.map(|(role, quorum, signed)| (role, signed, quorum.threshold));
        Ok(Self(signed.collect()))
    }

    /// Writes the pack, as it travels if nothing is missing. Returns its bytes.
    pub(super) fn write(&self, draft: PackDraft, root: &Root, out: &Path) -> Result<usize> {
        let bytes = match self.missing() {
            None => draft.finish(root)?.to_transport(),
            // Others have to sign it too, by `nansen root sign`.
            Some(_) => draft.to_bytes(),
        };
        files::write(out, &bytes)?;
        Ok(bytes.len())
    }

    /// What is missing, if anything.
    pub(super) fn missing(&self) -> Option<String> {
        let missing = self
            .0
            .iter()
            .filter(|(_, signed, threshold)| signed < threshold);
        let missing: Vec<String> = missing
            .map(|(role, signed, threshold)| {
                format!(
                    "{signed} of {threshold} signatures needed for {}",
                    role.name()
                )
            })
            .collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }

    /// For programs: an object by role.
    pub(super) fn to_json(&self) -> Value {
        let roles = self.0.iter().map(|(role, signed, threshold)| {
            let role = role.name().to_owned();
            (role, json!({"signed": signed, "threshold": threshold}))
        });
        Value::Object(roles.collect())
    }
}

impl std::fmt::Display for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.missing() {
            None => f.write_str("all signatures that the root asks for"),
            Some(missing) => write!(f, "{missing}: sign it at other desks (`nansen root sign`)"),
        }
    }
}

fn inspect(path: &Path, trust: Option<&Path>, context: &Context) -> Result<()> {
    let bytes = input::pack(path, context.output)?;
    let Preview { manifest, base } = Pack::preview(&bytes).map_err(Failure::at(path.display()))?;
    Pack::check_whole(&bytes).map_err(Failure::at(path.display()))?;
    let refused = trust
        .map(|path| {
            let mut store: TrustStore = trust::read(path, context.output)?;
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
    let (held, offered) = (read_full(old)?, read_full(new)?);
    let pack = Pack::parse_verified(&offered.bytes, &root);
    let pack = pack.map_err(Failure::at(&offered.name))?;
    let way = || format!("from {} to {}", held.name, offered.name);
    if held.digest == pack.manifest().digest {
        return Err(Failure::at(way())(Failure::Field {
            field: "pack diff",
            reason: "the same version twice: nothing has changed",
        }));
    }
    let delta = pack.delta_from_bytes(&held.bytes);
    let delta = delta.map_err(Failure::at(way()))?;
    files::write(out, &delta)?;
    let full = pack.to_transport().len();
    output.say(
        &json!({"bytes": delta.len(), "full": full}),
        &format!("{} bytes, where the whole pack is {full}", delta.len()),
    )
}

/// A full pack, whoever signed it.
struct FullPack {
    bytes: Vec<u8>,
    digest: [u8; 32],
    /// Its path, and what it says of itself.
    name: String,
}

fn read_full(path: &Path) -> Result<FullPack> {
    let bytes = files::read(path, PACK_BYTES_MAX)?;
    let Preview { manifest, base } = Pack::preview(&bytes).map_err(Failure::at(path.display()))?;
    Pack::check_whole(&bytes).map_err(Failure::at(path.display()))?;
    if base.is_some() {
        return Err(Failure::at(path.display())(Failure::WrongKind {
            expected: "pack",
            found: "delta",
        }));
    }
    let (id, version, publisher) = (&manifest.id, manifest.version, &manifest.publisher);
    Ok(FullPack {
        name: format!("{} ({id} version {version} of {publisher})", path.display()),
        digest: manifest.digest,
        bytes,
    })
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
