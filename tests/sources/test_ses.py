"""SES: routed by the recipients that a rule matched; a synchronous rule is told what follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.ses import SesReceipt, SesRecordModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NameResolutionError, ReplyError
from eventrouter.models.ses import SesEvent, SesRecord
from eventrouter.source import Outcome, Pattern
from eventrouter.sources.ses import SOURCE, detect, idempotency_key, keys, mail, recipients, records, reply

EVENTS = Path(__file__).parent / "events"


class Decision(BaseModel):
    disposition: str


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"ses{variant}.json").read_text())


def answer(variant: str, result: object) -> Any:
    given = event(variant)
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), results, {}))


def accepts(pattern: Pattern, variant: str = "") -> bool:
    return all(test(records(event(variant))[0]) for _, test in pattern.tests)


@pytest.mark.parametrize("variant", ["", "-synchronous"])
def test_a_mail_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize("value", [None, [], {}, {"Records": []}, {"Records": [{"eventSource": "aws:s3"}]}], ids=repr)
def test_other_records_are_not_claimed(value: object) -> None:
    assert not detect(value)


@pytest.mark.parametrize(
    "recipient",
    ["Orders@shop.example", "orders@shop.example", "support@shop.example", "*@shop.example", "support@*"],
)
def test_any_of_the_recipients_takes_the_mail(recipient: str) -> None:
    assert accepts(mail(recipient))


def test_a_mail_for_somebody_else_is_not_taken() -> None:
    assert not accepts(mail("sales@shop.example"))
    assert not accepts(mail("ORDERS@shop.example"))


def test_sender_and_subject_can_be_asked_for() -> None:
    assert accepts(mail(sender="nora@customer.example", subject="Order *"))
    assert not accepts(mail(sender="*@other.example"))
    assert not accepts(mail(subject="Order *"), "-synchronous")


def test_all_conditions_have_to_hold() -> None:
    assert not accepts(mail("orders@shop.example", subject="Refund"))
    assert accepts(mail())


def test_a_recipient_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = mail("orders@${MAIL_DOMAIN}")

    with pytest.raises(NameResolutionError, match="MAIL_DOMAIN"):
        accepts(pattern)
    monkeypatch.setenv("MAIL_DOMAIN", "shop.example")

    assert accepts(pattern)


def test_equal_conditions_have_equal_words() -> None:
    assert [words for words, _ in mail("a@b").tests] == [words for words, _ in mail("a@b").tests] == ["recipient='a@b'"]


def test_keys_never_fail() -> None:
    assert keys(records(event())[0]) == {"recipient": "Orders@shop.example"}
    assert keys({}) == {"recipient": ""}
    assert recipients({"ses": {"receipt": {"recipients": [None, "A@b"]}}}) == ["A@b", "a@b"]


def test_a_synchronous_rule_goes_on_after_success() -> None:
    assert answer("-synchronous", None) == {"disposition": "CONTINUE"}


@pytest.mark.parametrize("disposition", ["CONTINUE", "STOP_RULE", "STOP_RULE_SET"])
def test_a_handler_says_what_follows(disposition: str) -> None:
    expected = {"disposition": disposition}

    assert answer("-synchronous", disposition) == expected
    assert answer("-synchronous", {"disposition": disposition}) == expected
    assert answer("-synchronous", Decision(disposition=disposition)) == expected


@pytest.mark.parametrize(
    "value", ["stop_rule", "canary", {}, {"disposition": None}, {"disposition": ["STOP_RULE"]}, True, 0]
)
def test_anything_else_is_an_error_without_its_text(value: object) -> None:
    with pytest.raises(ReplyError, match="a receipt rule of SES cannot be answered with") as caught:
        answer("-synchronous", value)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("variant", ["", "-synchronous"])
def test_a_failure_is_raised_and_never_read_as_continue(variant: str) -> None:
    given = event(variant)

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, {0: LookupError()}))


def test_nobody_waits_for_the_answer_of_an_asynchronous_rule(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_log, "_said", set())

    assert answer("", None) is None
    assert not caplog.records
    assert answer("", "STOP_RULE") is None
    assert "invocation type" in caplog.text


def test_a_mail_that_comes_again_keeps_its_id() -> None:
    assert idempotency_key(records(event())[0]) == "k3x9aa7be1q5t0o2p8r4s6u1v"
    assert idempotency_key({}) is None


def test_an_unrouted_mail_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(records(event())[0])) == '@app.ses("Orders@shop.example")'


@pytest.mark.parametrize("variant", ["", "-synchronous"])
def test_a_mail_is_typed_and_one_of_powertools(variant: str) -> None:
    model = SesRecord.model_validate(records(event(variant))[0])

    assert isinstance(model, SesRecordModel)
    assert isinstance(model.ses.receipt, SesReceipt)
    assert model.ses.mail.commonHeaders.header_from == ["Nora <Nora@customer.example>"]
    assert model.ses.receipt.action.invocationType == ("Event" if not variant else "RequestResponse")
    assert TypeAdapter[Any](SesEvent).validate_python(event(variant)).Records[0] == model


@pytest.mark.parametrize("value", [None, [], {}, {"Records": [{"eventSource": "aws:ses", "ses": {}}]}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](SesEvent).validate_python(value)
