"""A handler's signature, compiled once into the plan that binds and calls it.

The algorithm is the same for every source; what differs is what a parameter without a marker, a class or a ``Depends``
means: for HTTP a path, query or body value (``_binding_http``), for every other source the payload (``_binding_payload``).
"""

from __future__ import annotations

from ._calls import Call, Closing, Dependency, Scopes, background, bind, finish
from ._drive import check_layer, not_async, on_loop
from ._signature import (
    EMPTY,
    Parameter,
    Signature,
    is_union,
    kind_of,
    read_signature,
    type_name,
    union_members,
    without_none,
)
from ._validators import NoSchemaError, bases_of, class_key, problems_of, validation_error, validator_for
from .batch import FINAL
from .errors import PayloadError, RegistrationError, RequestValidationError
from .params import Depends, Marker
from .source import OfRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol

    from .context import Invocation
    from .source import Extractor, Role, Source
    from .types import Record, RouteMiddleware

    class Rest(Protocol):
        """Binds the parameters that no shared rule took; knows one family of sources."""

        def extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor: ...

        def finished(self, signature: Signature, *, takes_request: bool) -> None: ...


#: Classes injected by type, whatever the source.
_INVOCATION = "eventrouter.context:Invocation"
_BACKGROUND = "eventrouter.batch:BackgroundTasks"
_REQUEST = "eventrouter.request:Request"
_CONTEXTS = frozenset(
    {
        "eventrouter.context:LambdaContext",
        "aws_lambda_powertools.utilities.typing.lambda_context:LambdaContext",
        "awslambdaric.lambda_context:LambdaContext",
    }
)
#: Packages whose names for the same ideas are easily imported by mistake.
_NEIGHBOURS = ("fastapi", "starlette", "aws_lambda_powertools.event_handler", "litestar", "blacksheep")
_OURS = (
    "Depends", "Request", "Query", "Header", "Cookie", "Path", "Form", "File", "UploadFile", "Body", "BackgroundTasks",
)  # fmt: skip


class Plan:
    """How one route's handler is called.

    Attributes:
        call: Gets the invocation and the record (for HTTP the request, for batch handlers the list of records).
        parts: The functions of ``call``, where it is no more than ``handler(validate(payload(record)))``.
        is_ours: ``call`` returns a coroutine of the pipeline, awaited without a loop; otherwise an awaitable is the user's.
        waits: The handler is async, or something it needs is.
        batch: ``"batch"`` or ``"list"`` where the handler wants all records of its route at once.
    """

    __slots__ = (
        "batch", "call", "is_ours", "kind", "location", "model", "name", "parameters", "parts", "payload", "returns", "stream",
        "waits", "window",
    )  # fmt: skip

    def __init__(self, signature: Signature, parameters: Sequence[str]) -> None:
        self.name = signature.name
        self.location = signature.location
        self.kind = signature.kind
        self.returns = signature.returns
        self.parameters = parameters
        #: Set by who compiles.
        self.call: Callable[[Invocation, Record], Any]
        self.parts: tuple[Callable[[Any], object], Callable[[Record], object], Callable[..., Any]] | None = None
        self.is_ours = False
        self.waits = signature.kind.startswith("async")
        self.stream = "generator" in signature.kind
        self.batch: str | None = None
        #: The annotation of the payload parameter, ``EMPTY`` where there is none.
        self.payload: object = EMPTY
        #: The annotation of the source's own record, or else of its event, that the handler asks for; ``EMPTY`` for neither.
        self.model: object = EMPTY
        self.window: Callable[[Any], Any] | None = None


class Compiler:
    """Compiles handlers and their dependencies for the sources of one route."""

    def __init__(
        self, types: Mapping[str, Role], rest: Rest, scopes: Scopes, namespace: Mapping[str, object], where: str
    ) -> None:
        self.types = types
        self.rest = rest
        self.scopes = scopes
        self.namespace = namespace
        #: The route in words, at the start of every message.
        self.where = where
        self._stack: list[Callable[..., object]] = []
        self.uses_tasks = False
        self.waits = False
        #: The parameter that takes the source's record, which a batch handler has none of.
        self.record_parameter = ""
        self.record_annotation: object = EMPTY
        #: Something is given the request, and may read whatever it likes of it.
        self.takes_request = False
        #: The parameter that takes the source's whole event.
        self.event_parameter = ""
        #: Any other class of the source's own that a parameter is annotated with.
        self.event_annotation: object = EMPTY
        #: The classes of whole events that parameters are annotated with: what no source of theirs sends never gets here.
        self.event_classes: list[object] = []
        #: One parameter takes any of them.
        self.takes_one_of_events = False
        #: The same, where it does not take None, which stands for a record at the end of a window.
        self.needs_record = ""
        #: A dependency lives as long as the invocation.
        self.shares_invocation = False

    def compile(
        self, handler: Callable[..., object], *, middleware: Sequence[RouteMiddleware] = (), route: str = ""
    ) -> Plan:
        """Compile *handler*.

        Raises:
            RegistrationError: A parameter cannot be bound; the message says which, where, and what to write.
        """
        signature = read_signature(handler, self.namespace)
        plain, needs = self._arguments(signature)
        self.rest.finished(signature, takes_request=self.takes_request)
        if self.event_parameter and not self.record_parameter and not getattr(self.rest, "name", ""):
            plain = [
                (name, _told_of_records(extract, signature.name) if name == self.event_parameter else extract)
                for name, extract in plain
            ]
        plan = Plan(signature, [parameter.name for parameter in signature.parameters])
        plan.waits = plan.waits or self.waits or bool(middleware)
        if needs or self.uses_tasks or middleware:
            plan.is_ours = True
            plan.call = self._scoped(handler, plain, needs, middleware, route or signature.name)
        else:
            plan.call = _plain(handler, plain)
            parts = getattr(self.rest, "parts", None)
            if parts is not None and _takes_positions(handler, plain):
                if len(plain) == 1:
                    plan.parts = (*parts, handler)
                elif len(plain) == 2 and (at := self._payload_in_record()):
                    plan.call = _from_record(
                        handler,
                        dict(plain)[self.record_parameter],
                        at,
                        payload_first=plain[1][0] == self.record_parameter,
                    )
        return plan

    def _payload_in_record(self) -> str:
        """Where the record's model holds the very payload that the handler takes beside it; empty where it does not.

        ``def on_order(order: Order, record: SqsRecord[Order])``: the body is validated once and not twice.
        """
        metadata = getattr(self.record_annotation, "__pydantic_generic_metadata__", None)
        if metadata is None or metadata["args"] != (self.rest.payload,):  # type: ignore[attr-defined]
            return ""
        return str(getattr(self.record_annotation, "payload_at", ""))

    def _arguments(
        self, signature: Signature, *, is_dependency: bool = False
    ) -> tuple[Sequence[tuple[str, Extractor]], Sequence[tuple[str, Dependency]]]:
        plain: list[tuple[str, Extractor]] = []
        needs: list[tuple[str, Dependency]] = []
        for parameter in signature.parameters:
            what = f"{self.where}: {signature.name}() [{signature.location}]: parameter {parameter.name!r}"
            marker = self._marker(parameter, what)
            if isinstance(marker, Depends):
                needs.append((parameter.name, self._dependency(marker.dependency, marker.scope, what)))
                continue
            try:
                extract = self._extractor(parameter, marker, what, is_dependency=is_dependency)
            except NoSchemaError as error:
                raise RegistrationError(f"{what}: {error}") from None
            plain.append((parameter.name, extract))
        return plain, needs

    def _extractor(self, parameter: Parameter, marker: Marker | None, what: str, *, is_dependency: bool) -> Extractor:
        extract = None if marker is not None else self._by_class(parameter, what)
        if extract is not None:
            return extract
        if is_dependency and not _may_take_payload(self.rest) and marker is None:
            raise RegistrationError(
                f"{what} of a dependency would take the payload, which belongs to the handler: give it a type that "
                "is injected by class (the record, Invocation, LambdaContext) or a Depends of its own"
            )
        return self.rest.extractor(parameter, marker, what)

    def _marker(self, parameter: Parameter, what: str) -> Marker | Depends | None:
        found = [item for item in parameter.metadata if isinstance(item, Marker | Depends)]
        if len(found) > 1:
            raise RegistrationError(f"{what} has two markers, {found[0]!r} and {found[1]!r}: keep one")
        if isinstance(parameter.default, Marker | Depends):
            raise RegistrationError(
                f"{what}: write it as Annotated[{type_name(parameter.annotation)}, {parameter.default!r}], so that the "
                "default stays free and type checkers understand it"
            )
        for item in (*parameter.metadata, parameter.default, parameter.annotation):
            self._refuse_neighbour(item, what)
        return found[0] if found else None

    @staticmethod
    def _refuse_neighbour(item: object, what: str) -> None:
        cls = item if isinstance(item, type) else type(item)
        if cls.__module__.startswith(_NEIGHBOURS) and cls.__name__ in _OURS:
            raise RegistrationError(
                f"{what} uses {cls.__name__} of {cls.__module__.partition('.')[0]}: write "
                f"`from eventrouter import {cls.__name__}`"
            )

    def _by_class(self, parameter: Parameter, what: str) -> Extractor | None:
        annotation, takes_none = without_none(parameter.annotation)
        if is_union(annotation):
            return self._one_of_events(
                parameter, [each for each in union_members(annotation) if each is not type(None)]
            )
        for base in bases_of(annotation):
            key = class_key(base)
            if key in _CONTEXTS:
                return _context
            if key == _INVOCATION:
                return _invocation
            if key == _BACKGROUND:
                self.uses_tasks = True
                return background
            if key == _REQUEST and _REQUEST not in self.types:
                raise RegistrationError(f"{what}: a Request exists for HTTP routes only")
            if (role := self.types.get(key)) is not None:
                if role == "record" or isinstance(role, OfRecord):
                    self.record_parameter, self.record_annotation = parameter.name, annotation
                    if not takes_none:
                        self.needs_record = parameter.name
                else:
                    self.event_annotation = annotation
                if role == "event":
                    self.event_parameter = parameter.name
                    self.event_classes.append(annotation)
                if key == _REQUEST:
                    self.takes_request = True
                extract = make_by_role(role, annotation)
                if takes_none and role != "event":
                    return lambda invocation, record: None if record is FINAL else extract(invocation, record)
                return extract
        return None

    def _one_of_events(self, parameter: Parameter, members: Sequence[object]) -> Extractor | None:
        """The event as the one of several classes that is its source's; None where they are anything else."""
        makers: list[tuple[set[str], Extractor]] = []
        for member in members:
            keys = {class_key(base) for base in bases_of(member)}
            if not any(self.types.get(key) == "event" for key in keys):
                return None
            makers.append((keys, make_by_role("event", member)))
        self.event_parameter, self.event_annotation = parameter.name, parameter.annotation
        self.event_classes += members
        self.takes_one_of_events = True

        def extract(invocation: Invocation, record: Record) -> object:
            types = invocation.source.types
            _, make = next((each for each in makers if not each[0].isdisjoint(types)), makers[0])
            return make(invocation, record)

        return extract

    def _dependency(self, function: Callable[..., object], scope: str, what: str) -> Dependency:
        if not callable(function):
            raise RegistrationError(
                f"{what}: Depends wants a function to call, and is given a {type(function).__name__}: leave out the (), or "
                "write `lambda: value` for an override"
            )
        if scope not in ("call", "invocation", "app"):
            raise RegistrationError(f"{what}: a scope is 'call', 'invocation' or 'app', not {scope!r}")
        if getattr(function, "__globals__", {}).get("__name__") == "contextlib":
            raise RegistrationError(
                f"{what}: Depends takes a generator as it is: take the context manager's decorator off it"
            )
        if function in self._stack:
            raise RegistrationError(f"{what}: the dependency needs itself")
        self._stack.append(function)
        try:
            signature = read_signature(function, self.namespace)
            plain, needs = self._arguments(signature, is_dependency=True)
        finally:
            self._stack.pop()
        for name, inner in needs:
            if _LIFETIMES[inner.scope] < _LIFETIMES[scope]:
                raise RegistrationError(
                    f"{what}: a dependency of scope {scope!r} needs {name!r}, which lives only for one {inner.scope}"
                )
        if scope == "app" and plain:
            raise RegistrationError(
                f"{what}: a dependency of scope 'app' outlives every event, so it cannot take {plain[0][0]!r} of one"
            )
        self.shares_invocation = self.shares_invocation or scope == "invocation"
        kind = kind_of(function)
        self.waits = self.waits or kind.startswith("async")
        return Dependency(function, scope, kind, plain, needs, lambda other, at: self._dependency(other, at, what))

    def _scoped(
        self,
        handler: Callable[..., object],
        plain: Sequence[tuple[str, Extractor]],
        needs: Sequence[tuple[str, Dependency]],
        middleware: Sequence[RouteMiddleware],
        route: str,
    ) -> Callable[[Invocation, Record], Any]:
        """A call with something around it: dependencies, background work, layers."""
        scopes = self.scopes
        is_sync = kind_of(handler) == "sync"

        async def handle(call: Call) -> object:
            try:
                keywords = await scopes.arguments(plain, needs, call)
                host = call.invocation.host
                if is_sync and host is not None and host.threads is not None:
                    result: Any = await host.threads.call(call.invocation, handler, **keywords)
                else:
                    result = handler(**keywords)
                if hasattr(result, "__await__"):
                    await on_loop(call.invocation, result)
                    result = await result
            except BaseException as error:
                call.error = error
                raise
            call.error = None
            return result

        layered = _layers(handle, middleware)

        async def scoped(invocation: Invocation, record: Record) -> object:
            call = Call(invocation, record, route)
            try:
                result = await layered(call)
            except BaseException as error:
                raise await call.scope.close(invocation, error) or error  # noqa: B904 - the same, or what a clean-up raised
            if call.error is not None:
                # A layer swallowed it. What the call opened is rolled back all the same; where nobody waits for an answer,
                # the record still fails.
                ended = await call.scope.close(invocation, call.error)
                if ended is not None and (ended is not call.error or not _may_answer(invocation.source)):
                    raise ended
                return result
            if call.tasks is not None and invocation.source.http is not None:
                invocation.tasks = call.tasks  # a request's background work comes after the answer is made
                call.tasks = None
            if call.scope and result is not None:
                from ._stream import with_stream

                # What the stream reads from stays open until it has ended.
                kept = with_stream(result, lambda stream: Closing(stream, call))
                if kept is not None:
                    return kept
            await finish(call, None)
            return result

        return scoped


_LIFETIMES = {"call": 0, "invocation": 1, "app": 2}


def _may_take_payload(rest: Rest) -> bool:
    return getattr(rest, "is_http", False) is True


def _may_answer(source: Source) -> bool:
    return source.http is not None or source.name == "direct"


def _layers(handle: Callable[[Call], Any], middleware: Sequence[RouteMiddleware]) -> Callable[[Call], Any]:
    for layer in reversed(middleware):
        check_layer(layer, "call", RegistrationError)
        handle = _layer(layer, handle)
    return handle


def _layer(layer: RouteMiddleware, call_next: Callable[[Call], Any]) -> Callable[[Call], Any]:
    async def layered(call: Call) -> object:
        await on_loop(call.invocation)
        waiting = layer(call, call_next)
        if not hasattr(waiting, "__await__"):
            raise not_async(layer, "call")
        return await waiting

    return layered


def _plain(
    handler: Callable[..., object], plain: Sequence[tuple[str, Extractor]]
) -> Callable[[Invocation, Record], Any]:
    """The hot path: nothing around the handler, so no coroutine, no call object, and no dictionary where it can be spared."""
    if not plain:
        return lambda invocation, record: handler()
    if len(plain) > 2 or not _takes_positions(handler, plain):
        return lambda invocation, record: handler(**bind(plain, invocation, record))
    first = plain[0][1]
    if len(plain) == 1:
        return lambda invocation, record: handler(first(invocation, record))
    second = plain[1][1]

    def call(invocation: Invocation, record: Record) -> object:
        try:
            values = first(invocation, record), second(invocation, record)
        except RequestValidationError:
            # It tells all that is wrong with the request at once.
            return handler(**bind(plain, invocation, record))
        return handler(*values)

    return call


def _from_record(
    handler: Callable[..., object], read: Extractor, at: str, *, payload_first: bool
) -> Callable[[Invocation, Record], Any]:
    """A call with a record's model and the payload in it."""
    from operator import attrgetter

    payload_of = attrgetter(at)

    def call(invocation: Invocation, record: Record) -> object:
        model = read(invocation, record)
        return handler(payload_of(model), model) if payload_first else handler(model, payload_of(model))

    return call


def _takes_positions(handler: Callable[..., object], plain: Sequence[tuple[str, Extractor]]) -> bool:
    """Whether calling by position is the same as by keyword: a plain function that nothing is wrapped around."""
    code = getattr(handler, "__code__", None)
    if code is None or hasattr(handler, "__wrapped__") or not hasattr(handler, "__globals__"):
        return False
    names = tuple(name for name, _ in plain)
    return bool(code.co_argcount >= len(names) and names == code.co_varnames[: len(names)])


def _told_of_records(extract: Extractor, name: str) -> Extractor:
    """An event for a handler that takes nothing else of it: whoever loops over its records there handles each many times."""

    def told(invocation: Invocation, record: Record) -> object:
        count = len(invocation.source.records(invocation.event))
        if count > 1:
            from ._log import warn_once

            warn_once(
                ("whole event", name),
                "%s takes the whole %s event and is called once for each of its %d records: take the record's own type, or "
                "Batch[...] for all of them in one call",
                name,
                invocation.source.name,
                count,
            )
        return extract(invocation, record)

    return told


def make_by_role(role: Role, annotation: object) -> Extractor:
    """The extractor for a class that a source's ``types`` lists."""
    if callable(role):
        return role(annotation)  # type: ignore[arg-type]
    if not hasattr(annotation, "__pydantic_validator__") and not hasattr(annotation, "__pydantic_core_schema__"):
        build: Any = getattr(annotation, "__origin__", annotation)
        if role == "event":
            return lambda invocation, record: build(invocation.event)
        return lambda invocation, record: build(record)
    validate = validator_for(annotation).validate_python
    failed = validation_error()
    raw_class = next(
        (base for base in bases_of(annotation) if class_key(base) == "eventrouter.models._fields:Raw"), None
    )
    # The slot's own setter, since pydantic's refuses what is no field.
    keep_raw = None if raw_class is None else vars(raw_class)["_raw_record"].__set__

    def extract(invocation: Invocation, record: Record) -> object:
        raw = invocation.event if role == "event" else record
        try:
            model = validate(raw)
        except failed as error:
            raise PayloadError(problems_of(error), f"{invocation.source.name} {role}") from None
        if keep_raw is not None:
            keep_raw(model, raw)
        return model

    return extract


def _context(invocation: Invocation, record: Record) -> object:
    return invocation.context


def _invocation(invocation: Invocation, record: Record) -> object:
    return invocation


def types_of(sources: Sequence[Source]) -> dict[str, Role]:
    """The annotations that any of *sources* binds by class."""
    merged: dict[str, Role] = {}
    for source in sources:
        for key, role in source.types.items():
            merged.setdefault(key, role)
    return merged
