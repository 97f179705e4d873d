//! What a wallet trusts and knows.

use crate::{
    Message, NansenError, Search, SearchResult, TimeFacts, Timestamp, TrustAdded, TrustItem,
    TrustName, TrustState, TypeNames, Wallet, rng,
};
use crate::{names, notes, trust};

#[uniffi::export]
impl Wallet {
    /// Adds a root, a publisher, a list or a pack.
    ///
    /// # Errors
    /// [`NansenError::Untrusted`], [`NansenError::BadSignature`],
    /// [`NansenError::TooFewSignatures`], [`NansenError::BuildsOnOther`],
    /// [`NansenError::PublisherHeld`], [`NansenError::Outdated`], [`NansenError::Malformed`],
    /// [`NansenError::OutOfBounds`], [`NansenError::Storage`].
    pub fn add_trust(&self, item: TrustItem) -> Result<TrustAdded, NansenError> {
        self.state.with(|unlocked| {
            let (wallet, rng) = (&mut unlocked.wallet, &mut rng());
            let added = match item {
                TrustItem::Root { key } => wallet.add_root(trust::root(&key)?, rng)?,
                TrustItem::Publisher { statement, pin } => {
                    wallet.add_publisher(&statement, &trust::pin(&pin)?, rng)?
                }
                TrustItem::Rotations { statements } => wallet.add_rotations(&statements, rng)?,
                TrustItem::TrustList { bytes } => wallet.add_trust_list(&bytes, rng)?,
                TrustItem::VerifierList { bytes } => wallet.add_verifier_list(&bytes, rng)?,
                TrustItem::Pack { bytes } => wallet.add_pack(&bytes, rng)?,
                TrustItem::StatusList { bytes } => wallet.add_status_list(&bytes, rng)?,
            };
            Ok(added.into())
        })
    }

    /// Removes a root, a publisher, a list or a pack, with what it alone vouched for. Returns
    /// whether it was there.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for a key; [`NansenError::Storage`].
    pub fn remove_trust(&self, name: TrustName) -> Result<bool, NansenError> {
        let removal = name.removal()?;
        self.state
            .with(|unlocked| Ok(unlocked.wallet.remove_trust(&mut rng(), removal)?))
    }

    /// What is trusted and known.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn trust(&self) -> Result<TrustState, NansenError> {
        self.state
            .with(|unlocked| Ok(trust::state(unlocked.wallet.trust())))
    }

    /// What signed times say of this phone's clock.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn check_clock(&self, now: Timestamp) -> Result<TimeFacts, NansenError> {
        self.state
            .with(|unlocked| Ok(TimeFacts::of(unlocked.wallet.trust(), now)))
    }

    /// A pack to hand on to another phone, by codes or as a file; none when it is not here. The
    /// receiver goes by its signatures.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn hand_on(&self, publisher: String, id: String) -> Result<Option<Message>, NansenError> {
        self.state.with(|unlocked| {
            let handed = unlocked.wallet.trust().hand_on(&publisher, &id);
            Ok(handed.map(Message::from))
        })
    }

    /// Looks among the notes and contacts of packs.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for a position; [`NansenError::Locked`].
    pub fn search_notes(
        &self,
        search: Search,
        now: Timestamp,
    ) -> Result<SearchResult, NansenError> {
        self.state
            .with(|unlocked| notes::search(unlocked.wallet.trust(), &search, now))
    }

    /// What a type of credential and its claims are called in a language (BCP 47 tag), if a pack
    /// says so.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn type_names(
        &self,
        credential_type: String,
        language: String,
    ) -> Result<Option<TypeNames>, NansenError> {
        self.state.with(|unlocked| {
            let store = unlocked.wallet.trust();
            Ok(names::type_names(store, &credential_type, &language))
        })
    }
}
