//! Showing: an answer sealed to a request, a presentation without one, or a printed copy.
//! Device keys in a phone's hardware take two steps: see [`crate::prepare`].

use nansen_credential::ClaimPath;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::{Kind, Message};
use nansen_vault::RecordId;
use rand_core::CryptoRng;

use crate::consent::Consent;
use crate::{Error, Wallet};

/// One credential that the holder chose, and the claims of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Place of the credential query in the request.
    pub query: usize,
    /// The credential.
    pub credential: RecordId,
    /// The claims, out of those that the query asks for.
    pub claims: Vec<ClaimPath>,
}

impl Wallet {
    /// Answers a request with what the holder chose, and notes it in the history. The answer is
    /// sealed: only the session that asked can read it.
    ///
    /// # Errors
    /// Those of [`Wallet::prepare`]; [`Error::NeedsHardware`] when a device key is in the
    /// phone's hardware: take the two steps then; [`Error::Vault`] when the history cannot be
    /// written, and nothing is then shown.
    pub fn answer(
        &mut self,
        consent: &Consent,
        choice: &[Chosen],
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Message, Error> {
        let prepared = self.prepare(consent, choice, now)?;
        prepared.check_in_vault()?;
        self.complete(&prepared, &[], rng)
    }

    /// Shows claims to whoever scans, for `lifetime` seconds. Anybody can keep the picture, and
    /// a verifier is told that it may be a recording: prefer to answer a request.
    ///
    /// # Errors
    /// Those of [`Wallet::prepare_one_way`]; [`Error::NeedsHardware`] when the device key is in
    /// the phone's hardware: take the two steps then; [`Error::Vault`].
    pub fn one_way(
        &mut self,
        id: RecordId,
        claims: &[ClaimPath],
        lifetime: u32,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Message, Error> {
        let prepared = self.prepare_one_way(id, claims, lifetime, now, rng)?;
        prepared.check_in_vault()?;
        self.complete(&prepared, &[], rng)
    }

    /// A credential to print: one that was issued without redactable claims and device key.
    ///
    /// # Errors
    /// [`Error::NotPrintable`] for any other; [`Error::Vault`].
    pub fn copy(&self, id: RecordId, now: i64) -> Result<Message, Error> {
        let held = self.show(id, now)?;
        let is_bound = held.credential.terms().device_key.is_some();
        if is_bound || held.redactable().next().is_some() {
            return Err(Error::NotPrintable);
        }
        let issuer_key = held.issuer_key.as_ref();
        Ok(Message {
            kind: Kind::Printable,
            bytes: compact(held.credential.as_bytes(), Meeting::Copy, &[], issuer_key),
        })
    }
}
