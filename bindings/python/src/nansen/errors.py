"""The one error of the library. Its variants are classes of their own, such as
`NansenError.WrongSecret`, with the fields of the variant as attributes."""

from ._ffi import InternalError, NansenError

__all__ = ["InternalError", "NansenError"]


def _fact(name: str, meaning: str) -> property:
    return property(lambda error: getattr(error.facts(), name), doc=meaning)


# Set from outside, since the class is generated.
setattr(NansenError, "code", _fact("code", "A stable name for logs and texts, such as `storage.disk_full`."))
setattr(NansenError, "is_retryable", _fact("is_retryable", "Whether trying again may succeed: when space is free, with what the person types or chooses next, or after some time."))
setattr(NansenError, "is_data_at_risk", _fact("is_data_at_risk", "Whether to copy the vault's file before anything else."))
