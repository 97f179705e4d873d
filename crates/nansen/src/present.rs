//! Showing: an answer sealed to a request, a presentation without one, or a printed copy.

use nansen_credential::ClaimPath;
use nansen_credential::sd_cwt::KeyBinding;
use nansen_credential::verify::MAX_ONE_WAY_LIFE;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::{Kind, Message};
use nansen_exchange::response::{self, Answer};
use nansen_exchange::{Request, seal};
use nansen_vault::RecordId;
use rand_core::CryptoRng;

use crate::consent::Consent;
use crate::held::HeldCredential;
use crate::history::Entry;
use crate::verifier::ONE_WAY_AUDIENCE;
use crate::{Error, TrustStore, Wallet};

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
    /// [`Error::NothingChosen`], [`Error::NotACandidate`], [`Error::OnlyOne`],
    /// [`Error::NotAsked`] and [`Error::ClaimRequired`] for the choice; [`Error::Vault`] when the history cannot be
    /// written, and nothing is then shown.
    pub fn answer(
        &mut self,
        consent: &Consent,
        choice: &[Chosen],
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Message, Error> {
        if choice.is_empty() {
            return Err(Error::NothingChosen);
        }
        let mut shown: Vec<(usize, &HeldCredential, &[ClaimPath])> =
            Vec::with_capacity(choice.len());
        for chosen in choice {
            let options = consent.queries.get(chosen.query);
            let candidates = options.map(|options| options.candidates.as_slice());
            let mut candidates = candidates.unwrap_or_default().iter();
            let option = candidates
                .find(|option| option.credential.held.id == chosen.credential)
                .ok_or(Error::NotACandidate {
                    query: chosen.query,
                })?;
            option.check(&chosen.claims)?;
            let asked = consent.request().query().credentials().get(chosen.query);
            let is_second = shown.iter().any(|(query, ..)| *query == chosen.query);
            if is_second && !asked.is_some_and(|asked| asked.multiple) {
                return Err(Error::OnlyOne {
                    query: chosen.query,
                });
            }
            shown.push((chosen.query, &option.credential, chosen.claims.as_slice()));
        }
        let request = consent.request();
        let sealed = answer(request, &shown, self.trust(), now, rng)?;
        let entry = Entry {
            time: now,
            verifier: request.verifier().thumbprint(),
            name: request.name().to_owned(),
            purpose: request.purpose().to_owned(),
            shown: shown
                .iter()
                .map(|(_, held, claims)| Ok((held.held.id, shown_beyond_clear(held, claims)?)))
                .collect::<Result<_, Error>>()?,
        };
        self.vault.insert(&entry.summary(), &entry.write(), rng)?;
        Ok(Message {
            kind: Kind::Response,
            bytes: sealed,
        })
    }

    /// Shows claims to whoever scans, for `lifetime` seconds. Anybody can keep the picture, and
    /// a verifier is told that it may be a recording: prefer to answer a request.
    ///
    /// # Errors
    /// [`nansen_credential::Error::NoSuchClaim`]; [`Error::ForeignDeviceKey`] without a device
    /// key; [`Error::LivesTooLong`]; [`Error::Vault`].
    pub fn one_way(
        &mut self,
        id: RecordId,
        claims: &[ClaimPath],
        lifetime: u32,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Message, Error> {
        if i64::from(lifetime) > MAX_ONE_WAY_LIFE {
            return Err(Error::LivesTooLong {
                seconds: lifetime,
                limit: MAX_ONE_WAY_LIFE,
            });
        }
        let held = self.show(id, now)?;
        let made = made_at(&held, now);
        let mut token = [0; 16];
        rng.fill_bytes(&mut token);
        let binding = KeyBinding {
            audience: ONE_WAY_AUDIENCE.to_owned(),
            issued_at: Some(made),
            expires_at: Some(made.saturating_add(i64::from(lifetime))),
            id: Some(token.to_vec()),
            nonce: None,
        };
        let presentation = bind(&held, claims, &binding)?;
        let meeting = Meeting::OneWay {
            audience: ONE_WAY_AUDIENCE,
        };
        let entry = Entry {
            time: now,
            verifier: [0; 32],
            name: String::new(),
            purpose: String::new(),
            shown: vec![(id, shown_beyond_clear(&held, claims)?)],
        };
        self.vault.insert(&entry.summary(), &entry.write(), rng)?;
        Ok(Message {
            kind: Kind::Presentation,
            bytes: compact(&presentation, meeting, &[], held.issuer_key.as_ref()),
        })
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

/// The sealed answer to a request: each credential with the place of its query and its claims.
///
/// # Errors
/// [`nansen_credential::Error::NoSuchClaim`]; [`Error::ForeignDeviceKey`] without a device key.
pub fn answer(
    request: &Request,
    shown: &[(usize, &HeldCredential, &[ClaimPath])],
    trust: &TrustStore,
    now: i64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let mut presentations = Vec::with_capacity(shown.len());
    for (query, held, claims) in shown {
        // A request is signed, and by somebody whose clock runs: hers may not.
        let now = now.clamp(request.issued_at(), request.expires_at());
        let binding = KeyBinding {
            audience: request.audience(),
            issued_at: Some(made_at(held, now)),
            expires_at: None,
            id: None,
            nonce: Some(request.digest().to_vec()),
        };
        presentations.push((
            *query,
            bind(held, claims, &binding)?,
            held.issuer_key.as_ref(),
        ));
    }
    let answers: Vec<Answer<'_>> = presentations
        .iter()
        .map(|(query, presentation, issuer_key)| Answer {
            query: *query,
            presentation,
            issuer_key: *issuer_key,
        })
        .collect();
    let lists = request.known_lists(trust.trust_lists());
    let plaintext = response::encode(request, &answers, &lists)?;
    Ok(seal(request, &plaintext, rng)?)
}

/// Claims that a verifier sees only because of the choice.
fn shown_beyond_clear(
    held: &HeldCredential,
    claims: &[ClaimPath],
) -> Result<Vec<ClaimPath>, Error> {
    let credential = &held.credential;
    let in_clear = credential.visible(&credential.select(&[])?);
    let mut shown = credential.visible(&credential.select(claims)?);
    shown.retain(|path| !in_clear.contains(path));
    Ok(shown)
}

/// The standard presentation: SD-CWT with key binding.
fn bind(
    held: &HeldCredential,
    claims: &[ClaimPath],
    binding: &KeyBinding,
) -> Result<Vec<u8>, Error> {
    let device_key = held.device_key.as_ref().ok_or(Error::ForeignDeviceKey)?;
    let selection = held.credential.select(claims)?;
    Ok(held
        .credential
        .bind(&selection, binding)?
        .sign(device_key)?)
}

/// A key binding cannot be older than its credential, whatever the clock says.
fn made_at(held: &HeldCredential, now: i64) -> i64 {
    now.max(held.credential.terms().issued_at.unwrap_or(now))
}
