//! A claim file: what a credential is to say, as JSON.
//!
//! | field | meaning | without it |
//! |---|---|---|
//! | `claims` | object: what the credential says | refused |
//! | `type` | which of the desk's types | the desk's only type |
//! | `issuer` | must be the desk's own uri | |
//! | `issued_at`, `not_before`, `expires_at` | unix seconds or RFC 3339 | now, none, none |
//! | `status` | `false` for none, or `{"idx": .., "uri": ..}` for a certain place | a place drawn at random |
//! | `redact` | paths of the claims that can be left out | each claim of the top level |
//! | `always_disclosed` | paths that stay in clear | none |
//! | `decoys_to_multiple_of` | digests of each map are filled up to a multiple of this | no decoys |
//! | `device_key` | base64url, the key that it is bound to | the command line names it |
//! | `title` | what the desk's log calls it | the type |
//!
//! Other fields are passed over, and the output names them.

use std::collections::BTreeMap;

use nansen_credential::ClaimPath;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::clock::Moment;

/// What a credential is to say.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClaimFile {
    /// Must be the desk's own uri.
    pub(crate) issuer: Option<String>,
    /// Which of the desk's types.
    #[serde(rename = "type")]
    pub(crate) vct: Option<String>,
    /// When it is issued.
    pub(crate) issued_at: Option<Moment>,
    /// From when it is valid.
    pub(crate) not_before: Option<Moment>,
    /// Until when it is valid.
    pub(crate) expires_at: Option<Moment>,
    /// Its place in a status list.
    #[serde(default)]
    pub(crate) status: StatusWish,
    /// What it says.
    pub(crate) claims: serde_json::Map<String, serde_json::Value>,
    /// Claims that can be left out.
    pub(crate) redact: Option<Vec<PathText>>,
    /// Claims that stay in clear.
    #[serde(default)]
    pub(crate) always_disclosed: Vec<PathText>,
    /// Digests are filled up with decoys to a multiple of this.
    pub(crate) decoys_to_multiple_of: Option<usize>,
    /// The key that it is bound to.
    pub(crate) device_key: Option<String>,
    /// What the desk's log calls it.
    pub(crate) title: Option<String>,
    #[serde(flatten)]
    passed_over: BTreeMap<String, IgnoredAny>,
}

impl ClaimFile {
    /// A file with these claims and nothing else.
    pub(crate) fn new(claims: serde_json::Map<String, serde_json::Value>) -> Self {
        Self {
            issuer: None,
            vct: None,
            issued_at: None,
            not_before: None,
            expires_at: None,
            status: StatusWish::Any,
            claims,
            redact: None,
            always_disclosed: Vec::new(),
            decoys_to_multiple_of: None,
            device_key: None,
            title: None,
            passed_over: BTreeMap::new(),
        }
    }

    /// Fields that mean nothing to this program.
    pub(crate) fn passed_over(&self) -> Vec<&str> {
        self.passed_over.keys().map(String::as_str).collect()
    }
}

/// Which place in a status list a credential is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum StatusWish {
    /// A free one.
    #[default]
    Any,
    /// None: it cannot be revoked.
    None,
    /// This one.
    At {
        /// Place in the list.
        index: u64,
        /// The list.
        uri: String,
    },
}

impl<'de> Deserialize<'de> for StatusWish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Wanted(bool),
            At { idx: u64, uri: String },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Wanted(true) => Self::Any,
            Written::Wanted(false) => Self::None,
            Written::At { idx, uri } => Self::At { index: idx, uri },
        })
    }
}

/// A claim path, written as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathText(pub(crate) ClaimPath);

impl<'de> Deserialize<'de> for PathText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Seconds(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Seconds(seconds) => Ok(Self(seconds)),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_and_others_are_named() {
        let file: ClaimFile = serde_json::from_str(
            r#"{"about": "x", "issuer": "https://nstb.example", "type": "urn:nansen:skills:1",
                "issued_at": 1790000000, "expires_at": "2031-09-20T00:00:00Z",
                "status": {"idx": 48213, "uri": "https://nstb.example/s/7"},
                "claims": {"eqf_level": 3}, "redact": ["skills[*]"], "always_disclosed": ["eqf_level"]}"#,
        )
        .unwrap();
        assert_eq!(file.passed_over(), ["about"]);
        assert_eq!(file.issued_at, Some(Moment(1_790_000_000)));
        assert_eq!(file.expires_at.unwrap().to_string(), "2031-09-20T00:00:00Z");
        let uri = "https://nstb.example/s/7".to_owned();
        assert_eq!(file.status, StatusWish::At { index: 48213, uri });
    }

    #[test]
    fn status_can_be_left_to_the_desk_or_left_out() {
        let status = |text| serde_json::from_str::<ClaimFile>(text).unwrap().status;
        assert_eq!(status(r#"{"claims": {}}"#), StatusWish::Any);
        assert_eq!(
            status(r#"{"claims": {}, "status": false}"#),
            StatusWish::None
        );
    }

    #[test]
    fn a_path_or_time_that_is_none_is_refused() {
        for text in [
            r#"{"claims": {}, "redact": ["a..b"]}"#,
            r#"{"claims": {}, "expires_at": "soon"}"#,
            r#"{"redact": []}"#,
        ] {
            assert!(serde_json::from_str::<ClaimFile>(text).is_err(), "{text}");
        }
    }
}
