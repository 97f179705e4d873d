"""What messages bring to `add_trust`."""

from typing import Optional

from . import _ffi


def trust_item(message: _ffi.Message) -> Optional[_ffi.TrustItem]:
    """What a scanned message brings to `add_trust`; `None` for one of another kind."""
    make = _ITEMS.get(message.kind)
    return make(message.bytes) if make else None


_ITEMS = {
    _ffi.MessageKind.TRUST_LIST: _ffi.TrustItem.TRUST_LIST,
    _ffi.MessageKind.STATUS_LIST: _ffi.TrustItem.STATUS_LIST,
    _ffi.MessageKind.PACK: _ffi.TrustItem.PACK,
}
