//! A disk that is full for a while: what could not be written is not there, neither before nor
//! after a lock, and comes in at the next try.

use std::process::{Command, id};

use nansen::credential::cose::{PublicKey, Signer};
use nansen::credential::sd_cwt::Redaction;
use nansen::credential::status::{Status, StatusList};
use nansen::credential::trust::TrustList;
use nansen::trust_store::Added;
use nansen::{Error, Wallet};
use nansen_tests::reference::Reference;

use crate::wallet::{Phone, ask, reopen, rng};

const CHILD: &str = "NANSEN_FULL_DISK";

/// Files of a process may be limited to no bytes at all, and the limit lifted again: to the
/// vault, a disk that is full and then is not.
#[test]
fn what_a_full_disk_refused_comes_in_at_the_next_try() {
    if std::env::var_os(CHILD).is_some() {
        return fill();
    }
    let is_limited = Command::new("prlimit").arg("--version").output();
    if !is_limited.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this system has no prlimit");
        return;
    }
    let name = "full_disk::what_a_full_disk_refused_comes_in_at_the_next_try";
    // A write beyond the limit would otherwise end the process.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// What a wallet trusts: roots, versions of trust lists, times of status lists and the latest.
fn trusted(wallet: &Wallet) -> (Vec<PublicKey>, Vec<u64>, Vec<i64>, i64) {
    let trust = wallet.trust();
    let versions = trust.trust_lists().iter().map(TrustList::version);
    let times = trust.status_lists().iter().map(StatusList::issued_at);
    let latest = trust.latest_signed_time();
    (
        trust.roots().to_vec(),
        versions.collect(),
        times.collect(),
        latest,
    )
}

/// Tries on a full disk, with a lock between two tries, then with room, and locks again.
fn insist<T>(phone: Phone, mut attempt: impl FnMut(&mut Wallet) -> Result<T, Error>) -> (Phone, T) {
    let before = trusted(&phone.wallet);
    let refuse = |mut phone: Phone, attempt: &mut dyn FnMut(&mut Wallet) -> Result<T, Error>| {
        limit_files("0:unlimited");
        let refused = attempt(&mut phone.wallet).map(drop);
        limit_files("unlimited:unlimited");
        assert!(matches!(refused, Err(Error::Vault(_))), "{refused:?}");
        assert_eq!(trusted(&phone.wallet), before);
        phone
    };
    let phone = reopen(refuse(phone, &mut attempt));
    assert_eq!(trusted(&phone.wallet), before);

    let mut phone = refuse(phone, &mut attempt);
    let done = attempt(&mut phone.wallet).unwrap();
    let after = trusted(&phone.wallet);
    assert_ne!(after, before);
    let phone = reopen(phone);
    assert_eq!(phone.wallet.trust().damage(), None);
    assert_eq!(trusted(&phone.wallet), after);
    (phone, done)
}

fn fill() {
    let reference = Reference::default();
    let now = reference.now();
    let (root, types) = (reference.root.public_key(), ["urn:nansen:skills:1"]);
    let phone = Phone::empty();
    let (phone, added) = insist(phone, |wallet| wallet.add_root(root.clone(), &mut rng()));
    assert_eq!(added, Added::New);
    let (old, new) = (
        reference.trust_list(1, &types),
        reference.trust_list(2, &types),
    );
    let (phone, added) = insist(phone, |wallet| wallet.add_trust_list(&old, &mut rng()));
    assert_eq!(added, Added::New);
    let (phone, added) = insist(phone, |wallet| wallet.add_trust_list(&new, &mut rng()));
    assert_eq!(added, Added::Replaced);
    let list = reference.status_list(now, Status::Valid);
    let (mut phone, added) = insist(phone, |wallet| wallet.add_status_list(&list, &mut rng()));
    assert_eq!(added, Added::New);

    let key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let yesterday = now - 86_000;
    let issued = issue_at(&reference, yesterday, key);
    let (phone, _) = insist(phone, |wallet| wallet.import(&issued, now, &mut rng()));
    assert_eq!(phone.wallet.trust().latest_signed_time(), yesterday);
    assert_eq!(phone.wallet.list(now).unwrap().items.len(), 1);

    let mut other = Phone::new(&reference);
    let key = other.wallet.new_device_key(now, &mut rng()).unwrap();
    let issued = issue_at(&reference, now - 100, key);
    other.wallet.import(&issued, now, &mut rng()).unwrap();
    let mut session = ask(&reference);
    let answer = other.answer(session.request().bytes(), now).unwrap();
    let answered = session.check(&answer.bytes, &reference.store(), now);
    let answered = answered.unwrap();
    let (phone, ()) = insist(phone, |wallet| {
        wallet.note_signed_times(&answered, &mut rng())
    });
    let day = (now - 100) / 86_400;
    assert_eq!(phone.wallet.trust().latest_signed_time(), day * 86_400);
    assert!(phone.wallet.vault().check().unwrap().is_clean());
}

fn issue_at(reference: &Reference, time: i64, key: PublicKey) -> Vec<u8> {
    let mut terms = reference.terms(Some(key));
    terms.issued_at = Some(time);
    let redaction = Redaction::each_claim_of(&reference.claims());
    reference.issue_with(&reference.issuer, terms, redaction, &mut rng())
}

/// Limits the size of files that this process may write, `soft:hard`.
fn limit_files(limits: &str) {
    let limited = Command::new("prlimit")
        .args([format!("--pid={}", id()), format!("--fsize={limits}")])
        .status();
    assert!(limited.unwrap().success());
}
