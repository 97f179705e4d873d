//! What time it is: the system's clock, or what `--now` says.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// A moment, unix seconds. Read from unix seconds or RFC 3339, shown as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

/// Text that is neither unix seconds nor RFC 3339.
#[derive(Debug, thiserror::Error)]
#[error("neither unix seconds nor a time like 2026-11-21T08:00:00Z")]
pub(crate) struct NotAMoment;

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        if let Ok(seconds) = text.parse() {
            return Ok(Self(seconds));
        }
        let time: Timestamp = text.parse().map_err(|_| NotAMoment)?;
        Ok(Self(time.as_second()))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

/// The time, fixed for tests or running.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    fixed: Option<Moment>,
}

impl Clock {
    /// A clock that stands at `fixed`, or the system's.
    pub(crate) const fn new(fixed: Option<Moment>) -> Self {
        Self { fixed }
    }

    /// Unix seconds.
    pub(crate) fn now(self) -> i64 {
        self.fixed.map_or_else(system_now, |moment| moment.0)
    }
}

fn system_now() -> i64 {
    // A clock before 1970 was never set: the epoch is what the checks then call suspect.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_rfc_3339_name_the_same_moment() {
        let moment: Moment = "1790000000".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-09-21T14:13:20Z");
        assert_eq!(
            "2026-09-21T16:13:20+02:00".parse::<Moment>().unwrap(),
            moment
        );
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "yesterday", "2026-09-21", "1.5"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
