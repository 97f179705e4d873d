//! Somebody makes a worker unlock, guesses, or hands back a broken phone, as an app lives through it.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

use std::sync::Arc;

use nansen_ffi::*;
use tempfile::TempDir;

const PIN: &[u8] = b"2580";
const DECOY: &[u8] = b"1470";
const WIPE: &[u8] = b"3690";
const NOW: i64 = 1_790_000_000;

struct Phone {
    folder: TempDir,
    wallet: Arc<Wallet>,
}

fn by(pin: &[u8]) -> Unlock {
    Unlock::Passphrase {
        passphrase: pin.to_vec(),
    }
}

fn refused<T>(result: Result<T, NansenError>) -> String {
    result.map(drop).unwrap_err().facts().code
}

impl Phone {
    /// A wallet with one document.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.nansen").display().to_string();
        let cost = KdfCost::Exact {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        };
        let wallet = create_wallet(path, PIN.to_vec(), cost).unwrap().wallet;
        let document = NewDocument {
            title: "Passport".into(),
            media_type: "image/png".into(),
            tags: vec![],
            expires: None,
        };
        let writer = wallet.write_document(document, Timestamp(NOW)).unwrap();
        writer.append(vec![7; 2_000_000]).unwrap();
        writer.finish().unwrap();
        Self { folder, wallet }
    }

    /// Locks and unlocks again.
    fn unlock(&self, with: Unlock, now: i64) -> Result<usize, NansenError> {
        self.wallet.lock();
        self.wallet.unlock(with, Timestamp(now))?;
        let contents = self.wallet.contents(None, Timestamp(now))?;
        Ok(contents.documents.len())
    }
}

#[test]
fn a_decoy_opens_like_any_wallet_and_a_wipe_leaves_it_alone() {
    let phone = Phone::new();
    let wallet = &phone.wallet;
    let wrong = wallet.create_decoy(by(DECOY), by(DECOY));
    assert_eq!(refused(wrong), "wrong_secret.passphrase");
    let same = wallet.create_decoy(by(PIN), by(PIN));
    assert_eq!(refused(same), "secret_in_use");
    let code = wallet.create_decoy(by(PIN), by(DECOY)).unwrap();
    assert_eq!(phone.unlock(by(DECOY), NOW), Ok(0));
    assert_eq!(phone.unlock(Unlock::RecoveryCode { code }, NOW), Ok(0));
    assert_eq!(phone.unlock(by(PIN), NOW), Ok(1));

    let no_decoy = wallet.set_wipe_passphrase(by(PIN), by(b"0000"), by(WIPE));
    assert_eq!(refused(no_decoy), "wrong_secret.passphrase");
    wallet
        .set_wipe_passphrase(by(PIN), by(DECOY), by(WIPE))
        .unwrap();
    wallet.remove_wipe_passphrase().unwrap();
    assert_eq!(
        refused(phone.unlock(by(WIPE), NOW)),
        "wrong_secret.passphrase"
    );
    assert_eq!(phone.unlock(by(PIN), NOW), Ok(1));
    wallet
        .set_wipe_passphrase(by(PIN), by(DECOY), by(WIPE))
        .unwrap();
    assert_eq!(phone.unlock(by(WIPE), NOW), Ok(0));
    assert_eq!(
        refused(phone.unlock(by(PIN), NOW)),
        "wrong_secret.passphrase"
    );
    // It is the decoy's PIN now.
    assert_eq!(
        refused(phone.unlock(by(DECOY), NOW)),
        "wrong_secret.passphrase"
    );
    assert_eq!(phone.unlock(by(WIPE), NOW), Ok(0));
}

#[test]
fn wrong_pins_are_counted_wait_and_wipe_as_the_owner_wants() {
    let phone = Phone::new();
    let attempts = |now| phone.wallet.attempts(Timestamp(now)).unwrap();
    let few = phone.wallet.set_wipe_after(by(PIN), Some(9));
    assert_eq!(refused(few), "out_of_bounds");
    assert_eq!(attempts(NOW).wipe_after, None);
    phone.wallet.set_wipe_after(by(PIN), Some(10)).unwrap();
    for wrong in 0..5 {
        assert_eq!(attempts(NOW).failed, wrong);
        assert_eq!(
            refused(phone.unlock(by(WIPE), NOW)),
            "wrong_secret.passphrase"
        );
    }
    let waits = attempts(NOW + 10);
    assert_eq!((waits.failed, waits.wait_seconds), (5, 20));
    let early = phone.unlock(by(PIN), NOW + 10).unwrap_err();
    assert_eq!(early, NansenError::TooManyAttempts { seconds: 20 });
    assert_eq!(phone.unlock(by(PIN), NOW + 30), Ok(1));
    assert_eq!(attempts(NOW + 30).failed, 0);

    for guess in 1..=10 {
        let _ = phone.unlock(by(WIPE), NOW + 4000 * guess);
    }
    assert_eq!(
        refused(phone.unlock(by(PIN), NOW + 50_000)),
        "wrong_secret.passphrase"
    );
}

#[test]
fn what_a_damaged_wallet_still_holds_is_carried_to_a_new_file() {
    let phone = Phone::new();
    phone.wallet.release();
    let at = |name: &str| phone.folder.path().join(name).display().to_string();
    let mut file = std::fs::read(at("wallet.nansen")).unwrap();
    // Most of the file is the document. Of some pages only the beginning is used.
    let middle = file.len() / 2;
    for page in file[middle..].chunks_mut(8192).take(9) {
        page[0] ^= 1;
    }
    std::fs::write(at("wallet.nansen"), &file).unwrap();

    let wallet = Wallet::open(at("wallet.nansen")).unwrap();
    wallet.unlock(by(PIN), Timestamp(NOW)).unwrap();
    let report = wallet.rescue(at("new.nansen")).unwrap();
    assert_eq!(report.missing, Some(0));
    assert!(report.put_aside.is_empty() && report.ways_lost.is_empty());
    assert_eq!(
        refused(wallet.rescue(at("new.nansen"))),
        "storage.already_exists"
    );
    let rescued = Wallet::open(at("new.nansen")).unwrap();
    rescued.unlock(by(PIN), Timestamp(NOW)).unwrap();
    let contents = rescued.contents(None, Timestamp(NOW)).unwrap();
    assert_eq!(contents.documents.len(), 1);
    // What is damaged is still told when it is read.
    let reader = rescued.read_document(contents.documents[0].id).unwrap();
    let parts = (0..2_000_000u64).step_by(50_000);
    let read = parts.map(|offset| reader.read(offset, 50_000).is_err());
    assert!(read.filter(|failed| *failed).count() > 0);
}
