"""CodePipeline jobs: told apart by their user parameters, ended by an API call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.codepipeline_job import CodePipelineJobEvent
from eventrouter.source import Outcome, Pattern
from eventrouter.sources.codepipeline_job import SOURCE, action, detect, idempotency_key, keys, payload

EVENTS = Path(__file__).parent / "events"


class Deployment(BaseModel):
    stage: str
    canary: bool


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"codepipeline_job{variant}.json").read_text())


def accepts(pattern: Pattern, variant: str = "") -> bool:
    return all(test(event(variant)) for _, test in pattern.tests)


@pytest.mark.parametrize("variant", ["", "-continued"])
def test_a_job_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"CodePipeline.job": "x"}, {"CodePipeline.job": {"id": "1"}}, {"CodePipeline.job": {"data": {}}}],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_keys_never_fail() -> None:
    assert keys(event()) == {"function": "shop-deploy"}
    assert keys({}) == {"function": ""}


def test_the_payload_is_the_user_parameters() -> None:
    assert payload(event()) == '{"stage":"live","canary":true}'
    assert payload(event("-continued")) is None


def test_routes_match_the_user_parameters() -> None:
    assert accepts(action('*"stage":"live"*'))
    assert not accepts(action("live"))
    assert not accepts(action("live"), "-continued")
    assert accepts(action(), "-continued")
    assert action(where={"stage": ["live"]}).where == {"stage": ["live"]}


def test_a_returned_value_does_not_end_a_job() -> None:
    given = event()

    assert SOURCE.completion == "callback"
    assert SOURCE.complete is None
    assert "put_job_success_result" in SOURCE.offer
    assert SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], {}, {})) is None


def test_a_failure_is_raised() -> None:
    given = event()

    with pytest.raises(LookupError):
        SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], {}, {0: LookupError()}))


def test_a_continued_job_is_not_taken_for_a_duplicate() -> None:
    first, continued = idempotency_key(event()), idempotency_key(event("-continued"))

    assert first == "7a521b0a-7be1-4f2a-9d10-2c614a3c9d10"
    assert continued is not None
    assert continued.startswith(f"{first}/")
    assert "wait-3" not in continued
    assert idempotency_key({}) is None


def test_an_unrouted_job_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == "@app.codepipeline_job(complete=False)"


def test_a_job_is_typed_and_hides_its_credentials() -> None:
    model = CodePipelineJobEvent[Deployment].model_validate(event())

    assert model.job.data.actionConfiguration.configuration.UserParameters == Deployment(stage="live", canary=True)
    assert model.job.data.artifactCredentials is not None
    assert model.job.data.artifactCredentials.sessionToken == "not-a-real-session-token"
    assert "not-a-real" not in repr(model)


def test_a_continued_job_is_typed() -> None:
    model = TypeAdapter[Any](CodePipelineJobEvent).validate_python(event("-continued"))

    assert model.job.data.continuationToken == "wait-3"
    assert model.job.data.encryptionKey.type == "KMS"
    assert model.job.data.actionConfiguration.configuration.UserParameters is None
    assert "wait-3" not in repr(model)


@pytest.mark.parametrize("value", [None, [], {}, {"CodePipeline.job": {"id": "1", "data": {}}}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](CodePipelineJobEvent).validate_python(value)
