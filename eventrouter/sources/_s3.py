"""Shared by the sources of S3: how object keys are written."""

from __future__ import annotations


def decoded_key(raw: str) -> str:
    """The key under which the object is found: S3 writes it form-encoded, a space as ``+``."""
    if "%" not in raw and "+" not in raw:
        return raw
    # Costs milliseconds, which functions whose keys are plain need not pay.
    from urllib.parse import unquote_plus

    return unquote_plus(raw)
