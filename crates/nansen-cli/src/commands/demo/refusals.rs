//! What must not pass. Each is made as its author would make it: with real keys, sealed to a
//! real request, and checked by the session that asked.

use nansen::TrustStore;
use nansen_credential::ClaimPath;
use nansen_credential::cbor::Map;
use nansen_credential::cose::{SecretKey, Signer, signature_input, with_signature};
use nansen_credential::report::{Code, Verdict};
use nansen_credential::sd_cwt::{KeyBinding, key_binding_header};
use nansen_credential::status::Status;
use nansen_vault::RecordId;

use super::choose;
use super::stage::{DAY, DISCLOSED, HOUR, NOW, OTHER_TYPE, Stage, issue, new_desk, reference};
use crate::args::Rng;
use crate::clock::Moment;
use crate::desk::{ClaimFile, StatusWish, Target};
use crate::failure::{Failure, Result};

/// What came of one of them.
pub(super) struct Refusal {
    /// Its name.
    pub(super) name: &'static str,
    /// The verdict.
    pub(super) verdict: Verdict,
    /// What decided it.
    pub(super) code: Code,
}

/// All of them, in their order.
///
/// # Errors
/// [`Failure::Demo`] names one that was not refused as it must be.
pub(super) fn all(stage: &mut Stage, rng: &mut Rng) -> Result<Vec<Refusal>> {
    let cases: [(&'static str, Verdict, &'static str, Case); 11] = [
        ("replay", Verdict::Invalid, "wrong_nonce", replay),
        (
            "changed_byte",
            Verdict::Invalid,
            "disclosure_mismatch",
            changed_byte,
        ),
        (
            "wrong_holder",
            Verdict::Invalid,
            "key_binding_bad",
            wrong_holder,
        ),
        (
            "unknown_issuer",
            Verdict::Undetermined,
            "issuer_unknown",
            unknown_issuer,
        ),
        (
            "wrong_type",
            Verdict::Invalid,
            "type_not_allowed",
            wrong_type,
        ),
        ("expired", Verdict::Invalid, "expired", expired),
        (
            "not_yet_valid",
            Verdict::Invalid,
            "not_yet_valid",
            not_yet_valid,
        ),
        ("revoked", Verdict::Invalid, "revoked", revoked),
        (
            "stale_status",
            Verdict::Undetermined,
            "status_stale",
            stale_status,
        ),
        (
            "clock_set_back",
            Verdict::Undetermined,
            "clock_behind",
            clock_set_back,
        ),
        (
            "stripped_key_binding",
            Verdict::Invalid,
            "key_binding_missing",
            stripped,
        ),
    ];
    let mut refusals = Vec::with_capacity(cases.len());
    for (name, verdict, code, case) in cases {
        let refusal = case(stage, rng)?.refusal(name)?;
        if refusal.verdict != verdict || refusal.code.as_str() != code {
            return Err(Failure::Demo { step: name });
        }
        refusals.push(refusal);
    }
    Ok(refusals)
}

type Case = fn(&mut Stage, &mut Rng) -> Result<Attempt>;

/// What was checked, and what came of it.
struct Attempt(nansen::verifier::Answered);

impl Attempt {
    fn refusal(self, name: &'static str) -> Result<Refusal> {
        let [checked] = self.0.presentations.as_slice() else {
            return Err(Failure::Demo { step: name });
        };
        Ok(Refusal {
            name,
            verdict: checked.report.verdict(),
            code: checked
                .report
                .reason()
                .ok_or(Failure::Demo { step: name })?,
        })
    }
}

/// Somebody who once got an answer shows it to another request of the same verifier.
fn replay(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let first = stage.ask(NOW, rng)?;
    let sealed = honest_answer(stage, first.request().bytes(), stage.credential, NOW, rng)?;
    let recorded = stage.opened(&first, &sealed)?;
    let mut second = stage.ask(NOW, rng)?;
    // As it was recorded it does not even open.
    if second.check(&sealed, &stage.trust, NOW).is_ok() {
        return Err(Failure::Demo { step: "replay" });
    }
    let resealed = stage.sealed(second.request(), &recorded, rng)?;
    Ok(Attempt(second.check(&resealed, &stage.trust, NOW)?))
}

/// One letter of the family name is another.
fn changed_byte(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    changed_presentation(stage, rng, |presentation, _| {
        let name = b"Gurung";
        let at = presentation
            .windows(name.len())
            .position(|part| part == name);
        let byte = at.and_then(|at| presentation.get_mut(at));
        let byte = byte.ok_or(Failure::Demo {
            step: "changed_byte",
        })?;
        *byte = b'B';
        Ok(presentation.to_vec())
    })
}

/// The holder's signature is left out: whoever saw the credential could show it.
fn stripped(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let held = stage.wallet.show(stage.credential, NOW)?;
    let selection = held.credential.select(&DISCLOSED.map(ClaimPath::name))?;
    let stripped = held.credential.present(&selection);
    changed_presentation(stage, rng, |_, _| Ok(stripped))
}

/// Somebody else shows the credential and signs with a key of their own.
fn wrong_holder(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let held = stage.wallet.show(stage.credential, NOW)?;
    let selection = held.credential.select(&DISCLOSED.map(ClaimPath::name))?;
    let credential = held.credential.present(&selection);
    let thief = SecretKey::generate_ed25519(rng);
    changed_presentation(stage, rng, |_, request| {
        let binding = KeyBinding {
            audience: request.audience(),
            issued_at: Some(NOW),
            expires_at: None,
            id: None,
            nonce: Some(request.digest().to_vec()),
        };
        let protected = key_binding_header(&credential, &thief.public_key());
        let payload = binding.to_cbor();
        let signature = thief.sign(&signature_input(&protected, &[], &payload))?;
        Ok(with_signature(
            &protected,
            &Map::new(),
            &payload,
            &signature,
        ))
    })
}

/// Somebody with keys of their own calls themselves a testing board.
fn unknown_issuer(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let uri = "https://diplomas.example";
    let mut mill = new_desk(&stage.folder, uri, "Skill Diplomas International", rng)?;
    let mut file = variant()?;
    file.issuer = None;
    let credential = issue(&mut mill, &mut stage.wallet, &file, rng)?;
    honest(stage, credential, NOW, rng)
}

/// The issuer signs a type that the trust list does not allow it.
fn wrong_type(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let mut file = variant()?;
    file.vct = Some(OTHER_TYPE.to_owned());
    let credential = issue(&mut stage.desk, &mut stage.wallet, &file, rng)?;
    let mut session = stage.ask_for(OTHER_TYPE, NOW, rng)?;
    let sealed = honest_answer(stage, session.request().bytes(), credential, NOW, rng)?;
    Ok(Attempt(session.check(&sealed, &stage.trust, NOW)?))
}

/// It ended a day ago.
fn expired(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let mut file = variant()?;
    file.expires_at = Some(Moment(NOW - DAY));
    let credential = issue(&mut stage.desk, &mut stage.wallet, &file, rng)?;
    honest(stage, credential, NOW, rng)
}

/// It begins tomorrow.
fn not_yet_valid(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let mut file = variant()?;
    file.not_before = Some(Moment(NOW + DAY));
    let credential = issue(&mut stage.desk, &mut stage.wallet, &file, rng)?;
    honest(stage, credential, NOW, rng)
}

/// The issuer revokes it, and the verifier gets the new list.
fn revoked(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let credential = issue(&mut stage.desk, &mut stage.wallet, &variant()?, rng)?;
    let held = stage.wallet.show(credential, NOW)?;
    let place = held
        .credential
        .terms()
        .status
        .as_ref()
        .map(|status| status.index);
    let target = Target::Place {
        list: None,
        index: place.ok_or(Failure::Demo { step: "revoked" })?,
    };
    stage.desk.set_status(&target, Status::Revoked, NOW, rng)?;
    let mut informed = TrustStore::from_cbor(&stage.trust.to_cbor())?;
    for (_, list) in stage.desk.status_lists(NOW, None, None)? {
        informed.add_status_list(&list)?;
    }
    let mut session = stage.ask(NOW, rng)?;
    let sealed = honest_answer(stage, session.request().bytes(), credential, NOW, rng)?;
    Ok(Attempt(session.check(&sealed, &informed, NOW)?))
}

/// Forty days without a new status list.
fn stale_status(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    honest(stage, stage.credential, NOW + 40 * DAY, rng)
}

/// The verifier's phone is twelve hours behind, and has a trust list that was signed an hour ago.
fn clock_set_back(stage: &mut Stage, rng: &mut Rng) -> Result<Attempt> {
    let wrong = NOW - 12 * HOUR;
    let mut session = stage.ask(wrong, rng)?;
    let sealed = honest_answer(stage, session.request().bytes(), stage.credential, NOW, rng)?;
    Ok(Attempt(session.check(&sealed, &stage.trust, wrong)?))
}

/// A request, its honest answer, and the check, all at one time.
fn honest(stage: &mut Stage, credential: RecordId, now: i64, rng: &mut Rng) -> Result<Attempt> {
    let mut session = stage.ask(now, rng)?;
    let sealed = honest_answer(stage, session.request().bytes(), credential, now, rng)?;
    Ok(Attempt(session.check(&sealed, &stage.trust, now)?))
}

/// What the wallet answers.
fn honest_answer(
    stage: &mut Stage,
    request: &[u8],
    credential: RecordId,
    now: i64,
    rng: &mut Rng,
) -> Result<Vec<u8>> {
    let consent = stage.wallet.consent(request, now)?;
    let choice = choose(&consent, credential)?;
    Ok(stage.wallet.answer(&consent, &[choice], now, rng)?.bytes)
}

/// An honest answer whose presentation was replaced on the way.
fn changed_presentation(
    stage: &mut Stage,
    rng: &mut Rng,
    change: impl FnOnce(&mut [u8], &nansen_exchange::Request) -> Result<Vec<u8>>,
) -> Result<Attempt> {
    let mut session = stage.ask(NOW, rng)?;
    let sealed = honest_answer(stage, session.request().bytes(), stage.credential, NOW, rng)?;
    let mut presentation = stage.opened(&session, &sealed)?;
    let changed = change(&mut presentation, session.request())?;
    let resealed = stage.sealed(session.request(), &changed, rng)?;
    Ok(Attempt(session.check(&resealed, &stage.trust, NOW)?))
}

/// The reference credential at a place in the status list of its own.
fn variant() -> Result<ClaimFile> {
    let mut file = reference()?;
    file.status = StatusWish::Any;
    Ok(file)
}
