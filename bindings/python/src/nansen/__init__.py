"""Nansen: an offline wallet and verifier of credentials.

`Wallet` keeps credentials and documents in one encrypted file and shows chosen claims;
`Verifier` asks and checks; messages between the two travel as QR codes (`message_codes`,
`code_png`, `QrCollector`). Every call returns when it is done, releases the interpreter's lock
while it works, and may be made from any thread.
"""

from . import redaction as _redaction
from ._ffi import *  # noqa: F403
from .codes import PIXELS, SCREEN, code_png, message_codes
from .documents import DocumentReader, DocumentWriter
from .errors import InternalError, NansenError
from .secret import lent, wipe
from .verifier import Verifier
from .wallet import STANDARD, PresentationSession, Wallet
