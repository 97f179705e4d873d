//! What of the vault key is in this process's memory while the vault is open, and once it is locked. A
//! file of its own, so that nothing else runs in the process.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{convert::Infallible, fs::File, os::unix::fs::FileExt};

use common::{NOW, passphrase, rng, titled};
use nansen_vault::{KdfParams, Unlock, Vault};
use rand_core::{Rng, TryCryptoRng, TryRng};

/// Randomness that remembers the first 32 bytes drawn at once, which are the vault key, each bit turned
/// so that the memory is not found by its own search.
#[derive(Default)]
struct Remembering {
    turned: Option<Vec<u8>>,
}

impl TryRng for Remembering {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(rng().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(rng().next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rng().fill_bytes(bytes);
        if bytes.len() == 32 && self.turned.is_none() {
            self.turned = Some(bytes.iter().map(|byte| !byte).collect());
        }
        Ok(())
    }
}

impl TryCryptoRng for Remembering {}

/// How often the bytes occur in what this process may write.
fn copies(turned: &[u8]) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let [from, to] = [from, to].map(|place| u64::from_str_radix(place, 16).unwrap());
        let mut bytes = vec![0; (to - from) as usize];
        // Some regions, such as the kernel's own, cannot be read.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            found += bytes
                .windows(turned.len())
                .filter(|window| {
                    window
                        .iter()
                        .zip(turned)
                        .all(|(byte, turned)| *byte == !turned)
                })
                .count();
        }
        // What was read must not be found by the next search.
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
    found
}

#[test]
fn locking_leaves_no_vault_key_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v");
    let mut rng = Remembering::default();
    let (mut vault, _code) =
        Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng).unwrap();
    let key = rng.turned.take().unwrap();
    vault.insert(&titled("a"), b"body", &mut rng).unwrap();
    assert!(copies(&key) >= 1, "the search finds what is there");
    let locked = vault.lock();
    assert_eq!(copies(&key), 0);
    let held = Box::new(std::sync::Mutex::new(Some(
        locked
            .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut common::rng())
            .unwrap(),
    )));
    assert!(copies(&key) >= 1);
    let vault = held.lock().unwrap().take().unwrap();
    let _locked = vault.lock();
    assert_eq!(copies(&key), 0);
}
