//! How long the three things take that people wait for: medians, in microseconds.

use std::time::Instant;

use nansen::present::Chosen;
use nansen::{Session, Wallet};
use nansen_credential::ClaimPath;
use nansen_vault::Unlock;

use super::stage::{DISCLOSED, NOW, Stage};
use crate::args::Rng;
use crate::failure::Result;

/// Medians, in microseconds.
pub(super) struct Timings {
    /// Unlocking the wallet with the recovery code, which costs no key derivation.
    pub(super) unlock: u64,
    /// From a choice to a sealed answer and its note in the history, without drawing.
    pub(super) present: u64,
    /// From a sealed answer to the report.
    pub(super) verify: u64,
}

/// Measures, and takes the stage down.
pub(super) fn measure(mut stage: Stage, rng: &mut Rng) -> Result<Timings> {
    let session = stage.ask(NOW, rng)?;
    let secret = session.to_secret_bytes();
    let consent = stage.wallet.consent(session.request().bytes(), NOW)?;
    let choice = [Chosen {
        query: 0,
        credential: stage.credential,
        claims: DISCLOSED.map(ClaimPath::name).to_vec(),
    }];

    let mut sealed = Vec::new();
    let present = median(|| {
        let start = Instant::now();
        sealed = stage.wallet.answer(&consent, &choice, NOW, rng)?.bytes;
        Ok(start)
    })?;
    let verify = median(|| {
        let mut session = Session::from_secret_bytes(&secret, i64::MAX)?;
        let start = Instant::now();
        let answered = session.check(&sealed, &stage.trust, NOW)?;
        std::hint::black_box(answered);
        Ok(start)
    })?;

    let mut wallet: Option<Wallet> = Some(stage.wallet);
    let unlock = median(|| {
        let locked = wallet.take().map(Wallet::lock);
        let start = Instant::now();
        if let Some(locked) = locked {
            let unlocked = locked.unlock(Unlock::Recovery(&stage.recovery_code), NOW, rng);
            wallet = Some(unlocked.map_err(|failed| failed.error)?);
        }
        Ok(start)
    })?;
    Ok(Timings {
        unlock,
        present,
        verify,
    })
}

/// The median of [`RUNS`] runs; each tells when what is measured began.
fn median(mut run: impl FnMut() -> Result<Instant>) -> Result<u64> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let spent = run()?.elapsed().as_micros();
        times.push(u64::try_from(spent).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    Ok(times.get(RUNS / 2).copied().unwrap_or_default())
}

const RUNS: usize = 41;
