//! Verification receipts: signed with a desk's issuing key, read by whoever keeps the file.

use std::path::PathBuf;

use clap::Args;
use nansen::receipt::{RECEIPT_BYTES_MAX, Receipt};
use nansen::{TrustStore, Verifier};
use nansen_credential::ClaimPath;
use nansen_credential::json::to_json;
use nansen_credential::report::Report;
use serde_json::{Value, json};

use crate::args::Context;
use crate::clock::Moment;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::open::open_desk;
use crate::output::plain;

/// Whether to sign a receipt, and what of the person it keeps.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewReceipt {
    /// Sign a receipt into this file, which must not exist
    #[arg(long, value_name = "FILE", requires = "receipt_desk")]
    receipt: Option<PathBuf>,
    /// The desk whose issuing key signs it
    #[arg(long, value_name = "FILE")]
    receipt_desk: Option<PathBuf>,
    /// Claim that the receipt keeps; none unless named
    #[arg(long, value_name = "PATH", requires = "receipt")]
    keep: Vec<ClaimPath>,
}

/// A receipt to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReceiptArgs {
    /// The receipt
    file: PathBuf,
}

impl NewReceipt {
    /// Refuses a file that is there, before a session is used up.
    pub(crate) fn check_free(&self) -> Result<()> {
        self.receipt
            .as_ref()
            .map_or(Ok(()), |path| files::check_free(path))
    }

    /// Signs the receipt, if one is asked for.
    pub(crate) fn write(
        &self,
        reports: &[&Report],
        purpose: &str,
        store: &TrustStore,
        context: &mut Context,
    ) -> Result<()> {
        let (Some(path), Some(desk)) = (&self.receipt, &self.receipt_desk) else {
            return Ok(());
        };
        let [report] = reports else {
            return Err(Failure::Field {
                field: "--receipt",
                reason: "is for one presentation",
            });
        };
        let desk = open_desk(desk, context)?;
        let issuing = desk.issuing()?;
        let name = issuing.description().name("en").to_owned();
        let verifier = Verifier::new(&issuing.key, &name);
        let now = context.clock.now();
        let signed = verifier.receipt(report, (purpose, &self.keep), store, now)?;
        files::write_new(path, &signed)
    }
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
