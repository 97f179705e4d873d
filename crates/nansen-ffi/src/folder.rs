//! Several people's wallets in one folder of the app.

use std::sync::Arc;

use nansen::folder::Folder;
use nansen::vault::Label;

use crate::ways::Secret;
use crate::wiping::with_clean_stack;
use crate::{NansenError, Timestamp, Unlock, Wallet, rng};

/// A wallet that its owner lets others see.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ShownWallet {
    /// Its file, for [`Wallet::open`].
    pub path: String,
    /// What its owner calls it.
    pub label: String,
}

/// The wallets of a folder that their owners let others see, by label. A wallet is shown once it has a
/// label ([`Wallet::set_label`]).
///
/// # Errors
/// [`NansenError::Storage`]; [`NansenError::OutOfBounds`] above 32 wallets.
#[uniffi::export]
pub fn shown_wallets(folder: String) -> Result<Vec<ShownWallet>, NansenError> {
    let shown = Folder::new(folder).shown()?.into_iter();
    Ok(shown
        .map(|wallet| ShownWallet {
            path: wallet.path.display().to_string(),
            label: wallet.label.as_str().to_owned(),
        })
        .collect())
}

/// A free place in a folder for [`create_wallet`](crate::create_wallet). Its name tells nothing.
///
/// # Errors
/// [`NansenError::Storage`]; [`NansenError::OutOfBounds`] above 32 wallets.
#[uniffi::export]
pub fn place_for_wallet(folder: String) -> Result<String, NansenError> {
    let place = Folder::new(folder).place_for_new(&mut rng())?;
    Ok(place.display().to_string())
}

/// Opens and unlocks the wallet without a label that a secret belongs to. With a passphrase it takes as
/// long as the cost of all such wallets together. One that wipes itself after wrong passphrases is not
/// tried, and a passphrase that wipes is wrong here, since either may be another person's: these need a
/// label.
///
/// # Errors
/// [`NansenError::WrongSecret`] when it opens none of them, or there is none;
/// [`NansenError::SecretInUse`] for a passphrase that two people chose, of whose wallets neither is opened:
/// each opens theirs by another way or by its path, and chooses another;
/// [`NansenError::TooManyAttempts`]; [`NansenError::RecoveryCodeMistyped`]; [`NansenError::Damaged`];
/// [`NansenError::Storage`].
#[uniffi::export]
pub fn unlock_hidden_wallet(
    folder: String,
    with: Unlock,
    now: Timestamp,
) -> Result<Arc<Wallet>, NansenError> {
    let secret: Secret = with.parse()?;
    with_clean_stack(|| {
        let wallet = Folder::new(folder).unlock_hidden(secret.unlock(), now.0, &mut rng());
        let refused = |error| NansenError::from(error).tried(secret.way());
        Ok(Wallet::unlocked(wallet.map_err(refused)?, Some(now)))
    })
}

#[uniffi::export]
impl Wallet {
    /// What its owner lets others see in a chooser; none where that is nothing. Needs no unlock.
    ///
    /// # Errors
    /// [`NansenError::Storage`], [`NansenError::Released`].
    pub fn label(&self) -> Result<Option<String>, NansenError> {
        let label = self.shown_label()?;
        Ok(label.map(|label| label.as_str().to_owned()))
    }

    /// Lets others see a label of up to 128 bytes in a chooser, or nothing. A wallet that wipes itself after
    /// wrong passphrases is found by its label alone.
    ///
    /// # Errors
    /// [`NansenError::OutOfBounds`], [`NansenError::Malformed`] for control characters,
    /// [`NansenError::Locked`], [`NansenError::Storage`].
    pub fn set_label(&self, label: Option<String>) -> Result<(), NansenError> {
        let label = label.map(|text| Label::new(&text)).transpose()?;
        self.with(|unlocked| Ok(unlocked.wallet.vault_mut().set_label(label.as_ref())?))
    }
}
