//! Makes the vault that the tests open for ever:
//! `cargo run --release -p nansen-vault --example freeze -- tests/vaults/v1.nansen`, with `ways` after the
//! path one that has every way in, and with `decoy` one that has a decoy and a passphrase that wipes.
//!
//! Run once for each format version, when it is final; what it made is committed and never made again,
//! since a vault that is made anew proves nothing about old ones. Prints the recovery code, which goes
//! into `tests/vaults/README.md`.

use std::error::Error;

use getrandom::SysRng;
use nansen_vault::{KdfParams, Passphrase, PlatformSecret, Summary, Unlock, Vault, limits};
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("the path of the vault to make")?;
    let mut rng = UnwrapErr(SysRng);
    let first = Passphrase::new("the first one")?;
    let (mut vault, code) = Vault::create(&path, &first, KdfParams::FLOOR, &mut rng)?;
    let last = Passphrase::new("six bags of rice")?;
    let params = KdfParams::new(20 * 1024, 2, 1)?;
    vault.change_passphrase(Unlock::Passphrase(&first), &last, params, &mut rng)?;

    let welder = Summary {
        kind: "qualification".into(),
        title: "Diplôme de soudeur".into(),
        issuer: "Institut technique".into(),
        tags: vec!["métal".into(), "2024".into()],
        created: 1_700_000_000,
        expires: Some(2_000_000_000),
        extra: vec![1, 2, 3],
    };
    let id = vault.insert(&Summary::default(), b"before the update", &mut rng)?;
    vault.update(id, &welder, b"after the update", &mut rng)?;
    let bare = Summary {
        title: "empty".into(),
        created: -1,
        ..Summary::default()
    };
    vault.insert(&bare, b"", &mut rng)?;
    let gone = vault.insert(&bare, b"deleted", &mut rng)?;
    vault.delete(gone, &mut rng)?;
    let long = Summary {
        title: "long".into(),
        ..bare.clone()
    };
    vault.insert(&long, &[0xa5; 10_000], &mut rng)?;

    let scan = Summary {
        title: "scan".into(),
        kind: "document".into(),
        ..bare
    };
    let mut writer = vault.document_writer(&scan, &mut rng)?;
    for place in 0..2 * limits::CHUNK_BYTES + 1000 {
        writer.append(&[u8::try_from(place % 251)?])?;
    }
    writer.finish()?;

    if std::env::args().nth(2).as_deref() == Some("ways") {
        let alone = PlatformSecret::new(&[0x11; 32])?;
        let joint = PlatformSecret::new(&[0x22; 32])?;
        let proof = Unlock::Recovery(&code);
        let single = Unlock::Platform(&alone);
        vault.add_hardware_way(proof, single, b"wrapped alone", &mut rng)?;
        let both = Unlock::PassphraseAndPlatform(&last, &joint);
        vault.add_hardware_way(proof, both, b"wrapped together", &mut rng)?;
    }
    if std::env::args().nth(2).as_deref() == Some("decoy") {
        let other = Passphrase::new("a cup of tea")?;
        let wipe = Passphrase::new("no rice today")?;
        let (proof, new) = (Unlock::Recovery(&code), Unlock::Passphrase(&other));
        let its_code = vault.create_decoy(proof, new, &mut rng)?;
        vault.set_wipe_passphrase(proof, new, Unlock::Passphrase(&wipe), &mut rng)?;
        println!("recovery code of the decoy {}", its_code.groups().as_str());
        let counter = vault.counter();
        let mut decoy = vault.lock().unlock(new, 1_800_000_000, &mut rng)?;
        let shown = Summary {
            title: "library card".into(),
            created: 1_750_000_000,
            ..Summary::default()
        };
        decoy.insert(&shown, b"what may be seen", &mut rng)?;
        println!("recovery code {}", code.groups().as_str());
        println!("counters {counter} and, of the decoy, {}", decoy.counter());
        return Ok(());
    }
    println!("recovery code {}", code.groups().as_str());
    println!("counter {}", vault.counter());
    Ok(())
}
