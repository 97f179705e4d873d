//! Documents: scans, photos and PDFs, streamed in and out in bounded memory.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use nansen::Wallet;
use nansen::wallet::NewDocument;
use nansen_vault::RecordId;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::args::Context;
use crate::clock::Moment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::open::VaultArgs;
use crate::output::{Output, plain};
use crate::record_id;

/// Keep documents: scans, photos, PDFs.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Take a file in
    Add {
        #[command(flatten)]
        vault: VaultArgs,
        /// The file
        file: PathBuf,
        /// What to call it [default: the file's name]
        #[arg(long)]
        title: Option<String>,
        /// Its media type [default: by the file's ending]
        #[arg(long, value_name = "TYPE")]
        media_type: Option<String>,
        /// A word to find it by
        #[arg(long)]
        tag: Vec<String>,
    },
    /// Documents, the newest first
    List {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Write a document to a file that only its owner may read
    Export {
        #[command(flatten)]
        vault: VaultArgs,
        /// Its id
        #[arg(value_parser = record_id::parse)]
        id: RecordId,
        /// The file; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        match self {
            Self::Add {
                vault,
                file,
                title,
                media_type,
                tag,
            } => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let document = NewDocument {
                    title: title.as_deref().unwrap_or(&name),
                    media_type: media_type.as_deref().unwrap_or_else(|| media_type_of(file)),
                    tags: tag,
                    created: context.clock.now(),
                    expires: None,
                };
                let mut wallet = vault.wallet(context)?;
                add(&mut wallet, file, &document, context)?;
            }
            Self::List { vault } => list(&vault.wallet(context)?, context.output)?,
            Self::Export { vault, id, out } => {
                export(&vault.wallet(context)?, *id, out, context.output)?;
            }
        }
        Ok(Exit::Done)
    }
}

fn add(
    wallet: &mut Wallet,
    path: &Path,
    document: &NewDocument<'_>,
    context: &mut Context,
) -> Result<()> {
    let mut file = File::open(path).map_err(Failure::file(path))?;
    let length = file.metadata().map_err(Failure::file(path))?.len();
    let bar = context.output.bytes_bar(length);
    let mut writer = wallet.document_writer(document, &mut context.rng)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = file.read(&mut buffer).map_err(Failure::file(path))?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        writer.append(bytes)?;
        bar.inc(count as u64);
    }
    let id = writer.finish()?;
    bar.finish_and_clear();
    let info = wallet.document_info(id)?;
    context.output.say(
        &json!({"id": id.to_string(), "bytes": info.length, "sha256": crate::desk::hex(&info.sha256)}),
        &format!("{id}  {} bytes", info.length),
    )
}

fn list(wallet: &Wallet, output: Output) -> Result<()> {
    let listing = wallet.documents()?;
    let damaged: Vec<String> = listing.damaged.iter().map(ToString::to_string).collect();
    let mut lines = Vec::new();
    let mut documents: Vec<Value> = Vec::new();
    for held in &listing.items {
        lines.push(format!(
            "{}  {}  {}  {}",
            held.id,
            Moment(held.added),
            held.media_type,
            held.title
        ));
        documents.push(json!({"id": held.id.to_string(), "title": held.title,
            "media_type": held.media_type, "tags": held.tags, "added": held.added}));
    }
    if lines.is_empty() {
        lines.push("no documents".to_owned());
    }
    lines.extend(damaged.iter().map(|part| format!("damaged: {part}")));
    output.say(
        &json!({"documents": documents, "damaged": damaged}),
        &plain(&lines.join("\n")),
    )
}

/// The file appears when the whole document was read and found undamaged.
fn export(wallet: &Wallet, id: RecordId, out: &Path, output: Output) -> Result<()> {
    let mut reader = wallet.document_reader(id)?;
    let info = reader.info();
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder).map_err(Failure::file(out))?;
    let bar = output.bytes_bar(info.length);
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = reader.read_some(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        file.write_all(bytes).map_err(Failure::file(out))?;
        bar.inc(count as u64);
    }
    bar.finish_and_clear();
    file.as_file().sync_all().map_err(Failure::file(out))?;
    file.persist_noclobber(out)
        .map_err(|failed| Failure::file(out)(failed.error))?;
    output.say(
        &json!({"id": id.to_string(), "bytes": info.length, "sha256": crate::desk::hex(&info.sha256)}),
        &format!("{} bytes written to {}", info.length, out.display()),
    )
}

fn media_type_of(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "heic" => "image/heic",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Bytes of a document in memory at a time: one chunk of the vault.
const BUFFER: usize = nansen_vault::limits::CHUNK_BYTES;
