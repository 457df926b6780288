"""The decorators that apps and routers share: one per HTTP verb, one per source, and ``on`` for sources of your own."""

from __future__ import annotations

import sys

from . import sources as on
from ._registration import HttpRegistration, Registration
from .errors import RegistrationError, quoted
from .source import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Generic, ParamSpec, Unpack

    from .types import Handler, HttpOptions, RouteOptions, Where

    P = ParamSpec("P")


def _refuse_bare(name: str, arguments: tuple[object, ...]) -> None:
    if arguments and callable(arguments[0]) and not isinstance(arguments[0], type):
        raise RegistrationError(f"@app.{name} is called: write @app.{name}(...), or @app.{name}() to take all there is")


class _Elsewhere:
    """A name that users of other libraries look for: it is not here, and says what is.

    Not ``__getattr__``, which would slow down every attribute of an app.
    """

    __slots__ = ("_hint", "_name")

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, routes: object, owner: type) -> object:
        raise AttributeError(f"{owner.__name__} has no {self._name!r}: {self._hint}", name=self._name, obj=routes)


class _OnSource:
    """A decorator made of a source's route factory, whose file is imported when the decorator is used."""

    __slots__ = ("_factory", "_name")

    def __init__(self, factory: Callable[[], Callable[..., Pattern]]) -> None:
        self._factory = factory
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, routes: Any, owner: type | None = None) -> Any:
        if routes is None:
            return self
        name, factory = self._name, self._factory

        def decorator(*arguments: Any, **options: Any) -> Any:
            _refuse_bare(name, arguments)
            make = factory()
            try:
                pattern = make(*arguments, **options)
            except TypeError as error:
                if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                    raise  # out of the factory itself
                # Python names the factory, which whoever writes the decorator has never seen.
                said = str(error).replace(f"{make.__name__}()", f"@app.{name}()")
                raise RegistrationError(f"{said}: it takes {_signature_of(make)}") from None
            return routes._on(pattern, name)

        decorator.__name__ = decorator.__qualname__ = name
        return decorator

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self._factory().__doc__


if TYPE_CHECKING:

    class OnSource(_OnSource, Generic[P]):
        def __init__(self, factory: Callable[[], Callable[P, Pattern]]) -> None: ...
        def __get__(self, routes: Any, owner: type | None = None) -> Callable[P, Callable[[Handler], Handler]]: ...

else:
    OnSource = _OnSource


class Routes:
    """Registers handlers. Every decorator gives the function back unchanged."""

    # ------------------------------------------------------------------------------------------------------------ HTTP

    def get(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """GET requests for *path* (``/orders/{order_id}``), through whatever HTTP trigger; HEAD too, if nothing else takes it."""
        return self._request(path, ("GET",), options, "get")

    def post(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """POST requests for *path*."""
        return self._request(path, ("POST",), options, "post")

    def put(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """PUT requests for *path*."""
        return self._request(path, ("PUT",), options, "put")

    def patch(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """PATCH requests for *path*."""
        return self._request(path, ("PATCH",), options, "patch")

    def delete(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """DELETE requests for *path*."""
        return self._request(path, ("DELETE",), options, "delete")

    def head(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """HEAD requests for *path*."""
        return self._request(path, ("HEAD",), options, "head")

    def options(self, path: str, **options: Unpack[HttpOptions]) -> Callable[[Handler], Handler]:
        """OPTIONS requests for *path*."""
        return self._request(path, ("OPTIONS",), options, "options")

    def route(
        self, path: str, *, methods: Sequence[str] = ("GET",), **options: Unpack[HttpOptions]
    ) -> Callable[[Handler], Handler]:
        """Requests for *path* by any of *methods*."""
        _refuse_bare("route", (path,))
        if isinstance(methods, str) or not methods or not all(isinstance(each, str) and each for each in methods):
            raise RegistrationError(
                f'@app.route: methods= is a list of names, as in methods=["GET", "POST"], not {methods!r}'
            )
        return self._request(path, tuple(dict.fromkeys(method.upper() for method in methods)), options, "route")

    # --------------------------------------------------------------------------------------------- one per source

    activemq = OnSource(lambda: on.mq_active.queue)
    appsync = OnSource(lambda: on.appsync_resolver.resolver)
    appsync_authorizer = OnSource(lambda: on.appsync_authorizer.authorizer)
    appsync_events = OnSource(lambda: on.appsync_events.channel)
    authorizer = OnSource(lambda: on._authorizer.authorizer)
    bedrock_agent = OnSource(lambda: on.bedrock_agent.operation)
    bedrock_agent_function = OnSource(lambda: on.bedrock_agent_function.function)
    cloudformation = OnSource(lambda: on.cloudformation_custom_resource.resource)
    cloudwatch_alarm = OnSource(lambda: on.cloudwatch_alarm.alarm)
    cloudwatch_logs = OnSource(lambda: on.cloudwatch_logs.group)
    codecommit = OnSource(lambda: on.codecommit.repository)
    codepipeline_job = OnSource(lambda: on.codepipeline_job.action)
    cognito = OnSource(lambda: on.cognito.trigger)
    config = OnSource(lambda: on.config.rule)
    connect = OnSource(lambda: on.connect.flow)
    direct = OnSource(lambda: on.direct.json_value)
    documentdb = OnSource(lambda: on.documentdb.collection)
    durable = OnSource(lambda: on.durable.execution)
    dynamodb = OnSource(lambda: on.dynamodb.table)
    eventbridge = OnSource(lambda: on.eventbridge.event)
    firehose = OnSource(lambda: on.firehose.stream)
    iot = OnSource(lambda: on.iot.message)
    iot_authorizer = OnSource(lambda: on.iot_authorizer.authorizer)
    kafka = OnSource(lambda: on.kafka.topic)
    kinesis = OnSource(lambda: on.kinesis.stream)
    lambda_destination = OnSource(lambda: on.lambda_destination.result)
    lex = OnSource(lambda: on.lex.intent)
    rabbitmq = OnSource(lambda: on.mq_rabbit.queue)
    s3 = OnSource(lambda: on.s3.bucket)
    s3_batch = OnSource(lambda: on.s3_batch.job)
    s3_object_lambda = OnSource(lambda: on.s3_object_lambda.object_lambda)
    schedule = OnSource(lambda: on.eventbridge_schedule.schedule)
    secretsmanager_rotation = OnSource(lambda: on.secretsmanager_rotation.rotation)
    ses = OnSource(lambda: on.ses.mail)
    sns = OnSource(lambda: on.sns.topic)
    sqs = OnSource(lambda: on.sqs.queue)
    transfer_family = OnSource(lambda: on.transfer_family.transfer)
    websocket = OnSource(lambda: on.apigw_websocket.websocket)

    def pipe_enrichment(
        self, source: str, /, *, where: Where | None = None, **options: Unpack[RouteOptions]
    ) -> Callable[[Handler], Handler]:
        """The enrichment step of an EventBridge pipe: what the handler returns for each record goes on to the target.

        ``DROPPED`` leaves a record out; None is an error, since it would drop it by accident; any failure fails the step.

        Args:
            source: The pipe's source by its label, with or without a name: ``"sqs:orders"``, ``"kinesis"``.
            where: A condition on the payload: an EventBridge pattern or a predicate.

        Reference:
            https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
        """
        _refuse_bare("pipe_enrichment", (source,))
        from ._enrichment import pattern

        return self._on(pattern(source, where, options), "pipe_enrichment", is_enrichment=True)

    def on(self, pattern: Pattern, /) -> Callable[[Handler], Handler]:
        """Events of any source, also one of your own (see ``register``): its route factory makes the *pattern*."""
        if not isinstance(pattern, Pattern):
            raise RegistrationError(
                f"app.on() takes a Pattern, which a source's route factory makes, not {quoted(type(pattern).__name__)}"
            )
        return self._on(pattern, "on")

    # ------------------------------------------------------------------------------------------------------------------

    def _on(self, pattern: Pattern, decorator: str, *, is_enrichment: bool = False) -> Callable[[Handler], Handler]:
        def register(function: Handler) -> Handler:
            namespace = sys._getframe(1).f_locals
            _refuse_non_function(function, decorator)
            self._register(Registration(function, namespace, pattern, decorator, is_enrichment=is_enrichment))
            return function

        return register

    def _request(
        self, path: str, methods: Sequence[str], options: HttpOptions, decorator: str
    ) -> Callable[[Handler], Handler]:
        _refuse_bare(decorator, (path,))
        if not isinstance(path, str):
            raise RegistrationError(f"@app.{decorator}: the path is a str, not a {type(path).__name__}")

        def register(function: Handler) -> Handler:
            namespace = sys._getframe(1).f_locals
            _refuse_non_function(function, decorator)
            self._register(HttpRegistration(function, namespace, path, methods, options))
            return function

        return register

    if not TYPE_CHECKING:
        include_router = _Elsewhere("write app.include(router, prefix=...)")
        add_middleware = _Elsewhere("write @app.middleware above `async def layer(invocation, call_next)`")
        add_exception_handler = _Elsewhere("write @app.exception_handler(kind) above the function")
        on_event = _Elsewhere("write App(lifespan=...) with a context manager, or @app.after_invocation")
        add_route = add_api_route = _Elsewhere('write @app.route("/path", methods=[...]) above the function')
        resolve = _Elsewhere("call the app: app(event, context)")

    if TYPE_CHECKING:

        def _register(self, registration: Registration | HttpRegistration) -> None: ...


def _signature_of(make: Callable[..., Pattern]) -> str:
    """The parameters of a route factory, as they are written."""
    code = make.__code__
    by_position = code.co_varnames[: code.co_argcount]
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return ", ".join([*by_position, *(f"{name}=" for name in by_name)]) or "no arguments"


def _refuse_non_function(function: object, decorator: str) -> None:
    if not callable(function) or isinstance(function, staticmethod | classmethod):
        raise RegistrationError(
            f"@app.{decorator}(...) stands on a {type(function).__name__}: it goes on a function, above every other decorator"
        )
