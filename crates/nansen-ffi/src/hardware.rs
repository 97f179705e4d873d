//! The phone's hardware keys, in two steps: a call says what is to be wrapped, unwrapped or
//! signed, the app asks the hardware, and a second call takes what came of it. No lock is held
//! and no foreign code runs in between.

use nansen::prepare::ToSign;

use crate::{HardwareOutcome, NansenError};

/// What came of asking the phone's hardware.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum HardwareAnswer {
    /// It did what it was asked.
    Done {
        /// The unwrapped secret, or the signature: ECDSA in DER as platforms give it, or r and s
        /// as 64 bytes.
        bytes: Vec<u8>,
    },
    /// The person cancelled.
    Cancelled,
    /// The hardware or the phone is locked.
    Locked,
    /// The key is gone for ever.
    Invalidated,
    /// The hardware cannot serve now or on this phone.
    Unavailable,
    /// There is no such key.
    NotPresent,
}

/// A device key that lives in hardware and signs what it is asked to: P-256 with SHA-256.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HardwareKey {
    /// The public key: SubjectPublicKeyInfo (Android's `publicKey.encoded`), an X9.63 point of 65
    /// bytes (Apple's external representation), or a compressed point of 33.
    pub public_key: Vec<u8>,
    /// What the app finds the key by, such as its alias: 1 to 256 bytes.
    pub handle: Vec<u8>,
}

/// Something for a device key in hardware to sign.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SigningTask {
    /// [`HardwareKey::handle`] of the key.
    pub handle: Vec<u8>,
    /// The message to be signed, with ECDSA on P-256 over its SHA-256 (ES256, RFC 9053).
    pub bytes: Vec<u8>,
}

impl From<ToSign> for SigningTask {
    fn from(task: ToSign) -> Self {
        Self {
            handle: task.handle,
            bytes: task.bytes,
        }
    }
}

impl HardwareAnswer {
    /// The bytes, or why there are none.
    pub(crate) fn bytes(self) -> Result<Vec<u8>, NansenError> {
        let outcome = match self {
            Self::Done { bytes } => return Ok(bytes),
            Self::Cancelled => HardwareOutcome::Cancelled,
            Self::Locked => HardwareOutcome::Locked,
            Self::Invalidated => HardwareOutcome::Invalidated,
            Self::Unavailable => HardwareOutcome::Unavailable,
            Self::NotPresent => HardwareOutcome::NotPresent,
        };
        Err(NansenError::Hardware { outcome })
    }
}
