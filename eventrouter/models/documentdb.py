"""Amazon DocumentDB change events, typed. Powertools has no models of them.

MongoDB's extended JSON (``{"$oid": ...}``, ``{"$numberLong": ...}``, ``{"$date": ...}``) stays as it was delivered: a
document model says so itself, for example ``id: dict[str, str] = Field(alias="_id")``.

https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
https://www.mongodb.com/docs/manual/reference/change-events/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from pydantic import Field
from typing_extensions import TypeVar

from ._fields import Model, Raw

Document = TypeVar("Document", default=dict[str, Any])


class DocumentDBNamespace(Model):
    """The database and the collection of a change."""

    db: str
    coll: str | None = None


class DocumentDBUpdate(Model):
    """What an update changed."""

    updatedFields: dict[str, Any] | None = None
    removedFields: list[str] | None = None
    truncatedArrays: list[Any] | None = None


class DocumentDBRecord(Raw, Model, Generic[Document]):
    """One change. ``fullDocument`` is None after a deletion, and for updates that were sent without it."""

    id: dict[str, Any] | None = Field(None, alias="_id")
    operationType: str
    clusterTime: Any = None
    ns: DocumentDBNamespace | None = None
    to: DocumentDBNamespace | None = None
    documentKey: dict[str, Any] | None = None
    fullDocument: Document | None = None
    updateDescription: DocumentDBUpdate | None = None


class DocumentDBChange(Model, Generic[Document]):
    """The object that holds a change."""

    event: DocumentDBRecord[Document]


class DocumentDBEvent(Raw, Model, Generic[Document]):
    """A batch of changes, in order."""

    eventSource: str
    eventSourceArn: str | None = None
    events: Sequence[DocumentDBChange[Document]]
