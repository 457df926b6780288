"""AWS Secrets Manager: a rotation calls the function four times, once per step, and goes on when it returns.

Event: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
Steps: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from ..errors import RegistrationError
from ..source import Pattern, Source
from ._batch import silence
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Literal, TypeAlias, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

    Step: TypeAlias = Literal["createSecret", "setSecret", "testSecret", "finishSecret"]

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
#: Secrets Manager ends each ARN with a hyphen and this many characters of its own.
SUFFIX = 6


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("ClientRequestToken")) is str
        and type(event.get("SecretId")) is str
        and type(event.get("Step")) is str
    )


def address(record: JsonObject) -> Hashable:
    return record.get("Step"), record.get("SecretId")


def keys(record: JsonObject) -> Mapping[str, str]:
    secret = text_at(record, "SecretId")
    return {"step": text_at(record, "Step"), "secret": _name(secret), "secret_arn": secret}


def _name(secret: str) -> str:
    """The secret's name, as its owner wrote it; a name may hold slashes and hyphens, but no colon."""
    head, _, name = secret.rpartition(":")
    base, hyphen, suffix = name.rpartition("-")
    return base if head and hyphen and len(suffix) == SUFFIX else name


def reply(outcome: Outcome) -> JsonValue:
    # A return is the step's success, whatever it returns; Secrets Manager retries the rotation after an error.
    return silence(outcome)


def idempotency_key(record: JsonObject) -> str | None:
    """The new version's id with the step: a retried rotation keeps both."""
    token = text_at(record, "ClientRequestToken")
    return f"{token}/{text_at(record, 'Step')}" if token else None


def rotation(
    step: Step | Sequence[Step] | None = None, *, secret: NameSpec = None, **options: Unpack[RouteOptions]
) -> Pattern:
    """Steps of a secret's rotation. A step that no route takes raises: a step left out would pass for done.

    Args:
        step: ``createSecret``, ``setSecret``, ``testSecret``, ``finishSecret``, or several; left out: every step.
        secret: The secret's name or ARN; left out: every secret.
    """
    named = () if step is None else (step,) if isinstance(step, str) else tuple(step)
    for each in named:
        if each not in STEPS:
            raise RegistrationError(f"a rotation's step is one of {', '.join(STEPS)}")
    # In the order of the rotation, so that equal wishes are equal claims.
    spec = named[0] if len(named) == 1 else [each for each in STEPS if each in named] or None
    return Pattern("secretsmanager_rotation", [("step", spec), ("secret", secret)], options=options)


SOURCE = Source(
    "secretsmanager_rotation",
    detect=detect,
    anchors=("ClientRequestToken",),
    keys=keys,
    order=("secret", "step"),
    address=address,
    types={
        "eventrouter.models.secretsmanager_rotation:SecretsManagerRotationEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.secrets_manager_event:SecretsManagerEvent": "event",
    },
    evidence=("Step",),
    model="eventrouter.models.secretsmanager_rotation:SecretsManagerRotationEvent",
    offer="SecretsManagerRotationEvent",
    reply=reply,
    returns="nothing",
    idempotency_key=idempotency_key,
    secret_paths=("ClientRequestToken", "RotationToken"),
    paste=pasted("secretsmanager_rotation", "step"),
)
