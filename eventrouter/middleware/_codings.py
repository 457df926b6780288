"""Content codings, each with one way to write it piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from typing import Protocol

    class Compressor(Protocol):
        """Compresses one body."""

        def compress(self, data: bytes) -> bytes: ...

        def flush(self) -> bytes: ...

        def finish(self) -> bytes: ...

    Coding: TypeAlias = Callable[[], Compressor]


class Gzip:
    """https://www.rfc-editor.org/rfc/rfc1952"""

    __slots__ = ("_compressor", "compress")

    def __init__(self) -> None:
        # Level 6 is zlib's own; 31 is the largest window with gzip's frame around it.
        self._compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
        self.compress = self._compressor.compress

    def flush(self) -> bytes:
        return self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._compressor.flush()


class Brotli:
    """https://www.rfc-editor.org/rfc/rfc7932"""

    __slots__ = ("_compressor", "compress", "finish", "flush")

    def __init__(self) -> None:
        import brotli

        # The library's own level is for files that are compressed once.
        self._compressor = brotli.Compressor(quality=4)
        self.compress, self.flush = self._compressor.process, self._compressor.flush
        self.finish = self._compressor.finish


class Zstandard:
    """https://www.rfc-editor.org/rfc/rfc8878"""

    __slots__ = ("_compressor", "_flush", "compress")

    def __init__(self) -> None:
        import zstandard

        # Browsers take windows up to 8 MB: https://www.rfc-editor.org/rfc/rfc9659
        self._compressor = zstandard.ZstdCompressor(level=3).compressobj()
        self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self.compress = self._compressor.compress

    def flush(self) -> bytes:
        return self._compressor.flush(self._flush)

    def finish(self) -> bytes:
        return self._compressor.flush()


#: Best first, each with the module that it needs.
CODINGS: dict[str, tuple[Coding, str]] = {
    "zstd": (Zstandard, "zstandard"),
    "br": (Brotli, "brotli"),
    "gzip": (Gzip, "zlib"),
}


def installed() -> dict[str, Coding]:
    """The codings whose modules are there."""
    return {name: coding for name, (coding, module) in CODINGS.items() if find_spec(module) is not None}
