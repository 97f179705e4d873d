//! Public keys as people hand them over: base64url of the short bytes (32 of Ed25519, 33 of
//! P-256), as text, in a file, or in a picture of a QR code.

use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding};
use nansen_credential::cose::PublicKey;

use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::PICTURE_BYTES_MAX;
use crate::output::Output;
use crate::pictures;

/// The text of a key.
pub(crate) fn to_text(key: &PublicKey) -> String {
    Base64UrlUnpadded::encode_string(&key.to_short())
}

/// A key from its text.
pub(crate) fn from_text(text: &str) -> Result<PublicKey> {
    let bytes = Base64UrlUnpadded::decode_vec(text.trim().trim_end_matches('='));
    let bytes = bytes.map_err(|_| Failure::Field {
        field: "public key",
        reason: "is neither a file nor base64url",
    })?;
    Ok(PublicKey::from_short(&bytes)?)
}

/// A key from an argument: the name of a file (text, bytes or picture), or the text itself.
pub(crate) fn from_argument(argument: &str, output: Output) -> Result<PublicKey> {
    let path = Path::new(argument);
    if !path.is_file() {
        return from_text(argument);
    }
    let bytes = files::read(path, PICTURE_BYTES_MAX)?;
    if pictures::is_picture(&bytes) {
        let message = pictures::collect(&[PathBuf::from(path)], output)?;
        return Ok(PublicKey::from_short(&message.bytes)?);
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim().len() > SHORT_BYTES_MAX => from_text(text),
        _ => Ok(PublicKey::from_short(&bytes)?),
    }
}

/// Bytes of the longest short key: any text of a key is longer.
const SHORT_BYTES_MAX: usize = 33;
