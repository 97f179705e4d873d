//! A disk that remembers what was synced, and what may stand on it when the power goes.
//!
//! What was written to a file since its last sync may be there or not, sector by sector and in any order;
//! names that were given since the folder's last sync are there up to one of them, in order, since file
//! systems keep a journal of those. A sync of a file says nothing of its name.

use std::{collections::BTreeMap, path::Path};

use super::{
    script::Seeded,
    traced::{Call, Record},
};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// Files by number, and the folder that names them.
pub struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    renamed: Vec<Call>,
}

/// What becomes of the part that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    Lost,
    Kept,
    /// Bytes that were written are lost, names kept.
    OnlyNames,
    /// Names are lost, bytes kept.
    OnlyBytes,
    /// Each sector and how many names are drawn by lot.
    Torn(u64),
    /// Up to a moment drawn by lot, within each file by itself.
    CutShort(u64),
}

impl Disk {
    pub fn new(record: &Record) -> Self {
        let mut disk = Self {
            files: Vec::new(),
            names: BTreeMap::new(),
            renamed: Vec::new(),
        };
        for (name, number, bytes) in &record.before {
            disk.file(*number).durable.clone_from(bytes);
            disk.names.insert(name.clone(), *number);
        }
        disk
    }

    fn file(&mut self, number: usize) -> &mut File {
        while self.files.len() <= number {
            self.files.push(File::default());
        }
        &mut self.files[number]
    }

    /// Whether anything waits to be synced.
    pub fn is_synced(&self) -> bool {
        self.renamed.is_empty() && self.files.iter().all(|file| file.pending.is_empty())
    }

    pub fn take(&mut self, call: &Call) {
        match call {
            Call::Write { file, at, bytes } => self.file(*file).pending.push(Change::Write {
                at: *at as usize,
                bytes: bytes.clone(),
            }),
            Call::Resize { file, length } => {
                let change = Change::Resize(*length as usize);
                self.file(*file).pending.push(change);
            }
            Call::Sync { file } => {
                let file = self.file(*file);
                file.durable = file.after(|| true);
                file.pending.clear();
            }
            Call::Create { .. } | Call::Rename { .. } | Call::Remove { .. } => {
                self.renamed.push(call.clone());
            }
            Call::SyncFolder => {
                let renamed = std::mem::take(&mut self.renamed);
                self.names = named(&self.names, &renamed);
            }
            Call::Said(_) => {}
        }
    }

    /// Writes into `folder` what a power cut would leave now.
    pub fn cut(&self, unsynced: Unsynced, folder: &Path) {
        let mut lot = Seeded(match unsynced {
            Unsynced::Torn(seed) | Unsynced::CutShort(seed) => seed,
            _ => 0,
        });
        let kept = match unsynced {
            Unsynced::Lost | Unsynced::OnlyBytes => 0,
            Unsynced::Kept | Unsynced::OnlyNames => self.renamed.len(),
            Unsynced::Torn(_) | Unsynced::CutShort(_) => lot.below(self.renamed.len() + 1),
        };
        for (name, file) in named(&self.names, &self.renamed[..kept]) {
            let Some(file) = self.files.get(file) else {
                std::fs::write(folder.join(name), b"").unwrap();
                continue;
            };
            let bytes = match unsynced {
                Unsynced::Lost | Unsynced::OnlyNames => file.durable.clone(),
                Unsynced::Kept | Unsynced::OnlyBytes => file.after(|| true),
                Unsynced::Torn(_) => {
                    let often = 1 + lot.below(7);
                    file.after(|| lot.below(8) < often)
                }
                Unsynced::CutShort(_) => {
                    let sectors: usize = file.pending.iter().map(Change::sectors).sum();
                    let most = lot.below(sectors + 1);
                    let mut seen = 0;
                    file.after(|| {
                        seen += 1;
                        seen <= most
                    })
                }
            };
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

impl Change {
    fn sectors(&self) -> usize {
        match self {
            Self::Write { at, bytes } => (at + bytes.len())
                .div_ceil(SECTOR)
                .saturating_sub(at / SECTOR),
            Self::Resize(_) => 1,
        }
    }
}

impl File {
    /// The bytes with those sectors of those changes that reached the disk.
    fn after(&self, mut reached: impl FnMut() -> bool) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match change {
                Change::Resize(length) if reached() => bytes.resize(*length, 0),
                Change::Resize(_) => {}
                Change::Write { at, bytes: written } => {
                    let end = at + written.len();
                    let mut from = *at;
                    while from < end {
                        let to = end.min((from / SECTOR + 1) * SECTOR);
                        if reached() {
                            if bytes.len() < to {
                                bytes.resize(to, 0);
                            }
                            bytes[from..to].copy_from_slice(&written[from - at..to - at]);
                        }
                        from = to;
                    }
                }
            }
        }
        bytes
    }
}

fn named(names: &BTreeMap<String, usize>, calls: &[Call]) -> BTreeMap<String, usize> {
    let mut names = names.clone();
    for call in calls {
        match call {
            Call::Create { name, file } => _ = names.insert(name.clone(), *file),
            Call::Remove { name } => _ = names.remove(name),
            Call::Rename { from, to } => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            _ => {}
        }
    }
    names
}
