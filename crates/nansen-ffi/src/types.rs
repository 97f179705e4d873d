//! Ids, times and claim paths: types of their own on both sides of the border.

use nansen::credential;

use crate::NansenError;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z (unix time). What credentials and lists
/// say of moments outside the years 1 to 9999 is given as the nearest of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub i64);

uniffi::custom_type!(Timestamp, i64, {
    lower: |time| time.0.clamp(EARLIEST, LATEST),
    try_lift: |seconds| Ok(Timestamp(seconds.clamp(EARLIEST, LATEST))),
});

/// 0001-01-01T00:00:00Z: what every language's type of time can hold.
const EARLIEST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

impl From<i64> for Timestamp {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

/// Where a claim stands in a credential, as text: `family_name`, `level[0].scheme`, `skills[*]`
/// (DCQL, OpenID4VP 1.0, section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(pub credential::ClaimPath);

uniffi::custom_type!(ClaimPath, String, {
    lower: |path| path.0.to_string(),
    try_lift: |text| match text.parse() {
        Ok(path) => Ok(ClaimPath(path)),
        Err(error) => Err(NansenError::from(nansen::Error::Credential(error)).into()),
    },
});

impl From<&credential::ClaimPath> for ClaimPath {
    fn from(path: &credential::ClaimPath) -> Self {
        Self(path.clone())
    }
}

/// Names a record of a vault: 32 hexadecimal digits.
#[cfg(feature = "vault")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordId(pub nansen::vault::RecordId);

#[cfg(feature = "vault")]
uniffi::custom_type!(RecordId, String, {
    lower: |id| id.0.to_string(),
    try_lift: |text| match from_hex(&text) {
        Some(bytes) => Ok(RecordId(nansen::vault::RecordId::new(bytes))),
        None => Err(NansenError::Malformed { what: "record id".into(), reason: "not 32 hexadecimal digits".into() }.into()),
    },
});

#[cfg(feature = "vault")]
impl From<nansen::vault::RecordId> for RecordId {
    fn from(id: nansen::vault::RecordId) -> Self {
        Self(id)
    }
}

#[cfg(feature = "vault")]
fn from_hex(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let digits = text.as_bytes();
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = *pair else { return None };
        *byte = value(high)? << 4 | value(low)?;
    }
    Some(bytes)
}
