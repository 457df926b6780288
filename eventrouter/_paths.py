"""HTTP paths: a dictionary for those without parameters, then a tree of segments with backtracking.

Flat in the number of routes. ``{name}`` is one segment, ``{name:int}``, ``{name:float}`` and ``{name:uuid}`` one that reads so,
``{name:path}`` the rest. The most specific takes a path, in whatever order they were added: a word, then a converter, then
any segment, then the rest. No ``re``.
"""

from __future__ import annotations

from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Generic, TypeAlias, TypeVar

    from ._mounts import Mount

    T = TypeVar("T")

    #: By method: the route and the names of its parameters.
    _Leaf: TypeAlias = dict[str, tuple[Any, tuple[str, ...]]]

    class _Of(Generic[T]): ...

else:

    class _Of:
        def __class_getitem__(cls, item: object) -> type[_Of]:
            return cls


def _is_int(segment: str) -> bool:
    return segment.isascii() and segment.isdigit()


def _is_float(segment: str) -> bool:
    whole, point, fraction = segment.partition(".")
    return _is_int(whole) and (not point or _is_int(fraction))


def _is_uuid(segment: str) -> bool:
    return (
        len(segment) == 36
        and [len(part) for part in segment.split("-")] == [8, 4, 4, 4, 12]
        and _HEXADECIMAL.issuperset(segment)
    )


_HEXADECIMAL = frozenset("0123456789abcdefABCDEF-")

#: What a segment must look like, the most particular first. Its value stays text: the handler's annotation says what it is
#: read as.
_CONVERTERS: dict[str, Callable[[str], bool]] = {"uuid": _is_uuid, "int": _is_int, "float": _is_float}
_RANKS = {name: rank for rank, name in enumerate(_CONVERTERS)}


class _Node:
    __slots__ = ("children", "converted", "leaf", "parameter", "rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        #: By converter, in the order in which they are tried.
        self.converted: dict[str, _Node] | None = None
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
    if wrong := next((segment for segment in segments if segment[:1] == ":"), ""):
        raise RegistrationError(f"{what}: a parameter is written `{{{wrong[1:]}}}` here, not `{wrong}`")
    for index, segment in enumerate(segments):
        if "{" not in segment and "}" not in segment:
            continue
        name, _, kind = segment[1:-1].partition(":")
        if not (segment.startswith("{") and segment.endswith("}")) or "{" in name or not name.isidentifier():
            raise RegistrationError(
                f"{what}: a parameter is a whole segment, as in `/orders/{{order_id}}`, not {segment!r}"
            )
        if kind not in ("", "path", "str") and kind not in _CONVERTERS:
            raise RegistrationError(
                f"{what}: {segment!r}: there are the converters `:int`, `:float`, `:uuid`, `:str` and `:path`; any other type "
                "is the annotation of the handler's parameter"
            )
        if kind == "path" and index != len(segments) - 1:
            raise RegistrationError(f"{what}: {segment!r} takes the rest of the path, so it comes last")
        if name in names:
            raise RegistrationError(f"{what}: {name!r} is in the path twice")
        names.append(name)
    return tuple(names)


class Paths(_Of["T"]):
    """Routes by method and path.

    Attributes:
        hosts: Routes for certain hosts alone, the most specific host first.
        mounts: Apps of other frameworks, the longest prefix first.
    """

    __slots__ = ("_root", "_static", "_templates", "hosts", "mounts")

    def __init__(self, templates: dict[str, list[str]] | None = None) -> None:
        self._static: dict[tuple[str, str], T] = {}
        self._root = _Node()
        self.hosts: list[tuple[str, Paths[T]]] = []
        self.mounts: list[Mount] = []
        #: The paths of every name, whatever their host.
        self._templates: dict[str, list[str]] = {} if templates is None else templates

    def of_host(self, pattern: str) -> Paths[T]:
        """The routes for hosts that match *pattern* (``api.example.com``, ``*.example.com``); made on first use."""
        for known, paths in self.hosts:
            if known == pattern:
                return paths
        paths = Paths(self._templates)
        self.hosts.append((pattern, paths))
        # Exact names first, then the longer pattern.
        self.hosts.sort(key=lambda pair: (pair[0].startswith("*"), -len(pair[0])))
        return paths

    def at(self, host: str, path: str, *, is_decoded: bool) -> Paths[T]:
        """The routes to look in: those of *host* where they know *path*, else these."""
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdigit():
            name = host
        for pattern, paths in self.hosts:
            if name == pattern or (pattern[0] == "*" and name.endswith(pattern[1:])):
                known = paths.methods(path, is_decoded=is_decoded) or paths.mount_of(path, is_decoded=is_decoded)
                if known:
                    return paths
        return self

    def mount(self, mount: Mount) -> Mount | None:
        """Add an app of another framework; returns the one that has the same prefix already, if there is one."""
        for other in self.mounts:
            if other.prefix == mount.prefix:
                return other
        self.mounts.append(mount)
        self.mounts.sort(key=lambda each: -len(each.prefix))
        return None

    def mount_of(self, path: str, *, is_decoded: bool) -> Mount | None:
        """The mount under whose prefix *path* is."""
        for mount in self.mounts:
            if not mount.segments or _segments(path, is_decoded)[: len(mount.segments)] == mount.segments:
                return mount
        return None

    def name(self, name: str, template: str) -> None:
        """Let :meth:`url_for` find a path by the name of its route."""
        templates = self._templates.setdefault(name, [])
        if template not in templates:
            templates.append(template)

    def url_for(self, name: str, values: Mapping[str, object]) -> str:
        """The path of the route *name*, percent-encoded, with *values* for its parameters.

        Raises:
            LookupError: There is no such route, there are several, or its path has other parameters.
        """
        templates = self._templates.get(name, [])
        if len(templates) != 1:
            raise LookupError(
                f"url_for: {len(templates)} paths belong to routes of the name {name!r}: {', '.join(templates)}: give one of "
                "them another with name="
                if templates
                else f"url_for: no route has the name {name!r}; there are {', '.join(sorted(self._templates)) or 'none'}"
            )
        return _filled(templates[0], values)

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
                node = _child(node, segment[1:-1].partition(":")[2])
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


def _child(node: _Node, converter: str) -> _Node:
    """The node for a segment that is a parameter."""
    if converter in ("", "str"):
        node.parameter = node.parameter or _Node()
        return node.parameter
    converted = node.converted or {}
    if converter not in converted:
        converted[converter] = _Node()
        node.converted = dict(sorted(converted.items(), key=lambda pair: _RANKS[pair[0]]))
    return converted[converter]


def _filled(template: str, values: Mapping[str, object]) -> str:
    from urllib.parse import quote

    left = dict(values)
    segments: list[str] = []
    for segment in template[1:].split("/"):
        if not segment.startswith("{"):
            segments.append(quote(segment, safe="~!$&'()*+,;=:@"))
            continue
        name, _, kind = segment[1:-1].partition(":")
        if name not in left:
            raise LookupError(f"url_for: {template} needs {name}=")
        text = str(left.pop(name))
        if kind in _CONVERTERS and not _CONVERTERS[kind](text):
            raise LookupError(f"url_for: {name}= of {template} is no {kind}")
        if kind != "path" and text in ("", ".", ".."):
            raise LookupError(f"url_for: {name}= of {template} would be no segment of a path")
        segments.append(quote(text, safe="/" if kind == "path" else ""))
    if left:
        raise LookupError(f"url_for: {template} has no {', '.join(left)}")
    return "/" + "/".join(segments)


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
    """The most specific way first; calls itself only where there is a choice."""
    end = len(segments)
    while at < end:
        segment = segments[at]
        child = node.children.get(segment)
        parameter = node.parameter if segment else None
        if node.rest is not None or node.converted is not None:
            return _choice(node, child, parameter, segments, at, values, method)
        if parameter is None:
            if child is None:
                return None
            node = child
        elif child is None:
            values.append(segment)
            node = parameter
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
    if found is None and node.converted is not None:
        for other in _converted(node.converted, segments[at]):
            values[taken:] = [segments[at]]
            found = _walk(other, segments, at + 1, values, method)
            if found is not None:
                return found
    if found is None and parameter is not None:
        del values[taken:]
        values.append(segments[at])
        found = _walk(parameter, segments, at + 1, values, method)
    if found is None and node.rest is not None and method in node.rest:
        values[taken:] = ["/".join(segments[at:])]
        return node.rest
    return found


def _converted(converted: Mapping[str, _Node], segment: str) -> list[_Node]:
    """The nodes whose converters take *segment*."""
    return [node for name, node in converted.items() if _CONVERTERS[name](segment)]


def _collect(node: _Node, segments: list[str], at: int, found: set[str]) -> None:
    if at == len(segments):
        found.update(node.leaf or ())
        return
    if (child := node.children.get(segments[at])) is not None:
        _collect(child, segments, at + 1, found)
    for other in _converted(node.converted or {}, segments[at]):
        _collect(other, segments, at + 1, found)
    if node.parameter is not None and segments[at]:
        _collect(node.parameter, segments, at + 1, found)
    found.update(node.rest or ())
