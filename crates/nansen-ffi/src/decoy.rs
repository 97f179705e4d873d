//! Wrong attempts, decoys and wipes, as the app sees them.

use std::num::NonZeroU8;

use nansen::vault;

use crate::unlocked::State;
use crate::{NansenError, Timestamp, Unlock, Wallet, rng};

/// What the file remembers of PINs and passphrases that opened nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Attempts {
    /// How many were wrong since the file was last opened.
    pub failed: u32,
    /// Seconds until the next is tried; 0 for at once.
    pub wait_seconds: u64,
    /// After how many the file wipes itself; none for never.
    pub wipe_after: Option<u8>,
}

#[uniffi::export]
impl Wallet {
    /// What the file remembers of PINs and passphrases that opened nothing.
    ///
    /// # Errors
    /// [`NansenError::Storage`], [`NansenError::Released`].
    pub fn attempts(&self, now: Timestamp) -> Result<Attempts, NansenError> {
        self.state.look(|state| {
            let attempts = match state {
                State::Locked(locked) => locked.attempts()?,
                State::Unlocked(unlocked) => unlocked.wallet.vault().attempts()?,
                State::Released => return Err(NansenError::Released),
            };
            Ok(Attempts::new(attempts, now))
        })
    }

    /// Makes a second wallet in the same file, empty, that another PIN opens: for whoever forces
    /// its owner to unlock. Gives its recovery code. With hardware, `new` takes the secret of the
    /// way that is there.
    ///
    /// Ends a decoy that is there already; and, called from within a decoy, the wallet that it
    /// hides, since a refusal would tell that there is one. Ask twice.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for a wrong proof; [`NansenError::SecretInUse`];
    /// [`NansenError::NoRoomForDecoy`]; [`NansenError::Storage`]. Nothing has then changed.
    pub fn create_decoy(&self, proof: Unlock, new: Unlock) -> Result<Vec<u8>, NansenError> {
        let (proof, new) = (proof.parse()?, new.parse()?);
        self.state.with(|unlocked| {
            let wallet = &mut unlocked.wallet;
            let made = wallet.create_decoy(proof.unlock(), new.unlock(), &mut rng());
            let code = made.map_err(|error| NansenError::from(error).tried(proof.way()))?;
            Ok(code.groups().as_bytes().to_vec())
        })
    }

    /// Sets the PIN `wipe`, which destroys this wallet and then opens the decoy, as if it were
    /// the decoy's own. `decoy` is what opens that one.
    ///
    /// To destroy what somebody in front of the screen wants to see can put a person in danger:
    /// say so before you offer it. A copy of the file made before is not wiped. It wipes in
    /// [`Wallet::unlock`] and not in [`unlock_hidden_wallet`](crate::unlock_hidden_wallet), where
    /// it may be what another person types for their own: such a wallet needs a label.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for a wrong proof, or a `decoy` that opens none;
    /// [`NansenError::SecretInUse`]; [`NansenError::NoRoomForDecoy`]; [`NansenError::Storage`].
    pub fn set_wipe_passphrase(
        &self,
        proof: Unlock,
        decoy: Unlock,
        wipe: Unlock,
    ) -> Result<(), NansenError> {
        let (proof, decoy, wipe) = (proof.parse()?, decoy.parse()?, wipe.parse()?);
        self.state.with(|unlocked| {
            let wallet = &mut unlocked.wallet;
            let (proof, decoy, wipe) = (proof.unlock(), decoy.unlock(), wipe.unlock());
            Ok(wallet.set_wipe_passphrase(proof, decoy, wipe, &mut rng())?)
        })
    }

    /// Ends the PIN that destroys this wallet, if there is one.
    ///
    /// # Errors
    /// [`NansenError::Storage`], [`NansenError::Locked`].
    pub fn remove_wipe_passphrase(&self) -> Result<(), NansenError> {
        self.state
            .with(|unlocked| Ok(unlocked.wallet.remove_wipe_passphrase(&mut rng())?))
    }

    /// Lets the file destroy everything in it after so many wrong PINs one after the other, 10 at
    /// least, or never. That ends every way in, the recovery code too; a child with the phone can
    /// bring it about, and a copy of the file made before is not hindered. Where wallets share a
    /// folder it needs a label first: without one,
    /// [`unlock_hidden_wallet`](crate::unlock_hidden_wallet) passes it over.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for a wrong proof; [`NansenError::OutOfBounds`];
    /// [`NansenError::Storage`].
    pub fn set_wipe_after(&self, proof: Unlock, attempts: Option<u8>) -> Result<(), NansenError> {
        let proof = proof.parse()?;
        let wipe_after = match attempts.map(NonZeroU8::new) {
            Some(None) => return Err(too_few()),
            Some(most) => most,
            None => None,
        };
        self.state.with(|unlocked| {
            let set = unlocked.wallet.set_wipe_after(proof.unlock(), wipe_after);
            set.map_err(|error| NansenError::from(error).tried(proof.way()))
        })
    }
}

impl Attempts {
    fn new(attempts: vault::Attempts, now: Timestamp) -> Self {
        Self {
            failed: attempts.failed,
            wait_seconds: attempts.wait(now.0),
            wipe_after: attempts.wipe_after.map(NonZeroU8::get),
        }
    }
}

fn too_few() -> NansenError {
    NansenError::OutOfBounds {
        what: vault::Field::WipeAfter.to_string(),
        size: 0,
        least: vault::limits::WIPE_AFTER.into(),
        most: u8::MAX.into(),
    }
}
