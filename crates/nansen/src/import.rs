//! Taking a credential in: whose it is, who signed it, and whether it is here already.

use nansen_credential::cose::PublicKey;
use nansen_credential::sd_cwt::{Credential, SdCwt};
use nansen_credential::trust::{Anchors, TrustFailure};
use nansen_vault::{RecordId, Summary, Transaction};
use rand_core::CryptoRng;

use crate::device_key::DeviceKey;
use crate::held::{Body, State, is_unverified, of_kind, payload_digest, stored_digest, summarise};
use crate::{Error, TrustStore, Wallet, kind};

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
    /// same, for it may be all that its holder has, and is checked when a list comes that does.
    Unknown,
}

impl Wallet {
    /// Takes a credential in, with the device key that it is bound to.
    ///
    /// # Errors
    /// [`nansen_credential::Error::BadSignature`] for a listed issuer that did not sign it;
    /// [`Error::ForeignDeviceKey`] when it is bound to a key that neither
    /// [`Wallet::new_device_key`] made nor [`Wallet::add_device_key`] took, or that another
    /// credential of a listed issuer uses; [`Error::AlreadyHeld`],
    /// unless it brings disclosures that the one held lacks; [`Error::Vault`].
    /// Nothing has then changed.
    pub fn import(
        &mut self,
        bytes: &[u8],
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Imported, Error> {
        let digest = payload_digest(&SdCwt::parse(bytes)?);
        let credential = Credential::parse(bytes)?;
        let (standing, issuer_name, issuer_key) = standing(self.trust(), &credential)?;
        let mut held = of_kind(self.vault.list()?.records, kind::CREDENTIAL);
        let held = held.find(|(_, summary)| stored_digest(summary) == Some(digest));
        if let Some((id, _)) = held {
            return self.renew(id, &credential, now, rng);
        }
        let waiting = match &credential.terms().device_key {
            Some(public) => Some(self.waiting_key(public)?.ok_or(Error::ForeignDeviceKey)?),
            None => None,
        };
        let device_key = match waiting {
            Some(id) => Some(DeviceKey::from_record(&self.vault.get(id)?.body)?),
            None => None,
        };
        let is_trusted = standing == IssuerStanding::Trusted;
        let is_verified = standing != IssuerStanding::Unknown;
        let summary = summarise(&credential, digest, &issuer_name, is_verified, now);
        let body = Body {
            credential: bytes,
            device_key,
            issuer_key,
        };
        let signed_time = credential.terms().issued_at.filter(|_| is_trusted);
        // A credential that nobody vouches for must not use up the key of the one to come.
        let used = waiting.filter(|_| is_verified);
        let id = self.change(signed_time, now, rng, |tx| {
            let id = tx.insert(&summary, &body.write())?;
            used.map_or(Ok(()), |key| tx.delete(key))?;
            Ok(id)
        })?;
        Ok(Imported {
            id,
            issuer: standing,
        })
    }

    /// The same credential again: taken when it brings disclosures that the one held lacks, or
    /// when its issuer has become known.
    fn renew(
        &mut self,
        id: RecordId,
        offered: &Credential,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Imported, Error> {
        let held = self.show(id, now)?;
        let (issuer, issuer_name, issuer_key) = standing(self.trust(), offered)?;
        let is_verified = issuer != IssuerStanding::Unknown;
        let (had, has) = (held.redactable().count(), offered.redactable().count());
        let mut paths = held.redactable();
        let keeps_all = paths.all(|path| offered.redactable().any(|has| has == path));
        drop(paths);
        let is_news = has > had || (held.held.state == State::IssuerUnknown && is_verified);
        if !is_news || !keeps_all {
            return Err(Error::AlreadyHeld { id });
        }
        let digest = payload_digest(&SdCwt::parse(offered.as_bytes())?);
        let summary = summarise(offered, digest, &issuer_name, is_verified, held.held.added);
        let used = match &offered.terms().device_key {
            Some(public) => self.waiting_key(public)?.filter(|_| is_verified),
            None => None,
        };
        let body = Body {
            credential: offered.as_bytes(),
            device_key: self.device_key(id)?,
            issuer_key: issuer_key.or(held.issuer_key),
        };
        self.change(None, now, rng, |tx| {
            tx.update(id, &summary, &body.write())?;
            used.map_or(Ok(()), |key| tx.delete(key))?;
            Ok(())
        })?;
        Ok(Imported { id, issuer })
    }
}

/// Checks credentials again that no list vouched for so far, and takes up what the lists of
/// `store` say of them by now; `records` are all of the vault's. One whose signature does not
/// verify, or that is damaged, stays as it is.
pub(crate) fn take_up<R: CryptoRng>(
    store: &TrustStore,
    records: &[(RecordId, Summary)],
    tx: &mut Transaction<'_, R>,
) -> Result<(), Error> {
    let mut waiting: Vec<&(RecordId, Summary)> = records
        .iter()
        .filter(|(_, summary)| summary.kind == kind::DEVICE_KEY)
        .collect();
    for (id, _) in records.iter().filter(|(_, summary)| is_unverified(summary)) {
        // Passed over: after a write that failed, the transaction itself comes to nothing.
        let Ok(Some(credential)) = vouch(store, *id, tx) else {
            continue;
        };
        let bound = credential.terms().device_key.as_ref();
        let bound = bound.map(PublicKey::to_short);
        for (key, _) in waiting.extract_if(.., |(_, key)| Some(&key.extra) == bound.as_ref()) {
            tx.delete(*key)?;
        }
    }
    Ok(())
}

/// Notes that an issuer of `store` signed a credential, which is returned if one did.
fn vouch<R: CryptoRng>(
    store: &TrustStore,
    id: RecordId,
    tx: &mut Transaction<'_, R>,
) -> Result<Option<Credential>, Error> {
    let record = tx.get(id)?;
    let body = Body::read(&record.body)?;
    let credential = Credential::parse(body.credential)?;
    let (issuer, issuer_name, issuer_key) = standing(store, &credential)?;
    if issuer == IssuerStanding::Unknown {
        return Ok(None);
    }
    let digest = payload_digest(&SdCwt::parse(body.credential)?);
    let added = record.summary.created;
    let summary = summarise(&credential, digest, &issuer_name, true, added);
    let body = Body { issuer_key, ..body };
    tx.update(id, &summary, &body.write())?;
    Ok(Some(credential))
}

/// What the trust lists say of the issuer, its name, and its key.
fn standing(
    store: &TrustStore,
    credential: &Credential,
) -> Result<(IssuerStanding, String, Option<PublicKey>), Error> {
    let terms = credential.terms();
    let anchors = Anchors::find(store.trust_lists(), &terms.issuer, credential.kid());
    let mut checked = Ok(None);
    for key in anchors.keys() {
        checked = credential.verify_signature(key).map(|_| Some(key));
        if checked.is_ok() {
            break;
        }
    }
    let Some((key, issuer)) = checked?.and_then(|key| Some((key, anchors.speaking_of(key)?.0)))
    else {
        return Ok((IssuerStanding::Unknown, terms.issuer.clone(), None));
    };
    let vct = terms.vct.as_deref().unwrap_or_default();
    let signed_at = terms.issued_at.or(terms.not_before).unwrap_or_default();
    let (standing, issuer) = match anchors.trust(key, &terms.issuer, vct, signed_at) {
        Ok(allowed) => (IssuerStanding::Trusted, allowed.issuer),
        Err(failure) => (IssuerStanding::NotTrusted(failure), issuer),
    };
    Ok((standing, issuer.name("en").to_owned(), Some(key.clone())))
}
