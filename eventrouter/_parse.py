"""Whole events as typed models."""

from __future__ import annotations

from importlib import import_module

from ._json import decode
from ._sniff import sniff
from ._validators import problems_of, validation_error, validator_for
from .errors import PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pydantic import BaseModel

    from .types import JsonValue

_validators: dict[str, Callable[[Any], Any]] = {}


def parse(event: JsonValue) -> BaseModel:
    """The typed model of an event, whatever it is from.

    Args:
        event: A decoded JSON value, or the bytes of JSON text.

    Returns:
        The model of its source; a ``DirectEvent`` where no AWS source claims it, an ``UnknownEvent`` for a batch of none
        that is known.

    Raises:
        EventDecodeError: Bytes that are not JSON.
        PayloadError: It has the keys of its source, and not its shape.
    """
    if type(event) is bytes or type(event) is bytearray:
        event = decode(event)
    source = sniff(event)
    # A source of somebody else's may have no model.
    name = source.model or "eventrouter.models.direct:DirectEvent"
    validate = _validators.get(name)
    if validate is None:
        module, _, model = name.partition(":")
        validate = _validators[name] = validator_for(getattr(import_module(module), model)).validate_python
    try:
        return validate(event)  # type: ignore[no-any-return]
    except validation_error() as error:
        raise PayloadError(problems_of(error), f"{source.name} event") from None
