//! Makes the vault with guardians and the backups of it that the tests read for ever:
//! `cargo run --release -p nansen-vault --example freeze_backup -- FOLDER`.
//!
//! Run once for each version of the formats, when it is final. What it prints goes into
//! `tests/vaults/README.md`.

use std::{error::Error, path::PathBuf};

use getrandom::SysRng;
use nansen_vault::{
    BackupFile, BackupLock, BackupPhase, BackupWriter, KdfParams, Passphrase, RecoveryCode,
    Summary, Unlock, Vault, limits,
};
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("a folder")?.into();
    let mut rng = UnwrapErr(SysRng);
    let words = Passphrase::new("six bags of rice")?;
    let at = |name: &str| folder.join(name);
    let path = at("v1-guardians.nansen");
    let (mut vault, _) = Vault::create(path, &words, KdfParams::FLOOR, &mut rng)?;
    let welder = Summary {
        kind: "qualification".into(),
        title: "Diplôme de soudeur".into(),
        issuer: "Institut technique".into(),
        tags: vec!["métal".into()],
        created: 1_700_000_000,
        expires: Some(2_000_000_000),
        extra: vec![1, 2, 3],
    };
    let changed = vault.insert(&welder, b"in the base", &mut rng)?;
    let titled = |title: &str| Summary {
        title: title.into(),
        ..Summary::default()
    };
    let deleted = vault.insert(&titled("deleted"), b"gone", &mut rng)?;
    let mut writer = vault.document_writer(&titled("scan"), &mut rng)?;
    for place in 0..2 * limits::CHUNK_BYTES + 1000 {
        writer.append(&[u8::try_from(place % 251)?])?;
    }
    writer.finish()?;

    let code = RecoveryCode::random(&mut rng);
    let coded = BackupLock::Recovery(&code);
    let base = at("v1-base.nansen-backup");
    let begun = BackupWriter::begin(&vault, &base, coded, None, 1_700_000_000, &mut rng)?;
    finish(begun, &vault)?;
    vault.update(changed, &welder, b"in the increment", &mut rng)?;
    vault.delete(deleted, &mut rng)?;
    vault.insert(&titled("new"), b"", &mut rng)?;
    // Each file has a lock of its own.
    let worded = BackupLock::Passphrase(&words, KdfParams::new(20 * 1024, 2, 1)?);
    let base = BackupFile::open(base, coded)?;
    let next = at("v1-next.nansen-backup");
    let begun = BackupWriter::begin(&vault, next, worded, Some(&base), 1_700_000_060, &mut rng)?;
    finish(begun, &vault)?;

    println!("code of the base {}", code.groups().as_str());
    for share in vault.add_guardians(Unlock::Passphrase(&words), 2, 3, &mut rng)? {
        println!("card {} {}", share.number(), share.text().as_str());
    }
    Ok(())
}

fn finish(mut backup: BackupWriter, vault: &Vault) -> Result<(), Box<dyn Error>> {
    while backup.step(vault)?.phase != BackupPhase::Done {}
    Ok(())
}
