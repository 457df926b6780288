"""The app: one object that is the Lambda handler, the decorators, and the one door that every event goes through."""

from __future__ import annotations

import os
import sys
from contextvars import copy_context

from ._answer import answer, error_answer, work
from ._binding_payload import WINDOWED
from ._calls import Scopes
from ._decorators import Routes
from ._door import checked_layer, layered
from ._drive import drive
from ._exception_handlers import ExceptionHandlers
from ._host import Host, StreamSettings, streams
from ._json import decode
from ._lifespan import Started
from ._raised import failure_of
from ._registration import HttpRegistration, Registration, Surroundings
from ._registry import Registry
from ._settings import AppSettings, Queues, checked_host, checked_prefix
from ._settle import settle
from ._sniff import sniff, sources
from .context import Invocation, LambdaContext, _current
from .errors import RegistrationError, ReplyError, ResponseTooLargeError
from .response import BufferedResponse
from .source import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
    from typing import Any, Literal, overload

    from ._calls import Scope
    from ._door import Layer, Service
    from ._explanation import Explanation, RouteInfo
    from ._lifespan import Lifespan
    from ._mounts import Serves
    from ._run import Settings
    from .request import Request
    from .response import FunctionResponse, StreamingResponse
    from .router import Router
    from .routing import Table
    from .types import (
        AnyContext,
        Decoder,
        Failures,
        Handler,
        JsonObject,
        JsonValue,
        OnInvalid,
        OnUnmatched,
        Record,
        StreamTrigger,
    )

#: What a web server calls an ASGI app with, to which a Lambda handler must not answer anything.
_NO_SERVER = (
    "this is a Lambda handler, not an ASGI or WSGI application, so no web server can call it: point Lambda at it "
    "(Handler: main.app), or try an event with `python -m eventrouter invoke main:app event.json`"
)


class App(Routes):
    """Routes the events of one Lambda function to typed handlers: ``Handler: main.app``.

    Args:
        failures: ``"report"``: the triggers have ReportBatchItemFailures, so failed records are named to them. ``"raise"``:
            the whole batch comes back. The environment variable ``EVENTROUTER_BATCH_FAILURES`` (``sqs,kinesis``) wins.
        response_stream: The triggers that are configured to stream, which an event does not say. The environment variable
            ``EVENTROUTER_RESPONSE_STREAM`` (``function_url,apigw_rest``) wins.
        lifespan: A context manager around the life of the process, for side effects; values come through
            ``Depends(scope="app")``.
        margin: Seconds that must be left for another record to be started. Default: a tenth of the time, 1 to 5 s, at most
            half of it.
        invalid: What becomes of a payload that can never validate: ``"retry"``, ``"drop"``, or a function of the record
            and its error that acknowledges the record by returning.
        unmatched: The same for a record that no route takes.
        thread_safe: Synchronous handlers may run in several threads at once.
        rest_binary: The REST API has binary media types.
        base_path: What a custom domain's mapping, or a proxy, puts in front of paths (``"/shop"``), or several such: routes
            are written without it.
        empty_stream_filler: A streamed answer that may have a body and has none is given a line break for one: where empty
            streams hang on their way to the caller.
        first_item_timeout: Seconds that a stream's first item may take before the answer begins without it. Default: for
            event streams 10, which then begin with a comment; others wait.
        decode: From a payload's bytes to the bytes that are validated (gunzip, KPL, pointers).

    Raises:
        RegistrationError: A setting that cannot be.
    """

    def __init__(
        self,
        *,
        failures: Failures = "raise",
        response_stream: Collection[StreamTrigger] = (),
        lifespan: Lifespan | None = None,
        margin: float | None = None,
        invalid: Literal["retry", "drop"] | OnInvalid = "retry",
        unmatched: Literal["retry", "drop"] | OnUnmatched = "retry",
        thread_safe: bool = False,
        rest_binary: bool = False,
        base_path: str | Sequence[str] = (),
        empty_stream_filler: bool = False,
        first_item_timeout: float | None = None,
        decode: Decoder | None = None,
    ) -> None:
        self._settings = AppSettings(
            failures=failures,
            response_stream=response_stream,
            margin=margin,
            invalid=invalid,
            unmatched=unmatched,
            thread_safe=thread_safe,
            rest_binary=rest_binary,
            base_path=base_path,
            empty_stream_filler=empty_stream_filler,
            first_item_timeout=first_item_timeout,
            decode=decode,
        )
        self._has_http_settings = bool(self._settings.base_paths or self._settings.rest_binary)
        self._scopes = Scopes()
        self._registry = Registry(self._settings, self._scopes)
        self._paths = self._registry.paths
        self._handlers = ExceptionHandlers()
        self._queues: Queues | None = None
        self._streams: StreamSettings | None = None
        self._started = Started(lifespan)
        self._layers: list[tuple[Layer, bool]] = []
        self._service: Service = self._innermost
        self._after: list[tuple[Callable[..., Any], bool]] = []
        #: Hooks after a restore that Lambda's own registry is not there to take.
        self._restored: list[Callable[[], object]] = []
        # Decorators of other packages (tracers, loggers) name what they wrap.
        self.__name__ = self.__qualname__ = "app"
        self.__module__ = sys._getframe(1).f_globals.get("__name__", "__main__")

    # ------------------------------------------------------------------------------------------------ the two ways in

    def __call__(self, event: JsonValue, context: AnyContext | None = None, *others: object) -> JsonValue:
        """Handle one event: the function that Lambda calls.

        Args:
            event: The decoded event, or its JSON text as bytes.
            context: Lambda's context object.

        Returns:
            The JSON value that the trigger is answered with.

        Raises:
            BaseException: Where the trigger must see a failure: the handler's own exception, unchanged; several, as a group.
            EventDecodeError: Bytes that are no JSON.
            LoopError: An event loop is running and the event needs one: use ``await app.dispatch(event, context)``.
        """
        if context is None or others:
            _refuse_server(event, others)
            context = LambdaContext()
        invocation = new_invocation(event, context)
        invocation.by_hand = True
        # What a handler sets in context variables must not be there for the next event.
        response = copy_context().run(self._drive, invocation)
        return self._wire(response)

    def _drive(self, invocation: Invocation) -> BufferedResponse:
        _current.set(invocation)
        response = drive(self._handle(invocation))
        assert isinstance(response, BufferedResponse)  # without a host nothing streams
        return response

    async def dispatch(
        self, event: JsonValue, context: AnyContext | None = None, *, host: Host | None = None
    ) -> FunctionResponse:
        """Handle one event under the event loop that is running: the one door.

        Args:
            event: The decoded event, or its JSON text as bytes.
            context: Lambda's context object; default: one with 15 minutes left.
            host: For tools of the package's own: what runs the invocation, and is told what became of it.

        Returns:
            The answer. Buffered: ``.wire()`` is its JSON value, ``.payload`` its bytes. Streaming, where the trigger is
            configured to stream: ``.body`` is read by whoever asked for it, and closed with ``await response.body.aclose()``
            if it is not read to its end.

        Raises:
            BaseException: As for calling the app.
        """
        invocation = new_invocation(event, LambdaContext() if context is None else context)
        if host is None:
            host = Host(self._stream_settings())
        else:
            invocation.by_hand = host.by_hand
        invocation.host = host
        host.invocation = invocation
        token = _current.set(invocation)
        try:
            return await self._handle(invocation)
        finally:
            _current.reset(token)

    # --------------------------------------------------------------------------------------------------- on the way

    async def _handle(self, invocation: Invocation) -> FunctionResponse:
        """Handle an invocation to its end; every failure is told in the way of its source."""
        source, host = invocation.source, invocation.host
        if source.complete is not None:
            response: FunctionResponse = await self._completed(invocation)
        else:
            try:
                if not self._started.is_done:
                    await self._started.start(self, invocation)
                if self._has_http_settings:
                    invocation.base_paths = self._settings.base_paths
                    invocation.rest_binary = self._settings.rest_binary
                answered = await self._service(invocation)
                response = (
                    answered if isinstance(answered, BufferedResponse) else await self._stream(answered, invocation)
                )
            except Exception as error:
                response = self._refused(error, invocation)
            except BaseException as error:
                failure = failure_of(error, invocation)
                if failure is None:
                    raise
                response = self._refused(failure, invocation)
            finally:
                # What is streamed is over later.
                if self._after and (host is None or (not host.is_deferred and host.body is None)):
                    await self._run_after(invocation)
        response._source = source
        response._event = invocation.event
        if isinstance(response, BufferedResponse):
            response._is_head = invocation.is_head
            if invocation.rest_binary:
                response._rest_binary = True
        return response

    async def _completed(self, invocation: Invocation) -> BufferedResponse:
        """An event that is answered by a call and not by a return value: exactly one call, however it ends."""
        complete = invocation.source.complete
        assert complete is not None
        completion = complete(invocation)
        try:
            if not self._started.is_done:
                await self._started.start(self, invocation)
            response = await self._service(invocation)
            if not isinstance(response, BufferedResponse):
                raise ReplyError(f"a {invocation.source.name} event is not answered with a stream")
        except Exception as error:
            return completion.failed(error)
        except BaseException as error:
            told = completion.failed(error)
            if failure_of(error, invocation) is None:
                raise
            return told
        finally:
            if self._after and (invocation.host is None or not invocation.host.is_deferred):
                await self._run_after(invocation)
        return completion.succeeded(response)

    def _refused(self, error: Exception, invocation: Invocation) -> BufferedResponse:
        """What a trigger is told when the invocation failed as a whole."""
        source = invocation.source
        if source.http is not None:
            if invocation.host is not None:
                invocation.host.raised = error
            return error_answer(error, f"a {source.name} request")
        if source.acknowledges or source.name in ("direct", "unknown") or error is invocation.told:
            raise error
        # These have a way of their own to be told: a status, a message that is safe for an end user.
        records = source.records(invocation.event) or (invocation.event,)
        errors: dict[int, BaseException] = dict.fromkeys(range(len(records)), error)
        return BufferedResponse(source.reply(Outcome(invocation, records, {}, errors)))

    async def _innermost(self, invocation: Invocation) -> FunctionResponse:
        """The records to their routes, or the request to its; inside every layer."""
        try:
            if invocation.source.http is not None:
                response = await answer(invocation, self._paths, self._handlers)
            else:
                response = await self._settled(invocation)
        except BaseException as error:
            if invocation.cleanups is not None:
                await self._close(invocation, error)
            raise
        if invocation.cleanups is not None and isinstance(response, BufferedResponse):
            await self._close(invocation, None)
        return response

    def _settled(self, invocation: Invocation) -> Coroutine[Any, Any, FunctionResponse]:
        """The way of handling records that the event asks for."""
        label, event, tables = invocation.source.name, invocation.event, self._registry.tables
        if type(event) is dict and "window" in event and label in WINDOWED:
            from ._window import settle_window

            return settle_window(invocation, tables[label].ready(), self._settings_for)
        if invocation.delivery == "pipes" and label in self._registry.enrichments:
            from ._enrichment import enrich

            return enrich(invocation, self._registry.enrichments[label].ready(), self._settings_for)
        return settle(invocation, tables[label].ready(), self._settings_for)

    def _settings_for(self, table: Table, record: Record) -> Settings:
        if self._queues is None:
            self._queues = Queues(self._settings, self._handlers, os.environ)
        return self._queues.of(table, record)

    async def _stream(self, response: StreamingResponse, invocation: Invocation) -> FunctionResponse:
        """A stream that a handler or a layer answers with: to a caller who reads it, else in one piece."""
        if streams(invocation):
            from ._answered import opened

            return await opened(self, response, invocation)
        from ._stream import buffered

        return await buffered(response, invocation)

    @staticmethod
    async def _close(invocation: Invocation, error: BaseException | None) -> None:
        """Close what lived as long as the invocation, before its outcome is told."""
        cleanups: Any = invocation.cleanups
        invocation.cleanups = None
        scope: Scope = cleanups
        ended = await scope.close(invocation, error)
        if ended is not None and ended is not error:
            raise ended

    async def _finish(self, invocation: Invocation) -> None:
        """Do what is left for after the answer: the background work of a request, then the hooks."""
        if invocation.tasks is not None:
            await work(invocation)
        if self._after:
            await self._run_after(invocation)

    async def _run_after(self, invocation: Invocation) -> None:
        from ._after import run_hooks

        await run_hooks(self._after, invocation)

    def _wire(self, response: BufferedResponse) -> JsonValue:
        """The answer as JSON; what cannot be sent to an HTTP caller is a 500 that says why in the log."""
        source = response._source
        if source is None or source.http is None:
            # What a batch source answers with is made of plain values; only a layer could have put others there.
            if source is not None and source.returns == "nothing" and not self._layers:
                return response.value
            return response.wire()
        try:
            return response.wire()
        except (ReplyError, ResponseTooLargeError) as error:
            return self._unsendable(error, response).wire()

    @staticmethod
    def _unsendable(error: Exception, response: BufferedResponse) -> BufferedResponse:
        """What an HTTP caller is answered in place of a response that cannot be sent."""
        instead = error_answer(error, f"the answer to a {response._source} request")
        instead._source, instead._event, instead._is_head = response._source, response._event, response._is_head
        return instead

    # ------------------------------------------------------------------------------------------------- registration

    def _register(self, registration: Registration | HttpRegistration) -> None:
        self._take(registration, Surroundings())

    def _take(self, registration: Registration | HttpRegistration, around: Surroundings) -> None:
        self._registry.add(registration, around)
        self._queues = None

    def include(self, router: Router, prefix: str = "", *, host: str = "") -> None:
        """Add the routes of a router, those of now and those it gets later.

        Args:
            router: Included twice, its HTTP routes stand under both prefixes, all others once.
            prefix: In front of the paths of its HTTP routes: ``"/shop"``.
            host: The hosts that its HTTP routes are for: ``api.example.com``, ``*.example.com``; default: all.

        Raises:
            RegistrationError: A route of it cannot work here, or claims what another one has.
        """
        from .router import Router

        if not isinstance(router, Router):
            raise RegistrationError(f"app.include takes a Router, not a {type(router).__name__}")
        router.join(self._take, prefix, host)

    def mount(
        self,
        prefix: str,
        app: Callable[..., Any],
        *,
        host: str = "",
        buffer_events: bool = False,
        root_path: bool = True,
    ) -> None:
        """Have an ASGI app (FastAPI, Starlette, Litestar, Django, ...) answer the requests under *prefix*, its body streamed.

        The app's own routes come first; a path of theirs with another method, and all other paths, are the mount's. Its
        lifespan is run once per process. Only requests reach it: no authorizer's event, no WebSocket, no queue.

        Args:
            prefix: ``"/admin"``; ``""`` or ``"/"`` takes whatever no route takes.
            app: The ASGI 3 app. Its scope has ``aws.event`` and ``aws.context``, and ``root_path`` is the prefix, after the
                API's stage.
            host: The hosts it is for: ``admin.example.com``, ``*.example.com``; default: all.
            buffer_events: Collect its event streams where the trigger does not stream; without it they are an error there,
                since a stream without an end would run until the timeout.
            root_path: False is for an app that takes no notice of ``root_path`` and would look for its routes behind the
                stage and the prefix (Falcon, Sanic): its paths begin after them, and ``root_path`` is empty, so that the
                links it makes begin there, too.

        Raises:
            RegistrationError: It is no ASGI app, or another one has the prefix.

        Reference:
            https://asgi.readthedocs.io/en/latest/specs/www.html
        """
        from .mounts.asgi import AsgiApp

        self._mount(prefix, app, AsgiApp(app, buffer_events=buffer_events, has_root=root_path), host)

    def mount_wsgi(self, prefix: str, app: Callable[..., Any], *, host: str = "", threads: int = 10) -> None:
        """Have a WSGI app (Flask, Django, ...) answer the requests under *prefix*, through a2wsgi.

        Args:
            prefix: As for :meth:`mount`.
            app: The WSGI app. ``environ["asgi.scope"]`` has ``aws.event`` and ``aws.context``.
            host: As for :meth:`mount`.
            threads: How many requests it handles at once.

        Raises:
            RegistrationError: a2wsgi is not installed, or another app has the prefix.
        """
        from .mounts.wsgi import WsgiApp

        self._mount(prefix, app, WsgiApp(app, threads=threads), host)

    def mount_resolver(self, prefix: str, resolver: object, *, host: str = "") -> None:
        """Have a Powertools resolver answer the requests under *prefix*, whatever HTTP trigger they come through.

        Args:
            prefix: As for :meth:`mount`; the resolver's routes are written without it.
            resolver: Any of Powertools' HTTP resolvers. A request of another trigger than its own is written in its shape.
            host: As for :meth:`mount`.

        Raises:
            RegistrationError: It is none, or another app has the prefix.

        Reference:
            https://docs.powertools.aws.dev/lambda/python/latest/core/event_handler/api_gateway/
        """
        from .mounts.resolver import PowertoolsResolver

        self._mount(prefix, resolver, PowertoolsResolver(resolver), host)

    def static(
        self,
        prefix: str,
        directory: str | os.PathLike[str],
        *,
        html: bool = False,
        headers: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        host: str = "",
        hidden: bool = False,
    ) -> None:
        """Answer GET and HEAD requests under *prefix* with the files of a folder, as :class:`FileResponse` does.

        The app's own routes come first. No path leads out of the folder, nor does a link; whatever is not there is a 404.

        Args:
            prefix: As for :meth:`mount`.
            directory: The folder: ``Path(__file__).parent / "static"``.
            html: It is a site: ``index.html`` stands for its folder, which is redirected to with a slash at its end, and
                ``404.html`` is what is sent for all that is not there.
            headers: Of every file.
            cache_control: ``"public, max-age=3600"``: of every file that was asked for, and not of ``404.html``.
            host: As for :meth:`mount`.
            hidden: Serve files and folders whose names begin with a dot, too.

        Raises:
            RegistrationError: There is no such folder, a header is none, or something else has the prefix.
        """
        from .mounts.static import StaticFiles

        files = StaticFiles(directory, html=html, headers=headers, cache_control=cache_control, hidden=hidden)
        self._mount(prefix, files, files, host)

    def _mount(self, prefix: str, app: object, serves: Serves, host: str) -> None:
        from ._mounts import Mount

        self._registry.mount(Mount(checked_prefix("" if prefix == "/" else prefix), app, serves, checked_host(host)))
        self._started.add(serves)

    def url_for(self, name: str, /, **path_params: object) -> str:
        """The path of the route *name*, percent-encoded, with *path_params* in it; ``request.url_for`` gives the whole URL.

        Raises:
            LookupError: There is no such route, there are several, or its path has other parameters.
        """
        return self._paths.url_for(name, path_params)

    if TYPE_CHECKING:

        @overload
        def middleware(self, layer: Layer, /, *, waits: bool = True) -> Layer: ...
        @overload
        def middleware(self, layer: None = None, /, *, waits: bool = True) -> Callable[[Layer], Layer]: ...

    def middleware(self, layer: Any = None, /, *, waits: bool = True) -> Any:
        """Put a layer around every invocation: ``async def layer(invocation, call_next) -> FunctionResponse``.

        The one registered first is the outermost. It may answer a request or a direct invoke itself; for every other
        source it can neither leave records unhandled nor make a success of a failure.

        Args:
            waits: False promises that it awaits nothing but ``call_next``; synchronous handlers then need no event loop. An
                object may promise it by an attribute ``waits = False``.
        """
        if layer is None:
            return lambda given: self.middleware(given, waits=waits)
        checked_layer(layer)
        # The layers of the package say of themselves that they do not wait.
        self._layers.append((layer, waits and getattr(layer, "waits", True)))
        self._service = layered(self._innermost, self._layers)
        return layer

    def exception_handler(self, kind: type[Exception] | int) -> Callable[[Handler], Handler]:
        """Handle a class of exceptions, or an ``HTTPException`` by its status; the function takes (error) or (request, error).

        For HTTP and direct invokes what it returns is the answer; None leaves the error as it is. For every other source it
        runs for its side effects, and the record still fails, unless it returns ``ACK``. In place of the request it is then
        given the ``Invocation``.
        """

        if not isinstance(kind, type | int):
            raise RegistrationError(
                "app.exception_handler is called with a class of exceptions or a status: write "
                f"@app.exception_handler(KeyError) above the function, not on {kind!r} itself"
            )

        def register(function: Handler) -> Handler:
            self._handlers.add(kind, function, sys._getframe(1).f_locals)
            return function

        return register

    @property
    def dependency_overrides(self) -> dict[Callable[..., object], Callable[..., object]]:
        """For tests: from a dependency's function to the one that is called in its place."""
        return self._scopes.overrides

    def after_invocation(self, hook: Handler) -> Handler:
        """Call *hook* at the end of every invocation, whatever its outcome: flush metrics and traces.

        It takes nothing, or the ``Invocation``. Its failure is logged and changes nothing.

        Raises:
            RegistrationError: It takes more than that.
        """
        from ._after import wants_invocation

        self._after.append((hook, wants_invocation(hook, sys._getframe(1).f_locals)))
        return hook

    def on_restore(self, hook: Handler) -> Handler:
        """Call *hook* after Lambda has restored the process from a snapshot: reseed, drop pools.

        Reference:
            https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
        """
        from ._after import register_restore

        if not register_restore(hook):
            self._restored.append(hook)
        return hook

    def _stream_settings(self) -> StreamSettings:
        """Which triggers stream, and how; read from the environment once.

        Raises:
            RegistrationError: The environment names something that is no trigger.
        """
        if self._streams is None:
            self._streams = StreamSettings(
                self._settings.response_stream,
                os.environ,
                first_item_timeout=self._settings.first_item_timeout,
                has_filler=self._settings.empty_stream_filler,
            )
        return self._streams

    def _read_environment_again(self) -> None:
        """Forget what was read from the environment: names, failures, streams. A test may have changed it."""
        self._queues = self._streams = None
        self._registry.unresolve()

    async def shutdown(self, *, by_hand: bool = False) -> None:
        """Close what lives as long as the process: dependencies of scope ``"app"``, then the lifespan.

        Args:
            by_hand: It is driven without an event loop until it needs one, as the plain handler is.

        Raises:
            BaseException: What their clean-up raised.
        """
        invocation = Invocation({}, LambdaContext(), sources["direct"], by_hand=by_hand)
        error = await self._scopes.app.close(invocation, None)
        await self._started.stop(invocation)
        if error is not None:
            raise error

    # --------------------------------------------------------------------------------------------------- for people

    def explain(self, event: JsonValue) -> Explanation:
        """Say what *event* is, by which keys, which routes were considered, and why each refused it.

        Returns:
            The explanation as data; ``str()`` of it is the same in words. It holds no payload and no secret.

        Raises:
            EventDecodeError: Bytes that are no JSON.
        """
        from ._explain import explain

        if type(event) is bytes or type(event) is bytearray:
            event = decode(event)
        invocation = new_invocation(event, LambdaContext())
        invocation.base_paths = self._settings.base_paths
        return explain(self._registry, self._settings, self._handlers, event, invocation)

    def routes(self) -> Sequence[RouteInfo]:
        """Every route, requests first: its source, what it wants, its handler and where that stands."""
        from ._explain import listed

        return listed(self._registry)

    def openapi(
        self,
        *,
        title: str = "API",
        version: str = "0.1.0",
        summary: str | None = None,
        description: str | None = None,
        servers: Sequence[str | Mapping[str, Any]] = (),
        tags: Sequence[Mapping[str, Any]] = (),
        security: Sequence[Mapping[str, Sequence[str]]] | None = None,
        security_schemes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> JsonObject:
        """The OpenAPI 3.1 document of the HTTP routes, made when it is asked for. Mounted apps have documents of their own.

        Args:
            title: The API's name.
            version: The API's version, not that of OpenAPI.
            summary: One line.
            description: In Markdown.
            servers: URLs, or Server Object mappings.
            tags: Tag Objects: what groups of operations are.
            security: Security Requirement Objects of every route that says nothing itself; default: any one of the app's
                authorizers.
            security_schemes: Security Scheme Objects by name; one named like an authorizer's function takes its place.

        Raises:
            RegistrationError: A type has no JSON Schema, or two routes have one ``operation_id``.

        Reference:
            https://spec.openapis.org/oas/v3.1.1.html
        """
        from .openapi._document import document

        return document(
            self._registry,
            title=title,
            version=version,
            summary=summary,
            description=description,
            servers=servers,
            tags=tags,
            security=security,
            security_schemes=security_schemes,
        )

    def asyncapi(
        self,
        *,
        title: str = "App",
        version: str = "0.1.0",
        description: str = "",
        servers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> JsonObject:
        """The AsyncAPI 3.0 document of everything but requests, made when it is asked for.

        Every queue, topic, bus, stream, ... is a channel, every route an operation that receives its messages, and every type
        of a payload a message. Names from the environment stay parameters.

        Args:
            title: The name of the application.
            version: Its version, which is not that of AsyncAPI.
            description: More about it, in CommonMark.
            servers: Server Objects by name.

        Raises:
            RegistrationError: A payload's type has no JSON Schema; the message names the handler.

        Reference:
            https://www.asyncapi.com/docs/reference/specification/v3.0.0
        """
        from .asyncapi._document import document

        return document(
            self._registry,
            self._settings,
            title=title,
            version=version,
            description=description,
            servers=servers or {},
        )

    def docs(self, path: str = "/docs", *, title: str = "API", **document: Any) -> None:
        """Serve a page to read and try the HTTP routes on (Swagger UI), and the document it shows at *path*/openapi.json.

        Everybody who reaches the function can read it: leave it out, or put an authorizer before it, where that is wrong.

        Args:
            path: Where the page is.
            title: The page's title, and the document's.
            document: As for :meth:`openapi`. Without *servers* the page's own is the server, with the API's stage.

        Raises:
            RegistrationError: Another route has one of its paths.
        """
        from .openapi.page import add_page

        def build(request: Request) -> JsonObject:
            return self.openapi(title=title, **{"servers": [request.base_path or "/"], **document})

        add_page(self, checked_prefix(path, "the path of the docs"), title, build)

    def run(self, *arguments: object, **options: object) -> None:
        """There is no server to run: raises with what to do instead."""
        raise TypeError(_NO_SERVER)

    def __repr__(self) -> str:
        return f"<App {self.__module__}.{self.__name__}>"


def new_invocation(event: JsonValue, context: AnyContext) -> Invocation:
    if type(event) is not dict and isinstance(event, bytes | bytearray):
        event = decode(event)
    source = sniff(event)
    if source.name == "direct" and type(event) is dict and "eventrouter:schedule" in event:
        from .sources.eventbridge_schedule import own_input_record

        record = own_input_record(event)
        if record is not None:
            return Invocation(record, context, sources["eventbridge_schedule"])
    return Invocation(event, context, source)


def _refuse_server(event: JsonValue, others: tuple[object, ...]) -> None:
    if others or (type(event) is dict and "type" in event and "asgi" in event):
        raise TypeError(_NO_SERVER)
