"""Documents as files: written in a `with` block, read like any binary file."""

import io
from typing import BinaryIO, Optional

from . import _ffi

PIECE = 1 << 18


class DocumentWriter:
    """Takes a document in. Leaving the `with` block keeps it, unless by an exception: then
    nothing of it stays. `id` names it once it is kept."""

    def __init__(self, generated: _ffi.DocumentWriter) -> None:
        self._generated = generated
        self.id: Optional[str] = None

    def write(self, data: bytes) -> int:
        """Adds bytes to the end; pieces of 256 KiB and more are quickest."""
        self._generated.append(data)
        return len(data)

    def finish(self) -> str:
        """Keeps the document and gives its id."""
        self.id = self._generated.finish()
        return self.id

    def discard(self) -> None:
        """Gives it up."""
        self._generated.discard()

    def copy_from(self, stream: BinaryIO) -> None:
        """Adds all that a binary stream has left."""
        while piece := stream.read(PIECE):
            self.write(piece)

    def __enter__(self) -> "DocumentWriter":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        elif self.id is None:
            self.finish()


class DocumentReader(io.RawIOBase):
    """A document to read from, at any place. `io.BufferedReader` makes small reads quicker."""

    def __init__(self, generated: _ffi.DocumentReader) -> None:
        super().__init__()
        self._generated: Optional[_ffi.DocumentReader] = generated
        self._place = 0
        self.length: int = generated.length()
        self.sha256: bytes = generated.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Reads from the current place on."""
        if self._generated is None:
            raise ValueError("the document is closed")
        view = memoryview(buffer).cast("B")
        data = self._generated.read(self._place, min(len(view), PIECE))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place, as files do."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.length}[whence]
        if start + offset < 0:
            raise ValueError("a place before the start")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """The current place."""
        return self._place

    def close(self) -> None:
        """Lets the document go."""
        self._generated = None
        super().close()
