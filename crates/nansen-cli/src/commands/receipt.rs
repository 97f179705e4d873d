//! Verification receipts: signed with a desk's issuing key, read by whoever keeps the file.

use std::path::{Path, PathBuf};

use clap::Args;
use nansen::receipt::{RECEIPT_BYTES_MAX, Receipt};
use nansen::{TrustStore, Verifier};
use nansen_credential::ClaimPath;
use nansen_credential::json::to_json;
use nansen_credential::report::Report;
use serde_json::{Value, json};

use crate::args::Context;
use crate::clock::Moment;
use crate::desk::Desk;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::Result;
use crate::files;
use crate::open::open_desk;
use crate::output::{Output, plain};

/// Whether to sign a receipt, and what of the person it keeps.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewReceipt {
    /// Sign a receipt into this file, which must not exist; of several presentations, one each
    /// into NAME-1, NAME-2 and so on
    #[arg(long, value_name = "FILE", requires = "receipt_desk")]
    receipt: Option<PathBuf>,
    /// The desk whose issuing key signs it
    #[arg(long, value_name = "FILE")]
    receipt_desk: Option<PathBuf>,
    /// Claim that the receipt keeps, such as `employment.from`; none unless named
    #[arg(long, value_name = "PATH", requires = "receipt")]
    keep: Vec<ClaimPath>,
}

/// A receipt to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReceiptArgs {
    /// The receipt
    file: PathBuf,
}

/// A receipt that is asked for, and all that it takes: what can fail has not.
pub(crate) struct Ready<'a> {
    args: &'a NewReceipt,
    path: &'a Path,
    desk: Desk,
}

/// What was written.
pub(crate) struct Written {
    /// One receipt for each presentation, in their order.
    files: Vec<PathBuf>,
    /// Claims to keep that no presentation shows.
    not_shown: Vec<String>,
}

impl NewReceipt {
    /// Opens the desk and refuses a file that is there, before a session is used up; nothing if
    /// no receipt is asked for.
    pub(crate) fn ready(&self, context: &mut Context) -> Result<Option<Ready<'_>>> {
        let (Some(path), Some(desk)) = (&self.receipt, &self.receipt_desk) else {
            return Ok(None);
        };
        files::check_free(path)?;
        let desk = open_desk(desk, context)?;
        desk.issuing()?;
        let args = self;
        Ok(Some(Ready { args, path, desk }))
    }
}

impl Ready<'_> {
    /// Signs a receipt for each report: all of them, or none.
    pub(crate) fn write(
        &self,
        reports: &[&Report],
        purpose: &str,
        store: &TrustStore,
        now: i64,
    ) -> Result<Written> {
        let issuing = self.desk.issuing()?;
        let name = issuing.description().name("en").to_owned();
        let verifier = Verifier::new(&issuing.key, &name);
        let mut signed = Vec::with_capacity(reports.len());
        for (at, report) in reports.iter().enumerate() {
            let file = match reports {
                [_] => self.path.to_owned(),
                _ => numbered(self.path, at + 1),
            };
            files::check_free(&file)?;
            let receipt = verifier.receipt(report, (purpose, &self.args.keep), store, now)?;
            signed.push((file, receipt));
        }
        for (file, receipt) in &signed {
            files::write_new(file, receipt)?;
        }
        let is_shown = |path: &&ClaimPath| {
            let mut shown = reports.iter().filter_map(|report| report.disclosed());
            shown.any(|shown| !path.select(&shown.claims).is_empty())
        };
        let missing = self.args.keep.iter().filter(|path| !is_shown(path));
        Ok(Written {
            not_shown: missing.map(ToString::to_string).collect(),
            files: signed.into_iter().map(|(file, _)| file).collect(),
        })
    }
}

impl Written {
    /// What was written, for the answer to a program.
    pub(crate) fn to_json(&self) -> Value {
        let files = self.files.iter().map(|file| file.display().to_string());
        json!({"files": files.collect::<Vec<_>>(), "not_shown": self.not_shown})
    }

    /// Names, to people, the receipts where one was asked for, and what they lack.
    pub(crate) fn tell(&self, output: Output) -> Result<()> {
        if self.files.len() > 1 {
            let files = self.files.iter().map(|file| file.display().to_string());
            let files = files.collect::<Vec<_>>().join(", ");
            output.tell(&plain(&format!("\nReceipts: {files}")))?;
        }
        if self.files.is_empty() {
            output.warn("no receipt: the answer holds no presentation");
        } else if !self.not_shown.is_empty() {
            let paths = self.not_shown.join(", ");
            output.warn(&format!(
                "not in the receipt, for it was not shown: {paths}"
            ));
        }
        Ok(())
    }
}

/// `name-2.ext` for the second of several.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

impl ReceiptArgs {
    /// Reads a receipt and says what is in it.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let bytes = files::read(&self.file, RECEIPT_BYTES_MAX as u64)?;
        let receipt = Receipt::parse(&bytes)?;
        let claims = receipt.claims.iter();
        let claims: Vec<Value> = claims
            .map(|(path, value)| json!({"path": path.to_string(), "value": to_json(value)}))
            .collect();
        let checks = receipt.checks.iter().map(|line| {
            json!({"check": line.check, "outcome": line.outcome, "code": line.code,
                   "sentence": line.sentence})
        });
        let issued = receipt.issued.as_ref().map(|issued| {
            json!({"issuer": issued.issuer, "type": issued.vct, "assurance": issued.assurance,
                   "legal_effect": issued.legal_effect})
        });
        let key = device_key::to_text(&receipt.verifier);
        let text = receipt.to_text(|time| Moment(time).to_string());
        context.output.say(
            &json!({
                "verdict": receipt.verdict, "verifier": key, "name": receipt.name,
                "purpose": receipt.purpose, "checked_at": receipt.checked_at,
                "latest_signed_time": receipt.latest_signed_time,
                "issued": issued, "checks": checks.collect::<Vec<_>>(), "claims": claims,
            }),
            &plain(&format!("{text}\nSigned with the key {key}")),
        )?;
        Ok(Exit::Done)
    }
}
