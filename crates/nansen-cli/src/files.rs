//! Files: read up to a limit, written whole or not at all, never over another by accident.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// The name that stands for stdin.
pub(crate) const STDIN: &str = "-";

/// All of a file, or of stdin for `-`, up to `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    if path == Path::new(STDIN) {
        return read_bounded(&mut io::stdin().lock(), path, limit);
    }
    let mut file = File::open(path).map_err(Failure::file(path))?;
    read_bounded(&mut file, path, limit)
}

/// A file that holds a secret; wiped from memory when dropped.
pub(crate) fn read_secret(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>> {
    read(path, limit).map(Zeroizing::new)
}

/// Writes a file that everybody may read. It appears whole, and takes the place of an older one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_beside(path, bytes)?;
    make_readable(temporary.as_file()).map_err(Failure::file(path))?;
    persist(temporary, path, true)
}

/// Writes a file that only its owner may read (mode 0600), and never over another.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    persist(temporary_beside(path, bytes)?, path, false)
}

/// Writes a file that everybody may read, and never over another.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_beside(path, bytes)?;
    make_readable(temporary.as_file()).map_err(Failure::file(path))?;
    persist(temporary, path, false)
}

/// Refuses a place where something stands, before work is done that cannot be undone.
pub(crate) fn check_free(path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Failure::file(path)(io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

/// Makes a folder, if it is not there.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Failure::file(path))
}

fn read_bounded(from: &mut impl Read, path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bounded = from.take(limit.saturating_add(1));
    bounded
        .read_to_end(&mut bytes)
        .map_err(Failure::file(path))?;
    if bytes.len() as u64 > limit {
        let path = path.to_owned();
        return Err(Failure::TooLarge { path, limit });
    }
    Ok(bytes)
}

/// Temporary files are private (0600) from the start.
fn temporary_beside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let write = || {
        let mut temporary = NamedTempFile::new_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
    };
    write().map_err(Failure::file(path))
}

fn persist(temporary: NamedTempFile, path: &Path, replace: bool) -> Result<()> {
    let persisted = if replace {
        temporary.persist(path)
    } else {
        temporary.persist_noclobber(path)
    };
    persisted
        .map(drop)
        .map_err(|failed| Failure::file(path)(failed.error))
}

#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, &[1; 11]).unwrap();
        assert!(matches!(
            read(&path, 10),
            Err(Failure::TooLarge { limit: 10, .. })
        ));
        assert_eq!(read(&path, 11).unwrap(), [1; 11]);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_private_and_never_written_over_another() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session");
        write_private(&path, b"secret").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = write_private(&path, b"other").unwrap_err();
        assert_eq!(again.code(), "file_exists");
        assert_eq!(fs::read(&path).unwrap(), b"secret");
    }
}
