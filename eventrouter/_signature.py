"""What a handler declares: its parameters with real annotations, read once, at registration, without ``inspect``."""

from __future__ import annotations

import sys
import types

from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

# The flags of a code object: https://docs.python.org/3/library/inspect.html#code-objects-bit-flags
_VARARGS, _VARKEYWORDS, _GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x04, 0x08, 0x20, 0x80, 0x200

EMPTY: Any = type("Empty", (), {"__repr__": lambda self: "<none>"})()


class Parameter:
    """A parameter: its annotation without ``Annotated``, what ``Annotated`` added, its default."""

    __slots__ = ("annotation", "default", "full", "metadata", "name")

    def __init__(self, name: str, full: object, default: object) -> None:
        self.name = name
        #: The annotation as written, for a validator; constraints live in its metadata.
        self.full = full
        self.annotation, self.metadata = strip_annotated(full)
        self.default = default

    @property
    def is_required(self) -> bool:
        return self.default is EMPTY


class Signature:
    """A handler's parameters, its return annotation, and where it stands in the user's code."""

    __slots__ = ("kind", "location", "name", "parameters", "returns")

    def __init__(self, name: str, location: str, parameters: Sequence[Parameter], returns: object, kind: str) -> None:
        self.name = name
        self.location = location
        self.parameters = parameters
        self.returns = returns
        #: ``"sync"``, ``"async"``, ``"generator"`` or ``"async generator"``.
        self.kind = kind


def strip_annotated(annotation: object) -> tuple[object, tuple[object, ...]]:
    """Split ``Annotated[T, a, b]`` into ``T`` and ``(a, b)``; other annotations have no metadata."""
    metadata: tuple[object, ...] = ()
    while hasattr(annotation, "__metadata__") and hasattr(annotation, "__origin__"):
        metadata = (*annotation.__metadata__, *metadata)
        annotation = annotation.__origin__
    return annotation, metadata


def is_union(annotation: object) -> bool:
    if isinstance(annotation, types.UnionType):
        return True
    typing = sys.modules.get("typing")
    return typing is not None and getattr(annotation, "__origin__", None) is typing.Union


def union_members(annotation: object) -> tuple[object, ...]:
    """The members of a union, or the annotation alone."""
    return annotation.__args__ if is_union(annotation) else (annotation,)  # type: ignore[attr-defined]


def without_none(annotation: object) -> tuple[object, bool]:
    """``X`` and whether None is allowed, of ``X | None``; a union of several others is left as it is."""
    members = union_members(annotation)
    rest = [member for member in members if member is not type(None)]
    if len(rest) == len(members):
        return annotation, annotation is None or annotation is type(None)
    return (rest[0] if len(rest) == 1 else annotation), True


def called_function(handler: Callable[..., object]) -> Callable[..., object]:
    """The function whose body runs when *handler* is called, below partials, methods and ``functools.wraps``."""
    target: Any = handler
    while True:
        if isinstance(target, types.MethodType):
            target = target.__func__
        elif type(target).__name__ == "partial" and hasattr(target, "func"):
            target = target.func
        elif hasattr(target, "__wrapped__"):
            target = target.__wrapped__
        elif not hasattr(target, "__code__") and not isinstance(target, type):
            call = type(target).__call__
            if not hasattr(call, "__code__"):
                return target  # type: ignore[no-any-return]
            target = call
        else:
            return target  # type: ignore[no-any-return]


def kind_of(handler: Callable[..., object]) -> str:
    """Whether calling *handler* gives a value, an awaitable, or something to iterate."""
    flags = getattr(getattr(called_function(handler), "__code__", None), "co_flags", 0)
    if flags & _COROUTINE:
        return "async"
    if flags & _ASYNC_GENERATOR:
        return "async generator"
    if flags & _GENERATOR:
        return "generator"
    return "sync"


def location_of(handler: Callable[..., object]) -> str:
    """Where *handler* stands, for messages: ``orders.py:12``."""
    code = getattr(called_function(handler), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else getattr(handler, "__module__", "?") or "?"


def name_of(handler: Callable[..., object]) -> str:
    name = getattr(handler, "__name__", "") or getattr(called_function(handler), "__name__", "")
    return str(name or type(handler).__name__)


def read_signature(handler: Callable[..., object], namespace: Mapping[str, object]) -> Signature:
    """Read what *handler* declares.

    Args:
        handler: Any callable.
        namespace: The names of the frame that registers it, where its annotations may have been imported.

    Raises:
        RegistrationError: It has parameters that cannot be bound, or annotations that cannot be resolved.
    """
    name, location = name_of(handler), location_of(handler)
    target = called_function(handler)
    names, defaults = (
        _plain_parameters(handler, name, location)
        if isinstance(handler, types.FunctionType) and not hasattr(handler, "__wrapped__")
        else _odd_parameters(handler, name, location)
    )
    annotated = _annotations(target, name, location)
    scope: dict[str, object] = {**namespace}
    parameters = [
        Parameter(
            parameter,
            _resolve(annotated.get(parameter, EMPTY), target, scope, f"{name}() [{location}]: parameter {parameter!r}"),
            defaults.get(parameter, EMPTY),
        )
        for parameter in names
    ]
    returns = _resolve(annotated.get("return", EMPTY), target, scope, f"{name}() [{location}]: its return annotation")
    return Signature(name, location, parameters, returns, kind_of(handler))


def _plain_parameters(
    function: types.FunctionType, name: str, location: str
) -> tuple[Sequence[str], Mapping[str, object]]:
    code = function.__code__
    if code.co_posonlyargcount:
        raise RegistrationError(
            f"{name}() [{location}]: positional-only parameters cannot be bound, since handlers are called with "
            "keywords: take out the `/`"
        )
    if code.co_flags & (_VARARGS | _VARKEYWORDS):
        raise RegistrationError(
            f"{name}() [{location}]: *args and **kwargs cannot be bound: declare what the handler takes (a decorator "
            "that wraps it needs functools.wraps)"
        )
    positional = code.co_varnames[: code.co_argcount]
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    values = function.__defaults__ or ()
    defaults: dict[str, object] = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    return (*positional, *keyword), defaults


def _odd_parameters(
    handler: Callable[..., object], name: str, location: str
) -> tuple[Sequence[str], Mapping[str, object]]:
    """Parameters of partials, methods, wrappers and callable objects; only those pay for ``inspect``."""
    import inspect

    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        raise RegistrationError(f"{name}() [{location}]: Python cannot tell its parameters") from None
    for parameter in parameters:
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise RegistrationError(
                f"{name}() [{location}]: positional-only parameters cannot be bound, since handlers are called with "
                "keywords: take out the `/`"
            )
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise RegistrationError(
                f"{name}() [{location}]: *args and **kwargs cannot be bound: declare what the handler takes (a "
                "decorator that wraps it needs functools.wraps)"
            )
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return [p.name for p in parameters], defaults


def _annotations(target: Any, name: str, location: str) -> Mapping[str, object]:
    try:
        made_by = vars(target).get("__init__") if isinstance(target, type) else target
        return getattr(made_by, "__annotations__", {})
    except NameError as error:  # evaluated on access from Python 3.14 on
        raise RegistrationError(_unknown_name(f"{name}() [{location}]: an annotation", error)) from None


def _resolve(annotation: object, target: Any, scope: dict[str, object], what: str) -> object:
    """Evaluate what ``from __future__ import annotations`` or quotes left as text, also inside a generic."""
    if annotation is None:
        return type(None)
    if isinstance(annotation, str):
        try:
            value = eval(annotation, getattr(target, "__globals__", {}), scope)  # noqa: S307 - the user's own annotation
        except NameError as error:
            raise RegistrationError(_unknown_name(what, error)) from None
        except Exception as error:
            raise RegistrationError(f"{what} cannot be read: {type(error).__name__}") from error
        return _resolve(value, target, scope, what)
    if type(annotation).__name__ == "ForwardRef":
        return _resolve(annotation.__forward_arg__, target, scope, what)  # type: ignore[attr-defined]
    if hasattr(annotation, "__metadata__"):
        inner = _resolve(annotation.__origin__, target, scope, what)  # type: ignore[attr-defined]
        if inner is annotation.__origin__:  # type: ignore[attr-defined]
            return annotation
        from typing import Annotated

        return Annotated[(inner, *annotation.__metadata__)]
    arguments = getattr(annotation, "__args__", ())
    if any(type(argument).__name__ == "ForwardRef" or isinstance(argument, str) for argument in arguments) and not str(
        getattr(annotation, "__origin__", "")
    ).endswith("Literal"):
        resolved = tuple(_resolve(argument, target, scope, what) for argument in arguments)
        return annotation.__origin__[resolved]  # type: ignore[attr-defined]
    return annotation


def _unknown_name(what: str, error: NameError) -> str:
    return (
        f"{what} names {getattr(error, 'name', None) or 'something'!r}, which is not defined there at run time; if it is "
        "imported under `if TYPE_CHECKING:`, import it for real: the annotation decides what the handler is given"
    )


def type_name(annotation: object) -> str:
    """An annotation as a user would write it."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
