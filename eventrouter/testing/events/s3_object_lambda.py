"""Requests that an Amazon S3 Object Lambda access point has a Lambda function answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from ._made import ACCOUNT, REGION, Ids, arn, check_name, check_one_of, domain_of, json_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: Where each operation's part of the event is.
CONTEXTS = {
    "GetObject": "getObjectContext",
    "HeadObject": "headObjectContext",
    "ListObjects": "listObjectsContext",
    "ListObjectsV2": "listObjectsV2Context",
}


def s3_object_lambda(
    access_point: str = "thumbnails",
    *,
    operation: Literal["GetObject", "HeadObject", "ListObjects", "ListObjectsV2"] = "GetObject",
    key: str = "cats/tom.jpg",
    headers: Mapping[str, str] | None = None,
    payload: object = "",
    supporting_access_point: str = "photos",
    user: str = "ada",
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A client asks for an object, its headers, or a list.

    Args:
        access_point: The Object Lambda access point's name.
        operation: What the client asks for.
        key: Of the object.
        headers: Of the client's request.
        payload: Of the configuration: text, or anything that has a JSON form.
        supporting_access_point: The name of the access point behind it.
        user: Who asks.
        region: Of the access point.
        account: Of the access point.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: There is no such access point or operation.

    Reference:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
    """
    check_name("s3_object_lambda(access_point)", access_point, others="-", low=3, high=45)
    check_one_of("s3_object_lambda(operation=)", operation, CONTEXTS)
    ids = ids or Ids.of(access_point, operation, key)
    path = quote(key) if operation in ("GetObject", "HeadObject") else ""
    domain = domain_of(region)
    source = f"https://{supporting_access_point}-{account}.s3-accesspoint.{region}.{domain}/{path}"
    context: JsonObject = {"inputS3Url": f"{source}?X-Amz-Signature={ids.hex()}"}
    if operation == "GetObject":
        context |= {"outputRoute": "io-use1-001", "outputToken": ids.hex()}
    host = f"{access_point}-{account}.s3-object-lambda.{region}.{domain}"
    return {
        "xAmzRequestId": ids.uuid(),
        CONTEXTS[operation]: context,
        "configuration": {
            "accessPointArn": arn("s3-object-lambda", f"accesspoint/{access_point}", region, account),
            "supportingAccessPointArn": arn("s3", f"accesspoint/{supporting_access_point}", region, account),
            "payload": payload if isinstance(payload, str) else json_of(payload),
        },
        "userRequest": {"url": f"https://{host}/{path}", "headers": {"Host": host, **(headers or {})}},
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEUSERID",
            "arn": arn("iam", f"user/{user}", "", account, partition_region=region),
            "accountId": account,
            "accessKeyId": "AKIAEXAMPLEKEY",
            "userName": user,
        },
        "protocolVersion": "1.00",
    }
