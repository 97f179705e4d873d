"""Several people's wallets in one folder."""

import datetime
import os
import pathlib
from typing import Optional, Union

from . import _ffi
from .adoption import adopted
from .moment import or_now
from .secret import spent
from .wallet import Wallet

Path = Union[str, "os.PathLike[str]"]


def shown_wallets(folder: Path) -> list[_ffi.ShownWallet]:
    """The wallets that their owners let others see, by label."""
    return _ffi.shown_wallets(os.fspath(folder))


def place_for_wallet(folder: Path) -> pathlib.Path:
    """A free place for `Wallet.create`. Its name tells nothing."""
    return pathlib.Path(_ffi.place_for_wallet(os.fspath(folder)))


def unlock_hidden_wallet(
    folder: Path, secret: _ffi.Unlock, now: Optional[datetime.datetime] = None
) -> Wallet:
    """Opens and unlocks the wallet without a label that a secret belongs to; wipes the secret."""
    with spent(secret) as (secret,):
        wallet = _ffi.unlock_hidden_wallet(os.fspath(folder), secret, or_now(now))
    return adopted(Wallet, wallet)
