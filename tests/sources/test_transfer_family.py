"""AWS Transfer Family: logins and workflow steps."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.transfer_family import TransferFamilyAuthorizer
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.answers import Allow, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError, ReplyError
from eventrouter.models.transfer_family import (
    AnyTransferFamilyEvent,
    TransferFamilyAuthorizerEvent,
    TransferFamilyWorkflowEvent,
)
from eventrouter.source import Outcome
from eventrouter.sources.transfer_family import SOURCE, detect, idempotency_key, keys, reply, transfer

EVENTS = Path(__file__).parent / "events"
LOGINS = ["", "-public-key"]
STEPS = ["-workflow", "-workflow-efs"]
ROLE = {"Role": "arn:aws:iam::210987654321:role/depot", "HomeDirectory": "/depot-inbox"}


class Access(BaseModel):
    Role: str | None = None
    HomeDirectory: str | None = None
    PublicKeys: list[str] | None = None


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"transfer_family{variant}.json").read_text())


def answer(result: object, variant: str = "", error: BaseException | None = None) -> Any:
    record = event(variant)
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {0: error} if error else {}))


@pytest.mark.parametrize("variant", [*LOGINS, *STEPS])
def test_both_contracts_are_told(variant: str) -> None:
    assert sniff(event(variant)).name == "transfer_family"


@pytest.mark.parametrize(
    ("variant", "missing"),
    [("", key) for key in ("username", "protocol", "serverId", "sourceIp")]
    + [("-workflow", key) for key in ("serviceMetadata", "fileLocation")],
)
def test_half_an_event_is_not_claimed(variant: str, missing: str) -> None:
    half = event(variant)
    half[missing] = None

    assert not detect(half)
    assert not detect([event(variant)])


def test_a_login_offers_no_user_name() -> None:
    assert keys(event()) == {
        "contract": "identity_provider",
        "server": "s-0c1d2e3f4a5b6c7d8",
        "protocol": "FTPS",
        "workflow": "",
    }


def test_a_step_offers_its_workflow() -> None:
    assert keys(event("-workflow-efs")) == {
        "contract": "workflow_step",
        "server": "s-0c1d2e3f4a5b6c7d8",
        "protocol": "",
        "workflow": "w-0f9e8d7c6b5a40312",
    }
    assert keys({}) == {"contract": "workflow_step", "server": "", "protocol": "", "workflow": ""}


@pytest.mark.parametrize("variant", LOGINS)
def test_a_role_lets_the_user_in(variant: str) -> None:
    assert answer(ROLE, variant) == ROLE
    assert answer(Access(Role=ROLE["Role"], PublicKeys=["ssh-ed25519 AAAA"]), variant) == {
        "Role": ROLE["Role"],
        "PublicKeys": ["ssh-ed25519 AAAA"],
    }


@pytest.mark.parametrize("value", [{}, Deny(), False], ids=repr)
def test_a_refusal_is_an_empty_answer(value: object) -> None:
    assert answer(value) == {}


@pytest.mark.parametrize(
    "value", [None, True, 1, "arn:aws:iam::210987654321:role/depot", [ROLE], Allow(resources="all")], ids=repr
)
def test_nothing_is_allowed_or_refused_by_accident(value: object) -> None:
    with pytest.raises(ReplyError, match="login cannot be answered with"):
        answer(value)


@pytest.mark.parametrize(
    "value", [{"HomeDirectory": "/"}, {"Role": ""}, {"Role": None}, {"Role": "depot"}, Access()], ids=repr
)
def test_an_answer_without_a_role_is_an_error(value: object) -> None:
    with pytest.raises(ReplyError, match="the ARN of a Role"):
        answer(value)


@pytest.mark.parametrize("public_keys", ["ssh-ed25519 AAAA", [1], {}])
def test_public_keys_are_a_list(public_keys: object) -> None:
    with pytest.raises(ReplyError, match="PublicKeys"):
        answer({**ROLE, "PublicKeys": public_keys}, "-public-key")


def test_what_transfer_family_wants_as_json_text_is_written_as_text() -> None:
    details, policy = [{"Entry": "/", "Target": "/depot-inbox"}], {"Version": "2012-10-17"}
    returned = {**ROLE, "HomeDirectoryDetails": details, "Policy": policy, "PosixProfile": {"Uid": 1, "Gid": 1}}

    sent = answer(returned)

    assert json.loads(sent["HomeDirectoryDetails"]) == details
    assert json.loads(sent["Policy"]) == policy
    assert sent["PosixProfile"] == {"Uid": 1, "Gid": 1}
    assert returned["HomeDirectoryDetails"] is details
    assert answer({**ROLE, "Policy": "{}"})["Policy"] == "{}"


def test_no_message_holds_the_password() -> None:
    with pytest.raises(ReplyError) as caught:
        answer([event()["password"]])

    assert event()["password"] not in str(caught.value)


@pytest.mark.parametrize("variant", [*LOGINS, *STEPS])
def test_a_failure_raises_what_the_handler_raised(variant: str) -> None:
    broken = OSError("the directory is away")

    with pytest.raises(OSError) as caught:
        answer(None, variant, error=broken)

    assert caught.value is broken


@pytest.mark.parametrize("variant", STEPS)
def test_a_step_is_not_answered(variant: str) -> None:
    assert answer(None, variant) is None


def test_a_value_that_nobody_reads_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    _log._said.discard("transfer_family")

    with caplog.at_level(logging.WARNING, "eventrouter"):
        assert answer({"Status": "SUCCESS"}, "-workflow") is None
        assert answer({"Status": "SUCCESS"}, "-workflow") is None

    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "a handler of a workflow step returned a dict, which Transfer Family never reads: the workflow goes on when "
        "SendWorkflowStepState is called"
    )


def test_a_step_is_the_same_when_it_is_delivered_again() -> None:
    assert idempotency_key(event("-workflow")) == "3f0c2b1a-7d6e-4c58-a9b0-5e4d3c2b1a09/NmE4ZjItd29ya2Zsb3ctc3RlcA=="
    assert idempotency_key({**event("-workflow"), "token": None}) is None
    assert idempotency_key(event()) is None


@pytest.mark.parametrize(
    ("pattern", "complete"),
    [
        (transfer("identity_provider"), False),
        (transfer("workflow_step"), True),
        (transfer("workflow_step", complete=False), False),
    ],
)
def test_only_a_workflow_step_has_to_be_completed(pattern: Any, complete: bool) -> None:
    assert pattern.bind == {"complete": complete}


def test_a_route_names_what_it_wants() -> None:
    assert transfer("identity_provider", server="s-*", protocol="SFTP").names == (
        ("contract", "identity_provider"),
        ("server", "s-*"),
        ("protocol", "SFTP"),
    )
    assert transfer("workflow_step", workflow="w-1", complete=False).names == (
        ("contract", "workflow_step"),
        ("workflow", "w-1"),
    )


def test_a_contract_takes_its_own_names_only() -> None:
    with pytest.raises(RegistrationError, match='"identity_provider" or "workflow_step"'):
        transfer("authorizer")  # type: ignore[arg-type]
    with pytest.raises(RegistrationError, match="knows no protocol"):
        transfer("workflow_step", protocol="SFTP")
    with pytest.raises(RegistrationError, match="knows no workflow"):
        transfer("identity_provider", workflow="w-1")


def test_the_refusal_of_a_route_names_the_call() -> None:
    assert SOURCE.completion == "callback" and SOURCE.complete is None
    assert "SendWorkflowStepState" in SOURCE.offer


def test_the_decorator_to_paste_is_of_the_contract() -> None:
    assert SOURCE.paste is not None

    assert SOURCE.paste(keys(event())) == '@app.transfer_family("identity_provider")'
    assert SOURCE.paste(keys(event("-workflow"))) == '@app.transfer_family("workflow_step", complete=False)'


def test_a_login_is_powertools_own_model_and_shows_no_password() -> None:
    model = TransferFamilyAuthorizerEvent.model_validate(event())

    assert isinstance(model, TransferFamilyAuthorizer)
    assert (model.password, model.server_id, str(model.source_ip)) == (
        "correct horse battery",
        "s-0c1d2e3f4a5b6c7d8",
        "198.51.100.24",
    )
    assert "correct horse" not in repr(model)


def test_a_step_shows_no_token() -> None:
    model = TransferFamilyWorkflowEvent.model_validate(event("-workflow"))

    assert model.serviceMetadata.executionDetails.workflowId == "w-0f9e8d7c6b5a40312"
    assert model.fileLocation.key == "2025/02/04/stock list.csv"
    assert model.token is not None and model.token not in repr(model)


def test_one_type_takes_both() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyTransferFamilyEvent)

    assert type(adapter.validate_python(event())) is TransferFamilyAuthorizerEvent
    step = adapter.validate_python(event("-workflow"))
    assert type(step) is TransferFamilyWorkflowEvent
    assert adapter.validate_python(step) is step
    with pytest.raises(ValidationError):
        adapter.validate_python("a login")
