"""Names that say that their value is a secret, texts that look like one, and what is written in place of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

REDACTED = "redacted"

#: Parts of names, without their punctuation, whose values are secret wherever they stand. A checksum (``md5OfBody``) tells
#: whoever can guess a body that they are right.
SECRET_NAMES = (
    "accesskey", "apikey", "authorization", "cookie", "credential", "csrf", "jwt", "md5of", "passphrase", "passwd",
    "password", "privatekey", "pwd", "secret", "sessionid", "sessionkey", "signature", "token", "xsrf",
)  # fmt: skip


def plain(name: str) -> str:
    """A name without the punctuation and the capitals in which it is written here and there."""
    return "".join(character for character in name.lower() if character.isalnum())


def is_secret(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    found = plain(name)
    return any(part in found for part in SECRET_NAMES)


def is_name(text: str) -> bool:
    """Whether a key looks like a word that somebody gave a field, and not like data of its own."""
    digits = sum(character.isdigit() for character in text)
    return (
        len(text) <= 48
        and text.isascii()
        and all(character.isalnum() or character in "_-.$:/[]+" for character in text)
        and digits <= 3
    )


# ------------------------------------------------------------------------------------------------------------------ values

# Each is linear in the length of a text, whoever wrote it: what may repeat begins at one place only.
URL = re.compile(r"(?<!\w)\w+://[^\s\"'<>]+")
_USER = re.compile(r"://[^/@\s]+@")
#: Tokens that are known by their looks: JWTs, what follows a scheme of HTTP, ids of access keys, private keys.
_SECRET = re.compile(
    r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*|(?i:bearer|basic)\s+[\w.~+/=-]{4,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
#: A name and its value in a text: ``password=...``, ``token: ...``, ``<secret>...``, a field of a multipart form.
_NAMED = re.compile(
    r"""(name="[^"\n]{1,99}"[^\n]{0,200}\n(?:[^\n]{2,200}\n){0,5}?\r?\n|<[\w:-]+>|(?<![\w-])[\w-]+["']?(?:\s*=\s*|:\s+)["']?)([^\s"'&,;<>]+)"""
)


def without_secrets(text: str) -> str:
    """*text* without what looks like a secret wherever it stands."""
    text = _SECRET.sub(REDACTED, _USER.sub(f"://{REDACTED}@", text))
    return _NAMED.sub(lambda found: f"{found[1]}{REDACTED}" if is_secret(found[1]) else found[0], text)


#: What a text looks like, and what is written in its place.
_INSTEAD: Iterable[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern, re.ASCII), instead)
    for pattern, instead in [
        (r"\s*", ""),
        (r"true|false", "false"),
        (r"\+\d{6,15}", "+10000000000"),
        (r"[\da-fA-F]{32,}", "0" * 32),
        (r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", "0"),
        (r"\d{4}-\d\d-\d\d", "2000-01-01"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", "2000-01-01T00:00:00Z"),
        (r"[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12}", "00000000-0000-4000-8000-000000000000"),
        (r"\d{1,3}(\.\d{1,3}){3}", "192.0.2.1"),
        (r"(?=[^:]*:[^:]*:)[\da-fA-F:.]+", "2001:db8::1"),
        (r"arn:.*", "arn:aws:iam::000000000000:user/redacted"),
        (r"https?://.*", "https://redacted.invalid/"),
        (r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "redacted@example.com"),
        (r"(?i:bearer) .*", "Bearer redacted"),
        (r"(?i:basic) .*", "Basic redacted"),
        (r"[\w-]+\.[\w-]{4,}\.[\w-]*", "redacted.redacted.redacted"),
    ]
]


def alike(text: str) -> str:
    """A text of the same kind that holds nothing of *text*."""
    return next((instead for kind, instead in _INSTEAD if kind.fullmatch(text)), REDACTED)
