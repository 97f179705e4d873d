//! Puts disclosed claims back in their places and removes what stays redacted.
//!
//! Every disclosure must match a digest, every digest may stand once, and a disclosure may not
//! add a claim that is already there (draft-ietf-spice-sd-cwt, section 9).

use std::collections::{HashMap, HashSet};

use super::disclosure::{Content, Digest, Disclosure};
use crate::cbor::{Key, Map, Value};
use crate::claims::NEVER_REDACTED;
use crate::limits::MAX_DEPTH;
use crate::{ClaimName, ClaimPath, Error, PathElement};

/// Tag of the digest that stands for a redacted array element.
pub const REDACTED_ELEMENT: u64 = 60;

/// Proof that each disclosure has its place. Made only by [`reveal`].
#[derive(Debug)]
pub struct DisclosuresMatched(());

/// A claims set after disclosure.
#[derive(Debug)]
pub struct Revealed {
    /// The claims, with what stays redacted removed.
    pub claims: Map,
    /// Where each disclosure has its place, in the order of the disclosures. Array indices
    /// count what is disclosed. A decoy's place is the map or array that it hides in.
    pub places: Vec<ClaimPath>,
    /// The proof.
    pub matched: DisclosuresMatched,
}

/// Puts `disclosures` into `payload`.
///
/// # Errors
/// [`Error`] naming the disclosure or digest that does not belong.
pub fn reveal(payload: &Map, disclosures: &[Disclosure<'_>]) -> Result<Revealed, Error> {
    let mut revealer = Revealer {
        disclosures,
        by_digest: HashMap::with_capacity(disclosures.len()),
        places: vec![None; disclosures.len()],
        seen: HashSet::new(),
    };
    for (index, disclosure) in disclosures.iter().enumerate() {
        if revealer
            .by_digest
            .insert(disclosure.digest, index)
            .is_some()
        {
            return Err(Error::DuplicateDigest);
        }
    }
    let claims = revealer.map(payload, &ClaimPath::default())?;
    let places = revealer.places.into_iter().enumerate();
    let places = places.map(|(index, place)| place.ok_or(Error::UnmatchedDisclosure { index }));
    Ok(Revealed {
        claims,
        places: places.collect::<Result<_, _>>()?,
        matched: DisclosuresMatched(()),
    })
}

struct Revealer<'d> {
    disclosures: &'d [Disclosure<'d>],
    by_digest: HashMap<Digest, usize>,
    /// Where each disclosure belongs, once its digest was met.
    places: Vec<Option<ClaimPath>>,
    /// Every digest met so far.
    seen: HashSet<Digest>,
}

impl<'d> Revealer<'d> {
    fn map(&mut self, map: &Map, path: &ClaimPath) -> Result<Map, Error> {
        check_depth(path)?;
        let mut revealed = Map::new();
        for (key, value) in map.iter() {
            if *key != Key::Redacted {
                let path = path.child(PathElement::Key(key.clone()));
                revealed.insert(key.clone(), self.value(value, &path)?);
            }
        }
        let Some(digests) = map.get(&Key::Redacted) else {
            return Ok(revealed);
        };
        let digests = digests.as_array().ok_or(Error::Invalid {
            what: "array of digests",
        })?;
        for digest in digests {
            let Some(index) = self.take(digest)? else {
                continue;
            };
            let (key, value) = match self.content(index) {
                Some(Content::Claim { key, value }) => (key, value),
                Some(Content::Element(_)) => {
                    return Err(Error::Invalid {
                        what: "disclosure of an array element in a map",
                    });
                }
                Some(Content::Decoy) | None => {
                    self.place(index, path.clone());
                    continue;
                }
            };
            let name = || ClaimName(key.clone());
            let is_top = path.elements().is_empty();
            if is_top && matches!(key, Key::Int(label) if NEVER_REDACTED.contains(label)) {
                return Err(Error::NeverRedacted(name()));
            }
            let path = path.child(PathElement::Key(key.clone()));
            let value = self.value(value, &path)?;
            self.place(index, path);
            if revealed.insert(key.clone(), value).is_some() {
                return Err(Error::DuplicateClaim(name()));
            }
        }
        Ok(revealed)
    }

    fn array(&mut self, items: &[Value], path: &ClaimPath) -> Result<Vec<Value>, Error> {
        let mut revealed = Vec::with_capacity(items.len());
        for item in items {
            let at = u32::try_from(revealed.len()).unwrap_or(u32::MAX);
            let item_path = path.child(PathElement::Index(at));
            let Value::Tag(REDACTED_ELEMENT, digest) = item else {
                revealed.push(self.value(item, &item_path)?);
                continue;
            };
            let Some(index) = self.take(digest)? else {
                continue;
            };
            match self.content(index) {
                Some(Content::Element(element)) => {
                    revealed.push(self.value(element, &item_path)?);
                    self.place(index, item_path);
                }
                Some(Content::Claim { .. }) => {
                    return Err(Error::Invalid {
                        what: "disclosure of a map entry in an array",
                    });
                }
                Some(Content::Decoy) | None => self.place(index, path.clone()),
            }
        }
        Ok(revealed)
    }

    fn value(&mut self, value: &Value, path: &ClaimPath) -> Result<Value, Error> {
        check_depth(path)?;
        Ok(match value {
            Value::Map(map) => Value::Map(self.map(map, path)?),
            Value::Array(items) => Value::Array(self.array(items, path)?),
            Value::Tag(REDACTED_ELEMENT, _) => {
                return Err(Error::Invalid {
                    what: "digest of an array element outside an array",
                });
            }
            // What a tag means covers its whole item, so that nothing in it is redacted.
            other => other.clone(),
        })
    }

    /// Index of the disclosure that a digest stands for, if it was disclosed.
    fn take(&mut self, digest: &Value) -> Result<Option<usize>, Error> {
        let digest: Digest = digest
            .as_bytes()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(Error::Invalid { what: "digest" })?;
        if !self.seen.insert(digest) {
            return Err(Error::DuplicateDigest);
        }
        Ok(self.by_digest.get(&digest).copied())
    }

    fn content(&self, index: usize) -> Option<&'d Content> {
        self.disclosures
            .get(index)
            .map(|disclosure| &disclosure.content)
    }

    fn place(&mut self, index: usize, path: ClaimPath) {
        if let Some(place) = self.places.get_mut(index) {
            *place = Some(path);
        }
    }
}

fn check_depth(path: &ClaimPath) -> Result<(), Error> {
    // A disclosure restarts the depth of CBOR, so that levels are counted here anew.
    if path.elements().len() <= MAX_DEPTH {
        Ok(())
    } else {
        Err(Error::DisclosuresTooDeep { limit: MAX_DEPTH })
    }
}
