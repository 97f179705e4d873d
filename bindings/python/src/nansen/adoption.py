"""Objects of the generated classes, as objects of the classes that wrap them."""

from typing import Any


def adopted(cls: Any, generated: Any) -> Any:
    """The same Rust object, as one of `cls`."""
    return cls._uniffi_make_instance(generated._uniffi_clone_handle())
