"""A handler's return value as an HTTP answer. Total: every value has an answer, or an error that says why not."""

from __future__ import annotations

import sys

from ._host import streams
from ._json import dump
from ._plain import acceptor
from ._signature import EMPTY, strip_annotated, union_members
from ._stream import close, collect, is_stream, refuse_endless
from ._validators import adapter_for, bases_of, class_key, problems_of, validation_error
from .errors import (
    HandlerTimeoutError,
    HTTPException,
    ReplyError,
    RequestValidationError,
    ResponseTooLargeError,
    ResponseValidationError,
)
from .response import BufferedResponse, Prelude, Response, StreamingResponse
from .streams import EVENT_HEADERS, EventStream, FileResponse, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from typing import Any, TypeAlias

    from .batch import BackgroundTasks
    from .context import Invocation
    from .types import JsonValue

    Answer: TypeAlias = BufferedResponse | StreamingResponse

JSON = ("content-type", "application/json")
TEXT = ("content-type", "text/plain; charset=utf-8")
BYTES = ("content-type", "application/octet-stream")

#: Return annotations that are answers themselves, so that nothing is validated.
_ANSWERS = frozenset(
    {
        "eventrouter.response:Response",
        "eventrouter.response:BufferedResponse",
        "eventrouter.response:StreamingResponse",
        "eventrouter.streams:EventStream",
        "eventrouter.streams:FileResponse",
    }
)
_PROXY_KEYS = frozenset(
    {"statusCode", "statusDescription", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"}
)
_ITERATORS = ("Iterator", "AsyncIterator", "Generator", "AsyncGenerator", "Iterable", "AsyncIterable")


class ReplyPlan:
    """How the values of one HTTP route are answered.

    Attributes:
        status_code: The status unless the value says another.
        headers: Headers of every answer of this route.
        media_type: The content type unless the value says another.
        response_stream: Whether this method of a REST API is configured to stream; None: as the trigger is.
        yields_events: A stream is one of server-sent events, whatever its items are.
    """

    __slots__ = (
        "_dump",
        "_validate",
        "allows_pairs",
        "empty_type",
        "headers",
        "is_plain",
        "media_type",
        "name",
        "none_status",
        "response_stream",
        "status_code",
        "yields_events",
    )

    def __init__(
        self,
        returns: object,
        name: str,
        *,
        status_code: int | None = None,
        response_model: object = EMPTY,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        response_stream: bool | None = None,
    ) -> None:
        self.name = name
        self.response_stream = response_stream
        self.status_code = status_code or 200
        self.none_status = status_code or (204 if returns is type(None) else 200)
        self.headers = list((headers or {}).items())
        self.media_type = media_type
        items = (*getattr(returns, "__args__", ()), None)[0]
        self.yields_events = (media_type or "").startswith("text/event-stream") or items is ServerSentEvent
        #: The content type of a stream that turns out to have no items.
        self.empty_type = "application/x-ndjson" if _is_lines(returns, items) else TEXT[1]
        model = response_model if response_model is not EMPTY else returns
        self.allows_pairs = returns is EMPTY or getattr(returns, "__origin__", returns) is tuple
        if getattr(model, "__origin__", model) is tuple and len(getattr(model, "__args__", ())) == 2:
            model = model.__args__[0]  # type: ignore[attr-defined]
        self._validate: Callable[[Any], Any] | None = None
        self._dump: Callable[[Any], str] = dump
        model = _modelled(model)
        if model is not None:
            self._validate, self._dump = _checked(model)
        self.is_plain = (
            self._validate is None and not self.headers and self.media_type is None and self.status_code == 200
        )

    def checked(self, value: Any) -> Any:
        """*value* as the return annotation has it.

        Raises:
            ResponseValidationError: It breaks its annotation.
        """
        if self._validate is None:
            return value
        try:
            return self._validate(value)
        except validation_error() as error:
            raise ResponseValidationError(problems_of(error, "response"), self.name) from None

    def json(self, value: Any) -> str:
        """*value*, which was checked, as JSON text: filtered by the return annotation."""
        return self._dump(value)


def _modelled(annotation: object) -> object | None:
    """The part of a return annotation that is validated; None where it says nothing, or says an answer."""
    annotation, _ = strip_annotated(annotation)
    members = [m for m in union_members(annotation) if not is_answer(m)]
    if annotation is EMPTY or annotation is None or not members or members == [type(None)]:
        return None
    if len(members) == 1 or len(members) == len(union_members(annotation)):
        model = members[0] if len(members) == 1 else annotation
    else:
        model = members[0]
        for member in members[1:]:
            model = model | member  # type: ignore[operator]
    if model in (str, bytes, dict, list, object) or str(model) in (
        "typing.Any",
        "dict[str, typing.Any]",
        "dict[str, object]",
    ):
        return None
    return None if _is_iterator(model) else model


def _is_iterator(annotation: object) -> bool:
    plain = getattr(annotation, "__origin__", annotation)
    return getattr(plain, "__name__", "") in _ITERATORS or getattr(plain, "_name", "") in _ITERATORS


def _is_lines(returns: object, item: object) -> bool:
    """Whether a stream's items are written as lines of JSON."""
    return _is_iterator(returns) and not (
        item in (None, object, str, bytes, bytearray, memoryview, ServerSentEvent) or str(item) == "typing.Any"
    )


def is_answer(annotation: object) -> bool:
    for base in bases_of(annotation):
        if class_key(base) in _ANSWERS or (
            base.__name__ == "Response" and base.__module__.startswith(("starlette", "aws_lambda"))
        ):
            return True
    return False


def _checked(model: object) -> tuple[Callable[[Any], Any], Callable[[Any], str]]:
    """How values of *model* are validated, and written as JSON."""
    accepts = acceptor(model)
    if accepts is None:
        return _validated(model)
    made: list[Callable[[Any], Any]] = []

    def check(value: Any) -> Any:
        if accepts(value):
            return value
        if not made:
            made.append(_validated(model)[0])
        return made[0](value)

    return check, dump


def _validated(model: Any) -> tuple[Callable[[Any], Any], Callable[[Any], str]]:
    adapter = adapter_for(model)
    validate = adapter.validator.validate_python
    to_json = adapter.serializer.to_json
    exact = model if isinstance(model, type) and hasattr(model, "model_fields") else None

    def check(value: Any) -> Any:
        return value if type(value) is exact else validate(value, from_attributes=True)

    def text(value: Any) -> str:
        try:
            return to_json(value, by_alias=True).decode()
        except (ValueError, TypeError) as error:
            raise ReplyError(f"the answer has no JSON form: {type(error).__name__}") from None

    return check, text


PLAIN = ReplyPlan(EMPTY, "the app")


async def to_response(value: Any, plan: ReplyPlan, invocation: Invocation) -> Answer:
    """Answer an HTTP request with *value*.

    Raises:
        ReplyError: It has no form that an HTTP client could be sent.
        ResponseValidationError: It breaks the handler's return annotation.
        ResponseTooLargeError: A stream grew past what the trigger takes.
    """
    kind = type(value)
    if value is None:
        if plan.none_status in (204, 205, 304):
            return BufferedResponse(None, Prelude(plan.none_status, plan.headers))
        return BufferedResponse(plan.json(plan.checked(None)), _prelude(plan, plan.none_status, JSON))
    if isinstance(value, BufferedResponse | StreamingResponse):
        if value.prelude is None:
            raise ReplyError(f"{plan.name} answers HTTP, so its {kind.__name__} needs a Prelude")
        if isinstance(value, StreamingResponse):
            body, _ = await _body(value.body, invocation)
            return _with_body(body, value.prelude)
        return value
    if isinstance(value, Response):
        return await _spelled_out(value, plan, invocation)
    if isinstance(value, EventStream):
        if not value.buffer and not streams(invocation):
            await close(value.events, invocation)
            raise refuse_endless(plan.name, invocation.source.name)
        body, media_type = await _body(value.events, invocation, as_events=True, limits=value)
        _later(invocation, value.background)
        headers = _of_events(_with_type(_of_route(value.headers, plan), ("content-type", media_type)))
        return _with_body(body, Prelude(value.status_code, headers))
    if isinstance(value, FileResponse):
        _later(invocation, value.background)
        return await _file(value, plan, invocation)
    if plan.allows_pairs and kind is tuple and len(value) == 2 and type(value[1]) is int:
        if isinstance(value[0], FileResponse):
            # Before the answer is made: another status has no parts, and is never 304.
            value[0].status_code = value[1]
            return await to_response(value[0], plan, invocation)
        answer = await to_response(value[0], plan, invocation)
        assert answer.prelude is not None
        answer.prelude.status_code = value[1]
        return answer
    if isinstance(value, BaseException):
        raise ReplyError(f"{plan.name} returned a {kind.__name__}: raise it")
    if kind is dict and plan._validate is None and is_proxy_answer(value):
        raise ReplyError(
            f"{plan.name} returned the answer of a bare Lambda function (statusCode, body, ...): return the body, or "
            "Response(content, status_code, headers)"
        )
    foreign = _foreign(value)
    if foreign is not None:
        return await to_response(foreign, plan, invocation)
    if is_stream(value):
        return await _iterated(value, plan, invocation)
    value = plan.checked(value)
    if type(value) is str:
        return BufferedResponse(value, _prelude(plan, plan.status_code, TEXT))
    if isinstance(value, bytes | bytearray | memoryview):
        return BufferedResponse(bytes(value), _prelude(plan, plan.status_code, BYTES))
    return BufferedResponse(plan.json(value), _prelude(plan, plan.status_code, JSON))


def is_proxy_answer(value: Mapping[str, object]) -> bool:
    """Whether it is what a function without a framework returns; as a body it would make every failure a 200."""
    return type(value.get("statusCode")) is int and _PROXY_KEYS.issuperset(value)


def _prelude(plan: ReplyPlan, status_code: int, content_type: tuple[str, str]) -> Prelude:
    if plan.media_type is not None:
        content_type = ("content-type", plan.media_type)
    return Prelude(status_code, _with_type(plan.headers, content_type))


def _with_type(headers: Sequence[tuple[str, str]], content_type: tuple[str, str]) -> list[tuple[str, str]]:
    if any(name.lower() == "content-type" for name, _ in headers):
        return list(headers)
    return [content_type, *headers]


async def _iterated(stream: Any, plan: ReplyPlan, invocation: Invocation) -> Answer:
    """The answer of a handler that yields."""
    if not streams(invocation):
        from ._log import warn_once

        warn_once(
            ("collected", plan.name),
            "%s yields its answer, and %s does not stream here: it is collected first, up to %d bytes. Where the trigger is "
            "configured to stream, name it in App(response_stream=...) and run the function with `python -m eventrouter run`",
            plan.name,
            invocation.source.name,
            invocation.source.max_response,
        )
    body, media_type = await _body(stream, invocation, as_events=plan.yields_events)
    prelude = _prelude(plan, plan.status_code, ("content-type", media_type or plan.empty_type))
    if media_type == "text/event-stream":
        prelude.headers = _of_events(prelude.headers)
    return _with_body(body, prelude)


def _of_events(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """*headers*, and those of every event stream that are not among them."""
    given = {name.lower() for name, _ in headers}
    return [*headers, *(pair for pair in EVENT_HEADERS if pair[0] not in given)]


async def _body(
    stream: Any, invocation: Invocation, *, as_events: bool = False, limits: EventStream | None = None
) -> tuple[bytes | AsyncIterator[bytes], str]:
    """A stream as the body of an answer, begun where the caller reads it piece by piece, else collected; its content type."""
    host = invocation.host
    is_read = host is not None and host.streams(invocation)
    if not is_read and (limits is None or limits.max_duration is None):
        return await collect(stream, invocation, as_events=as_events)
    from ._streaming import begin

    # What is collected waits for its first item as long as for all of them.
    within = host.settings.first_item_timeout if host is not None and is_read else float("inf")
    begun = await begin(stream, invocation, as_events=as_events, first_within=within, limits=limits)
    if is_read:
        return begun, begun.media_type
    body, _ = await collect(begun, invocation)
    return body, begun.media_type


def _with_body(body: bytes | AsyncIterator[bytes], prelude: Prelude) -> Answer:
    return BufferedResponse(body, prelude) if isinstance(body, bytes) else StreamingResponse(body, prelude)


async def _spelled_out(response: Response, plan: ReplyPlan, invocation: Invocation) -> Answer:
    content = response.content
    headers = response.headers
    if content is None:
        answer: Answer = BufferedResponse(None, Prelude(response.status_code, _typed(headers, response, plan, None)))
    elif isinstance(content, str):
        answer = BufferedResponse(content, Prelude(response.status_code, _typed(headers, response, plan, TEXT)))
    elif isinstance(content, bytes | bytearray | memoryview):
        answer = BufferedResponse(bytes(content), Prelude(response.status_code, _typed(headers, response, plan, BYTES)))
    elif is_stream(content):
        as_events = (response.media_type or "").startswith("text/event-stream")
        body, media_type = await _body(content, invocation, as_events=as_events)
        inferred = ("content-type", media_type or "application/octet-stream")
        answer = _with_body(body, Prelude(response.status_code, _typed(headers, response, plan, inferred)))
    else:
        answer = BufferedResponse(dump(content), Prelude(response.status_code, _typed(headers, response, plan, JSON)))
    assert answer.prelude is not None
    answer.prelude.headers[:0] = [
        pair for pair in plan.headers if pair[0].lower() not in {n.lower() for n, _ in headers}
    ]
    answer.prelude.cookies.extend(response.cookies)
    _later(invocation, response.background)
    return answer


def _typed(
    headers: Sequence[tuple[str, str]], response: Response, plan: ReplyPlan, content_type: tuple[str, str] | None
) -> list[tuple[str, str]]:
    media_type = response.media_type or (plan.media_type if content_type is not None else None)
    if media_type is not None:
        content_type = ("content-type", media_type)
    return list(headers) if content_type is None else _with_type(headers, content_type)


async def _file(value: FileResponse, plan: ReplyPlan, invocation: Invocation) -> Answer:
    """A file, or what the request's conditions and ranges leave of it."""
    from ._files import select

    content, reader = value.taken()
    streamed = streams(invocation)
    limit = invocation.source.max_response
    try:
        # Half of it: a body is base64, or text in JSON, where the trigger reads no stream.
        most = None if streamed else limit // 2
        headers = value.pairs(_of_route(value.headers, plan), plan.media_type)
        chosen = select(value, reader, headers, invocation.request, most)
        if not streamed and chosen.size > limit:
            raise ResponseTooLargeError(invocation.source.name, chosen.size, limit)
    except BaseException:
        reader.close()  # which the content does only once it is read from
        await close(content, invocation)
        raise
    reader.send(chosen.parts)
    prelude = Prelude(chosen.status_code, chosen.headers)
    if not chosen.parts:
        await collect(content, invocation)  # to its end, with which ends what it kept open
        return BufferedResponse(None, prelude)
    body, _ = await _body(content, invocation)
    return _with_body(body, prelude)


def _of_route(headers: Sequence[tuple[str, str]], plan: ReplyPlan) -> list[tuple[str, str]]:
    """*headers*, and those of every answer of the route that are not among them."""
    given = {name.lower() for name, _ in headers}
    return [*(pair for pair in plan.headers if pair[0].lower() not in given), *headers]


def _later(invocation: Invocation, tasks: BackgroundTasks | None) -> None:
    """Do background work after the answer is made, and after what the handler was given a list for."""
    earlier: Any = invocation.tasks
    if tasks is None or tasks is earlier:
        return
    if earlier is not None:
        for function, arguments, keywords in tasks.drain():
            earlier.add_task(function, *arguments, **keywords)
    else:
        invocation.tasks = tasks


def _foreign(value: Any) -> Response | FileResponse | None:
    """Powertools' and Starlette's response objects, recognised without importing either."""
    module = type(value).__module__
    if module.startswith("aws_lambda_powertools.event_handler") and hasattr(value, "status_code"):
        response = Response(value.body, value.status_code)
        for name, values in (value.headers or {}).items():
            response.headers += [(name, each) for each in (values if isinstance(values, list) else [values])]
        response.cookies = [str(cookie) for cookie in getattr(value, "cookies", None) or ()]
        return response
    starlette = sys.modules.get("starlette.responses")
    if starlette is not None and isinstance(value, starlette.FileResponse):
        pairs = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in value.raw_headers]
        kept = [pair for pair in pairs if pair[0] != "content-length"]
        return FileResponse(value.path, status_code=value.status_code, headers=kept, background=_work_of(value))
    if starlette is not None and isinstance(value, starlette.Response):
        streamed = getattr(value, "body_iterator", None)
        response = Response(
            streamed if streamed is not None else value.body, value.status_code, background=_work_of(value)
        )
        for raw_name, raw_value in value.raw_headers:
            name, text = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name == "set-cookie":
                response.cookies.append(text)
            elif name != "content-length":
                response.headers.append((name, text))
        return response
    return None


def _work_of(value: Any) -> BackgroundTasks | None:
    """The background work of a response of Starlette's."""
    if value.background is None:
        return None
    from .batch import BackgroundTasks

    tasks = BackgroundTasks()
    tasks.add_task(value.background)
    return tasks


# --------------------------------------------------------------------------------------------------------------- errors

#: The ``code`` of our own error bodies, by status.
_CODES = {404: "not_found", 405: "method_not_allowed", 422: "invalid_request", 500: "internal_error"}


def problem(
    status_code: int, detail: JsonValue, *, code: str | None = None, headers: Sequence[tuple[str, str]] = ()
) -> BufferedResponse:
    """An error body of ours: ``{"detail": ..., "code": ...}``."""
    body = {"detail": detail, "code": code or _CODES[status_code]}
    return BufferedResponse(dump(body), Prelude(status_code, (JSON, *headers)))


def known_error(error: BaseException) -> BufferedResponse | None:
    """The answer that an error carries in itself; None for an unexpected one."""
    if isinstance(error, HTTPException):
        headers = [(str(name), str(value)) for name, value in (error.headers or {}).items()]
        body = {"detail": error.detail} if error.code is None else {"detail": error.detail, "code": error.code}
        return BufferedResponse(dump(body), Prelude(error.status_code, _with_type(headers, JSON)))
    if isinstance(error, RequestValidationError):
        return problem(422, error.errors)
    if isinstance(error, ResponseTooLargeError):
        return problem(500, str(error), code="response_too_large")
    if isinstance(error, HandlerTimeoutError):
        return problem(504, "The request was not answered in time", code="timeout")
    powertools = sys.modules.get("aws_lambda_powertools.event_handler.exceptions")
    if powertools is not None and isinstance(error, powertools.ServiceError):
        return BufferedResponse(dump({"detail": error.msg}), Prelude(int(error.status_code), (JSON,)))
    idempotency = sys.modules.get("aws_lambda_powertools.utilities.idempotency.exceptions")
    if idempotency is not None and isinstance(error, idempotency.IdempotencyAlreadyInProgressError):
        return problem(409, "A request with this Idempotency-Key is in progress", code="in_progress")
    starlette = sys.modules.get("starlette.exceptions")
    if starlette is not None and isinstance(error, starlette.HTTPException):
        headers = [(str(name), str(value)) for name, value in (error.headers or {}).items()]
        return BufferedResponse(dump({"detail": error.detail}), Prelude(error.status_code, _with_type(headers, JSON)))
    return None
