"""The test kit: a client with a method for every trigger, factories of events, and what pytest needs.

from eventrouter.testing import TestClient, events

def test_a_bad_message_fails_alone():
    with TestClient(app) as client:
        batch = client.sqs("orders", Order(id=7), "not json")

        assert [record.route for record in batch.succeeded] == ["on_order"]
        assert batch.failed[0].error_type == "PayloadError"
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._received import Chunk as Chunk, Headers as Headers
    from . import events as events, strategies as strategies
    from ._batch_diff import assert_batch as assert_batch
    from ._clock import Clock as Clock
    from ._results import (
        BatchResult as BatchResult,
        EventResult as EventResult,
        HttpResult as HttpResult,
        RecordResult as RecordResult,
        Result as Result,
    )
    from .check import Finding as Finding, check_app as check_app
    from .client import AsyncTestClient as AsyncTestClient, TestClient as TestClient
    from .recorder import Recorder as Recorder

_WHERE = {
    "AsyncTestClient": "eventrouter.testing.client",
    "BatchResult": "eventrouter.testing._results",
    "Chunk": "eventrouter._received",
    "Clock": "eventrouter.testing._clock",
    "EventResult": "eventrouter.testing._results",
    "Finding": "eventrouter.testing.check",
    "Headers": "eventrouter._received",
    "HttpResult": "eventrouter.testing._results",
    "Recorder": "eventrouter.testing.recorder",
    "RecordResult": "eventrouter.testing._results",
    "Result": "eventrouter.testing._results",
    "TestClient": "eventrouter.testing.client",
    "assert_batch": "eventrouter.testing._batch_diff",
    "check_app": "eventrouter.testing.check",
    "events": "eventrouter.testing.events",
    "strategies": "eventrouter.testing.strategies",
}

__all__ = [
    "AsyncTestClient", "BatchResult", "Chunk", "Clock", "EventResult", "Finding", "Headers", "HttpResult",
    "RecordResult", "Recorder", "Result", "TestClient", "assert_batch", "check_app", "events", "strategies",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # When it is asked for: pytest loads this package for every project that has it installed.
    from importlib import import_module

    module = import_module(_WHERE[name])
    value = globals()[name] = module if name in ("events", "strategies") else getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
