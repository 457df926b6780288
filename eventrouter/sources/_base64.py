"""Shared by the sources whose payloads are sent as base64."""

from __future__ import annotations

from binascii import a2b_base64

from ..errors import PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


def from_base64(text: JsonValue, where: str) -> bytes:
    """Decode strict base64.

    Raises:
        PayloadError: It is no string, or no base64.
    """
    try:
        return a2b_base64(text, strict_mode=True)
    except (ValueError, TypeError):
        raise PayloadError([{"type": "base64", "loc": [], "msg": "The payload is not base64"}], where) from None
