//! Issuing: one credential, many as a stream, or a copy for paper.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use nansen_credential::cose::Signer;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::Kind;
use serde_json::{Value, json};

use super::read_json;
use crate::args::Context;
use crate::codes::CodeArgs;
use crate::desk::{Batch, ClaimFile, Desk, Form, Holder, Issued, Signed};
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, STDIN};
use crate::limits::BATCH_COMMIT;
use crate::open::DeskArgs;
use crate::output::plain;

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
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    device_key: Option<String>,
    /// The file that the credential goes to, or for many the folder
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

impl IssueArgs {
    /// Issues.
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit> {
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
        files::check_free(&self.out)?;
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

/// Issues a copy and draws its code.
pub(super) fn copy(
    desk: &DeskArgs,
    path: &Path,
    codes: &CodeArgs,
    context: &mut Context,
) -> Result<()> {
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
