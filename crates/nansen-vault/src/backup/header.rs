//! The head of a backup: who may open it, at what cost. Layout: `backup.rs`.
//!
//! The checksum is no protection, only the difference between a wrong passphrase and damage; every chunk
//! is bound to the whole header by it. Invariant: a parsed header asks for no more key derivation than
//! the [`limits`](crate::limits) allow.

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Part, Result},
    kdf::{self, KdfParams},
    recovery::RecoveryCode,
    seal::{NONCE, SealKey, TAG},
    secret::{Passphrase, SecretKey},
};

const MAGIC: &[u8; 4] = b"NanB";
const VERSION: u8 = 1;
const WRAPPED: usize = 32 + TAG;
const CHECKSUM: usize = 32;
/// Bytes of a header.
pub(super) const HEADER: usize = 8 + 16 + 32 + 12 + NONCE + WRAPPED + CHECKSUM;
const DAMAGED: Error = Error::Damaged {
    part: Part::BackupHeader,
};

/// What opens a backup. Its own: not the vault's, though a person may choose the same words.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum BackupLock<'a> {
    /// A passphrase, and its cost where a backup is begun.
    Passphrase(&'a Passphrase, KdfParams),
    /// A code of 160 random bits.
    Recovery(&'a RecoveryCode),
}

/// How a backup is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    Passphrase(KdfParams),
    Recovery,
}

/// The head of a backup file: parsed and bounded, nothing opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupHeader {
    lock: Lock,
    pub(super) id: [u8; 16],
    salt: [u8; 32],
    nonce: [u8; NONCE],
    wrapped: [u8; WRAPPED],
    checksum: [u8; CHECKSUM],
}

impl BackupHeader {
    /// Reads the first bytes of a file.
    ///
    /// # Errors
    /// [`Error::NotABackup`], [`Error::NewerBackup`], [`Error::Damaged`] for a wrong checksum or length,
    /// [`Error::ExcessiveWork`] for more key derivation than the limits allow.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (magic, rest) = bytes.split_first_chunk().ok_or(Error::NotABackup)?;
        if magic != MAGIC {
            return Err(Error::NotABackup);
        }
        match rest.first() {
            Some(found) if *found > VERSION => {
                return Err(Error::NewerBackup {
                    found: *found,
                    supported: VERSION,
                });
            }
            _ => {}
        }
        let bytes: &[u8; HEADER] = bytes.try_into().map_err(|_| DAMAGED)?;
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(DAMAGED)?;
        if Sha256::digest(content).as_slice() != checksum {
            return Err(DAMAGED);
        }
        Self::read(content, *checksum).ok_or(DAMAGED)?
    }

    /// `None` for what no release has written.
    fn read(content: &[u8], checksum: [u8; CHECKSUM]) -> Option<Result<Self>> {
        let ([_, _, _, _, VERSION, lock, 0, 0], rest) = content.split_first_chunk()? else {
            return None;
        };
        let (id, rest) = rest.split_first_chunk()?;
        let (salt, rest) = rest.split_first_chunk()?;
        let (cost, rest) = rest.split_first_chunk()?;
        let (nonce, wrapped) = rest.split_first_chunk()?;
        let wrapped = wrapped.try_into().ok()?;
        let lock = match (lock, cost) {
            (1, cost) => match KdfParams::parse(cost) {
                Ok(cost) => Lock::Passphrase(cost),
                Err(excessive) => return Some(Err(excessive)),
            },
            (2, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => Lock::Recovery,
            _ => return None,
        };
        Some(Ok(Self {
            lock,
            id: *id,
            salt: *salt,
            nonce: *nonce,
            wrapped,
            checksum,
        }))
    }

    /// The bytes that [`BackupHeader::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.content();
        bytes.extend_from_slice(&self.checksum);
        bytes
    }

    fn content(&self) -> Vec<u8> {
        let (lock, cost) = match self.lock {
            Lock::Passphrase(params) => (1, params.encode()),
            Lock::Recovery => (2, [0; 12]),
        };
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend([VERSION, lock, 0, 0]);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&cost);
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.wrapped);
        bytes
    }

    /// A header for a new backup, and the stream key in it.
    pub(super) fn new(lock: BackupLock<'_>, rng: &mut impl CryptoRng) -> Result<(Self, SealKey)> {
        let mut header = Self {
            lock: match lock {
                BackupLock::Passphrase(_, params) => Lock::Passphrase(params),
                BackupLock::Recovery(_) => Lock::Recovery,
            },
            id: [0; 16],
            salt: [0; 32],
            nonce: [0; NONCE],
            wrapped: [0; WRAPPED],
            checksum: [0; CHECKSUM],
        };
        rng.fill_bytes(&mut header.id);
        rng.fill_bytes(&mut header.salt);
        rng.fill_bytes(&mut header.nonce);
        let mut stream_key = SecretKey::zeros();
        rng.fill_bytes(stream_key.reveal_mut());
        let mut content = Zeroizing::new(Vec::with_capacity(WRAPPED));
        content.extend_from_slice(stream_key.reveal());
        header
            .wrapping_key(lock)?
            .seal(&header.nonce, &header.id, &mut content);
        for (place, byte) in header.wrapped.iter_mut().zip(content.iter()) {
            *place = *byte;
        }
        header.checksum = Sha256::digest(header.content()).into();
        Ok((header, SealKey::new(stream_key)))
    }

    /// The stream key. Costs one run of Argon2id where the backup is locked by a passphrase.
    pub(super) fn open(&self, lock: BackupLock<'_>) -> Result<SealKey> {
        let mut content = Zeroizing::new(self.wrapped.to_vec());
        let opened = self
            .wrapping_key(lock)?
            .open(&self.nonce, &self.id, &mut content);
        let wrong = match lock {
            BackupLock::Passphrase(..) => Error::WrongPassphrase,
            BackupLock::Recovery(_) => Error::WrongRecoveryCode,
        };
        opened.ok_or(wrong)?;
        let key = content.first_chunk().ok_or(DAMAGED)?;
        Ok(SealKey::new(SecretKey::copied(key)))
    }

    /// What the chunks are bound to.
    pub(super) fn binding(&self) -> [u8; 32] {
        self.checksum
    }

    fn wrapping_key(&self, lock: BackupLock<'_>) -> Result<SealKey> {
        let salt = Some(self.salt.as_slice());
        let (hkdf, name): (_, &[u8]) = match (self.lock, lock) {
            (Lock::Passphrase(params), BackupLock::Passphrase(passphrase, _)) => {
                let stretched = kdf::stretch(passphrase, &self.salt, params)?;
                (Hkdf::<Sha256>::new(salt, stretched.reveal()), b"passphrase")
            }
            (Lock::Recovery, BackupLock::Recovery(code)) => {
                (Hkdf::<Sha256>::new(salt, code.reveal()), b"recovery code")
            }
            (Lock::Passphrase(_), _) => return Err(Error::BackupNeedsPassphrase),
            (Lock::Recovery, _) => return Err(Error::BackupNeedsRecoveryCode),
        };
        let mut key = SecretKey::zeros();
        // Fails only above 255 x 32 bytes of output; these are 32.
        let derived = hkdf.expand_multi_info(&[b"nansen-backup 1 ", name], key.reveal_mut());
        debug_assert!(derived.is_ok());
        Ok(SealKey::new(key))
    }
}
