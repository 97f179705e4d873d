//! A phone that dies in the middle of an import: what was acknowledged is there, with its device
//! key, and the wallet opens.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nansen::credential::cose::Signer;
use nansen::import::IssuerStanding;
use nansen::vault::{KdfParams, Passphrase, Unlock};
use nansen::{LockedWallet, Wallet};
use nansen_tests::reference::Reference;
use rand_core::Rng;

use crate::wallet::rng;

const CHILD: &str = "NANSEN_IMPORT_UNTIL_KILLED";
const ACKNOWLEDGED: &str = "acknowledged ";
const KILLS: usize = 25;

#[test]
fn an_import_that_was_acknowledged_survives_a_kill() {
    if let Some(path) = std::env::var_os(CHILD) {
        import_until_killed(Path::new(&path));
    }
    let reference = Reference::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.nansen");
    let wallet = Wallet::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng());
    let mut wallet = wallet.unwrap().0;
    wallet
        .add_root(reference.root.public_key(), &mut rng())
        .unwrap();
    let list = reference.trust_list(1, &["urn:nansen:skills:1"]);
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    drop(wallet);
    let mut acknowledged: Vec<String> = Vec::new();
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "kill::an_import_that_was_acknowledged_survives_a_kill",
                "--exact",
                "--nocapture",
            ])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let life = Duration::from_millis(u64::from(rng().next_u32() % 60));
        let mut first = None;
        for line in lines {
            let line = line.unwrap_or_default();
            let Some((_, id)) = line.split_once(ACKNOWLEDGED) else {
                continue;
            };
            acknowledged.push(id.to_owned());
            // What was written to the pipe before the kill is still read, and counts.
            if first.get_or_insert_with(Instant::now).elapsed() >= life {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let wallet = open(&path);
        assert!(wallet.vault().integrity().is_intact());
        let held = wallet.list(reference.now()).unwrap();
        assert!(held.damaged.is_empty());
        let ids: Vec<String> = held.items.iter().map(|held| held.id.to_string()).collect();
        let lost = acknowledged.iter().find(|id| !ids.contains(id));
        assert_eq!(lost, None, "{} acknowledged", acknowledged.len());
        for held in &held.items {
            let credential = wallet.show(held.id, reference.now()).unwrap().credential;
            assert!(credential.terms().device_key.is_some());
        }
    }
    assert!(acknowledged.len() > KILLS, "{} imports", acknowledged.len());
}

fn import_until_killed(path: &Path) -> ! {
    let reference = Reference::default();
    let now = reference.now();
    let mut wallet = open(path);
    loop {
        let device_key = wallet.new_device_key(now, &mut rng()).unwrap();
        let issued = reference.issue(device_key, &mut rng());
        let imported = wallet.import(&issued, now, &mut rng()).unwrap();
        // Trusted, so that the waiting device key goes in the same commit.
        assert_eq!(imported.issuer, IssuerStanding::Trusted);
        println!("{ACKNOWLEDGED}{}", imported.id);
    }
}

fn open(path: &Path) -> Wallet {
    let wallet = LockedWallet::open(path).unwrap();
    wallet
        .unlock(Unlock::Passphrase(&passphrase()), 0, &mut rng())
        .unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new("a dry cough in the mountains").unwrap()
}
