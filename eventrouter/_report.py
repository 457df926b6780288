"""The log line, and the metric, that stand in for the error Lambda no longer sees once failures are reported by name."""

from __future__ import annotations

import os

from ._json import dump
from ._log import describe, logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._settle import Run

#: Set to a CloudWatch namespace to have the metrics ``BatchItemFailures`` and ``BatchAllFailed`` written with each
#: failed batch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
NAMESPACE_VARIABLE = "EVENTROUTER_METRICS_NAMESPACE"


def log_failures(run: Run) -> None:
    """Say which records failed and why, once per batch; never what was in them."""
    shown = []
    for index in sorted(run.errors)[:10]:
        key = run.source.idempotency_key
        identity = key(run.records[index]) if key is not None else None
        shown.append(f"{identity or index}: {describe(run.errors[index])}")
    more = len(run.errors) - len(shown)
    logger().error(
        "%d of %d %s records failed and will be delivered again: %s%s",
        len(run.errors),
        len(run.records),
        run.source.name,
        "; ".join(shown),
        f"; and {more} more" if more else "",
    )
    namespace = os.environ.get(NAMESPACE_VARIABLE)
    if namespace:
        print(dump(metric(namespace, run.source.name, len(run.errors), len(run.records))), flush=True)


def metric(namespace: str, source: str, failed: int, records: int) -> dict[str, object]:
    """A metric in CloudWatch's embedded format."""
    import time

    names = [{"Name": "BatchItemFailures", "Unit": "Count"}, {"Name": "BatchAllFailed", "Unit": "Count"}]
    return {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [{"Namespace": namespace, "Dimensions": [["Source"]], "Metrics": names}],
        },
        "Source": source,
        "BatchItemFailures": failed,
        "BatchAllFailed": int(failed == records),
    }
