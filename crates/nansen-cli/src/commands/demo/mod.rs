//! The whole journey on the reference credential, through real PNG files: issuer and trust
//! list, credential, vault, request code, scan, consent, response code, scan, report. Then
//! everything that must be refused, each really made and really checked.
//!
//! Its people are invented, and so is its time: sixty days after the credential was issued.

mod refusals;
mod stage;
mod timings;

use std::path::{Path, PathBuf};

use clap::Args;
use nansen::consent::Consent;
use nansen::present::Chosen;
use nansen_credential::report::Verdict;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::{Code, Kind, Layout, Level, Message, Picture};
use nansen_vault::RecordId;
use serde_json::{Value, json};

use super::report;
use crate::args::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::output::Output;
use crate::pictures;
use refusals::Refusal;
use stage::{DISCLOSED, NOW, Stage};

/// Where the demonstration leaves its pictures.
#[derive(Args, Clone, Debug)]
pub(crate) struct DemoArgs {
    /// The folder that `request.png` and `response.png` go to
    /// [default: nansen-demo in the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What the journey came to.
struct Journey {
    presentation_bytes: usize,
    compact_bytes: usize,
    response_bytes: usize,
    request_qr_version: u8,
    response_qr_version: u8,
    verdict: Verdict,
}

impl DemoArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let output = context.output;
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| std::env::temp_dir().join("nansen-demo"));
        files::make_folder(&out)?;
        let mut stage = Stage::set(&mut context.rng)?;
        output.tell("An issuer signed a trust list, a status list and a credential of 15 claims.\nA phone keeps the credential in its vault.")?;
        let journey = travel(&mut stage, &out, context)?;
        let refusals = refusals::all(&mut stage, &mut context.rng)?;
        tell_refusals(&refusals, output)?;
        let timings = timings::measure(stage, &mut context.rng)?;
        output.tell(&format!(
            "\nMedians: unlock without key derivation {} us, present {} us, verify {} us.\nPictures are in {}.",
            timings.unlock, timings.present, timings.verify, out.display()
        ))?;
        if output.is_json() {
            output.say(&summary(&journey, &refusals, &timings), "")?;
        }
        Ok(Exit::Done)
    }
}

/// From the request's code to the report on what was shown.
fn travel(stage: &mut Stage, out: &Path, context: &mut Context) -> Result<Journey> {
    let output = context.output;
    let (request_png, response_png) = (out.join("request.png"), out.join("response.png"));

    let mut session = stage.ask(NOW, &mut context.rng)?;
    let request = session.request().bytes().to_vec();
    let request_qr_version = draw(Kind::Request, &request, &request_png)?;
    output.tell(&format!(
        "\nA verifier asks for 4 of them: request.png, {} bytes, QR version {request_qr_version}.",
        request.len()
    ))?;

    let scanned = scan(&request_png, Kind::Request, output)?;
    let consent = stage.wallet.consent(&scanned.bytes, NOW)?;
    let choice = choose(&consent, stage.credential)?;
    let answer = stage
        .wallet
        .answer(&consent, &[choice], NOW, &mut context.rng)?;
    let response_qr_version = draw(Kind::Response, &answer.bytes, &response_png)?;

    let presentation = stage.opened(&session, &answer.bytes)?;
    let audience = session.request().audience();
    let meeting = Meeting::Answer {
        audience: &audience,
        nonce: session.request().digest(),
        requested_at: session.request().issued_at(),
    };
    let lists = session.request().known_lists(stage.trust.trust_lists());
    let compact_bytes = compact(&presentation, meeting, &lists, None).len();
    output.tell(&format!(
        "The holder shows them: standard form {} bytes, compact {compact_bytes}, sealed {}; response.png, QR version {response_qr_version}.",
        presentation.len(),
        answer.bytes.len()
    ))?;

    let scanned = scan(&response_png, Kind::Response, output)?;
    let answered = session.check(&scanned.bytes, &stage.trust, NOW)?;
    let [checked] = answered.presentations.as_slice() else {
        return Err(Failure::Demo { step: "report" });
    };
    output.tell(&format!("\n{}", report::to_text(&checked.report, None)))?;
    let verdict = checked.report.verdict();
    if verdict != Verdict::Valid || !answered.is_complete {
        return Err(Failure::Demo { step: "verdict" });
    }
    Ok(Journey {
        presentation_bytes: presentation.len(),
        compact_bytes,
        response_bytes: answer.bytes.len(),
        request_qr_version,
        response_qr_version,
        verdict,
    })
}

/// What a holder does who shows all that is asked for.
fn choose(consent: &Consent, credential: RecordId) -> Result<Chosen> {
    let options = consent.queries.first().map(|query| query.candidates.iter());
    let mut options = options.into_iter().flatten();
    let option = options.find(|option| option.credential.held.id == credential);
    let option = option.filter(|option| option.claims.len() == DISCLOSED.len());
    let option = option.ok_or(Failure::Demo { step: "consent" })?;
    Ok(Chosen {
        query: 0,
        credential,
        claims: option
            .claims
            .iter()
            .map(|claim| claim.path.clone())
            .collect(),
    })
}

/// Draws a message that fits one code, and gives the code's version.
fn draw(kind: Kind, message: &[u8], path: &Path) -> Result<u8> {
    let texts = Layout::default().texts(kind, message)?;
    let [text] = texts.as_slice() else {
        return Err(Failure::TooLongForOneCode {
            length: message.len(),
            version_max: Layout::default().version_max,
        });
    };
    let code = Code::draw(text, Level::L)?;
    files::write(path, &code.png(Picture::default())?)?;
    Ok(code.version())
}

fn scan(path: &Path, kind: Kind, output: Output) -> Result<Message> {
    let message = pictures::collect(&[path.to_owned()], output)?;
    if message.kind == kind {
        Ok(message)
    } else {
        Err(Failure::Demo { step: "scan" })
    }
}

fn tell_refusals(refusals: &[Refusal], output: Output) -> Result<()> {
    output.tell("\nWhat must not pass:")?;
    for refusal in refusals {
        let (name, verdict) = (refusal.name.replace('_', " "), refusal.verdict.as_str());
        output.tell(&format!(
            "  {name:<21} {verdict:<13} {}",
            refusal.code.sentence()
        ))?;
    }
    Ok(())
}

fn summary(journey: &Journey, refusals: &[Refusal], timings: &timings::Timings) -> Value {
    let refusals: Vec<Value> = refusals
        .iter()
        .map(|refusal| {
            json!({
                "name": refusal.name,
                "verdict": refusal.verdict.as_str(),
                "code": refusal.code.as_str(),
            })
        })
        .collect();
    json!({
        "presentation_bytes": journey.presentation_bytes,
        "compact_bytes": journey.compact_bytes,
        "response_bytes": journey.response_bytes,
        "request_qr_version": journey.request_qr_version,
        "response_qr_version": journey.response_qr_version,
        "verdict": journey.verdict.as_str(),
        "refusals": refusals,
        "timings_us": {
            "unlock": timings.unlock,
            "present": timings.present,
            "verify": timings.verify,
        },
    })
}
