"""Each record or request handled once, by Powertools' idempotency utility: what stands behind ``idempotent=store``.

Powertools marks a key as in progress, and keeps the result once there is one. A key that is in progress elsewhere is a
failure, so that it is delivered again; it is never taken for a success. Powertools' own decorator knows no coroutines and
configures the store it is given anew for each function, which two routes of one store would feel; so this drives its
handler, with a copy of the store.

https://docs.aws.amazon.com/powertools/python/latest/utilities/idempotency/
"""

from __future__ import annotations

import base64
import copy
import os
from json import loads

from aws_lambda_powertools.shared.constants import IDEMPOTENCY_DISABLED_ENV, LAMBDA_FUNCTION_NAME_ENV
from aws_lambda_powertools.shared.functions import strtobool
from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, IdempotencyConfig
from aws_lambda_powertools.utilities.idempotency.base import IdempotencyHandler
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyKeyError, IdempotencyPersistenceLayerError

from .._json import dump
from .._log import warn_once
from .._stream import is_stream
from ..errors import RegistrationError, ReplyError
from ..response import BufferedResponse, Prelude, Response, StreamingResponse
from ..streams import EventStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, NoReturn

    from ..types import AnyContext, JsonObject, JsonValue

#: The longest result that is kept. DynamoDB takes items of 400 KB, and one it refuses would be handled again for ever.
KEPT_LIMIT = 350_000

_RUN = object()


class Once:
    """Runs a route's calls at most once per key.

    Args:
        store: A Powertools persistence layer. Settings it was given by ``store.configure(IdempotencyConfig(...))``
            (``expires_after_seconds``, ``use_local_cache``, ``hash_function``) hold; what concerns payloads does not.
        route: The route's name, part of every key: two routes that take the same record are two pieces of work.
        is_answer: Somebody waits for the result (HTTP, a direct invoke): one that could not be kept is an error when it
            is asked for again. Else it is None then: the record has been handled, and that is all its trigger asks.
    """

    __slots__ = ("_is_answer", "_prefix", "_route", "_store")

    def __init__(self, store: BasePersistenceLayer, route: str, *, is_answer: bool = False) -> None:
        if not isinstance(store, BasePersistenceLayer):
            raise RegistrationError(
                f"{route}: idempotent= takes a persistence layer of Powertools' idempotency utility, such as "
                f"DynamoDBPersistenceLayer, and got a {type(store).__name__}"
            )
        self._store = _own(store)
        self._route = route
        self._prefix = f"{os.environ.get(LAMBDA_FUNCTION_NAME_ENV, 'function')}.{route}"
        self._is_answer = is_answer

    def run(self, key: str | None, context: AnyContext, call: Callable[[], Any]) -> Any:
        """Give back what *call* returns, or what it returned when it was first run for *key*.

        Args:
            key: What stays the same when the record is delivered again.
            context: Lambda's: an entry in progress expires with the invocation, and each tenant has keys of its own.
            call: The handler with its arguments bound.

        Raises:
            IdempotencyKeyError: There is no key.
            IdempotencyAlreadyInProgressError: The key is in progress elsewhere.
            IdempotencyPersistenceLayerError: The store failed.
            ReplyError: The handler returned an iterator or an awaitable; or its first result could not be kept.
        """
        if _is_disabled():
            return call()
        entry = self._entry(key, context)
        if (kept := entry.begin()) is not _RUN:
            return self._again(kept)
        try:
            result = call()
            keep = self._keep(result)
        except BaseException as error:
            entry.failed(error)
            raise
        entry.succeeded(keep)
        return result

    async def run_async(self, key: str | None, context: AnyContext, call: Callable[[], Awaitable[Any] | Any]) -> Any:
        """As :meth:`run`, for a *call* whose result may have to be awaited. The store works in a thread meanwhile."""
        import anyio
        from anyio.to_thread import run_sync

        if _is_disabled():
            result = call()
            return await result if hasattr(result, "__await__") else result
        entry = self._entry(key, context)
        if (kept := await run_sync(entry.begin)) is not _RUN:
            return self._again(kept)
        try:
            result = call()
            if hasattr(result, "__await__"):
                result = await result
            keep = self._keep(result)
        except GeneratorExit:
            raise  # nothing can be awaited any more: the entry expires with the invocation
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                await run_sync(entry.failed, error)
            raise
        # The work is done: a cancellation that comes now must not have it done again.
        with anyio.CancelScope(shield=True):
            await run_sync(entry.succeeded, keep)
        return result

    def _entry(self, key: str | None, context: AnyContext) -> _Entry:
        if not key:
            raise IdempotencyKeyError(
                f"{self._route} is idempotent, and this record or request has nothing that stays the same when it is "
                "delivered again"
            )
        data = {"key": key, "tenant": getattr(context, "tenant_id", None)}
        return _Entry(self._store, self._prefix, data, context)

    def _keep(self, result: Any) -> JsonObject:
        """What the store keeps of *result*; JSON as text, since Powertools would sort an object's keys."""
        body = result.content if isinstance(result, Response) else result
        if is_stream(body) or isinstance(body, EventStream | StreamingResponse) or hasattr(body, "__await__"):
            if hasattr(body, "close"):
                body.close()
            raise ReplyError(
                f"{self._route} is idempotent, so its result is kept: return it whole, not as a {_kind(body)}"
            )
        try:
            keep = _written(result)
        except ReplyError:
            return {"lost": _kind(result)}
        return keep if len(keep["json"]) <= KEPT_LIMIT else {"lost": _kind(result)}

    def _again(self, kept: Any) -> Any:
        if "lost" not in kept:
            return _read(kept)
        if self._is_answer:
            raise ReplyError(
                f"{self._route} has done this already, and its result, a {kept['lost']}, could not be kept: it has no JSON "
                f"form, or more than {KEPT_LIMIT} characters"
            )
        return None


def _own(store: BasePersistenceLayer) -> BasePersistenceLayer:
    """A copy of *store* on the same table: nobody else's settings and prefixes reach it."""
    mine = copy.copy(store)
    if not mine.configured:
        mine.configure(IdempotencyConfig(hash_function="sha256"))
    # The key is found already: no path into a payload leads to it.
    mine.event_key_jmespath = ""
    mine.payload_validation_enabled = False
    mine.raise_on_no_idempotency_key = True
    return mine


def _is_disabled() -> bool:
    """Powertools' switch for development."""
    if not strtobool(os.environ.get(IDEMPOTENCY_DISABLED_ENV, "false")):
        return False
    warn_once(IDEMPOTENCY_DISABLED_ENV, "%s is set: idempotent routes handle every delivery", IDEMPOTENCY_DISABLED_ENV)
    return True


class _Go(BaseException):
    """Powertools asks for the work to be done. It lets pass what is no ``Exception``, and leaves its entry as it is."""


def _go() -> NoReturn:
    raise _Go


class _Entry:
    """One key in the store."""

    __slots__ = ("_context", "_data", "_prefix", "_store")

    def __init__(self, store: BasePersistenceLayer, prefix: str, data: JsonObject, context: AnyContext) -> None:
        self._store = store
        self._prefix = prefix
        self._data = data
        self._context: Any = context

    def begin(self) -> object:
        """Mark the key as in progress; give back what is kept of an earlier success, or ``_RUN``."""
        handler = IdempotencyHandler(
            function=_go,
            function_payload=self._data,
            config=IdempotencyConfig(lambda_context=self._context),
            persistence_store=self._store,
            key_prefix=self._prefix,
            function_args=(),
            function_kwargs={},
        )
        try:
            return handler.handle()
        except _Go:
            return _RUN

    def succeeded(self, keep: JsonObject) -> None:
        try:
            self._store.save_success(data=self._data, result=keep)
        except Exception as error:
            raise IdempotencyPersistenceLayerError("the success could not be kept", error) from error

    def failed(self, error: BaseException) -> None:
        """Take the mark away, so that the next delivery is handled. *error* stays what the call ends with."""
        try:
            self._store.delete_record(data=self._data, exception=error)  # type: ignore[arg-type]
        except Exception as trouble:
            error.add_note(
                f"its idempotency entry could not be deleted ({type(trouble).__name__}): until it expires, with this "
                "invocation, further deliveries fail"
            )


def _kind(value: object) -> str:
    return type(value).__name__


def _written(result: Any) -> JsonObject:
    """*result* for the store: the kind of answer, and JSON text of what it is made of.

    Raises:
        ReplyError: It has no JSON form.
    """
    if isinstance(result, BufferedResponse):
        prelude = result.prelude
        head = prelude and [prelude.status_code, prelude.headers, prelude.cookies]
        return {"kind": "buffered", "json": dump([_boxed(result.value), head])}
    if isinstance(result, Response):
        head = [result.status_code, result.headers, result.media_type, result.cookies]
        return {"kind": "response", "json": dump([_boxed(result.content), head])}
    if type(result) is tuple and len(result) == 2 and type(result[1]) is int:
        return {"kind": "pair", "json": dump([_boxed(result[0]), result[1]])}
    return {"kind": "value", "json": dump(_boxed(result))}


def _read(kept: JsonObject) -> Any:
    made = loads(kept["json"])
    if kept["kind"] == "value":
        return _unboxed(made)
    content, head = _unboxed(made[0]), made[1]
    if kept["kind"] == "pair":
        return content, head
    if kept["kind"] == "buffered":
        return BufferedResponse(content, head and Prelude(head[0], [(name, value) for name, value in head[1]], head[2]))
    status_code, headers, media_type, cookies = head
    response = Response(content, status_code, [(name, value) for name, value in headers], media_type)
    response.cookies += cookies
    return response


def _boxed(value: object) -> list[JsonValue]:
    """A value for JSON that tells bytes from text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return ["bytes", base64.b64encode(value).decode()]
    return ["json", value]


def _unboxed(box: JsonValue) -> object:
    kind, value = box
    return base64.b64decode(value) if kind == "bytes" else value
