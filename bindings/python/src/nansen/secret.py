"""Secrets as they cross into the library: read in place, and wiped afterwards.

Python cannot wipe `str` and `bytes`, so that passphrases and codes are `bytearray` here. What is
typed at a prompt is a `str` before it becomes one: that copy stays until Python reuses its memory.
"""

import contextlib
import ctypes
from typing import Iterator, cast


def wipe(secret: bytearray) -> None:
    """Overwrites a secret with zeros."""
    secret[:] = bytes(len(secret))


@contextlib.contextmanager
def lent(*secrets: bytearray) -> Iterator[tuple[bytes, ...]]:
    """Lends secrets to one call, without a copy on the Python side, and wipes them after it."""
    for secret in secrets:
        if not isinstance(secret, bytearray):
            raise TypeError(f"a secret is a bytearray, which can be wiped, not a {type(secret).__name__}")
    views = [(ctypes.c_char * len(secret)).from_buffer(secret) for secret in secrets]
    try:
        # To the generated code, an array of chars is as good as bytes.
        yield cast("tuple[bytes, ...]", tuple(views))
    finally:
        for secret in secrets:
            wipe(secret)
