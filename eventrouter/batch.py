"""What a handler of whole batches, of windows or with work for afterwards is given."""

from __future__ import annotations

import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Generic, TypeVar, overload

    from .types import JsonObject, Record

    T = TypeVar("T")
    S = TypeVar("S")


class _Item:
    """One record of a :class:`Batch`."""

    __slots__ = ("_make_record", "_record", "error", "payload", "raw")
    __class_getitem__: Any = classmethod(types.GenericAlias)

    def __init__(self, payload: Any, raw: Record, make_record: Callable[[Record], object]) -> None:
        self.payload = payload
        #: The record as delivered.
        self.raw = raw
        #: What :meth:`fail` was given; None while the item counts as handled.
        self.error: BaseException | None = None
        self._make_record = make_record
        self._record: Any = None

    @property
    def record(self) -> Any:
        """The record in the source's typed model (``SqsRecord``, ...)."""
        if self._record is None:
            self._record = self._make_record(self.raw)
        return self._record

    def fail(self, error: BaseException | str) -> None:
        """Count this record as failed; the others are not touched.

        Raises:
            TypeError: *error* is neither an exception nor text, so that nobody could tell why it failed.
        """
        given: object = RuntimeError(error) if isinstance(error, str) else error
        if not isinstance(given, BaseException):
            raise TypeError(f"item.fail() takes an exception or a text, not a {type(error).__name__}")
        self.error = given

    def __repr__(self) -> str:
        return "<Item>" if self.error is None else "<Item failed>"


if TYPE_CHECKING:

    class Item(_Item, Generic[T]):
        payload: T

    class Batch(Sequence[Item[T]], Generic[T]):
        """The records of one route, as items with ``.payload``, ``.record`` and ``.fail(error)``."""

        def __init__(self, items: Sequence[Item[T]]) -> None: ...
        @overload
        def __getitem__(self, index: int) -> Item[T]: ...
        @overload
        def __getitem__(self, index: slice) -> Sequence[Item[T]]: ...
        def __getitem__(self, index: int | slice) -> Any: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[Item[T]]: ...

    class Window(Generic[S]):
        """A tumbling window: what earlier batches made of it, and whether this call is the last."""

        state: S
        final: bool
        early: bool
        start: str
        end: str
        shard: str
        arn: str
        event: JsonObject

        def __init__(self, state: Any, event: JsonObject) -> None: ...

else:
    Item = _Item

    class Batch:
        """The records of one route, as items with ``.payload``, ``.record`` and ``.fail(error)``.

        Records that did not validate have failed already and are not in it. On ordered sources a batch is a run of
        neighbours, never a regrouped list.
        """

        __slots__ = ("_items",)
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, items):
            self._items = list(items)

        def __getitem__(self, index):
            return self._items[index]

        def __len__(self):
            return len(self._items)

        def __iter__(self):
            return iter(self._items)

        def __contains__(self, item):
            return item in self._items

        def __reversed__(self):
            return reversed(self._items)

        def __repr__(self):
            return f"<Batch of {len(self._items)}>"

    class Window:
        """A tumbling window: what earlier batches made of it, and whether this call is the last.

        Attributes:
            state: What the handler returned last, validated as ``S``; for the first record of a window an ``S`` made of
                nothing (``S()``), or None where that is not possible.
            final: The last call of this window: its return value is the result.
            early: The window ends before its time, because its state grew too large.
            start, end: The window's bounds, as AWS writes them.
            shard: The shard's id.
            arn: The stream's ARN.

        Reference:
            https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
        """

        __slots__ = ("arn", "early", "end", "event", "final", "shard", "start", "state")
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, state, event):
            bounds = event.get("window") or {}
            self.state = state
            self.final = event.get("isFinalInvokeForWindow") is True
            self.early = event.get("isWindowTerminatedEarly") is True
            self.start = bounds.get("start", "")
            self.end = bounds.get("end", "")
            self.shard = event.get("shardId", "")
            self.arn = event.get("eventSourceARN", "")
            self.event = event


class _Final:
    """Stands for the record of a window's last call: its payload is None."""

    __slots__ = ()


FINAL = _Final()


class BackgroundTasks:
    """Work to do after the handler, in the same call: it is done before the trigger is told of success.

    For a record the work is part of it: if it fails, the record fails.
    """

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]] = []

    def add_task(self, function: Callable[..., object], *arguments: object, **keywords: object) -> None:
        """Call ``function(*arguments, **keywords)`` afterwards; it may be async."""
        self._tasks.append((function, arguments, keywords))

    def drain(self) -> list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]]:
        """The tasks that are still to do; they are given out once."""
        tasks, self._tasks = self._tasks, []
        return tasks

    def __repr__(self) -> str:
        return f"<BackgroundTasks {len(self._tasks)}>"
