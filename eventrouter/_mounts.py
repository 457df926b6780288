"""What stands under a prefix and answers requests in its own way: an app of another framework."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .context import Invocation
    from .request import Request
    from .response import FunctionResponse

    class Serves(Protocol):
        """Answers requests, and may have a lifespan."""

        #: What it is, for people: ``ASGI``.
        kind: str
        #: It needs an event loop.
        waits: bool
        #: It handles requests beside each other on one event loop.
        is_async: bool

        async def answer(self, invocation: Invocation, request: Request, prefix: str) -> FunctionResponse: ...

        async def start(self, invocation: Invocation) -> None: ...

        async def stop(self, invocation: Invocation) -> None: ...


class Mount:
    """An app of another framework under a prefix.

    Attributes:
        prefix: In front of its paths: ``"/admin"``; ``""`` takes whatever no route takes.
        app: What the user mounted.
        serves: Answers requests with it.
        host: The hosts it is for: ``""`` is all.
    """

    __slots__ = ("app", "host", "prefix", "segments", "serves")

    def __init__(self, prefix: str, app: object, serves: Serves, host: str = "") -> None:
        self.prefix = prefix
        self.segments = prefix[1:].split("/") if prefix else []
        self.app = app
        self.serves = serves
        self.host = host

    @property
    def name(self) -> str:
        """What the user's app is called."""
        return str(getattr(self.app, "title", None) or getattr(self.app, "__name__", None) or type(self.app).__name__)

    def __repr__(self) -> str:
        return f"<Mount {self.prefix or '/'} {self.serves.kind}>"
