//! Messages as they come in: a file of signed bytes, pictures of codes, or texts of codes.

use std::path::{Path, PathBuf};

use nansen_exchange::qr::{Kind, Message};

use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::PACK_BYTES_MAX;
use crate::output::Output;
use crate::pictures;

/// How signed bytes begin: a tagged `COSE_Sign1`, a tagged `COSE_Sign`, a pack. No picture and no
/// text of a code begins so.
const SIGNED: [&[u8]; 3] = [&[0xd2], &[0xd8, 0x62], b"nansenpk"];

/// The bytes of a credential or list, from a file of its own or from codes of one of `kinds`.
pub(crate) fn signed(path: &Path, limit: u64, kinds: &[Kind], output: Output) -> Result<Vec<u8>> {
    if path.is_file() {
        let bytes = files::read(path, limit.max(crate::limits::PICTURE_BYTES_MAX))?;
        if SIGNED.iter().any(|head| bytes.starts_with(head)) {
            if bytes.len() as u64 > limit {
                let path = path.to_owned();
                return Err(Failure::TooLarge { path, limit });
            }
            return Ok(bytes);
        }
    }
    let message = pictures::collect(&[PathBuf::from(path)], output)?;
    check_kind(&message, kinds)?;
    Ok(message.bytes)
}

/// The bytes of a pack or delta, from a file of its own or from codes.
pub(crate) fn pack(path: &Path, output: Output) -> Result<Vec<u8>> {
    signed(path, PACK_BYTES_MAX, &[Kind::Pack], output)
}

/// A message from codes, which must be of one of `kinds`.
pub(crate) fn message(inputs: &[PathBuf], kinds: &[Kind], output: Output) -> Result<Message> {
    let message = pictures::collect(inputs, output)?;
    check_kind(&message, kinds)?;
    Ok(message)
}

/// The name of a kind in output.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Response => "response",
        Kind::Presentation => "presentation",
        Kind::Printable => "copy",
        Kind::TrustList => "trust list",
        Kind::StatusList => "status list",
        Kind::File => "file",
        Kind::Pack => "pack",
        Kind::Backup => "backup",
        Kind::GuardianCard => "guardian's card",
        _ => "other",
    }
}

fn check_kind(message: &Message, kinds: &[Kind]) -> Result<()> {
    match kinds {
        _ if kinds.contains(&message.kind) => Ok(()),
        [] => Ok(()),
        [expected, ..] => Err(Failure::WrongKind {
            expected: kind_name(*expected),
            found: kind_name(message.kind),
        }),
    }
}
