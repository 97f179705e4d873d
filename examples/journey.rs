//! The whole journey in one file: a root and an issuer, a holder's wallet, a verifier.
//!
//! `cargo run --release -p nansen-examples --example journey`

use nansen::credential::ClaimPath;
use nansen::credential::cbor::Map;
use nansen::credential::cose::{SecretKey, Signer};
use nansen::credential::sd_cwt::{Issuance, Redaction, Terms};
use nansen::credential::trust::{Issuer, IssuerKey, TrustListContent};
use nansen::exchange::Query;
use nansen::exchange::qr::Layout;
use nansen::exchange::query::CredentialQuery;
use nansen::present::Chosen;
use nansen::vault::{KdfParams, Passphrase};
use nansen::{TrustStore, Verifier, Wallet};

const NOW: i64 = 1_790_000_000;
const TYPE: &str = "urn:nansen:skills:1";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);

    // Long before, at a desk: a root says that the issuer may issue skills credentials.
    let (root, issuer) = (
        SecretKey::generate_ed25519(&mut rng),
        SecretKey::generate_ed25519(&mut rng),
    );
    let trust_list = TrustListContent {
        id: "np".into(),
        version: 1,
        issued_at: NOW,
        next_update: NOW + 90 * 86_400,
        issuers: vec![Issuer {
            uri: "https://nstb.example".into(),
            names: [("en".to_owned(), "National Skill Testing Board".to_owned())].into(),
            country: "NPL".into(),
            keys: vec![IssuerKey::new(issuer.public_key(), NOW, NOW + 365 * 86_400)],
            types: vec![TYPE.into()],
            status_prefixes: vec![],
            registration: Default::default(),
        }],
    }
    .sign(&root)?;

    // The holder's phone: a wallet, a device key, the credential.
    let folder = tempfile::tempdir()?;
    let (mut wallet, recovery) = Wallet::create(
        folder.path().join("wallet.nansen"),
        &Passphrase::new("correct horse battery staple")?,
        KdfParams::default(),
        &mut rng,
    )?;
    println!(
        "Recovery code, to be kept on paper: {}",
        recovery.groups().as_str()
    );
    wallet.add_root(root.public_key(), &mut rng)?;
    wallet.add_trust_list(&trust_list, &mut rng)?;
    let claims = Map::new()
        .with("family_name", "Gurung")
        .with("qualification", "Welder (SMAW 3G/4G)")
        .with("document_number", "PA0412337");
    let credential = Issuance {
        terms: Terms {
            issuer: "https://nstb.example".into(),
            vct: Some(TYPE.into()),
            issued_at: Some(NOW),
            not_before: None,
            expires_at: Some(NOW + 5 * 365 * 86_400),
            device_key: Some(wallet.new_device_key(NOW, &mut rng)?),
            status: None,
        },
        kid: &issuer.public_key().kid(),
        claims: &claims,
        redaction: Redaction::each_claim_of(&claims),
    }
    .sign(&issuer, &mut rng)?;
    wallet.import(&credential, NOW, &mut rng)?;

    // The verifier's phone: what it trusts, and a request to show as a QR code.
    let mut store = TrustStore::new();
    store.add_root(root.public_key())?;
    store.add_trust_list(&trust_list)?;
    let verifier = Verifier::new(SecretKey::generate_ed25519(&mut rng), "Gate 3");
    let asked = CredentialQuery::sd_cwt("skills", TYPE).claim(ClaimPath::name("qualification"));
    let query = Query::new(vec![asked], vec![])?;
    let mut session = verifier.request(query, "Site induction", &store, NOW, &mut rng)?;
    println!(
        "Request: {} code(s)",
        session.codes(Layout::default())?.len()
    );

    // The holder scans it, sees who asks for what, and chooses.
    let consent = wallet.consent(session.request().bytes(), NOW)?;
    println!("{} asks for:", consent.request().name());
    let mut choice = Vec::new();
    for (query, options) in consent.queries.iter().enumerate() {
        for option in options.candidates.iter().take(1) {
            for claim in &option.claims {
                println!("  {} (of {})", claim.path, option.credential.held.title);
            }
            choice.push(Chosen {
                query,
                credential: option.credential.held.id,
                claims: option
                    .claims
                    .iter()
                    .map(|claim| claim.path.clone())
                    .collect(),
            });
        }
    }
    let answer = wallet.answer(&consent, &choice, NOW, &mut rng)?;

    // The verifier scans the answer and reads the report.
    let answered = session.check(&answer.bytes, &store, NOW)?;
    for checked in &answered.presentations {
        println!("Verdict: {}", checked.report.verdict().as_str());
        if let Some(claims) = checked.report.verified() {
            println!(
                "  qualification: {:?}",
                claims.claims().name("qualification")
            );
        }
    }
    Ok(())
}
