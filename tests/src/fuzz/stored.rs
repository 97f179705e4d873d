//! Properties of the parsers of what a phone stores: `nansen-vault` and the trust store.

use nansen::TrustStore;
use nansen::credential::cose::Signer;
use nansen::credential::status::STATUS_LIST_TYPE;
use nansen::credential::trust::TRUST_LIST_TYPE;
use nansen::guardians::{GuardianCard, read_card};
use nansen::receipt::{RECEIPT_TYPE, Receipt};
use nansen_vault::{
    BackupHeader, BackupStream, Collected, Manifest, RecoveryCode, Share, SlotTable, Summary,
    WrappedKey,
};
use sha2::{Digest, Sha256};

use super::known::{KNOWN, signed};
use super::trust;

/// A table of key slots has one encoding, but for its checksum.
pub(super) fn slot_table(data: &[u8]) {
    if let Ok(table) = SlotTable::parse(data) {
        let again = table.encode();
        let content = |bytes: &[u8]| bytes.split_last_chunk::<32>().map(|(all, _)| all.to_vec());
        assert_eq!(content(&again), content(data));
        assert_eq!(again.len(), data.len());
        assert!(SlotTable::parse(&again).is_ok());
    }
}

/// A manifest has one encoding.
pub(super) fn manifest(data: &[u8]) {
    if let Ok(manifest) = Manifest::parse(data) {
        assert_eq!(manifest.encode(), data);
    }
}

/// A wrapped key has one encoding. Its checksum is put right here.
pub(super) fn wrapped_key(data: &[u8]) {
    let checked = [data, Sha256::digest(data).as_slice()].concat();
    for bytes in [data, &checked] {
        if let Some(key) = WrappedKey::parse(bytes) {
            assert_eq!(key.encode(), bytes);
        }
    }
}

/// A summary has one encoding.
pub(super) fn summary(data: &[u8]) {
    if let Some(summary) = Summary::decode(data) {
        let again = summary.encode().expect("what was read can be written");
        assert_eq!(again.as_slice(), data);
    }
}

/// A recovery code that is accepted is shown in the form that is accepted.
pub(super) fn recovery_code(data: &[u8]) {
    let Ok(typed) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(code) = RecoveryCode::parse(typed) {
        let shown = code.groups();
        let again = RecoveryCode::parse(&shown).expect("the code as shown");
        assert_eq!(again.groups(), shown);
    }
}

/// A share card that is accepted is printed in the form that is accepted, and any cards of one set
/// give a secret or say why not.
///
/// The data is read as a card, and as up to six shares of 44 bytes whose checks are put right here.
pub(super) fn share_cards(data: &[u8]) {
    let text = core::str::from_utf8(data).unwrap_or_default();
    let shares = data.chunks(44).take(6).map(card);
    let mut collected = Collected::new();
    for card in shares.chain([text.to_owned()]) {
        if let Ok(share) = Share::parse(&card) {
            let printed = share.text();
            let again = Share::parse(&printed).expect("the card as printed");
            assert_eq!(again.text(), printed);
            let _ = collected.add(share);
        }
    }
    let _ = collected.secret();
    // As a scanner hands it on, a code's text or the bytes of a message.
    if let Ok(share) = read_card(data) {
        let printed = GuardianCard::from(share);
        let code = printed.code().expect("a card fits one code");
        let scanned = read_card(code.as_bytes()).expect("the code as printed");
        assert_eq!(scanned.text(), printed.text());
    }
}

/// Bytes as a card with the right check, in the alphabet of cards.
fn card(share: &[u8]) -> String {
    let check = Sha256::new_with_prefix(b"nansen-vault guardian share")
        .chain_update(share)
        .finalize();
    let bytes = share.iter().chain(check.iter().take(6));
    let bits: Vec<u8> = bytes
        .flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1))
        .collect();
    bits.chunks(5)
        .map(|bits| {
            let digit = bits.iter().fold(0, |digit, bit| digit << 1 | bit);
            char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[usize::from(digit)])
        })
        .collect()
}

/// A backup's header has one encoding. Its checksum is put right here.
pub(super) fn backup_header(data: &[u8]) {
    let checked = [data, Sha256::digest(data).as_slice()].concat();
    for bytes in [data, &checked] {
        if let Ok(header) = BackupHeader::parse(bytes) {
            assert_eq!(header.encode(), bytes);
        }
    }
}

/// What a backup's stream is read to hold has its bytes in it.
pub(super) fn backup_stream(data: &[u8]) {
    if let Ok(stream) = BackupStream::parse(data) {
        let entries = stream.records + stream.documents;
        let listed = stream.listed * 40;
        let held = usize::try_from(entries).expect("fewer entries than bytes") * 60;
        assert!(listed + held < data.len());
    }
}

/// A trust store that took lists in comes back from its stored form, whatever the lists.
///
/// The data is a sequence of lists to offer: what to sign it as (one byte), its length (two
/// bytes, big-endian), and the payload.
pub(super) fn trust_store(data: &[u8]) {
    if let Ok(store) = TrustStore::from_cbor(data) {
        check_stored(&store);
    }
    let mut store = TrustStore::new();
    trust::add_publisher(&mut store);
    let _ = store.add_root(KNOWN.root.public_key());
    let _ = store.add_trust_list(&KNOWN.list_bytes);
    let mut rest = data;
    while let Some((&[kind, high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (payload, after) = after.split_at(after.len().min(length));
        let time = store.latest_signed_time();
        match kind % 6 {
            0 | 2 | 4 => {
                let list = signed(payload, TRUST_LIST_TYPE.into(), true, &KNOWN.root);
                let _ = store.add_trust_list(&list);
            }
            1 => {
                let list = signed(payload, STATUS_LIST_TYPE.into(), true, &KNOWN.issuer);
                let _ = store.add_status_list(&list);
            }
            _ => trust::offer(&mut store, kind % 6 == 3, payload),
        }
        assert!(store.latest_signed_time() >= time);
        rest = after;
    }
    check_stored(&store);
}

/// A receipt that is read can be printed.
pub(super) fn receipt(data: &[u8]) {
    let _ = Receipt::parse(data);
    let receipt = signed(data, RECEIPT_TYPE.into(), false, &KNOWN.verifier);
    if let Ok(receipt) = Receipt::parse(&receipt) {
        assert_eq!(receipt.verifier, KNOWN.verifier.public_key());
        assert!(receipt.to_text(|time| time.to_string()).contains("Verdict"));
    }
}

fn check_stored(store: &TrustStore) {
    let again = TrustStore::from_cbor(&store.to_cbor()).expect("what was stored reads again");
    assert_eq!(again.latest_signed_time(), store.latest_signed_time());
    assert_eq!(again.roots(), store.roots());
    assert_eq!(again.held_lists(), store.held_lists());
    assert_eq!(again.verifier_lists().len(), store.verifier_lists().len());
    assert!(again.packs().eq(store.packs()));
    // Status lists of issuers that are no longer listed are left out, once.
    assert!(again.status_lists().len() <= store.status_lists().len());
    let stored = again.to_cbor();
    let third = TrustStore::from_cbor(&stored).expect("what was stored reads again");
    assert_eq!(third.to_cbor(), stored);
}
