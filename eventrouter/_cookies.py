"""Set-Cookie values, written so that nothing in them can break out of its place.

https://www.rfc-editor.org/rfc/rfc6265#section-4.1
"""

from __future__ import annotations

from .errors import ReplyError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def cookie(
    key: str,
    value: str,
    max_age: int | None,
    expires: datetime | str | int | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    httponly: bool,
    samesite: str | None,
    partitioned: bool,
) -> str:
    """One Set-Cookie value; a value outside RFC 6265's characters is quoted the way Python's ``http.cookies`` reads it."""
    if not key or not _TOKEN.issuperset(key):
        raise ReplyError(f"{quoted(key)} is no name for a cookie")
    from http.cookies import SimpleCookie

    # Its encoder alone: a whole cookie of its kind may not be called ``version`` or ``path``.
    _, encoded = SimpleCookie().value_encode(value)
    parts = [f"{key}={encoded}"]
    if max_age is not None:
        parts.append(f"Max-Age={int(max_age)}")
    if expires is not None:
        parts.append(f"Expires={_date(expires)}")
    if path is not None:
        parts.append(f"Path={_attribute('path', path)}")
    if domain is not None:
        parts.append(f"Domain={_attribute('domain', domain)}")
    if secure:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    if samesite is not None:
        if samesite not in ("lax", "strict", "none"):
            raise ReplyError(f"samesite of a cookie is 'lax', 'strict' or 'none', not {quoted(samesite)}")
        parts.append(f"SameSite={samesite}")
    if partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)


def _attribute(name: str, value: str) -> str:
    if any(character in ";\r\n\x00" or ord(character) < 32 for character in value):
        raise ReplyError(f"the {name} of a cookie holds a character that would end it")
    return value


def _date(expires: datetime | str | int) -> str:
    if isinstance(expires, str):
        return _attribute("expiry", expires)
    from email.utils import format_datetime, formatdate

    if isinstance(expires, int):
        import time

        return formatdate(time.time() + expires if expires else 0, usegmt=True)
    from datetime import UTC

    return format_datetime(expires.astimezone(UTC), usegmt=True)
