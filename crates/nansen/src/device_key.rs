//! Device keys: where they are, and those that wait for their credential.
//!
//! A waiting key is a record of kind `device-key`, whose `extra` is the public key
//! ([`PublicKey::to_short`]) and whose body is one byte and what it announces:
//!
//! | byte | then |
//! |---|---|
//! | 1 | Ed25519 secret, 32 bytes |
//! | 2 | P-256 secret, 32 bytes |
//! | 3 | handle of a key in the phone's hardware, 1 to 256 bytes |
//!
//! The import of the credential that is bound to the key takes it over and deletes the record.
//! A public key is in one place only: a key in hardware is refused while it waits already, or
//! while a credential here is bound to it.

use nansen_credential::cose::{PublicKey, SecretKey, Signer};
use nansen_vault::{RecordId, Summary};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::held::of_kind;
use crate::{Error, Wallet, kind};

/// Bytes of a handle at the most: room for an alias or a UUID, which is all that it should be.
pub const HANDLE_BYTES_MAX: usize = 256;

/// Where the device key of a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// The credential is bound to no key: it can only be a printed copy.
    None,
    /// In the vault: it goes along with a backup.
    Vault,
    /// In the hardware of one phone, which it never leaves: on a new phone, the credential must
    /// be issued again.
    Hardware {
        /// What the app finds the key by.
        handle: Vec<u8>,
    },
}

/// A device key whose credential is yet to come, or came from an issuer that no list here names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingKey {
    /// Its record: [`Wallet::delete`] takes it.
    pub id: RecordId,
    /// What the issuer was given.
    pub public: PublicKey,
    /// Where the key is. An app that deletes a key in hardware finds it by the handle.
    pub key: KeyPlace,
    /// When it was made or taken note of, unix seconds.
    pub created: i64,
}

/// A device key as the vault keeps it.
pub(crate) enum DeviceKey {
    /// The key itself, boxed: a secret that moves leaves copies behind.
    Vault(Box<SecretKey>),
    /// What the app finds the key in hardware by.
    Hardware(Vec<u8>),
}

impl Wallet {
    /// A fresh device key, kept until the credential that is bound to it is imported. Give its
    /// public half to the issuer; each credential gets a key of its own, so that two
    /// credentials do not show by their keys that they are of one holder.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn new_device_key(
        &mut self,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<PublicKey, Error> {
        let secret = SecretKey::generate_ed25519(rng);
        let public = secret.public_key();
        self.keep_device_key(&public, &DeviceKey::Vault(Box::new(secret)), now, rng)?;
        Ok(public)
    }

    /// Takes note of a device key that the app made in the phone's hardware, until the credential
    /// that is bound to it is imported. `handle` is what the app finds the key by, such as its
    /// alias in Android's Keystore; [`PublicKey::from_platform`] reads what phones hand out. Like
    /// [`Wallet::new_device_key`], one key for each credential.
    ///
    /// # Errors
    /// [`Error::HandleLength`]; [`Error::DeviceKeyTaken`] for a key that waits already, or that a
    /// credential here is bound to; [`Error::Vault`].
    pub fn add_device_key(
        &mut self,
        public: PublicKey,
        handle: &[u8],
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        check_handle(handle)?;
        if self.waiting_key(&public)?.is_some() || self.is_bound(&public, now)? {
            return Err(Error::DeviceKeyTaken);
        }
        self.keep_device_key(&public, &DeviceKey::Hardware(handle.to_vec()), now, rng)
    }

    /// Device keys that wait for their credential, the newest first. One that is damaged is left
    /// out: it must not keep the others from being read.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn waiting_keys(&self) -> Result<Vec<WaitingKey>, Error> {
        let read = |(id, summary): (RecordId, Summary)| {
            let key = DeviceKey::from_record(&self.vault.body(id).ok()?).ok()?;
            Some(WaitingKey {
                id,
                public: PublicKey::from_short(&summary.extra).ok()?,
                key: Some(key).into(),
                created: summary.created,
            })
        };
        let waiting = of_kind(self.vault.list()?.records, kind::DEVICE_KEY);
        let mut keys: Vec<WaitingKey> = waiting.filter_map(read).collect();
        keys.sort_by_key(|key| core::cmp::Reverse((key.created, key.id)));
        Ok(keys)
    }

    /// The record of the device key that waits for the credential bound to `public`.
    pub(crate) fn waiting_key(&self, public: &PublicKey) -> Result<Option<RecordId>, Error> {
        let short = public.to_short();
        let mut waiting = of_kind(self.vault.list()?.records, kind::DEVICE_KEY);
        Ok(waiting
            .find(|(_, summary)| summary.extra == short)
            .map(|(id, _)| id))
    }

    /// Whether a credential here is bound to `public`. One that is damaged is passed over: it
    /// must not keep its holder from getting another.
    fn is_bound(&self, public: &PublicKey, now: i64) -> Result<bool, Error> {
        let listing = self.list(now)?;
        let mut credentials = listing.items.iter().map(|held| self.show(held.id, now));
        Ok(credentials.any(|held| {
            held.is_ok_and(|held| held.credential.terms().device_key.as_ref() == Some(public))
        }))
    }

    fn keep_device_key(
        &mut self,
        public: &PublicKey,
        key: &DeviceKey,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        let summary = Summary {
            kind: kind::DEVICE_KEY.into(),
            created: now,
            extra: public.to_short(),
            ..Summary::default()
        };
        self.vault.insert(&summary, &key.to_record(), rng)?;
        Ok(())
    }
}

impl DeviceKey {
    /// The key from the body of its record.
    pub(crate) fn from_record(body: &[u8]) -> Result<Self, Error> {
        const DAMAGED: Error = Error::Stored { what: "device key" };
        match body.split_first() {
            Some((&IN_HARDWARE, handle)) => Self::from_handle(handle).map_err(|_| DAMAGED),
            _ => Self::from_secret(body).map_err(|_| DAMAGED),
        }
    }

    /// The key from [`SecretKey::to_bytes`].
    pub(crate) fn from_secret(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self::Vault(Box::new(SecretKey::from_bytes(bytes)?)))
    }

    /// The key with this handle.
    pub(crate) fn from_handle(handle: &[u8]) -> Result<Self, Error> {
        check_handle(handle)?;
        Ok(Self::Hardware(handle.to_vec()))
    }

    fn to_record(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Vault(secret) => secret.to_bytes(),
            Self::Hardware(handle) => Zeroizing::new([&[IN_HARDWARE], handle.as_slice()].concat()),
        }
    }
}

impl From<Option<DeviceKey>> for KeyPlace {
    fn from(key: Option<DeviceKey>) -> Self {
        match key {
            None => Self::None,
            Some(DeviceKey::Vault(_)) => Self::Vault,
            Some(DeviceKey::Hardware(handle)) => Self::Hardware { handle },
        }
    }
}

const fn check_handle(handle: &[u8]) -> Result<(), Error> {
    if handle.is_empty() || handle.len() > HANDLE_BYTES_MAX {
        return Err(Error::HandleLength {
            length: handle.len(),
            limit: HANDLE_BYTES_MAX,
        });
    }
    Ok(())
}

/// First byte of the record of a key in hardware, beside the kinds of
/// [`SecretKey::from_bytes`].
const IN_HARDWARE: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_waiting_keys_come_back_as_written() {
        let in_hardware = b"\x03nansen.device.1";
        let key = DeviceKey::from_record(in_hardware).unwrap();
        assert_eq!(key.to_record().as_slice(), in_hardware);
        let handle = b"nansen.device.1".to_vec();
        assert_eq!(KeyPlace::from(Some(key)), KeyPlace::Hardware { handle });

        for kind in [1, 2] {
            let secret = [&[kind][..], &[7; 32]].concat();
            let key = DeviceKey::from_record(&secret).unwrap();
            assert_eq!(key.to_record().as_slice(), secret);
            assert_eq!(KeyPlace::from(Some(key)), KeyPlace::Vault);
        }
    }

    #[test]
    fn other_records_are_damaged() {
        let too_long = [&[3][..], &[b'x'; HANDLE_BYTES_MAX + 1]].concat();
        for body in [&[][..], &[3], &[1; 32], &[4; 33], &[2; 34], &too_long] {
            let damaged = Error::Stored { what: "device key" };
            assert_eq!(DeviceKey::from_record(body).err(), Some(damaged));
        }
    }
}
