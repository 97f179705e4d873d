//! Receipts of what was checked, for the field file.

use nansen::receipt;

use crate::claims::leaves;
use crate::error::unpoisoned;
use crate::{Claim, ClaimPath, NansenError, Timestamp, Verifier};

/// A receipt whose signature holds. Whose key that is, is for the reader to know.
#[derive(Clone, uniffi::Record)]
pub struct Receipt {
    /// The key that signed it.
    pub verifier: Vec<u8>,
    /// Who checked, by their own account.
    pub name: String,
    /// What for, by their own account.
    pub purpose: String,
    /// The verifier's clock.
    pub checked_at: Timestamp,
    /// The day of the latest signed time that the verifier knew when it signed: it is not older.
    pub latest_signed_time: Timestamp,
    /// The stable name of the verdict.
    pub verdict: String,
    /// All checks.
    pub checks: Vec<ReceiptLine>,
    /// URI of the issuer, when its signature was good.
    pub issuer: Option<String>,
    /// Type of the credential, likewise.
    pub credential_type: Option<String>,
    /// How far its content can be relied on, in English; likewise.
    pub assurance_text: Option<String>,
    /// What it is and is not in law; likewise.
    pub legal_text: Option<String>,
    /// Id of the trust list that names the issuer.
    pub list: Option<String>,
    /// Its version.
    pub list_version: Option<i64>,
    /// Age of that list in seconds; of a clock in doubt (the check `clock`) at least that.
    pub list_age: Option<i64>,
    /// Age in seconds of what was known of the status, likewise.
    pub status_age: Option<i64>,
    /// The age in seconds up to which the verifier takes such a word.
    pub status_max_age: Option<i64>,
    /// What it makes of an older one: `accept`, `warn` or `refuse`.
    pub status_beyond: Option<String>,
    /// Claims that the verifier chose to keep.
    pub claims: Vec<Claim>,
}

/// What one check came to.
#[derive(Clone, uniffi::Record)]
pub struct ReceiptLine {
    /// The stable name of the check.
    pub check: String,
    /// `passed`, `failed` or `not_checked`.
    pub outcome: String,
    /// Why, as a stable name; empty when it passed.
    pub code: String,
    /// Why, as an English sentence; empty when it passed.
    pub sentence: String,
}

/// Reads a receipt and checks its signature.
///
/// # Errors
/// [`NansenError::BadSignature`], [`NansenError::Malformed`], [`NansenError::OutOfBounds`].
#[uniffi::export]
pub fn read_receipt(bytes: Vec<u8>) -> Result<Receipt, NansenError> {
    Ok(receipt::Receipt::parse(&bytes)?.into())
}

#[uniffi::export]
impl Verifier {
    /// Signs a receipt of a report, by [`Report::number`](crate::Report::number). Of what was
    /// shown it holds the claims at `keep`, and nothing else of the holder.
    ///
    /// # Errors
    /// [`NansenError::Ended`] for a report that is no longer kept; [`NansenError::OutOfBounds`].
    pub fn receipt(
        &self,
        report: u64,
        purpose: String,
        keep: Vec<ClaimPath>,
    ) -> Result<Vec<u8>, NansenError> {
        let state = unpoisoned(&self.state);
        let checkup = state.checkup(report).ok_or(NansenError::Ended)?;
        let keep: Vec<_> = keep.into_iter().map(|path| path.0).collect();
        let order = (purpose.as_str(), keep.as_slice());
        let (report, now) = (&checkup.report, checkup.now.0);
        Ok(state.verifier.receipt(report, order, &state.store, now)?)
    }
}

impl From<receipt::Receipt> for Receipt {
    fn from(receipt: receipt::Receipt) -> Self {
        let issued = receipt.issued;
        let text = |of: fn(&receipt::Issued) -> &String| issued.as_ref().map(of).cloned();
        let mut claims = Vec::new();
        for (path, value) in &receipt.claims {
            leaves(path, value, &mut claims);
        }
        Self {
            verifier: receipt.verifier.to_short(),
            name: receipt.name,
            purpose: receipt.purpose,
            checked_at: receipt.checked_at.into(),
            latest_signed_time: receipt.latest_signed_time.into(),
            verdict: receipt.verdict,
            checks: receipt.checks.into_iter().map(Into::into).collect(),
            issuer: text(|issued| &issued.issuer),
            credential_type: text(|issued| &issued.vct),
            assurance_text: text(|issued| &issued.assurance),
            legal_text: text(|issued| &issued.legal_effect),
            list_version: receipt.list.as_ref().map(|(_, version, _)| *version),
            list_age: receipt.list.as_ref().map(|(_, _, age)| *age),
            list: receipt.list.map(|(list, _, _)| list),
            status_age: receipt.status.as_ref().map(|(age, _, _)| *age),
            status_max_age: receipt.status.as_ref().map(|(_, most, _)| *most),
            status_beyond: receipt.status.map(|(_, _, beyond)| beyond),
            claims,
        }
    }
}

impl From<receipt::CheckLine> for ReceiptLine {
    fn from(line: receipt::CheckLine) -> Self {
        Self {
            check: line.check,
            outcome: line.outcome,
            code: line.code,
            sentence: line.sentence,
        }
    }
}
