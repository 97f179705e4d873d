//! A phone is lost, as an app lives through it: backups, cards, and a code typed back.

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
const NOW: Timestamp = Timestamp(1_790_000_000);

struct Phone {
    folder: TempDir,
    wallet: Arc<Wallet>,
    recovery_code: Vec<u8>,
}

impl Phone {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.nansen").display().to_string();
        let cost = KdfCost::Exact {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        };
        let new = create_wallet(path, PIN.to_vec(), cost).unwrap();
        Self {
            folder,
            wallet: new.wallet,
            recovery_code: new.recovery_code,
        }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn add(&self, title: &str, bytes: usize) {
        let document = NewDocument {
            title: title.into(),
            media_type: "image/png".into(),
            tags: vec![],
            expires: None,
        };
        let writer = self.wallet.write_document(document, NOW).unwrap();
        writer.append(vec![7; bytes]).unwrap();
        writer.finish().unwrap();
    }

    fn documents(&self) -> usize {
        self.wallet.contents(None, NOW).unwrap().documents.len()
    }

    fn back_up(&self, name: &str, key: &BackupKey, previous: Option<String>) {
        let (path, key) = (self.at(name), key.clone());
        finish(&self.wallet.write_backup(path, key, previous, NOW).unwrap());
    }

    fn restore(&self, paths: Vec<String>, key: &BackupKey, is_dry: bool) -> Vec<RestoredRecord> {
        let restore = self.wallet.restore(paths, key.clone(), is_dry, vec![]);
        let restore = restore.unwrap();
        let mut records = Vec::new();
        loop {
            let step = restore.step().unwrap();
            records.extend(step.records);
            assert!(step.bytes <= step.bytes_in_all);
            if step.is_done {
                return records;
            }
        }
    }
}

fn finish(backup: &BackupSession) -> usize {
    let mut steps = 1;
    while backup.step().unwrap().phase != BackupPhase::Done {
        steps += 1;
    }
    assert!(backup.left_out().unwrap().is_empty());
    steps
}

fn code() -> BackupKey {
    BackupKey::Code {
        code: new_backup_code(),
    }
}

fn outcomes(records: &[RestoredRecord]) -> Vec<RestoreOutcome> {
    records.iter().map(|record| record.outcome).collect()
}

fn refused<T>(result: Result<T, NansenError>) -> String {
    result.map(drop).unwrap_err().facts().code
}

#[test]
fn a_base_and_what_follows_it_bring_everything_to_another_phone() {
    let (old, new, key) = (Phone::new(), Phone::new(), code());
    old.add("Passport", 3_000_000);
    old.back_up("base", &key, None);
    old.add("Permit", 1000);
    old.back_up("next", &key, Some(old.at("base")));
    let facts = |name| backup_facts(old.at(name), key.clone()).unwrap();
    let expected = |step, records| BackupFacts {
        made: NOW,
        step,
        records,
    };
    assert_eq!(facts("base"), expected(0, 1));
    assert_eq!(facts("next"), expected(1, 2));
    let sizes = ["base", "next"].map(|name| std::fs::metadata(old.at(name)).unwrap().len());
    assert!(sizes[0] > 3_000_000 && sizes[1] < 100_000, "{sizes:?}");

    let chain = || vec![old.at("base"), old.at("next")];
    let would = new.restore(chain(), &key, true);
    assert_eq!(new.documents(), 0);
    let did = new.restore(chain(), &key, false);
    assert_eq!(did, would);
    assert_eq!(outcomes(&did), [RestoreOutcome::Restored; 2]);
    assert!(
        did.iter()
            .all(|record| record.kind == RestoredKind::Document)
    );
    let again = new.restore(chain(), &key, false);
    assert_eq!(outcomes(&again), [RestoreOutcome::AlreadyThere; 2]);
    let reader = new.wallet.read_document(did[0].id).unwrap();
    assert_eq!(reader.length(), 3_000_000);
}

#[test]
fn a_backup_is_given_up_or_goes_on_after_a_lock() {
    let (phone, key) = (Phone::new(), code());
    phone.add("Passport", 5_000_000);
    let begin = || {
        let path = phone.at("backup");
        let backup = phone.wallet.write_backup(path, key.clone(), None, NOW);
        let backup = backup.unwrap();
        assert_eq!(backup.step().unwrap().phase, BackupPhase::Writing);
        backup
    };
    let given_up = begin();
    given_up.discard();
    given_up.discard();
    assert_eq!(refused(given_up.step()), "ended");
    assert!(std::fs::read_dir(phone.folder.path()).unwrap().count() <= 3);
    let resume = || {
        phone
            .wallet
            .continue_backup(phone.at("backup"), key.clone(), None)
    };
    assert_eq!(refused(resume()), "backup.nothing_to_continue");

    let interrupted = begin();
    phone.wallet.lock();
    assert_eq!(refused(interrupted.step()), "locked");
    let passphrase = PIN.to_vec();
    phone
        .wallet
        .unlock(Unlock::Passphrase { passphrase }, NOW)
        .unwrap();
    assert_eq!(refused(interrupted.step()), "ended");
    let resumed = resume().unwrap();
    let progress = resumed.step().unwrap();
    assert!(progress.bytes > 1_000_000, "{progress:?}");
    finish(&resumed);

    // Whoever stops half-way has what was restored so far, and the rest the next time.
    let new = Phone::new();
    let restore = || {
        new.wallet
            .restore(vec![phone.at("backup")], key.clone(), false, vec![])
    };
    let stopped = restore().unwrap();
    stopped.step().unwrap();
    stopped.stop();
    assert_eq!(refused(stopped.step()), "ended");
    drop(restore().unwrap());
    assert_eq!(new.documents(), 0);
    assert_eq!(new.restore(vec![phone.at("backup")], &key, false).len(), 1);
    assert_eq!(new.documents(), 1);
}

#[test]
fn what_is_no_use_is_refused_by_name() {
    let (phone, key) = (Phone::new(), code());
    phone.add("Passport", 1000);
    phone.back_up("base", &key, None);
    let passphrase = |typed: &str| BackupKey::Passphrase {
        passphrase: typed.into(),
    };
    let facts = |name: &str, key| refused(backup_facts(phone.at(name), key));
    assert_eq!(facts("base", code()), "wrong_secret.recovery_code");
    assert_eq!(facts("base", passphrase("words")), "backup.needs_code");
    assert_eq!(facts("none", key.clone()), "storage.not_found");
    assert_eq!(facts("wallet.nansen", key.clone()), "backup.not_a_backup");
    phone.back_up("own words", &passphrase("words of my own"), None);
    assert_eq!(facts("own words", key.clone()), "backup.needs_passphrase");
    assert_eq!(
        facts("own words", passphrase("words of others")),
        "wrong_secret.passphrase"
    );
    let mistyped = BackupKey::Code {
        code: b"ABC".to_vec(),
    };
    assert_eq!(facts("base", mistyped), "recovery_code_mistyped");
    let whole = std::fs::read(phone.at("base")).unwrap();
    std::fs::write(phone.at("cut"), &whole[..whole.len() - 1]).unwrap();
    assert!(["damaged", "backup.cut_short"].contains(&&*facts("cut", key.clone())));
    std::fs::write(phone.at("cut"), &whole[..172]).unwrap();
    assert_eq!(facts("cut", key.clone()), "backup.cut_short");

    let other = Phone::new();
    let follow = other
        .wallet
        .write_backup(other.at("b"), key.clone(), Some(phone.at("base")), NOW);
    assert_eq!(refused(follow), "backup.other_vault");
    let twice = vec![phone.at("base"), phone.at("base")];
    let restore = phone.wallet.restore(twice, key.clone(), false, vec![]);
    assert_eq!(refused(restore), "backup.out_of_chain");
    let over_vault = phone
        .wallet
        .write_backup(phone.at("wallet.nansen"), key, None, NOW);
    assert_eq!(refused(over_vault), "backup.not_a_backup");
}

#[test]
fn a_small_wallet_is_sent_by_codes() {
    let (old, new, key) = (Phone::new(), Phone::new(), code());
    old.add("Passport", 4000);
    old.back_up("sent", &key, None);
    let message = backup_message(old.at("sent")).unwrap();
    let options = CodeOptions {
        version_max: 20,
        level: CodeLevel::L,
        spare_frames: None,
    };
    let collector = QrCollector::new();
    let scans = message_codes(message, options).unwrap();
    let scans = scans.into_iter().map(|text| collector.feed(text));
    let complete = scans.into_iter().find_map(|scan| match scan {
        Scan::Complete { message } => Some(message),
        _ => None,
    });
    let message = complete.unwrap();
    assert_eq!(message.kind, MessageKind::Backup);
    let kept = new.at("received");
    keep_backup_message(message.clone(), kept.clone()).unwrap();
    assert_eq!(
        refused(keep_backup_message(message.clone(), kept.clone())),
        "storage.already_exists"
    );
    let other = Message {
        kind: MessageKind::File,
        ..message
    };
    assert_eq!(
        refused(keep_backup_message(other, new.at("x"))),
        "wrong_message"
    );
    new.restore(vec![kept], &key, false);
    assert_eq!(new.documents(), 1);

    old.add("Film", 1 << 20);
    old.back_up("large", &key, None);
    assert_eq!(refused(backup_message(old.at("large"))), "out_of_bounds");
}

#[test]
fn guardians_unlock_and_a_code_is_typed_back() {
    let phone = Phone::new();
    let pin = || Unlock::Passphrase {
        passphrase: PIN.to_vec(),
    };
    let wrong = Unlock::Passphrase {
        passphrase: b"0000".to_vec(),
    };
    let wallet = &phone.wallet;
    let make = |proof, needed, total| wallet.make_guardians(proof, needed, total);
    assert_eq!(refused(make(wrong, 2, 3)), "wrong_secret.passphrase");
    assert_eq!(refused(make(pin(), 1, 3)), "out_of_bounds");
    let stale = make(pin(), 2, 3).unwrap();
    let cards = make(pin(), 2, 3).unwrap();
    assert!(wallet.ways().unwrap().contains(&Way::Guardians));
    let numbers: Vec<_> = cards
        .iter()
        .map(|card| (card.number, card.needed, card.total))
        .collect();
    assert_eq!(numbers, [(1, 2, 3), (2, 2, 3), (3, 2, 3)]);

    let text = |card: &GuardianCard| card.text.clone();
    let collect =
        |chosen: &[&GuardianCard]| collect_cards(chosen.iter().map(|card| text(card)).collect());
    let progress = |have| CardsCollected { have, needed: 2 };
    assert_eq!(collect(&[&cards[2]]), Ok(progress(1)));
    assert_eq!(collect(&[&cards[2], &cards[0]]), Ok(progress(2)));
    assert_eq!(refused(collect(&[&cards[2], &cards[2]])), "card.repeated");
    assert_eq!(refused(collect(&[&cards[2], &stale[0]])), "card.other_set");
    assert_eq!(
        refused(collect_cards(vec![b"ABC".to_vec()])),
        "card.altered"
    );

    let unlock = |chosen: &[&GuardianCard]| Unlock::Guardians {
        cards: chosen.iter().map(|card| text(card)).collect(),
    };
    assert_eq!(
        refused(wallet.rehearse(unlock(&[&cards[1]]))),
        "card.too_few"
    );
    assert_eq!(
        refused(wallet.rehearse(unlock(&[&stale[0], &stale[1]]))),
        "wrong_secret.guardians"
    );
    wallet.rehearse(unlock(&[&cards[1], &cards[2]])).unwrap();
    let code = Unlock::RecoveryCode {
        code: phone.recovery_code.to_ascii_lowercase(),
    };
    wallet.rehearse(code).unwrap();
    wallet.lock();
    assert_eq!(refused(wallet.rehearse(pin())), "locked");
    wallet.unlock(unlock(&[&cards[0], &cards[1]]), NOW).unwrap();

    // Who forgot the PIN sets another one, as the guardians let them.
    let new = NewWay::Passphrase {
        passphrase: b"1357".to_vec(),
        cost: KdfCost::Exact {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        },
    };
    let proof = unlock(&[&cards[0], &cards[1]]);
    assert_eq!(wallet.complete_way(proof, new), Ok(None));
    wallet.remove_way(Way::Guardians).unwrap();
    wallet.lock();
    assert_eq!(
        refused(wallet.unlock(unlock(&[&cards[0], &cards[1]]), NOW)),
        "wrong_secret.guardians"
    );

    let lines = vec!["Guardian card 1 of 3".to_owned(), "Sita".to_owned()];
    let svg = guardian_card_svg(text(&cards[0]), lines).unwrap();
    assert!(String::from_utf8(svg).unwrap().contains(">Sita</text>"));
    let pixels = Pixels {
        per_module: 8,
        quiet_zone: 4,
        frame_milliseconds: 125,
    };
    let png = guardian_card_png(text(&cards[0]), pixels).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert_eq!(
        refused(guardian_card_png(b"x".to_vec(), pixels)),
        "card.altered"
    );
}
