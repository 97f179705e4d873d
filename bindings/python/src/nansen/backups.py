"""Backups: written, read back, sent and restored, a step of about a megabyte at a time."""

import os
from typing import Callable, Optional, Union

from . import _ffi
from .secret import spent

Path = Union[str, "os.PathLike[str]"]


class BackupSession(_ffi.BackupSession):
    """A backup on its way to its file. Let go of before it is done, it leaves `NAME.part`, with
    which `Wallet.continue_backup` goes on."""

    def finish(self, on_progress: Optional[Callable[[_ffi.BackupProgress], object]] = None) -> None:
        """All steps to the end. What `on_progress` raises ends it between two of them."""
        while (progress := self.step()).phase != _ffi.BackupPhase.DONE:
            if on_progress:
                on_progress(progress)


class RestoreSession(_ffi.RestoreSession):
    """A restore under way. What it restored stays, whatever becomes of the rest."""

    def finish(
        self, on_progress: Optional[Callable[[_ffi.RestoreProgress], object]] = None
    ) -> list[_ffi.RestoredRecord]:
        """All steps to the end: what became of each record. What `on_progress` raises ends it
        between two of them."""
        records: list[_ffi.RestoredRecord] = []
        while True:
            progress = self.step()
            records += progress.records
            if progress.is_done:
                return records
            if on_progress:
                on_progress(progress)


def new_backup_code() -> bytearray:
    """A code for a backup, or to pair two phones: to be written down, then `wipe` it."""
    return bytearray(_ffi.new_backup_code())


def backup_facts(path: Path, key: _ffi.BackupKey) -> _ffi.BackupFacts:
    """What a backup says of itself; wipes `key`. Its records are checked when it is restored."""
    with spent(key) as (key,):
        return _ffi.backup_facts(os.fspath(path), key)


def backup_message(path: Path) -> _ffi.Message:
    """A backup of at most 1 MiB as a message for QR codes, worth nothing without its code."""
    return _ffi.backup_message(os.fspath(path))


def keep_backup_message(message: _ffi.Message, path: Path) -> None:
    """Keeps the backup that came as a message in a new file, to be restored from there."""
    _ffi.keep_backup_message(message, os.fspath(path))
