"""AWS Secrets Manager's rotation steps, typed. Powertools has a data class only.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
"""

from __future__ import annotations

from pydantic import Field

from ._fields import Model, Raw


class SecretsManagerRotationEvent(Raw, Model):
    """One step of a rotation. ``ClientRequestToken`` is the id of the new version."""

    Step: str
    SecretId: str
    ClientRequestToken: str = Field(repr=False)
    RotationToken: str | None = Field(None, repr=False)
