//! Small backups as bytes, for what carries bytes and no files: codes from screen to screen.
//!
//! What is carried is the file, byte for byte, with its header first. Invariant: what is no backup is
//! neither handed out nor kept.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::Path,
};

use super::{BackupFile, BackupHeader, header::HEADER};
use crate::{
    error::{Field, Result, bounded},
    place::{from_io, sync_folder},
};

impl BackupFile {
    /// The bytes of a backup that has at most `most` of them. Needs no secret, and opens nothing.
    ///
    /// # Errors
    /// [`OutOfBounds`](crate::Error::OutOfBounds) for a larger one, of which nothing is read; as
    /// [`BackupHeader::parse`] for what begins like no backup; what reading can fail with.
    pub fn to_carry(path: impl AsRef<Path>, most: usize) -> Result<Vec<u8>> {
        let read = || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            let mut bytes = Vec::new();
            if length <= most as u64 {
                file.take(most as u64).read_to_end(&mut bytes)?;
            }
            Ok((bytes, length))
        };
        let (bytes, length) = read().map_err(|error| from_io(&error))?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        bounded(Field::CarriedBackup, length, 0, most)?;
        check(&bytes)?;
        Ok(bytes)
    }

    /// Keeps what was carried in a new file, to be opened there.
    ///
    /// # Errors
    /// As [`BackupHeader::parse`] for what begins like no backup;
    /// [`AlreadyExists`](crate::Error::AlreadyExists) for a file that is there, which stays; what writing
    /// can fail with, and no file is then left.
    pub fn keep_carried(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
        check(bytes)?;
        let path = path.as_ref();
        let mut file = File::create_new(path).map_err(|error| from_io(&error))?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        drop(file);
        let written = written.map_err(|error| from_io(&error));
        written
            .and_then(|()| sync_folder(path))
            // What cannot be removed either is told as cut short when it is opened.
            .inspect_err(|_| _ = fs::remove_file(path))
    }
}

fn check(bytes: &[u8]) -> Result<()> {
    BackupHeader::parse(bytes.get(..HEADER).unwrap_or(bytes)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn only_backups_are_carried_and_none_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let code = crate::RecoveryCode::random(&mut rand_core::UnwrapErr(getrandom::SysRng));
        let lock = crate::BackupLock::Recovery(&code);
        let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
        let (header, _) = BackupHeader::new(lock, rng).unwrap();
        let backup = [header.encode(), vec![7; 500]].concat();

        fs::write(at("sent"), &backup).unwrap();
        assert_eq!(BackupFile::to_carry(at("sent"), 1000).unwrap(), backup);
        let refused = BackupFile::to_carry(at("sent"), backup.len() - 1).unwrap_err();
        let large = Error::OutOfBounds {
            field: Field::CarriedBackup,
            size: backup.len() as u64,
            least: 0,
            most: backup.len() as u64 - 1,
        };
        assert_eq!(refused, large);
        assert!(BackupFile::to_carry(at("none"), 1000) == Err(Error::NotFound));
        fs::write(at("other"), b"a letter").unwrap();
        assert!(BackupFile::to_carry(at("other"), 1000) == Err(Error::NotABackup));

        BackupFile::keep_carried(at("kept"), &backup).unwrap();
        assert_eq!(fs::read(at("kept")).unwrap(), backup);
        let again = BackupFile::keep_carried(at("kept"), &backup[..400]);
        assert_eq!(again, Err(Error::AlreadyExists));
        assert_eq!(fs::read(at("kept")).unwrap(), backup);
        let mut altered = backup;
        altered[40] ^= 1;
        for bytes in [&b"a letter"[..], &altered, &[]] {
            assert!(BackupFile::keep_carried(at("new"), bytes).is_err());
            assert!(!at("new").exists());
        }
    }
}
