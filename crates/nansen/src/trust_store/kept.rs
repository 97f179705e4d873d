//! What stays of a pack whose place another took, or that a rotation brought down: the lists in it
//! that their own signers still stand for.
//!
//! One quorum of a publisher signs packs, others sign its lists, and issuers sign status lists.
//! Whoever holds the keys of the first alone, or hands on a rotation of them, cannot take back what
//! the others said: such a list is kept on its own, and no older one comes in its place. Snapshots
//! have no signature but the pack's, and go with it.

use nansen_credential::pack::Kind;
use nansen_credential::status::StatusList;
use nansen_credential::trust::{TrustList, VerifierList};

use super::lists::{Offered, is_same, is_vouched};
use super::packs::HeldPack;
use super::{Added, LISTS_MAX, LISTS_OF_ONE_SIGNER_MAX, TrustStore, check_count};
use crate::Error;

/// A list of a pack that is kept on its own now, and that no document of a wallet holds so far.
#[cfg(feature = "vault")]
#[derive(Clone, Debug)]
pub(crate) struct KeptList {
    /// What it is: a trust list, a verifier list or a status list.
    pub(crate) kind: Kind,
    /// The same for two versions of a list, and for no two lists.
    pub(crate) name: String,
    /// When it was signed, unix seconds.
    pub(crate) signed_at: i64,
    /// The list as received.
    pub(crate) bytes: std::sync::Arc<[u8]>,
}

impl TrustStore {
    /// Keeps the lists of packs that are here no more, as far as they are vouched for and there is
    /// room, and drops status lists for which no trust list vouches by then.
    pub(super) fn keep_lists(&mut self, fallen: &[HeldPack]) {
        self.refresh();
        self.keep_each(fallen, |kind| kind != Kind::StatusList);
        self.drop_unvouched_status_lists();
        self.keep_each(fallen, |kind| kind == Kind::StatusList);
    }

    fn keep_each(&mut self, fallen: &[HeldPack], is_wanted: impl Fn(Kind) -> bool) {
        let items = fallen.iter().flat_map(|held| held.pack.items());
        for (entry, content) in items.filter(|(entry, _)| is_wanted(entry.kind)) {
            // What is refused is older than what counts, or nobody's word any more.
            let _ = self.keep(entry.kind, content);
        }
    }

    /// Keeps a list unless it counts already.
    fn keep(&mut self, kind: Kind, content: &[u8]) -> Result<Added, Error> {
        match kind {
            Kind::TrustList => {
                let offered = self.check_trust_list(content)?;
                let mut known = self.view.trust_lists.iter().map(TrustList::edition);
                let counts = known.any(|known| known == offered.list.edition());
                Ok(self.keep_unless(counts, kind, (offered, content), Self::take_trust_list))
            }
            Kind::VerifierList => {
                let offered = self.check_verifier_list(content)?;
                let mut known = self.view.verifier_lists.iter().map(VerifierList::edition);
                let counts = known.any(|known| known == offered.list.edition());
                Ok(self.keep_unless(counts, kind, (offered, content), Self::take_verifier_list))
            }
            Kind::StatusList => {
                let offered = self.check_status_list(content)?;
                let mut known = self.view.status_lists.iter();
                let counts = known.any(|known| {
                    is_same(known, &offered.list) && known.issued_at() >= offered.signed_at
                });
                if !counts && offered.added == Added::New {
                    self.check_kept_count(&offered.list)?;
                }
                Ok(self.keep_unless(counts, kind, (offered, content), Self::take_status_list))
            }
            _ => Ok(Added::AlreadyHere),
        }
    }

    /// Takes a list in, and notes that a wallet has to write it.
    fn keep_unless<L>(
        &mut self,
        counts: bool,
        #[cfg_attr(
            not(feature = "vault"),
            expect(unused_variables, reason = "for the wallet")
        )]
        kind: Kind,
        (offered, content): (Offered<L>, &[u8]),
        take: fn(&mut Self, Offered<L>, &[u8]) -> Added,
    ) -> Added {
        if counts {
            return Added::AlreadyHere;
        }
        #[cfg(feature = "vault")]
        self.kept.push(KeptList {
            kind,
            name: offered.name.clone(),
            signed_at: offered.signed_at,
            bytes: content.into(),
        });
        take(self, offered, content)
    }

    /// Leaves room for status lists that come on their own: an issuer may begin a new one every
    /// year, and packs leave the old ones out.
    fn check_kept_count(&self, offered: &StatusList) -> Result<(), Error> {
        let lists = &self.status_lists.lists;
        let is_same_signer = |list: &&StatusList| list.signed_by() == offered.signed_by();
        let of_signer = lists.iter().filter(is_same_signer).count() + 1;
        let limit = LISTS_OF_ONE_SIGNER_MAX / 2;
        check_count("status lists of one signer", of_signer, limit)?;
        check_count("status lists", lists.len() + 1, LISTS_MAX / 2)
    }

    fn drop_unvouched_status_lists(&mut self) {
        let trust_lists = &self.view.trust_lists;
        self.status_lists
            .retain(|list, _| is_vouched(trust_lists, list));
        for held in &mut self.packs {
            held.status_lists
                .retain(|list| is_vouched(trust_lists, list));
        }
        self.refresh();
    }

    /// Lists that must be written for an unlock to find them, without their packs. They are then
    /// forgotten here.
    #[cfg(feature = "vault")]
    pub(crate) fn take_kept(&mut self) -> Vec<KeptList> {
        let mut kept = core::mem::take(&mut self.kept);
        kept.retain(|list| {
            let held = match list.kind {
                Kind::TrustList => &self.trust_lists.bytes,
                Kind::VerifierList => &self.verifier_lists.bytes,
                _ => &self.status_lists.bytes,
            };
            held.contains(&list.bytes)
        });
        kept
    }
}
