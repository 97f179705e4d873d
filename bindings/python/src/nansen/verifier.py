"""The verifier: it asks, and checks what comes back with nothing but the lists it carries."""

import datetime
import json
import os
import re
from typing import Any, Callable, Iterable, Optional, Union

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
        old_status: Optional[_ffi.OldStatus] = None,
    ) -> None:
        """A verifier that holders see under `name`; `key` is an earlier `secret_key()` and
        wiped, `trust` an earlier `trust().stored`, `max_status_age` in seconds, and `old_status`
        what is made of a status list that is older. That a credential was revoked counts however
        old it is."""
        with lent(*(() if key is None else (key,))) as secrets:
            super().__init__(name, *(secrets or (None,)), trust, max_status_age, old_status)

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

    def check_queue(
        self,
        queue: Iterable[_ffi.Queued],
        threads: Optional[int] = None,
        now: Time = None,
        on_progress: Optional[Callable[[int], object]] = None,
    ) -> list[_ffi.QueueOutcome]:
        """Checks a queue on several cores, all of them without `threads`, and tells what each
        message came to, in its order. Of two answers to the same request the first counts; of
        more than 64 messages, only the last get a receipt. `on_progress` is told how many are
        done; what it raises ends the check there."""
        queue, now = list(queue), or_now(now)
        for queued in queue:
            if queued.request is not None and not _REQUEST_ID.fullmatch(queued.request):
                raise _ffi.NansenError.Malformed("request id", "not 64 hexadecimal digits")
        threads = (os.cpu_count() or 1) if threads is None else threads
        outcomes: list[_ffi.QueueOutcome] = []
        for start in range(0, len(queue), _QUEUE_STEP):
            outcomes += super().check_queue(queue[start : start + _QUEUE_STEP], threads, now)
            if on_progress:
                on_progress(len(outcomes))
        return outcomes

    def receipt(  # type: ignore[override]
        self, report: _ffi.Report, purpose: str, keep: Iterable[str] = ()
    ) -> bytes:
        """Signs a receipt of a report, one of the last 64, for the field file: the checks, the
        ages of what they went by, and of what was shown the claims at `keep`."""
        return super().receipt(report.number, purpose, list(keep))

    def check_clock(self, now: Time = None) -> _ffi.TimeFacts:
        """What signed times say of this machine's clock, and by which time to reckon ages."""
        return super().check_clock(or_now(now))


_REQUEST_ID = re.compile("[0-9a-fA-F]{64}", re.ASCII)
# Between two of them the verifier serves other threads.
_QUEUE_STEP = 64
