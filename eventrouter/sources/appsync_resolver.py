"""AWS AppSync: a GraphQL field to resolve, or a list of them (BatchInvoke).

Event: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html
Reply: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-mapping-template-reference-lambda.html
"""

from __future__ import annotations

from ..errors import RegistrationError
from ..source import Pattern, Source
from ._answer import only_result
from ._batch import raise_failed
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    if type(event) is list:
        # AppSync batches one field, so that the first speaks for all.
        return bool(event) and _is_context(event[0])
    return _is_context(event)


def _is_context(event: JsonValue) -> bool:
    if type(event) is not dict or type(event.get("arguments")) is not dict:
        return False
    info = event.get("info")
    if type(info) is dict:
        return type(info.get("fieldName")) is str and type(info.get("parentTypeName")) is str
    # Amplify's function resolvers.
    return type(event.get("fieldName")) is str and type(event.get("typeName")) is str and "identity" in event


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event if type(event) is list else (event,)


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "field": text_at(record, "info", "fieldName") or text_at(record, "fieldName"),
        "type": text_at(record, "info", "parentTypeName") or text_at(record, "typeName"),
    }


def reply(outcome: Outcome) -> JsonValue:
    if type(outcome.invocation.event) is not list:
        return only_result(outcome)
    if outcome.bind.get("batch") == "value":
        # A template that takes the items as they are has no way to tell an error from a value.
        raise_failed(outcome)
        return [outcome.results.get(index) for index in range(len(outcome.records))]
    # AppSync goes by position: a list that is shorter gives an answer to the wrong parent.
    return [_item(outcome, index) for index in range(len(outcome.records))]


def _item(outcome: Outcome, index: int) -> JsonObject:
    error = outcome.errors.get(index)
    if error is None:
        return {"data": outcome.results.get(index)}
    if not isinstance(error, Exception):
        raise error
    from .._log import safe_text

    return {"data": None, "errorMessage": safe_text(error), "errorType": type(error).__name__}


def resolver(
    type_name: NameSpec = None,
    field_name: NameSpec = None,
    *,
    batch: Literal["data", "value"] = "data",
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Fields of a GraphQL type, one call per parent; the handler's value is the field's.

    Args:
        type_name: The GraphQL type that has the field (``Query``, ``Post``); left out: every type.
        field_name: The field; left out: every field.
        batch: What the items of a BatchInvoke are answered with. ``"data"``: ``{"data": value}``, or
            ``{"data": null, "errorMessage": ..., "errorType": ...}`` for the one that failed: what a direct Lambda
            resolver with a batch size takes. ``"value"``: the plain values, for a mapping template or JavaScript
            resolver that passes them on; one failure then fails them all.
    """
    if batch not in ("data", "value"):
        raise RegistrationError('appsync(batch=...) is "data" or "value"')
    return Pattern(
        "appsync_resolver", [("type", type_name), ("field", field_name)], bind={"batch": batch}, options=options
    )


SOURCE = Source(
    "appsync_resolver",
    detect=detect,
    anchors=("arguments",),
    records=records,
    keys=keys,
    order=("field", "type"),
    types={
        "eventrouter.models.appsync:AppSyncEvent": "record",
        "eventrouter.models.appsync:AppSyncBatchEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.appsync:AppSyncResolverEventModel": "record",
        "aws_lambda_powertools.utilities.data_classes.appsync_resolver_event:AppSyncResolverEvent": "record",
    },
    evidence=(
        "info.fieldName",
        "info.parentTypeName",
        "fieldName",
        "typeName",
        "0.info.fieldName",
        "0.info.parentTypeName",
    ),
    model="eventrouter.models.appsync:AnyAppSyncEvent",
    offer="AppSyncEvent[...]",
    reply=reply,
    secret_paths=(
        "arguments",
        "identity",
        "source",
        "request.headers",
        "prev",
        "stash",
        "info.variables",
        "*.arguments",
        "*.identity",
        "*.source",
        "*.request.headers",
        "*.prev",
        "*.stash",
        "*.info.variables",
    ),
    paste=pasted("appsync", "type", "field"),
)
