//! Root statements: drafted by one, signed by several, each at a desk of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};
use nansen_credential::cose::{MultiSigned, Signer};
use nansen_credential::limits::MAX_ROOT_BYTES;
use nansen_credential::pack::{Pack, PackDraft};
use nansen_credential::trust::{Quorum, ROOT_TYPE, Role, Root, RootContent};
use serde_json::json;

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
        #[arg(long, default_value_t = 365)]
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
        #[arg(long, default_value_t = 365)]
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
                draft(&content, out, context.output)?;
            }
            Self::Sign { desk, file } => sign(desk, file, context)?,
            Self::Rotate {
                file,
                root,
                roles,
                days,
                out,
            } => {
                let mut content = Root::preview(&files::read(file, STATEMENT_BYTES_MAX)?)?;
                content.version += 1;
                content.issued_at = now;
                content.expires_at = ends(*days);
                if let Some(QuorumArg(root)) = root {
                    content.root = root.clone();
                }
                roles.put_into(&mut content.roles);
                draft(&content, out, context.output)?;
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
            let bytes = files::read(path, STATEMENT_BYTES_MAX)?;
            Ok((Root::preview(&bytes)?.version, bytes))
        })
        .collect::<Result<Vec<_>>>()?;
    statements.sort_unstable();
    let mut statements = statements.into_iter().map(|(_, bytes)| bytes);
    let first = statements.next().ok_or(Failure::Field {
        field: "--root",
        reason: "names no statement",
    })?;
    let rotations: Vec<Vec<u8>> = statements.collect();
    let first = Root::parse_pinned(&first, &Root::pin(&first)?)?;
    Ok((first.walk(&rotations)?, rotations))
}

fn draft(content: &RootContent, out: &Path, output: Output) -> Result<()> {
    let bytes = content.draft()?.to_cbor();
    files::write_new(out, &bytes)?;
    say(content, &bytes, output)
}

fn sign(desk: &DeskArgs, file: &Path, context: &mut Context) -> Result<()> {
    let bytes = files::read(file, PACK_BYTES_MAX)?;
    let desk = desk.open(context)?;
    let key = &desk.root()?.key;
    if let Ok(preview) = Pack::preview(&bytes) {
        let mut draft = PackDraft::from_bytes(&bytes)?;
        draft.sign(key)?;
        files::write(file, &draft.to_bytes())?;
        let manifest = preview.manifest;
        return context.output.say(
            &json!({"pack": manifest.id, "version": manifest.version, "signed_by": device_key::to_text(&key.public_key())}),
            &plain(&format!("signed {} version {}", manifest.id, manifest.version)),
        );
    }
    let content = Root::preview(&bytes)?;
    let mut message = MultiSigned::parse(&bytes, ROOT_TYPE)?;
    message.sign(key)?;
    let bytes = message.to_cbor();
    files::write(file, &bytes)?;
    say(&content, &bytes, context.output)
}

fn say(content: &RootContent, bytes: &[u8], output: Output) -> Result<()> {
    let message = MultiSigned::parse(bytes, ROOT_TYPE)?;
    let signed = message.count_signers(&content.root.keys);
    let threshold = content.root.threshold;
    let pin = hex(&Root::pin(bytes)?);
    let (publisher, version) = (&content.publisher, content.version);
    let until = Moment(content.expires_at);
    output.say(
        &json!({"publisher": publisher, "version": version, "pin": pin, "signed": signed,
                "threshold": threshold, "expires_at": content.expires_at}),
        &plain(&format!(
            "{publisher} version {version}, until {until}: {signed} of {threshold} signatures of \
             its own keys\npin {pin}"
        )),
    )
}

const STATEMENT_BYTES_MAX: u64 = MAX_ROOT_BYTES as u64;
const DAY: i64 = 24 * 3600;
