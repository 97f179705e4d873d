//! Credentials: what an issuer signs and a verifier checks. Pure: no file, no clock, no network,
//! no source of randomness of its own.
//!
//! - To issue one: [`sd_cwt::Issuance`], with a [`cose::Signer`].
//! - To hold one: [`sd_cwt::Credential`], which selects claims by [`ClaimPath`] and binds a
//!   presentation to a device key.
//! - To check one: [`verify::verify`], which tells a [`report::Report`].
//! - To say who may issue what: [`trust`]. To say what was revoked: [`status`].
//! - To carry all that to phones without a network: [`pack`].
//! - What claims are called: [`claims`]. What is refused, and at which size: [`limits`].
//!
//! ```
//! use nansen_credential::cbor::Map;
//! use nansen_credential::cose::{SecretKey, Signer};
//! use nansen_credential::sd_cwt::{Credential, Issuance, KeyBinding, Redaction, Terms};
//! use nansen_credential::{ClaimPath, Error};
//!
//! # fn main() -> Result<(), Error> {
//! let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! let (issuer, device) = (
//!     SecretKey::generate_ed25519(&mut rng),
//!     SecretKey::generate_ed25519(&mut rng),
//! );
//! let claims = Map::new().with("family_name", "Gurung").with("isco_08", "7212");
//! let issued = Issuance {
//!     terms: Terms {
//!         issuer: "https://nstb.example".into(),
//!         vct: Some("urn:nansen:skills:1".into()),
//!         issued_at: Some(1_790_000_000),
//!         not_before: None,
//!         expires_at: Some(1_947_680_000),
//!         device_key: Some(device.public_key()),
//!         status: None,
//!     },
//!     kid: &issuer.public_key().kid(),
//!     claims: &claims,
//!     redaction: Redaction::each_claim_of(&claims),
//! }
//! .sign(&issuer, &mut rng)?;
//!
//! let credential = Credential::parse(&issued)?;
//! let selection = credential.select(&[ClaimPath::name("isco_08")])?;
//! let binding = KeyBinding {
//!     audience: "the verifier".into(),
//!     issued_at: Some(1_790_000_100),
//!     expires_at: None,
//!     id: None,
//!     nonce: Some(vec![7; 32]),
//! };
//! let presentation = credential.bind(&selection, &binding)?.sign(&device)?;
//! # assert!(!presentation.is_empty());
//! # Ok(())
//! # }
//! ```
pub mod cbor;
pub mod claims;
pub mod cose;
mod error;
mod fields;
pub mod json;
pub mod limits;
pub mod pack;

mod path;
pub mod report;
pub mod sd_cwt;
pub mod status;
pub mod trust;
pub mod verify;

pub use error::{ClaimName, Error};
pub use path::{ClaimPath, PathElement};
