//! The people of the demonstration: an issuer who is its own root, a holder and a verifier,
//! each with what they would really have.

use nansen::{Session, TrustStore, Verifier, Wallet};
use nansen_credential::ClaimPath;
use nansen_credential::cose::{SecretKey, Signer};
use nansen_exchange::query::{CredentialQuery, Query};
use nansen_exchange::request::NewRequest;
use nansen_exchange::{Request, VerifierSession, response, seal};
use nansen_vault::{KdfParams, Passphrase, RecordId, RecoveryCode, Vault};
use tempfile::TempDir;

use crate::args::Rng;
use crate::desk::{ClaimFile, Desk, Holder, IssuerDescription, Issuing, NextList, Root};
use crate::failure::{Failure, Result};

/// The time of the demonstration: sixty days after the credential was issued.
pub(super) const NOW: i64 = ISSUED + 60 * DAY;
/// When the reference credential was issued.
const ISSUED: i64 = 1_790_000_000;
pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 24 * HOUR;

/// Claims that the verifier asks for.
pub(super) const DISCLOSED: [&str; 4] = ["family_name", "given_name", "qualification", "isco_08"];

/// A type that the issuer's desk issues, and that no trust list allows it.
pub(super) const OTHER_TYPE: &str = "urn:nansen:identity:1";

/// Everybody, and what they have.
pub(super) struct Stage {
    /// The issuer.
    pub(super) desk: Desk,
    /// The holder.
    pub(super) wallet: Wallet,
    /// Opens the wallet without key derivation.
    pub(super) recovery_code: RecoveryCode,
    /// The reference credential in the wallet.
    pub(super) credential: RecordId,
    /// What the verifier trusts.
    pub(super) trust: TrustStore,
    verifier: Verifier,
    /// Holds the vaults; removed at the end.
    pub(super) folder: TempDir,
}

impl Stage {
    /// Everything up to the credential in the holder's vault.
    pub(super) fn set(rng: &mut Rng) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
        let mut desk = new_desk(
            &folder,
            "https://nstb.example",
            "National Skill Testing Board",
            rng,
        )?;
        let root = desk.root()?.key.public_key();

        let mut description = desk.issuing()?.description();
        description.types.retain(|vct| vct != OTHER_TYPE);
        let next = NextList {
            issuers: vec![IssuerDescription::from(&description)],
            next_update: NOW + 90 * DAY,
            ..NextList::default()
        };
        let (_, trust_list) = desk.next_trust_list(next, NOW - HOUR, rng)?;

        let passphrase = Passphrase::new("demonstration")?;
        let path = folder.path().join("wallet.nansen");
        let (mut wallet, recovery_code) = Wallet::create(path, &passphrase, KdfParams::FLOOR, rng)?;
        let mut trust = TrustStore::new();
        trust.add_root(root.clone())?;
        trust.add_trust_list(&trust_list)?;
        wallet.add_root(root, rng)?;
        wallet.add_trust_list(&trust_list, rng)?;

        let credential = issue(&mut desk, &mut wallet, &reference()?, rng)?;
        for (_, list) in desk.status_lists(NOW - HOUR, None, None)? {
            trust.add_status_list(&list)?;
            wallet.add_status_list(&list, rng)?;
        }
        let key = SecretKey::generate_ed25519(rng);
        Ok(Self {
            desk,
            wallet,
            recovery_code,
            credential,
            trust,
            verifier: Verifier::new(key, "Himal Staffing, site office"),
            folder,
        })
    }

    /// A new request of the verifier, for the four claims of one type.
    pub(super) fn ask(&self, now: i64, rng: &mut Rng) -> Result<Session> {
        self.ask_for(REFERENCE_TYPE, now, rng)
    }

    /// A new request of the verifier, for the four claims of this type.
    pub(super) fn ask_for(&self, vct: &str, now: i64, rng: &mut Rng) -> Result<Session> {
        let asked = DISCLOSED
            .iter()
            .fold(CredentialQuery::sd_cwt("skills", vct), |asked, name| {
                asked.claim(ClaimPath::name(name))
            });
        let query = Query::new(vec![asked], Vec::new())?;
        let purpose = "Check your trade before hiring";
        let mut request = NewRequest::new("Himal Staffing, site office", purpose, query, now);
        request.lists = self.trust.held_lists();
        // A day, so that a clock that is wrong by hours does not end it.
        request.lifetime_seconds = 24 * 3600;
        Ok(self.verifier.ask(&request, rng)?)
    }

    /// The standard bytes of the one presentation in an answer, as its verifier gets them.
    pub(super) fn opened(&self, session: &Session, sealed: &[u8]) -> Result<Vec<u8>> {
        let opener = VerifierSession::from_secret_bytes(&session.to_secret_bytes())?;
        let lists = session.request().known_lists(self.trust.trust_lists());
        let answers = response::decode(session.request(), &opener.open(sealed)?, &lists)?;
        let first = answers.into_iter().next();
        let answer = first.ok_or(Failure::Demo { step: "answer" })?;
        Ok(answer.expanded.presentation)
    }

    /// An answer with this presentation, as anybody can make one who has it.
    pub(super) fn sealed(
        &self,
        request: &Request,
        presentation: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>> {
        let answer = response::Answer {
            query: 0,
            presentation,
            issuer_key: None,
        };
        let lists = request.known_lists(self.trust.trust_lists());
        Ok(seal(
            request,
            &response::encode(request, &[answer], &lists)?,
            rng,
        )?)
    }
}

/// A desk of an invented issuer, with fresh keys, in a vault of its own.
pub(super) fn new_desk(folder: &TempDir, uri: &str, name: &str, rng: &mut Rng) -> Result<Desk> {
    let passphrase = Passphrase::new("demonstration")?;
    let path = folder.path().join(format!("{name}.nansen"));
    let (vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng)?;
    let issuing = Issuing {
        key: SecretKey::generate_ed25519(rng),
        uri: uri.to_owned(),
        names: [("en".to_owned(), name.to_owned())].into(),
        country: "NPL".to_owned(),
        types: vec![REFERENCE_TYPE.to_owned(), OTHER_TYPE.to_owned()],
        status_prefix: format!("{uri}/s/"),
        status_bits: 1,
        status_entries: 1 << 16,
        not_before: ISSUED - 365 * DAY,
        not_after: ISSUED + 5 * 365 * DAY,
    };
    let root = Root {
        key: SecretKey::generate_ed25519(rng),
        list_id: "np.nstb".to_owned(),
    };
    Desk::create(vault, Some(issuing), Some(root), ISSUED, rng)
}

/// The reference credential's claim file.
pub(super) fn reference() -> Result<ClaimFile> {
    serde_json::from_str(REFERENCE).map_err(|source| Failure::Json {
        path: "reference.json".into(),
        source,
    })
}

/// Issues a credential to a fresh key of the wallet, and imports it.
pub(super) fn issue(
    desk: &mut Desk,
    wallet: &mut Wallet,
    file: &ClaimFile,
    rng: &mut Rng,
) -> Result<RecordId> {
    let device_key = wallet.new_device_key(NOW, rng)?;
    let holder = Holder::Device(Box::new(device_key));
    let signed = desk.sign(file, &holder, ISSUED, rng)?;
    let issued = desk.commit(vec![signed], ISSUED, rng)?.into_iter().next();
    let issued = issued.ok_or(Failure::Demo { step: "issue" })?;
    Ok(wallet.import(&issued.bytes, NOW, rng)?.id)
}

const REFERENCE: &str = include_str!("reference.json");
const REFERENCE_TYPE: &str = "urn:nansen:skills:1";
