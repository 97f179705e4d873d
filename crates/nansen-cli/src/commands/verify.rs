//! Checking what is shown: the answer to a request, a presentation without one, or a copy.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use nansen::Session;
use nansen::verifier::{Answered, DEFAULT_MAX_STATUS_AGE, check_copy_with, check_one_way_with};
use nansen_credential::report::{Report, Verdict};
use nansen_credential::verify::{Beyond, StatusPolicy};
use nansen_exchange::qr::{Kind, Message};
use serde_json::{Value, json};

use super::receipt::NewReceipt;
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
    /// The session of the request that this answers; deleted once an answer was opened with it
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
        self.receipt.check_free()?;
        let mut trust = self.trust.open(context)?;
        let now = context.clock.now();
        match (message.kind, &self.session) {
            (Kind::Response, Some(path)) => self.answer(path, &message, &mut trust, context),
            (Kind::Response, None) => Err(Failure::Field {
                field: "--session",
                reason: "is needed to open the answer to a request",
            }),
            (Kind::Presentation, _) => {
                let checked =
                    check_one_way_with(&message.bytes, trust.store(), self.policy.policy(), now);
                self.alone("presentation", checked, &trust, context)
            }
            _ => {
                let checked =
                    check_copy_with(&message.bytes, trust.store(), self.policy.policy(), now);
                self.alone("copy", checked, &trust, context)
            }
        }
    }

    /// A presentation without a request, or a copy.
    fn alone(
        &self,
        kind: &str,
        checked: std::result::Result<Report, nansen::Error>,
        trust: &Trust,
        context: &mut Context,
    ) -> Result<Exit> {
        let report = match checked {
            Ok(report) => report,
            Err(error) => return refused(kind, &error, context.output),
        };
        let verdict = report.verdict();
        context.output.say(
            &json!({
                "kind": kind,
                "verdict": verdict.as_str(),
                "presentations": [report::to_json(&report)],
            }),
            &report::to_text(&report, None),
        )?;
        self.receipt.write(&[&report], "", trust.store(), context)?;
        Ok(exit(verdict))
    }

    fn answer(
        &self,
        path: &Path,
        message: &Message,
        trust: &mut Trust,
        context: &mut Context,
    ) -> Result<Exit> {
        let secret = files::read_secret(path, MESSAGE_BYTES_MAX)?;
        let mut session = Session::from_secret_bytes(&secret, self.policy.policy())?;
        let checked = session.check(&message.bytes, trust.store(), context.clock.now());
        if !checked.as_ref().is_err_and(is_unopened) {
            std::fs::remove_file(path).map_err(Failure::file(path))?;
        }
        let answered = match checked {
            Ok(answered) => answered,
            Err(error) => return refused("response", &error, context.output),
        };
        trust.note_signed_times(&answered, &mut context.rng)?;
        let exit = say_answer(&answered, context.output)?;
        let presentations = answered.presentations.iter();
        let reports: Vec<&Report> = presentations.map(|checked| &checked.report).collect();
        let purpose = session.request().purpose();
        self.receipt
            .write(&reports, purpose, trust.store(), context)?;
        Ok(exit)
    }
}

fn say_answer(answered: &Answered, output: Output) -> Result<Exit> {
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
    output.say(
        &json!({
            "kind": "response",
            "verdict": overall.as_str(),
            "complete": answered.is_complete,
            "presentations": presentations,
        }),
        &texts.join("\n\n"),
    )?;
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
