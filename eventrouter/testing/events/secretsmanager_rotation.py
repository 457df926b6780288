"""Steps of a rotation of an AWS Secrets Manager secret."""

from __future__ import annotations

from typing import Literal

from ._made import ACCOUNT, REGION, Ids, arn, check_name, check_one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def secretsmanager_rotation(
    step: Literal["createSecret", "setSecret", "testSecret", "finishSecret"] = "createSecret",
    *,
    secret: str = "shop/orders-db",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A step of a rotation is due.

    Args:
        step: Which.
        secret: Its name; Secrets Manager puts six characters behind it.
        token: ``ClientRequestToken``, the new version's id; default: made of ``ids``.
        rotation_token: Of a secret in another account.
        region: Of the secret.
        account: Of the secret.
        ids: Default: made of the secret, so that the steps of one rotation have one token.

    Raises:
        ImpossibleEventError: There is no such step or secret.

    Reference:
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    """
    check_one_of("secretsmanager_rotation(step)", step, _STEPS)
    check_name("secretsmanager_rotation(secret=)", secret, others="/_+=.@-", high=512)
    ids = ids or Ids.of(secret)
    event: JsonObject = {
        "Step": step,
        "SecretId": arn("secretsmanager", f"secret:{secret}-{Ids(secret).letters(6)}", region, account),
        "ClientRequestToken": token or ids.uuid(),
    }
    if rotation_token is not None:
        event["RotationToken"] = rotation_token
    return event
