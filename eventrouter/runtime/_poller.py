"""The story of a runtime: poll, hand over, answer, and again. One for every driver.

Nothing that a handler, a stream or the server does to one invocation ends the loop, or is passed over in silence.
"""

from __future__ import annotations

import os
import time
from contextvars import copy_context

from .._drive import on_loop
from .._json import dump_bytes, dump_plain
from .._log import logger
from ..app import new_invocation
from ..context import _current
from ..errors import EventDecodeError, HandlerStoppedError, RuntimeApiError, ShutdownError
from ..response import BufferedResponse
from ._connection import UnreachableError
from ._hosted import RuntimeHost, TerminatedError
from ._protocol import TRACE_ID, Conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Context
    from typing import Any

    from ..context import Invocation
    from ._connection import Connection
    from ._protocol import Received
    from ._runtime import Runtime

#: What means to end the process, and not the invocation alone.
ENDING = (SystemExit, KeyboardInterrupt, TerminatedError)

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"

#: How often in a row the server may fail to hand over an invocation, and the seconds after the first time, doubled by each.
MAX_FAILURES = 5
FIRST_PAUSE = 0.1
#: Seconds before polling again where the server says that there is nothing yet, instead of waiting.
NOTHING_YET_PAUSE = 0.05


class Poller:
    """One poller: handles one invocation at a time.

    Attributes:
        is_idle: It waits for an invocation, so that nothing is lost by ending it.
        host: The invocation at hand.
    """

    def __init__(self, runtime: Runtime, connection: Connection) -> None:
        self.runtime = runtime
        self.connection = connection
        self.conversation = Conversation(runtime.address, runtime.user_agent)
        self.is_idle = False
        self.host: RuntimeHost | None = None

    async def run(self) -> None:
        """Handle invocations until the process ends.

        Raises:
            RuntimeApiError: The server cannot be reached, or goes on failing.
            SystemExit, KeyboardInterrupt: A handler's, after its invocation was answered.
        """
        failures = 0
        try:
            while not self.runtime.is_ending:
                try:
                    received = await self._next()
                except UnreachableError:
                    raise
                except RuntimeApiError as error:
                    failures += 1
                    if failures >= MAX_FAILURES:
                        raise
                    logger().error("%s; trying again", error)
                    await self.runtime.driver.pause(FIRST_PAUSE * 2 ** (failures - 1))
                    continue
                failures = 0
                if received is None:
                    await self.runtime.driver.pause(NOTHING_YET_PAUSE)
                    continue
                await self._serve(received)
        finally:
            self.connection.close()

    async def _next(self) -> Received | None:
        request = self.conversation.poll()
        self.is_idle = True
        try:
            reply = await self.connection.exchange(request, may_repeat=True)
        except RuntimeApiError:
            self.conversation.dropped()
            raise
        finally:
            self.is_idle = False
        return self.conversation.received(reply)

    async def _serve(self, received: Received) -> None:
        """Handle one invocation and answer it, whatever becomes of it."""
        runtime = self.runtime
        if runtime.sets_trace:
            _set_trace(received.get(TRACE_ID))
        host = self.host = RuntimeHost(runtime.settings, received, runtime.threads)
        try:
            invocation = new_invocation(received.body, runtime.function.context(received))
        except EventDecodeError as error:
            await self._failed(error, received)
            return
        invocation.host, invocation.by_hand = host, True
        host.invocation = invocation
        # What a handler sets in context variables must not be there for the next event.
        context = copy_context()
        context.run(_current.set, invocation)
        try:
            await self._answer(invocation, host, context)
            if invocation.tasks is not None or runtime.app._after:
                await self._finish(invocation, host, context)
        finally:
            self.host = None
        if host.abandoned:
            runtime.end(
                f"{host.abandoned} of invocation {received.request_id} is still running in its thread, and would go on in "
                "the middle of another invocation: the process ends",
                exit_code=1,
            )
        if isinstance(host.fatal, ENDING):
            raise host.fatal

    async def _answer(self, invocation: Invocation, host: RuntimeHost, context: Context) -> None:
        try:
            response = await self.runtime.driver.run(self._handled(invocation, host), context, host)
        except BaseException as error:
            _keep_fatal(error, host)
            if self.conversation.state == "handling":
                await self._failed(error, host.received)
            else:  # of a stream, whose end has been told
                self.conversation.dropped()
        else:
            if response is not None:
                await self._respond(response, invocation, host)

    async def _handled(self, invocation: Invocation, host: RuntimeHost) -> BufferedResponse | None:
        """The answer in one piece; None where it was a stream, which has been sent."""
        response = await self.runtime.app._handle(invocation)
        if isinstance(response, BufferedResponse):
            return response
        await on_loop(invocation)
        # Streams need a loop, and the sender is of it.
        from ._sender import send

        await send(self, response, host)
        return None

    async def _respond(self, response: BufferedResponse, invocation: Invocation, host: RuntimeHost) -> None:
        app, conversation = self.runtime.app, self.conversation
        if invocation.source.http is not None and host.streams(invocation):
            from .._answered import sent_whole

            opening, body = sent_whole(app, response)
            pieces = [*conversation.begin_stream("", opening), *conversation.chunk(body), conversation.end_stream()]
            await self._post(b"".join(pieces), host.received)
            return
        try:
            value = app._wire(response)
            payload = dump_bytes(value) if invocation.source.http is None else dump_plain(value)
        except Exception as error:
            await self._failed(error, host.received)
            return
        await self._post(conversation.respond(payload), host.received)

    async def _failed(self, error: BaseException, received: Received) -> None:
        """Tell that an invocation failed, in the log and to Lambda."""
        from .._trace import log_error
        from ._diagnostics import Diagnosis

        if isinstance(error, HandlerStoppedError) and error.__cause__ is not None:
            error = error.__cause__
        elif isinstance(error, TerminatedError):
            error = ShutdownError().with_traceback(error.__traceback__)
        log_error(f"invocation {received.request_id} failed", error)
        diagnosis = Diagnosis(error)
        request = self.conversation.fail(diagnosis.document, diagnosis.kind, diagnosis.cause())
        await self._post(request, received)

    async def _post(self, request: bytes, received: Received) -> None:
        """Send an answer. If it is not taken there is nothing left to do for its invocation but to say so."""
        try:
            reply = await self.connection.exchange(request, patience=self.patience(received))
        except RuntimeApiError as error:
            self.conversation.dropped()
            logger().error("the answer of invocation %s was lost: %s", received.request_id, error)
            return
        verdict = self.conversation.answered(reply)
        if not verdict.is_accepted:
            logger().error(
                "the answer of invocation %s was refused with %d: %s", received.request_id, verdict.status, verdict.why
            )

    def patience(self, received: Received) -> float:
        """Seconds to wait until an answer is accepted."""
        deadline = received.deadline_ms
        return max(self.runtime.patience, 0.0 if deadline is None else min(deadline / 1000 - time.time(), 900.0))

    async def _finish(self, invocation: Invocation, host: RuntimeHost, context: Context) -> None:
        """Background work and hooks, after the answer and before the next invocation."""
        invocation.by_hand = True
        try:
            await self.runtime.driver.run(self.runtime.app._finish(invocation), context, host)
        except BaseException as error:
            from .._trace import log_error

            log_error(f"what was left of invocation {host.received.request_id} failed", error)
            _keep_fatal(error, host)


def _keep_fatal(error: BaseException, host: RuntimeHost) -> None:
    """Let what means to end the process do so."""
    if isinstance(error, ENDING):
        host.fatal = host.fatal or error


def _set_trace(trace_id: Any) -> None:
    """Where X-Ray's SDK looks for the trace of the invocation, of which there is one at a time."""
    if trace_id is not None:
        os.environ[TRACE_VARIABLE] = trace_id
    else:
        os.environ.pop(TRACE_VARIABLE, None)
