//! The sender's side: what the receiver can compute or already has is taken out.

use nansen_credential::cbor::{Key, Map, Value, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::sd_cwt::{
    Content, Disclosure, KeyBoundSdCwt, REDACTED_ELEMENT, SdCwt, Terms,
};
use nansen_credential::trust::{Anchor, TrustList};

use super::name::{key_to_value, short_key};
use super::{COMPACT, Meeting, find};
use crate::limits::DISCLOSED_DEPTH_MAX;

/// The compact form, or `None` for a presentation that has none.
pub(super) fn write(
    credential: &SdCwt<'_>,
    bound: Option<&KeyBoundSdCwt<'_>>,
    meeting: Meeting<'_>,
    lists: &[Option<&TrustList>],
    issuer_key: Option<&PublicKey>,
) -> Option<Vec<u8>> {
    let terms = credential.terms();
    let kid = credential.kid()?;
    let known = find(lists, kid).filter(|(_, anchor)| anchor.issuer().uri == terms.issuer);
    let anchor = known.map(|(_, anchor)| anchor);
    let mut claims = credential.payload().clone();
    for label in Terms::LABELS {
        claims.remove(&Key::Int(label));
    }
    let mut disclosures: Vec<(&Disclosure<'_>, bool)> = credential
        .disclosures()
        .iter()
        .map(|disclosure| (disclosure, false))
        .collect();
    disclosures.sort_unstable_by_key(|(disclosure, _)| disclosure.digest);
    let claims = Shrinker { disclosures }.map(&claims, 0)?;

    let mut writer = Writer::with_capacity(1024);
    writer.array(10).int(COMPACT);
    match known {
        Some((0, _)) => writer.bytes(kid),
        Some((place, _)) => writer.array(2).int(i64::try_from(place).ok()?).bytes(kid),
        None => {
            writer.array(3).bytes(kid).text(&terms.issuer);
            write_key(&mut writer, issuer_key)
        }
    };
    write_type(&mut writer, terms, anchor);
    write_times(&mut writer, terms)?;
    match &terms.device_key {
        Some(key) => writer.bytes(&key.to_short()),
        None => writer.null(),
    };
    write_status(&mut writer, terms, anchor)?;
    writer.entries(&claims);
    write_binding(&mut writer, bound, meeting, terms)?;
    let mut signatures = credential.signature().to_vec();
    if let Some(bound) = bound {
        signatures.extend_from_slice(bound.message().signature);
    }
    writer.bytes(&signatures);
    Some(writer.into_bytes())
}

pub(super) fn write_key<'w>(writer: &'w mut Writer, key: Option<&PublicKey>) -> &'w mut Writer {
    match key {
        Some(key) => writer.bytes(&key.to_short()),
        None => writer.null(),
    }
}

fn write_type(writer: &mut Writer, terms: &Terms, anchor: Option<Anchor<'_>>) {
    let Some(vct) = &terms.vct else {
        writer.null();
        return;
    };
    let index =
        anchor.and_then(|anchor| anchor.issuer().types.iter().position(|known| known == vct));
    match index.and_then(|index| i64::try_from(index).ok()) {
        Some(index) => writer.int(index),
        None => writer.text(vct),
    };
}

fn write_times(writer: &mut Writer, terms: &Terms) -> Option<()> {
    let Some(issued_at) = terms.issued_at else {
        // Without an iat there is nothing to count from.
        let is_timeless = terms.expires_at.is_none() && terms.not_before.is_none();
        writer.null().null();
        return is_timeless.then_some(());
    };
    writer.int(issued_at);
    if let Some(not_before) = terms.not_before {
        writer.array(2);
        write_expiry(writer, terms, issued_at)?;
        writer.int(not_before.checked_sub(issued_at)?);
        return Some(());
    }
    write_expiry(writer, terms, issued_at)
}

fn write_expiry(writer: &mut Writer, terms: &Terms, issued_at: i64) -> Option<()> {
    match terms.expires_at {
        Some(expires_at) => writer.int(expires_at.checked_sub(issued_at)?),
        None => writer.null(),
    };
    Some(())
}

fn write_status(writer: &mut Writer, terms: &Terms, anchor: Option<Anchor<'_>>) -> Option<()> {
    let Some(status) = &terms.status else {
        writer.null();
        return Some(());
    };
    let prefixes = anchor
        .into_iter()
        .flat_map(|anchor| &anchor.issuer().status_prefixes);
    let known = (0i64..)
        .zip(prefixes)
        .find_map(|(index, prefix)| Some((index, status.uri.strip_prefix(prefix.as_str())?)));
    let place = i64::try_from(status.index).ok()?;
    match known {
        Some((index, rest)) => writer.array(3).int(place).int(index).text(rest),
        None => writer.array(2).int(place).text(&status.uri),
    };
    Some(())
}

fn write_binding(
    writer: &mut Writer,
    bound: Option<&KeyBoundSdCwt<'_>>,
    meeting: Meeting<'_>,
    terms: &Terms,
) -> Option<()> {
    let binding = bound.map(KeyBoundSdCwt::binding);
    match (meeting, binding) {
        (Meeting::Answer { requested_at, .. }, Some(binding)) => {
            writer.int(binding.issued_at?.checked_sub(requested_at)?);
        }
        (Meeting::OneWay { .. }, Some(binding)) => {
            let made = binding.issued_at?;
            writer
                .array(3)
                .int(made.checked_sub(terms.issued_at?)?)
                .int(binding.expires_at?.checked_sub(made)?)
                .bytes(binding.id.as_deref()?);
        }
        (Meeting::Copy, None) => {
            writer.null();
        }
        _ => return None,
    }
    Some(())
}

/// Takes digests out of claims where the disclosure goes along.
struct Shrinker<'d> {
    /// Sorted by digest; the flag tells which were used.
    disclosures: Vec<(&'d Disclosure<'d>, bool)>,
}

impl<'d> Shrinker<'d> {
    fn map(&mut self, map: &Map, depth: usize) -> Option<Map> {
        let mut shrunk = Map::new();
        for (key, value) in map.iter() {
            let value = if *key == Key::Redacted {
                self.digests(value, depth)?
            } else {
                self.value(value, depth)?
            };
            shrunk.insert(short_key(key), value);
        }
        Some(shrunk)
    }

    fn digests(&mut self, digests: &Value, depth: usize) -> Option<Value> {
        let mut hidden = Vec::new();
        let mut parts = vec![Value::Null];
        for digest in digests.as_array()? {
            let digest = digest.as_bytes()?;
            match self.take(digest) {
                None => hidden.extend_from_slice(digest),
                Some(disclosure) => {
                    let Content::Claim { key, value } = &disclosure.content else {
                        return None;
                    };
                    parts.push(Value::Bytes(disclosure.salt.to_vec()));
                    parts.push(key_to_value(short_key(key)));
                    parts.push(self.value(value, depth + 1)?);
                }
            }
        }
        *parts.first_mut()? = Value::Bytes(hidden);
        Some(Value::Array(parts))
    }

    fn value(&mut self, value: &Value, depth: usize) -> Option<Value> {
        if depth > DISCLOSED_DEPTH_MAX {
            return None;
        }
        Some(match value {
            Value::Map(map) => Value::Map(self.map(map, depth + 1)?),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                Value::Array(items.collect::<Option<_>>()?)
            }
            Value::Tag(REDACTED_ELEMENT, digest) => {
                let Some(disclosure) = self.take(digest.as_bytes()?) else {
                    return Some(value.clone());
                };
                let Content::Element(element) = &disclosure.content else {
                    return None;
                };
                let parts = vec![
                    Value::Bytes(disclosure.salt.to_vec()),
                    self.value(element, depth + 1)?,
                ];
                Value::Tag(REDACTED_ELEMENT, Box::new(Value::Array(parts)))
            }
            other => other.clone(),
        })
    }

    fn take(&mut self, digest: &[u8]) -> Option<&'d Disclosure<'d>> {
        let at = self
            .disclosures
            .binary_search_by(|(disclosure, _)| disclosure.digest.as_slice().cmp(digest))
            .ok()?;
        let (disclosure, taken) = self.disclosures.get_mut(at)?;
        (!core::mem::replace(taken, true)).then_some(*disclosure)
    }
}
