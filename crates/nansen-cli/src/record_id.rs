//! Ids of records as people and scripts write them: 32 hexadecimal digits.

use nansen_vault::RecordId;

/// Text that is no id.
#[derive(Debug, thiserror::Error)]
#[error("an id has 32 hexadecimal digits")]
pub(crate) struct NotAnId;

/// An id from its text.
///
/// # Errors
/// [`NotAnId`].
pub(crate) fn parse(text: &str) -> Result<RecordId, NotAnId> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex {
        return Err(NotAnId);
    }
    let number = u128::from_str_radix(text, 16).map_err(|_| NotAnId)?;
    Ok(RecordId::new(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_shown() {
        let id = RecordId::new([7; 16]);
        assert_eq!(parse(&id.to_string()).unwrap(), id);
        assert!(parse("+0707070707070707070707070707070").is_err());
    }
}
