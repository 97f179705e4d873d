"""What objects with secrets in them print of themselves: never the secret.

The generated ones would show it, in `print`, in a log and in a failed assertion.
"""

from . import _ffi

_SECRET = {"passphrase", "code", "cards", "text", "bytes", "recovery_code", "stored"}


def _text(value: object) -> str:
    fields = (f"{name}={'<secret>' if name in _SECRET else field}" for name, field in vars(value).items())
    return f"{type(value).__qualname__}({', '.join(fields)})"


# Set from outside, since the classes are generated.
for _kind in (
    _ffi.Unlock.PASSPHRASE,
    _ffi.Unlock.RECOVERY_CODE,
    _ffi.Unlock.HARDWARE,
    _ffi.Unlock.PASSPHRASE_AND_HARDWARE,
    _ffi.Unlock.GUARDIANS,
    _ffi.BackupKey.PASSPHRASE,
    _ffi.BackupKey.CODE,
    _ffi.GuardianCard,
    # A guardian's card, for one.
    _ffi.Message,
    _ffi.NewWay.PASSPHRASE,
    _ffi.NewWay.HARDWARE,
    _ffi.NewWay.PASSPHRASE_AND_HARDWARE,
    _ffi.HardwareAnswer.DONE,
    _ffi.OpenRequest,
    _ffi.NewWallet,
):
    setattr(_kind, "__repr__", _text)
    setattr(_kind, "__str__", _text)
