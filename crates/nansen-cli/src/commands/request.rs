//! Asking: a signed request as a code, and the session that can read its answer.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use nansen::Verifier;
use nansen_credential::ClaimPath;
use nansen_credential::cose::SecretKey;
use nansen_exchange::qr::Kind;
use nansen_exchange::query::{CredentialQuery, Query};
use nansen_exchange::request::{DEFAULT_LIFETIME_SECONDS, NewRequest, Request};
use serde_json::{Value, json};

use super::trust::TrustArgs;
use crate::args::Context;
use crate::clock::Moment;
use crate::codes::CodeArgs;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::input;
use crate::limits::CLAIMS_BYTES_MAX;
use crate::open::open_desk;
use crate::output::plain;

/// Ask for claims.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a request and draw its code
    New(Box<NewArgs>),
    /// Tell what a request asks for
    Show {
        /// Pictures or texts of its code, or - for stdin
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
    },
}

/// What to ask, of whom, and for how long.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewArgs {
    /// Who asks, as the holder is shown
    #[arg(long)]
    name: String,
    /// What for, as the holder is shown
    #[arg(long)]
    purpose: String,
    /// Type of credential that is asked for
    #[arg(long = "type", value_name = "TYPE", required_unless_present = "query")]
    vct: Option<String>,
    /// Claim that is asked for, such as `family_name`, `employment.from`, `skills[*]`
    #[arg(long = "claim", value_name = "PATH", conflicts_with = "query")]
    claims: Vec<ClaimPath>,
    /// A file with a DCQL query in JSON, instead of --type and --claim
    #[arg(long, value_name = "FILE", conflicts_with = "vct")]
    query: Option<PathBuf>,
    /// Seconds for which it may be answered
    #[arg(long, default_value_t = DEFAULT_LIFETIME_SECONDS)]
    lifetime: u32,
    /// Sign with the issuing key of this desk, so that holders whose trust list names the desk
    /// see it known; otherwise a fresh key signs, and they are told that nobody vouches for it
    #[arg(long, value_name = "FILE")]
    desk: Option<PathBuf>,
    /// Where the session goes, for `nansen verify --session`. The file holds the secret that
    /// opens the answer: only its owner may read it (mode 0600), it must not exist yet, and
    /// `verify` deletes it once it is used
    #[arg(long, value_name = "FILE")]
    session: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    codes: CodeArgs,
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::New(args) => args.run(context),
            Self::Show { inputs } => {
                let message = input::message(inputs, &[Kind::Request], context.output)?;
                let request = Request::parse(&message.bytes)?;
                let text = [who_and_why(&request), what(&request).join("\n")].join("\n");
                context.output.say(&to_json(&request), &plain(&text))?;
                Ok(Exit::Done)
            }
        }
    }
}

impl NewArgs {
    fn run(&self, context: &mut Context) -> Result<Exit> {
        let trust = self.trust.open(context)?;
        let mut request = NewRequest::new(
            &self.name,
            &self.purpose,
            self.read_query()?,
            context.clock.now(),
        );
        request.lifetime_seconds = self.lifetime;
        request.lists = trust.store().held_lists();
        let session = match &self.desk {
            Some(path) => {
                let desk = open_desk(path, context)?;
                Verifier::new(&desk.issuing()?.key, &self.name).ask(&request, &mut context.rng)?
            }
            None => {
                let key = SecretKey::generate_ed25519(&mut context.rng);
                Verifier::new(key, &self.name).ask(&request, &mut context.rng)?
            }
        };
        files::write_private(&self.session, &session.to_secret_bytes())?;
        let bytes = session.request().bytes();
        let drawn = self.codes.draw(Kind::Request, bytes, context.output)?;
        let fields = json!({
            "bytes": bytes.len(),
            "session": self.session.display().to_string(),
            "expires_at": session.request().expires_at(),
        });
        drawn.say(fields, context.output)?;
        Ok(Exit::Done)
    }

    fn read_query(&self) -> Result<Query> {
        if let Some(path) = &self.query {
            let text = String::from_utf8(files::read(path, CLAIMS_BYTES_MAX)?);
            let text = text.map_err(|_| Failure::Field {
                field: "--query",
                reason: "is not UTF-8",
            })?;
            return Ok(Query::from_json(&text)?);
        }
        let vct = self.vct.as_deref().unwrap_or_default();
        let mut asked = CredentialQuery::sd_cwt("credential", vct);
        for path in &self.claims {
            asked = asked.claim(path.clone());
        }
        Ok(Query::new(vec![asked], Vec::new())?)
    }
}

/// Who asks and why, by their own account.
pub(super) fn who_and_why(request: &Request) -> String {
    format!(
        "{} asks: {}\nuntil {}",
        request.name(),
        request.purpose(),
        Moment(request.expires_at())
    )
}

fn what(request: &Request) -> Vec<String> {
    let line = |asked: &CredentialQuery| {
        let claims: Vec<String> = asked
            .claims
            .iter()
            .map(|claim| claim.path.to_string())
            .collect();
        format!(
            "  {}: {}",
            asked.meta.vct_values.join(" or "),
            claims.join(", ")
        )
    };
    request.query().credentials().iter().map(line).collect()
}

fn to_json(request: &Request) -> Value {
    let query: Value = serde_json::from_str(&request.query().to_json()).unwrap_or_default();
    json!({
        "name": request.name(),
        "purpose": request.purpose(),
        "issued_at": request.issued_at(),
        "expires_at": request.expires_at(),
        "verifier": device_key::to_text(request.verifier()),
        "query": query,
        "bytes": request.bytes().len(),
    })
}
