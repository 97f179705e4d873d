//! Checking what is shown: the answer to a request, a presentation without one, or a copy.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use nansen::Session;
use nansen::verifier::{Answered, DEFAULT_MAX_STATUS_AGE, check_copy_with, check_one_way_with};
use nansen_credential::report::{Report, Verdict};
use nansen_credential::verify::{Beyond, StatusPolicy};
use nansen_exchange::qr::{Kind, Message};
use serde_json::{Value, json};

use super::receipt::{NewReceipt, Ready, Written};
use super::report;
use super::trust::{Trust, TrustArgs};
use crate::args::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::input;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::output::Output;

/// What is shown, and what to check it against.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Pictures or texts of the codes, or - for stdin
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The session of the request that this answers; deleted once an answer was opened with it,
    /// and its receipt, if any, is written
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
    #[command(flatten)]
    policy: StatusPolicyArgs,
    #[command(flatten)]
    receipt: NewReceipt,
    #[command(flatten)]
    trust: TrustArgs,
}

/// What is made of old words on a status.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatusPolicyArgs {
    /// Seconds up to which a status list settles whether a credential was revoked
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_MAX_STATUS_AGE)]
    max_status_age: i64,
    /// What is made of an older one
    #[arg(long, value_enum, default_value_t)]
    status_policy: BeyondArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum BeyondArg {
    /// Go by it, and tell its age
    Accept,
    /// Leave the verdict open
    #[default]
    Warn,
    /// Refuse what it speaks of
    Refuse,
}

impl StatusPolicyArgs {
    /// The policy.
    pub(crate) const fn policy(&self) -> StatusPolicy {
        StatusPolicy {
            max_age: self.max_status_age,
            beyond: match self.status_policy {
                BeyondArg::Accept => Beyond::Accept,
                BeyondArg::Warn => Beyond::Warn,
                BeyondArg::Refuse => Beyond::Refuse,
            },
        }
    }
}

impl VerifyArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let kinds = [Kind::Response, Kind::Presentation, Kind::Printable];
        let message = input::message(&self.inputs, &kinds, context.output)?;
        let mut trust = self.trust.open(context)?;
        let receipt = self.receipt.ready(context)?;
        let receipt = receipt.as_ref();
        let now = context.clock.now();
        match (message.kind, &self.session) {
            (Kind::Response, Some(path)) => {
                self.answer(path, &message, (&mut trust, receipt), context)
            }
            (Kind::Response, None) => Err(Failure::Field {
                field: "--session",
                reason: "is needed to open the answer to a request",
            }),
            (Kind::Presentation, _) => {
                let checked =
                    check_one_way_with(&message.bytes, trust.store(), self.policy.policy(), now);
                alone("presentation", checked, (&trust, receipt), context)
            }
            _ => {
                let checked =
                    check_copy_with(&message.bytes, trust.store(), self.policy.policy(), now);
                alone("copy", checked, (&trust, receipt), context)
            }
        }
    }

    /// The session ends last: until all is said and written, the answer can be checked again.
    fn answer(
        &self,
        path: &Path,
        message: &Message,
        (trust, receipt): (&mut Trust, Option<&Ready<'_>>),
        context: &mut Context,
    ) -> Result<Exit> {
        let secret = files::read_secret(path, MESSAGE_BYTES_MAX)?;
        let mut session = Session::from_secret_bytes(&secret, self.policy.policy())?;
        let now = context.clock.now();
        let exit = match session.check(&message.bytes, trust.store(), now) {
            Err(error) if is_unopened(&error) => {
                return refused("response", &error, context.output);
            }
            Err(error) => refused("response", &error, context.output)?,
            Ok(answered) => {
                trust.note_signed_times(&answered, &mut context.rng)?;
                let presentations = answered.presentations.iter();
                let reports: Vec<&Report> = presentations.map(|checked| &checked.report).collect();
                let purpose = session.request().purpose();
                let written =
                    receipt.map(|receipt| receipt.write(&reports, purpose, trust.store(), now));
                say_answer(&answered, written, context.output)?
            }
        };
        std::fs::remove_file(path).map_err(Failure::file(path))?;
        Ok(exit)
    }
}

/// A presentation without a request, or a copy.
fn alone(
    kind: &str,
    checked: std::result::Result<Report, nansen::Error>,
    (trust, receipt): (&Trust, Option<&Ready<'_>>),
    context: &Context,
) -> Result<Exit> {
    let report = match checked {
        Ok(report) => report,
        Err(error) => return refused(kind, &error, context.output),
    };
    let now = context.clock.now();
    let written = receipt.map(|receipt| receipt.write(&[&report], "", trust.store(), now));
    let verdict = report.verdict();
    let answer = json!({
        "kind": kind,
        "verdict": verdict.as_str(),
        "presentations": [report::to_json(&report)],
    });
    let text = report::to_text(&report, None);
    say(answer, &text, written, context.output)?;
    Ok(exit(verdict))
}

/// Says an answer and what receipts there are; a receipt that failed takes no verdict away.
fn say(
    mut answer: Value,
    text: &str,
    written: Option<Result<Written>>,
    output: Output,
) -> Result<()> {
    if let (Some(Ok(written)), Some(answer)) = (&written, answer.as_object_mut()) {
        answer.insert("receipt".to_owned(), written.to_json());
    }
    output.say(&answer, text)?;
    if let Some(written) = written.transpose()? {
        written.tell(output)?;
    }
    Ok(())
}

fn say_answer(
    answered: &Answered,
    written: Option<Result<Written>>,
    output: Output,
) -> Result<Exit> {
    let verdicts = answered
        .presentations
        .iter()
        .map(|checked| checked.report.verdict());
    let worst = verdicts.max_by_key(|verdict| severity(*verdict));
    let overall = match worst {
        Some(Verdict::Valid) if answered.is_complete => Verdict::Valid,
        Some(Verdict::Invalid) => Verdict::Invalid,
        _ => Verdict::Undetermined,
    };
    let presentations: Vec<Value> = answered
        .presentations
        .iter()
        .map(|checked| {
            let withheld: Vec<String> = checked.withheld.iter().map(ToString::to_string).collect();
            let mut fields = report::to_json(&checked.report);
            if let Some(object) = fields.as_object_mut() {
                object.insert("query".to_owned(), checked.query.as_str().into());
                object.insert(
                    "answers_query".to_owned(),
                    checked.mismatches.is_empty().into(),
                );
                object.insert("withheld".to_owned(), withheld.into());
            }
            fields
        })
        .collect();
    let mut texts: Vec<String> = answered
        .presentations
        .iter()
        .map(|checked| report::to_text(&checked.report, checked.names.as_ref()))
        .collect();
    if !answered.is_complete {
        texts.push(
            "NOT COMPLETE: some of what was asked for is missing, or is not valid.".to_owned(),
        );
    }
    let answer = json!({
        "kind": "response",
        "verdict": overall.as_str(),
        "complete": answered.is_complete,
        "presentations": presentations,
    });
    say(answer, &texts.join("\n\n"), written, output)?;
    Ok(exit(overall))
}

/// What does not even open, or is no presentation once it does, is invalid.
fn refused(kind: &str, error: &nansen::Error, output: Output) -> Result<Exit> {
    let sentence = error.to_string();
    output.say(
        &json!({
            "kind": kind,
            "verdict": Verdict::Invalid.as_str(),
            "code": refusal_code(error),
            "sentence": sentence,
            "presentations": [],
        }),
        &format!("INVALID\n{sentence}"),
    )?;
    Ok(Exit::Invalid)
}

/// Whether the answer did not open, so that the session still waits for the right one.
fn is_unopened(error: &nansen::Error) -> bool {
    use nansen_exchange::Error;
    matches!(
        error,
        nansen::Error::Exchange(
            Error::NotForThisRequest | Error::SealedTooShort { .. } | Error::MessageTooLong { .. }
        )
    )
}

/// The stable code of an answer that yields no report.
fn refusal_code(error: &nansen::Error) -> &'static str {
    match error {
        nansen::Error::Exchange(nansen_exchange::Error::NotForThisRequest) => {
            "not_for_this_request"
        }
        nansen::Error::AlreadyAnswered => "already_answered",
        _ => "malformed",
    }
}

const fn severity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Undetermined => 1,
        Verdict::Invalid => 2,
    }
}

const fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Valid => Exit::Done,
        Verdict::Invalid => Exit::Invalid,
        Verdict::Undetermined => Exit::Undetermined,
    }
}
