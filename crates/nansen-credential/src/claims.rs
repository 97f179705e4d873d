//! Names and codes of claims.
//!
//! Names are snake_case and come from the European Learning Model 3, Open Badges 3.0 and
//! OpenID Connect Core where those have one. A code travels with its scheme and version and is
//! never converted silently, so every level is a map of `scheme`, `version`, `level`, `source`.
//!
//! [`NAME_TABLE`] gives frequent names a number of one or two bytes for compact forms. It is
//! frozen: entries are only ever appended, and an entry never changes its place.

use crate::Error;
use crate::cbor::{Map, Value};

/// Registered CWT claims (IANA CWT claims; draft-ietf-spice-sd-cwt).
pub mod label {
    /// `iss`: the issuer, a URI.
    pub const ISS: i64 = 1;
    /// `sub`: whom the credential is about.
    pub const SUB: i64 = 2;
    /// `aud`: the verifier that a key binding is for.
    pub const AUD: i64 = 3;
    /// `exp`: end of validity, unix seconds.
    pub const EXP: i64 = 4;
    /// `nbf`: start of validity, unix seconds.
    pub const NBF: i64 = 5;
    /// `iat`: when it was signed, unix seconds.
    pub const IAT: i64 = 6;
    /// `cti`: an identifier of this one token.
    pub const CTI: i64 = 7;
    /// `cnf`: the device key.
    pub const CNF: i64 = 8;
    /// `vct`: the type of the credential.
    pub const VCT: i64 = 11;
    /// `cnonce`: the nonce of the request that is answered.
    pub const CNONCE: i64 = 39;
    /// `status`: where the credential stands in a status list.
    pub const STATUS: i64 = 65535;
}

/// Claims of the top level that must stay in clear (draft-ietf-spice-sd-cwt, section 5).
pub const NEVER_REDACTED: [i64; 8] = [1, 3, 4, 5, 6, 7, 8, 39];

/// Claim that says how the content came about; never redacted. See [`Assurance`].
pub const ASSURANCE: &str = "assurance";
/// Claim that says what the credential is and is not in law; never redacted.
pub const LEGAL_EFFECT: &str = "legal_effect";

/// Claim that says where a licence counts, as ISO 3166-1 alpha-3 codes.
pub const JURISDICTION: &str = "jurisdiction";

/// How the content of a credential came about, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// The holder says so.
    SelfDeclared,
    /// Somebody who knows says so.
    Attested,
    /// An assessor saw it done.
    Assessed,
    /// A body certified it against a standard.
    Certified,
    /// An authority recognised it.
    Recognised,
}

impl Assurance {
    /// The value of the claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfDeclared => "self_declared",
            Self::Attested => "attested",
            Self::Assessed => "assessed",
            Self::Certified => "certified",
            Self::Recognised => "recognised",
        }
    }

    /// What to show beside the content, in English.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SelfDeclared => "Self-declared: the holder says so",
            Self::Attested => "Attested: somebody who knows says so",
            Self::Assessed => "Assessed: an assessor saw it done",
            Self::Certified => "Certified: a body certified it against a standard",
            Self::Recognised => "Recognised: an authority recognised it",
        }
    }
}

impl core::str::FromStr for Assurance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [
            Self::SelfDeclared,
            Self::Attested,
            Self::Assessed,
            Self::Certified,
            Self::Recognised,
        ]
        .into_iter()
        .find(|assurance| assurance.as_str() == text)
        .ok_or(Error::Invalid { what: ASSURANCE })
    }
}

/// Checks the claims whose values come from a closed list: `assurance`, and the level of every
/// map that names a scheme of [`LEVEL_SCHEMES`].
///
/// # Errors
/// [`Error::Invalid`] naming the claim.
pub fn check_codes(claims: &Map) -> Result<(), Error> {
    if let Some(assurance) = claims.name(ASSURANCE) {
        let text = assurance.as_text().unwrap_or_default();
        text.parse::<Assurance>()?;
    }
    claims.iter().try_for_each(|(_, value)| check_levels(value))
}

fn check_levels(value: &Value) -> Result<(), Error> {
    match value {
        Value::Map(map) => {
            let scheme = map.name("scheme").and_then(Value::as_text);
            if let (Some(scheme), Some(level)) = (scheme, map.name("level"))
                && !is_level(scheme, level)
            {
                return Err(Error::Invalid { what: "level" });
            }
            map.iter().try_for_each(|(_, value)| check_levels(value))
        }
        Value::Array(items) => items.iter().try_for_each(check_levels),
        _ => Ok(()),
    }
}

/// Whether `level` exists in `scheme`. Levels of schemes not in [`LEVEL_SCHEMES`] all do.
#[must_use]
pub fn is_level(scheme: &str, level: &Value) -> bool {
    let Some((_, levels)) = LEVEL_SCHEMES.iter().find(|(name, _)| *name == scheme) else {
        return true;
    };
    match (levels, level) {
        (Levels::Numbers(first, last), Value::Integer(level)) => (first..=last).contains(&level),
        (Levels::Names(names), Value::Text(level)) => names.contains(&level.as_str()),
        _ => false,
    }
}

/// The levels of a scheme.
#[derive(Clone, Copy, Debug)]
pub enum Levels {
    /// First and last of consecutive numbers.
    Numbers(i64, i64),
    /// Names, lowest first.
    Names(&'static [&'static str]),
}

/// Schemes with a closed list of levels. Others (national frameworks, WRL, ISCED 2011...) pass
/// through as they are, with the version that the issuer names.
pub const LEVEL_SCHEMES: [(&str, Levels); 5] = [
    ("EQF", Levels::Numbers(1, 8)),
    ("AQRF", Levels::Numbers(1, 8)),
    ("SADCQF", Levels::Numbers(1, 10)),
    ("PQF", Levels::Numbers(1, 10)),
    ("CEFR", Levels::Names(&["A1", "A2", "B1", "B2", "C1", "C2"])),
];

/// Version of [`NAME_TABLE`] that this program writes.
pub const NAME_TABLE_VERSION: u64 = 1;

/// The number of a name in [`NAME_TABLE`].
#[must_use]
pub fn name_index(name: &str) -> Option<u64> {
    NAME_TABLE
        .iter()
        .position(|entry| *entry == name)
        .map(|index| index as u64)
}

/// The name with this number in [`NAME_TABLE`].
#[must_use]
pub fn name_at(index: u64) -> Option<&'static str> {
    NAME_TABLE.get(usize::try_from(index).ok()?).copied()
}

/// Claim names by number. The first 24 take one byte in CBOR, the rest two.
pub const NAME_TABLE: &[&str] = &[
    // A skills credential and the identity beside it.
    "family_name",
    "given_name",
    "birth_date",
    "nationality",
    "document_number",
    "qualification",
    "eqf_level",
    "isced_f",
    "isco_08",
    "skills",
    "awarding_body",
    "award_date",
    "employer",
    "employment",
    "reference",
    "assurance",
    "legal_effect",
    "title",
    "level",
    "country",
    "occupation",
    "from",
    "to",
    "portrait_hash",
    // Qualification.
    "scheme",
    "version",
    "source",
    "credits",
    "grade",
    "learning_outcomes",
    "part_of",
    // Skill assessment, recognition of prior learning.
    "standard",
    "unit_code",
    "skill",
    "result",
    "method",
    "assessor",
    "site",
    "date",
    // Work experience and employer reference.
    "tasks",
    "hours",
    "months",
    "referee",
    "role",
    "relation",
    "statement",
    "experience",
    // Language level.
    "language",
    "listening",
    "reading",
    "spoken_interaction",
    "spoken_production",
    "writing",
    // Training, badge.
    "name",
    "provider",
    "mode",
    "criteria",
    "expiry",
    "stack_into",
    // Licence.
    "profession",
    "number",
    "authority",
    "jurisdiction",
    "restrictions",
    "agreement",
    // Identity document.
    "family_name_native",
    "given_name_native",
    "family_name_latin",
    "given_name_latin",
    "place_of_birth",
    "gender",
    "document_type",
    "issuing_country",
    // Qualifications-passport assessment.
    "highest",
    "others",
    "jobs",
    "languages",
    "substantiated",
    "status_text",
    "way_ahead",
    "contacts",
    "evaluators",
    "documents_seen",
    "interview_date",
    // Recognition decision.
    "of",
    "binding",
    "outcome",
    "conditions",
    // Groups, hashes and addresses.
    "identity",
    "qualifications",
    "work",
    "training",
    "licences",
    "documents",
    "hash",
    "media_type",
    "address",
    "locality",
    "email",
    "phone_number",
    "isced",
    "esco",
    "cefr",
    "wrl",
    "entries",
    "group",
    "entry",
    "code",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_table_only_grows() {
        use sha2::{Digest, Sha256};
        let frozen = Sha256::digest(NAME_TABLE[..108].join("\n"));
        let hex: String = frozen.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "db84cb115142c1372719efcb82d35ef6a7a5daa4a256bd25e516172ba3b87ab3"
        );
        for (index, name) in NAME_TABLE.iter().enumerate() {
            assert_eq!(name_index(name), Some(index as u64), "{name} stands twice");
        }
    }

    #[test]
    fn codes_outside_their_scheme_are_refused() {
        let level = |scheme: &str, level: Value| {
            let level = Map::new().with("scheme", scheme).with("level", level);
            check_codes(&Map::new().with("level", Value::Array(vec![level.into()])))
        };
        assert_eq!(level("EQF", 8.into()), Ok(()));
        assert_eq!(
            level("EQF", 9.into()),
            Err(Error::Invalid { what: "level" })
        );
        assert_eq!(level("SADCQF", 10.into()), Ok(()));
        assert_eq!(level("CEFR", "B2".into()), Ok(()));
        assert_eq!(
            level("CEFR", "B3".into()),
            Err(Error::Invalid { what: "level" })
        );
        assert_eq!(level("NQF-NP", "Level 3".into()), Ok(()));
        let assurance = |text: &str| check_codes(&Map::new().with(ASSURANCE, text));
        assert_eq!(assurance("assessed"), Ok(()));
        assert_eq!(
            assurance("guessed"),
            Err(Error::Invalid { what: ASSURANCE })
        );
    }
}
