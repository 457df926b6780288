"""The table that a benchmark prints and writes into README.md, and the options that all benchmarks take."""

from __future__ import annotations

import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from .measure import Spread

ROOT = Path(__file__).parent.parent
US = "**eventrouter**"


class Line(NamedTuple):
    """One line of the table."""

    work: str
    who: str
    ratio: Spread | None
    time: float
    unit: str
    figure: str = ""
    is_met: bool | None = None


def parse(parser: ArgumentParser, groups: Iterable[str], rounds: int, arguments: Sequence[str] | None) -> Namespace:
    """Read *arguments*; what else the parser knows is left to its owner."""
    parser.add_argument(
        "--only", choices=list(groups), action="append", help="one group of rows; may be given more than once"
    )
    parser.add_argument(
        "--rounds", type=int, default=rounds, help="more rounds, steadier figures (default: %(default)s)"
    )
    parser.add_argument("--readme", action="store_true", help="write the table into README.md as well")
    options = parser.parse_args(arguments)
    if options.readme and options.only:
        parser.error("--readme wants the whole table: leave --only out")
    return options


def publish(lines: Sequence[Line], note: str, markers: tuple[str, str], *, in_readme: bool) -> None:
    """Print the table with *note* below it, write both into README.md if asked to, and count the figures."""
    text = f"{table(lines)}\n\n{note}"
    print(text)
    if in_readme:
        write_readme(text, markers)
    missed = [line for line in lines if line.is_met is False]
    say(f"{len([line for line in lines if line.is_met])} figures reached, {len(missed)} not")


def table(lines: Sequence[Line]) -> str:
    """The lines as Markdown."""
    rows = ["| work | who | × the first line (p10–p90) | time | figure | met |", "|---|---|---|---|---|---|"]
    before = None
    for line in lines:
        ratio = (
            ""
            if line.ratio is None
            else f"{digits(line.ratio.median)} ({digits(line.ratio.p10)}–{digits(line.ratio.p90)})"
        )
        met = {True: "yes", False: "**no**", None: ""}[line.is_met]
        work = "" if line.work == before else line.work
        rows.append(f"| {work} | {line.who} | {ratio} | {digits(line.time)} {line.unit} | {line.figure} | {met} |")
        before = line.work
    return "\n".join(rows)


def digits(value: float) -> str:
    """Three digits: more would be noise."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine(*packages: str) -> str:
    """What was measured on, and with which of *packages*."""
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {processor()}, {os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}, {', '.join(versions)}."
    )


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def write_readme(text: str, markers: tuple[str, str]) -> None:
    """Put *text* between *markers* in README.md."""
    path = ROOT / "README.md"
    start, end = markers
    readme = path.read_text()
    head, found, rest = readme.partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{path} has no {start} ... {end}")
    path.write_text(f"{head}{start}\n{text}\n{end}{tail}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
