"""Recording: middleware that keeps events as files, without what is secret in them, to be replayed and tested with."""

from __future__ import annotations

import os

from .._log import warn_once
from .._sniff import labels, sniff, source_named
from ..errors import PayloadError, RegistrationError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from typing import Any, Literal

    from ..context import Invocation
    from ..response import FunctionResponse
    from ..source import Source
    from ..types import JsonValue

#: The only folder that a function may write to: https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
LAMBDA_FOLDER = "/tmp"
#: How much of its file's name is made of what an event is routed by.
_NAME_LENGTH = 60


class Recorder:
    """Middleware that writes events to files: ``app.middleware(Recorder("recorded"), waits=False)``.

    A file holds one event and nothing else, for ``eventrouter replay`` and ``eventrouter fixture``. Values that are secret
    are replaced by others of their kind: what the sources know to be secret, what has a name like ``token``, and bodies. What
    routes match on stays. A file that cannot be written is logged once, and changes nothing for the invocation.

    Args:
        folder: Where the files go; made if it is not there, never a symbolic link. A relative one is below ``/tmp`` on Lambda,
            where nothing else can be written, and below the current directory elsewhere.
        sample: The share of invocations that are recorded, from 0 to 1. Which ones, their request ids say, so that a retry is
            recorded where the first attempt was.
        on: ``"failure"``: only what raises, names failed records, or is answered with a status of 400 or more; it is
            written when that is known. ``"always"``: before the event is handled, so that what ends the process is there too.
        only: The labels that are recorded; default: all.
        redact: More names to redact: globs, on keys (``*phone*``) and on dotted paths (``detail.customer.*``), whatever
            their case. They win over everything, and an event that is not the same without them is not written.
        bodies: Write bodies, messages, details and the like too, without the values that have a secret's name.
        max_bytes: The largest file.
        max_files: As many files as the folder may hold.

    Raises:
        RegistrationError: A setting that cannot be.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] = "recorded",
        *,
        sample: float = 1.0,
        on: Literal["always", "failure"] = "always",
        only: Collection[str] = (),
        redact: Collection[str] = (),
        bodies: bool = False,
        max_bytes: int = 256 * 1024,
        max_files: int = 200,
    ) -> None:
        _check(sample, on, only, redact, max_bytes, max_files)
        self._folder = os.fspath(folder)
        self._sample = sample
        self._on_failure = on == "failure"
        self._only = frozenset(only)
        self._patterns = tuple(pattern.lower() for pattern in redact)
        self._bodies = bodies
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._trees: dict[str, Any] = {}

    @property
    def folder(self) -> str:
        """Where the files go."""
        base = LAMBDA_FOLDER if "LAMBDA_TASK_ROOT" in os.environ else os.getcwd()
        return os.path.join(base, self._folder)

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        if not self._on_failure:
            self._record(invocation)
            return await call_next(invocation)
        try:
            response = await call_next(invocation)
        except GeneratorExit:
            raise  # it was never handled
        except BaseException:
            self._record(invocation)
            raise
        if _failed(invocation, response):
            self._record(invocation)
        return response

    def _record(self, invocation: Invocation) -> None:
        """Write the event of an invocation, if it is one to write."""
        try:
            if self._is_wanted(invocation):
                self._write(_as_sent(invocation))
        except OSError as error:
            self._warn("the disk", f"it cannot be written to: {error.strerror or type(error).__name__}")
        except Exception as error:
            # Whatever it is, the invocation must not feel it. Its text may be anybody's: a source of another package raised it.
            self._warn(type(error), f"a {invocation.source.name} event cannot be written: {type(error).__name__}")

    def _warn(self, key: object, why: str) -> None:
        warn_once(("recorder", self._folder, key), "not every event is recorded in %s: %s", self._folder, why)

    def _is_wanted(self, invocation: Invocation) -> bool:
        if self._only and invocation.source.name not in self._only:
            return False
        if self._sample >= 1:
            return True
        # Where there is no id, what was sent says it as well.
        return _share(invocation.request_id or repr(invocation.event)) < self._sample

    def _write(self, event: JsonValue) -> None:
        # Not at the top: a function that samples one event in a thousand need not load it to begin with.
        import json

        from ._redaction import TooLargeError, compiled, redacted

        source = sniff(event)
        tree = self._trees.get(source.name)
        if tree is None:
            tree = self._trees[source.name] = compiled(source, bodies=self._bodies)
        try:
            found = redacted(event, source, tree, self._patterns, self._max_bytes)
            data = (json.dumps(found, indent=2, allow_nan=False) + "\n").encode()
            if len(data) > self._max_bytes:
                raise TooLargeError
        except TooLargeError:
            self._warn("size", f"a {source.name} event has more than {self._max_bytes} bytes (max_bytes=)")
            return
        if sniff(found) is not source:
            self._warn(source.name, f"a {source.name} event is something else without what redact= takes from it")
            return
        if not _put(self.folder, _name_of(source, found, data), data, self._max_files):
            self._warn("number", f"it holds {self._max_files} files (max_files=)")


def _check(
    sample: float, on: str, only: Collection[str], redact: Collection[str], max_bytes: int, max_files: int
) -> None:
    if not 0 <= sample <= 1:
        raise RegistrationError(f"Recorder(sample={sample!r}) is a share of the invocations, from 0 to 1")
    if on not in ("always", "failure"):
        raise RegistrationError(f'Recorder(on={on!r}) is "always" or "failure"')
    for name, given in (("only", only), ("redact", redact)):
        if isinstance(given, str):
            raise RegistrationError(f"Recorder({name}={given!r}) takes a list: {name}=[{given!r}]")
    for label in only:
        if source_named(label) is None:
            raise RegistrationError(
                f"Recorder(only=...): there is no label {quoted(label)}; there are {', '.join(sorted(labels()))}"
            )
    for name, number in (("max_bytes", max_bytes), ("max_files", max_files)):
        if number < 1:
            raise RegistrationError(f"Recorder({name}={number!r}) is a number from 1 on")


def _share(text: str) -> float:
    """A number from 0 to 1 that is the same for the same text."""
    from hashlib import sha256

    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:6]) / 2**48


def _failed(invocation: Invocation, response: FunctionResponse) -> bool:
    from ._verdict import tells_failure

    if response.prelude is not None:
        return response.prelude.status_code >= 400
    return tells_failure(invocation.source, getattr(response, "value", None))


def _as_sent(invocation: Invocation) -> JsonValue:
    """The event as its trigger sent it: a schedule's own input was made a record of before it came here."""
    event, source = invocation.event, invocation.source
    if source.name != "eventbridge_schedule" or source.detect(event):
        return event
    from ..sources.eventbridge_schedule import OWN_NAME, OWN_TIME

    time = event["time"]
    return {OWN_NAME: event["resources"][0], **({} if time is None else {OWN_TIME: time}), **event["detail"]}


# ------------------------------------------------------------------------------------------------------------------- files


def _name_of(source: Source, event: JsonValue, data: bytes) -> str:
    """A file's name: the label, what the first record is routed by, and what tells it from others. Letters and hyphens only."""
    from hashlib import sha256

    try:
        records = source.records(event)
    except PayloadError:  # it cannot be read, which may be why it is recorded
        records = ()
    keys = source.keys(records[0]) if records else {}
    words = [value for key, value in keys.items() if value and not key.endswith("_arn")]
    middle = "-".join(filter(None, _plain("-".join(words))[:_NAME_LENGTH].split("-")))
    return "-".join(filter(None, (_plain(source.name), middle, sha256(data).hexdigest()[:12]))) + ".json"


def _plain(text: str) -> str:
    return "".join(each if (each.isascii() and each.isalnum()) or each == "_" else "-" for each in text)


def _put(folder: str, name: str, data: bytes, max_files: int) -> bool:
    """Write a file at once and as a whole, for nobody else to read; whether there was room for it.

    Everything is done relative to the opened folder, and no link is followed: whoever else may write there can neither
    choose what is written over nor see half a file.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        names = os.listdir(place)
        if name in names:
            return True  # the same event, delivered again
        if sum(each.endswith(".json") for each in names) >= max_files:
            return False
        unfinished = f".{name}.{os.urandom(4).hex()}"
        file = os.open(
            unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=place
        )
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
            os.rename(unfinished, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            os.unlink(unfinished, dir_fd=place)
            raise
    finally:
        os.close(place)
    return True
