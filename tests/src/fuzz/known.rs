//! The people and lists of the fuzz targets: the same on every run and every machine.

use core::convert::Infallible;
use std::sync::LazyLock;

use nansen_credential::cbor::{Map, Value};
use nansen_credential::cose::{PublicKey, SecretKey, Signer, header, sign1};
use nansen_credential::trust::{Issuer, IssuerKey, TrustList, TrustListContent};
use nansen_exchange::compact::Meeting;
use nansen_exchange::query::CredentialQuery;
use nansen_exchange::{NewRequest, Query, Request, VerifierSession};
use rand_core::{TryCryptoRng, TryRng};

/// When everything here happens, unix seconds.
pub(super) const NOW: i64 = 1_790_000_000;
/// The issuer on the trust list.
pub(super) const ISSUER: &str = "https://issuer.example";
/// The type that it issues.
pub(super) const VCT: &str = "urn:nansen:skills:1";
/// The audience of presentations without a request.
pub(super) const ONE_WAY: &str = "anyone";

/// Everybody who signs, and what they agree on.
pub(super) struct Known {
    pub(super) root: SecretKey,
    pub(super) issuer: SecretKey,
    pub(super) device: SecretKey,
    pub(super) verifier: SecretKey,
    /// The list that names the issuer, signed by the root.
    pub(super) list_bytes: Vec<u8>,
    pub(super) list: TrustList,
    pub(super) request: Request,
    pub(super) session: VerifierSession,
    /// The verifier's audience, that of the request.
    audience: String,
}

/// The one cast of all targets.
pub(super) static KNOWN: LazyLock<Known> = LazyLock::new(Known::new);

impl Known {
    fn new() -> Self {
        let mut counter = Counter(1);
        let mut key = || SecretKey::generate_ed25519(&mut counter);
        let (root, issuer, device, verifier) = (key(), key(), key(), key());
        let content = TrustListContent {
            id: "list".into(),
            version: 1,
            issued_at: NOW,
            next_update: NOW + 1_000_000,
            issuers: vec![Issuer {
                uri: ISSUER.into(),
                names: [("en".to_owned(), "Issuer".to_owned())].into(),
                country: "NPL".into(),
                keys: vec![IssuerKey::new(
                    issuer.public_key(),
                    NOW - 1_000_000,
                    NOW + 1_000_000,
                )],
                types: vec![VCT.into(), "urn:nansen:training:1".into()],
                status_prefixes: vec!["https://issuer.example/s/".into()],
                registration: Default::default(),
            }],
        };
        let list_bytes = content.sign(&root).expect("a list that can be signed");
        let list = TrustList::parse_verified(&list_bytes, &[root.public_key()]);
        let query = Query::new(vec![CredentialQuery::sd_cwt("skills", VCT)], Vec::new());
        let query = query.expect("a query that keeps the rules");
        let (request, session) = NewRequest::new("Gate 3", "Site induction", query, NOW)
            .sign(&verifier, &mut counter)
            .expect("a request that can be signed");
        Self {
            root,
            issuer,
            device,
            verifier,
            list_bytes,
            list: list.expect("a list that was just signed"),
            audience: request.audience(),
            request,
            session,
        }
    }

    /// The three kinds of meeting that a compact form can be made for.
    pub(super) fn meetings(&self) -> [Meeting<'_>; 3] {
        [
            Meeting::Answer {
                audience: &self.audience,
                nonce: self.request.digest(),
                requested_at: self.request.issued_at(),
            },
            Meeting::OneWay { audience: ONE_WAY },
            Meeting::Copy,
        ]
    }
}

/// `payload` signed by `signer` as a message of type `typ`, with its `kid` in the header unless
/// that would be refused.
pub(super) fn signed(payload: &[u8], typ: Value, with_kid: bool, signer: &SecretKey) -> Vec<u8> {
    let key: PublicKey = signer.public_key();
    let mut protected = Map::new()
        .with(header::ALG, key.algorithm().id())
        .with(header::TYP, typ);
    if with_kid {
        protected.insert(header::KID, Value::Bytes(key.kid().to_vec()));
    }
    sign1(&protected.to_cbor(), &Map::new(), payload, signer).expect("a key in memory signs")
}

/// A stand-in for randomness that gives the same bytes on every run (SplitMix64).
pub(super) struct Counter(pub(super) u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.try_next_u64()?.to_le_bytes();
            for (byte, drawn) in chunk.iter_mut().zip(drawn) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
