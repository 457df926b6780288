"""Before and after the move: the same events, the same answers."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from eventrouter import LambdaContext, NoRouteError
from eventrouter.testing import TestClient, check_app
from samples.migrate_from_powertools import after, before

FOLDER = Path(after.__file__).parent
EVENTS = sorted((FOLDER / "events").glob("*.json"))


class Answers:
    """What both functions answer to an event, each with an order in its shop, and what they leave behind."""

    def __init__(self, event: Any) -> None:
        for module in (before, after):
            module.ORDERS.clear()
            module.UPLOADS.clear()
        before.ORDERS[1] = before.Order(id=1, total=9.5)
        after.ORDERS[1] = after.Order(id=1, total=9.5)
        context: Any = LambdaContext("request-1", function_name="orders")

        self.was = before.lambda_handler(event, context)
        self.now = TestClient(after.app, raise_exceptions=False).send(event, context=context).response


@pytest.fixture(params=EVENTS, ids=[path.stem for path in EVENTS])
def answers(request: pytest.FixtureRequest) -> Answers:
    return Answers(json.loads(request.param.read_text()))


def named(name: str) -> Answers:
    return Answers(json.loads((FOLDER / "events" / f"{name}.json").read_text()))


def outcome(answer: Any) -> Any:
    """An answer without what is said to differ: how the headers of an HTTP answer are spelt, and the body of an error."""
    if isinstance(answer, dict) and "statusCode" in answer:
        status = answer["statusCode"]
        return status, json.loads(answer["body"]) if status < 400 else None
    return answer


def test_nothing_is_wrong_with_it() -> None:
    assert check_app(after.app) == []


def test_both_answer_alike(answers: Answers) -> None:
    assert outcome(answers.now) == outcome(answers.was)


def test_both_do_the_same(answers: Answers) -> None:
    assert [order.model_dump() for order in after.ORDERS.values()] == [
        order.model_dump() for order in before.ORDERS.values()
    ]
    assert after.UPLOADS == before.UPLOADS


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("read-order", (200, {"id": 1, "total": 9.5})),
        ("read-missing-order", (404, None)),
        (
            "orders-sqs",
            {
                "batchItemFailures": [
                    {"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-000000000002"},
                    {"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-000000000003"},
                ]
            },
        ),
        ("refunds-sqs", {"batchItemFailures": [{"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-000000000002"}]}),
        ("order-placed", "order 7"),
        ("upload-s3", None),
    ],
)
def test_the_answers_are_those_one_would_expect(name: str, answer: object) -> None:
    assert outcome(named(name).now) == answer


def test_the_error_bodies_differ_as_the_readme_says() -> None:
    answers = named("read-missing-order")

    assert json.loads(answers.was["body"]) == {"statusCode": 404, "message": "no order 99"}
    assert json.loads(answers.now["body"]) == {"detail": "no order 99"}


def test_an_event_that_nobody_takes_is_an_error_before_and_after() -> None:
    event = {"source": "shop.billing", "detail-type": "Paid", "detail": {}}
    context: Any = LambdaContext("request-1", function_name="orders")

    with pytest.raises(ValueError, match="nobody takes this event"):
        before.lambda_handler(event, context)
    with pytest.raises(NoRouteError):
        TestClient(after.app).send(event)


def functions(path: Path) -> dict[str, tuple[str, str]]:
    """Of each function in a file: its parameters with their annotations, and its body."""
    return {
        node.name: (ast.unparse(node.args), "\n".join(map(ast.unparse, node.body)))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def test_no_handler_and_no_annotation_has_changed() -> None:
    was, now = functions(FOLDER / "before.py"), functions(FOLDER / "after.py")

    assert now == {name: function for name, function in was.items() if name != "lambda_handler"}
