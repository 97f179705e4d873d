"""Guardians' cards: drawn to be printed, and collected to unlock.

A card is a `bytearray`, its `text` or the bytes of a `MessageKind.GUARDIAN_CARD` message. None of
these calls wipes it. Pictures of a card are as secret as the card.
"""

from typing import Iterable

from . import _ffi
from .codes import PIXELS
from .secret import view


def collect_cards(cards: Iterable[bytearray]) -> _ffi.CardsCollected:
    """How far these cards go, the last of which was scanned or typed just now; fails with
    `NansenError.Card` when that one is no help. Enough of them are an `Unlock.GUARDIANS`."""
    return _ffi.collect_cards([view(card) for card in cards])


def guardian_card_svg(card: bytearray, lines: Iterable[str]) -> bytearray:
    """A card as an SVG document of 85 x 125 mm, with up to five lines for people: whose it is,
    its number and date, what it is for. The first is large."""
    return bytearray(_ffi.guardian_card_svg(view(card), list(lines)))


def guardian_card_png(card: bytearray, pixels: _ffi.Pixels = PIXELS) -> bytearray:
    """The QR code of a card as a PNG file."""
    return bytearray(_ffi.guardian_card_png(view(card), pixels))
