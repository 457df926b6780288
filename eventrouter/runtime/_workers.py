"""Several invocations at once: pollers in one process where the handlers are made for it, else a process for each.

AWS promises Python functions that invocations at the same time never share a process. So an app is run in processes of its
own unless all its handlers are async, or it says ``thread_safe=True``. Each process imports the app by itself: what is
imported before a fork, a connection above all, would be shared by all that come from it.

Reference:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-python-runtime.html
"""

from __future__ import annotations

import os
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import NoReturn, TypeAlias

    from ._protocol import Address

    _Work: TypeAlias = Callable[[], int]

#: What the first process tells the one that watches: it handles all invocations, or needs others beside it.
_ALL, _OTHERS = b"a", b"o"

#: A socket that every process of the function connects its output to; there is no other way to its log.
LOG_SOCKET_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"


def serve_many(
    name: str, address: Address, environment: Mapping[str, str], concurrency: int, *, backend: str = "asyncio"
) -> int:
    """Run the app that *name* names with as many invocations at once as *concurrency* says.

    Returns:
        The exit code.
    """
    hears, tells = os.pipe()
    watch = _Watch()
    watch.start(lambda: _first(name, address, environment, concurrency, backend, tells))
    os.close(tells)
    said = os.read(hears, 1)
    os.close(hears)
    if said == _OTHERS:
        for _ in range(concurrency - 1):
            watch.start(lambda: _other(name, address, environment, backend))
    return watch.until_the_end()


def _first(
    name: str, address: Address, environment: Mapping[str, str], concurrency: int, backend: str, tells: int
) -> int:
    """The process that finds out what the app is, and handles all invocations or is the first of several."""
    from ._runtime import loaded, serve_app
    from ._survey import is_async

    _connect_output(environment)
    app = loaded(name, address)
    if app is None:
        return 1
    is_shared = app._settings.thread_safe or is_async(app)
    os.write(tells, _ALL if is_shared else _OTHERS)
    os.close(tells)
    return serve_app(
        app, address, environment, backend=backend, pollers=concurrency if is_shared else 1, is_worker=True
    )


def _other(name: str, address: Address, environment: Mapping[str, str], backend: str) -> int:
    from ._runtime import loaded, serve_app

    _connect_output(environment)
    app = loaded(name, address)
    # The extension is the function's, and registered by the first.
    return (
        1 if app is None else serve_app(app, address, environment, backend=backend, has_extension=False, is_worker=True)
    )


class _Watch:
    """The process that Lambda knows: it starts the others, hands signals on, and ends when one of them does."""

    def __init__(self) -> None:
        self._running: set[int] = set()
        self._is_ending = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hand_on)

    def start(self, work: _Work) -> None:
        """Start a process for *work*."""
        sys.stdout.flush()
        sys.stderr.flush()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        self._running.add(os.fork() or _end_after(work, blocked))
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def until_the_end(self) -> int:
        """Wait until all have ended; one that ends by itself takes the others with it, each after its invocation.

        Returns:
            The exit code: 0 only if the process was told to end.
        """
        exit_code = 0
        while self._running:
            pid, status = os.wait()
            self._running.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            exit_code = exit_code or (code if code >= 0 else 128 - code)
            if not self._is_ending:
                how = f"exit code {code}" if code >= 0 else f"signal {-code}"
                print(f"eventrouter: a worker process ended with {how}: the function is started anew", file=sys.stderr)  # noqa: T201 - logging is the workers'
                exit_code = exit_code or 1
                self._hand_on(signal.SIGTERM, None)
        return exit_code

    def _hand_on(self, number: int, frame: FrameType | None) -> None:
        self._is_ending = True
        for pid in self._running:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass  # a signal to the whole group has ended it already, and it is about to be struck off


def _end_after(work: _Work, mask: set[signal.Signals | int]) -> NoReturn:
    """Do *work* in a process that was just forked, and end it without what its parent had planned for its own end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    code = 1
    try:
        code = work()
    except BaseException as error:
        from .._trace import log_error

        log_error("a worker process failed", error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _connect_output(environment: Mapping[str, str]) -> None:
    """Connect this process's output to the function's log, where that is a socket."""
    path = environment.get(LOG_SOCKET_VARIABLE)
    if path:
        for stream in (sys.stdout, sys.stderr):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connected:
                connected.connect(path)
                os.dup2(connected.fileno(), stream.fileno())
