"""The wallet: one encrypted file with credentials, device keys, documents, and what is trusted.

The classes here are the generated ones with what Python adds: the clock as the default of `now`,
`with`, secrets that are wiped, and documents as files.
"""

import datetime
import os
from typing import BinaryIO, Iterable, Optional, Union

from . import _ffi
from .adoption import adopted
from .backups import BackupSession, RestoreSession
from .documents import DocumentReader, DocumentWriter
from .moment import or_now
from .secret import lent, spent

STANDARD = _ffi.KdfCost.STANDARD()
"""64 MiB and 3 passes of Argon2id."""

Path = Union[str, "os.PathLike[str]"]
Time = Optional[datetime.datetime]


class PresentationSession(_ffi.PresentationSession):
    """A presentation in the making."""

    def prepare(
        self, choice: Iterable[_ffi.ChosenCredential] = (), now: Time = None
    ) -> list[_ffi.SigningTask]:
        """Takes the holder's choice; gives what device keys in hardware are to sign."""
        return super().prepare(list(choice), or_now(now))

    def answer(self, choice: Iterable[_ffi.ChosenCredential] = (), now: Time = None) -> _ffi.Message:
        """Prepares and completes in one, where no device key of the choice is in hardware."""
        self.prepare(choice, now)
        return self.complete([])


class Wallet(_ffi.Wallet):
    """A person's wallet. Leaving its `with` block wipes what was unlocked and closes the file."""

    @classmethod
    def create(
        cls, path: Path, passphrase: bytearray, cost: _ffi.KdfCost = STANDARD
    ) -> tuple["Wallet", bytearray]:
        """Makes a wallet in a new file; wipes `passphrase`. Gives the wallet, unlocked, and its
        recovery code: show it once, then `wipe` it."""
        with lent(passphrase) as (secret,):
            new = _ffi.create_wallet(os.fspath(path), secret, cost)
        return adopted(cls, new.wallet), bytearray(new.recovery_code)

    @classmethod
    def open(cls, path: Path) -> "Wallet":
        """Opens a wallet's file, locked."""
        return super().open(os.fspath(path))

    def unlock(self, secret: _ffi.Unlock, now: Time = None) -> None:
        """Unlocks, and wipes the secret whether it was right or wrong. After five wrong PINs or
        passphrases the next has to wait: `attempts()` tells how long."""
        with spent(secret) as (secret,):
            super().unlock(secret, or_now(now))

    def unlock_with_passphrase(self, passphrase: bytearray, now: Time = None) -> None:
        """Unlocks, and wipes `passphrase` whether it was right or wrong."""
        self.unlock(_ffi.Unlock.PASSPHRASE(passphrase), now)

    def unlock_with_recovery_code(self, code: bytearray, now: Time = None) -> None:
        """Unlocks, and wipes `code` whether it was right or wrong."""
        self.unlock(_ffi.Unlock.RECOVERY_CODE(code), now)

    def attempts(self, now: Time = None) -> _ffi.Attempts:
        """Wrong PINs and passphrases so far, and how long the next has to wait."""
        return super().attempts(or_now(now))

    def rehearse(self, secret: _ffi.Unlock) -> None:
        """Checks that a secret still opens this wallet, before it is needed; wipes it."""
        with spent(secret) as (secret,):
            super().rehearse(secret)

    def note_activity(self, activity: _ffi.Activity, now: Time = None) -> _ffi.WalletState:
        """Tells what happened, and locks if it is time to; gives what the wallet then is. Without
        these calls nothing locks by itself."""
        return super().note_activity(activity, or_now(now))

    def complete_way(self, proof: _ffi.Unlock, new: _ffi.NewWay) -> Optional[bytearray]:  # type: ignore[override]
        """Adds a way to unlock, or renews the one of its kind; wipes the proof, and a passphrase
        that is new. Gives the new recovery code if that was asked for: `wipe` it."""
        with spent(proof, new) as (proof, new):
            code = super().complete_way(proof, new)
        return None if code is None else bytearray(code)

    def change_passphrase(
        self, old: bytearray, new: bytearray, cost: _ffi.KdfCost = STANDARD
    ) -> None:
        """Puts a new passphrase in the place of the old, and wipes both."""
        self.complete_way(_ffi.Unlock.PASSPHRASE(old), _ffi.NewWay.PASSPHRASE(new, cost))

    def new_recovery_code(self, passphrase: bytearray) -> bytearray:
        """Puts a new recovery code in the place of the old, and wipes `passphrase`."""
        code = self.complete_way(_ffi.Unlock.PASSPHRASE(passphrase), _ffi.NewWay.RECOVERY_CODE())
        return code or bytearray()

    def make_guardians(self, proof: _ffi.Unlock, needed: int, total: int) -> list[_ffi.GuardianCard]:
        """Makes guardians a way to unlock: `total` cards, of which any `needed` unlock. Wipes the
        proof. Print the cards (`guardian_card_svg`), hand them out, and `wipe` each `text`."""
        with spent(proof) as (proof,):
            cards = super().make_guardians(proof, needed, total)
        for card in cards:
            card.text = bytearray(card.text)
        return cards

    def create_decoy(self, proof: _ffi.Unlock, new: _ffi.Unlock) -> bytearray:  # type: ignore[override]
        """Makes a second wallet in the same file, empty, that `new` opens; wipes both secrets.
        Gives its recovery code: `wipe` it. Ends a decoy that is there already; and, called from
        within a decoy, the wallet that it hides."""
        with spent(proof, new) as (proof, new):
            return bytearray(super().create_decoy(proof, new))

    def set_wipe_passphrase(
        self, proof: _ffi.Unlock, decoy: _ffi.Unlock, wipe: _ffi.Unlock
    ) -> None:
        """Sets a PIN that destroys this wallet and then opens the decoy; wipes the three. That can
        put a person in danger: see SECURITY.md."""
        with spent(proof, decoy, wipe) as (proof, decoy, wipe):
            super().set_wipe_passphrase(proof, decoy, wipe)

    def set_wipe_after(self, proof: _ffi.Unlock, attempts: Optional[int]) -> None:
        """Lets the file destroy everything in it after so many wrong PINs, 10 to 255, or never;
        wipes the proof."""
        with spent(proof) as (proof,):
            super().set_wipe_after(proof, attempts)

    def write_backup(
        self, path: Path, key: _ffi.BackupKey, previous: Optional[Path] = None, now: Time = None
    ) -> BackupSession:
        """Begins a backup, and wipes `key`; `finish()` writes it. With `previous`, the last one,
        made with the same key, it holds only what that lacks."""
        with spent(key) as (key,):
            session = super().write_backup(os.fspath(path), key, _text(previous), or_now(now))
        return adopted(BackupSession, session)

    def continue_backup(
        self, path: Path, key: _ffi.BackupKey, previous: Optional[Path] = None
    ) -> BackupSession:
        """Goes on with a backup that was interrupted, and wipes `key`."""
        with spent(key) as (key,):
            session = super().continue_backup(os.fspath(path), key, _text(previous))
        return adopted(BackupSession, session)

    def restore(
        self,
        paths: Iterable[Path],
        key: _ffi.BackupKey,
        is_dry: bool = False,
        hardware_keys: Iterable[bytes] = (),
    ) -> RestoreSession:
        """Begins to restore a whole backup and those that follow it, and wipes `key`; `finish()`
        tells what became of each record."""
        with spent(key) as (key,):
            files = [os.fspath(path) for path in paths]
            session = super().restore(files, key, is_dry, list(hardware_keys))
        return adopted(RestoreSession, session)

    def rescue(self, path: Path) -> _ffi.RescueReport:
        """Writes a new vault with everything in this one that can be read."""
        return super().rescue(os.fspath(path))

    def prepare_way(self) -> bytearray:  # type: ignore[override]
        """Draws a secret for hardware to wrap: `wipe` it afterwards."""
        return bytearray(super().prepare_way())

    def contents(self, search: Optional[str] = None, now: Time = None) -> _ffi.Contents:
        """What it holds, the newest first."""
        return super().contents(search, or_now(now))

    def show(self, id: str, now: Time = None) -> _ffi.CredentialDetails:
        """A credential in full."""
        return super().show(id, or_now(now))

    def import_credential(self, bytes: bytes, now: Time = None) -> _ffi.ImportedCredential:
        """Takes in a credential that an issuer gave."""
        return super().import_credential(bytes, or_now(now))

    def new_device_key(
        self, hardware: Optional[_ffi.HardwareKey] = None, now: Time = None
    ) -> bytes:
        """A device key for a credential to come: its public half, for the issuer."""
        return super().new_device_key(hardware, or_now(now))

    def write_document(self, document: _ffi.NewDocument, now: Time = None) -> DocumentWriter:
        """Starts a document."""
        return DocumentWriter(super().write_document(document, or_now(now)))

    def add_document(
        self, stream: BinaryIO, document: _ffi.NewDocument, now: Time = None
    ) -> str:
        """Keeps all that a binary stream has left, in little memory; gives the record's id."""
        with self.write_document(document, now) as writer:
            writer.copy_from(stream)
            return writer.finish()

    def read_document(self, id: str) -> DocumentReader:
        """Opens a document to read."""
        return DocumentReader(super().read_document(id))

    def begin(self, occasion: _ffi.Occasion, now: Time = None) -> PresentationSession:
        """Begins to show something. Nothing is shown to anybody by this."""
        return adopted(PresentationSession, super().begin(occasion, or_now(now)))

    def check_clock(self, now: Time = None) -> _ffi.TimeFacts:
        """What signed times say of this machine's clock, and by which time to reckon ages."""
        return super().check_clock(or_now(now))

    def search_notes(self, search: _ffi.Search, now: Time = None) -> _ffi.SearchResult:
        """Looks among the notes and contacts of packs. The position in `search` decides their
        order, and is kept nowhere."""
        return super().search_notes(search, or_now(now))

    def close(self) -> None:
        """Locks, wipes, and closes the file. Does nothing the second time."""
        self.release()

    def __enter__(self) -> "Wallet":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


def _text(path: Optional[Path]) -> Optional[str]:
    return None if path is None else os.fspath(path)
