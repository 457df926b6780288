"""HTTP paths: a dictionary for those without parameters, then a tree of segments with backtracking.

Flat in the number of routes; ``{name}`` is one segment, ``{name:path}`` the rest. No ``re``.
"""

from __future__ import annotations

from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeAlias, TypeVar

    T = TypeVar("T")

    #: By method: the route and the names of its parameters.
    _Leaf: TypeAlias = dict[str, tuple[Any, tuple[str, ...]]]

    class _Of(Generic[T]): ...

else:

    class _Of:
        def __class_getitem__(cls, item: object) -> type[_Of]:
            return cls


class _Node:
    __slots__ = ("children", "leaf", "parameter", "rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.rest: _Leaf | None = None
        self.leaf: _Leaf | None = None


def parameters_of(template: str, what: str) -> tuple[str, ...]:
    """The names in a path template.

    Raises:
        RegistrationError: The template is not one.
    """
    if not template.startswith("/"):
        raise RegistrationError(f"{what}: a path starts with `/`, not {template[:1]!r}")
    if "<" in template and ">" in template:
        raise RegistrationError(f"{what}: a parameter is written `{{name}}` here, not `<name>`")
    names: list[str] = []
    segments = template[1:].split("/")
    for index, segment in enumerate(segments):
        if "{" not in segment and "}" not in segment:
            continue
        name, _, kind = segment[1:-1].partition(":")
        if not (segment.startswith("{") and segment.endswith("}")) or "{" in name or not name.isidentifier():
            raise RegistrationError(
                f"{what}: a parameter is a whole segment, as in `/orders/{{order_id}}`, not {segment!r}"
            )
        if kind not in ("", "path"):
            raise RegistrationError(
                f"{what}: {segment!r}: only `:path` may follow a name; annotate the handler's parameter with its type"
            )
        if kind == "path" and index != len(segments) - 1:
            raise RegistrationError(f"{what}: {segment!r} takes the rest of the path, so it comes last")
        if name in names:
            raise RegistrationError(f"{what}: {name!r} is in the path twice")
        names.append(name)
    return tuple(names)


class Paths(_Of["T"]):
    """Routes by method and path."""

    __slots__ = ("_root", "_static")

    def __init__(self) -> None:
        self._static: dict[tuple[str, str], T] = {}
        self._root = _Node()

    def add(self, method: str, template: str, route: T, what: str) -> T | None:
        """Add a route; returns the one that has the same method and the same path already, if there is one."""
        names = parameters_of(template, what)
        node = self._root
        segments = template[1:].split("/")
        rest = False
        for segment in segments:
            if segment.endswith(":path}"):
                rest = True
                break
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.children.setdefault(segment, _Node())
        if rest:
            node.rest = node.rest or {}
            leaf = node.rest
        else:
            node.leaf = node.leaf or {}
            leaf = node.leaf
        if method in leaf:
            return leaf[method][0]  # type: ignore[no-any-return]
        leaf[method] = (route, names)
        if not names:
            self._static[method, template] = route
        return None

    def find(self, method: str, path: str, *, is_decoded: bool) -> tuple[T, dict[str, str]] | None:
        """The route for a request and its path parameters, each decoded once."""
        route = self._static.get((method, path))
        if route is not None and "%" not in path:
            return route, {}
        values: list[str] = []
        segments = path[1:].split("/") if path[:1] == "/" and "%" not in path else _segments(path, is_decoded)
        leaf = _walk(self._root, segments, 0, values, method)
        if leaf is None and path != "/":
            # `/orders/` is `/orders` for who registered that: nobody means two resources by them.
            values.clear()
            leaf = _walk(self._root, _other_end(segments), 0, values, method)
        if leaf is None:
            return None
        route, names = leaf[method]
        # One parameter is what most paths have.
        return route, {names[0]: values[0]} if len(names) == 1 else dict(zip(names, values, strict=True))

    def methods(self, path: str, *, is_decoded: bool) -> tuple[str, ...]:
        """The methods that *path* answers to, for a 405; none for a 404."""
        found: set[str] = set()
        segments = _segments(path, is_decoded)
        _collect(self._root, segments, 0, found)
        if path != "/":
            _collect(self._root, _other_end(segments), 0, found)
        return tuple(sorted(found))


def _segments(path: str, is_decoded: bool) -> list[str]:
    """Split before decoding, so that an encoded slash stays inside its segment."""
    segments = path[1:].split("/") if path.startswith("/") else path.split("/")
    if is_decoded or "%" not in path:
        return segments
    from urllib.parse import unquote

    return [unquote(segment) for segment in segments]


def _other_end(segments: list[str]) -> list[str]:
    """The same path with the slash at its end, or without it."""
    return segments[:-1] if len(segments) > 1 and not segments[-1] else [*segments, ""]


def _walk(node: _Node, segments: list[str], at: int, values: list[str], method: str) -> _Leaf | None:
    """Static child first, then a parameter, then the rest of the path; calls itself only where there is a choice."""
    end = len(segments)
    while at < end:
        segment = segments[at]
        child = node.children.get(segment)
        parameter = node.parameter if segment else None
        if parameter is None and node.rest is None:
            if child is None:
                return None
            node = child
        elif child is None and node.rest is None:
            values.append(segment)
            node = parameter  # type: ignore[assignment]  # one of the two is there
        else:
            return _choice(node, child, parameter, segments, at, values, method)
        at += 1
    return node.leaf if node.leaf is not None and method in node.leaf else None


def _choice(
    node: _Node,
    child: _Node | None,
    parameter: _Node | None,
    segments: list[str],
    at: int,
    values: list[str],
    method: str,
) -> _Leaf | None:
    found = None
    taken = len(values)
    if child is not None:
        found = _walk(child, segments, at + 1, values, method)
    if found is None and parameter is not None:
        del values[taken:]
        values.append(segments[at])
        found = _walk(parameter, segments, at + 1, values, method)
    if found is None and node.rest is not None and method in node.rest:
        values[taken:] = ["/".join(segments[at:])]
        return node.rest
    return found


def _collect(node: _Node, segments: list[str], at: int, found: set[str]) -> None:
    if at == len(segments):
        found.update(node.leaf or ())
        return
    if (child := node.children.get(segments[at])) is not None:
        _collect(child, segments, at + 1, found)
    if node.parameter is not None and segments[at]:
        _collect(node.parameter, segments, at + 1, found)
    found.update(node.rest or ())
