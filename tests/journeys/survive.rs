//! A phone is lost: what a backup, guardians and the paper in a drawer give back on another one.

use nansen::backup::{Restored, RestoredKind, keep_message, to_message};
use nansen::credential::cose::{PublicKey, Signer};
use nansen::credential::report::Verdict;
use nansen::exchange::Error as ExchangeError;
use nansen::exchange::qr::{Collector, Kind, Layout, Outcome as Scan, Picture};
use nansen::guardians::{collect, read_card, secret};
use nansen::vault::{
    BackupFile, BackupLock, BackupPhase, Collecting, Error as VaultError, Field, Outcome,
    Passphrase, RecordId, RecoveryCode, RestoreMode, Unlock,
};
use nansen::wallet::NewDocument;
use nansen::{Error, LockedWallet, Wallet};
use nansen_tests::publisher::{DAY, Publisher, quorum};
use nansen_tests::reference::{Reference, key};

use crate::hardware::Hardware;
use crate::wallet::{Phone, ask, reopen, rng};

/// A phone with a credential of its own key, one of a key in hardware, a document, and a history.
struct Lost {
    reference: Reference,
    phone: Phone,
    hardware: Hardware,
    ids: [RecordId; 2],
    code: RecoveryCode,
}

impl Lost {
    fn new() -> Self {
        let reference = Reference::default();
        let now = reference.now();
        let mut phone = Phone::with_credential(&reference);
        let session = ask(&reference);
        phone.answer(session.request().bytes(), now).unwrap();
        let own = phone.wallet.list(now).unwrap().items[0].id;
        let hardware = Hardware::new(b"nansen.device.1");
        let bound = crate::hardware::issue_to(&hardware, &mut phone, &reference);
        let document = NewDocument {
            title: "Passport",
            media_type: "image/png",
            tags: &[],
            created: now,
            expires: None,
        };
        let mut rng = rng();
        let mut writer = phone.wallet.document_writer(&document, &mut rng).unwrap();
        writer.append(&[7; 70_000]).unwrap();
        writer.finish().unwrap();
        Self {
            reference,
            phone,
            hardware,
            ids: [own, bound],
            code: RecoveryCode::random(&mut rng),
        }
    }

    fn lock(&self) -> BackupLock<'_> {
        BackupLock::Recovery(&self.code)
    }

    fn back_up(&self, name: &str) -> BackupFile {
        back_up(&self.phone, name, &self.code, self.reference.now())
    }
}

fn back_up(phone: &Phone, name: &str, code: &RecoveryCode, now: i64) -> BackupFile {
    let path = phone.folder.path().join(name);
    let lock = || BackupLock::Recovery(code);
    let wallet = &phone.wallet;
    let mut backup = wallet
        .back_up(&path, lock(), None, now, &mut rng())
        .unwrap();
    while backup.step(wallet.vault()).unwrap().phase != BackupPhase::Done {}
    BackupFile::open(path, lock()).unwrap()
}

fn restore(wallet: &mut Wallet, file: BackupFile, mode: RestoreMode) -> Vec<Restored> {
    restore_where(wallet, file, mode, vec![])
}

fn restore_where(
    wallet: &mut Wallet,
    file: BackupFile,
    mode: RestoreMode,
    hardware: Vec<PublicKey>,
) -> Vec<Restored> {
    let mut restore = wallet.restore(vec![file], mode, hardware).unwrap();
    let mut records = Vec::new();
    loop {
        let step = restore.step(wallet, &mut rng()).unwrap();
        records.extend(step.records);
        if step.is_done {
            return records;
        }
    }
}

fn bound(records: &[Restored]) -> Vec<RecordId> {
    let bound = records.iter().filter(|record| record.must_be_issued_again);
    bound.map(|record| record.id).collect()
}

#[test]
fn another_phone_goes_on_where_the_lost_one_was() {
    let lost = Lost::new();
    let now = lost.reference.now();
    let file = lost.back_up("backup");
    let mut phone = Phone::empty();

    let would = restore(&mut phone.wallet, file, RestoreMode::Dry);
    assert!(phone.wallet.list(now).unwrap().items.is_empty());
    assert!(phone.wallet.trust().roots().is_empty());
    let did = restore(&mut phone.wallet, lost.back_up("backup"), RestoreMode::Real);
    assert_eq!(did, would);
    assert!(did.iter().all(|record| record.outcome == Outcome::Restored));
    let count = |kind| did.iter().filter(|record| record.kind == kind).count();
    let kinds = [
        RestoredKind::Credential,
        RestoredKind::Document,
        RestoredKind::History,
    ];
    assert_eq!(kinds.map(count), [2, 1, 1]);
    assert!(count(RestoredKind::Trust) >= 2 && count(RestoredKind::Other) == 0);

    // What was trusted is trusted at once, and after the next unlock.
    let roots = [lost.reference.root.public_key()];
    assert_eq!(phone.wallet.trust().roots(), roots);
    let mut phone = reopen(phone);
    assert_eq!(phone.wallet.trust().roots(), roots);

    // Ids are other ones, and whatever refers to a record finds it.
    let here = lost.ids.map(|id| phone.wallet.vault().id_here(id));
    assert_ne!(here, lost.ids);
    assert_eq!(bound(&did), [here[1]]);
    let history = phone.wallet.history().unwrap().items;
    assert_eq!(history[0].shown[0].0, here[0]);

    // The credential whose key went along is shown from here.
    phone.wallet.delete(here[1], &mut rng()).unwrap();
    let mut session = ask(&lost.reference);
    let answer = phone.answer(session.request().bytes(), now).unwrap();
    let store = lost.reference.store();
    let answered = session.check(&answer.bytes, &store, now).unwrap();
    assert_eq!(answered.presentations[0].report.verdict(), Verdict::Valid);
}

#[test]
fn on_the_phone_that_has_the_hardware_nothing_must_be_issued_again() {
    let mut lost = Lost::new();
    let file = lost.back_up("backup");
    lost.phone.wallet.delete(lost.ids[1], &mut rng()).unwrap();
    let other = Hardware::new(b"nansen.device.1");
    for (keys, again) in [
        (vec![other.public()], vec![lost.ids[1]]),
        (vec![other.public(), lost.hardware.public()], vec![]),
    ] {
        let file = BackupFile::open(lost.phone.folder.path().join("backup"), lost.lock());
        let wallet = &mut lost.phone.wallet;
        let did = restore_where(wallet, file.unwrap(), RestoreMode::Dry, keys);
        assert_eq!(bound(&did), again);
        let there = |record: &&Restored| record.outcome == Outcome::AlreadyThere;
        assert_eq!(did.iter().filter(there).count(), did.len() - 1);
    }
    let did = restore(&mut lost.phone.wallet, file, RestoreMode::Real);
    let back = did.iter().find(|record| record.id == lost.ids[1]).unwrap();
    assert_eq!(back.outcome, Outcome::Restored);
}

#[test]
fn a_device_key_that_waits_in_hardware_is_told_too() {
    let reference = Reference::default();
    let mut phone = Phone::new(&reference);
    let hardware = Hardware::new(b"nansen.device.1");
    let (public, now) = (hardware.public(), reference.now());
    phone
        .wallet
        .add_device_key(public, hardware.handle, now, &mut rng())
        .unwrap();
    phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let path = phone.folder.path().join("backup");
    let code = RecoveryCode::random(&mut rng());
    let lock = BackupLock::Recovery(&code);
    let wallet = &phone.wallet;
    let mut backup = wallet.back_up(&path, lock, None, now, &mut rng()).unwrap();
    while backup.step(wallet.vault()).unwrap().phase != BackupPhase::Done {}
    let mut new = Phone::empty();
    let file = BackupFile::open(path, lock).unwrap();
    let did = restore(&mut new.wallet, file, RestoreMode::Real);
    let keys = did
        .iter()
        .filter(|record| record.kind == RestoredKind::DeviceKey);
    let again: Vec<bool> = keys.map(|record| record.must_be_issued_again).collect();
    assert_eq!(again.iter().filter(|again| **again).count(), 1);
    assert_eq!(again.len(), 2);
}

#[test]
fn what_both_phones_trust_is_trusted_afterwards() {
    let lost = Lost::new();
    let mut phone = Phone::empty();
    let other = key(77).public_key();
    phone.wallet.add_root(other.clone(), &mut rng()).unwrap();
    restore(&mut phone.wallet, lost.back_up("backup"), RestoreMode::Real);
    let roots = [other, lost.reference.root.public_key()];
    let all = |wallet: &Wallet| {
        let trusted = wallet.trust().roots();
        assert!(trusted.len() == 2 && roots.iter().all(|root| trusted.contains(root)));
        assert_eq!(wallet.trust().damage(), None);
    };
    all(&phone.wallet);
    phone = reopen(phone);
    all(&phone.wallet);
    let third = key(78).public_key();
    phone.wallet.add_root(third, &mut rng()).unwrap();
    assert_eq!(reopen(phone).wallet.trust().roots().len(), 3);
}

#[test]
fn of_two_root_statements_of_a_publisher_the_newer_counts_and_what_is_removed_stays_away() {
    const NOW: i64 = 1_800_000_000;
    let code = RecoveryCode::random(&mut rng());
    let mut publisher = Publisher::new(NOW);
    publisher.publish(NOW, 90);
    let set_up = |publisher: &Publisher| {
        let mut phone = Phone::empty();
        let wallet = &mut phone.wallet;
        let (first, pin) = (&publisher.statements[0], publisher.pin());
        wallet.add_publisher(first, &pin, &mut rng()).unwrap();
        wallet.add_pack(&publisher.newest(), &mut rng()).unwrap();
        phone
    };
    let mut older = set_up(&publisher);
    publisher.rotate(NOW, &[2, 3], |root| root.root = quorum(2, &[2, 3, 4]));
    publisher.publish(NOW + DAY, 90);
    let mut newer = set_up(&publisher);
    let root = key(77).public_key();
    newer.wallet.add_root(root.clone(), &mut rng()).unwrap();
    let backups = [
        back_up(&older, "backup", &code, NOW),
        back_up(&newer, "backup", &code, NOW),
    ];
    let versions = |phone: &Phone| {
        assert_eq!(phone.wallet.trust().damage(), None);
        let trust = phone.wallet.trust();
        let roots: Vec<u64> = trust.publishers().map(|root| root.version()).collect();
        let packs: Vec<u64> = trust.packs().map(|pack| pack.version).collect();
        (roots, packs)
    };
    for (phone, backup) in [&mut newer, &mut older].into_iter().zip(backups) {
        let brought = restore(&mut phone.wallet, backup, RestoreMode::Real);
        assert!(brought.iter().all(|one| one.kind == RestoredKind::Trust));
    }
    for phone in [older, newer] {
        assert_eq!(versions(&phone), (vec![2], vec![2]));
        let mut phone = reopen(phone);
        assert_eq!(versions(&phone), (vec![2], vec![2]));

        let removed = phone.wallet.remove_trust(&mut rng(), |store| {
            store.remove_root(&root) && store.remove_publisher("npl.ctevt")
        });
        assert_eq!(removed, Ok(true));
        let phone = reopen(phone);
        assert_eq!(versions(&phone), (vec![], vec![]));
        assert!(phone.wallet.trust().roots().is_empty());
        // What is left is one record, and not of anybody.
        let records = phone.wallet.vault().list().unwrap().records;
        assert_eq!(records.len(), 1);
    }
}

#[test]
fn a_small_wallet_goes_from_screen_to_screen() {
    let lost = Lost::new();
    lost.back_up("backup");
    let message = to_message(lost.phone.folder.path().join("backup")).unwrap();
    assert_eq!(message.kind, Kind::Backup);
    let texts = Layout::default()
        .texts(message.kind, &message.bytes)
        .unwrap();
    // Nothing of what is on the screen opens it.
    let pairing = lost.code.groups();
    assert!(texts.iter().all(|text| !text.contains(pairing.as_str())));

    let mut collector = Collector::new();
    // Every fourth frame is missed.
    let mut shown = (1..).zip(texts.iter().cycle()).filter(|(at, _)| at % 4 > 0);
    let received = loop {
        if let Scan::Complete(message) = collector.feed(shown.next().unwrap().1) {
            break message;
        }
    };
    let mut phone = Phone::empty();
    let path = phone.folder.path().join("received");
    keep_message(&received.bytes, &path).unwrap();
    let wrong = RecoveryCode::random(&mut rng());
    let refused = BackupFile::open(&path, BackupLock::Recovery(&wrong)).unwrap_err();
    assert_eq!(refused, VaultError::WrongRecoveryCode);
    let typed = RecoveryCode::parse(&pairing.to_lowercase()).unwrap();
    let file = BackupFile::open(&path, BackupLock::Recovery(&typed)).unwrap();
    restore(&mut phone.wallet, file, RestoreMode::Real);
    let held = phone.wallet.list(lost.reference.now()).unwrap().items;
    assert_eq!(held.len(), 2);
}

#[test]
fn what_is_no_small_backup_is_not_sent_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(1 << 20)
        .unwrap();
    let refused = |error| Err(Error::Vault(error));
    assert_eq!(to_message(&path), refused(VaultError::NotABackup));
    std::fs::File::create(&path)
        .unwrap()
        .set_len((1 << 20) + 1)
        .unwrap();
    let too_large = VaultError::OutOfBounds {
        field: Field::CarriedBackup,
        size: (1 << 20) + 1,
        least: 0,
        most: 1 << 20,
    };
    assert_eq!(to_message(&path), refused(too_large));
    let kept = folder.path().join("kept");
    assert!(keep_message(b"a letter", &kept).is_err() && !kept.exists());
}

#[test]
fn guardians_open_a_wallet_with_cards_that_are_scanned_or_typed() {
    let mut phone = Phone::empty();
    let passphrase = Passphrase::new("a dry cough in the mountains").unwrap();
    let proof = Unlock::Passphrase(&passphrase);
    let cards = phone
        .wallet
        .make_guardians(proof, 2, 3, &mut rng())
        .unwrap();
    assert_eq!(cards.iter().map(|card| card.number()).max(), Some(3));
    let scanned = cards[0].code().unwrap();
    let Scan::Complete(message) = Collector::new().feed(&scanned) else {
        panic!("a card is one code");
    };
    assert_eq!(
        (message.kind, message.bytes.len()),
        (Kind::GuardianCard, 50)
    );
    let typed = cards[2].text().replace('-', " ").to_lowercase();
    let progress = |have| Collecting { have, needed: 2 };
    assert_eq!(collect(&[[0_u8; 0]; 0]), Ok(progress(0)));
    assert_eq!(collect(&[&*message.bytes]), Ok(progress(1)));
    let both: [&[u8]; 2] = [scanned.as_bytes(), typed.as_bytes()];
    assert_eq!(collect(&both), Ok(progress(2)));

    let repeated: [&[u8]; 2] = [&message.bytes, scanned.as_bytes()];
    let refused = Err(Error::Vault(VaultError::ShareRepeated { number: 1 }));
    assert_eq!(collect(&repeated), refused);
    for foreign in ["", "https://example.org", "N1F:BB8", "N1G:BB8", "N1M:BB8"] {
        assert!(read_card(foreign.as_bytes()).is_err(), "{foreign}");
    }
    assert!(read_card(&[1; 50]).is_err() && read_card(&[0xff; 80]).is_err());

    let together = secret(&both).unwrap();
    phone.wallet.rehearse(Unlock::Guardians(&together)).unwrap();
    drop(phone.wallet);
    let path = phone.folder.path().join("wallet.nansen");
    let locked = LockedWallet::open(path).unwrap();
    assert!(
        locked
            .unlock(
                Unlock::Guardians(&together),
                Reference::default().now(),
                &mut rng()
            )
            .is_ok()
    );
}

#[test]
fn a_card_is_a_picture_with_words_of_its_owner() {
    let mut phone = Phone::empty();
    let passphrase = Passphrase::new("a dry cough in the mountains").unwrap();
    let proof = Unlock::Passphrase(&passphrase);
    let cards = phone
        .wallet
        .make_guardians(proof, 2, 2, &mut rng())
        .unwrap();
    let lines = ["Sita <माया> & \u{7}sons", "Card 1 of 2", "2026-11-21"];
    let svg = cards[0].svg(&lines).unwrap();
    for line in ["Sita &lt;माया&gt; &amp; sons", "Card 1 of 2", "2026-11-21"] {
        assert!(svg.contains(&format!(">{line}</text>")), "{line}");
    }
    let groups: Vec<String> = cards[0].text().split('-').map(str::to_owned).collect();
    for line in groups.chunks(2) {
        assert!(svg.contains(&format!(">{}</text>", line.join("-"))));
    }
    // The first groups name the set.
    assert!(!svg.contains(cards[1].text().get(72..).unwrap()));
    assert!(cards[0].png(Picture::default()).unwrap().len() > 100);
    let measure = Picture {
        pixels_per_module: 0,
        quiet_zone: 4,
    };
    assert!(matches!(
        cards[0].png(measure),
        Err(Error::Exchange(ExchangeError::PictureMeasure { .. }))
    ));
}

#[test]
fn a_code_is_rehearsed_before_it_is_needed() {
    let mut phone = Phone::empty();
    let pin = Passphrase::new("a dry cough in the mountains").unwrap();
    let proof = Unlock::Passphrase(&pin);
    let vault = phone.wallet.vault_mut();
    let old = vault.new_recovery_code(proof, &mut rng()).unwrap();
    let new = vault.new_recovery_code(proof, &mut rng()).unwrap();
    let typed = RecoveryCode::parse(&new.groups().to_lowercase()).unwrap();
    assert_eq!(phone.wallet.rehearse(Unlock::Recovery(&typed)), Ok(()));
    let refused = phone.wallet.rehearse(Unlock::Recovery(&old));
    assert_eq!(refused, Err(Error::Vault(VaultError::WrongRecoveryCode)));
}
