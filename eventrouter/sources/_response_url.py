"""Shared by sources that are answered with a PUT to a presigned S3 URL: where it may go, and how it is sent.

Guards that nothing is ever sent anywhere but to Amazon S3, over TLS, without following a redirect.
"""

from __future__ import annotations

from ..errors import ReplyError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    #: PUTs bytes to a URL and returns the HTTP status; raises OSError where it cannot.
    Opener: TypeAlias = Callable[[str, bytes], int]

TRIES = 3
TIMEOUT_SECONDS = 5.0
PAUSE_SECONDS = 0.3

#: How the host names of AWS's partitions end.
PARTITIONS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov")


def put(url: str, body: bytes) -> None:
    """Send *body* to the presigned S3 *url*.

    Raises:
        ReplyError: The URL is none of Amazon S3's, or S3 did not take the body in three tries.
    """
    if (reason := refusal(url)) is not None:
        raise ReplyError(f"the answer was not sent: {reason}")
    send(put_once, url, body)


def send(opener: Opener, url: str, body: bytes, *, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Try *opener* until it gets a 2xx, three times at most.

    Raises:
        ReplyError: None of the tries worked.
    """
    import time
    from http.client import HTTPException

    last = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(pause_seconds)
        try:
            status = opener(url, body)
        except (OSError, HTTPException, ValueError) as error:
            # The class alone: the text may hold the URL, which is a secret.
            last = type(error).__name__
            continue
        if 200 <= status < 300:
            return
        last = f"status {status}"
    raise ReplyError(f"the answer was not taken in {TRIES} tries, the last one ended with {last}") from None


def put_once(url: str, body: bytes) -> int:
    """One PUT: no redirects, no proxies; an HTTP error status is returned."""
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *details: object) -> None:
            return None

    # Presigned without a content type, so S3 wants an empty one.
    request = Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    try:
        with build_opener(NoRedirects, ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as response:
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


def refusal(url: object) -> str | None:
    """Why nothing may be sent to *url*, or None where it is one of Amazon S3's."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "the ResponseURL is malformed"
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
        return "the ResponseURL is not a plain https URL"
    if not is_s3_host(host):
        return f"the ResponseURL's host {quoted(host)} is not Amazon S3"
    return None


def is_s3_host(host: str) -> bool:
    """Whether *host* is an endpoint of S3, with or without a bucket in front, in any partition.

    Reference:
        https://docs.aws.amazon.com/general/latest/gr/s3.html
    """
    for suffix in PARTITIONS:
        if host.endswith(suffix):
            labels = host.removesuffix(suffix).split(".")
            # [bucket.]s3, [bucket.]s3-REGION, [bucket.]s3.REGION, [bucket.]s3.dualstack.REGION; also s3-fips.
            if _is_region(labels[-1]):
                labels.pop()
                if labels and labels[-1] == "dualstack":
                    labels.pop()
                return bool(labels) and labels[-1] in ("s3", "s3-fips")
            name = labels[-1]
            return name == "s3" or (name.startswith("s3-") and _is_region(name.removeprefix("s3-")))
    return False


def _is_region(label: str) -> bool:
    """Whether it looks like ``eu-central-1``, ``us-gov-west-1`` or the old ``external-1``."""
    *words, number = label.split("-")
    return bool(words) and number.isdecimal() and all(word.isalpha() for word in words) and label.isascii()
