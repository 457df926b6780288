"""Sign-ins that an AWS Transfer Family server asks about, and steps of its workflows."""

from __future__ import annotations

from typing import Literal

from ._made import Ids, check_length, check_one_of, impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_PROTOCOLS = ("SFTP", "FTP", "FTPS", "AS2")


def transfer_family(
    contract: Literal["identity_provider", "workflow_step"] = "identity_provider",
    *,
    user: str = "depot-17",
    password: str | None = None,
    protocol: Literal["SFTP", "FTP", "FTPS", "AS2"] = "SFTP",
    server: str = "s-0c1d2e3f4a5b6c7d8",
    source_ip: str = "203.0.113.7",
    workflow: str = "w-0f9e8d7c6b5a40312",
    bucket: str = "depot-inbox",
    key: str = "stock.csv",
    file_system: str | None = None,
    path: str = "/inbox/stock.csv",
    ids: Ids | None = None,
) -> JsonObject:
    """A user signs in, or a file has arrived.

    Args:
        contract: What the function is for the server.
        user: Who signs in, or has sent the file.
        password: None: the user has a key, which SFTP alone has.
        protocol: Of the session.
        server: Its id.
        source_ip: The client's address.
        workflow: Its id, for a step of one.
        bucket: Where the file is.
        key: Of the file, as it is.
        file_system: The id of the EFS file system that has the file, in place of S3.
        path: Of the file there.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: Transfer Family sends no such event.

    Reference:
        https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
        https://docs.aws.amazon.com/transfer/latest/userguide/custom-step-details.html
    """
    check_one_of("transfer_family(contract)", contract, ("identity_provider", "workflow_step"))
    check_one_of("transfer_family(protocol=)", protocol, _PROTOCOLS)
    check_length("transfer_family(user=)", user, 1, 100)
    if contract == "identity_provider":
        if password is None and protocol != "SFTP":
            raise impossible("transfer_family(password=)", "None", f"only SFTP has keys, so {protocol} has a password")
        event: JsonObject = {"username": user, "protocol": protocol, "serverId": server, "sourceIp": source_ip}
        return event if password is None else {**event, "password": password}
    ids = ids or Ids.of(workflow, user, key)
    location: JsonObject = {"domain": "S3", "bucket": bucket, "key": key, "eTag": ids.hex(), "versionId": None}
    if file_system is not None:
        location = {"domain": "EFS", "fileSystemId": file_system, "path": path}
    return {
        "token": ids.hex(),
        "serviceMetadata": {
            "executionDetails": {"workflowId": workflow, "executionId": ids.uuid()},
            "transferDetails": {"sessionId": ids.hex(16), "userName": user, "serverId": server},
        },
        "fileLocation": location,
    }
