//! Ways to unlock, as the app hands them over.

use std::time::{Duration, Instant};

use nansen::vault::{
    self, GuardianSecret, KdfParams, Passphrase, PlatformSecret, RecoveryCode, calibrate,
};

use crate::{HardwareAnswer, NansenError, Way};

/// What somebody unlocks with. PINs, passphrases and codes are UTF-8; this library wipes its
/// copies, and the app should wipe its own.
#[derive(Clone, uniffi::Enum)]
pub enum Unlock {
    /// A passphrase or PIN.
    Passphrase {
        /// What was typed.
        passphrase: Vec<u8>,
    },
    /// The recovery code, in any spelling that a person may use.
    RecoveryCode {
        /// What was typed.
        code: Vec<u8>,
    },
    /// The secret that the hardware unwrapped.
    Hardware {
        /// What came of unwrapping [`Wallet::wrapped_secret`](crate::Wallet::wrapped_secret).
        answer: HardwareAnswer,
    },
    /// Both.
    PassphraseAndHardware {
        /// What was typed.
        passphrase: Vec<u8>,
        /// What came of unwrapping.
        answer: HardwareAnswer,
    },
    /// Enough cards of guardians.
    Guardians {
        /// The text of each, or the bytes of its message.
        cards: Vec<Vec<u8>>,
    },
}

/// A way to unlock that is to be.
#[derive(Clone, uniffi::Enum)]
pub enum NewWay {
    /// A passphrase or PIN, in place of the one before.
    Passphrase {
        /// What was typed.
        passphrase: Vec<u8>,
        /// What trying one shall cost. One cost holds for the file, and stays as it was when that
        /// was made, but in a file of the first format.
        cost: KdfCost,
    },
    /// A new recovery code, in place of the one before.
    RecoveryCode,
    /// The secret of [`Wallet::prepare_way`](crate::Wallet::prepare_way).
    Hardware {
        /// The secret, wrapped by the hardware: at most 4 KiB, kept beside the vault.
        wrapped: Vec<u8>,
        /// What came of unwrapping that again: the way is only taken up once it has worked.
        answer: HardwareAnswer,
    },
    /// That secret together with a passphrase or PIN.
    PassphraseAndHardware {
        /// What was typed.
        passphrase: Vec<u8>,
        /// The secret, wrapped by the hardware.
        wrapped: Vec<u8>,
        /// What came of unwrapping that again.
        answer: HardwareAnswer,
    },
}

/// What trying a passphrase or PIN costs (Argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KdfCost {
    /// 64 MiB and 3 passes.
    Standard,
    /// What takes about this long on this phone, within the limits. Measured by one short run.
    Calibrated {
        /// Milliseconds.
        milliseconds: u32,
    },
    /// Exactly this; memory times passes at most 1 GiB.
    Exact {
        /// Memory in KiB, 19,456 to 262,144.
        memory_kib: u32,
        /// Passes over it, 2 to 16.
        passes: u32,
        /// Lanes, 1 to 4.
        lanes: u32,
    },
}

impl KdfCost {
    pub(crate) fn params(self) -> Result<KdfParams, NansenError> {
        Ok(match self {
            Self::Standard => KdfParams::DEFAULT,
            Self::Calibrated { milliseconds } => {
                let start = Instant::now();
                let target = Duration::from_millis(milliseconds.into());
                calibrate(target, || start.elapsed())?
            }
            Self::Exact {
                memory_kib,
                passes,
                lanes,
            } => KdfParams::new(memory_kib, passes, lanes)?,
        })
    }
}

/// A way to unlock that is to be, parsed and bounded.
pub(crate) enum ParsedWay {
    Passphrase(Passphrase, KdfParams),
    RecoveryCode,
    Hardware { secret: Secret, wrapped: Vec<u8> },
}

impl NewWay {
    pub(crate) fn parse(self) -> Result<ParsedWay, NansenError> {
        Ok(match self {
            Self::Passphrase { passphrase, cost } => {
                ParsedWay::Passphrase(Passphrase::new(passphrase)?, cost.params()?)
            }
            Self::RecoveryCode => ParsedWay::RecoveryCode,
            Self::Hardware { wrapped, answer } => ParsedWay::Hardware {
                secret: Secret::Hardware(unwrapped(answer, Way::Hardware)?),
                wrapped,
            },
            Self::PassphraseAndHardware {
                passphrase,
                wrapped,
                answer,
            } => ParsedWay::Hardware {
                secret: Secret::PassphraseAndHardware(
                    Passphrase::new(passphrase)?,
                    unwrapped(answer, Way::PassphraseAndHardware)?,
                ),
                wrapped,
            },
        })
    }
}

/// What somebody unlocks with, parsed.
pub(crate) enum Secret {
    Passphrase(Passphrase),
    RecoveryCode(RecoveryCode),
    Hardware(PlatformSecret),
    PassphraseAndHardware(Passphrase, PlatformSecret),
    Guardians(GuardianSecret),
}

impl Unlock {
    pub(crate) fn parse(self) -> Result<Secret, NansenError> {
        Ok(match self {
            Self::Passphrase { passphrase } => Secret::Passphrase(Passphrase::new(passphrase)?),
            Self::RecoveryCode { code } => {
                let typed = str::from_utf8(&code).map_err(|_| NansenError::RecoveryCodeMistyped)?;
                Secret::RecoveryCode(RecoveryCode::parse(typed)?)
            }
            Self::Hardware { answer } => Secret::Hardware(unwrapped(answer, Way::Hardware)?),
            Self::PassphraseAndHardware { passphrase, answer } => Secret::PassphraseAndHardware(
                Passphrase::new(passphrase)?,
                unwrapped(answer, Way::PassphraseAndHardware)?,
            ),
            Self::Guardians { cards } => Secret::Guardians(nansen::guardians::secret(&cards)?),
        })
    }
}

impl Secret {
    pub(crate) const fn way(&self) -> Way {
        match self {
            Self::Passphrase(_) => Way::Passphrase,
            Self::RecoveryCode(_) => Way::RecoveryCode,
            Self::Hardware(_) => Way::Hardware,
            Self::PassphraseAndHardware(..) => Way::PassphraseAndHardware,
            Self::Guardians(_) => Way::Guardians,
        }
    }

    /// What the hardware unwrapped, if it had a part.
    pub(crate) const fn unwrapped(&self) -> Option<&PlatformSecret> {
        match self {
            Self::Hardware(secret) | Self::PassphraseAndHardware(_, secret) => Some(secret),
            Self::Passphrase(_) | Self::RecoveryCode(_) | Self::Guardians(_) => None,
        }
    }

    pub(crate) const fn unlock(&self) -> vault::Unlock<'_> {
        match self {
            Self::Passphrase(passphrase) => vault::Unlock::Passphrase(passphrase),
            Self::RecoveryCode(code) => vault::Unlock::Recovery(code),
            Self::Hardware(secret) => vault::Unlock::Platform(secret),
            Self::PassphraseAndHardware(passphrase, secret) => {
                vault::Unlock::PassphraseAndPlatform(passphrase, secret)
            }
            Self::Guardians(secret) => vault::Unlock::Guardians(secret),
        }
    }
}

/// The secret that the hardware unwrapped. What has another length is a wrong one.
fn unwrapped(answer: HardwareAnswer, way: Way) -> Result<PlatformSecret, NansenError> {
    PlatformSecret::new(&answer.bytes()?).map_err(|_| NansenError::WrongSecret { way })
}

impl Way {
    /// A way that this library knows.
    pub(crate) const fn known(way: vault::Way) -> Option<Self> {
        match way {
            vault::Way::Passphrase => Some(Self::Passphrase),
            vault::Way::Recovery => Some(Self::RecoveryCode),
            vault::Way::Platform => Some(Self::Hardware),
            vault::Way::PassphraseAndPlatform => Some(Self::PassphraseAndHardware),
            vault::Way::Guardians => Some(Self::Guardians),
            _ => None,
        }
    }
}

impl From<Way> for vault::Way {
    fn from(way: Way) -> Self {
        match way {
            Way::Passphrase => Self::Passphrase,
            Way::RecoveryCode => Self::Recovery,
            Way::Hardware => Self::Platform,
            Way::PassphraseAndHardware => Self::PassphraseAndPlatform,
            Way::Guardians => Self::Guardians,
        }
    }
}
