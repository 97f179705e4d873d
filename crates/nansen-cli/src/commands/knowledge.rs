//! How old what is known is, and what is known of status: the same words in `trust list`, in
//! `trust explain` and in reports.
//!
//! Invariant: under a clock in doubt, an age is reckoned from the latest signed time and is the
//! least that it can be; it is never told as the age.

use nansen::TrustStore;
use nansen_credential::trust::Freshness;
use nansen_credential::verify::ClockDoubt;
use serde_json::{Value, json};

/// What ages are reckoned by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ages {
    /// The clock's time, or the latest signed one where that is in doubt, unix seconds.
    pub(super) now: i64,
    /// What there is against the clock.
    pub(super) doubt: Option<ClockDoubt>,
}

impl Ages {
    /// Ages by a store, when the clock says `clock`.
    pub(super) fn of(store: &TrustStore, clock: i64) -> Self {
        Self {
            now: store.reckon(clock),
            doubt: store.clock_doubt(clock),
        }
    }

    /// An age, and by how much what is due is late.
    pub(super) fn text(self, freshness: Freshness) -> String {
        let is_least = self.doubt.is_some();
        let age = age_text(freshness.age, is_least);
        match freshness.overdue_by {
            None => age,
            Some(by) => format!("{age} and OVERDUE by {}", days_text(by, is_least)),
        }
    }
}

/// `3 days old`, or that it is at least that.
pub(super) fn age_text(seconds: i64, is_least: bool) -> String {
    format!("{} old", days_text(seconds, is_least))
}

fn days_text(seconds: i64, is_least: bool) -> String {
    let days = seconds.max(0) / DAY;
    let least = if is_least { "at least " } else { "" };
    format!("{least}{days} days")
}

/// What is known of the credentials of one status list: the list itself, or a publisher's
/// snapshot of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatusKnown<'a> {
    /// The name of the list in credentials.
    pub(super) uri: &'a str,
    /// The `iss` whose credentials they are; none when no trust list names the key that signed.
    pub(super) issuer: Option<&'a str>,
    /// On whose word; on that of the issuer itself when none.
    pub(super) publisher: Option<&'a str>,
    /// When the issuer signed it, unix seconds.
    pub(super) issued_at: i64,
    /// Places of the list.
    pub(super) entries: u64,
    expires_at: Option<i64>,
    /// Whether anything goes by it.
    counts: bool,
}

impl<'a> StatusKnown<'a> {
    /// All that a store knows of status.
    pub(super) fn all(store: &'a TrustStore) -> Vec<Self> {
        let trust_lists = store.trust_lists();
        let own = store.status_lists().iter().map(|list| {
            let mut issuers = trust_lists.iter().flat_map(|list| list.issuers());
            let signed_by = list.signed_by();
            let signer =
                issuers.find(|issuer| issuer.keys.iter().any(|key| key.public == *signed_by));
            Self {
                uri: list.uri(),
                issuer: signer.map(|issuer| issuer.uri.as_str()),
                publisher: None,
                issued_at: list.issued_at(),
                entries: list.content().statuses.len(),
                expires_at: list.expires_at(),
                counts: signer.is_some(),
            }
        });
        let told = store.snapshots().iter().map(|told| {
            let snapshot = told.snapshot();
            Self {
                uri: &snapshot.uri,
                issuer: Some(&snapshot.issuer),
                publisher: Some(told.publisher()),
                issued_at: snapshot.issued_at,
                entries: snapshot.entries(),
                expires_at: snapshot.expires_at,
                counts: told.tells_of(trust_lists, &snapshot.issuer, &snapshot.uri),
            }
        });
        own.chain(told).collect()
    }

    /// Its age; it is due for renewal when it ends, if it does.
    pub(super) fn freshness(&self, ages: Ages) -> Freshness {
        Freshness::at(
            ages.now,
            self.issued_at,
            self.expires_at.unwrap_or(i64::MAX),
        )
    }

    /// On whose word, and whether that counts.
    pub(super) fn word(&self) -> String {
        let (word, whose) = self.publisher.map_or_else(
            || {
                (
                    "the issuer's own word".to_owned(),
                    "here names who signed it",
                )
            },
            |name| (format!("the word of {name}"), "of theirs names the issuer"),
        );
        if self.counts {
            return word;
        }
        format!("{word}, which counts for NOTHING: no trust list {whose}")
    }

    /// For a program.
    pub(super) fn to_json(self, ages: Ages) -> Value {
        let freshness = self.freshness(ages);
        json!({"uri": self.uri, "issuer": self.issuer, "publisher": self.publisher,
               "issued_at": self.issued_at, "expires_at": self.expires_at,
               "entries": self.entries, "counts": self.counts,
               "age": freshness.age, "overdue_by": freshness.overdue_by})
    }
}

const DAY: i64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_a_clock_in_doubt_an_age_is_the_least_that_it_can_be() {
        let sure = Ages {
            now: 10 * DAY,
            doubt: None,
        };
        let late = Freshness::at(sure.now, 0, 8 * DAY);
        assert_eq!(sure.text(late), "10 days old and OVERDUE by 2 days");
        let doubted = Ages {
            doubt: Some(ClockDoubt::Ahead { by: 900 * DAY }),
            ..sure
        };
        assert_eq!(
            doubted.text(late),
            "at least 10 days old and OVERDUE by at least 2 days"
        );
    }
}
