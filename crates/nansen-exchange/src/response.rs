//! What a holder answers: the plaintext that is sealed to the verifier's session.
//!
//! Deterministic CBOR, one array of twice as many items as there are presentations: the number
//! of the credential query that is answered (its place in the request), then the presentation
//! in [compact form](crate::compact).

use nansen_credential::cbor::{Reader, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::trust::TrustList;

use crate::compact::{self, Expanded, Meeting, compact};
use crate::limits::ANSWERS_MAX;
use crate::seal::check_length;
use crate::{Error, Request};

/// One presentation of an answer, before it is sent.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// Place in the request of the credential query that it answers.
    pub query: usize,
    /// SD-CWT with key binding, standard bytes.
    pub presentation: &'a [u8],
    /// The issuer's key, sent along when no list in common names it.
    pub issuer_key: Option<&'a PublicKey>,
}

/// One presentation of an answer, as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedAnswer {
    /// Place in the request of the credential query that it answers.
    pub query: usize,
    /// The standard bytes again.
    pub expanded: Expanded,
}

/// The plaintext of a response. `lists` are the holder's [`Request::known_lists`].
///
/// # Errors
/// [`Error::TooManyAnswers`] beyond the limit.
pub fn encode(
    request: &Request,
    answers: &[Answer<'_>],
    lists: &[Option<&TrustList>],
) -> Result<Vec<u8>, Error> {
    check_count(answers.len())?;
    let audience = request.audience();
    let mut writer = Writer::with_capacity(1024 * answers.len());
    writer.array(2 * answers.len());
    for answer in answers {
        let query = i64::try_from(answer.query).map_err(|_| Error::CompactForm)?;
        let meeting = meeting(request, &audience);
        writer.int(query).raw(&compact(
            answer.presentation,
            meeting,
            lists,
            answer.issuer_key,
        ));
    }
    Ok(writer.into_bytes())
}

/// Reads the plaintext of a response and rebuilds its presentations, none of them verified.
/// `lists` are the verifier's [`Request::known_lists`].
///
/// # Errors
/// [`Error::MessageTooLong`] before anything is read, [`Error::TooManyAnswers`] beyond the limits, and those of
/// [`compact::expand`].
pub fn decode(
    request: &Request,
    plaintext: &[u8],
    lists: &[Option<&TrustList>],
) -> Result<Vec<ReceivedAnswer>, Error> {
    check_length(plaintext.len())?;
    let audience = request.audience();
    let mut reader = Reader::new(plaintext);
    let items = reader.array()?;
    if items % 2 != 0 {
        return Err(Error::CompactForm);
    }
    check_count(items / 2)?;
    let mut answers = Vec::with_capacity(items / 2);
    for _ in 0..items / 2 {
        let query = usize::try_from(reader.unsigned()?).map_err(|_| Error::CompactForm)?;
        let meeting = meeting(request, &audience);
        let expanded = compact::read(&mut reader, meeting, lists)?;
        answers.push(ReceivedAnswer { query, expanded });
    }
    reader.finish()?;
    Ok(answers)
}

fn meeting<'a>(request: &'a Request, audience: &'a str) -> Meeting<'a> {
    Meeting::Answer {
        audience,
        nonce: request.digest(),
        requested_at: request.issued_at(),
    }
}

const fn check_count(count: usize) -> Result<(), Error> {
    if count > ANSWERS_MAX {
        return Err(Error::TooManyAnswers {
            count,
            limit: ANSWERS_MAX,
        });
    }
    Ok(())
}
