//! Packs: everything that a phone without a network goes by, in one file signed by its publisher.
//!
//! A pack travels as a file, on a card, or from phone to phone, since only signatures count.
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8 | `nansenpk` |
//! | 8 | 1 | version of this format: 1 |
//! | 9 | 1 | 0 full, 1 delta |
//! | 10 | 32 | delta only: digest of the manifest of the pack it builds on |
//! | 10 or 42 | 4 | length of the manifest, big-endian |
//! | | | the [manifest], a [`MultiSigned`] message |
//! | | | one frame per item, in the order of the manifest |
//!
//! | frame | size | content |
//! |---|---|---|
//! | 0 | 1 | encoding |
//! | 1 | 4 | stored length, big-endian |
//! | 5 | | stored bytes |
//!
//! | encoding | stored bytes |
//! |---|---|
//! | 0 | the content |
//! | 1 | the content as a zlib stream |
//! | 2 | delta only: none; the content is that of the same item in the pack before |
//! | 3 | delta only: a zlib stream of a [patch] against that item |
//! | 4 | delta only: a zlib stream of [changes](crate::status::snapshot) to that snapshot |
//!
//! The manifest names size and SHA-256 of every content, whatever its encoding: items of two
//! packs do not mix, a delta gives exactly the pack it stands for, and nothing inflates beyond
//! what was signed, which is itself bounded. The form in which all frames are of encoding 0 is
//! the pack's own form ([`Pack::to_bytes`]); a delta applied gives that form byte for byte.
//! [`PackReader`] reads in pieces of any length and keeps no item in memory.

mod delta;
pub mod items;
pub mod manifest;
pub mod patch;
mod preview;
mod reader;

#[cfg(test)]
mod tests;

use miniz_oxide::deflate::compress_to_vec_zlib;

pub use items::{Contact, Note, Place, TypeNames};
pub use manifest::{Entry, Kind, Manifest, PACK_TYPE};
pub use preview::Preview;
pub use reader::{PackReader, Part};

use crate::Error;
use crate::cose::{MultiSigned, Signer};
use crate::error::{check_count, check_size};
use crate::limits::{MAX_ITEM_BYTES, MAX_PACK_BYTES, MAX_PACK_ITEMS, MAX_ROTATIONS};
use crate::status::snapshot::{PublishedSnapshot, Snapshot};
use crate::trust::{Quorum, Role, Root};
use reader::Checks;

/// What goes into a pack, signed by way of [`PackContent::draft`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackContent {
    /// The id, the same in all versions.
    pub id: String,
    /// The version, which grows.
    pub version: u64,
    /// When it is signed, unix seconds.
    pub issued_at: i64,
    /// When the next version is due, unix seconds.
    pub next_update: i64,
    /// The items.
    pub items: Vec<Item>,
}

/// One part of a pack, with a life of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Which one of its kind.
    pub id: String,
    /// The version, which grows whenever the content changes.
    pub version: u64,
    /// From when on it is overdue, unix seconds: usable, with its age told.
    pub expires_at: i64,
    /// The content, in the format of its kind.
    pub content: Vec<u8>,
}

/// A pack that waits for signatures.
#[derive(Clone, Debug)]
pub struct PackDraft {
    manifest: MultiSigned,
    contents: Vec<Vec<u8>>,
}

impl PackContent {
    /// The pack of a publisher, for the holders of the keys to sign one after the other: a quorum
    /// of [`Role::Content`], and one of every role whose word is
    /// taken from the pack alone ([`Kind::role`]).
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn draft(&self, publisher: &str) -> Result<PackDraft, Error> {
        check_count("items", self.items.len(), MAX_PACK_ITEMS)?;
        for item in &self.items {
            check_size("item", &item.content, MAX_ITEM_BYTES)?;
        }
        items::check_texts(&self.items)?;
        Ok(PackDraft {
            manifest: Manifest::of(self, publisher)?.draft()?,
            contents: self.items.iter().map(|item| item.content.clone()).collect(),
        })
    }
}

impl PackDraft {
    /// Adds a signature, unless the key has signed already.
    ///
    /// # Errors
    /// Those of [`MultiSigned::sign`].
    pub fn sign(&mut self, signer: &impl Signer) -> Result<(), Error> {
        self.manifest.sign(signer)
    }

    /// The draft as a file for the holders of further keys: a pack that readers refuse until
    /// enough have signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = head(FULL, &[], &self.manifest.to_cbor());
        for content in &self.contents {
            frame(&mut bytes, RAW, content);
        }
        bytes
    }

    /// Reads a draft, whoever signed it so far: look at what it says ([`Pack::preview`]) before
    /// you sign it too.
    ///
    /// # Errors
    /// Those of [`Pack::parse_verified`], but for signatures.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let pack = Pack::collect(bytes, Checks::NotYet, None)?;
        Ok(Self {
            manifest: MultiSigned::parse(&pack.signed, PACK_TYPE)?,
            contents: pack.contents,
        })
    }

    /// The quorums that must sign, and how many keys of each did so far.
    ///
    /// # Errors
    /// [`Error::OtherPublisher`], [`Error::RoleUnassigned`].
    pub fn signatures<'r>(&self, root: &'r Root) -> Result<Vec<(Role, &'r Quorum, usize)>, Error> {
        let manifest = Manifest::read(self.manifest.payload())?;
        if manifest.publisher != root.publisher() {
            return Err(Error::OtherPublisher);
        }
        let of_role = |role: Role| {
            let unassigned = Error::RoleUnassigned { role: role.name() };
            let quorum = root.content().roles.get(&role).ok_or(unassigned)?;
            Ok((role, quorum, self.manifest.count_signers(&quorum.keys)))
        };
        manifest.roles().into_iter().map(of_role).collect()
    }

    /// The pack in its own form, once enough have signed.
    ///
    /// # Errors
    /// Those of [`Pack::parse_verified`].
    pub fn finish(self, root: &Root) -> Result<Pack, Error> {
        Ok(Pack {
            manifest: Manifest::verify(&self.manifest, root)?,
            signed: self.manifest.to_cbor(),
            contents: self.contents,
        })
    }
}

/// A pack whose signatures and digests hold, in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Pack {
    manifest: Manifest,
    signed: Vec<u8>,
    contents: Vec<Vec<u8>>,
}

impl Pack {
    /// Reads a full pack and checks signatures and digests.
    ///
    /// # Errors
    /// [`Error::ThresholdNotMet`], [`Error::OtherPublisher`], [`Error::DigestMismatch`],
    /// [`Error::BadCompression`], [`Error::CutOff`], or what else is not as
    /// [the format](self) has it.
    pub fn parse_verified(bytes: &[u8], root: &Root) -> Result<Self, Error> {
        Self::collect(bytes, Checks::Of(root), None)
    }

    /// The pack that a delta against this one stands for.
    ///
    /// # Errors
    /// [`Error::OtherBase`] for a delta against another pack; [`Error::Rollback`],
    /// [`Error::OtherList`] and the like for a pack that may not take the place of this one;
    /// those of [`Pack::parse_verified`].
    pub fn apply(&self, delta: &[u8], root: &Root) -> Result<Self, Error> {
        let next = Self::collect(delta, Checks::Of(root), Some(self))?;
        Self::check_update(self, &next)?;
        Ok(next)
    }

    /// The root statements that travel in a full pack, or in a delta against `base`, in the order
    /// of their versions, for [`Root::walk`]. They are all that may be read before a signature of
    /// the pack is checked, since the keys that signed it may be those that they bring: what
    /// else is in the pack is passed over, neither inflated nor compared with its digest.
    ///
    /// # Errors
    /// As [`Pack::parse_verified`], but for signatures and other items; [`Error::TooMany`].
    pub fn rotations(bytes: &[u8], base: Option<&Self>) -> Result<Vec<Vec<u8>>, Error> {
        let items = Self::preview(bytes)?.manifest.items;
        let count = items.iter().filter(|item| item.is_root_statement()).count();
        check_count("rotations", count, MAX_ROTATIONS)?;
        let mut roots: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut reader = PackReader::with(Checks::NotYetOfRoots, base);
        reader.push(bytes, &mut |part| match part {
            Part::Begin(entry) => roots.push((entry.version, Vec::new())),
            Part::Bytes(bytes) => {
                if let Some((_, content)) = roots.last_mut() {
                    content.extend_from_slice(bytes);
                }
            }
            Part::End => {}
        })?;
        reader.finish()?;
        roots.sort_unstable();
        Ok(roots.into_iter().map(|(_, content)| content).collect())
    }

    /// Whether `offered` may take the place of `held`.
    ///
    /// # Errors
    /// [`Error::OtherList`], [`Error::Rollback`] or [`Error::VersionConflict`], for the pack or
    /// for any item of it.
    pub fn check_update(held: &Self, offered: &Self) -> Result<(), Error> {
        Manifest::check_update(&held.manifest, &offered.manifest)
    }

    /// What is in it.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Items with their content.
    pub fn items(&self) -> impl Iterator<Item = (&Entry, &[u8])> {
        let contents = self.contents.iter().map(Vec::as_slice);
        self.manifest.items.iter().zip(contents)
    }

    /// The content of an item.
    #[must_use]
    pub fn item(&self, kind: Kind, id: &str) -> Option<&[u8]> {
        let mut items = self.items();
        items
            .find(|(entry, _)| entry.kind == kind && entry.id == id)
            .map(|(_, content)| content)
    }

    /// The status snapshots, on the word of the publisher.
    ///
    /// # Errors
    /// Those of [`Snapshot::from_cbor`].
    pub fn snapshots(&self) -> Result<Vec<PublishedSnapshot>, Error> {
        let publisher = &self.manifest.publisher;
        self.items()
            .filter(|(entry, _)| entry.kind == Kind::StatusSnapshot)
            .map(|(_, content)| {
                let snapshot = Snapshot::from_cbor(content)?;
                Ok(PublishedSnapshot::new(publisher.clone(), snapshot))
            })
            .collect()
    }

    /// The pack's own form: nothing compressed, the same bytes on every phone.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(|content| (RAW, content.to_vec()))
    }

    /// The form in which it travels: compressed where that saves anything.
    #[must_use]
    pub fn to_transport(&self) -> Vec<u8> {
        self.write(|content| {
            let compressed = compress_to_vec_zlib(content, COMPRESSION);
            if compressed.len() < content.len() {
                (ZLIB, compressed)
            } else {
                (RAW, content.to_vec())
            }
        })
    }

    fn write(&self, encode: impl Fn(&[u8]) -> (u8, Vec<u8>)) -> Vec<u8> {
        let mut bytes = head(FULL, &[], &self.signed);
        for content in &self.contents {
            let (encoding, stored) = encode(content);
            frame(&mut bytes, encoding, &stored);
        }
        bytes
    }

    fn collect(bytes: &[u8], checks: Checks<'_>, base: Option<&Self>) -> Result<Self, Error> {
        check_size("pack", bytes, MAX_PACK_BYTES)?;
        let mut contents: Vec<Vec<u8>> = Vec::new();
        let mut reader = PackReader::with(checks, base);
        reader.push(bytes, &mut |part| match part {
            Part::Begin(_) => contents.push(Vec::new()),
            Part::Bytes(bytes) => {
                if let Some(content) = contents.last_mut() {
                    content.extend_from_slice(bytes);
                }
            }
            Part::End => {}
        })?;
        let (manifest, signed) = reader.finish_signed()?;
        Ok(Self {
            manifest,
            signed,
            contents,
        })
    }
}

impl core::fmt::Debug for Pack {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (id, version) = (&self.manifest.id, self.manifest.version);
        write!(
            f,
            "Pack({id:?} version {version}, {} items)",
            self.contents.len()
        )
    }
}

/// What stands before the frames.
fn head(form: u8, base: &[u8], signed: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([FORMAT_VERSION, form]);
    bytes.extend(base);
    bytes.extend(length(signed));
    bytes.extend(signed);
    bytes
}

fn frame(bytes: &mut Vec<u8>, encoding: u8, stored: &[u8]) {
    bytes.push(encoding);
    bytes.extend(length(stored));
    bytes.extend(stored);
}

/// Lengths are within the limits by the time they are written.
fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

const MAGIC: &[u8; 8] = b"nansenpk";
const FORMAT_VERSION: u8 = 1;

// Forms.
const FULL: u8 = 0;
const DELTA: u8 = 1;

// Encodings.
const RAW: u8 = 0;
const ZLIB: u8 = 1;
const KEPT: u8 = 2;
const PATCH: u8 = 3;
const CHANGES: u8 = 4;

const COMPRESSION: u8 = 9;
