"""A Lambda function under test, in memory: one method per trigger, named after its decorator.

    with TestClient(app) as client:
        batch = client.sqs("orders", Order(id=7), "not json")
        assert client.get("/orders/7").json() == {"id": 7}

Every event goes through ``app.dispatch``, so what passes here is what runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Literal, ParamSpec, Self, TypeAlias, Unpack, overload

from .._drive import drive
from .._event_file import read_event
from .._json import decode
from ..app import App, new_invocation
from ..context import LambdaContext
from . import _batches, events
from ._clock import Clock, TestContext
from ._exchange import Exchange, check_routed
from ._redelivery import delivered_again
from ._results import BatchResult, EventResult, HttpResult, Result
from .events._http import RequestFields
from .events._made import Ids
from .events.identity import Identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import AnyContext, JsonObject, JsonValue

P = ParamSpec("P")

#: The HTTP triggers that a request may come through.
Trigger: TypeAlias = Literal["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]

_TRIGGERS: dict[str, Callable[..., JsonObject]] = {
    "function_url": events.function_url,
    "apigw_http": events.apigw_http,
    "apigw_rest": events.apigw_rest,
    "alb": events.alb,
    "vpc_lattice_v1": events.vpc_lattice_v1,
    "vpc_lattice_v2": events.vpc_lattice_v2,
}

#: Seconds that an invocation has, unless a test says otherwise.
TIMEOUT = 30.0


class HttpFields(RequestFields, total=False):
    """What can be said of a request, and of the trigger it comes through; see the trigger's factory in ``events``.

    Attributes:
        as_: The trigger; default: the client's, which is ``function_url`` unless it was given another.
        leave_after: Chunks of a streamed answer after which the client leaves.
        timeout: Seconds that the invocation has; default: the client's.
        identity: What an authorizer has found out: ``events.jwt({...})``, ``events.iam()``.
    """

    as_: Trigger
    leave_after: int
    timeout: float
    identity: Identity
    stage: str
    stage_variables: Mapping[str, str]
    route_key: str
    resource: str
    base_path: str
    payload: Literal["rest", "1.0"]
    multi_value: bool
    domain_name: str
    region: str
    account: str


class _Sends(Generic[P]):
    """A method that makes an event and sends it."""

    def __init__(self, make: Callable[P, Any], *, takes_ids: bool = True) -> None:
        self._make = make
        self._takes_ids = takes_ids
        self.__doc__ = make.__doc__
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def _event(self, client: Any, arguments: Any, keywords: Any) -> JsonValue:
        if self._takes_ids:
            keywords.setdefault("ids", client.ids)
        return self._make(*arguments, **keywords)

    def _method(self, client: Any) -> Any:
        def method(*arguments: Any, **keywords: Any) -> Any:
            return client._sent(self._event(client, arguments, keywords))

        method.__name__ = method.__qualname__ = self._name
        method.__doc__ = self.__doc__
        return method


class _Batch(_Sends[P]):
    """A method whose event has records."""

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: TestClient, owner: type) -> Callable[P, BatchResult]: ...
    @overload
    def __get__(self, client: AsyncTestClient, owner: type) -> Callable[P, Coroutine[Any, Any, BatchResult]]: ...
    def __get__(self, client: object, owner: type) -> Any:
        return self if client is None else self._method(client)

    def _event(self, client: Any, arguments: Any, keywords: Any) -> JsonValue:
        if arguments and not isinstance(arguments[0], str):
            raise TypeError(f'the name comes first, as in its decorator: client.{self._name}("name", ...)')
        return super()._event(client, arguments, keywords)


class _Single(_Sends[P]):
    """A method whose event is handled as one."""

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: TestClient, owner: type) -> Callable[P, EventResult]: ...
    @overload
    def __get__(self, client: AsyncTestClient, owner: type) -> Callable[P, Coroutine[Any, Any, EventResult]]: ...
    def __get__(self, client: object, owner: type) -> Any:
        return self if client is None else self._method(client)


#: The authorizers of API Gateway.
Authorizer: TypeAlias = Literal["apigw_authorizer_token", "apigw_authorizer_request", "apigw_authorizer_v2"]


def _authorizer(
    method: str = "GET", path: str = "/", *, as_: Authorizer = "apigw_authorizer_v2", **fields: Any
) -> JsonObject:
    """A request that an authorizer of API Gateway decides about; see ``events.apigw_authorizer_v2`` and the others.

    Args:
        method: Of the request.
        path: Of the request.
        as_: Which authorizer is asked.
        fields: As its factory takes them.
    """
    if as_ not in _AUTHORIZERS:
        raise ValueError(f"as_={as_!r}: authorizers are {', '.join(_AUTHORIZERS)}")
    return _AUTHORIZERS[as_](method, path, **fields)


_AUTHORIZERS: dict[str, Callable[..., JsonObject]] = {
    "apigw_authorizer_token": events.apigw_authorizer_token,
    "apigw_authorizer_request": events.apigw_authorizer_request,
    "apigw_authorizer_v2": events.apigw_authorizer_v2,
}


class _Client:
    """What both clients are made of."""

    __test__ = False  # for pytest, which takes it for tests

    #: The cookies that answers have set, which requests send from then on.
    cookies: dict[str, str]

    def __init__(
        self,
        app: App,
        *,
        overrides: Mapping[Callable[..., object], Callable[..., object]] | None = None,
        as_: Trigger = "function_url",
        raise_exceptions: bool = True,
        report_batch_item_failures: bool | None = None,
        timeout: float = TIMEOUT,
        clock: Clock | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not isinstance(app, App):
            raise TypeError(f"{type(self).__name__}() takes an App, not a {type(app).__name__}")
        _check_trigger(as_)
        self.app = app
        self.overrides = dict(overrides or {})
        self.as_: Trigger = as_
        self.raise_exceptions = raise_exceptions
        self.report_batch_item_failures = report_batch_item_failures
        self.timeout = timeout
        self.clock = clock or Clock()
        self.headers = dict(headers or {})
        self.cookies = {}
        self.ids = Ids("client")
        # A test before this one may have run in another environment.
        app._read_environment_again()

    # ---- one method per trigger, in the order of the decorators

    activemq = _Batch(_batches.activemq)
    appsync = _Single(events.appsync, takes_ids=False)
    appsync_authorizer = _Single(events.appsync_authorizer, takes_ids=False)
    appsync_events = _Single(events.appsync_events, takes_ids=False)
    authorizer = _Single(_authorizer, takes_ids=False)
    bedrock_agent = _Single(events.bedrock_agent, takes_ids=False)
    bedrock_agent_function = _Single(events.bedrock_agent_function, takes_ids=False)
    cloudformation = _Single(events.cloudformation)
    cloudwatch_alarm = _Single(events.cloudwatch_alarm, takes_ids=False)
    cloudwatch_logs = _Batch(_batches.cloudwatch_logs)
    codecommit = _Single(events.codecommit)
    codepipeline_job = _Single(events.codepipeline_job)
    cognito = _Single(events.cognito, takes_ids=False)
    config = _Single(events.config, takes_ids=False)
    connect = _Single(events.connect)
    direct = _Single(events.direct, takes_ids=False)
    documentdb = _Batch(_batches.documentdb)
    durable = _Single(events.durable)
    dynamodb = _Batch(_batches.dynamodb)
    eventbridge = _Single(events.eventbridge)
    firehose = _Batch(_batches.firehose)
    iot = _Single(events.iot)
    iot_authorizer = _Single(events.iot_authorizer, takes_ids=False)
    kafka = _Batch(_batches.kafka)
    kinesis = _Batch(_batches.kinesis)
    lambda_destination = _Single(events.lambda_destination)
    lex = _Single(events.lex, takes_ids=False)
    rabbitmq = _Batch(_batches.rabbitmq)
    s3 = _Batch(_batches.s3)
    s3_batch = _Batch(events.s3_batch)
    s3_object_lambda = _Single(events.s3_object_lambda)
    schedule = _Single(events.schedule)
    secretsmanager_rotation = _Single(events.secretsmanager_rotation, takes_ids=False)
    ses = _Single(events.ses)
    sns = _Batch(_batches.sns)
    sqs = _Batch(_batches.sqs)
    transfer_family = _Single(events.transfer_family)
    websocket = _Single(events.websocket)

    # ---- for both

    def _exchange(
        self,
        event: JsonValue,
        timeout: float | None,
        context: AnyContext | None,
        *,
        leave_after: int | None,
        by_hand: bool,
    ) -> Exchange:
        if context is None:
            context = self.context(timeout=timeout)
        return Exchange(self.app, event, context, self.clock, leave_after=leave_after, by_hand=by_hand)

    def context(self, *, timeout: float | None = None) -> LambdaContext:
        """A context object as the next event would get it.

        Args:
            timeout: Seconds that are left, as the client's clock counts them; default: the client's.
        """
        return TestContext(self.ids.uuid(), self.clock, self.timeout if timeout is None else timeout)

    def _request(self, method: str, path: str, fields: HttpFields) -> tuple[JsonObject, int | None, float | None]:
        """The event of a request, when its client leaves, and its time."""
        options: dict[str, Any] = dict(fields)
        trigger = options.pop("as_", self.as_)
        leave_after, timeout = options.pop("leave_after", None), options.pop("timeout", None)
        if leave_after is not None and leave_after < 0:
            raise ValueError(f"leave_after= counts chunks, so it is no {leave_after}")
        _check_trigger(trigger)
        if self.headers:
            given = options.get("headers") or {}
            pairs = given.items() if isinstance(given, Mapping) else given
            named = {name.lower() for name, _ in pairs}
            kept = [pair for pair in self.headers.items() if pair[0].lower() not in named]
            options["headers"] = [*kept, *pairs] if not isinstance(given, Mapping) else {**dict(kept), **given}
        if self.cookies:
            options["cookies"] = {**self.cookies, **options.get("cookies", {})}
        options.setdefault("ids", self.ids)
        try:
            event = _TRIGGERS[trigger](method, path, **options)
        except TypeError as error:
            raise _unknown_field(error, trigger) from None
        return event, leave_after, timeout

    def _event_of(self, given: JsonValue | os.PathLike[str]) -> JsonValue:
        """The event that is given, or stands in a file that the app has routes for."""
        if isinstance(given, bytes | bytearray):
            return decode(given)
        if isinstance(given, str | os.PathLike):
            event = read_event(given)
            check_routed(self.app, event, given)
            return event
        return given

    def _returned(self, result: Result) -> Result:
        """The result, unless it is to be raised."""
        if isinstance(result, HttpResult):
            self._keep_cookies(result)
        if self.raise_exceptions and result.exception is not None and not isinstance(result, BatchResult):
            raise result.exception
        return result

    def _keep_cookies(self, result: HttpResult) -> None:
        for line, (name, value) in zip(result.set_cookies, _named(result.set_cookies), strict=True):
            attributes = line.lower().replace(" ", "")
            if ";max-age=0" in attributes or ";max-age=-" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def _again(self, result: Result, report_batch_item_failures: bool | None, *, duplicates: bool) -> JsonValue | None:
        """The event that AWS delivers after *result*; None where nothing comes back."""
        if report_batch_item_failures is None:
            report_batch_item_failures = self.report_batch_item_failures
        positions = result.redelivered(report_batch_item_failures=report_batch_item_failures)
        if duplicates:
            positions = range(len(result.records) if isinstance(result, BatchResult) else 1)
        elif not positions:
            return None
        return delivered_again(result.event, result.source, positions, self.ids)

    def _nothing(self, result: Result) -> Result:
        """What comes of a delivery that does not take place."""
        nothing: Result
        if isinstance(result, BatchResult):
            nothing = BatchResult(None, result.source, "", [], reports=result._reports)
        else:
            nothing = EventResult(None, result.source, "", None)
        return nothing

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.app!r}>"


class TestClient(_Client):
    """A Lambda function under test. As a context manager it starts and ends the app's lifespan.

    Args:
        app: The app; it may be a global of the module that Lambda imports.
        overrides: From a dependency's function to the one that is called in its place.
        as_: The HTTP trigger that requests come through.
        raise_exceptions: A handler's exception is raised, which its caller would see as a 500 or a failed invocation. Batches
            always return, with every record's own.
        report_batch_item_failures: Whether the triggers have ReportBatchItemFailures, for :meth:`redeliver`; default: what the
            app says of them.
        timeout: Seconds that an invocation has, as ``clock`` counts them.
        clock: Default: one that runs as the real one does, and can be moved on: ``client.clock.advance(20)``.
        headers: That every request has.

    Raises:
        ImpossibleEventError: By its methods: AWS sends no such event.
    """

    # ---- the life of the app

    def __enter__(self) -> Self:
        self.app._read_environment_again()
        started = self.app._started
        if not started.is_done:
            invocation = new_invocation({}, self.context())
            invocation.by_hand = True
            with _Overridden(self):
                drive(started.start(self.app, invocation))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        drive(self.app.shutdown(by_hand=True))

    # ---- events

    def _sent(
        self,
        event: JsonValue,
        *,
        timeout: float | None = None,
        context: AnyContext | None = None,
        leave_after: int | None = None,
    ) -> Result:
        exchange = self._exchange(event, timeout, context, leave_after=leave_after, by_hand=True)
        if not self.overrides:
            return self._returned(exchange.run())
        with _Overridden(self):
            return self._returned(exchange.run())

    def send(
        self,
        event: JsonValue | os.PathLike[str],
        *,
        timeout: float | None = None,
        context: AnyContext | None = None,
        leave_after: int | None = None,
    ) -> Any:
        """Send any event.

        Args:
            event: The decoded event, its JSON text as bytes, or the file it stands in.
            timeout: Seconds that the invocation has; default: the client's.
            context: Lambda's context object; default: one that counts the time by the client's clock.
            leave_after: Chunks of a streamed answer after which the client leaves.

        Returns:
            By what it is: an :class:`HttpResult`, a :class:`BatchResult` or an :class:`EventResult`.

        Raises:
            FixtureError: The file holds no JSON, or an event that the app has no route for.
        """
        return self._sent(self._event_of(event), timeout=timeout, context=context, leave_after=leave_after)

    def redeliver(
        self, result: Result, *, report_batch_item_failures: bool | None = None, duplicates: bool = False
    ) -> Any:
        """Deliver what AWS would deliver again after *result*.

        Args:
            result: What came of the delivery before.
            report_batch_item_failures: Whether the trigger has ReportBatchItemFailures. Without it a list of failed records is
                taken for a success. Default: as the client was told, else what the app says.
            duplicates: All of it, as a trigger that delivers at least once may do: what has been handled comes twice.

        Returns:
            What came of it; a batch without records where nothing is delivered again.

        Raises:
            TypeError: Such an event is never delivered again.

        Reference:
            https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        event = self._again(result, report_batch_item_failures, duplicates=duplicates)
        return self._nothing(result) if event is None else self._sent(event)

    # ---- requests

    def request(self, method: str, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        """Send a request.

        Args:
            method: Of any case.
            path: As a client writes it, with or without a query.
            fields: Query, headers, body, trigger and the trigger's own fields.
        """
        event, leave_after, timeout = self._request(method, path, fields)
        result = self._sent(event, timeout=timeout, leave_after=leave_after)
        assert isinstance(result, HttpResult)
        return result

    def get(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("GET", path, **fields)

    def post(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("POST", path, **fields)

    def put(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("PUT", path, **fields)

    def patch(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("PATCH", path, **fields)

    def delete(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("DELETE", path, **fields)

    def head(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("HEAD", path, **fields)

    def options(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return self.request("OPTIONS", path, **fields)


class AsyncTestClient(_Client):
    """:class:`TestClient` for tests that are asynchronous themselves: its methods are awaited, ``async with`` starts the app."""

    # ---- the life of the app

    async def __aenter__(self) -> Self:
        self.app._read_environment_again()
        started = self.app._started
        if not started.is_done:
            with _Overridden(self):
                await started.start(self.app, new_invocation({}, self.context()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.app.shutdown()

    # ---- events

    async def _sent(
        self,
        event: JsonValue,
        *,
        timeout: float | None = None,
        context: AnyContext | None = None,
        leave_after: int | None = None,
    ) -> Result:
        with _Overridden(self):
            result = await self._exchange(event, timeout, context, leave_after=leave_after, by_hand=False).run_async()
        return self._returned(result)

    async def send(
        self,
        event: JsonValue | os.PathLike[str],
        *,
        timeout: float | None = None,
        context: AnyContext | None = None,
        leave_after: int | None = None,
    ) -> Any:
        """Send any event; see :meth:`TestClient.send`."""
        return await self._sent(self._event_of(event), timeout=timeout, context=context, leave_after=leave_after)

    async def redeliver(
        self, result: Result, *, report_batch_item_failures: bool | None = None, duplicates: bool = False
    ) -> Any:
        """Deliver what AWS would deliver again; see :meth:`TestClient.redeliver`."""
        event = self._again(result, report_batch_item_failures, duplicates=duplicates)
        return self._nothing(result) if event is None else await self._sent(event)

    # ---- requests

    async def request(self, method: str, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        """Send a request; see :meth:`TestClient.request`."""
        event, leave_after, timeout = self._request(method, path, fields)
        result = await self._sent(event, timeout=timeout, leave_after=leave_after)
        assert isinstance(result, HttpResult)
        return result

    async def get(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("GET", path, **fields)

    async def post(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("POST", path, **fields)

    async def put(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("PUT", path, **fields)

    async def patch(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("PATCH", path, **fields)

    async def delete(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("DELETE", path, **fields)

    async def head(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("HEAD", path, **fields)

    async def options(self, path: str, **fields: Unpack[HttpFields]) -> HttpResult:
        return await self.request("OPTIONS", path, **fields)


class _Overridden:
    """The app's dependencies, with those of the client in their places."""

    __slots__ = ("_before", "_client")

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._before: dict[Any, Any] | None = None

    def __enter__(self) -> None:
        if self._client.overrides:
            overrides = self._client.app.dependency_overrides
            self._before = dict(overrides)
            overrides.update(self._client.overrides)

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            overrides = self._client.app.dependency_overrides
            overrides.clear()
            overrides.update(self._before)


def _named(set_cookies: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [line.partition(";")[0].partition("=") for line in set_cookies]
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _check_trigger(trigger: str) -> None:
    if trigger not in _TRIGGERS:
        raise ValueError(f"as_={trigger!r}: requests come through {', '.join(_TRIGGERS)}")


def _unknown_field(error: TypeError, trigger: str) -> TypeError:
    """The refusal of a field in words that say which triggers have it."""
    text = str(error)
    _, _, field = text.partition("unexpected keyword argument ")
    name = field.strip("'")
    having = [each for each, make in _TRIGGERS.items() if name in (make.__kwdefaults__ or {})]
    if not name or not having:
        return error
    return TypeError(f"{trigger} requests have no {name}=: those of {', '.join(having)} have")
