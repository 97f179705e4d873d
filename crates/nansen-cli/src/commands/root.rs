//! Root statements: drafted by one, signed by several, each at a desk of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};
use nansen_credential::Error;
use nansen_credential::cose::{MultiSigned, Signer};
use nansen_credential::limits::MAX_ROOT_BYTES;
use nansen_credential::pack::{Manifest, Pack, PackDraft};
use nansen_credential::trust::{Quorum, ROOT_TYPE, Role, Root, RootContent};
use serde_json::{Value, json};

use super::pack::Signatures;
use crate::args::Context;
use crate::clock::Moment;
use crate::desk::hex;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::PACK_BYTES_MAX;
use crate::open::DeskArgs;
use crate::output::{Output, plain};

/// Whose keys speak for a publisher.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Draft the first statement of a publisher, for its keys to sign
    Init {
        /// The name of the publisher, the same for ever
        #[arg(long)]
        publisher: String,
        /// Who signs statements
        #[arg(long, value_name = "N:KEY,KEY...")]
        root: QuorumArg,
        #[command(flatten)]
        roles: Roles,
        /// Days until the next statement is due
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..))]
        days: u32,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a statement, or a pack that others have signed, with a desk's root key
    Sign {
        #[command(flatten)]
        desk: DeskArgs,
        /// The statement or pack; the signature is added to it
        file: PathBuf,
        /// The publisher's root statements that hold now, of which the keys are counted: for a
        /// pack, and for a statement that follows them
        #[arg(long, value_name = "FILE")]
        root: Vec<PathBuf>,
    },
    /// Draft the statement that follows, for keys of both to sign
    Rotate {
        /// The statement held now
        file: PathBuf,
        /// Who signs statements from now on, if somebody else
        #[arg(long, value_name = "N:KEY,KEY...")]
        root: Option<QuorumArg>,
        #[command(flatten)]
        roles: Roles,
        /// Days until the next statement is due
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..))]
        days: u32,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Who signs what else.
#[derive(Args, Clone, Debug)]
pub(crate) struct Roles {
    /// Who says who may issue what
    #[arg(long, value_name = "N:KEY,KEY...")]
    issuers: Option<QuorumArg>,
    /// Who says who may ask for what
    #[arg(long, value_name = "N:KEY,KEY...")]
    verifiers: Option<QuorumArg>,
    /// Who says what was revoked
    #[arg(long, value_name = "N:KEY,KEY...")]
    status: Option<QuorumArg>,
    /// Who signs packs, notes and contacts
    #[arg(long, value_name = "N:KEY,KEY...")]
    content: Option<QuorumArg>,
}

/// A quorum as an argument: so many of these keys.
#[derive(Clone, Debug)]
pub(crate) struct QuorumArg(Quorum);

impl FromStr for QuorumArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (threshold, keys) = text.split_once(':').ok_or("is not N:KEY,KEY...")?;
        let keys = keys
            .split(',')
            .map(|key| device_key::from_text(key).map_err(|refused| refused.to_string()));
        Ok(Self(Quorum {
            threshold: threshold.parse().map_err(|_| "N is not a number")?,
            keys: keys.collect::<std::result::Result<_, String>>()?,
        }))
    }
}

impl Roles {
    fn put_into(&self, roles: &mut BTreeMap<Role, Quorum>) {
        let given = [
            (Role::Issuers, &self.issuers),
            (Role::Verifiers, &self.verifiers),
            (Role::Status, &self.status),
            (Role::Content, &self.content),
        ];
        for (role, quorum) in given {
            if let Some(QuorumArg(quorum)) = quorum {
                roles.insert(role, quorum.clone());
            }
        }
    }
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let now = context.clock.now();
        let ends = |days: u32| now.saturating_add(i64::from(days) * DAY);
        match self {
            Self::Init {
                publisher,
                root,
                roles,
                days,
                out,
            } => {
                let mut content = RootContent {
                    publisher: publisher.clone(),
                    version: 1,
                    issued_at: now,
                    expires_at: ends(*days),
                    root: root.0.clone(),
                    roles: BTreeMap::new(),
                };
                roles.put_into(&mut content.roles);
                draft(&content, None, out, context.output)?;
            }
            Self::Sign { desk, file, root } => sign(desk, file, root, context)?,
            Self::Rotate {
                file,
                root,
                roles,
                days,
                out,
            } => {
                let (before, _) = read_statement(file)?;
                let mut content = before.clone();
                content.version += 1;
                content.issued_at = now;
                content.expires_at = ends(*days);
                if let Some(QuorumArg(root)) = root {
                    content.root = root.clone();
                }
                roles.put_into(&mut content.roles);
                draft(&content, Some(&before), out, context.output)?;
            }
        }
        Ok(Exit::Done)
    }
}

/// Root statements from files: the first one, and those that follow it in any order.
pub(crate) fn read_chain(paths: &[PathBuf]) -> Result<(Root, Vec<Vec<u8>>)> {
    let mut statements = paths
        .iter()
        .map(|path| {
            let (content, bytes) = read_statement(path)?;
            Ok((content.version, bytes, path))
        })
        .collect::<Result<Vec<_>>>()?;
    statements.sort_unstable();
    let mut statements = statements.into_iter().map(|(_, bytes, path)| (bytes, path));
    let (first, path) = statements.next().ok_or(Failure::Field {
        field: "--root",
        reason: "names no statement",
    })?;
    let (rotations, paths): (Vec<Vec<u8>>, Vec<&PathBuf>) = statements.unzip();
    let first = Root::parse_pinned(&first, &Root::pin(&first)?);
    let first = first.map_err(Failure::at(path.display()))?;
    let root = first.walk(&rotations).map_err(|refused| {
        let is_refused = |end| {
            let chain = rotations.get(..=end);
            chain.is_some_and(|chain| first.walk(chain).is_err())
        };
        let mut at = paths.iter().enumerate();
        match at.find(|(end, _)| is_refused(*end)) {
            Some((_, path)) => Failure::at(path.display())(refused),
            None => refused.into(),
        }
    })?;
    Ok((root, rotations))
}

fn read_statement(path: &Path) -> Result<(RootContent, Vec<u8>)> {
    let bytes = files::read(path, STATEMENT_BYTES_MAX)?;
    Ok((preview(path, &bytes)?, bytes))
}

fn preview(path: &Path, bytes: &[u8]) -> Result<RootContent> {
    Root::preview(bytes).map_err(|source| Failure::NotAStatement {
        path: path.to_owned(),
        source,
    })
}

fn draft(
    content: &RootContent,
    before: Option<&RootContent>,
    out: &Path,
    output: Output,
) -> Result<()> {
    let message = content.draft()?;
    files::write_new(out, &message.to_cbor())?;
    say(content, before, &message, output)
}

fn sign(desk: &DeskArgs, file: &Path, root: &[PathBuf], context: &mut Context) -> Result<()> {
    let bytes = files::read(file, PACK_BYTES_MAX)?;
    let held = match root {
        [] => None,
        chain => Some(read_chain(chain)?.0),
    };
    if let Ok(preview) = Pack::preview(&bytes) {
        let held = held.ok_or(Failure::Field {
            field: "--root",
            reason: "must name the publisher's root statements: they say who signs a pack",
        })?;
        return sign_pack(desk, file, &bytes, &preview.manifest, &held, context);
    }
    let content = preview(file, &bytes)?;
    let before = held.as_ref().map(Root::content);
    if let Some(before) = before {
        check_follows(before, &content).map_err(Failure::at(file.display()))?;
    }
    let desk = desk.open(context)?;
    let key = &desk.root()?.key;
    let own = core::iter::once(&content).chain(before);
    if !own
        .into_iter()
        .any(|of| of.root.keys.contains(&key.public_key()))
    {
        let hint = match before {
            None if content.version > 1 => {
                "; if it is one of the statement before, name that with --root"
            }
            _ => "",
        };
        return Err(Failure::KeyNotAsked {
            key: device_key::to_text(&key.public_key()),
            what: format!("{} version {}{hint}", content.publisher, content.version),
        });
    }
    let mut message = MultiSigned::parse(&bytes, ROOT_TYPE)?;
    message.sign(key)?;
    files::write(file, &message.to_cbor())?;
    say(&content, before, &message, context.output)
}

fn sign_pack(
    desk: &DeskArgs,
    file: &Path,
    bytes: &[u8],
    manifest: &Manifest,
    root: &Root,
    context: &mut Context,
) -> Result<()> {
    let mut draft = PackDraft::from_bytes(bytes).map_err(Failure::at(file.display()))?;
    let desk = desk.open(context)?;
    let key = &desk.root()?.key;
    let signatures = Signatures::add(&mut draft, root, key).map_err(Failure::at(file.display()))?;
    signatures.write(draft, root, file)?;
    context.output.say(
        &json!({"pack": manifest.id, "version": manifest.version,
                "signed_by": device_key::to_text(&key.public_key()),
                "complete": signatures.missing().is_none(), "missing": signatures.missing(),
                "signatures": signatures.to_json()}),
        &plain(&format!(
            "signed {} version {}; {signatures}",
            manifest.id, manifest.version
        )),
    )
}

/// Refuses a statement that does not come next.
fn check_follows(before: &RootContent, next: &RootContent) -> std::result::Result<(), Error> {
    if next.publisher != before.publisher {
        return Err(Error::OtherPublisher);
    }
    let (offered, held) = (next.version, before.version);
    if offered.checked_sub(1) != Some(held) {
        return Err(Error::VersionGap { offered, held });
    }
    Ok(())
}

/// Says what a statement is and who signed it. One that follows another needs the keys of both.
fn say(
    content: &RootContent,
    before: Option<&RootContent>,
    message: &MultiSigned,
    output: Output,
) -> Result<()> {
    let count = |of: &RootContent| (message.count_signers(&of.root.keys), of.root.threshold);
    let (signed, threshold) = count(content);
    let pin = hex(&Root::pin(&message.to_cbor())?);
    let (publisher, version) = (&content.publisher, content.version);
    let until = Moment(content.expires_at);
    let (of_before, told) = match before {
        Some(before) => {
            let (signed, threshold) = count(before);
            let told = format!(
                ", {signed} of {threshold} of those of version {}",
                before.version
            );
            let json = json!({"version": before.version, "signed": signed, "threshold": threshold});
            (json, told)
        }
        None if version > 1 => {
            let told = "; the keys of the version before must sign too: name it with --root to \
                        have them counted";
            (Value::Null, told.to_owned())
        }
        None => (Value::Null, String::new()),
    };
    output.say(
        &json!({"publisher": publisher, "version": version, "pin": pin, "signed": signed,
                "threshold": threshold, "before": of_before, "expires_at": content.expires_at}),
        &plain(&format!(
            "{publisher} version {version}, until {until}: {signed} of {threshold} signatures of \
             its own keys{told}\npin {pin}"
        )),
    )
}

const STATEMENT_BYTES_MAX: u64 = MAX_ROOT_BYTES as u64;
const DAY: i64 = 24 * 3600;
