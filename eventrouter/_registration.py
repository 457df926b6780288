"""What a decorator leaves behind: a function and what it is registered for, not compiled yet.

An app compiles it at once; a router keeps it until it joins an app, since prefixes and defaults come from there.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .source import Pattern
    from .types import HttpOptions, RouteMiddleware


class Registration:
    """A handler of records: the source's pattern says which.

    Attributes:
        decorator: The decorator's name, for messages.
        namespace: The names of the frame that registered it, where its annotations may have been imported.
        is_enrichment: It answers EventBridge Pipes with the records' new values.
    """

    __slots__ = ("decorator", "function", "is_enrichment", "namespace", "pattern")

    def __init__(
        self,
        function: Callable[..., object],
        namespace: Mapping[str, object],
        pattern: Pattern,
        decorator: str,
        *,
        is_enrichment: bool = False,
    ) -> None:
        self.function = function
        self.namespace = namespace
        self.pattern = pattern
        self.decorator = decorator
        self.is_enrichment = is_enrichment


class HttpRegistration:
    """A handler of requests."""

    __slots__ = ("function", "methods", "namespace", "options", "path")

    def __init__(
        self,
        function: Callable[..., object],
        namespace: Mapping[str, object],
        path: str,
        methods: Sequence[str],
        options: HttpOptions,
    ) -> None:
        self.function = function
        self.namespace = namespace
        self.path = path
        self.methods = methods
        self.options = options


class Surroundings:
    """What a registration takes from the routers it came through.

    Attributes:
        prefix: In front of HTTP paths.
        host: The hosts of HTTP paths, ``""`` for all.
        failures: The nearest router's setting, or None.
        middleware: The routers' layers, outermost first.
        tags: The routers' groups of operations, outermost first.
    """

    __slots__ = ("failures", "host", "middleware", "prefix", "tags")

    def __init__(
        self,
        prefix: str = "",
        failures: str | None = None,
        middleware: Sequence[RouteMiddleware] = (),
        host: str = "",
        tags: Sequence[str] = (),
    ) -> None:
        self.tags = tuple(tags)
        self.prefix = prefix
        self.host = host
        self.failures = failures
        self.middleware = tuple(middleware)

    def inside(self, outer: Surroundings) -> Surroundings:
        """These, as seen from a router or app further out."""
        return Surroundings(
            outer.prefix + self.prefix,
            self.failures or outer.failures,
            (*outer.middleware, *self.middleware),
            self.host or outer.host,
            (*outer.tags, *self.tags),
        )
