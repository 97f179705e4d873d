"""The verifier: it asks, and checks what comes back with nothing but the lists it carries."""

import datetime
import json
from typing import Any, Optional, Union

from . import _ffi
from .moment import or_now
from .secret import lent

Time = Optional[datetime.datetime]


class Verifier(_ffi.Verifier):
    """Somebody who asks and checks."""

    def __init__(
        self,
        name: str,
        key: Optional[bytearray] = None,
        trust: Optional[bytes] = None,
        max_status_age: Optional[int] = None,
    ) -> None:
        """A verifier that holders see under `name`; `key` is an earlier `secret_key()` and
        wiped, `trust` an earlier `trust().stored`, `max_status_age` in seconds."""
        with lent(*(() if key is None else (key,))) as secrets:
            super().__init__(name, *(secrets or (None,)), trust, max_status_age)

    def secret_key(self) -> bytearray:  # type: ignore[override]
        """Its key, to be kept where the platform keeps secrets: `wipe` it afterwards."""
        return bytearray(super().secret_key())

    def request(
        self, query: Union[str, dict[str, Any]], purpose: str, now: Time = None
    ) -> _ffi.OpenRequest:
        """Asks: `query` is DCQL, as JSON or as what JSON stands for."""
        text = query if isinstance(query, str) else json.dumps(query)
        return super().request(text, purpose, or_now(now))

    def check_answer(self, request: str, answer: _ffi.Message, now: Time = None) -> _ffi.Answer:
        """Opens the answer to an open request and checks each credential in it."""
        return super().check_answer(request, answer, or_now(now))

    def check_unasked(self, message: _ffi.Message, now: Time = None) -> _ffi.Report:
        """Checks what answers no request. The verdict is never valid."""
        return super().check_unasked(message, or_now(now))
