"""Shared by the models of HTTP events: null headers, and bodies that may be base64 of JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, model_validator

from ._fields import _is_text, decode_base64


def empty(value: Any) -> Any:
    """Take null for no values at all."""
    return {} if value is None else value


#: Null where the console's test button and local emulators send no headers.
SingleValues = Annotated[dict[str, str], BeforeValidator(empty)]
MultiValues = Annotated[dict[str, list[str]], BeforeValidator(empty)]


class HttpBody(BaseModel):
    """Mixed in where ``body`` is ``Annotated[Body, JsonText]``: base64 is undone for a ``Body`` that is not ``str``."""

    @model_validator(mode="before")
    @classmethod
    def _decode_body(cls, values: Any) -> Any:
        parameters = cls.__pydantic_generic_metadata__["args"]
        if not parameters or parameters[0] is str or not isinstance(values, dict):
            return values
        is_base64 = values.get("isBase64Encoded", values.get("is_base64_encoded"))
        if is_base64 is True and isinstance(values.get("body"), str):
            # A copy: the event is everybody's.
            return {**values, "body": decode_base64(values["body"])}
        if values.get("body") == "" and not _is_text(parameters[0]):
            return {**values, "body": None}
        return values
