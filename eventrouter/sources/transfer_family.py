"""AWS Transfer Family, two contracts: who may log in to a server, and a step of a workflow on an uploaded file.

The first is answered with the return value. The second is answered by calling SendWorkflowStepState, or the step waits for
its timeout; what the function returns for it is never read.

Identity provider: https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
Workflow step: https://docs.aws.amazon.com/transfer/latest/userguide/custom-step-details.html
"""

from __future__ import annotations

from ..answers import Deny
from ..errors import RegistrationError, ReplyError
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

    Contract: TypeAlias = Literal["identity_provider", "workflow_step"]

CONTRACTS = ("identity_provider", "workflow_step")
TRIGGER = "a Transfer Family login"


def detect(event: JsonValue) -> bool:
    return type(event) is dict and (_is_login(event) or _is_step(event))


def _is_login(event: JsonObject) -> bool:
    # No password where the client proves itself with a key.
    return (
        type(event.get("serverId")) is str
        and type(event.get("username")) is str
        and type(event.get("protocol")) is str
        and type(event.get("sourceIp")) is str
    )


def _is_step(event: JsonObject) -> bool:
    metadata = event.get("serviceMetadata")
    return (
        type(metadata) is dict
        and type(metadata.get("executionDetails")) is dict
        and type(event.get("fileLocation")) is dict
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    """The user name is a claim, and no name to route on: people type passwords into that field."""
    if _is_login(record):
        return {
            "contract": "identity_provider",
            "server": text_at(record, "serverId"),
            "protocol": text_at(record, "protocol"),
            "workflow": "",
        }
    return {
        "contract": "workflow_step",
        "server": text_at(record, "serviceMetadata", "transferDetails", "serverId"),
        "protocol": "",
        "workflow": text_at(record, "serviceMetadata", "executionDetails", "workflowId"),
    }


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    if _is_login(outcome.records[0]):
        return _login(value)
    if value is not None:
        from .._log import warn_once

        warn_once(
            "transfer_family",
            "a handler of a workflow step returned a %s, which Transfer Family never reads: the workflow goes on when "
            "SendWorkflowStepState is called",
            type(value).__name__,
        )
    return None


def _login(value: object) -> JsonObject:
    """The answer to a login. A role lets the user in, an empty answer does not; anything else is a mistake."""
    if value is False or isinstance(value, Deny):
        return {}
    answer = as_object(value)
    if answer is None:
        raise refused(TRIGGER, value, "a dict with Role, or Deny() or {} to refuse")
    if not answer:
        return {}
    role = answer.get("Role")
    if not isinstance(role, str) or not role.startswith("arn:"):
        raise ReplyError(f"{TRIGGER} is allowed with the ARN of a Role, and refused with Deny() or {{}}")
    public_keys = answer.get("PublicKeys")
    if public_keys is not None and (
        not isinstance(public_keys, list) or not all(isinstance(key, str) for key in public_keys)
    ):
        raise refused(f"PublicKeys of {TRIGGER}", public_keys, "a list of strings")
    # A model's optional fields are null where nobody set them.
    return {key: _as_text(key, item) for key, item in answer.items() if item is not None}


def _as_text(key: str, item: JsonValue) -> JsonValue:
    """These two hold JSON as text; the user is locked out over an object in their place."""
    if key in ("HomeDirectoryDetails", "Policy") and not isinstance(item, str):
        from .._json import dump

        return dump(item)
    return item


def idempotency_key(record: JsonObject) -> str | None:
    """A workflow step's token; a login is decided anew each time."""
    execution = text_at(record, "serviceMetadata", "executionDetails", "executionId")
    token = text_at(record, "token")
    return f"{execution}/{token}" if execution and token else None


def transfer(
    contract: Contract,
    *,
    server: NameSpec = None,
    protocol: NameSpec = None,
    workflow: NameSpec = None,
    complete: bool = True,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """What a Transfer Family server asks of a function.

    An ``identity_provider`` returns a dict with ``Role`` (and ``HomeDirectory``, ``PublicKeys``, ...) to let the user in,
    and ``Deny()`` or ``{}`` to refuse. A ``workflow_step`` calls SendWorkflowStepState itself, and is registered with
    ``complete=False`` to say so.

    Args:
        contract: ``"identity_provider"`` or ``"workflow_step"``.
        server: The server's id (``s-...``); left out: every server.
        protocol: ``SFTP``, ``FTPS`` or ``FTP``; logins only.
        workflow: The workflow's id (``w-...``); workflow steps only.
        complete: Whether the end of a workflow step is told for the handler.
    """
    if contract not in CONTRACTS:
        raise RegistrationError('transfer_family(...) takes "identity_provider" or "workflow_step"')
    is_step = contract == "workflow_step"
    if protocol is not None and is_step:
        raise RegistrationError("transfer_family: a workflow step knows no protocol")
    if workflow is not None and not is_step:
        raise RegistrationError("transfer_family: an identity provider knows no workflow")
    return Pattern(
        "transfer_family",
        [("contract", contract), ("server", server), ("protocol", protocol), ("workflow", workflow)],
        bind={"complete": complete and is_step},
        options=options,
    )


def _paste(keys: Mapping[str, str]) -> str:
    if keys.get("contract") == "workflow_step":
        return '@app.transfer_family("workflow_step", complete=False)'
    return '@app.transfer_family("identity_provider")'


SOURCE = Source(
    "transfer_family",
    detect=detect,
    anchors=("serverId", "serviceMetadata"),
    keys=keys,
    order=("workflow", "server", "protocol", "contract"),
    types={
        "eventrouter.models.transfer_family:TransferFamilyAuthorizerEvent": "event",
        "eventrouter.models.transfer_family:TransferFamilyWorkflowEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.transfer_family:TransferFamilyAuthorizer": "event",
        "aws_lambda_powertools.utilities.data_classes.transfer_family_event:TransferFamilyAuthorizer": "event",
    },
    evidence=("protocol", "serverId", "fileLocation.domain"),
    model="eventrouter.models.transfer_family:AnyTransferFamilyEvent",
    offer=(
        "TransferFamilyAuthorizerEvent (a login), TransferFamilyWorkflowEvent (a workflow step, which is answered by calling "
        "SendWorkflowStepState)"
    ),
    reply=reply,
    completion="callback",
    idempotency_key=idempotency_key,
    secret_paths=("username", "password", "token", "serviceMetadata.transferDetails.userName"),
    paste=_paste,
)
