//! Where a vault file comes to stand: built under a name that is nobody's, then moved to a place that
//! is free. And the small files beside it, which are replaced in one step.
//!
//! Two creations at once each build a draft of their own, `NAME.<16 hex digits>.new`, and only one of
//! them gets the name. Invariant: no file is ever half there; and for a vault no file is replaced, and
//! none deleted but the draft itself. A kill may leave a draft behind, which holds
//! nothing of anybody; it is not looked for, since a file that merely looks like one is somebody else's.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// What the name of a replacement ends in. Fixed, since the open vault keeps others from it.
const REPLACEMENT: &str = ".new";

/// A file under construction. Dropped before [`Draft::publish`], it is gone.
pub(crate) struct Draft {
    path: PathBuf,
    published: bool,
}

impl Draft {
    /// Takes a free name beside `place`, which must be free too: of a vault file, and of what SQLite
    /// keeps beside one, since a log left there belongs to a vault that is not.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] for a missing folder, or what writing can fail with.
    pub(crate) fn beside(place: &Path, random: [u8; 8]) -> Result<Self> {
        for taken in ["", "-wal", "-journal"].map(|suffix| suffixed(place, suffix)) {
            if is_taken(&taken) {
                return Err(Error::AlreadyExists);
            }
        }
        let path = suffixed(place, &format!(".{:016x}.new", u64::from_be_bytes(random)));
        fs::File::create_new(&path).map_err(|error| from_io(&error))?;
        Ok(Self {
            path,
            published: false,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the file to its place, durably.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if somebody else was faster, or what writing can fail with.
    pub(crate) fn publish(mut self, place: &Path) -> Result<()> {
        rename_new(&self.path, place)?;
        self.published = true;
        // Whose name a power cut may undo was not created.
        sync_folder(place).inspect_err(|_| _ = fs::remove_file(place))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            take_back(&self.path);
        }
    }
}

/// Removes a file that holds nothing of anybody, and what SQLite kept beside it.
pub(crate) fn take_back(place: &Path) {
    for suffix in ["", "-wal", "-journal"] {
        let _ = fs::remove_file(suffixed(place, suffix));
    }
}

/// Moves a file to a free name, in one step where the system has one.
fn rename_new(from: &Path, to: &Path) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            // Not on this kernel or this file system.
            Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP) => {}
            Err(error) => return Err(from_io(&error.into())),
        }
    }
    claim(from, to)
}

/// Takes a name by an empty file, which only one can create, and replaces that. A kill in between
/// leaves the empty file.
fn claim(from: &Path, to: &Path) -> Result<()> {
    fs::File::create_new(to).map_err(|error| from_io(&error))?;
    fs::rename(from, to).map_err(|error| {
        let _ = fs::remove_file(to);
        from_io(&error)
    })
}

/// Makes a new name survive a power cut, where folders can be synced at all.
#[cfg(unix)]
pub(crate) fn sync_folder(place: &Path) -> Result<()> {
    let folder = place.parent().unwrap_or(Path::new("/"));
    match fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Err(from_io(&error))
        }
        _ => Ok(()),
    }
}

/// Elsewhere a folder cannot be opened to be synced.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}

/// Gives a small file this content in one step, durably, whatever it had before.
///
/// # Errors
/// What writing can fail with. What it had is then still there, unless it was only the folder that could
/// not be synced: the new content is then there, and may be gone again after a power cut.
pub(crate) fn replace(place: &Path, bytes: &[u8]) -> Result<()> {
    let draft = suffixed(place, REPLACEMENT);
    let write = || {
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&draft, place)
    };
    if let Err(error) = write() {
        let _ = fs::remove_file(&draft);
        return Err(from_io(&error));
    }
    sync_folder(place)
}

/// Removes a small file, and the replacement of it that a kill may have left.
///
/// # Errors
/// What writing can fail with.
pub(crate) fn remove(place: &Path) -> Result<()> {
    let _ = fs::remove_file(suffixed(place, REPLACEMENT));
    fs::remove_file(place).map_err(|error| from_io(&error))?;
    sync_folder(place)
}

/// The first bytes of a file, up to `most`; none of what is no plain file.
///
/// # Errors
/// [`Error::NotFound`], or what reading can fail with.
pub(crate) fn read_bounded(place: &Path, most: usize) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        // A pipe would be waited for.
        if place.metadata()?.is_file() {
            fs::File::open(place)?
                .take(most as u64)
                .read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    read().map_err(|error| from_io(&error))
}

/// A full path, which no opener can take for a URI or a name with a meaning, such as `:memory:`.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| from_io(&error))
}

/// Refuses what is no plain file with one name: SQLite finds the log of a file by its name, and would
/// not find the one that was written under another.
pub(crate) fn inspect(path: &Path) -> Result<()> {
    let metadata = path.metadata().map_err(|error| from_io(&error))?;
    if !metadata.is_file() {
        return Err(Error::NotAVault);
    }
    #[cfg(unix)]
    {
        let links = std::os::unix::fs::MetadataExt::nlink(&metadata);
        if links > 1 {
            return Err(Error::SeveralNames { links });
        }
    }
    Ok(())
}

/// Whether anything stands there, be it a link to nothing.
pub(crate) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

pub(crate) fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(crate) fn from_io(error: &std::io::Error) -> Error {
    match error.kind() {
        // What is no path names no file.
        ErrorKind::NotFound | ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
            Error::NotFound
        }
        ErrorKind::AlreadyExists => Error::AlreadyExists,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::ReadOnly,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull,
        _ => Error::Io {
            code: error.raw_os_error().unwrap_or(0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_way_of_moving_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for move_new in [rename_new, claim] {
            fs::write(at("draft"), b"draft").unwrap();
            fs::write(at("taken"), b"taken").unwrap();
            let refused = move_new(&at("draft"), &at("taken"));
            assert_eq!(refused, Err(Error::AlreadyExists));
            assert_eq!(fs::read(at("taken")).unwrap(), b"taken");
            move_new(&at("draft"), &at("free")).unwrap();
            assert_eq!(fs::read(at("free")).unwrap(), b"draft");
            assert!(!at("draft").exists());
            fs::remove_file(at("free")).unwrap();
        }
        assert_eq!(claim(&at("none"), &at("free")), Err(Error::NotFound));
        assert!(!at("free").exists());
    }

    #[test]
    fn a_draft_that_is_given_up_takes_only_itself_away() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("v");
        fs::write(folder.path().join("v.new"), b"somebody's").unwrap();
        let draft = Draft::beside(&place, [1; 8]).unwrap();
        assert!(draft.path().exists());
        // The same name twice is refused, and the refusal takes nothing away.
        assert!(Draft::beside(&place, [1; 8]).is_err());
        assert!(draft.path().exists());
        drop(draft);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1);
    }
}
