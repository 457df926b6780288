"""Apps of other frameworks, mounted beside the routes: see ``App.mount``, ``App.mount_wsgi`` and ``App.mount_resolver``."""

from __future__ import annotations

__all__: list[str] = []
