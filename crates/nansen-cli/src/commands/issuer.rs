//! An issuing desk: its keys, credentials, status lists and trust lists.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use nansen_credential::cose::{SecretKey, Signer};
use nansen_credential::status::Status;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::Kind;
use nansen_vault::Vault;
use serde_json::{Value, json};

use super::vault::say_recovery_code;
use crate::args::{Context, Rng};
use crate::clock::Moment;
use crate::codes::CodeArgs;
use crate::desk::{
    Batch, ClaimFile, Desk, Form, Holder, Issued, IssuerDescription, Issuing, NextList, Root,
    Signed, Target, hex, status_name,
};
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, STDIN};
use crate::limits::{BATCH_COMMIT, CLAIMS_BYTES_MAX, STATUS_ENTRIES_MAX};
use crate::open::{DeskArgs, KdfArg, check_free};
use crate::output::{Output, plain};

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

/// What to issue.
#[derive(Args, Clone, Debug)]
pub(crate) struct IssueArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// A claim file (.json), or many (.jsonl, .csv); - for stdin
    file: PathBuf,
    /// How the file is written [default: by its ending]
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// The holder's device key: base64url, or a file or picture that holds it
    #[arg(long, value_name = "KEY")]
    device_key: Option<String>,
    /// The file that the credential goes to, or for many the folder
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
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
            Self::Copy { desk, file, codes } => copy(desk, file, codes, context)?,
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

impl InitArgs {
    fn run(&self, context: &mut Context) -> Result<()> {
        check_free(&self.desk.desk)?;
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

impl IssueArgs {
    fn run(&self, context: &mut Context) -> Result<Exit> {
        let form = self.form.unwrap_or_else(|| Form::of(&self.file));
        let mut desk = self.desk.open(context)?;
        if form == Form::Json {
            self.one(&mut desk, context)?;
            return Ok(Exit::Done);
        }
        if self.device_key.is_some() {
            return Err(Failure::Field {
                field: "--device-key",
                reason: "is for one credential; many name theirs line by line",
            });
        }
        self.many(&mut desk, form, context)
    }

    fn one(&self, desk: &mut Desk, context: &mut Context) -> Result<()> {
        let file: ClaimFile = read_json(&self.file)?;
        let argument = self.device_key.as_ref().or(file.device_key.as_ref());
        let argument = argument.ok_or(Failure::Field {
            field: "--device-key",
            reason: "is missing, in the arguments and in the claim file",
        })?;
        let key = device_key::from_argument(argument, context.output)?;
        let now = context.clock.now();
        let signed = desk.sign(&file, &Holder::Device(Box::new(key)), now, &mut context.rng)?;
        let issued = desk.commit(vec![signed], now, &mut context.rng)?;
        for issued in issued {
            files::write_private(&self.out, &issued.bytes)?;
            let mut fields = issued_json(&issued, &self.out);
            let passed_over = file.passed_over();
            if let Some(object) = fields.as_object_mut() {
                object.insert("passed_over".to_owned(), passed_over.clone().into());
            }
            let mut text = issued_line(&issued, &self.out);
            if !passed_over.is_empty() {
                text.push_str(&format!("\npassed over: {}", passed_over.join(", ")));
            }
            context.output.say(&fields, &plain(&text))?;
        }
        Ok(())
    }

    fn many(&self, desk: &mut Desk, form: Form, context: &mut Context) -> Result<Exit> {
        files::make_folder(&self.out)?;
        let (from, length): (Box<dyn Read>, u64) = if self.file == Path::new(STDIN) {
            (Box::new(io::stdin()), 0)
        } else {
            let file = File::open(&self.file).map_err(Failure::file(&self.file))?;
            let length = file.metadata().map_err(Failure::file(&self.file))?.len();
            (Box::new(file), length)
        };
        let bar = context.output.bytes_bar(length);
        let mut batch = Batch::open(bar.wrap_read(from), form)?;
        let mut run = Run {
            out: &self.out,
            issued: 0,
            refused: 0,
            pending: Vec::with_capacity(BATCH_COMMIT),
        };
        let outcome = run.all(desk, &mut batch, context);
        // What was signed before a broken file ends the batch is handed out all the same.
        run.commit(desk, context)?;
        outcome?;
        bar.finish_and_clear();
        let (issued, refused) = (run.issued, run.refused);
        context.output.say(
            &json!({"issued": issued, "refused": refused}),
            &format!("{issued} issued, {refused} lines refused"),
        )?;
        Ok(if refused == 0 {
            Exit::Done
        } else {
            Exit::SomeRefused
        })
    }
}

/// A batch under way.
struct Run<'a> {
    out: &'a Path,
    issued: u64,
    refused: u64,
    /// Signed and not yet committed, with the lines that they come from.
    pending: Vec<(u64, Signed)>,
}

impl Run<'_> {
    fn all<R: Read>(
        &mut self,
        desk: &mut Desk,
        batch: &mut Batch<R>,
        context: &mut Context,
    ) -> Result<()> {
        let now = context.clock.now();
        while let Some(entry) = batch.next_entry()? {
            let signed = entry.content.and_then(|(file, key)| {
                desk.sign(&file, &Holder::Device(Box::new(key)), now, &mut context.rng)
            });
            match signed {
                Ok(signed) => self.pending.push((entry.line, signed)),
                Err(failure) => {
                    self.refused += 1;
                    let (line, message) = (entry.line, plain(&failure.to_string()));
                    context.output.say(
                        &json!({"line": line, "error": {"code": failure.code(), "message": message}}),
                        &format!("line {line}: {message}"),
                    )?;
                }
            }
            if self.pending.len() == BATCH_COMMIT {
                self.commit(desk, context)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, desk: &mut Desk, context: &mut Context) -> Result<()> {
        let (lines, signed): (Vec<u64>, Vec<Signed>) = self.pending.drain(..).unzip();
        if signed.is_empty() {
            return Ok(());
        }
        let issued = desk.commit(signed, context.clock.now(), &mut context.rng)?;
        for (line, issued) in lines.into_iter().zip(issued) {
            let path = self.out.join(format!("{}.cwt", issued.id));
            files::write_private(&path, &issued.bytes)?;
            self.issued += 1;
            let mut fields = issued_json(&issued, &path);
            if let Some(object) = fields.as_object_mut() {
                object.insert("line".to_owned(), line.into());
            }
            if context.output.is_json() {
                context.output.say(&fields, "")?;
            }
        }
        Ok(())
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

fn copy(desk: &DeskArgs, path: &Path, codes: &CodeArgs, context: &mut Context) -> Result<()> {
    let file: ClaimFile = read_json(path)?;
    let mut desk = desk.open(context)?;
    let now = context.clock.now();
    let signed = desk.sign(&file, &Holder::Paper, now, &mut context.rng)?;
    let issued = desk.commit(vec![signed], now, &mut context.rng)?;
    let issuer_key = desk.issuing()?.key.public_key();
    for issued in issued {
        let bytes = compact(&issued.bytes, Meeting::Copy, &[], Some(&issuer_key));
        let drawn = codes.draw(Kind::Printable, &bytes, context.output)?;
        let mut fields =
            json!({"id": issued.id.to_string(), "type": issued.vct, "bytes": bytes.len()});
        put_place(&mut fields, &issued);
        drawn.say(fields, context.output)?;
    }
    Ok(())
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

fn issued_json(issued: &Issued, path: &Path) -> Value {
    let mut fields = json!({
        "id": issued.id.to_string(),
        "type": issued.vct,
        "file": path.display().to_string(),
        "bytes": issued.bytes.len(),
    });
    put_place(&mut fields, issued);
    fields
}

fn put_place(fields: &mut Value, issued: &Issued) {
    if let (Some((list, index)), Some(object)) = (issued.place, fields.as_object_mut()) {
        object.insert("status".to_owned(), json!({"list": list, "index": index}));
    }
}

fn issued_line(issued: &Issued, path: &Path) -> String {
    let place = issued.place.map_or_else(
        || "cannot be revoked".to_owned(),
        |(list, index)| format!("status {list}:{index}"),
    );
    format!(
        "{}  {place}  {} bytes written to {}",
        issued.id,
        issued.bytes.len(),
        path.display()
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
