"""What an operation answers, as the handler's return annotation and its options declare it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Union

from pydantic import BaseModel

from .._replies import is_answer
from .._signature import EMPTY, strip_annotated, union_members
from .._validators import bases_of, class_key
from ..errors import RegistrationError
from ..streams import ServerSentEvent
from ._request import can_fail, path_parameters

if TYPE_CHECKING:
    from .._compile import HttpRoute
    from ..types import HttpOptions, JsonObject
    from ._request import Taken
    from ._schemas import Schemas

_JSON, _TEXT, _BYTES = "application/json", "text/plain", "application/octet-stream"
_EVENTS, _LINES = "text/event-stream", "application/x-ndjson"
_STREAMS = ("Iterator", "AsyncIterator", "Generator", "AsyncGenerator", "Iterable", "AsyncIterable")


class HTTPError(BaseModel):
    """The body of an error."""

    detail: object
    code: str | None = None


class ValidationError(BaseModel):
    """What is wrong with one part of a request."""

    loc: list[str | int]
    msg: str
    type: str


class HTTPValidationError(BaseModel):
    """The body of a 422."""

    detail: list[ValidationError]
    code: str | None = None


def responses(route: HttpRoute, options: HttpOptions, taken: list[Taken], schemas: Schemas, what: str) -> JsonObject:
    """The Responses Object."""
    found = _answered(route, options, schemas, what)
    for status, why in _refusals(route, options, taken).items():
        body = HTTPValidationError if status == "422" else HTTPError
        found[status] = {"description": why, "content": {_JSON: {"schema": schemas.sent(body, what)}}}
    for key, declared in options.get("responses", {}).items():
        found[_status(key, what)] = _declared(_status(key, what), declared, schemas, what)
    return dict(sorted(found.items()))


def _answered(route: HttpRoute, options: HttpOptions, schemas: Schemas, what: str) -> JsonObject:
    reply = route.reply
    content = _content(route, options, schemas, what)
    status = reply.status_code if content is not None else reply.none_status
    answer: JsonObject = {"description": _phrase(str(status))}
    if content and status not in (204, 205, 304) and list(route.methods) != ["HEAD"]:
        answer["content"] = content
    return {str(status): answer}


def _content(route: HttpRoute, options: HttpOptions, schemas: Schemas, what: str) -> JsonObject | None:
    """Media types with what they hold; empty where nobody can tell, None where there is no body."""
    given = options.get("media_type")
    returns = strip_annotated(route.plan.returns)[0]
    if options.get("response_model", EMPTY) is not EMPTY and not route.plan.stream:
        returns = options["response_model"]
        return {given or _JSON: {} if returns is None else {"schema": schemas.sent(returns, what)}}
    if getattr(returns, "__origin__", returns) is tuple and len(getattr(returns, "__args__", ())) == 2:
        returns = strip_annotated(returns.__args__[0])[0]  # type: ignore[attr-defined]
    if returns is None or returns is type(None):
        return None
    if returns is EMPTY:
        return {given: {}} if given else {} if route.plan.stream else {_JSON: {}}
    content: JsonObject = {}
    values: list[Any] = []
    for member in union_members(returns):
        if (special := _special(member, schemas, what)) is None:
            values.append(member)
        else:
            content.update(special)
    if [value for value in values if value is not type(None)]:
        union: Any = Union[tuple(values)]  # noqa: UP007 - made of values
        content[_JSON] = {"schema": schemas.sent(union, what)}
    if given and content:
        return {given: content.get(_JSON) or next(iter(content.values()))}
    return {given: {}} if given else content


def _special(annotation: Any, schemas: Schemas, what: str) -> JsonObject | None:
    """The content of what is not written as JSON; None for what is."""
    if annotation is str:
        return {_TEXT: {"schema": {"type": "string"}}}
    if annotation in (bytes, bytearray, memoryview):
        return {_BYTES: {}}
    if any(class_key(base) == "eventrouter.streams:EventStream" for base in bases_of(annotation)):
        return {_EVENTS: {}}
    if is_answer(annotation):
        return {}
    origin = getattr(annotation, "__origin__", annotation)
    if getattr(origin, "__name__", "") in _STREAMS:
        return _stream((*getattr(annotation, "__args__", ()), EMPTY)[0], schemas, what)
    return None


def _stream(item: Any, schemas: Schemas, what: str) -> JsonObject:
    item = strip_annotated(item)[0]
    if item is EMPTY or item is Any or item is object:
        return {}
    if item is ServerSentEvent:
        return {_EVENTS: {}}
    return _special(item, schemas, what) or {_LINES: {"schema": schemas.sent(item, what)}}


def _refusals(route: HttpRoute, options: HttpOptions, taken: list[Taken]) -> dict[str, str]:
    """What is answered before the handler is called."""
    found: dict[str, str] = {}
    if can_fail(taken):
        found["422"] = "The request is not valid"
    if any(kind in ("int", "float", "uuid") for _, kind in path_parameters(route.path)):
        found["404"] = "There is no such path"
    if options.get("idempotent") is not None:
        found["400"] = "The Idempotency-Key header is missing"
        found["409"] = "A request with this Idempotency-Key is in progress"
    return found


def _status(key: int | str, what: str) -> str:
    status = str(key)
    if status != "default" and not (
        len(status) == 3 and status[0] in "12345" and (status[1:] == "XX" or status.isdigit())
    ):
        raise RegistrationError(f'{what}: responses= has statuses, "4XX" or "default", not {key!r}')
    return status


def _declared(status: str, declared: Any, schemas: Schemas, what: str) -> JsonObject:
    """A Response Object of the user's, whose ``model`` becomes its JSON content."""
    response: JsonObject = {"description": _phrase(status), **declared}
    model = response.pop("model", None)
    if model is not None:
        content = response["content"] = dict(response.get("content", {}))
        content[_JSON] = {**content.get(_JSON, {}), "schema": schemas.sent(model, f"{what}: responses[{status}]")}
    return response


def _phrase(status: str) -> str:
    if not status.isdigit():
        return "Another answer"
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return f"Status {status}"
