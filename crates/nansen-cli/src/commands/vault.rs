//! Credentials of a holder: keep, find, take in, hand on.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use nansen::Wallet;
use nansen::held::{Held, Listing, State};
use nansen::import::IssuerStanding;
use nansen_credential::json::claims_to_json;
use nansen_exchange::qr::Kind;
use nansen_vault::{RecordId, Rescued, Rows};
use serde_json::{Value, json};

use super::backup::{BackupArgs, RestoreArgs, SendArgs};
use super::decoy::DecoyArgs;
use super::guardians::GuardiansArgs;
use super::report::claim_lines;
use super::trust::{NewTrust, say_added, say_trust};
use crate::args::Context;
use crate::clock::Moment;
use crate::codes::CodeArgs;
use crate::device_key;
use crate::exit::Exit;
use crate::failure::Result;
use crate::files;
use crate::input;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::open::{KdfArg, VaultArgs};
use crate::output::{Output, plain};
use crate::record_id;

/// Keep credentials.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Create a vault, and show its recovery code once
    Init {
        #[command(flatten)]
        vault: VaultArgs,
        /// How much work a passphrase costs whoever guesses
        #[arg(long, value_enum, default_value_t)]
        kdf: KdfArg,
    },
    /// Credentials, the newest first
    List {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Credentials with these words in title, issuer or tags, whatever case and accents
    Search {
        #[command(flatten)]
        vault: VaultArgs,
        /// The words
        text: String,
    },
    /// Take credentials in
    Import {
        #[command(flatten)]
        vault: VaultArgs,
        /// Files of credentials, pictures of codes, or texts of codes
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// All of a credential
    Show {
        #[command(flatten)]
        vault: VaultArgs,
        /// Its id
        #[arg(value_parser = record_id::parse)]
        id: RecordId,
    },
    /// Write a credential to a file as it was issued. Without this vault's device key nobody can
    /// show it as its holder, but all that it says can be read there
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
    /// Delete a credential, document or history entry, and what the file held of it
    Delete {
        #[command(flatten)]
        vault: VaultArgs,
        /// Its id
        #[arg(value_parser = record_id::parse)]
        id: RecordId,
    },
    /// What was shown to whom
    History {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Replace the passphrase (the new one comes from `NANSEN_NEW_PASSPHRASE`, the second line
    /// of --passphrase-fd, or a prompt)
    Passwd {
        #[command(flatten)]
        vault: VaultArgs,
        /// How much work the new passphrase costs whoever guesses; only in a file of the first
        /// format, later ones keep the cost that they were made with
        #[arg(long, value_enum, default_value_t)]
        kdf: KdfArg,
    },
    /// Draw a new recovery code; the old one opens nothing any more
    NewRecoveryCode {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Read everything, and tell what is damaged
    Check {
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Write a new vault with everything in a damaged one that can be read; the old one is not
    /// touched. Tells what was put aside and what is missing
    Rescue {
        #[command(flatten)]
        vault: VaultArgs,
        /// The new vault; it must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write all of it to one sealed file, and read that back
    Backup(BackupArgs),
    /// Bring back what a backup holds and this vault lacks; nothing is deleted or made older
    Restore(RestoreArgs),
    /// Show all of a small vault (1 MiB) to another phone as codes, under a pairing code
    Send(SendArgs),
    /// Make people a way to unlock, each with a card to print, in place of those before
    Guardians(GuardiansArgs),
    /// Keep a second vault in the same file, for whoever makes its owner unlock
    Decoy(DecoyArgs),
    /// Let the file destroy all that it holds after so many wrong passphrases, one after the
    /// other; that ends every way in, the recovery code too
    WipeAfter {
        #[command(flatten)]
        vault: VaultArgs,
        /// How many, 10 at least; without it, never
        attempts: Option<NonZeroU8>,
    },
    /// Make a device key for one new credential, and show its public half for the issuer
    DeviceKey {
        #[command(flatten)]
        vault: VaultArgs,
        #[command(flatten)]
        codes: CodeArgs,
    },
    /// Roots and lists that this wallet trusts; adds those that are named
    Trust {
        #[command(flatten)]
        vault: VaultArgs,
        #[command(flatten)]
        new: NewTrust,
    },
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let now = context.clock.now();
        let output = context.output;
        match self {
            Self::Init { vault, kdf } => init(vault, *kdf, context)?,
            Self::List { vault } => say_list(&vault.wallet(context)?.list(now)?, output)?,
            Self::Search { vault, text } => {
                say_list(&vault.wallet(context)?.search(text, now)?, output)?;
            }
            Self::Import { vault, files } => import(vault, files, context)?,
            Self::Show { vault, id } => show(&vault.wallet(context)?, *id, now, output)?,
            Self::Export { vault, id, out } => {
                let held = vault.wallet(context)?.show(*id, now)?;
                files::write_private(out, held.credential.as_bytes())?;
                let length = held.credential.as_bytes().len();
                output.say(
                    &json!({"id": id.to_string(), "bytes": length}),
                    &format!("{length} bytes written to {}", out.display()),
                )?;
            }
            Self::Delete { vault, id } => {
                vault.wallet(context)?.delete(*id, &mut context.rng)?;
                output.say(
                    &json!({"deleted": id.to_string()}),
                    &format!("{id} deleted"),
                )?;
            }
            Self::History { vault } => history(&vault.wallet(context)?, output)?,
            Self::Passwd { vault, kdf } => {
                let (mut wallet, key) = vault.wallet_and_key(context)?;
                let new = context.secrets.new_passphrase()?;
                let vault = wallet.vault_mut();
                vault.change_passphrase(key.unlock(), &new, kdf.params()?, &mut context.rng)?;
                output.say(&json!({"changed": true}), "passphrase changed")?;
            }
            Self::NewRecoveryCode { vault } => {
                let (mut wallet, key) = vault.wallet_and_key(context)?;
                let vault = wallet.vault_mut();
                let code = vault.new_recovery_code(key.unlock(), &mut context.rng)?;
                say_recovery_code(json!({}), code.groups().as_str(), output)?;
            }
            Self::Check { vault } => return check(&vault.wallet(context)?, output),
            Self::Rescue { vault, out } => {
                let wallet = vault.wallet(context)?;
                let rescued = wallet.rescue(out, &mut context.rng)?;
                say_rescued(&rescued, out, output)?;
            }
            Self::Backup(args) => return args.run(context),
            Self::Restore(args) => return args.run(context),
            Self::Send(args) => return args.run(context),
            Self::Guardians(args) => return args.run(context),
            Self::Decoy(args) => return args.run(context),
            Self::WipeAfter { vault, attempts } => {
                let (mut wallet, key) = vault.wallet_and_key(context)?;
                wallet.set_wipe_after(key.unlock(), *attempts)?;
                let text = match attempts {
                    Some(most) => format!("the file wipes itself after {most} wrong passphrases"),
                    None => "the file never wipes itself".to_owned(),
                };
                output.say(&json!({"wipe_after": attempts}), &text)?;
            }
            Self::DeviceKey { vault, codes } => {
                let key = vault
                    .wallet(context)?
                    .new_device_key(now, &mut context.rng)?;
                let text = device_key::to_text(&key);
                if codes.out.is_some() {
                    codes.draw(Kind::File, &key.to_short(), output)?;
                }
                output.say(&json!({"device_key": text}), &text)?;
            }
            Self::Trust { vault, new } => {
                let mut wallet = vault.wallet(context)?;
                let added = new.add_to_wallet(&mut wallet, output, &mut context.rng)?;
                if added.is_empty() {
                    say_trust(wallet.trust(), now, output)?;
                } else {
                    say_added(&added, output)?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn init(vault: &VaultArgs, kdf: KdfArg, context: &mut Context) -> Result<()> {
    files::check_free(&vault.vault)?;
    let passphrase = context.secrets.first_passphrase()?;
    let params = kdf.params()?;
    let (wallet, code) = Wallet::create(&vault.vault, &passphrase, params, &mut context.rng)?;
    drop(wallet);
    let fields = json!({
        "vault": vault.vault.display().to_string(),
        "kdf": {"memory_kib": params.memory_kib(), "passes": params.passes(), "lanes": params.lanes()},
    });
    say_recovery_code(fields, code.groups().as_str(), context.output)
}

/// Shows a recovery code, for the only time.
pub(super) fn say_recovery_code(mut fields: Value, code: &str, output: Output) -> Result<()> {
    if let Some(object) = fields.as_object_mut() {
        object.insert("recovery_code".to_owned(), code.into());
    }
    let text = format!(
        "Recovery code, shown this once. Write it on paper and keep it apart from the phone:\n\n    {code}\n"
    );
    output.say(&fields, &text)
}

fn import(vault: &VaultArgs, files: &[PathBuf], context: &mut Context) -> Result<()> {
    let mut wallet = vault.wallet(context)?;
    let now = context.clock.now();
    for path in files {
        let kinds = [Kind::File, Kind::Printable];
        let bytes = input::signed(path, MESSAGE_BYTES_MAX, &kinds, context.output)?;
        let imported = wallet.import(&bytes, now, &mut context.rng)?;
        let (word, sentence) = match imported.issuer {
            IssuerStanding::Trusted => ("trusted", "its issuer is trusted"),
            IssuerStanding::NotTrusted(_) => ("not_trusted", "its issuer may not issue this"),
            IssuerStanding::Unknown => ("unknown", "its issuer is on no list here"),
        };
        let id = imported.id;
        context.output.say(
            &json!({"id": id.to_string(), "issuer": word, "file": path.display().to_string()}),
            &format!("{id}  {sentence}"),
        )?;
    }
    Ok(())
}

fn show(wallet: &Wallet, id: RecordId, now: i64, output: Output) -> Result<()> {
    let held = wallet.show(id, now)?;
    let mut fields = held_json(&held.held);
    let paths: Vec<String> = held.redactable().map(ToString::to_string).collect();
    let claims = held.credential.claims();
    if let Some(object) = fields.as_object_mut() {
        object.insert("claims".to_owned(), claims_to_json(claims));
        object.insert("redactable".to_owned(), paths.clone().into());
        let bytes = held.credential.as_bytes().len();
        object.insert("bytes".to_owned(), bytes.into());
    }
    let mut lines = vec![
        held_line(&held.held),
        format!("type: {}", held.held.vct),
        String::new(),
    ];
    lines.extend(claim_lines(claims));
    lines.push(format!("\nCan be left out: {}", paths.join(", ")));
    output.say(&fields, &plain(&lines.join("\n")))
}

fn say_list(listing: &Listing<Held>, output: Output) -> Result<()> {
    let credentials: Vec<Value> = listing.items.iter().map(held_json).collect();
    let damaged: Vec<String> = listing.damaged.iter().map(ToString::to_string).collect();
    let mut lines: Vec<String> = listing.items.iter().map(held_line).collect();
    if lines.is_empty() {
        lines.push("no credentials".to_owned());
    }
    lines.extend(damaged.iter().map(|part| format!("damaged: {part}")));
    output.say(
        &json!({"credentials": credentials, "damaged": damaged}),
        &plain(&lines.join("\n")),
    )
}

fn held_json(held: &Held) -> Value {
    let (state, status_age) = match held.state {
        State::Good { status_age } => ("good", status_age),
        State::StatusUnknown { status_age } => ("status_unknown", status_age),
        State::IssuerUnknown => ("issuer_unknown", None),
        State::NotYetValid { .. } => ("not_yet_valid", None),
        State::Expired { .. } => ("expired", None),
        State::Revoked => ("revoked", None),
        State::Suspended => ("suspended", None),
    };
    json!({
        "id": held.id.to_string(),
        "title": held.title,
        "issuer": held.issuer,
        "type": held.vct,
        "added": held.added,
        "expires": held.expires,
        "state": state,
        "status_age": status_age,
    })
}

fn held_line(held: &Held) -> String {
    let state = match held.state {
        State::Good { .. } => String::new(),
        State::StatusUnknown { .. } => "  [status not known]".to_owned(),
        State::IssuerUnknown => "  [issuer not known: signature not checked]".to_owned(),
        State::NotYetValid { from } => format!("  [valid from {}]", Moment(from)),
        State::Expired { at } => format!("  [EXPIRED {}]", Moment(at)),
        State::Revoked => "  [REVOKED]".to_owned(),
        State::Suspended => "  [SUSPENDED]".to_owned(),
    };
    format!("{}  {}, {}{state}", held.id, held.title, held.issuer)
}

fn history(wallet: &Wallet, output: Output) -> Result<()> {
    let mut entries = Vec::new();
    let mut lines = Vec::new();
    for entry in wallet.history()?.items {
        let shown: Vec<Value> = entry
            .shown
            .iter()
            .map(|(id, paths)| {
                let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                json!({"credential": id.to_string(), "claims": paths})
            })
            .collect();
        let count: usize = entry.shown.iter().map(|(_, paths)| paths.len()).sum();
        let who = if entry.name.is_empty() {
            "whoever scanned"
        } else {
            &entry.name
        };
        lines.push(format!(
            "{}  {who}: {count} claims  {}",
            Moment(entry.time),
            entry.purpose
        ));
        entries.push(
            json!({"time": entry.time, "name": entry.name, "purpose": entry.purpose,
                            "verifier": crate::desk::hex(&entry.verifier), "shown": shown}),
        );
    }
    if lines.is_empty() {
        lines.push("nothing was shown yet".to_owned());
    }
    output.say(&json!({"history": entries}), &plain(&lines.join("\n")))
}

fn say_rescued(rescued: &Rescued, out: &Path, output: Output) -> Result<()> {
    let names: Vec<String> = rescued
        .quarantined
        .iter()
        .map(|row| match &row.summary {
            Some(summary) => format!("{} {}", row.id, plain(&summary.title)),
            None => row.id.to_string(),
        })
        .collect();
    let ways: Vec<String> = rescued
        .wrapped_keys_lost
        .iter()
        .map(ToString::to_string)
        .collect();
    let fields = json!({
        "records": rescued.records,
        "quarantined": names,
        "missing": rescued.missing,
        "chunks": rescued.chunks,
        "unreadable_chunks": rescued.unreadable_chunks,
        "ways_lost": ways,
    });
    let missing = match rescued.missing {
        Some(missing) => missing.to_string(),
        None => "not known how many: the manifest is damaged".to_owned(),
    };
    let mut lines = vec![
        format!("{} records are in {}", rescued.records, out.display()),
        format!("missing: {missing}"),
    ];
    lines.extend(names.iter().map(|name| format!("put aside: {name}")));
    lines.extend(ways.iter().map(|way| format!("ended: unlocking by {way}")));
    output.say(&fields, &lines.join("\n"))?;
    Ok(())
}

fn check(wallet: &Wallet, output: Output) -> Result<Exit> {
    let report = wallet.vault().check()?;
    let damaged: Vec<String> = report.damaged.iter().map(ToString::to_string).collect();
    let rows = match report.integrity.rows {
        Rows::AsWritten => "as written".to_owned(),
        Rows::Differ { expected, found } => {
            format!("{found} records where {expected} were written")
        }
        Rows::Unknown => "not known: the manifest is damaged".to_owned(),
    };
    let clean = report.is_clean();
    let fields = json!({
        "clean": clean,
        "records": report.records,
        "documents": report.documents,
        "chunks": report.chunks,
        "unowned_rows": report.unowned,
        "rows": rows,
        "slots_intact": report.integrity.slots_intact,
        "structure_intact": report.integrity.structure_intact,
        "structure_problems": report.structure_problems,
        "damaged": damaged,
        "counter": wallet.vault().counter(),
    });
    let mut lines = vec![
        if clean {
            "the vault is as it was written"
        } else {
            "THE VAULT IS DAMAGED"
        }
        .to_owned(),
        format!(
            "{} records, {} of them documents",
            report.records, report.documents
        ),
        format!("rows: {rows}"),
    ];
    lines.extend(damaged.iter().map(|part| format!("damaged: {part}")));
    output.say(&fields, &lines.join("\n"))?;
    Ok(if clean { Exit::Done } else { Exit::Damaged })
}
