"""Python's log as Lambda's own runtime writes it: plain lines or JSON, each with the id of its invocation.

Nothing is loaded for it before somebody logs: ``logging`` is a good part of a cold start.
"""

from __future__ import annotations

import os
import sys

from .. import _log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Formatter, LogRecord

#: What every record has; the rest was given with ``extra=``.
_OWN = frozenset({
    "args", "asctime", "aws_request_id", "created", "exc_info", "exc_text", "filename", "funcName", "levelname", "levelno",
    "lineno", "message", "module", "msecs", "msg", "name", "pathname", "process", "processName", "relativeCreated",
    "stack_info", "taskName", "tenant_id", "thread", "threadName",
})  # fmt: skip
#: The levels that Lambda's setting names, in Python's words: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_LEVELS = {
    "TRACE": "NOTSET",
    "DEBUG": "DEBUG",
    "INFO": "INFO",
    "WARN": "WARNING",
    "ERROR": "ERROR",
    "FATAL": "CRITICAL",
}


def configure() -> None:
    """Configure the root logger, now if anybody has loaded ``logging``, else when this package first writes a line."""
    if "logging" in sys.modules:
        _configure()
    else:
        _log.before_first = _configure


def _configure() -> None:
    import logging
    import time

    root = logging.getLogger()
    if root.handlers:
        return  # the app has its own way
    handler = logging.StreamHandler(sys.stdout)
    is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    if is_json:
        formatter: logging.Formatter = _json_formatter()
    else:
        # As AWS writes it, so that whoever reads these lines goes on reading them.
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_identified)
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in _LEVELS:
        root.setLevel(_LEVELS[level])


def _identified(record: LogRecord) -> bool:
    """Put the invocation's id on *record*: of the one that this code runs for, in whichever task or thread."""
    from ..context import _current

    invocation = _current.get(None)
    record.aws_request_id = "" if invocation is None else invocation.request_id
    record.tenant_id = None if invocation is None else getattr(invocation.context, "tenant_id", None)
    return True


def _json_formatter() -> Formatter:
    import logging

    from .._json import dump
    from ..errors import ReplyError

    class JsonFormatter(logging.Formatter):
        """One line of JSON for each record, with Lambda's own names."""

        def format(self, record: LogRecord) -> str:
            line: dict[str, object] = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "requestId": getattr(record, "aws_request_id", ""),
            }
            if getattr(record, "tenant_id", None):
                line["tenantId"] = record.tenant_id  # type: ignore[attr-defined]  # the filter's
            if record.exc_info and record.exc_info[0] is not None:
                line["errorType"] = record.exc_info[0].__name__
                line["errorMessage"] = str(record.exc_info[1])
                line["stackTrace"] = self.formatException(record.exc_info).split("\n")
            for name, value in vars(record).items():
                if name not in _OWN and name not in line:
                    line[name] = value
            try:
                return dump(line)
            except ReplyError:
                return dump(
                    {name: value if isinstance(value, str | list) else str(value) for name, value in line.items()}
                )

    return JsonFormatter()
