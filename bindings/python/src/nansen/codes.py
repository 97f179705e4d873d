"""Messages as QR codes: texts to show in turn, and pictures of them."""

from typing import Sequence

from . import _ffi

SCREEN = _ffi.CodeOptions(version_max=20, level=_ffi.CodeLevel.L)
"""What a cheap phone reads from another phone's screen."""

PIXELS = _ffi.Pixels()
"""Eight pixels a module, four modules of white around, eight codes a second."""


def message_codes(message: _ffi.Message, options: _ffi.CodeOptions = SCREEN) -> list[str]:
    """The texts of the codes that carry a message: one, or frames to show over and over."""
    return _ffi.message_codes(message, options)


def code_png(
    texts: Sequence[str],
    level: _ffi.CodeLevel = SCREEN.level,
    pixels: _ffi.Pixels = PIXELS,
) -> bytes:
    """A PNG file of codes: one picture, or an animation of several."""
    return _ffi.code_png(list(texts), level, pixels)
