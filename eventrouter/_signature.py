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
VARARGS, _VARKEYWORDS, _GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x04, 0x08, 0x20, 0x80, 0x200

#: The parameters of a bare Lambda function, which handlers are first written with out of habit.
LAMBDA = {
    "event": "is that of a bare Lambda function: here handlers take what they need, each by its type; for the event as it "
    "came, `invocation: Invocation` and its `.event`",
    "context": "is that of a bare Lambda function: annotate it as `context: LambdaContext`, or leave it out",
}
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
    return _layers(handler)[-1]  # type: ignore[no-any-return]


def _layers(handler: Callable[..., object]) -> Sequence[Any]:
    """*handler*, and what it calls in turn."""
    layers: list[Any] = [handler]
    while True:
        target = layers[-1]
        if isinstance(target, types.MethodType):
            layers.append(target.__func__)
        elif _is_partial(target):
            layers.append(target.func)
        elif hasattr(target, "__wrapped__"):
            layers.append(target.__wrapped__)
        elif (
            not hasattr(target, "__code__")
            and not isinstance(target, type)
            and hasattr(type(target).__call__, "__code__")
        ):
            layers.append(type(target).__call__)
        else:
            return layers


def _is_partial(target: object) -> bool:
    return type(target).__name__ == "partial" and hasattr(target, "func")


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
    what = "an annotation"
    try:
        parameters, annotations = (
            _plain_parameters(handler)
            if isinstance(handler, types.FunctionType) and not hasattr(handler, "__wrapped__")
            else _odd_parameters(handler)
        )
        names = _Names(target, namespace)
        found: list[Parameter] = []
        for parameter, default in parameters.items():
            what = f"parameter {parameter!r}"
            found.append(Parameter(parameter, _resolve(annotations.get(parameter, EMPTY), names), default))
        what = "its return annotation"
        returns = _resolve(annotations.get("return", EMPTY), names)
    except RegistrationError as error:
        raise RegistrationError(f"{name}() [{location}]: {error}") from None
    except NameError as error:
        raise RegistrationError(
            f"{name}() [{location}]: {what} names {error.name!r}, which is not defined there at run time; if it is imported "
            "under `if TYPE_CHECKING:`, import it for real: the annotation decides what the handler is given"
        ) from None
    except Exception as error:
        raise RegistrationError(f"{name}() [{location}]: {what} cannot be read: {type(error).__name__}") from error
    return Signature(name, location, found, returns, kind_of(handler))


_POSITIONAL_ONLY = (
    "positional-only parameters cannot be bound, since handlers are called with keywords: take out the `/`"
)
_VARIABLE = "*args and **kwargs cannot be bound: declare what the handler takes (a decorator that wraps it needs functools.wraps)"


def _plain_parameters(function: types.FunctionType) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Each parameter's default, and the annotations."""
    code = function.__code__
    if code.co_posonlyargcount:
        raise RegistrationError(_POSITIONAL_ONLY)
    if code.co_flags & (VARARGS | _VARKEYWORDS):
        raise RegistrationError(_VARIABLE)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    values = function.__defaults__ or ()
    defaults = dict.fromkeys(names, EMPTY)
    defaults.update(zip(names[code.co_argcount - len(values) : code.co_argcount], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    return defaults, function.__annotations__


def _odd_parameters(handler: Callable[..., object]) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """The same of partials, methods, wrappers, classes and callable objects; only those pay for ``inspect``."""
    import inspect

    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        raise RegistrationError("Python cannot tell its parameters") from None
    # What a partial holds is settled: it must not become a parameter that a caller could send.
    held = {name for layer in _layers(handler) if _is_partial(layer) for name in layer.keywords}
    defaults: dict[str, object] = {}
    annotations: dict[str, object] = {"return": signature.return_annotation}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise RegistrationError(_POSITIONAL_ONLY)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise RegistrationError(_VARIABLE)
        if name not in held:
            defaults[name] = EMPTY if parameter.default is parameter.empty else parameter.default
            annotations[name] = parameter.annotation
    return defaults, {name: each for name, each in annotations.items() if each is not inspect.Signature.empty}


class _Names:
    """Where the names in an annotation that is text are looked up."""

    __slots__ = ("globals", "locals")

    def __init__(self, target: Any, namespace: Mapping[str, object]) -> None:
        #: Those of the module the function is from.
        made_by = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]  # the class's own
        self.globals: dict[str, Any] = getattr(made_by, "__globals__", {})
        # A function inside the one that registers it sees that one's names first. For any other they are a last resort: they
        # may mean something else there.
        self.locals: Mapping[str, object] = namespace
        if "<locals>" not in getattr(target, "__qualname__", "") or "__name__" in namespace:
            self.locals = {key: value for key, value in namespace.items() if key not in self.globals}


def _resolve(annotation: Any, names: _Names) -> object:
    """Evaluate what ``from __future__ import annotations`` or quotes left as text, also inside a generic."""
    if annotation is None:
        return type(None)
    if isinstance(annotation, str):
        return _resolve(eval(annotation, names.globals, names.locals), names)  # noqa: S307 - the user's own annotation
    if type(annotation).__name__ == "ForwardRef":
        return _resolve(annotation.__forward_arg__, names)
    if hasattr(annotation, "__metadata__"):
        inner = _resolve(annotation.__origin__, names)
        if inner is annotation.__origin__:
            return annotation
        from typing import Annotated

        return Annotated[(inner, *annotation.__metadata__)]
    origin, arguments = _parts(annotation)
    if str(origin) == "typing.Literal":
        return annotation
    resolved = tuple(_resolve(argument, names) for argument in arguments)
    if all(new is old for new, old in zip(resolved, arguments, strict=True)):
        return annotation
    if is_union(annotation):
        from typing import Union

        return Union[resolved]  # noqa: UP007 - made of values
    if getattr(origin, "__name__", "") == "Callable":
        return origin[resolved[0] if resolved[0] is ... else list(resolved[:-1]), resolved[-1]]
    return origin[resolved]


def _parts(annotation: Any) -> tuple[Any, tuple[object, ...]]:
    """The origin and the arguments of a generic, also of pydantic's, which are classes."""
    made: Any = getattr(annotation, "__pydantic_generic_metadata__", None)
    if made is not None:
        return made["origin"], made["args"]
    return getattr(annotation, "__origin__", None), getattr(annotation, "__args__", ())


def type_name(annotation: object) -> str:
    """An annotation as a user would write it."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
