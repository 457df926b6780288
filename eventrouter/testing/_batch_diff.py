"""Batch results held against what a test expects, record by record."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ._results import BatchResult, RecordResult


def assert_batch(
    result: BatchResult,
    *,
    failed: Mapping[int, type[BaseException] | str] | Collection[int] = (),
    routes: Mapping[int, str | None] | None = None,
) -> None:
    """Assert that exactly these records failed, and all others succeeded.

    Args:
        result: What came of a batch.
        failed: The positions of the records that fail; as a mapping, each with the class of what it fails with, or its name.
        routes: The names of handlers that records go to, by position.

    Raises:
        AssertionError: It says of every record what was expected and what became of it; never what it held.
    """
    wanted = failed if isinstance(failed, Mapping) else dict.fromkeys(failed, Exception)
    unknown = sorted({*wanted, *(routes or ())} - {record.index for record in result.records})
    lines = [f"there is no record {index}" for index in unknown]
    is_wrong = bool(unknown)
    for record in result.records:
        why = _difference(record, wanted.get(record.index), routes or {})
        is_wrong = is_wrong or bool(why)
        lines.append(f"{'!' if why else ' '} {_shown(record)}{f'   expected {why}' if why else ''}")
    if is_wrong:
        raise AssertionError("\n".join([f"{result!r} is not what was expected", *lines]))


def _difference(
    record: RecordResult, wanted: type[BaseException] | str | None, routes: Mapping[int, str | None]
) -> str:
    """What of a record is not as expected; empty if all is."""
    error = record.exception
    found: list[str] = []
    if wanted is None:
        if error is not None:
            found.append("a success")
    elif isinstance(wanted, str):
        if record.error_type != wanted:
            found.append(wanted)
    elif not isinstance(error, wanted):
        found.append("a failure" if wanted is Exception else wanted.__name__)
    if record.index in routes and record.route != routes[record.index]:
        found.append(f"the route {routes[record.index]}")
    return ", ".join(found)


def _shown(record: RecordResult) -> str:
    return repr(record).strip("<>")


def explain_comparison(op: str, left: object, right: object) -> list[str] | None:
    """Lines for pytest in place of its own, where records are compared; None where they are not."""
    if op != "==":
        return None
    sides = [side for side in (left, right) if _is_of_records(side)]
    if not sides:
        return None
    lines = [f"{_count(left)} == {_count(right)}"]
    for name, side in (("left", left), ("right", right)):
        if _is_of_records(side):
            lines.append(f"{name}:")
            lines += [f"  {_shown(record)}" for record in side]  # type: ignore[attr-defined]
    return lines


def _is_of_records(side: object) -> bool:
    return isinstance(side, BatchResult) or (
        isinstance(side, list) and bool(side) and all(isinstance(each, RecordResult) for each in side)
    )


def _count(side: object) -> str:
    if not isinstance(side, BatchResult | list):
        return repr(side)
    return f"{len(side)} record{'' if len(side) == 1 else 's'}"
