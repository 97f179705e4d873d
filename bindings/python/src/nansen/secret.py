"""Secrets as they cross into the library: read in place, and wiped afterwards.

Python cannot wipe `str` and `bytes`, so that passphrases and codes are `bytearray` here. What is
typed at a prompt is a `str` before it becomes one: that copy stays until Python reuses its memory.
"""

import contextlib
import copy
import ctypes
from typing import Any, Iterator, cast


def wipe(secret: bytearray) -> None:
    """Overwrites a secret with zeros."""
    secret[:] = bytes(len(secret))


def view(secret: bytearray) -> bytes:
    """The secret where it lies, for the generated code: to it, an array of chars is as good as
    bytes."""
    return cast(bytes, (ctypes.c_char * len(secret)).from_buffer(secret))


@contextlib.contextmanager
def lent(*secrets: bytearray) -> Iterator[tuple[bytes, ...]]:
    """Lends secrets to one call, without a copy on the Python side, and wipes them after it."""
    for secret in secrets:
        if not isinstance(secret, bytearray):
            raise TypeError(f"a secret is a bytearray, which can be wiped, not a {type(secret).__name__}")
    views = tuple(view(secret) for secret in secrets)
    try:
        yield views
    finally:
        for secret in secrets:
            wipe(secret)


@contextlib.contextmanager
def spent(*holders: Any) -> Iterator[tuple[Any, ...]]:
    """Lends what `Unlock`, `NewWay` and `BackupKey` hold to one call, and wipes it after it."""
    with contextlib.ExitStack() as until_the_end:

        def lend(secret: Any) -> Any:
            # Lent already: whoever lent it wipes it.
            if isinstance(secret, ctypes.Array):
                return secret
            return until_the_end.enter_context(lent(secret))[0]

        def filled(holder: Any) -> Any:
            same = copy.copy(holder)
            for name in vars(holder).keys() & _TYPED:
                value = getattr(holder, name)
                setattr(same, name, [lend(card) for card in value] if name == "cards" else lend(value))
            return same

        yield tuple(filled(holder) for holder in holders)


_TYPED = {"passphrase", "code", "cards"}
