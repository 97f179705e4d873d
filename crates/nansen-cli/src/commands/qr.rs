//! Any file as QR codes, and back.

use std::path::PathBuf;

use clap::Subcommand;
use nansen_credential::pack::Pack;
use nansen_exchange::qr::Kind;
use serde_json::json;

use crate::args::Context;
use crate::codes::CodeArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::files;
use crate::input::kind_name;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::pictures;

/// Any file as QR codes, and back.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Draw a file of up to 1 MiB
    Encode {
        /// The file, or - for stdin
        file: PathBuf,
        #[command(flatten)]
        codes: CodeArgs,
    },
    /// Read codes from pictures, folders of pictures, animated PNG, or texts one a line
    Decode {
        /// Files, folders, or - for stdin
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
        /// The file to write; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Encode { file, codes } => {
                let bytes = files::read(file, MESSAGE_BYTES_MAX)?;
                // A phone that scans a pack then knows what to do with it.
                let kind = match Pack::preview(&bytes) {
                    Ok(_) => Kind::Pack,
                    Err(_) => Kind::File,
                };
                let drawn = codes.draw(kind, &bytes, context.output)?;
                drawn.say(json!({"bytes": bytes.len()}), context.output)?;
            }
            Self::Decode { inputs, out } => {
                let message = pictures::collect(inputs, context.output)?;
                files::write_new(out, &message.bytes)?;
                let (kind, length) = (kind_name(message.kind), message.bytes.len());
                context.output.say(
                    &json!({"kind": kind, "bytes": length}),
                    &format!("{kind}, {length} bytes, written to {}", out.display()),
                )?;
            }
        }
        Ok(Exit::Done)
    }
}
