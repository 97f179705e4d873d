//! Ids, times and claim paths: types of their own on both sides of the border.

use nansen::credential;

use crate::NansenError;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z (unix time). What credentials and lists
/// say of moments outside the years 1 to 9999 is given as the nearest of these; an app's own
/// moments outside them (milliseconds, say) are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub i64);

uniffi::custom_type!(Timestamp, i64, {
    lower: |time| time.0.clamp(EARLIEST, LATEST),
    try_lift: |seconds| match seconds {
        EARLIEST..=LATEST => Ok(Timestamp(seconds)),
        // In both directions, as far from 1970.
        _ => Err(NansenError::OutOfBounds {
            what: "seconds from 1970".into(),
            size: seconds.unsigned_abs(),
            least: 0,
            most: LATEST.unsigned_abs(),
        }
        .into()),
    },
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
        Err(error) => Err(NansenError::malformed("claim path", &error).into()),
    },
});

impl From<&credential::ClaimPath> for ClaimPath {
    fn from(path: &credential::ClaimPath) -> Self {
        Self(path.clone())
    }
}

/// Names an open request of a verifier: 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub [u8; 32]);

uniffi::custom_type!(RequestId, String, {
    lower: |id| to_hex(&id.0),
    try_lift: |text| Ok(RequestId(from_hex(&text, "request id")?)),
});

/// Names a record of a vault: 32 hexadecimal digits.
#[cfg(feature = "vault")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordId(pub nansen::vault::RecordId);

#[cfg(feature = "vault")]
uniffi::custom_type!(RecordId, String, {
    lower: |id| to_hex(id.0.as_bytes()),
    try_lift: |text| Ok(RecordId(nansen::vault::RecordId::new(from_hex(&text, "record id")?))),
});

#[cfg(feature = "vault")]
impl From<nansen::vault::RecordId> for RecordId {
    fn from(id: nansen::vault::RecordId) -> Self {
        Self(id)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str, what: &str) -> Result<[u8; N], NansenError> {
    let malformed = || NansenError::Malformed {
        what: what.into(),
        reason: format!("not {} hexadecimal digits", 2 * N),
    };
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return Err(malformed());
    };
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(value(*high)? << 4 | value(*low)?));
    let bytes: Option<Vec<u8>> = bytes.collect();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(malformed)
}
