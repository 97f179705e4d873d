//! Showing in two steps, for device keys that never leave a phone's hardware: prepare what is to
//! be signed, let the app have it signed, complete. No lock is held and no app's code runs in
//! between; a choice whose keys are all in the vault needs no signature from outside.
//!
//! What is prepared holds no secret and borrows nothing: keys in the vault sign when it is
//! completed, and only while the wallet is unlocked and the credential still in it.

use nansen_credential::ClaimPath;
use nansen_credential::cose::{Algorithm, PublicKey};
use nansen_credential::sd_cwt::{KeyBinding, UnsignedPresentation};
use nansen_credential::verify::MAX_ONE_WAY_LIFE;
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::limits::ANSWERS_MAX;
use nansen_exchange::qr::{Kind, Message};
use nansen_exchange::response::{self, Answer};
use nansen_exchange::{Request, seal};
use nansen_vault::RecordId;
use rand_core::CryptoRng;

use crate::consent::Consent;
use crate::device_key::{DeviceKey, KeyPlace};
use crate::held::HeldCredential;
use crate::history::NewEntry;
use crate::present::Chosen;
use crate::verifier::ONE_WAY_AUDIENCE;
use crate::{Error, Wallet};

/// What is to be shown, lacking nothing but signatures.
pub struct Prepared {
    presentations: Vec<Unsigned>,
    meeting: PreparedFor,
    entry: NewEntry,
}

/// What a key in the phone's hardware is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSign {
    /// What the app finds the key by, as given to [`Wallet::add_device_key`].
    pub handle: Vec<u8>,
    /// The algorithm: [`Algorithm::Esp256`] is ECDSA on P-256 over the SHA-256 of `bytes`
    /// (`SHA256withECDSA`), [`Algorithm::Ed25519`] is Ed25519 over `bytes` themselves.
    pub algorithm: Algorithm,
    /// The message: a COSE `Sig_structure` (RFC 9052, section 4.4), not hashed yet.
    pub bytes: Vec<u8>,
}

/// One presentation without the holder's signature.
struct Unsigned {
    query: usize,
    credential: RecordId,
    presentation: UnsignedPresentation,
    device_key: PublicKey,
    /// Of the key in hardware; `None` when the vault has the key.
    handle: Option<Vec<u8>>,
    issuer_key: Option<PublicKey>,
}

/// Who is to see it.
enum PreparedFor {
    /// The session that asked.
    Request(Box<Request>),
    /// Whoever scans.
    Anybody,
}

impl Prepared {
    /// What the phone's hardware must sign, in the order in which [`Wallet::complete`] takes the
    /// signatures. Nothing when every key is in the vault.
    pub fn to_sign(&self) -> impl Iterator<Item = ToSign> {
        self.presentations.iter().filter_map(|unsigned| {
            Some(ToSign {
                handle: unsigned.handle.clone()?,
                algorithm: unsigned.device_key.algorithm(),
                bytes: unsigned.presentation.to_be_signed(),
            })
        })
    }

    /// How many signatures [`Wallet::complete`] takes.
    fn signatures(&self) -> usize {
        let handles = self.presentations.iter();
        handles.filter(|unsigned| unsigned.handle.is_some()).count()
    }

    /// Refuses what needs a signature from outside.
    pub(crate) fn check_in_vault(&self) -> Result<(), Error> {
        match self.signatures() {
            0 => Ok(()),
            signatures => Err(Error::NeedsHardware { signatures }),
        }
    }
}

impl Wallet {
    /// Prepares the answer to a request with what the holder chose. Nothing is shown or noted
    /// before [`Wallet::complete`].
    ///
    /// # Errors
    /// [`Error::NothingChosen`], [`Error::NotACandidate`], [`Error::OnlyOne`],
    /// [`Error::NotAsked`] and [`Error::ClaimRequired`] for the choice;
    /// [`nansen_exchange::Error::TooManyAnswers`]; [`Error::Vault`] when a chosen credential is
    /// here no more.
    pub fn prepare(
        &self,
        consent: &Consent,
        choice: &[Chosen],
        now: i64,
    ) -> Result<Prepared, Error> {
        let shown = chosen_of(consent, choice)?;
        let request = consent.request();
        let mut presentations = Vec::with_capacity(shown.len());
        let mut told = Vec::with_capacity(shown.len());
        for shown in &shown {
            let held = shown.held;
            // Before a person is asked for a finger: the file may have changed since.
            self.vault.summary(held.held.id)?;
            // A request is signed, and by somebody whose clock runs: hers may not.
            let now = now.clamp(request.issued_at(), request.expires_at());
            let binding = KeyBinding {
                audience: request.audience(),
                issued_at: Some(made_at(held, now)),
                expires_at: None,
                id: None,
                nonce: Some(request.digest().to_vec()),
            };
            presentations.push(shown.unsigned(&binding)?);
            told.push((held.held.id, shown.beyond_clear()?));
        }
        Ok(Prepared {
            presentations,
            meeting: PreparedFor::Request(Box::new(request.clone())),
            entry: NewEntry {
                time: now,
                verifier: request.verifier().thumbprint(),
                name: request.name().to_owned(),
                purpose: request.purpose().to_owned(),
                shown: told,
            },
        })
    }

    /// Prepares a presentation to whoever scans, good for `lifetime` seconds from now; see
    /// [`Wallet::one_way`]. Nothing is shown or noted before [`Wallet::complete`].
    ///
    /// # Errors
    /// [`nansen_credential::Error::NoSuchClaim`]; [`Error::NoDeviceKey`] without a device
    /// key; [`Error::LivesTooLong`]; [`Error::Vault`].
    pub fn prepare_one_way(
        &self,
        id: RecordId,
        claims: &[ClaimPath],
        lifetime: u32,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Prepared, Error> {
        if i64::from(lifetime) > MAX_ONE_WAY_LIFE {
            return Err(Error::LivesTooLong {
                seconds: lifetime,
                limit: MAX_ONE_WAY_LIFE,
            });
        }
        let shown = Shown {
            query: 0,
            held: &self.show(id, now)?,
            claims,
        };
        let made = made_at(shown.held, now);
        let mut token = [0; 16];
        rng.fill_bytes(&mut token);
        let binding = KeyBinding {
            audience: ONE_WAY_AUDIENCE.to_owned(),
            issued_at: Some(made),
            expires_at: Some(made.saturating_add(i64::from(lifetime))),
            id: Some(token.to_vec()),
            nonce: None,
        };
        Ok(Prepared {
            presentations: vec![shown.unsigned(&binding)?],
            meeting: PreparedFor::Anybody,
            entry: NewEntry {
                time: now,
                verifier: [0; 32],
                name: String::new(),
                purpose: String::new(),
                shown: vec![(id, shown.beyond_clear()?)],
            },
        })
    }

    /// Completes what was prepared, with one signature for each of [`Prepared::to_sign`], in its
    /// order: ECDSA in DER or as 64 bytes, Ed25519 as 64 bytes. Notes it in the history.
    ///
    /// What was prepared stays with the caller: after an error, it can be tried again with other
    /// signatures. Completed twice, it is one presentation sealed twice, and noted twice.
    ///
    /// # Errors
    /// [`Error::SignatureCount`]; [`Error::WrongDeviceSignature`] for a signature that is not
    /// the device key's over what was prepared; [`Error::Vault`] when a credential is here no
    /// more, or when the history cannot be written, and nothing is then shown.
    pub fn complete(
        &mut self,
        prepared: &Prepared,
        signatures: &[Vec<u8>],
        rng: &mut impl CryptoRng,
    ) -> Result<Message, Error> {
        let signed = self.signed(prepared, signatures)?;
        let shown = prepared.presentations.iter().zip(&signed);
        let message = match &prepared.meeting {
            PreparedFor::Request(request) => {
                let answers: Vec<Answer<'_>> = shown
                    .map(|(unsigned, presentation)| Answer {
                        query: unsigned.query,
                        presentation,
                        issuer_key: unsigned.issuer_key.as_ref(),
                    })
                    .collect();
                let lists = request.known_lists(self.trust().trust_lists());
                let plaintext = response::encode(request, &answers, &lists)?;
                Message {
                    kind: Kind::Response,
                    bytes: seal(request, &plaintext, rng)?,
                }
            }
            PreparedFor::Anybody => {
                let meeting = Meeting::OneWay {
                    audience: ONE_WAY_AUDIENCE,
                };
                let mut forms = shown.map(|(unsigned, presentation)| {
                    compact(presentation, meeting, &[], unsigned.issuer_key.as_ref())
                });
                Message {
                    kind: Kind::Presentation,
                    bytes: forms.next().unwrap_or_default(),
                }
            }
        };
        let entry = &prepared.entry;
        self.vault.insert(&entry.summary(), &entry.write(), rng)?;
        Ok(message)
    }

    /// The standard presentations: keys in the vault sign, signatures of others are checked.
    fn signed(&self, prepared: &Prepared, signatures: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Error> {
        let wrong_count = || Error::SignatureCount {
            given: signatures.len(),
            expected: prepared.signatures(),
        };
        if signatures.len() != prepared.signatures() {
            return Err(wrong_count());
        }
        let mut given = signatures.iter().enumerate();
        let mut signed = Vec::with_capacity(prepared.presentations.len());
        for unsigned in &prepared.presentations {
            let presentation = &unsigned.presentation;
            signed.push(match self.device_key(unsigned.credential)? {
                Some(DeviceKey::Vault(secret)) => presentation.sign(&*secret)?,
                Some(DeviceKey::Hardware(_)) => {
                    let (place, signature) = given.next().ok_or_else(wrong_count)?;
                    let message = presentation.to_be_signed();
                    let key = &unsigned.device_key;
                    let signature = key
                        .signature_from_platform(&message, signature)
                        .map_err(|_| Error::WrongDeviceSignature { place })?;
                    presentation.complete(&signature)?
                }
                None => return Err(Error::NoDeviceKey),
            });
        }
        Ok(signed)
    }
}

/// A credential, and what of it is to be shown.
struct Shown<'c> {
    query: usize,
    held: &'c HeldCredential,
    claims: &'c [ClaimPath],
}

impl Shown<'_> {
    /// The standard presentation, SD-CWT with key binding, but for the holder's signature.
    fn unsigned(&self, binding: &KeyBinding) -> Result<Unsigned, Error> {
        let handle = match &self.held.key {
            KeyPlace::None => return Err(Error::NoDeviceKey),
            KeyPlace::Vault => None,
            KeyPlace::Hardware { handle } => Some(handle.clone()),
        };
        let credential = &self.held.credential;
        let device_key = credential.terms().device_key.clone();
        Ok(Unsigned {
            query: self.query,
            credential: self.held.held.id,
            presentation: credential.bind(&credential.select(self.claims)?, binding)?,
            device_key: device_key.ok_or(Error::NoDeviceKey)?,
            handle,
            issuer_key: self.held.issuer_key.clone(),
        })
    }

    /// Claims that a verifier sees only because of the choice.
    fn beyond_clear(&self) -> Result<Vec<ClaimPath>, Error> {
        let credential = &self.held.credential;
        let in_clear = credential.visible(&credential.select(&[])?);
        let mut shown = credential.visible(&credential.select(self.claims)?);
        shown.retain(|path| !in_clear.contains(path));
        Ok(shown)
    }
}

/// What the holder chose, in the order of the choice.
fn chosen_of<'c>(consent: &'c Consent, choice: &'c [Chosen]) -> Result<Vec<Shown<'c>>, Error> {
    if choice.is_empty() {
        return Err(Error::NothingChosen);
    }
    if choice.len() > ANSWERS_MAX {
        return Err(Error::Exchange(nansen_exchange::Error::TooManyAnswers {
            count: choice.len(),
            limit: ANSWERS_MAX,
        }));
    }
    let mut shown: Vec<Shown<'c>> = Vec::with_capacity(choice.len());
    for chosen in choice {
        let query = chosen.query;
        let options = consent.queries.get(query);
        let candidates = options.map(|options| options.candidates.as_slice());
        let mut candidates = candidates.unwrap_or_default().iter();
        let option = candidates
            .find(|option| option.credential.held.id == chosen.credential)
            .ok_or(Error::NotACandidate { query })?;
        option.check(&chosen.claims)?;
        let asked = consent.request().query().credentials().get(query);
        let is_second = shown.iter().any(|other| other.query == query);
        if is_second && !asked.is_some_and(|asked| asked.multiple) {
            return Err(Error::OnlyOne { query });
        }
        shown.push(Shown {
            query,
            held: &option.credential,
            claims: &chosen.claims,
        });
    }
    Ok(shown)
}

/// A key binding cannot be older than its credential, whatever the clock says.
fn made_at(held: &HeldCredential, now: i64) -> i64 {
    now.max(held.credential.terms().issued_at.unwrap_or(now))
}

impl core::fmt::Debug for Prepared {
    /// Tells counts only: what is to be shown is personal.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Prepared")
            .field("presentations", &self.presentations.len())
            .field("to_sign", &self.signatures())
            .finish()
    }
}
