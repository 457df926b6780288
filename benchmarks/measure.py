"""How things are timed: in rounds, each sample beside one of what it is compared with.

A shared machine is fast one second and slow the next. Two samples that stand next to each other in time see the same
machine, so their ratio is worth more than either; the figure is the median of those ratios, with the tenth and the ninetieth
percentile beside it. The clock is the processor time of this process, all threads included. The garbage collector runs
between samples, not in them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from statistics import median, quantiles
from time import process_time_ns
from typing import Any, NamedTuple

#: What a contender is: a Lambda handler.
Handler = Callable[[Any, Any], Any]

#: A sample lasts this long, which is far over the clock's own cost.
SAMPLE_NS = 2_000_000


class Case(NamedTuple):
    """What is timed: a function with its arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __call__(self) -> Any:
        return self.function(*self.arguments)


class Spread(NamedTuple):
    """A median, with the tenth and the ninetieth percentile."""

    p10: float
    median: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        deciles = quantiles(values, n=10, method="inclusive")
        return cls(deciles[0], median(values), deciles[-1])


class Timing(NamedTuple):
    """One contender after all rounds: microseconds a call, as such, and against the floor."""

    micros: Spread
    ratio: Spread
    over: Spread


def sample(case: Case, number: int) -> float:
    """Microseconds of processor time a call, over *number* calls."""
    function, arguments = case
    gc.collect()
    gc.disable()
    try:
        start = process_time_ns()
        for _ in repeat(None, number):
            function(*arguments)
        return (process_time_ns() - start) / number / 1000
    finally:
        gc.enable()


def calls_per_sample(case: Case) -> int:
    """How many calls fill a sample, after enough of them to warm every cache."""
    for _ in repeat(None, 20):
        case()
    number = 8
    while (spent := min(sample(case, number) for _ in range(3)) * number * 1000) < SAMPLE_NS / 2:
        number *= 2
    return max(1, round(number * SAMPLE_NS / spent))


def interleaved(floor: Case, contenders: Mapping[str, Case], rounds: int) -> dict[str, Timing]:
    """Time every contender against *floor*, round by round."""
    numbers = {name: calls_per_sample(case) for name, case in contenders.items()}
    floor_number = calls_per_sample(floor)
    floors: dict[str, list[float]] = {name: [] for name in contenders}
    own: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    # What is there now stays: the collector need not look at it between samples.
    gc.collect()
    gc.freeze()
    for turn in range(rounds):
        # Who comes after whom changes, and which of the two comes first.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if turn % 2:
                floors[name].append(sample(floor, floor_number))
                own[name].append(sample(contenders[name], numbers[name]))
            else:
                own[name].append(sample(contenders[name], numbers[name]))
                floors[name].append(sample(floor, floor_number))
    gc.unfreeze()
    return {
        name: Timing(
            Spread.of(own[name]),
            Spread.of([mine / base for mine, base in zip(own[name], floors[name], strict=True)]),
            Spread.of([mine - base for mine, base in zip(own[name], floors[name], strict=True)]),
        )
        for name in names
    }
