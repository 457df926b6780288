"""The log line, and the metric, that stand in for the error Lambda no longer sees: of records that are reported by name,
and of records that are dropped."""

from __future__ import annotations

import os

from ._json import dump
from ._log import describe, logger
from .errors import PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._run import Run
    from .source import Source
    from .types import Record

#: Set to a CloudWatch namespace to have the metrics ``BatchItemFailures`` and ``BatchAllFailed`` written with each
#: failed batch, and ``BatchItemsDropped`` with each record that ``invalid=`` or ``unmatched=`` drops:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
NAMESPACE_VARIABLE = "EVENTROUTER_METRICS_NAMESPACE"

#: How many failures of one batch are written out.
MAX_SHOWN = 10


def log_failures(run: Run) -> None:
    """Say which records failed and why, once per batch; never what was in them."""
    shown = [
        f"{_identity(run.source, run.records[index]) or index}: {describe(run.errors[index])}"
        for index in sorted(run.errors)[:MAX_SHOWN]
    ]
    more = len(run.errors) - len(shown)
    logger().error(
        "%d of %d %s records failed and will be delivered again: %s%s",
        len(run.errors),
        len(run.records),
        run.source.name,
        "; ".join(shown),
        f"; and {more} more" if more else "",
        # For loggers that write JSON.
        extra={"batch": {"source": run.source.name, "failed": len(run.errors), "records": len(run.records)}},
    )
    count(
        run.source,
        {"BatchItemFailures": len(run.errors), "BatchAllFailed": int(len(run.errors) == len(run.records))},
    )


def log_dropped(source: Source, record: Record, error: Exception, which: str) -> None:
    """Say which record is given up: its id and the types of what is wrong, never a place or a text."""
    errors = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    logger().error(
        "dropped a %s record, as %s='drop' says: id %s, %s",
        source.name,
        which,
        _identity(source, record),
        ", ".join(map(_kind, errors)),
    )
    count(source, {"BatchItemsDropped": 1})


def _kind(error: Exception) -> str:
    name = type(error).__name__
    return (
        f"{name} ({', '.join(str(each['type']) for each in error.errors)})" if isinstance(error, PayloadError) else name
    )


def _identity(source: Source, record: Record) -> str | None:
    return None if source.idempotency_key is None else source.idempotency_key(record)


def count(source: Source, values: dict[str, int]) -> None:
    """Write a metric of *source*, where a namespace for it is set."""
    namespace = os.environ.get(NAMESPACE_VARIABLE)
    if namespace:
        print(dump(metric(namespace, source.name, values)), flush=True)


def metric(namespace: str, source: str, values: dict[str, int]) -> dict[str, object]:
    """A metric in CloudWatch's embedded format."""
    import time

    names = [{"Name": name, "Unit": "Count"} for name in values]
    return {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [{"Namespace": namespace, "Dimensions": [["Source"]], "Metrics": names}],
        },
        "Source": source,
        **values,
    }
