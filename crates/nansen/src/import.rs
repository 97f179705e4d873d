//! Taking a credential in: whose it is, who signed it, and whether it is here already.

use nansen_credential::cose::{PublicKey, SecretKey};
use nansen_credential::sd_cwt::{Credential, SdCwt};
use nansen_credential::trust::TrustFailure;
use nansen_vault::RecordId;
use rand_core::CryptoRng;

use crate::held::{Body, of_kind, payload_digest, stored_digest, summarise};
use crate::{Error, Wallet, kind};

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its record.
    pub id: RecordId,
    /// What the trust lists here say of its issuer.
    pub issuer: IssuerStanding,
}

/// What the trust lists here say of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerStanding {
    /// It may issue this type, and its signature is good.
    Trusted,
    /// Its signature is good, and the list does not let this key sign this credential.
    NotTrusted(TrustFailure),
    /// No list here names it: its signature could not be checked. The credential is kept all the
    /// same, for it may be all that its holder has.
    Unknown,
}

impl Wallet {
    /// Takes a credential in, with the device key that it is bound to.
    ///
    /// # Errors
    /// [`nansen_credential::Error::BadSignature`] for a listed issuer that did not sign it;
    /// [`Error::ForeignDeviceKey`] when it is bound to a key that [`Wallet::new_device_key`]
    /// never made, or that another credential uses; [`Error::AlreadyHeld`]; [`Error::Vault`].
    /// Nothing has then changed.
    pub fn import(
        &mut self,
        bytes: &[u8],
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Imported, Error> {
        let digest = payload_digest(&SdCwt::parse(bytes)?);
        let credential = Credential::parse(bytes)?;
        let (standing, issuer_name, issuer_key) = self.standing(&credential)?;
        let records = self.vault.list()?.records;
        let mut held = records
            .iter()
            .filter(|(_, summary)| summary.kind == kind::CREDENTIAL);
        if let Some((id, _)) = held.find(|(_, summary)| stored_digest(summary) == Some(digest)) {
            return Err(Error::AlreadyHeld { id: *id });
        }
        let device_key = match &credential.terms().device_key {
            None => None,
            Some(bound) => {
                let short = bound.to_short();
                let mut waiting = of_kind(records, kind::DEVICE_KEY);
                let waiting = waiting.find(|(_, summary)| summary.extra == short);
                Some(waiting.ok_or(Error::ForeignDeviceKey)?.0)
            }
        };
        let secret = match device_key {
            Some(id) => Some(SecretKey::from_bytes(&self.vault.get(id)?.body)?),
            None => None,
        };
        let summary = summarise(&credential, digest, &issuer_name, now);
        let body = Body {
            credential: bytes,
            device_key: secret,
            issuer_key,
        };
        let signed_time = credential
            .terms()
            .issued_at
            .filter(|time| standing == IssuerStanding::Trusted && *time <= now);
        let id = self.change(signed_time, rng, |tx| {
            let id = tx.insert(&summary, &body.write())?;
            if let Some(device_key) = device_key {
                tx.delete(device_key)?;
            }
            Ok(id)
        })?;
        Ok(Imported {
            id,
            issuer: standing,
        })
    }

    /// What the trust lists say of the issuer, its name, and its key.
    fn standing(
        &self,
        credential: &Credential,
    ) -> Result<(IssuerStanding, String, Option<PublicKey>), Error> {
        let terms = credential.terms();
        let anchor = credential.kid().and_then(|kid| self.trust().anchor(kid));
        let Some(anchor) = anchor.filter(|anchor| anchor.issuer().uri == terms.issuer) else {
            return Ok((IssuerStanding::Unknown, terms.issuer.clone(), None));
        };
        let key = anchor.key().public.clone();
        credential.verify_signature(&key)?;
        let vct = terms.vct.as_deref().unwrap_or_default();
        let signed_at = terms.issued_at.or(terms.not_before).unwrap_or_default();
        let standing = match anchor.trust(&terms.issuer, vct, signed_at) {
            Ok(_) => IssuerStanding::Trusted,
            Err(failure) => IssuerStanding::NotTrusted(failure),
        };
        Ok((standing, anchor.issuer().name("en").to_owned(), Some(key)))
    }
}
