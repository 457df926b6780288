"""Middleware for requests: ``app.middleware(CORS(allow_origins=["https://shop.example.com"]))``.

The one that is registered first is the outermost. What suits most apps, from the outside in: ``ServerTiming``,
``SecurityHeaders``, ``TrustedHosts``, ``CORS``, ``RequestSizeLimit``, ``Compress``, ``ETag``. Events that are no requests pass
through all of them, and none of them waits for anything, so that synchronous handlers need no event loop.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .compress import Compress as Compress
    from .cors import CORS as CORS
    from .etag import ETag as ETag
    from .hosts import TrustedHosts as TrustedHosts
    from .security import SecurityHeaders as SecurityHeaders
    from .size import RequestSizeLimit as RequestSizeLimit
    from .timing import ServerTiming as ServerTiming

_WHERE = {
    "CORS": "cors",
    "Compress": "compress",
    "ETag": "etag",
    "RequestSizeLimit": "size",
    "SecurityHeaders": "security",
    "ServerTiming": "timing",
    "TrustedHosts": "hosts",
}

__all__ = [
    "CORS", "Compress", "ETag", "RequestSizeLimit", "SecurityHeaders", "ServerTiming", "TrustedHosts",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return value
