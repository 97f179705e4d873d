//! Verification receipts: what a verifier signs for the field file about one check, with no more
//! of the person in it than the verifier chose to keep.
//!
//! A receipt is a tagged `COSE_Sign1` of media type [`RECEIPT_TYPE`], signed by the verifier.
//!
//! | payload | type | content |
//! |---|---|---|
//! | 1 | integer | version of this format: 1 |
//! | 2 | bytes | key of the verifier, short form |
//! | 3, 4 | text | name of the verifier, purpose |
//! | 5, 6 | integer | the clock when it was checked; the day of the latest signed time known when this was signed; unix seconds |
//! | 7 | text | verdict |
//! | 8 | array | `[check, outcome, code, sentence]`, texts; the last two empty where it passed |
//! | 9 | array | `[iss, type, assurance, legal effect]`, texts; absent when the signature was not good. The type is empty when no trust list lets the issuer issue it; of a legal effect in the issuer's words only that there is one, unless that claim is kept |
//! | 10 | array | `[list, version, age]` of the trust list that names the issuer, optional |
//! | 11 | array | `[age, age taken, accept, warn or refuse]` of the word on its status, optional |
//! | 12 | array | `[claim path, value]` of each claim kept; often none |
//!
//! Nothing in it leads to the credential or its holder, unless a claim that was kept does: no
//! signature, key, nonce or place in a status list, and no digest of them.

use nansen_credential::cbor::{Map, RawMap, Reader, Value};
use nansen_credential::claims::LEGAL_EFFECT;
use nansen_credential::cose::{PublicKey, Sign1, Signer, header, sign1};
use nansen_credential::json::to_json;
use nansen_credential::report::{Check, Outcome, Report};
use nansen_credential::{ClaimPath, Error as Refused};

use crate::verifier::DAY;
use crate::{Error, TrustStore, Verifier};

/// The media type of a receipt.
pub const RECEIPT_TYPE: &str = "application/nansen-receipt+cbor";

/// Most bytes of a receipt.
pub const RECEIPT_BYTES_MAX: usize = 64 << 10;

/// A receipt whose signature holds. Whose key that is, is for the reader to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The key that signed it.
    pub verifier: PublicKey,
    /// Who checked, by their own account.
    pub name: String,
    /// What for, by their own account.
    pub purpose: String,
    /// The verifier's clock, unix seconds.
    pub checked_at: i64,
    /// The day of the latest signed time that the verifier knew when it signed: the receipt is
    /// not older. The second may be that of the credential, and tell whose it was.
    pub latest_signed_time: i64,
    /// The stable name of the verdict.
    pub verdict: String,
    /// One line for each check.
    pub checks: Vec<CheckLine>,
    /// What was issued, when the issuer's signature was good.
    pub issued: Option<Issued>,
    /// The trust list that names the issuer: id, version, and age in seconds.
    pub list: Option<(String, i64, i64)>,
    /// Age of the word on the status, the age that the verifier takes, and what it makes of an
    /// older one.
    pub status: Option<(i64, i64, String)>,
    /// Claims that the verifier chose to keep.
    pub claims: Vec<(ClaimPath, Value)>,
}

/// A credential, without its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// `iss`.
    pub issuer: String,
    /// Its type; empty when it names none, or one that its issuer may not issue.
    pub vct: String,
    /// How far its content can be relied on, in English.
    pub assurance: String,
    /// What it is and is not in law.
    pub legal_effect: String,
}

/// What one check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckLine {
    /// The stable name of the check.
    pub check: String,
    /// `passed`, `failed` or `not_checked`.
    pub outcome: String,
    /// The stable code; empty where it passed.
    pub code: String,
    /// The code in plain English; likewise.
    pub sentence: String,
}

impl<K: Signer> Verifier<K> {
    /// Signs a receipt for a report that was made with `store` when the clock said `now`. Of the
    /// claims shown, it holds those at `keep`.
    ///
    /// # Errors
    /// [`nansen_credential::Error::SignerFailed`]; [`Error::TooMany`] beyond
    /// [`RECEIPT_BYTES_MAX`].
    pub fn receipt(
        &self,
        report: &Report,
        (purpose, keep): (&str, &[ClaimPath]),
        store: &TrustStore,
        now: i64,
    ) -> Result<Vec<u8>, Error> {
        let key = self.key().public_key();
        let latest = store.latest_signed_time();
        let protected = Map::new()
            .with(header::ALG, key.algorithm().id())
            .with(header::TYP, RECEIPT_TYPE);
        let mut payload = Map::new()
            .with(label::VERSION, VERSION)
            .with(label::VERIFIER, Value::Bytes(key.to_short()))
            .with(label::NAME, self.name())
            .with(label::PURPOSE, purpose)
            .with(label::CHECKED_AT, now)
            .with(label::LATEST, latest - latest.rem_euclid(DAY))
            .with(label::VERDICT, report.verdict().as_str())
            .with(label::CHECKS, check_lines(report))
            .with(label::CLAIMS, kept(report, keep));
        if let Some(shown) = report.disclosed() {
            // What a list allows is nobody's name; what an issuer may write else could be.
            let is_allowed = report.outcome(Check::IssuerTrusted) == Outcome::Passed;
            let vct = shown.terms.vct.as_deref().filter(|_| is_allowed);
            let is_kept = keep
                .iter()
                .any(|path| *path == ClaimPath::name(LEGAL_EFFECT));
            let is_stated = shown.legal_effect().is_some();
            let issued = vec![
                shown.terms.issuer.as_str().into(),
                vct.unwrap_or_default().into(),
                shown.assurance_text().into(),
                match is_stated && !is_kept {
                    true => EFFECT_NOT_KEPT.into(),
                    false => shown.legal_text().into(),
                },
            ];
            payload.insert(label::ISSUED, Value::Array(issued));
        }
        if let Some(facts) = &report.issuer {
            let version = i64::try_from(facts.list_version).unwrap_or(i64::MAX);
            let list = vec![
                facts.list.as_str().into(),
                version.into(),
                facts.list_age.into(),
            ];
            payload.insert(label::LIST, Value::Array(list));
        }
        if let Some((age, policy)) = report.status_age.zip(report.status_policy) {
            let status = vec![
                age.into(),
                policy.max_age.into(),
                policy.beyond.as_str().into(),
            ];
            payload.insert(label::STATUS, Value::Array(status));
        }
        let (protected, payload) = (protected.to_cbor(), payload.to_cbor());
        let bytes = sign1(&protected, &Map::new(), &payload, self.key())?;
        check_length(&bytes)?;
        Ok(bytes)
    }
}

impl Receipt {
    /// Reads a receipt and checks its own signature.
    ///
    /// # Errors
    /// [`Refused::BadSignature`], or what else makes it no receipt; [`Error::TooMany`] beyond
    /// [`RECEIPT_BYTES_MAX`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        check_length(bytes)?;
        let message = Sign1::parse(bytes)?;
        message.check_media_type(RECEIPT_TYPE)?;
        if !message.unprotected.is_empty() {
            return Err(Error::Stored { what: "receipt" });
        }
        let receipt = Self::read(message.payload)?;
        message.verify(&receipt.verifier)?;
        Ok(receipt)
    }

    fn read(payload: &[u8]) -> Result<Self, Refused> {
        let payload = RawMap::from_cbor(payload)?;
        let field = |label| {
            payload.label(label).ok_or(Refused::Missing {
                what: "field of a receipt",
            })
        };
        if field(label::VERSION)?.int()? != VERSION {
            return Err(Refused::Invalid {
                what: "version of a receipt",
            });
        }
        let text = |label| Ok::<_, Refused>(field(label)?.text()?.to_owned());
        Ok(Self {
            verifier: PublicKey::from_short(field(label::VERIFIER)?.bytes()?)?,
            name: text(label::NAME)?,
            purpose: text(label::PURPOSE)?,
            checked_at: field(label::CHECKED_AT)?.int()?,
            latest_signed_time: field(label::LATEST)?.int()?,
            verdict: text(label::VERDICT)?,
            checks: each(&mut field(label::CHECKS)?, |line| {
                line.array_of(4, "line of 4 parts")?;
                Ok(CheckLine {
                    check: line.text()?.to_owned(),
                    outcome: line.text()?.to_owned(),
                    code: line.text()?.to_owned(),
                    sentence: line.text()?.to_owned(),
                })
            })?,
            issued: optional(payload.label(label::ISSUED), |issued| {
                issued.array_of(4, "what was issued, of 4 parts")?;
                Ok(Issued {
                    issuer: issued.text()?.to_owned(),
                    vct: issued.text()?.to_owned(),
                    assurance: issued.text()?.to_owned(),
                    legal_effect: issued.text()?.to_owned(),
                })
            })?,
            list: optional(payload.label(label::LIST), |list| {
                list.array_of(3, "list of 3 parts")?;
                Ok((list.text()?.to_owned(), list.int()?, list.int()?))
            })?,
            status: optional(payload.label(label::STATUS), |status| {
                status.array_of(3, "status of 3 parts")?;
                Ok((status.int()?, status.int()?, status.text()?.to_owned()))
            })?,
            claims: each(&mut field(label::CLAIMS)?, |claim| {
                claim.array_of(2, "claim of 2 parts")?;
                Ok((ClaimPath::from_value(&claim.value()?)?, claim.value()?))
            })?,
        })
    }

    /// The receipt as lines to print. `time` writes a moment, given in unix seconds.
    #[must_use]
    pub fn to_text(&self, time: impl Fn(i64) -> String) -> String {
        let mut lines = vec![
            format!("Verdict: {}", self.verdict),
            format!("Checked by: {}", self.name),
            format!("For: {}", self.purpose),
            format!("At: {} by the clock", time(self.checked_at)),
            format!("Not before: {}", time(self.latest_signed_time)),
        ];
        if let Some(issued) = &self.issued {
            lines.push(format!("Issuer: {}", issued.issuer));
            lines.push(format!("Type: {}", issued.vct));
            lines.push(format!("Content: {}", issued.assurance));
            lines.push(format!("In law: {}", issued.legal_effect));
        }
        let mut checks = self.checks.iter();
        let is_doubted =
            checks.any(|line| line.check == Check::Clock.as_str() && line.outcome != PASSED);
        // A clock that is wrong does not tell how old a thing is.
        let least = if is_doubted { "at least " } else { "" };
        if let Some((list, version, age)) = &self.list {
            let days = age / DAY;
            lines.push(format!(
                "By: {list}, version {version}, {least}{days} days old"
            ));
        }
        if let Some((age, limit, beyond)) = &self.status {
            let (days, limit) = (age / DAY, limit / DAY);
            let policy = format!("{beyond} beyond {limit} days");
            lines.push(format!("Status: {least}{days} days old; policy: {policy}"));
        }
        lines.extend(self.checks.iter().map(|line| {
            let what = line.check.replace('_', " ");
            let outcome = line.outcome.replace('_', " ");
            format!("- {what}: {outcome}. {}", line.sentence)
                .trim_end()
                .to_owned()
        }));
        match self.claims.as_slice() {
            [] => lines.push("No claims were kept.".to_owned()),
            claims => lines.extend(
                claims
                    .iter()
                    .map(|(path, value)| format!("{path}: {}", to_json(value))),
            ),
        }
        // What comes from outside makes no lines of its own.
        let lines = lines.iter().map(|line| one_line(line));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A line in which nothing starts another, or turns its direction about.
fn one_line(text: &str) -> String {
    let is_unsafe =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let safe = |c| {
        if is_unsafe(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(safe).collect()
}

fn check_lines(report: &Report) -> Value {
    let lines = report.checks().map(|(check, outcome)| {
        let (name, code) = match outcome {
            Outcome::Passed => (PASSED, None),
            Outcome::Failed(code) => ("failed", Some(code)),
            Outcome::NotChecked(code) => ("not_checked", Some(code)),
        };
        let sentence = code.map(|code| code.sentence()).unwrap_or_default();
        let code = code.map(|code| code.as_str()).unwrap_or_default();
        Value::Array(vec![
            check.as_str().into(),
            name.into(),
            code.into(),
            sentence.as_str().into(),
        ])
    });
    Value::Array(lines.collect())
}

fn kept(report: &Report, keep: &[ClaimPath]) -> Value {
    let Some(shown) = report.disclosed() else {
        return Value::Array(Vec::new());
    };
    let found = keep.iter().flat_map(|path| path.select(&shown.claims));
    let claims = found.map(|(path, value)| Value::Array(vec![path.to_value(), value.clone()]));
    Value::Array(claims.collect())
}

/// An array whose length is bounded by the size of a receipt.
fn each<T>(
    reader: &mut Reader<'_>,
    mut one: impl FnMut(&mut Reader<'_>) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    let mut items = Vec::new();
    for _ in 0..reader.array()? {
        items.push(one(reader)?);
    }
    Ok(items)
}

fn optional<T>(
    field: Option<Reader<'_>>,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Refused>,
) -> Result<Option<T>, Refused> {
    field.map(|mut field| read(&mut field)).transpose()
}

const fn check_length(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > RECEIPT_BYTES_MAX {
        return Err(Error::TooMany {
            what: "bytes of a receipt",
            count: bytes.len(),
            limit: RECEIPT_BYTES_MAX,
        });
    }
    Ok(())
}

/// What stands for a legal effect in the issuer's words, which may tell whose it is.
const EFFECT_NOT_KEPT: &str = "The issuer says what it is in law; its words were not kept. \
                               This receipt is not a licence, permit or recognition decision.";
const PASSED: &str = "passed";
const VERSION: i64 = 1;

mod label {
    pub(super) const VERSION: i64 = 1;
    pub(super) const VERIFIER: i64 = 2;
    pub(super) const NAME: i64 = 3;
    pub(super) const PURPOSE: i64 = 4;
    pub(super) const CHECKED_AT: i64 = 5;
    pub(super) const LATEST: i64 = 6;
    pub(super) const VERDICT: i64 = 7;
    pub(super) const CHECKS: i64 = 8;
    pub(super) const ISSUED: i64 = 9;
    pub(super) const LIST: i64 = 10;
    pub(super) const STATUS: i64 = 11;
    pub(super) const CLAIMS: i64 = 12;
}
