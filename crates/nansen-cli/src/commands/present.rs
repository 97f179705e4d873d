//! Showing: who asks, why, and for which claims; the holder's choice; the answer as a code.
//!
//! Nothing is chosen beforehand but what the request cannot be answered without. On a terminal
//! every other claim is asked for one by one, and the whole once more before anything is
//! shown; a script names claims by `--show` and says `--yes`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use nansen::consent::{ClaimOption, Consent, CredentialOption, QueryOptions};
use nansen::history::Known;
use nansen::present::Chosen;
use nansen_credential::ClaimPath;
use nansen_exchange::qr::{Kind, Message};
use nansen_vault::RecordId;
use serde_json::{Value, json};

use super::report::{claim_lines, claim_text};
use super::request::who_and_why;
use crate::args::Context;
use crate::clock::Moment;
use crate::codes::CodeArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::open::VaultArgs;
use crate::output::{Output, plain};
use crate::record_id;

/// What to show, and to whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct PresentArgs {
    /// Pictures or texts of the request's code, or - for stdin
    #[arg(required_unless_present_any = ["one_way", "copy"])]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    vault: VaultArgs,
    /// Claims to show beside those that the request cannot be answered without
    #[arg(long, value_name = "PATH", num_args = 1..)]
    show: Vec<ClaimPath>,
    /// Ask nothing: show what is required and what --show names
    #[arg(long)]
    yes: bool,
    /// Show this credential, where several would do
    #[arg(long, value_name = "ID", value_parser = record_id::parse)]
    credential: Vec<RecordId>,
    /// Show claims of this credential to whoever scans, without a request. Anybody can keep the
    /// picture; a verifier is told that it may be a recording
    #[arg(long, value_name = "ID", value_parser = record_id::parse, conflicts_with_all = ["inputs", "credential"])]
    one_way: Option<RecordId>,
    /// Seconds for which a code of --one-way is good
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    lifetime: u32,
    /// Draw a printable copy of this credential, which was issued as one
    #[arg(long, value_name = "ID", value_parser = record_id::parse, conflicts_with_all = ["inputs", "one_way", "show"])]
    copy: Option<RecordId>,
    #[command(flatten)]
    codes: CodeArgs,
}

impl PresentArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let now = context.clock.now();
        let mut wallet = self.vault.wallet(context)?;
        let (message, fields) = if let Some(id) = self.copy {
            (wallet.copy(id, now)?, json!({"credential": id.to_string()}))
        } else if let Some(id) = self.one_way {
            let message = wallet.one_way(id, &self.show, self.lifetime, now, &mut context.rng)?;
            (
                message,
                json!({"credential": id.to_string(), "claims": texts(&self.show)}),
            )
        } else {
            let request = input::message(&self.inputs, &[Kind::Request], context.output)?;
            let consent = wallet.consent(&request.bytes, now)?;
            let choice = self.choose(&consent, context.output)?;
            let message = wallet.answer(&consent, &choice, now, &mut context.rng)?;
            (message, chosen_json(&consent, &choice))
        };
        drop(wallet);
        self.draw(&message, fields, context.output)
    }

    fn draw(&self, message: &Message, mut fields: Value, output: Output) -> Result<Exit> {
        if let Some(object) = fields.as_object_mut() {
            object.insert("bytes".to_owned(), message.bytes.len().into());
        }
        let drawn = self.codes.draw(message.kind, &message.bytes, output)?;
        drawn.say(fields, output)?;
        Ok(Exit::Done)
    }

    fn choose(&self, consent: &Consent, output: Output) -> Result<Vec<Chosen>> {
        output.tell(&describe(consent))?;
        if !consent.is_satisfiable {
            return Err(Failure::NothingToShow);
        }
        let asker = Asker::new(self.yes)?;
        let wanted = wanted(consent);
        let mut choice = Vec::new();
        for (place, query) in consent.queries.iter().enumerate() {
            let Some(option) = self.candidate(query) else {
                continue;
            };
            let is_named = option
                .claims
                .iter()
                .any(|claim| self.show.contains(&claim.path));
            let is_wanted = wanted.contains(&query.id.as_str()) || is_named;
            if !is_wanted
                && !asker.ask(&format!(
                    "Answer \"{}\" too, which is not required?",
                    query.id
                ))?
            {
                continue;
            }
            output.tell(&plain(&format!(
                "\n{}, {}",
                option.credential.held.title, option.credential.held.issuer
            )))?;
            output.tell(&plain(&always_shown(option)))?;
            let mut claims = Vec::new();
            for claim in &option.claims {
                if claim.is_required || self.show.contains(&claim.path) {
                    output.tell(&plain(&format!("  [x] {}", claim_line(claim))))?;
                    claims.push(claim.path.clone());
                } else if asker.ask(&format!("Show {}?", claim_line(claim)))? {
                    claims.push(claim.path.clone());
                }
            }
            choice.push(Chosen {
                query: place,
                credential: option.credential.held.id,
                claims,
            });
        }
        let chosen = |path: &&ClaimPath| choice.iter().any(|chosen| chosen.claims.contains(path));
        if let Some(path) = self.show.iter().find(|path| !chosen(path)) {
            let path = path.clone();
            return Err(Failure::Nansen(nansen::Error::NotAsked { path }));
        }
        if !self.yes && !asker.ask(&format!("\nShow this to {}?", consent.request().name()))? {
            return Err(Failure::Declined);
        }
        Ok(choice)
    }

    /// The credential that `--credential` names, else the first: the newest.
    fn candidate<'a>(&self, query: &'a QueryOptions) -> Option<&'a CredentialOption> {
        let mut named = query
            .candidates
            .iter()
            .filter(|option| self.credential.contains(&option.credential.held.id));
        named.next().or_else(|| query.candidates.first())
    }
}

/// Ids of the credential queries that the answer is to have: all of them, or those of the first
/// option of each required set that can be given.
fn wanted(consent: &Consent) -> Vec<&str> {
    let query = consent.request().query();
    if query.sets().is_empty() {
        return consent
            .queries
            .iter()
            .map(|options| options.id.as_str())
            .collect();
    }
    let is_given = |id: &String| {
        let mut options = consent.queries.iter();
        options.any(|options| options.id == *id && !options.candidates.is_empty())
    };
    let required = query.sets().iter().filter(|set| set.required);
    required
        .filter_map(|set| {
            set.options
                .iter()
                .find(|option| option.iter().all(is_given))
        })
        .flatten()
        .map(String::as_str)
        .collect()
}

fn describe(consent: &Consent) -> String {
    let known = match &consent.verifier {
        Known::Registered(registered) => registered.sentence(),
        Known::KeyNotTrusted { name, failure } => {
            format!(
                "WARNING: asks under a key of {name} that is not to be trusted now ({failure})."
            )
        }
        Known::Listed { name } => format!("Known: a trust list here names it as {name}."),
        Known::Met { name, last, times } => format!(
            "Met before ({times} answered), the last time on {} as {name}. No trust list names it.",
            Moment(*last)
        ),
        Known::Unknown => {
            "UNKNOWN: nobody vouches for this name, and you have not met before.".to_owned()
        }
    };
    plain(&format!("{}\n{known}", who_and_why(consent.request())))
}

/// What a verifier sees with every claim left out.
fn always_shown(option: &CredentialOption) -> String {
    let mut lines = vec!["Always shown: its type, its issuer, when it is valid".to_owned()];
    lines.extend(claim_lines(&option.always_shown));
    lines.join("\n")
}

fn claim_line(claim: &ClaimOption) -> String {
    let mut line = format!("{}: {}", claim.path, claim_text(&claim.value));
    if !claim.brings.is_empty() {
        line.push_str(&format!(
            " (shows also {})",
            texts(&claim.brings).join(", ")
        ));
    }
    line
}

fn chosen_json(consent: &Consent, choice: &[Chosen]) -> Value {
    let known = match &consent.verifier {
        Known::Registered(_) => "registered",
        Known::KeyNotTrusted { .. } => "key_not_trusted",
        Known::Listed { .. } => "listed",
        Known::Met { .. } => "met",
        Known::Unknown => "unknown",
    };
    let shown: Vec<Value> = choice
        .iter()
        .map(|chosen| {
            json!({"credential": chosen.credential.to_string(), "claims": texts(&chosen.claims)})
        })
        .collect();
    let beyond: Vec<String> = match &consent.verifier {
        Known::Registered(registered) => {
            let claims = registered.beyond.iter();
            claims.map(|(_, claim)| claim.to_string()).collect()
        }
        _ => Vec::new(),
    };
    json!({
        "verifier": {"name": consent.request().name(), "known": known, "beyond_role": beyond},
        "purpose": consent.request().purpose(),
        "shown": shown,
    })
}

fn texts(paths: &[ClaimPath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

/// Asks the person at the keyboard, or answers no to whatever was not said beforehand.
struct Asker {
    is_silent: bool,
}

impl Asker {
    fn new(yes: bool) -> Result<Self> {
        let is_somebody_there = io::stdin().is_terminal() && io::stderr().is_terminal();
        if !yes && !is_somebody_there {
            return Err(Failure::NobodyToAsk);
        }
        Ok(Self { is_silent: yes })
    }

    /// Anything but a clear yes is a no.
    fn ask(&self, question: &str) -> Result<bool> {
        if self.is_silent {
            return Ok(false);
        }
        let mut prompt = io::stderr().lock();
        write!(prompt, "{} [y/N] ", plain(question))
            .and_then(|()| prompt.flush())
            .map_err(Failure::Output)?;
        let mut answer = String::new();
        io::stdin()
            .read_line(&mut answer)
            .map_err(Failure::Output)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}
