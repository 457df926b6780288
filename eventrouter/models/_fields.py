"""Shared by the typed models: tolerance, and fields that hold an encoded payload."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")


class Model(BaseModel):
    """A tolerant model of ours: unknown fields are kept, so that AWS can add some."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True, arbitrary_types_allowed=True)


def _is_text(annotation: Any) -> bool:
    """Whether *annotation* takes the text or bytes as sent, rather than the JSON in it."""
    return annotation in (str, bytes, Any) or isinstance(annotation, TypeVar)


class JsonText:
    """``Annotated[T, JsonText]``: the field holds JSON text of a ``T``; a ``T`` of ``str`` or ``bytes`` is left as sent."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        if _is_text(source):
            return inner
        return core_schema.json_schema(inner)


class Base64Json:
    """``Annotated[T, Base64Json]``: the field holds base64 of JSON text of a ``T``; ``bytes`` and ``str`` are decoded only."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        if not _is_text(source):
            inner = core_schema.json_schema(inner)
        return core_schema.no_info_before_validator_function(decode_base64, inner)


def decode_base64(value: object) -> object:
    """Strict base64 to bytes; other values pass, for the next validator to judge."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64", "Value should be base64") from None


def loads(text: str | bytes) -> Any:
    """Decode JSON for a model's own validator; a value Python cannot hold is a validation error."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PydanticCustomError("json_invalid", "Value should be JSON text") from None


class Raw(BaseModel):
    """Mixed into the models that handlers are given: the record exactly as it was delivered."""

    __slots__ = ("_raw_record",)

    #: Where a model that is generic in its payload holds it; empty where it is not one.
    payload_at: ClassVar[str] = ""

    @property
    def raw(self) -> dict[str, Any]:
        """The record as it was delivered, never mutated.

        Raises:
            AttributeError: The model was not made from a delivered record: it is nested in one, or made by hand.
        """
        try:
            return self._raw_record  # type: ignore[no-any-return, attr-defined]
        except AttributeError:
            raise AttributeError("only the record or event a handler is given keeps its raw form") from None


def keep_raw(model: object, record: Any) -> None:
    """Remember the *record* that *model* was validated from."""
    if isinstance(model, Raw):
        object.__setattr__(model, "_raw_record", record)
