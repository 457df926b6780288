"""One call of a handler: the values its dependencies made, what must be closed after it, and the work left for later.

A dependency's clean-up runs before the outcome of the call is settled, so a failed commit fails the record.
"""

from __future__ import annotations

from ._drive import on_loop
from ._signature import name_of
from ._stream import as_async, close
from .errors import DependencyError, RequestValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from typing import Any

    from .batch import BackgroundTasks
    from .context import Invocation
    from .routing import Route
    from .source import Extractor
    from .types import Record

#: Seconds after which a call looks again for what another one is making.
LOOK_AGAIN = 0.005

NOTHING_YIELDED = object()


class Scope:
    """What was opened together and is closed together, last first."""

    __slots__ = ("_open", "values")

    def __init__(self) -> None:
        self.values: dict[object, object] = {}
        self._open: list[tuple[Any, bool]] = []

    def opened(self, generator: Any, *, is_async: bool) -> None:
        self._open.append((generator, is_async))

    async def close(self, invocation: Invocation, error: BaseException | None) -> BaseException | None:
        """Run every clean-up, throwing *error* into each generator.

        Returns:
            What the call ends with: *error*, or what a clean-up raised in its place. A clean-up cannot turn a failure
            into a success.
        """
        while self._open:
            generator, is_async = self._open.pop()
            try:
                if is_async:
                    await on_loop(invocation)
                    await (generator.__anext__() if error is None else generator.athrow(error))
                elif error is None:
                    next(generator)
                else:
                    generator.throw(error)
                error = DependencyError(f"{_named(generator)} yielded twice: a dependency yields exactly once")
                await _abandon(generator, is_async)
            except (StopIteration, StopAsyncIteration):
                continue
            except BaseException as raised:
                error = raised
        self.values.clear()
        return error

    def __bool__(self) -> bool:
        return bool(self._open)


async def _abandon(generator: Any, is_async: bool) -> None:
    if is_async:
        await generator.aclose()
    else:
        generator.close()


def _named(generator: Any) -> str:
    return getattr(generator, "__qualname__", "a dependency")


class Call:
    """One call of a handler, as route middleware sees it: the request, record or batch it is for.

    Attributes:
        invocation: The event this call is part of.
        record: The raw record; for HTTP the ``Request``; for a batch handler the list of raw records.
        route: The name of the route.
    """

    __slots__ = ("error", "invocation", "record", "route", "scope", "tasks")

    def __init__(self, invocation: Invocation, record: Record, route: str) -> None:
        self.invocation = invocation
        self.record = record
        self.route = route
        self.scope = Scope()
        self.tasks: BackgroundTasks | None = None
        #: What the handler raised, so that a layer that swallows it cannot turn it into a success.
        self.error: BaseException | None = None

    def background(self) -> BackgroundTasks:
        if self.tasks is None:
            from .batch import BackgroundTasks

            self.tasks = BackgroundTasks()
        return self.tasks


class Dependency:
    """A ``Depends`` of a route, compiled: its function, where its value lives, and what it needs itself."""

    __slots__ = ("arguments", "compile", "function", "kind", "needs", "scope", "substitutes")

    def __init__(
        self,
        function: Callable[..., object],
        scope: str,
        kind: str,
        arguments: Sequence[tuple[str, Extractor]],
        needs: Sequence[tuple[str, Dependency]],
        compile: Callable[[Callable[..., object], str], Dependency],
    ) -> None:
        self.function = function
        self.scope = scope
        self.kind = kind
        self.arguments = arguments
        self.needs = needs
        #: Compiles another function in this one's place, for ``dependency_overrides``.
        self.compile = compile
        self.substitutes: dict[Callable[..., object], Dependency] = {}

    def substitute(self, function: Callable[..., object]) -> Dependency:
        if function not in self.substitutes:
            self.substitutes[function] = self.compile(function, self.scope)
        return self.substitutes[function]


class Scopes:
    """Where dependencies live that outlive a call; the app has one."""

    __slots__ = ("app", "overrides")

    def __init__(self) -> None:
        self.app = Scope()
        self.overrides: dict[Callable[..., object], Callable[..., object]] = {}

    def of(self, dependency: Dependency, call: Call) -> Scope:
        if dependency.scope == "call":
            return call.scope
        if dependency.scope == "app":
            return self.app
        if call.invocation.cleanups is None:
            call.invocation.cleanups = Scope()
        return call.invocation.cleanups  # type: ignore[return-value]

    async def value(self, dependency: Dependency, call: Call) -> object:
        """The value of *dependency* for *call*, made at most once per scope."""
        wanted = dependency
        if self.overrides and (substitute := self.overrides.get(dependency.function)) is not None:
            wanted = dependency.substitute(substitute)
        scope = self.of(dependency, call)
        while dependency.function in scope.values:
            found = scope.values[dependency.function]
            if not isinstance(found, Opening):
                return found
            if found.call is call:
                # Registration refuses a circle; an override can close one.
                raise DependencyError(f"{name_of(dependency.function)} needs itself, through an override")
            await found.wait(call.invocation)
        opening = scope.values[dependency.function] = Opening(call)
        try:
            made = await self._make(wanted, call, scope)
        except BaseException:
            del scope.values[dependency.function]
            raise
        finally:
            opening.done()
        scope.values[dependency.function] = made
        return made

    async def _make(self, dependency: Dependency, call: Call, scope: Scope) -> object:
        keywords = await self.arguments(dependency.arguments, dependency.needs, call)
        if dependency.scope == "app" and dependency.kind.startswith("async"):
            await on_loop(call.invocation)
            from ._kept import outlives_invocation

            token = outlives_invocation.set(True)
            try:
                return await self._call(dependency, keywords, call, scope)
            finally:
                outlives_invocation.reset(token)
        return await self._call(dependency, keywords, call, scope)

    async def _call(self, dependency: Dependency, keywords: dict[str, object], call: Call, scope: Scope) -> object:
        host = call.invocation.host
        threads = None if host is None else host.threads
        if threads is not None and dependency.kind == "sync":
            made: Any = await threads.call(call.invocation, dependency.function, **keywords)
        else:
            made = dependency.function(**keywords)
        if dependency.kind == "generator":
            if threads is not None:
                value = await threads.call(call.invocation, next, made, NOTHING_YIELDED)
            else:
                value = next(made, NOTHING_YIELDED)
            if value is NOTHING_YIELDED:
                raise DependencyError(f"{_named(made)} yielded nothing: a dependency yields exactly once")
            scope.opened(made, is_async=False)
            return value
        if dependency.kind == "async generator":
            await on_loop(call.invocation)
            try:
                value = await made.__anext__()
            except StopAsyncIteration:
                raise DependencyError(f"{_named(made)} yielded nothing: a dependency yields exactly once") from None
            scope.opened(made, is_async=True)
            return value
        if hasattr(made, "__await__"):
            await on_loop(call.invocation, made)
            return await made
        return made

    async def arguments(
        self, plain: Sequence[tuple[str, Extractor]], needs: Sequence[tuple[str, Dependency]], call: Call
    ) -> dict[str, object]:
        """Every argument of a function: extracted values, and what its dependencies make."""
        keywords = bind(plain, call.invocation, call.record, call)
        for name, dependency in needs:
            keywords[name] = await self.value(dependency, call)
        return keywords


class Opening:
    """A value that another call is making just now; only calls that run side by side meet one."""

    __slots__ = ("_is_done", "call")

    def __init__(self, call: Call | None = None) -> None:
        self.call = call
        self._is_done = False

    async def wait(self, invocation: Invocation) -> None:
        await on_loop(invocation)
        from anyio import sleep

        # Asked again and again, since whoever makes it may be in another thread, which cannot wake this one's loop.
        while not self._is_done:  # noqa: ASYNC110 - its Event is of one loop
            await sleep(LOOK_AGAIN)

    def done(self) -> None:
        self._is_done = True


def bind(
    plain: Sequence[tuple[str, Extractor]], invocation: Invocation, record: Record, call: Call | None = None
) -> dict[str, object]:
    """Extract arguments; all that is wrong with a request is told at once, not the first fault alone.

    Raises:
        RequestValidationError, PayloadError: One or several values do not validate.
    """
    keywords: dict[str, object] = {}
    problems: list[Any] = []
    for name, extract in plain:
        try:
            keywords[name] = extract(invocation, call if extract is background else record)
        except RequestValidationError as error:
            # A body that is no form is wrong for every field of it, and told once.
            problems += [problem for problem in error.errors if problem not in problems]
    if problems:
        raise RequestValidationError(problems)
    return keywords


def background(invocation: Invocation, call: Any) -> object:
    """Extracts ``BackgroundTasks``: the one argument that belongs to the call and not to its record."""
    return call.background()


async def called(invocation: Invocation, route: Route, argument: Any) -> Any:
    """What the handler of *route* returns for a record, or for whatever else it is called with."""
    host = invocation.host
    if host is not None and host.threads is not None and not (route.is_ours or route.plan.waits):
        result: Any = await host.threads.call(invocation, route.call, invocation, argument)
    else:
        result = route.call(invocation, argument)
    if hasattr(result, "__await__"):
        if not route.is_ours:
            await on_loop(invocation, result)
        result = await result
    return result


async def finish(call: Call, error: BaseException | None) -> None:
    """Do the call's background work if it succeeded, then close what it opened; raise what it ends with."""
    if error is None and call.tasks is not None:
        try:
            await run_tasks(call.tasks, call.invocation)
        except BaseException as raised:
            error = raised
    error = await call.scope.close(call.invocation, error)
    if error is not None:
        raise error


async def run_tasks(tasks: BackgroundTasks, invocation: Invocation) -> None:
    """Do background work in the order it was added; all of it, even after one piece failed."""
    failed: BaseException | None = None
    for function, arguments, keywords in tasks.drain():
        try:
            result: Any = function(*arguments, **keywords)
            if hasattr(result, "__await__"):
                await on_loop(invocation, result)
                await result
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed


class Closing:
    """Iterates *stream*, and closes what the call opened after its last item, or however it ends; unread, too."""

    __slots__ = ("_call", "_is_over", "_items", "_stream")

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        #: None until it is read: a generator around it that was never begun would not close it.
        self._items: AsyncIterator[Any] | None = None
        self._call = call
        self._is_over = False

    def __aiter__(self) -> Closing:
        return self

    async def __anext__(self) -> Any:
        if self._items is None:
            self._items = as_async(self._stream, self._call.invocation)
        try:
            return await self._items.__anext__()
        except StopAsyncIteration:
            await self._end(None)
            raise
        except BaseException as error:
            await self._end(error)
            raise

    async def aclose(self) -> None:
        try:
            if self._items is None:
                await close(self._stream, self._call.invocation)
            else:
                await self._items.aclose()  # type: ignore[attr-defined]
        finally:
            # As a generator's own: it was given up.
            await self._end(GeneratorExit())

    async def _end(self, error: BaseException | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        ended = await self._call.scope.close(self._call.invocation, error)
        if ended is not None and ended is not error:
            raise ended
