//! What must hold for any bytes from outside, one function for each parser: shared by the fuzz
//! targets (`tests/fuzz`), which look for bytes that break it, and by the test `replay`, which
//! runs the bytes found so far.
//!
//! Each function takes any bytes and panics where a property breaks; a refusal is never wrong.
//! What hides behind a signature is signed here with a key that the target knows, so that the
//! bytes reach the parser behind it.

mod credential;
mod exchange;
mod known;
mod seeds;
mod stored;
mod trust;

pub use seeds::{Seed, seeds};

/// A property of one parser: panics when `data` breaks it.
pub type Property = fn(data: &[u8]);

/// Every property, by the name of its fuzz target and of the folder of its corpus.
pub const TARGETS: &[(&str, Property)] = &[
    ("backup_header", stored::backup_header),
    ("backup_stream", stored::backup_stream),
    ("cbor", credential::cbor),
    ("claim_path", credential::claim_path),
    ("claims_json", credential::claims_json),
    ("compact", exchange::compact),
    ("cose_sign1", credential::cose_sign1),
    ("credential", credential::credential),
    ("frames", exchange::frames),
    ("key_bound", credential::key_bound),
    ("manifest", stored::manifest),
    ("pack", trust::pack),
    ("qr_texts", exchange::qr_texts),
    ("query_cbor", exchange::query_cbor),
    ("query_json", exchange::query_json),
    ("receipt", stored::receipt),
    ("recovery_code", stored::recovery_code),
    ("request", exchange::request),
    ("response", exchange::response),
    ("root", trust::root),
    ("sd_cwt", credential::sd_cwt),
    ("session", exchange::session),
    ("share_cards", stored::share_cards),
    ("slot_table", stored::slot_table),
    ("snapshot", trust::snapshot),
    ("status_list", credential::status_list),
    ("summary", stored::summary),
    ("trust_list", credential::trust_list),
    ("trust_list_2", trust::trust_list_2),
    ("trust_store", stored::trust_store),
    ("verifier_list", trust::verifier_list),
    ("wrapped_key", stored::wrapped_key),
];

/// Runs the property named `target` on `data`.
///
/// # Panics
/// When `data` breaks it, or there is none of this name.
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, property) = found.expect("a target of the table");
    property(data);
}
