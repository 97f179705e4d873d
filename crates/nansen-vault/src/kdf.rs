//! From what a person types to the key that opens a slot: Argon2id (RFC 9106), bounded and calibrated.
//!
//! Parameters travel as three big-endian `u32`: memory in KiB, passes, lanes. Invariant: a
//! [`KdfParams`] is within [`limits`], so running it costs a bounded amount of memory and time.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Field, Result, bounded},
    limits,
    secret::{Passphrase, SecretKey},
};

/// Cost of turning a passphrase into a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfParams {
    /// 19 MiB, 2 passes: the least a new vault may use (OWASP Password Storage Cheat Sheet).
    pub const FLOOR: Self = Self {
        memory_kib: limits::KDF_MEMORY_FLOOR_KIB,
        passes: limits::KDF_PASSES_FLOOR,
        lanes: 1,
    };

    /// 64 MiB, 3 passes: the second recommendation of RFC 9106 section 4, on one lane.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// Next to nothing, for tests that make many files.
    #[cfg(test)]
    pub(crate) const CHEAP: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// Chooses parameters for a new vault.
    ///
    /// # Errors
    /// [`Error::WeakKdf`] below [`KdfParams::FLOOR`], [`Error::OutOfBounds`] above [`limits`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self> {
        if memory_kib < limits::KDF_MEMORY_FLOOR_KIB || passes < limits::KDF_PASSES_FLOOR {
            return Err(Error::WeakKdf { memory_kib, passes });
        }
        let most = |field, size: u32, most: u32| bounded(field, size as usize, 1, most as usize);
        most(Field::KdfMemory, memory_kib, limits::KDF_MEMORY_KIB)?;
        most(Field::KdfPasses, passes, limits::KDF_PASSES)?;
        most(Field::KdfLanes, lanes, limits::KDF_LANES)?;
        most(
            Field::KdfWork,
            memory_kib.saturating_mul(passes),
            limits::KDF_WORK_KIB,
        )?;
        Ok(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    /// Memory in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes. More than one helps only an attacker with more cores than the phone.
    #[must_use]
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Reads parameters out of a file. Weak ones are let through, since refusing them would lock the
    /// owner out and protect nothing; excessive ones are refused before anything runs.
    pub(crate) fn parse(bytes: &[u8; 12]) -> Result<Self> {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        let memory_kib = u32::from_be_bytes([a, b, c, d]);
        let passes = u32::from_be_bytes([e, f, g, h]);
        let lanes = u32::from_be_bytes([i, j, k, l]);
        let excessive = memory_kib > limits::KDF_MEMORY_KIB
            || passes > limits::KDF_PASSES
            || lanes > limits::KDF_LANES
            || memory_kib.saturating_mul(passes) > limits::KDF_WORK_KIB;
        if excessive {
            return Err(Error::ExcessiveWork {
                memory_kib,
                passes,
                lanes,
            });
        }
        Ok(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    pub(crate) fn encode(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        for (place, value) in
            bytes
                .chunks_exact_mut(4)
                .zip([self.memory_kib, self.passes, self.lanes])
        {
            place.copy_from_slice(&value.to_be_bytes());
        }
        bytes
    }
}

impl Default for KdfParams {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Finds the parameters that take about `target` on this machine, never below
/// [`KdfParams::FLOOR`], never above [`limits`].
///
/// `clock` tells the time since any fixed moment; `std::time::Instant` will do. Memory is raised to
/// 64 MiB before passes are, since memory is what an attacker pays most for. Runs the floor once.
///
/// # Errors
/// [`Error::Io`] when the memory for the probe cannot be had.
pub fn calibrate(target: Duration, mut clock: impl FnMut() -> Duration) -> Result<KdfParams> {
    const MIB: u64 = 1024;
    let probe = KdfParams::FLOOR;
    let start = clock();
    stretch(&Passphrase::new("calibration")?, &[0; 32], probe)?;
    let spent = clock().saturating_sub(start).as_nanos().max(1);

    let probe_work = u64::from(probe.memory_kib) * u64::from(probe.passes);
    let affordable = u128::from(probe_work).saturating_mul(target.as_nanos()) / spent;
    let work = u64::try_from(affordable)
        .unwrap_or(u64::MAX)
        .min(u64::from(limits::KDF_WORK_KIB));

    let default = KdfParams::DEFAULT;
    let (memory, passes) = if work >= u64::from(default.memory_kib) * u64::from(default.passes) {
        (
            u64::from(default.memory_kib),
            work / u64::from(default.memory_kib),
        )
    } else if work / 3 >= 32 * MIB {
        (work / 3, 3)
    } else {
        (work / 2, 2)
    };
    let whole_mib = (memory / MIB * MIB).max(u64::from(limits::KDF_MEMORY_FLOOR_KIB));
    let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    KdfParams::new(narrow(whole_mib), narrow(passes).min(limits::KDF_PASSES), 1)
}

#[cfg(test)]
thread_local! {
    /// Runs of Argon2id on this thread.
    pub(crate) static RUNS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Argon2id over the passphrase, 32 bytes out. [`Error::Io`] when the memory cannot be had.
pub(crate) fn stretch(
    passphrase: &Passphrase,
    salt: &[u8; 32],
    params: KdfParams,
) -> Result<SecretKey> {
    #[cfg(test)]
    RUNS.set(RUNS.get() + 1);
    let refused = Error::ExcessiveWork {
        memory_kib: params.memory_kib,
        passes: params.passes,
        lanes: params.lanes,
    };
    // Argon2 refuses no passes, no lanes and less memory than the lanes need: a file may ask for those.
    let Ok(argon) = Params::new(params.memory_kib, params.passes, params.lanes, Some(32)) else {
        return Err(refused);
    };
    // Memory of our own, to wipe it: what Argon2 leaves there is worth as much as the passphrase.
    let mut blocks = Zeroizing::new(Vec::new());
    blocks
        .try_reserve_exact(argon.block_count())
        .map_err(|_| Error::Io {
            code: rusqlite::ffi::SQLITE_NOMEM,
        })?;
    blocks.resize(argon.block_count(), Block::new());
    let mut key = SecretKey::zeros();
    let out = key.reveal_mut();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, argon)
        .hash_password_into_with_memory(passphrase.reveal(), salt, out, blocks.as_mut_slice())
        .map_err(|_| refused)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that says one run of the floor took this long.
    fn one_run_takes(run: Duration) -> impl FnMut() -> Duration {
        let mut now = Duration::ZERO;
        move || {
            let told = now;
            now += run;
            told
        }
    }

    #[test]
    fn a_slow_phone_gets_the_floor() {
        let found = calibrate(
            Duration::from_millis(300),
            one_run_takes(Duration::from_secs(2)),
        );
        assert_eq!(found.unwrap(), KdfParams::FLOOR);
    }

    #[test]
    fn a_middling_phone_gets_more_memory_before_more_passes() {
        let found = calibrate(
            Duration::from_millis(300),
            one_run_takes(Duration::from_millis(100)),
        )
        .unwrap();
        assert_eq!((found.memory_kib(), found.passes()), (38 * 1024, 3));
    }

    #[test]
    fn a_fast_machine_gets_more_passes_and_never_more_than_the_limits() {
        let found = calibrate(
            Duration::from_secs(5),
            one_run_takes(Duration::from_nanos(1)),
        )
        .unwrap();
        assert_eq!((found.memory_kib(), found.passes()), (64 * 1024, 16));
    }

    #[test]
    fn choosing_too_little_or_too_much_is_refused() {
        assert!(matches!(
            KdfParams::new(8, 1, 1),
            Err(Error::WeakKdf { .. })
        ));
        assert!(matches!(
            KdfParams::new(u32::MAX, 2, 1),
            Err(Error::OutOfBounds { .. })
        ));
        assert!(matches!(
            KdfParams::new(256 * 1024, 5, 1),
            Err(Error::OutOfBounds { .. })
        ));
        assert!(KdfParams::new(256 * 1024, 4, 1).is_ok());
    }

    #[test]
    fn a_file_that_asks_for_too_much_is_refused_before_it_runs() {
        for (memory_kib, passes, lanes) in [
            (u32::MAX, 1, 1),
            (65536, u32::MAX, 1),
            (65536, 3, 5),
            (256 * 1024, 5, 1),
        ] {
            let hostile = KdfParams {
                memory_kib,
                passes,
                lanes,
            };
            let refused = Error::ExcessiveWork {
                memory_kib,
                passes,
                lanes,
            };
            assert_eq!(KdfParams::parse(&hostile.encode()), Err(refused));
        }
    }

    #[test]
    fn a_file_that_asks_for_nothing_is_refused_without_panic() {
        let passphrase = Passphrase::new("p").unwrap();
        for (memory_kib, passes, lanes) in [(0, 0, 0), (64, 0, 1), (64, 1, 0), (7, 1, 1)] {
            let hostile = KdfParams {
                memory_kib,
                passes,
                lanes,
            };
            assert!(stretch(&passphrase, &[0; 32], hostile).is_err());
        }
    }

    #[test]
    fn parameters_round_trip() {
        assert_eq!(
            KdfParams::parse(&KdfParams::DEFAULT.encode()),
            Ok(KdfParams::DEFAULT)
        );
    }
}
