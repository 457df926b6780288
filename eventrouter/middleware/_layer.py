"""What the layers of this package have in common."""

from __future__ import annotations


class HttpLayer:
    """A layer around requests, for ``app.middleware(...)``.

    Attributes:
        waits: It awaits nothing but what it stands around, so synchronous handlers need no event loop.
        is_ours: It gives back the response that it was given, or one of its own: the app need not look.
    """

    waits = False
    is_ours = True
