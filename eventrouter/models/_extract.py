"""Shared by the models that a handler is not given straight from the record or the event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ..errors import PayloadError
from ._fields import keep_raw

if TYPE_CHECKING:
    from ..context import Invocation
    from ..source import Extractor
    from ..types import Record


def extractor(
    annotation: type, where: str, read: Callable[[Invocation, Record], Any], raw: Callable[[Invocation, Record], Any]
) -> Extractor:
    """Make an argument by validating what *read* gives; its ``.raw`` is what *raw* gives.

    Args:
        annotation: A model, built here, so that a wrong one is found at registration.
        where: What is validated, for the error.
        read: The value to validate.
        raw: What was delivered.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    adapter.rebuild()
    validate = adapter.validator.validate_python

    def extract(invocation: Invocation, record: Record) -> object:
        try:
            model = validate(read(invocation, record))
        except ValidationError as error:
            from .._validation import problems

            raise PayloadError(problems(error), where) from None
        keep_raw(model, raw(invocation, record))
        return model

    return extract
