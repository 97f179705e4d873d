"""Nansen: an offline wallet and verifier of credentials.

`Wallet` keeps credentials and documents in one encrypted file and shows chosen claims;
`Verifier` asks and checks; messages between the two travel as QR codes (`message_codes`,
`code_png`, `QrCollector`). Every call returns when it is done, releases the interpreter's lock
while it works, and may be made from any thread.
"""

from . import redaction as _redaction
from ._ffi import *  # noqa: F403
from .backups import (
    BackupSession,
    RestoreSession,
    backup_facts,
    backup_message,
    keep_backup_message,
    new_backup_code,
)
from .codes import PIXELS, SCREEN, code_png, message_codes
from .documents import DocumentReader, DocumentWriter
from .errors import InternalError, NansenError
from .folder import place_for_wallet, shown_wallets, unlock_hidden_wallet
from .guardians import collect_cards, guardian_card_png, guardian_card_svg
from .secret import lent, wipe
from .trust import trust_item
from .verifier import Verifier
from .wallet import STANDARD, PresentationSession, Wallet
