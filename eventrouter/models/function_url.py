"""Lambda function URL requests, typed: Powertools' model, tolerant.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from typing import Annotated, Generic

from aws_lambda_powertools.utilities.parser.models.lambda_function_url import LambdaFunctionUrlModel
from pydantic import Field

from ._fields import JsonText, Raw
from ._http import HttpBody, SingleValues
from .apigw_http import TOLERANT, Body, HttpRequestContext


class FunctionUrlEvent(Raw, HttpBody, LambdaFunctionUrlModel, Generic[Body]):
    """One request. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = TOLERANT

    version: str | None = None  # type: ignore[assignment]
    routeKey: str | None = None  # type: ignore[assignment]
    rawPath: str | None = None  # type: ignore[assignment]
    rawQueryString: str | None = ""  # type: ignore[assignment]
    headers: SingleValues = Field(default_factory=dict)
    requestContext: HttpRequestContext
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]
