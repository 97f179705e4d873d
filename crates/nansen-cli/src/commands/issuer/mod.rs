//! An issuing desk: its keys, credentials, status lists and trust lists.

mod init;
mod issue;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use nansen_credential::cose::Signer;
use nansen_credential::status::Status;
use serde_json::{Value, json};

use crate::args::Context;
use crate::clock::Moment;
use crate::codes::CodeArgs;
use crate::desk::{Desk, IssuerDescription, NextList, Target, hex, status_name};
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::CLAIMS_BYTES_MAX;
use crate::open::DeskArgs;
use crate::output::{Output, plain};
use init::InitArgs;
use issue::IssueArgs;

/// Issue, revoke, and sign the lists that verifiers carry.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a desk: its keys and state are sealed in a vault file
    Init(Box<InitArgs>),
    /// The desk's public description, for a root to put on its trust list, and its root key
    Key {
        #[command(flatten)]
        desk: DeskArgs,
        /// Where the description goes, as JSON
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Issue a credential from a claim file, or many from CSV or JSON Lines
    Issue(IssueArgs),
    /// Issue a printable copy: bound to no phone, with nothing to leave out
    Copy {
        #[command(flatten)]
        desk: DeskArgs,
        /// The claim file, or - for stdin
        file: PathBuf,
        #[command(flatten)]
        codes: CodeArgs,
    },
    /// Revoke a credential, for ever
    Revoke(StatusArgs),
    /// Suspend a credential, on a desk with two bits a status
    Suspend(StatusArgs),
    /// End a suspension
    Reinstate(StatusArgs),
    /// What was issued
    Log {
        #[command(flatten)]
        desk: DeskArgs,
        /// Words in title or type
        #[arg(default_value = "")]
        text: String,
    },
    /// Sign the status lists as they stand, for verifiers and holders to carry
    StatusList {
        #[command(flatten)]
        desk: DeskArgs,
        /// The folder that they go to, as status-1.cwt and so on
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Seconds after which a verifier should look for newer ones
        #[arg(long, value_name = "SECONDS")]
        ttl: Option<u64>,
        /// Seconds after which they must not be used any more
        #[arg(long, value_name = "SECONDS")]
        lifetime: Option<i64>,
    },
    /// Sign the next version of the trust list with the desk's root key
    TrustList {
        #[command(flatten)]
        desk: DeskArgs,
        /// Description of an issuer to add or to describe anew, made by `nansen issuer key`
        #[arg(long, value_name = "FILE")]
        issuer: Vec<PathBuf>,
        /// URI of an issuer to leave out
        #[arg(long, value_name = "URI")]
        remove: Vec<String>,
        /// Key (its kid, in hexadecimal) and the time from which what it signs is not trusted
        #[arg(long, value_name = "KID=TIME", value_parser = cut_off)]
        cut_off: Vec<(String, Moment)>,
        /// Days until the next version is due
        #[arg(long, default_value_t = 90)]
        days: u32,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Which credential changes its status.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// Its id in the log, its place in the newest status list, or LIST:PLACE
    target: Target,
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Init(args) => args.run(context)?,
            Self::Key { desk, out } => key(&desk.open(context)?, out.as_deref(), context.output)?,
            Self::Issue(args) => return args.run(context),
            Self::Copy { desk, file, codes } => issue::copy(desk, file, codes, context)?,
            Self::Revoke(args) => args.run(Status::Revoked, context)?,
            Self::Suspend(args) => args.run(Status::Suspended, context)?,
            Self::Reinstate(args) => args.run(Status::Valid, context)?,
            Self::Log { desk, text } => log(&desk.open(context)?, text, context.output)?,
            Self::StatusList {
                desk,
                out,
                ttl,
                lifetime,
            } => {
                let desk = desk.open(context)?;
                status_lists(&desk, out, *ttl, *lifetime, context)?;
            }
            Self::TrustList {
                desk,
                issuer,
                remove,
                cut_off,
                days,
                out,
            } => {
                let issuers = issuer.iter().map(|path| read_json(path));
                let now = context.clock.now();
                let next = NextList {
                    issuers: issuers.collect::<Result<_>>()?,
                    removed: remove.clone(),
                    cut_offs: cut_off
                        .iter()
                        .map(|(kid, time)| (kid.clone(), time.0))
                        .collect(),
                    next_update: now.saturating_add(i64::from(*days) * DAY),
                };
                trust_list(&mut desk.open(context)?, next, out, context)?;
            }
        }
        Ok(Exit::Done)
    }
}

impl StatusArgs {
    fn run(&self, status: Status, context: &mut Context) -> Result<()> {
        let mut desk = self.desk.open(context)?;
        let now = context.clock.now();
        let (list, index, before) = desk.set_status(&self.target, status, now, &mut context.rng)?;
        let (was, is) = (status_name(before), status_name(status));
        context.output.say(
            &json!({"list": list, "index": index, "before": was, "status": is}),
            &format!("place {index} of status list {list} is {is} (was {was}); sign the list anew to tell"),
        )
    }
}

fn key(desk: &Desk, out: Option<&Path>, output: Output) -> Result<()> {
    let fields = describe(desk);
    if let Some(path) = out {
        let description = IssuerDescription::from(&desk.issuing()?.description());
        let json = serde_json::to_vec_pretty(&description).map_err(|source| Failure::Json {
            path: path.to_owned(),
            source,
        })?;
        files::write(path, &json)?;
    }
    let text = serde_json::to_string_pretty(&fields).unwrap_or_default();
    output.say(&fields, &plain(&text))
}

/// Public facts of a desk.
fn describe(desk: &Desk) -> Value {
    let issuer = desk.issuing().ok().map(|issuing| {
        let key = issuing.key.public_key();
        json!({
            "uri": issuing.uri,
            "key": device_key::to_text(&key),
            "kid": hex(&key.kid()),
            "types": issuing.types,
        })
    });
    let root = desk.root().ok().map(
        |root| json!({"key": device_key::to_text(&root.key.public_key()), "list": root.list_id}),
    );
    json!({"issuer": issuer, "root": root})
}

fn log(desk: &Desk, text: &str, output: Output) -> Result<()> {
    for logged in desk.log(text)? {
        let status = logged.status.map(status_name);
        let (list, index) = logged.place.unzip();
        output.say(
            &json!({
                "id": logged.id.to_string(), "title": logged.title, "type": logged.vct,
                "issued_at": logged.issued_at, "expires_at": logged.expires_at,
                "list": list, "index": index, "status": status,
            }),
            &plain(&format!(
                "{}  {}  {}  {}",
                logged.id,
                Moment(logged.issued_at),
                status.unwrap_or("no status"),
                logged.title
            )),
        )?;
    }
    Ok(())
}

fn status_lists(
    desk: &Desk,
    out: &Path,
    ttl: Option<u64>,
    lifetime: Option<i64>,
    context: &Context,
) -> Result<()> {
    let now = context.clock.now();
    let expires_at = lifetime.map(|lifetime| now.saturating_add(lifetime));
    files::make_folder(out)?;
    let mut files_json = Vec::new();
    let mut lines = Vec::new();
    for (number, bytes) in desk.status_lists(now, expires_at, ttl)? {
        let path = out.join(format!("status-{number}.cwt"));
        files::write(&path, &bytes)?;
        lines.push(format!("{}  {} bytes", path.display(), bytes.len()));
        let uri = desk.issuing()?.list_uri(number);
        files_json
            .push(json!({"file": path.display().to_string(), "uri": uri, "bytes": bytes.len()}));
    }
    if lines.is_empty() {
        lines.push("no status lists yet".to_owned());
    }
    context
        .output
        .say(&json!({"status_lists": files_json}), &lines.join("\n"))
}

fn trust_list(desk: &mut Desk, next: NextList, out: &Path, context: &mut Context) -> Result<()> {
    let (content, bytes) = desk.next_trust_list(next, context.clock.now(), &mut context.rng)?;
    files::write(out, &bytes)?;
    let (version, issuers) = (content.version, content.issuers.len());
    context.output.say(
        &json!({"id": content.id, "version": version, "issuers": issuers,
                "next_update": content.next_update, "bytes": bytes.len(),
                "root": device_key::to_text(&desk.root()?.key.public_key())}),
        &format!(
            "version {version}, {issuers} issuers, {} bytes, written to {}",
            bytes.len(),
            out.display()
        ),
    )
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = files::read(path, CLAIMS_BYTES_MAX)?;
    serde_json::from_slice(&bytes).map_err(|source| Failure::Json {
        path: path.to_owned(),
        source,
    })
}

/// An argument `KEY=VALUE`.
fn pair(text: &str) -> std::result::Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("has no =")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// An argument `KID=TIME`.
fn cut_off(text: &str) -> std::result::Result<(String, Moment), String> {
    let (kid, time) = pair(text)?;
    let time: Moment = time
        .parse()
        .map_err(|error: crate::clock::NotAMoment| error.to_string())?;
    Ok((kid, time))
}

const DAY: i64 = 24 * 3600;
