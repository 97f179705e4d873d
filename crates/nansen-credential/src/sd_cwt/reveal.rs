//! Puts disclosed claims back in their places and removes what stays redacted.
//!
//! Every disclosure must match a digest, every digest may stand once, and a disclosure may not
//! add a claim that is already there (draft-ietf-spice-sd-cwt, section 9).

use std::collections::{HashMap, HashSet};

use super::disclosure::{Content, Digest, Disclosure};
use super::message::Terms;
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
        path: Vec::new(),
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
    let claims = revealer.map(payload)?;
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
    /// Where the walk stands.
    path: Vec<PathElement>,
    /// Every digest met so far.
    seen: HashSet<Digest>,
}

impl<'d> Revealer<'d> {
    fn map(&mut self, map: &Map) -> Result<Map, Error> {
        let mut revealed = Vec::with_capacity(map.len());
        for (key, value) in map.iter() {
            if *key != Key::Redacted {
                let value = self.below(PathElement::Key(key.clone()), None, value)?;
                revealed.push((key.clone(), value));
            }
        }
        let digests = map.get(&Key::Redacted).map(|digests| {
            digests.as_array().ok_or(Error::Invalid {
                what: "array of digests",
            })
        });
        for digest in digests.transpose()?.unwrap_or_default() {
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
                    self.place(index);
                    continue;
                }
            };
            if self.path.is_empty() && must_stay_in_clear(key) {
                return Err(Error::NeverRedacted(ClaimName(key.clone())));
            }
            let value = self.below(PathElement::Key(key.clone()), Some(index), value)?;
            revealed.push((key.clone(), value));
        }
        Map::from_entries(revealed).map_err(|key| Error::DuplicateClaim(ClaimName(key)))
    }

    fn array(&mut self, items: &[Value]) -> Result<Vec<Value>, Error> {
        let mut revealed = Vec::with_capacity(items.len());
        for item in items {
            let at = PathElement::Index(u32::try_from(revealed.len()).unwrap_or(u32::MAX));
            let Value::Tag(REDACTED_ELEMENT, digest) = item else {
                revealed.push(self.below(at, None, item)?);
                continue;
            };
            let Some(index) = self.take(digest)? else {
                continue;
            };
            match self.content(index) {
                Some(Content::Element(element)) => {
                    revealed.push(self.below(at, Some(index), element)?);
                }
                Some(Content::Claim { .. }) => {
                    return Err(Error::Invalid {
                        what: "disclosure of a map entry in an array",
                    });
                }
                Some(Content::Decoy) | None => self.place(index),
            }
        }
        Ok(revealed)
    }

    /// A value one step further, which is the place of the disclosure that it came from.
    fn below(
        &mut self,
        step: PathElement,
        disclosure: Option<usize>,
        value: &Value,
    ) -> Result<Value, Error> {
        self.path.push(step);
        // A disclosure restarts the depth of CBOR, so that levels are counted here anew.
        if self.path.len() > MAX_DEPTH {
            return Err(Error::DisclosuresTooDeep { limit: MAX_DEPTH });
        }
        if let Some(index) = disclosure {
            self.place(index);
        }
        let revealed = match value {
            Value::Map(map) => Value::Map(self.map(map)?),
            Value::Array(items) => Value::Array(self.array(items)?),
            Value::Tag(REDACTED_ELEMENT, _) => {
                return Err(Error::Invalid {
                    what: "digest of an array element outside an array",
                });
            }
            // What a tag means covers its whole item, so that nothing in it is redacted.
            other => other.clone(),
        };
        self.path.pop();
        Ok(revealed)
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

    /// Notes that the disclosure has its place where the walk stands.
    fn place(&mut self, index: usize) {
        if let Some(place) = self.places.get_mut(index) {
            *place = Some(ClaimPath::from(self.path.clone()));
        }
    }
}

/// Claims of the top level that no disclosure may add: those of the draft, and every term, for
/// terms are read from what is in clear.
fn must_stay_in_clear(key: &Key) -> bool {
    matches!(key, Key::Int(label) if NEVER_REDACTED.contains(label) || Terms::LABELS.contains(label))
}
