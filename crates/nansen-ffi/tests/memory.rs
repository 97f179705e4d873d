//! What is left in memory when a wallet is locked: neither what opens it, nor what was read.
//!
//! A test of its own process: whatever else allocates could hold the same bytes.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use nansen_ffi::{
    BackupKey, BackupPhase, KdfCost, NewDocument, Timestamp, Unlock, Wallet, create_wallet,
    new_backup_code,
};

/// Secrets, masked so that this program holds them in clear only while it uses them.
const MASK: u8 = 0x5a;
const PIN: [u8; 24] = masked(b"a PIN nobody else can use");
const TITLE: [u8; 24] = masked(b"diploma of the 3rd spring");
const CONTENT: [u8; 24] = masked(b"what a scan says in clear");

#[test]
fn a_locked_wallet_leaves_neither_secrets_nor_content_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.nansen").display().to_string();
    // A thread, so that its stack is gone as well.
    let used = std::thread::spawn(move || use_and_lock(path));
    let (found_open, drawn) = used.join().unwrap();
    assert_eq!(
        found_open,
        [true, true, true],
        "the search finds what is there"
    );
    let left = [PIN, TITLE, CONTENT].map(|secret| is_in_memory(&secret));
    assert_eq!(left, [false, false, false], "PIN, title, content");
    let left = drawn.map(|secret| is_in_memory(&secret));
    assert_eq!(left, [false, false], "code of a backup, guardian's card");
}

/// Creates, fills, locks, unlocks, reads, backs up and locks a wallet. Tells what could be found
/// before, and the secrets that were drawn.
fn use_and_lock(path: String) -> ([bool; 3], [[u8; 24]; 2]) {
    let cost = KdfCost::Exact {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    };
    let wallet = create_wallet(path.clone(), clear(PIN), cost)
        .unwrap()
        .wallet;
    let document = NewDocument {
        title: String::from_utf8(clear(TITLE)).unwrap(),
        media_type: "text/plain".into(),
        tags: vec![],
        expires: None,
    };
    let writer = wallet.write_document(document, Timestamp(0)).unwrap();
    writer.append(clear(CONTENT)).unwrap();
    let id = writer.finish().unwrap();
    wallet.lock();
    let pin = clear(PIN);
    let is_pin_found = is_in_memory(&PIN);
    wallet
        .unlock(Unlock::Passphrase { passphrase: pin }, Timestamp(0))
        .unwrap();
    let contents = wallet.contents(None, Timestamp(0)).unwrap();
    let read = wallet.read_document(id).unwrap().read(0, 1 << 16).unwrap();
    assert_eq!(read, clear(CONTENT));
    let found = [is_pin_found, is_in_memory(&TITLE), is_in_memory(&CONTENT)];
    drop((contents, read));
    let drawn = [
        code_of_backup(&wallet, path + ".backup"),
        guardians_card(&wallet),
    ];
    wallet.lock();
    (found, drawn)
}

/// Begins a backup, which the lock ends half-way.
fn code_of_backup(wallet: &Wallet, path: String) -> [u8; 24] {
    let code = new_backup_code();
    let masked = mask(&code);
    let key = BackupKey::Code { code };
    let backup = wallet.write_backup(path, key, None, Timestamp(0)).unwrap();
    assert_ne!(backup.step().unwrap().phase, BackupPhase::Done);
    masked
}

/// Makes guardians, and unlocks with two of their cards.
fn guardians_card(wallet: &Wallet) -> [u8; 24] {
    let proof = Unlock::Passphrase {
        passphrase: clear(PIN),
    };
    let cards = wallet.make_guardians(proof, 2, 3).unwrap();
    // The first groups name the set.
    let masked = mask(&cards[1].text[40..]);
    wallet.lock();
    let cards = cards.into_iter().skip(1).map(|card| card.text).collect();
    wallet
        .unlock(Unlock::Guardians { cards }, Timestamp(1_790_000_000))
        .unwrap();
    masked
}

/// The first bytes, masked.
fn mask(secret: &[u8]) -> [u8; 24] {
    let mut masked = [0; 24];
    for (place, byte) in masked.iter_mut().zip(secret) {
        *place = byte ^ MASK;
    }
    masked
}

const fn masked(text: &[u8; 25]) -> [u8; 24] {
    let mut bytes = [0; 24];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = text[at] ^ MASK;
        at += 1;
    }
    bytes
}

fn clear(secret: [u8; 24]) -> Vec<u8> {
    secret.iter().map(|byte| byte ^ MASK).collect()
}

/// Looks through all memory of this process that can be written to.
fn is_in_memory(secret: &[u8; 24]) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = fs::File::open("/proc/self/mem").unwrap();
    // One buffer, masked as it is searched, so that the search does not find itself.
    let mut page = vec![0; 1 << 16];
    for region in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, end) = region.split_once(' ').unwrap().0.split_once('-').unwrap();
        let [start, end] = [start, end].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        let mut at = start;
        while at < end {
            memory.seek(SeekFrom::Start(at)).unwrap();
            let wanted = usize::try_from(end - at).unwrap().min(page.len());
            let Ok(read) = memory.read(&mut page[..wanted]) else {
                break;
            };
            if read == 0 {
                break;
            }
            for byte in &mut page[..read] {
                *byte ^= MASK;
            }
            let is_found = page[..read]
                .windows(secret.len())
                .any(|window| window == secret);
            page.fill(0);
            if is_found {
                return true;
            }
            // Pieces overlap, so that nothing hides between two of them.
            let step = if read == wanted && wanted == page.len() {
                read - secret.len()
            } else {
                read
            };
            at += step as u64;
        }
    }
    false
}
