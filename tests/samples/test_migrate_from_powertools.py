"""Before and after the move: the same events, the same answers."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from eventrouter import LambdaContext

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from samples.migrate_from_powertools import after, before

EVENTS = sorted((Path(after.__file__).parent / "events").glob("*.json"))


def answers(event: Any) -> tuple[Any, Any]:
    """What the function said before, and what it says now."""
    for module in (before, after):
        module.ORDERS.clear()
        module.UPLOADS.clear()
    before.ORDERS[1] = before.Order(id=1, total=9.5)
    after.ORDERS[1] = after.Order(id=1, total=9.5)
    context: Any = LambdaContext("request-1", function_name="orders")
    return before.lambda_handler(event, context), after.app(event, context)


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_both_do_the_same(path: Path) -> None:
    was, now = answers(json.loads(path.read_text()))

    if isinstance(was, dict) and "statusCode" in was:
        assert now["statusCode"] == was["statusCode"]
        assert was["statusCode"] >= 400 or now["body"] == was["body"]
    else:
        assert now == was
    assert {key: order.model_dump() for key, order in after.ORDERS.items()} == {
        key: order.model_dump() for key, order in before.ORDERS.items()
    }
    assert after.UPLOADS == before.UPLOADS
