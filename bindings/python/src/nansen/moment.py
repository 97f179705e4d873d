"""Times: aware `datetime`, by default that of this machine's clock."""

import datetime
from typing import Optional


def or_now(time: Optional[datetime.datetime]) -> datetime.datetime:
    """This time, or the clock's. A time without a zone is refused: it names no moment."""
    if time is None:
        return datetime.datetime.now(datetime.timezone.utc)
    if time.tzinfo is None:
        raise ValueError("a time needs a time zone")
    return time
