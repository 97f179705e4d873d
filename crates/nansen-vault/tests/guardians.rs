//! Guardians as a way in: cards are printed, collected, replaced and ended.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use common::{Home, NOW, passphrase, rng, titled};
use nansen_vault::{
    Collected, Error, GuardianSecret, LockedVault, Share, Unlock, Vault, Way, limits,
};

fn collect(cards: &[String]) -> GuardianSecret {
    let mut collected = Collected::new();
    for card in cards {
        collected.add(Share::parse(card).unwrap()).unwrap();
    }
    collected.secret().unwrap()
}

fn cards(vault: &mut Vault, needed: u8, total: u8) -> Vec<String> {
    let shares = vault.add_guardians(Unlock::Passphrase(&passphrase()), needed, total, &mut rng());
    shares
        .unwrap()
        .iter()
        .map(|share| share.text().to_string())
        .collect()
}

fn unlock(home: &Home, secret: &GuardianSecret) -> Result<Vault, Error> {
    let locked = LockedVault::open(&home.path)?;
    Ok(locked.unlock(Unlock::Guardians(secret), NOW, &mut rng())?)
}

#[test]
fn enough_guardians_open_the_vault_without_its_owner() {
    let (home, mut vault) = Home::new();
    let kept = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
    let cards = cards(&mut vault, 3, 5);
    assert_eq!(
        vault.ways(),
        [Way::Passphrase, Way::Recovery, Way::Guardians]
    );
    drop(vault);
    for chosen in [[0, 1, 2], [4, 2, 0], [3, 4, 1]] {
        let chosen = chosen.map(|number: usize| cards[number].clone());
        let vault = unlock(&home, &collect(&chosen)).unwrap();
        assert!(vault.integrity().is_intact());
        assert_eq!(*vault.body(kept).unwrap(), b"kept");
    }
}

#[test]
fn cards_that_were_replaced_ended_or_are_of_another_vault_open_nothing() {
    let (home, mut vault) = Home::new();
    let (_elsewhere, mut other) = Home::new();
    let theirs = collect(&cards(&mut other, 2, 2));
    let first = collect(&cards(&mut vault, 2, 2));
    let second = collect(&cards(&mut vault, 2, 3)[1..]);
    drop(vault);
    for wrong in [&theirs, &first] {
        assert_eq!(unlock(&home, wrong).unwrap_err(), Error::WrongShares);
    }
    let mut vault = unlock(&home, &second).unwrap();
    vault.remove_way(Way::Guardians, &mut rng()).unwrap();
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
    drop(vault);
    assert_eq!(unlock(&home, &second).unwrap_err(), Error::WrongShares);
    assert!(home.try_unlock().is_ok());
}

#[test]
fn guardians_are_a_proof_and_need_one() {
    let (home, mut vault) = Home::new();
    let secret = collect(&cards(&mut vault, 2, 2));
    let wrong = nansen_vault::Passphrase::new("wrong").unwrap();
    let refused = vault.add_guardians(Unlock::Passphrase(&wrong), 2, 2, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::WrongPassphrase);
    // A person who forgot the passphrase sets another one, as their guardians let them.
    let new = nansen_vault::Passphrase::new("seven bags").unwrap();
    let proof = Unlock::Guardians(&secret);
    let params = nansen_vault::KdfParams::FLOOR;
    vault
        .change_passphrase(proof, &new, params, &mut rng())
        .unwrap();
    drop(vault);
    let locked = LockedVault::open(&home.path).unwrap();
    drop(
        locked
            .unlock(Unlock::Passphrase(&new), NOW, &mut rng())
            .unwrap(),
    );
    assert!(unlock(&home, &secret).is_ok());
}

#[test]
fn one_who_is_enough_alone_and_more_than_sixteen_are_refused() {
    let (_home, mut vault) = Home::new();
    let before = vault.counter();
    for (needed, total) in [(1, 3), (0, 0), (2, 1), (4, 3), (2, limits::GUARDIANS + 1)] {
        let proof = passphrase();
        let refused = vault.add_guardians(Unlock::Passphrase(&proof), needed, total, &mut rng());
        assert!(
            matches!(refused, Err(Error::OutOfBounds { .. })),
            "{needed} of {total}"
        );
    }
    assert_eq!(vault.counter(), before);
    assert_eq!(cards(&mut vault, 16, 16).len(), 16);
}
