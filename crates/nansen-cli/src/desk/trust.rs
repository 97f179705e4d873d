//! Trust lists: a root's next version, made of the last one and of what issuers say of
//! themselves.

use std::collections::BTreeMap;

use nansen_credential::cose::Signer;
use nansen_credential::trust::{Issuer, IssuerKey, Registration, TrustList, TrustListContent};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{Desk, TRUST_LIST, summary};
use crate::device_key;
use crate::failure::{Failure, Result};

/// What an issuer hands to a root, as JSON: nothing in it is secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IssuerDescription {
    /// The `iss` of its credentials.
    pub(crate) uri: String,
    /// Its names by BCP 47 tag.
    pub(crate) names: BTreeMap<String, String>,
    /// ISO 3166-1 alpha-3.
    pub(crate) country: String,
    /// Types that it issues.
    pub(crate) types: Vec<String>,
    /// How the URIs of its status lists begin.
    pub(crate) status_prefixes: Vec<String>,
    /// Its keys.
    pub(crate) keys: Vec<KeyDescription>,
    /// Its number in a register; only for lists of publishers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) legal_id: Option<String>,
    /// Who assures the quality of what it issues; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quality_body: Option<String>,
    /// Where it may act, ISO 3166-1 alpha-3; likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) jurisdictions: Vec<String>,
}

/// A key of an issuer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyDescription {
    /// The key, base64url of its short form.
    pub(crate) key: String,
    /// First second of trust, unix seconds.
    pub(crate) not_before: i64,
    /// Last second of trust, unix seconds.
    pub(crate) not_after: i64,
    /// From when what it signs is not trusted, unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cut_off: Option<i64>,
}

/// What changes from one trust list to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct NextList {
    /// Issuers to add or to describe anew.
    pub(crate) issuers: Vec<IssuerDescription>,
    /// URIs of issuers to leave out.
    pub(crate) removed: Vec<String>,
    /// Keys, by `kid` in hexadecimal, and from when what they sign is not trusted.
    pub(crate) cut_offs: Vec<(String, i64)>,
    /// When the version after this one is due, unix seconds.
    pub(crate) next_update: i64,
}

impl From<&Issuer> for IssuerDescription {
    fn from(issuer: &Issuer) -> Self {
        let keys = issuer.keys.iter().map(|key| KeyDescription {
            key: device_key::to_text(&key.public),
            not_before: key.not_before,
            not_after: key.not_after,
            cut_off: key.cut_off,
        });
        Self {
            uri: issuer.uri.clone(),
            names: issuer.names.clone(),
            country: issuer.country.clone(),
            types: issuer.types.clone(),
            status_prefixes: issuer.status_prefixes.clone(),
            keys: keys.collect(),
            legal_id: issuer.registration.legal_id.clone(),
            quality_body: issuer.registration.quality_body.clone(),
            jurisdictions: issuer.registration.jurisdictions.clone(),
        }
    }
}

impl TryFrom<IssuerDescription> for Issuer {
    type Error = Failure;

    fn try_from(description: IssuerDescription) -> Result<Self> {
        let keys = description.keys.into_iter().map(|key| {
            let public = device_key::from_text(&key.key)?;
            Ok(IssuerKey {
                cut_off: key.cut_off,
                ..IssuerKey::new(public, key.not_before, key.not_after)
            })
        });
        Ok(Self {
            keys: keys.collect::<Result<_>>()?,
            uri: description.uri,
            names: description.names,
            country: description.country,
            types: description.types,
            status_prefixes: description.status_prefixes,
            registration: Registration {
                legal_id: description.legal_id,
                quality_body: description.quality_body,
                jurisdictions: description.jurisdictions,
            },
        })
    }
}

impl Desk {
    /// Signs the next version of the trust list and keeps it as the last one.
    pub(crate) fn next_trust_list(
        &mut self,
        next: NextList,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(TrustListContent, Vec<u8>)> {
        let root = self.root()?;
        let last = match self.trust_list {
            Some(record) => {
                let bytes = self.vault.get(record)?.body;
                let roots = [root.key.public_key()];
                Some(TrustList::parse_verified(&bytes, &roots)?.content().clone())
            }
            None => None,
        };
        let mut content = TrustListContent {
            id: root.list_id.clone(),
            version: last.as_ref().map_or(1, |last| last.version + 1),
            issued_at: now,
            next_update: next.next_update,
            issuers: last.map(|last| last.issuers).unwrap_or_default(),
        };
        for description in next.issuers {
            merge(&mut content.issuers, description.try_into()?);
        }
        for uri in &next.removed {
            let before = content.issuers.len();
            content.issuers.retain(|issuer| issuer.uri != *uri);
            if content.issuers.len() == before {
                return Err(Failure::Field {
                    field: "--remove",
                    reason: "names no issuer of the list",
                });
            }
        }
        for (kid, time) in &next.cut_offs {
            cut_off(&mut content.issuers, kid, *time)?;
        }
        let bytes = content.sign(&root.key)?;
        let summary = summary(TRUST_LIST, "Trust list", now);
        match self.trust_list {
            Some(record) => self.vault.update(record, &summary, &bytes, rng)?,
            None => self.trust_list = Some(self.vault.insert(&summary, &bytes, rng)?),
        }
        Ok((content, bytes))
    }
}

/// Puts an issuer in place of what the list says of it. Keys that it names no more are kept:
/// what they signed stays good until they are cut off.
fn merge(issuers: &mut Vec<Issuer>, mut described: Issuer) {
    let Some(listed) = issuers
        .iter_mut()
        .find(|listed| listed.uri == described.uri)
    else {
        issuers.push(described);
        return;
    };
    for key in listed.keys.drain(..) {
        match described.keys.iter_mut().find(|new| new.kid == key.kid) {
            Some(new) => new.cut_off = key.cut_off,
            None => described.keys.push(key),
        }
    }
    *listed = described;
}

fn cut_off(issuers: &mut [Issuer], kid: &str, time: i64) -> Result<()> {
    let keys = issuers.iter_mut().flat_map(|issuer| &mut issuer.keys);
    let mut named = keys.filter(|key| hex(&key.kid) == kid.to_ascii_lowercase());
    let key = named.next().ok_or(Failure::Field {
        field: "--cut-off",
        reason: "names no key of the list",
    })?;
    key.cut_off = Some(time);
    Ok(())
}

/// Bytes in hexadecimal, as `kid`s are shown.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
