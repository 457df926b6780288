"""Lambda's context object out of what the Runtime API says of an invocation, and of what it says of the function."""

from __future__ import annotations

from ..context import ClientContext, CognitoIdentity, LambdaContext
from . import _protocol as protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._protocol import Received

#: The fields of a client context's ``w3c`` that are taken: https://www.w3.org/TR/trace-context/
_W3C = ("traceparent", "tracestate", "baggage")


class Function:
    """What the environment says of the function; all of it may be missing, outside of AWS."""

    __slots__ = ("log_group", "log_stream", "memory", "name", "version")

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.version = environment.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        memory = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.memory = int(memory) if memory.isascii() and memory.isdigit() else 128
        self.log_group = environment.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream = environment.get("AWS_LAMBDA_LOG_STREAM_NAME", "")

    def context(self, received: Received) -> LambdaContext:
        """The context of one invocation."""
        get = received.get
        given = _json_of(received, protocol.CLIENT_CONTEXT)
        traces = None if given is None else given.pop("w3c", None)
        return LambdaContext(
            received.request_id,
            deadline_ms=received.deadline_ms,
            invoked_function_arn=get(protocol.ARN) or "",
            function_name=self.name,
            function_version=self.version,
            memory_limit_in_mb=self.memory,
            log_group_name=self.log_group,
            log_stream_name=self.log_stream,
            identity=CognitoIdentity(_json_of(received, protocol.COGNITO_IDENTITY) or {}),
            client_context=None if given is None else ClientContext(given),
            tenant_id=get(protocol.TENANT_ID),
            trace_id=get(protocol.TRACE_ID),
            trace_context=_trace_context(traces),
        )


def _trace_context(given: object) -> dict[str, str] | None:
    if not isinstance(given, dict):
        return None
    return {name: given[name] for name in _W3C if isinstance(given.get(name), str)}


def _json_of(received: Received, name: str) -> dict[str, Any] | None:
    """A header that holds a JSON object; AWS has decoded it, an emulator leaves it in base64."""
    text = received.get(name)
    if text is None:
        return None
    from base64 import b64decode

    from .._json import decode
    from ..errors import EventDecodeError

    # Headers are read byte by byte, and AWS writes UTF-8 there.
    raw = text.encode("latin-1", "replace")
    try:
        value = decode(raw)
    except EventDecodeError:
        try:
            value = decode(b64decode(raw, validate=True))
        except (EventDecodeError, ValueError):
            value = None
    if isinstance(value, dict):
        return value
    from .._log import warn_once

    warn_once(("header", name), "the header %s of an invocation holds no JSON object, and is left out", name)
    return None
