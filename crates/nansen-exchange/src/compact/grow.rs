//! The receiver's side: what was left out is put back, byte for byte.

use nansen_credential::cbor::{Key, Map, Reader, Value};
use nansen_credential::cose::{PublicKey, SIGNATURE_BYTES, Signature, with_signature};
use nansen_credential::sd_cwt::{
    Content, Digest, KeyBinding, REDACTED_ELEMENT, SALT_BYTES, StatusReference, Terms, digest,
    encode_disclosure, encode_sd_cwt, key_binding_header, protected_header,
};
use nansen_credential::trust::{Anchor, TrustList};

use super::name::{long_key, value_to_key};
use super::{COMPACT, Expanded, Meeting, WHOLE};
use crate::Error;
use crate::limits::{DISCLOSED_DEPTH_MAX, MESSAGE_LENGTH_MAX};

/// Reads one compact form and leaves the reader behind it.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    meeting: Meeting<'_>,
    lists: &[Option<&TrustList>],
) -> Result<Expanded, Error> {
    let parts = reader.array()?;
    match (reader.int()?, parts) {
        (WHOLE, 3) => Ok(Expanded {
            presentation: reader.bytes()?.to_vec(),
            issuer_key: read_key(reader)?,
        }),
        (COMPACT, 10) => read_compact(reader, meeting, lists),
        _ => Err(Error::CompactForm),
    }
}

fn read_compact(
    reader: &mut Reader<'_>,
    meeting: Meeting<'_>,
    lists: &[Option<&TrustList>],
) -> Result<Expanded, Error> {
    let issuer = ReadIssuer::read(reader, lists)?;
    let vct = read_type(reader, issuer.anchor)?;
    let (issued_at, not_before, expires_at) = read_times(reader)?;
    let terms = Terms {
        issuer: issuer.uri,
        vct,
        issued_at,
        not_before,
        expires_at,
        device_key: read_key(reader)?,
        status: read_status(reader, issuer.anchor)?,
    };
    let Value::Map(claims) = reader.value()? else {
        return Err(Error::CompactForm);
    };
    let mut grower = Grower::default();
    let mut payload = grower.map(claims, 0)?;
    terms.write(&mut payload)?;
    let mut disclosures = grower.disclosures;
    disclosures.sort_unstable_by_key(|(digest, _)| *digest);
    let disclosures: Vec<&[u8]> = disclosures
        .iter()
        .map(|(_, disclosure)| disclosure.as_slice())
        .collect();

    let binding = read_binding(reader, meeting, &terms)?;
    let (by_issuer, by_holder) = read_signatures(reader, binding.is_some())?;
    let protected = protected_header(issuer.algorithm, issuer.kid);
    let credential = encode_sd_cwt(&protected, &disclosures, &payload.to_cbor(), &by_issuer);
    let presentation = match (binding, by_holder, &terms.device_key) {
        (Some(binding), Some(signature), Some(device_key)) => with_signature(
            &key_binding_header(&credential, device_key),
            &Map::new(),
            &binding.to_cbor(),
            &signature,
        ),
        (None, None, _) => credential,
        _ => return Err(Error::NotOfThisMeeting),
    };
    Ok(Expanded {
        presentation,
        issuer_key: issuer.key,
    })
}

struct ReadIssuer<'a, 'l> {
    kid: &'a [u8],
    uri: String,
    algorithm: i64,
    key: Option<PublicKey>,
    anchor: Option<Anchor<'l>>,
}

impl<'a, 'l> ReadIssuer<'a, 'l> {
    /// What the list that the sender used says of the key.
    fn listed(kid: &'a [u8], list: Option<&Option<&'l TrustList>>) -> Result<Self, Error> {
        let list = list.copied().flatten();
        let anchor = list
            .and_then(|list| list.find(kid))
            .ok_or(Error::UnknownKid)?;
        Ok(Self {
            kid,
            uri: anchor.issuer().uri.clone(),
            algorithm: anchor.key().public.algorithm().id(),
            key: None,
            anchor: Some(anchor),
        })
    }

    fn read(reader: &mut Reader<'a>, lists: &[Option<&'l TrustList>]) -> Result<Self, Error> {
        let mut ahead = reader.clone();
        if let Ok(kid) = ahead.bytes() {
            *reader = ahead;
            return Self::listed(kid, lists.first());
        }
        match reader.array()? {
            2 => {
                let place = usize::try_from(reader.unsigned()?).ok();
                return Self::listed(reader.bytes()?, place.and_then(|place| lists.get(place)));
            }
            3 => {}
            _ => return Err(Error::CompactForm),
        }
        let kid = reader.bytes()?;
        let uri = reader.text()?.to_owned();
        let key = read_key(reader)?;
        let algorithm = key
            .as_ref()
            .map_or(DEFAULT_ALGORITHM, |key| key.algorithm().id());
        Ok(Self {
            kid,
            uri,
            algorithm,
            key,
            anchor: None,
        })
    }
}

fn read_key(reader: &mut Reader<'_>) -> Result<Option<PublicKey>, Error> {
    if reader.null()? {
        return Ok(None);
    }
    Ok(Some(PublicKey::from_short(reader.bytes()?)?))
}

fn read_type(reader: &mut Reader<'_>, anchor: Option<Anchor<'_>>) -> Result<Option<String>, Error> {
    if reader.null()? {
        return Ok(None);
    }
    match reader.value()? {
        Value::Text(vct) => Ok(Some(vct)),
        Value::Integer(index) => {
            let types = anchor.map(|anchor| &anchor.issuer().types);
            let vct = usize::try_from(index)
                .ok()
                .and_then(|index| types?.get(index));
            vct.map(|vct| Some(vct.clone())).ok_or(Error::CompactForm)
        }
        _ => Err(Error::CompactForm),
    }
}

type Times = (Option<i64>, Option<i64>, Option<i64>);

/// `iat`, `nbf` and `exp`.
fn read_times(reader: &mut Reader<'_>) -> Result<Times, Error> {
    let issued_at = if reader.null()? {
        None
    } else {
        Some(reader.int()?)
    };
    let after = |reader: &mut Reader<'_>| -> Result<Option<i64>, Error> {
        if reader.null()? {
            return Ok(None);
        }
        let issued_at = issued_at.ok_or(Error::CompactForm)?;
        let time = issued_at.checked_add(reader.int()?);
        time.map(Some).ok_or(Error::CompactForm)
    };
    let mut ahead = reader.clone();
    if ahead.array().is_ok_and(|parts| parts == 2) {
        *reader = ahead;
        let expires_at = after(reader)?;
        let not_before = after(reader)?;
        return Ok((issued_at, not_before, expires_at));
    }
    let expires_at = after(reader)?;
    Ok((issued_at, None, expires_at))
}

fn read_status(
    reader: &mut Reader<'_>,
    anchor: Option<Anchor<'_>>,
) -> Result<Option<StatusReference>, Error> {
    if reader.null()? {
        return Ok(None);
    }
    let parts = reader.array()?;
    let index = reader.unsigned()?;
    let uri = match parts {
        2 => reader.text()?.to_owned(),
        3 => {
            let prefixes = anchor.map(|anchor| &anchor.issuer().status_prefixes);
            let prefix = usize::try_from(reader.unsigned()?).ok();
            let prefix = prefix.and_then(|index| prefixes?.get(index));
            let prefix = prefix.ok_or(Error::CompactForm)?;
            format!("{prefix}{}", reader.text()?)
        }
        _ => return Err(Error::CompactForm),
    };
    Ok(Some(StatusReference { index, uri }))
}

fn read_binding(
    reader: &mut Reader<'_>,
    meeting: Meeting<'_>,
    terms: &Terms,
) -> Result<Option<KeyBinding>, Error> {
    let later = |time: Option<i64>, by: i64| {
        let time = time.and_then(|time| time.checked_add(by));
        time.map(Some).ok_or(Error::CompactForm)
    };
    if reader.null()? {
        return match meeting {
            Meeting::Copy => Ok(None),
            Meeting::Answer { .. } | Meeting::OneWay { .. } => Err(Error::NotOfThisMeeting),
        };
    }
    match meeting {
        Meeting::Copy => Err(Error::NotOfThisMeeting),
        Meeting::Answer {
            audience,
            nonce,
            requested_at,
        } => Ok(Some(KeyBinding {
            audience: audience.to_owned(),
            issued_at: later(Some(requested_at), reader.int()?)?,
            expires_at: None,
            id: None,
            nonce: Some(nonce.to_vec()),
        })),
        Meeting::OneWay { audience } => {
            reader.array_of(3, "one-way binding of 3 parts")?;
            let issued_at = later(terms.issued_at, reader.int()?)?;
            Ok(Some(KeyBinding {
                audience: audience.to_owned(),
                issued_at,
                expires_at: later(issued_at, reader.int()?)?,
                id: Some(reader.bytes()?.to_vec()),
                nonce: None,
            }))
        }
    }
}

/// The issuer's signature, and the holder's when there is a key binding.
fn read_signatures(
    reader: &mut Reader<'_>,
    is_bound: bool,
) -> Result<(Signature, Option<Signature>), Error> {
    let bytes = reader.bytes()?;
    let (by_issuer, rest) = bytes
        .split_first_chunk::<SIGNATURE_BYTES>()
        .ok_or(Error::CompactForm)?;
    let by_holder = match (is_bound, rest) {
        (false, []) => None,
        (true, rest) => Some(rest.try_into().map_err(|_| Error::CompactForm)?),
        _ => return Err(Error::CompactForm),
    };
    Ok((*by_issuer, by_holder))
}

/// Puts digests back into claims.
#[derive(Default)]
struct Grower {
    disclosures: Vec<(Digest, Vec<u8>)>,
    /// Bytes of all disclosures, bounded as a message is.
    size: usize,
}

impl Grower {
    fn map(&mut self, map: Map, depth: usize) -> Result<Map, Error> {
        let mut grown = Map::new();
        for (key, value) in map {
            let key = long_key(key)?;
            let value = if key == Key::Redacted {
                self.digests(value, depth)?
            } else {
                self.value(value, depth)?
            };
            grown.insert(key, value);
        }
        Ok(grown)
    }

    fn digests(&mut self, parts: Value, depth: usize) -> Result<Value, Error> {
        let Value::Array(parts) = parts else {
            return Err(Error::CompactForm);
        };
        let mut parts = parts.into_iter();
        let Some(Value::Bytes(hidden)) = parts.next() else {
            return Err(Error::CompactForm);
        };
        let hidden = hidden.chunks(size_of::<Digest>());
        let mut digests: Vec<Digest> = hidden
            .map(|digest| digest.try_into().map_err(|_| Error::CompactForm))
            .collect::<Result<_, _>>()?;
        while let Some(salt) = parts.next() {
            let (Some(key), Some(value)) = (parts.next(), parts.next()) else {
                return Err(Error::CompactForm);
            };
            let content = Content::Claim {
                key: long_key(value_to_key(key)?)?,
                value: self.value(value, depth + 1)?,
            };
            digests.push(self.disclose(&salt, &content)?);
        }
        digests.sort_unstable();
        let digests = digests
            .into_iter()
            .map(|digest| Value::Bytes(digest.to_vec()));
        Ok(Value::Array(digests.collect()))
    }

    fn value(&mut self, value: Value, depth: usize) -> Result<Value, Error> {
        if depth > DISCLOSED_DEPTH_MAX {
            return Err(Error::CompactForm);
        }
        Ok(match value {
            Value::Map(map) => Value::Map(self.map(map, depth + 1)?),
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.value(item, depth + 1));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Tag(REDACTED_ELEMENT, item) => {
                let digest = match *item {
                    Value::Array(parts) => {
                        let [salt, element] =
                            <[Value; 2]>::try_from(parts).map_err(|_| Error::CompactForm)?;
                        let content = Content::Element(self.value(element, depth + 1)?);
                        Value::Bytes(self.disclose(&salt, &content)?.to_vec())
                    }
                    hidden => hidden,
                };
                Value::Tag(REDACTED_ELEMENT, Box::new(digest))
            }
            other => other,
        })
    }

    fn disclose(&mut self, salt: &Value, content: &Content) -> Result<Digest, Error> {
        let salt: &[u8; SALT_BYTES] = salt
            .as_bytes()
            .and_then(|salt| salt.try_into().ok())
            .ok_or(Error::CompactForm)?;
        let disclosure = encode_disclosure(salt, content);
        // A disclosure inside others is repeated in none of them, but its groups are small maps
        // of digests: the sum stays near the size of the message.
        self.size = self.size.saturating_add(disclosure.len());
        if self.size > MESSAGE_LENGTH_MAX {
            return Err(Error::MessageTooLong {
                length: self.size,
                limit: MESSAGE_LENGTH_MAX,
            });
        }
        let digest = digest(&disclosure);
        self.disclosures.push((digest, disclosure));
        Ok(digest)
    }
}

/// Ed25519, for an issuer whose key the sender does not know either.
const DEFAULT_ALGORITHM: i64 = -19;
