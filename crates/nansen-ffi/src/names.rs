//! What types of credential and their claims are called, by the packs that are here.

use nansen::TrustStore;

use crate::ClaimPath;

/// What a type of credential and its claims are called.
#[derive(Clone, uniffi::Record)]
pub struct TypeNames {
    /// The type.
    pub name: String,
    /// Its claims, as far as they have names.
    pub claims: Vec<ClaimName>,
}

/// What a claim is called.
#[derive(Clone, uniffi::Record)]
pub struct ClaimName {
    /// The claim.
    pub path: ClaimPath,
    /// Its name.
    pub name: String,
}

/// What a type is called in a language, by the newest pack that says so.
pub(crate) fn type_names(store: &TrustStore, vct: &str, language: &str) -> Option<TypeNames> {
    let names = store.type_names(vct)?;
    let claims = names.labels.iter().map(|(path, _)| ClaimName {
        path: path.into(),
        name: names.label(path, language).unwrap_or_default().to_owned(),
    });
    Some(TypeNames {
        name: names.name(language).to_owned(),
        claims: claims.collect(),
    })
}
