"""The wallet: one encrypted file with credentials, device keys, documents, and what is trusted.

The classes here are the generated ones with what Python adds: the clock as the default of `now`,
`with`, secrets that are wiped, and documents as files.
"""

import datetime
import os
from typing import BinaryIO, Iterable, Optional, Union

from . import _ffi
from .documents import DocumentReader, DocumentWriter
from .moment import or_now
from .secret import lent

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
        return _adopt(cls, new.wallet), bytearray(new.recovery_code)

    @classmethod
    def open(cls, path: Path) -> "Wallet":
        """Opens a wallet's file, locked."""
        return super().open(os.fspath(path))

    def unlock_with_passphrase(self, passphrase: bytearray) -> None:
        """Unlocks, and wipes `passphrase` whether it was right or wrong."""
        with lent(passphrase) as (secret,):
            self.unlock(_ffi.Unlock.PASSPHRASE(secret))

    def unlock_with_recovery_code(self, code: bytearray) -> None:
        """Unlocks, and wipes `code` whether it was right or wrong."""
        with lent(code) as (secret,):
            self.unlock(_ffi.Unlock.RECOVERY_CODE(secret))

    def change_passphrase(
        self, old: bytearray, new: bytearray, cost: _ffi.KdfCost = STANDARD
    ) -> None:
        """Puts a new passphrase in the place of the old, and wipes both."""
        with lent(old, new) as (proof, secret):
            self.complete_way(_ffi.Unlock.PASSPHRASE(proof), _ffi.NewWay.PASSPHRASE(secret, cost))

    def new_recovery_code(self, passphrase: bytearray) -> bytearray:
        """Puts a new recovery code in the place of the old, and wipes `passphrase`."""
        with lent(passphrase) as (proof,):
            code = self.complete_way(_ffi.Unlock.PASSPHRASE(proof), _ffi.NewWay.RECOVERY_CODE())
        return bytearray(code or b"")

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
        return _adopt(PresentationSession, super().begin(occasion, or_now(now)))

    def close(self) -> None:
        """Locks, wipes, and closes the file. Does nothing the second time."""
        self.release()

    def __enter__(self) -> "Wallet":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()


def _adopt(cls, generated):  # type: ignore[no-untyped-def]
    """The same Rust object, as an object of the class that wraps it."""
    return cls._uniffi_make_instance(generated._uniffi_clone_handle())
