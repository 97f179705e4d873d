//! What it costs to show four claims of one entry among 15, 60, 250 and 1,000.
//!
//! `cargo run --release -p nansen-examples --example growth`
//!
//! With nested redaction a group that stays hidden costs one digest, so that the size follows
//! the groups on the way to what is shown, and not the number of claims.

use nansen::credential::ClaimPath;
use nansen::credential::cbor::Map;
use nansen::credential::cose::{SecretKey, Signer};
use nansen::credential::sd_cwt::{Credential, Issuance, KeyBinding, Redaction, Terms};
use nansen::exchange::compact::{Meeting, compact};
use nansen::exchange::qr::{Code, Kind, Layout, Level};
use nansen::exchange::seal::SEAL_BYTES;

/// Claims of an entry: a job as a worker would record it.
const CLAIMS: [(&str, &str); 10] = [
    ("employer", "Gulf Horizon Engineering LLC, Dubai"),
    ("occupation", "7212"),
    ("from", "2021-02"),
    ("to", "2024-08"),
    ("country", "ARE"),
    ("tasks", "Pressure piping, structural steel"),
    ("hours", "48"),
    ("role", "Crew leader"),
    ("skills", "SMAW 3G/4G"),
    ("statement", "No lost-time incidents"),
];

const NOW: i64 = 1_790_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("claims  levels      credential  standard  compact  digests  QR version (sealed)");
    // Groups, entries of each group, claims of each entry.
    for (groups, entries, claims) in [(1, 1, 15), (1, 6, 10), (5, 5, 10), (10, 10, 10)] {
        let (all, redact) = credential(groups, entries, claims);
        let issuer = SecretKey::generate_ed25519(&mut rng());
        let device = SecretKey::generate_ed25519(&mut rng());
        let issued = Issuance {
            terms: Terms {
                issuer: "https://nstb.example".into(),
                vct: Some("urn:nansen:skills:1".into()),
                issued_at: Some(NOW),
                not_before: None,
                expires_at: Some(NOW + 157_680_000),
                device_key: Some(device.public_key()),
                status: None,
            },
            kid: &issuer.public_key().kid(),
            claims: &all,
            redaction: Redaction {
                paths: redact,
                decoys_to_multiple_of: 0,
            },
        }
        .sign(&issuer, &mut rng())?;

        let credential = Credential::parse(&issued)?;
        let entry = prefix(groups - 1, entries - 1, groups, entries);
        let shown: Vec<ClaimPath> = CLAIMS
            .iter()
            .take(4)
            .map(|(name, _)| format!("{entry}{name}").parse())
            .collect::<Result<_, _>>()?;
        let binding = KeyBinding {
            audience: "verifier".into(),
            issued_at: Some(NOW + 60),
            expires_at: None,
            id: None,
            nonce: Some(vec![7; 32]),
        };
        let selection = credential.select(&shown)?;
        let presentation = credential.bind(&selection, &binding)?.sign(&device)?;
        let meeting = Meeting::Answer {
            audience: "verifier",
            nonce: &[7; 32],
            requested_at: NOW,
        };
        let key = issuer.public_key();
        let compact = compact(&presentation, meeting, &[], Some(&key));
        let layout = Layout {
            version_max: 40,
            ..Layout::default()
        };
        let sealed = vec![0; compact.len() + SEAL_BYTES + 2];
        let texts = layout.texts(Kind::Response, &sealed)?;
        let [text] = texts.as_slice() else {
            return Err("more than one code".into());
        };
        // Hidden digests are what is left of the compact form beside a fixed part.
        let hidden = (groups - 1) * usize::from(groups > 1)
            + (entries - 1) * usize::from(entries > 1)
            + claims
            - 4;
        println!(
            "{:>6}  {:<10}  {:>10}  {:>8}  {:>7}  {:>7}  {}",
            groups * entries * claims,
            format!("{groups} x {entries} x {claims}"),
            issued.len(),
            presentation.len(),
            compact.len(),
            hidden,
            Code::draw(text, Level::L)?.version(),
        );
    }
    Ok(())
}

/// Claims in entries in groups, and the path of each that can be left out.
fn credential(groups: usize, entries: usize, claims: usize) -> (Map, Vec<ClaimPath>) {
    let mut all = Map::new();
    let mut paths = Vec::new();
    let mut redact = |path: &str| paths.extend(path.trim_end_matches('.').parse::<ClaimPath>());
    for group in 0..groups {
        let mut in_group = Map::new();
        for entry in 0..entries {
            let mut in_entry = Map::new();
            let prefix = prefix(group, entry, groups, entries);
            for claim in 0..claims {
                let (name, value) = CLAIMS.get(claim).copied().unwrap_or(("", "more"));
                let name = if name.is_empty() {
                    format!("claim{claim}")
                } else {
                    name.into()
                };
                redact(&format!("{prefix}{name}"));
                in_entry.insert(name, value);
            }
            if entries == 1 {
                in_group = in_entry;
            } else {
                redact(&prefix);
                in_group.insert(format!("e{entry}"), in_entry);
            }
        }
        if groups == 1 {
            all = in_group;
        } else {
            redact(&format!("g{group}"));
            all.insert(format!("g{group}"), in_group);
        }
    }
    (all, paths)
}

/// Path of an entry, with a dot behind; levels of a single member are left out.
fn prefix(group: usize, entry: usize, groups: usize, entries: usize) -> String {
    let group = if groups > 1 {
        format!("g{group}.")
    } else {
        String::new()
    };
    let entry = if entries > 1 {
        format!("e{entry}.")
    } else {
        String::new()
    };
    group + &entry
}

fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
