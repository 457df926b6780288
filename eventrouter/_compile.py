"""Registrations compiled into routes. Whatever cannot work is refused here, in words, before the first event."""

from __future__ import annotations

from ._binding import Compiler, types_of
from ._binding_http import RequestRest
from ._binding_payload import PayloadRest
from ._drive import on_loop
from ._paths import parameters_of
from ._replies import ReplyPlan
from ._settings import check_options, check_source_options
from ._signature import EMPTY, location_of, name_of, read_signature, type_name, union_members, without_none
from ._sniff import labels, source_named
from ._validators import bases_of, class_key, literal_fields
from .errors import HTTPException, RegistrationError, quoted
from .routing import SETTINGS, Route
from .source import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ._binding import Plan
    from ._calls import Scopes
    from ._registration import HttpRegistration, Registration, Surroundings
    from ._settings import AppSettings
    from .context import Invocation
    from .request import Request
    from .source import Role, Source
    from .types import Record, RouteOptions

#: Return annotations that only HTTP callers can be answered with.
_ANSWERS = (
    "eventrouter.response:Response",
    "eventrouter.response:StreamingResponse",
    "eventrouter.streams:EventStream",
)

#: The triggers that requests come through: their typed events are bound by class on every HTTP route.
HTTP_LABELS = ("function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2")


class HttpRoute:
    """A registered handler of requests: its paths, its compiled plan, how its values are answered."""

    __slots__ = ("call", "function", "host", "is_ours", "methods", "name", "path", "plan", "reply")

    def __init__(
        self,
        path: str,
        methods: Sequence[str],
        function: Callable[..., object],
        plan: Plan,
        reply: ReplyPlan,
        name: str,
        host: str = "",
    ) -> None:
        self.path = path
        self.host = host
        self.methods = methods
        self.function = function
        self.plan = plan
        self.call = plan.call
        self.is_ours = plan.is_ours
        self.reply = reply
        self.name = name

    def run_by(self, call: Callable[[Invocation, Request], Any], *, is_ours: bool = False) -> None:
        """Have *call* stand for the handler from now on: something is put around it."""
        self.call, self.is_ours = call, is_ours


def compile_http(registration: HttpRegistration, around: Surroundings, scopes: Scopes) -> HttpRoute:
    """Compile a handler of requests."""
    options = registration.options
    what, compiler = http_compiler(registration, around, scopes)
    check_options(what, options, is_http=True)
    path = around.prefix + registration.path
    status_code: object = options.get("status_code")
    if status_code is not None and (not isinstance(status_code, int) or not 200 <= status_code <= 599):
        raise RegistrationError(f"{what}: an answer has a status from 200 to 599, not status_code={status_code!r}")
    layers = (*around.middleware, *options.get("middleware", ()))
    plan = compiler.compile(registration.function, middleware=layers)
    name = options.get("name") or plan.name
    try:
        reply = ReplyPlan(
            plan.returns,
            name,
            status_code=options.get("status_code"),
            response_model=options.get("response_model", EMPTY),
            headers=options.get("headers"),
            media_type=options.get("media_type"),
            response_stream=options.get("response_stream"),
        )
    except RegistrationError as error:
        raise RegistrationError(f"{what}: {plan.name}() [{plan.location}]: its return annotation: {error}") from None
    if plan.kind != "sync" and plan.stream and _is_event_stream(plan.returns):
        raise RegistrationError(
            f"{what}: {plan.name}() [{plan.location}] yields, so annotate it as AsyncIterator[ServerSentEvent]; a handler "
            "annotated with EventStream returns one"
        )
    route = HttpRoute(path, registration.methods, registration.function, plan, reply, name, around.host)
    if (store := options.get("idempotent")) is not None:
        _refuse_idempotent_stream(plan, what)
        _once(route, store, f"{what} {name}", _request_key, is_answer=True)
    return route


def http_compiler(
    registration: HttpRegistration, around: Surroundings, scopes: Scopes, kind: type[RequestRest] = RequestRest
) -> tuple[str, Compiler]:
    """What a handler of requests is called in messages, and what its signature is compiled by."""
    path = around.prefix + registration.path
    what = f"{'/'.join(registration.methods)} {path}"
    rest = kind(registration.methods, parameters_of(path, what))
    return what, Compiler(_HttpTypes(), rest, scopes, registration.namespace, what)


def _is_event_stream(returns: object) -> bool:
    return any(class_key(base) == "eventrouter.streams:EventStream" for base in bases_of(returns))


class _HttpTypes(dict[str, "Role"]):
    """What HTTP routes bind by class: the request, and the typed events of every trigger.

    The triggers' files are loaded when a handler names a class that is none of ours, of pydantic's or of Python's.
    """

    def __init__(self) -> None:
        super().__init__({"eventrouter.request:Request": _request_role})

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self and key.startswith(("eventrouter.models.", "aws_lambda_powertools.")):
            self.update(types_of([_known(label) for label in HTTP_LABELS]))
        return super().get(key, default)


def _request_role(annotation: type) -> Callable[[Invocation, Request], object]:
    return lambda invocation, request: request


def _known(label: str) -> Source:
    source = source_named(label)
    assert source is not None
    return source


def compile_records(
    registration: Registration, around: Surroundings, scopes: Scopes, app: AppSettings, index: int
) -> Route:
    """Compile a handler of records."""
    pattern, function = registration.pattern, registration.function
    where = f"@app.{registration.decorator}"
    what = f"{where}: {name_of(function)}() [{location_of(function)}]"
    found = _sources_of(pattern, what)
    source = found[0]
    check_options(what, pattern.options)
    _check_options(pattern, found, what)
    options = app.of_route(pattern.options, around.failures)
    if not registration.is_enrichment and pattern.bind.get("complete", True):
        _refuse_callback(source, what)
    can_decode = source.payload is not None and not source.payload_is_value
    decoder = options.get("decode", app.decode if can_decode else None)
    unwrap = None
    if (kind := pattern.bind.get("unwrap")) is not None:
        # What is about events inside messages is loaded by who writes of them.
        from ._envelopes import unwrapper

        unwrap = unwrapper(kind, what)
    rest = PayloadRest(found, decoder, unwrap)
    compiler = Compiler(types_of(found), rest, scopes, registration.namespace, where)
    layers = (*around.middleware, *options.get("middleware", ()))
    plan = compiler.compile(function, middleware=layers)
    plan.batch, plan.payload, plan.window = rest.batch, rest.payload, rest.window
    asked = (rest.model, compiler.record_annotation, compiler.event_annotation)
    plan.model = next((each for each in asked if each is not EMPTY), EMPTY)
    _refuse_unanswerable(plan, source, what, is_enrichment=registration.is_enrichment)
    if registration.is_enrichment:
        from ._enrichment import refuse_batch

        refuse_batch(what, takes_batch=bool(plan.batch), takes_window=plan.window is not None)
    if plan.batch and compiler.record_parameter:
        raise RegistrationError(
            f"{what}: parameter {compiler.record_parameter!r} is one record, and the handler is called for a whole batch: "
            "each item of a Batch has its own .record"
        )
    if plan.window and compiler.needs_record:
        raise RegistrationError(
            f"{what}: the last call of a window has no record: annotate {compiler.needs_record!r} with `| None`"
        )
    if options["concurrency"] > 1:
        _refuse_concurrency(plan, compiler, app, what)
    route = Route(
        Pattern(
            _senders(found, compiler, registration, what),
            pattern.names,
            where=pattern.where,
            tests=pattern.tests,
            bind=pattern.bind,
            options=options,
        ),
        function,
        plan,
        index=index,
        read=rest.read,
        raw=rest.raw,
        literals=literal_fields(without_none(plan.payload)[0]) if plan.payload is not EMPTY else {},
        make_record=rest.make_record,
    )
    if (store := options.get("idempotent")) is not None:
        _refuse_idempotent_stream(plan, what)
        key: Callable[[Invocation, Record], str | None] = _request_id if source.name == "direct" else _record_key
        if source.name == "sqs" and (pattern.bind.get("unwrap") or _asks_for_notification(function, registration)):
            from ._envelopes import notification_key

            key = notification_key(source, decoder)
        _once(route, store, plan.name, key, is_answer=not source.acknowledges)
    return route


def _senders(found: Sequence[Source], compiler: Compiler, registration: Registration, what: str) -> tuple[str, ...]:
    """The labels of the sources whose events are of the classes that the handler takes; all where it takes none.

    ``@app.authorizer()`` is for three kinds of event, and a handler that takes a ``TokenAuthorizerEvent`` for one of them.
    """
    classes = [(each, {class_key(base) for base in bases_of(each)}) for each in compiler.event_classes]
    senders = []
    for source in found:
        of_source = [type_name(each) for each, keys in classes if not keys.isdisjoint(source.types)]
        if of_source or not classes:
            senders.append(source.name)
        elif registration.decorator == "on":
            taken = " or ".join(type_name(each) for each, _ in classes)
            raise RegistrationError(f"{what} takes {taken}, which is no event of {source.name}")
        if len(of_source) > 1 and compiler.takes_one_of_events:
            raise RegistrationError(
                f"{what}: {' and '.join(of_source)} are both events of {source.name}, and their classes do not tell them "
                "apart: write a handler for each"
            )
    return tuple(senders)


def _check_options(pattern: Pattern, found: Sequence[Source], what: str) -> None:
    """Hold the options against the sources; settings of a batch against that of the messages, where the event is inside one."""
    options, via = pattern.options, pattern.options.get("via")
    settings: RouteOptions = {}
    if via is not None:
        settings = {key: value for key, value in options.items() if key in SETTINGS}  # type: ignore[assignment]
        options = {key: value for key, value in options.items() if key not in SETTINGS}  # type: ignore[assignment]
        from ._envelopes import outer_of, refuse_inner

        check_source_options(what, _known(outer_of(via, what)[0]), settings)
        refuse_inner(found, what)
    for each in found:
        check_source_options(what, each, options)


def _sources_of(pattern: Pattern, what: str) -> Sequence[Source]:
    found = []
    for label in pattern.sources:
        source = source_named(label)
        if source is None:
            raise RegistrationError(
                f"{what}: {quoted(label)} is the label of no source; register() one of your own, or use one of "
                f"{', '.join(labels())}"
            )
        found.append(source)
    return found


def _refuse_unanswerable(plan: Plan, source: Source, what: str, *, is_enrichment: bool) -> None:
    if plan.stream and (source.name != "direct" or is_enrichment):
        raise RegistrationError(
            f"{what} yields, and {source.name} triggers never read a stream: its body would not even run. Return a value, "
            "or nothing"
        )
    if source.returns != "nothing" and not source.is_batch:
        return
    for member in union_members(plan.returns):
        if any(class_key(base) in _ANSWERS for base in bases_of(member)):
            raise RegistrationError(
                f"{what} returns a {getattr(member, '__name__', 'Response')}, which a {source.name} trigger never sees: raise to "
                "have the record delivered again"
            )


def _refuse_concurrency(plan: Plan, compiler: Compiler, app: AppSettings, what: str) -> None:
    if plan.batch:
        raise RegistrationError(f"{what}: concurrency= runs records side by side, and the handler takes a whole batch")
    if compiler.shares_invocation:
        raise RegistrationError(
            f"{what}: a dependency of scope 'invocation' would be shared by records that run side by side: take out concurrency= "
            "or the scope"
        )
    if not plan.waits and not app.thread_safe:
        raise RegistrationError(
            f"{what}: concurrency= runs a synchronous handler in several threads at once: write App(thread_safe=True) if its "
            "globals and clients bear that, or make it async"
        )


def _refuse_idempotent_stream(plan: Plan, what: str) -> None:
    if plan.stream or plan.batch or plan.window:
        kind = "yields" if plan.stream else "takes a whole batch" if plan.batch else "passes a window's state on"
        raise RegistrationError(f"{what} {kind}, so there is no one result for idempotent= to keep")


def _once(
    route: Route | HttpRoute,
    store: object,
    name: str,
    key_of: Callable[[Invocation, Record], str | None],
    *,
    is_answer: bool,
) -> None:
    """Have every call of *route* run at most once per key."""
    from .integrations.powertools import Once

    once = Once(store, name, is_answer=is_answer)  # type: ignore[arg-type]  # checked there
    call = route.call
    if not route.plan.waits and not route.is_ours:

        def run(invocation: Invocation, record: Record) -> object:
            return once.run(key_of(invocation, record), invocation.context, lambda: call(invocation, record))

        route.run_by(run)
        return

    async def run_async(invocation: Invocation, record: Record) -> object:
        await on_loop(invocation)
        return await once.run_async(key_of(invocation, record), invocation.context, lambda: call(invocation, record))

    route.run_by(run_async, is_ours=True)


def _asks_for_notification(function: Callable[..., object], registration: Registration) -> bool:
    from ._envelopes import names_notification

    parameters = read_signature(function, registration.namespace).parameters
    return any(names_notification(parameter.annotation) for parameter in parameters)


def _record_key(invocation: Invocation, record: Record) -> str | None:
    key = invocation.source.idempotency_key
    return None if key is None else key(record)


def _request_id(invocation: Invocation, record: Record) -> str | None:
    """Lambda keeps it when it retries an asynchronous invocation."""
    return invocation.request_id or None


#: Where a trigger says who calls: an answer that is kept for one caller must not be given to another.
_CALLERS = (
    ("authorizer", "principalId"),
    ("authorizer", "claims", "sub"),
    ("authorizer", "jwt", "claims", "sub"),
    ("authorizer", "iam", "userArn"),
    ("authorizer", "lambda"),  # whatever the user's own authorizer said of the caller
    ("identity", "userArn"),
    ("identity", "principal"),
)


def _request_key(invocation: Invocation, request: Request) -> str:
    """The Idempotency-Key header, with what it was sent for and by whom.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
    """
    from ._json import dump

    key = request.headers.get("idempotency-key")
    if not key:
        raise HTTPException(400, "the Idempotency-Key header is required")
    caller: Any = None
    context = request.event.get("requestContext")
    for path in _CALLERS:
        value: Any = context
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        caller = caller or value
    if isinstance(caller, dict):
        caller = sorted(caller.items())
    return dump([key, request.method, request.path, caller or ""])


def _refuse_callback(source: Source, what: str) -> None:
    """A returned value is a silent no-op where something must be called."""
    if source.completion == "callback" and source.complete is None:
        raise RegistrationError(
            f"{what}: a {source.name} event is not completed by a return value: {source.offer}; register it with "
            "complete=False if the handler makes that call itself"
        )
