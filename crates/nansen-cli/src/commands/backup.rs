//! Backups of a vault, and what becomes of one on another phone.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use nansen::Wallet;
use nansen::backup::{Restored, RestoredKind, keep_message, to_message};
use nansen_exchange::qr::Kind;
use nansen_vault::{
    BackupFile, BackupLock, BackupPhase, BackupWriter, KdfParams, Outcome, Passphrase,
    RecoveryCode, RestoreMode,
};
use serde_json::{Value, json};

use crate::args::Context;
use crate::codes::CodeArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::open::VaultArgs;
use crate::output::{Output, plain};

/// A backup to be written.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("key").args(["backup_passphrase", "backup_code"]))]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// The file. A backup that stands there stays until the new one was read back; with --after, none may
    file: PathBuf,
    /// Lock it by a passphrase of its own (`NANSEN_BACKUP_SECRET`, the next line of
    /// --passphrase-fd, or a prompt)
    #[arg(long)]
    backup_passphrase: bool,
    /// Lock it by the code of an earlier backup, from the same places. Without either, a new code
    /// is drawn and shown once
    #[arg(long)]
    backup_code: bool,
    /// Write only what this one, the last backup before, lacks; it has the same lock
    #[arg(long, value_name = "FILE", requires = "key")]
    after: Option<PathBuf>,
    /// Go on with a backup that was interrupted, with the lock and --after that it had
    #[arg(long, requires = "key")]
    resume: bool,
}

/// Backups to be restored.
#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// A whole backup and those made after it, in order; or pictures or texts of the codes of
    /// `vault send`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// They open with a passphrase, not with a code (from `NANSEN_BACKUP_SECRET`, the next line of
    /// --passphrase-fd, or a prompt)
    #[arg(long)]
    backup_passphrase: bool,
    /// Tell what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// A small vault to be sent as codes.
#[derive(Args, Debug)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    vault: VaultArgs,
    #[command(flatten)]
    codes: CodeArgs,
}

/// What locks a backup.
enum Lock {
    Passphrase(Passphrase),
    Code(RecoveryCode),
}

impl Lock {
    fn of_backup(&self) -> BackupLock<'_> {
        match self {
            Self::Passphrase(passphrase) => BackupLock::Passphrase(passphrase, KdfParams::DEFAULT),
            Self::Code(code) => BackupLock::Recovery(code),
        }
    }

    fn open(&self, path: &Path) -> Result<BackupFile> {
        Ok(BackupFile::open(path, self.of_backup())?)
    }
}

impl BackupArgs {
    /// Writes it.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let wallet = self.vault.wallet(context)?;
        let is_new = self.after.is_none() && !self.resume;
        let lock = if self.backup_passphrase {
            Lock::Passphrase(context.secrets.backup_passphrase(is_new)?)
        } else if self.backup_code {
            Lock::Code(context.secrets.backup_code()?)
        } else {
            Lock::Code(RecoveryCode::random(&mut context.rng))
        };
        let after = self.after.as_deref().map(|path| lock.open(path));
        let after = after.transpose()?;
        let (now, rng) = (context.clock.now(), &mut context.rng);
        let (file, of_backup) = (&self.file, lock.of_backup());
        let mut backup = if self.resume {
            wallet.continue_backup(file, of_backup, after.as_ref(), rng)?
        } else {
            wallet.back_up(file, of_backup, after.as_ref(), now, rng)?
        };
        finish(&mut backup, &wallet, context.output)?;
        self.say(&lock, &backup, context.output)
    }

    fn say(&self, lock: &Lock, backup: &BackupWriter, output: Output) -> Result<Exit> {
        let file = lock.open(&self.file)?;
        let bytes = self.file.metadata().map_err(Failure::file(&self.file))?;
        let left_out: Vec<String> = backup.left_out().iter().map(ToString::to_string).collect();
        let mut fields = json!({
            "file": self.file.display().to_string(),
            "bytes": bytes.len(),
            "step": file.step(),
            "records": file.record_count(),
            "records_in_file": file.entry_count(),
            "left_out": left_out,
            "wants_base": backup.wants_base(),
        });
        let mut lines = vec![format!(
            "{} of {} records written to {} and read back",
            file.entry_count(),
            file.record_count(),
            self.file.display()
        )];
        lines.extend(left_out.iter().map(|part| format!("LEFT OUT: {part}")));
        if backup.wants_base() {
            lines.push(
                "The vault lost records once. With --after, what was lost and what you deleted are both \
                 restored: make a backup without it."
                    .to_owned(),
            );
        }
        match lock {
            Lock::Code(code) if !self.backup_code => {
                let code = code.groups();
                if let Some(object) = fields.as_object_mut() {
                    object.insert("backup_code".to_owned(), code.as_str().into());
                }
                lines.push(format!(
                    "Code of this backup, shown this once. Write it on paper and keep it apart:\n\n    {}\n",
                    code.as_str()
                ));
            }
            _ => {}
        }
        output.say(&fields, &lines.join("\n"))?;
        Ok(match left_out.is_empty() {
            true => Exit::Done,
            false => Exit::Damaged,
        })
    }
}

impl RestoreArgs {
    /// Restores, and says of each record what became of it.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let received = tempfile::tempdir().map_err(Failure::Output)?;
        let files = self.files(received.path(), context.output)?;
        let mut wallet = self.vault.wallet(context)?;
        let lock = match self.backup_passphrase {
            true => Lock::Passphrase(context.secrets.backup_passphrase(false)?),
            false => Lock::Code(context.secrets.backup_code()?),
        };
        let chain = files.iter().map(|path| lock.open(path));
        let chain = chain.collect::<Result<Vec<_>>>()?;
        let mode = match self.dry_run {
            true => RestoreMode::Dry,
            false => RestoreMode::Real,
        };
        // This program has no keys in hardware.
        let mut restore = wallet.restore(chain, mode, Vec::new())?;
        let bar = context.output.bytes_bar(0);
        let mut all = Vec::new();
        loop {
            let step = restore.step(&mut wallet, &mut context.rng)?;
            bar.set_length(step.bytes_in_all);
            bar.set_position(step.bytes);
            for record in &step.records {
                bar.suspend(|| say_record(record, context.output))?;
            }
            all.extend(
                step.records
                    .iter()
                    .map(|record| (record.outcome, record.must_be_issued_again)),
            );
            if step.is_done {
                break;
            }
        }
        bar.finish_and_clear();
        self.sum_up(&all, context.output)
    }

    fn sum_up(&self, all: &[(Outcome, bool)], output: Output) -> Result<Exit> {
        let count = |outcome| all.iter().filter(|(other, _)| *other == outcome).count();
        let again = all.iter().filter(|(_, again)| *again).count();
        let (restored, there) = (count(Outcome::Restored), count(Outcome::AlreadyThere));
        let (newer, damaged) = (count(Outcome::NewerHere), count(Outcome::DamagedHere));
        let taken = count(Outcome::PlaceTaken);
        let verb = match self.dry_run {
            true => "would be restored",
            false => "restored",
        };
        output.say(
            &json!({
                "dry_run": self.dry_run,
                "restored": restored,
                "already_there": there,
                "newer_here": newer,
                "damaged_here": damaged,
                "place_taken": taken,
                "must_be_issued_again": again,
            }),
            &format!(
                "{restored} {verb}, {there} already there, {newer} newer here, {damaged} damaged here, \
                 {taken} without a place; {again} must be issued again"
            ),
        )?;
        Ok(Exit::Done)
    }

    /// The backup files, the one that codes carry among them.
    fn files(&self, folder: &Path, output: Output) -> Result<Vec<PathBuf>> {
        let is_backup = |path: &PathBuf| -> Result<bool> {
            let mut first = [0; MAGIC.len()];
            if path.is_dir() {
                return Ok(false);
            }
            let mut file = File::open(path).map_err(Failure::file(path))?;
            Ok(file.read_exact(&mut first).is_ok() && first == *MAGIC)
        };
        if self.files.first().map(is_backup).transpose()? == Some(true) {
            return Ok(self.files.clone());
        }
        let message = input::message(&self.files, &[Kind::Backup], output)?;
        let path = folder.join("received");
        keep_message(&message.bytes, &path)?;
        Ok(vec![path])
    }
}

impl SendArgs {
    /// Draws the whole vault as codes, locked by a pairing code.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let wallet = self.vault.wallet(context)?;
        let code = RecoveryCode::random(&mut context.rng);
        let folder = tempfile::tempdir().map_err(Failure::Output)?;
        let path = folder.path().join("sent");
        let lock = BackupLock::Recovery(&code);
        let (now, rng) = (context.clock.now(), &mut context.rng);
        let mut backup = wallet.back_up(&path, lock, None, now, rng)?;
        finish(&mut backup, &wallet, context.output)?;
        let message = to_message(&path)?;
        let code = code.groups();
        // First, since codes on a terminal go on until they are interrupted.
        context.output.tell(&format!(
            "Pairing code, to be typed on the other phone and shown to nobody else:\n\n    {}\n",
            code.as_str()
        ))?;
        let drawn = self
            .codes
            .draw(message.kind, &message.bytes, context.output)?;
        let length = message.bytes.len();
        let fields = json!({"bytes": length, "pairing_code": code.as_str()});
        drawn.say(fields, context.output)?;
        Ok(Exit::Done)
    }
}

fn finish(backup: &mut BackupWriter, wallet: &Wallet, output: Output) -> Result<()> {
    let bar = output.bytes_bar(0);
    loop {
        let progress = backup.step(wallet.vault())?;
        bar.set_length(progress.bytes_in_all.unwrap_or(progress.bytes));
        bar.set_position(progress.bytes);
        if progress.phase == BackupPhase::Done {
            bar.finish_and_clear();
            return Ok(());
        }
    }
}

fn say_record(record: &Restored, output: Output) -> Result<()> {
    let (outcome, sentence) = match record.outcome {
        Outcome::Restored => ("restored", "restored"),
        Outcome::AlreadyThere => ("already_there", "already there"),
        Outcome::NewerHere => ("newer_here", "newer here: left as it is"),
        Outcome::DamagedHere => ("damaged_here", "DAMAGED HERE: delete it and restore again"),
        _ => ("place_taken", "no place for it: restore into a new vault"),
    };
    let kind = match record.kind {
        RestoredKind::Credential => "credential",
        RestoredKind::DeviceKey => "device key",
        RestoredKind::Document => "document",
        RestoredKind::History => "history",
        RestoredKind::Trust => "trust",
        _ => "other",
    };
    let again = match record.must_be_issued_again {
        true => "; must be issued again",
        false => "",
    };
    let fields: Value = json!({
        "id": record.id.to_string(),
        "kind": kind,
        "title": record.title,
        "issuer": record.issuer,
        "outcome": outcome,
        "must_be_issued_again": record.must_be_issued_again,
    });
    let line = format!("{}  {kind}  {}  {sentence}{again}", record.id, record.title);
    output.say(&fields, &plain(&line))
}

/// What a backup begins with.
const MAGIC: &[u8; 4] = b"NanB";
