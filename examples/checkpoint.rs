//! A checkpoint that holds nobody's data: a hand-held reader types the codes that it sees, one a
//! line, and a verdict comes out for each presentation, with counts at the end.
//!
//! `cargo run --release -p nansen-examples --no-default-features --example checkpoint -- TRUST < CODES`
//!
//! TRUST is what `nansen trust add --trust TRUST …` wrote. It links neither SQLite nor Argon2.

use std::error::Error;
use std::io::{BufRead, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use nansen::TrustStore;
use nansen::exchange::qr::{Collector, Kind, Message, Outcome as Scan};
use nansen::field::{FieldSession, Outcome, Queued};
use nansen::verifier::DEFAULT_MAX_STATUS_AGE;

fn main() -> Result<(), Box<dyn Error>> {
    let trust = std::env::args_os().nth(1).ok_or("which trust file?")?;
    let store = TrustStore::from_cbor(&std::fs::read(trust)?)?;
    if let Some(damage) = store.damage() {
        eprintln!("part of the trust file could not be read ({damage})");
    }
    let mut session = FieldSession::new(store, DEFAULT_MAX_STATUS_AGE);
    let (codes, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    check(codes, &mut session, &mut out)?;
    let tally = session.tally();
    writeln!(
        out,
        "{} valid, {} invalid, {} undetermined, {} not read",
        tally.valid, tally.invalid, tally.undetermined, tally.unreadable
    )?;
    Ok(())
}

/// Checks what comes in until it ends.
fn check(
    mut codes: impl BufRead,
    session: &mut FieldSession,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let (mut collector, mut code) = (Collector::new(), Vec::new());
    loop {
        code.clear();
        if (&mut codes)
            .take(CODE_BYTES_MAX)
            .read_until(b'\n', &mut code)?
            == 0
        {
            return Ok(());
        }
        // What was read wrongly is no text at times, and ends nothing.
        let text = String::from_utf8_lossy(&code);
        if let Scan::Complete(message) = collector.feed(text.trim()) {
            collector = Collector::new();
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            writeln!(out, "{}", told(session, message, i64::try_from(now)?))?;
        }
    }
}

/// Most bytes of a line: more than the largest code holds. What is longer is no code.
const CODE_BYTES_MAX: u64 = 8 << 10;

/// What a message comes to, in a line without anybody's name.
fn told(session: &mut FieldSession, message: Message, now: i64) -> String {
    let mut queued = match message.kind {
        Kind::Presentation => Queued::OneWay(message.bytes),
        Kind::Printable => Queued::Copy(message.bytes),
        _ => return "not a presentation".to_owned(),
    };
    match session.check(&mut queued, now) {
        Ok(Outcome::Alone(report)) => {
            let verdict = report.verdict();
            let why = report
                .reason()
                .map_or(verdict.spoken(), |code| code.spoken());
            format!("{}: {why}", verdict.as_str())
        }
        Ok(Outcome::Answered(_)) => "an answer to a request".to_owned(),
        Err(error) => format!("not read: {error}"),
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]
mod tests {
    use nansen::credential::cbor::Map;
    use nansen::credential::cose::{SecretKey, Signer};
    use nansen::credential::sd_cwt::{Credential, Issuance, KeyBinding, Redaction, Terms};
    use nansen::exchange::compact::{Meeting, compact};
    use nansen::exchange::qr::Layout;
    use nansen::verifier::ONE_WAY_AUDIENCE;

    use super::*;

    /// Codes of a presentation by an issuer whom nobody lists.
    fn codes() -> Vec<String> {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let [issuer, device] = [(); 2].map(|()| SecretKey::generate_ed25519(&mut rng));
        let claims = Map::new().with("family_name", "Gurung");
        let issuance = Issuance {
            terms: Terms {
                issuer: "https://nstb.example".into(),
                vct: Some("urn:nansen:skills:1".into()),
                issued_at: Some(0),
                not_before: None,
                expires_at: None,
                device_key: Some(device.public_key()),
                status: None,
            },
            kid: &issuer.public_key().kid(),
            claims: &claims,
            redaction: Redaction::each_claim_of(&claims),
        };
        let credential = issuance.sign(&issuer, &mut rng).unwrap();
        let credential = Credential::parse(&credential).unwrap();
        let binding = KeyBinding {
            audience: ONE_WAY_AUDIENCE.into(),
            issued_at: Some(0),
            expires_at: Some(600),
            id: Some(vec![7; 16]),
            nonce: None,
        };
        let unsigned = credential.bind(&credential.select(&[]).unwrap(), &binding);
        let presentation = unsigned.unwrap().sign(&device).unwrap();
        let meeting = Meeting::OneWay {
            audience: ONE_WAY_AUDIENCE,
        };
        let message = compact(&presentation, meeting, &[], None);
        Layout::default()
            .texts(Kind::Presentation, &message)
            .unwrap()
    }

    #[test]
    fn codes_that_are_typed_come_to_a_line_each_and_to_counts() {
        let mut lines = codes();
        lines.push("https://example.org".into());
        lines.extend(codes());
        let mut session = FieldSession::new(TrustStore::new(), DEFAULT_MAX_STATUS_AGE);
        let mut out = Vec::new();
        let mut typed = [&[0xff; 20_000], &b"\n"[..]].concat();
        typed.extend(lines.join("\r\n").into_bytes());
        check(&*typed, &mut session, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), 2, "{out}");
        assert!(
            out.lines().all(|line| line.starts_with("undetermined: ")),
            "{out}"
        );
        assert_eq!(session.tally().total(), 2);
    }
}
