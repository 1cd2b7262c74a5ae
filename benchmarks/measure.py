"""What the benchmarks share: rows, medians, two sides in turn, and the way results reach ``run.py``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MARK = "benchmark rows: "


@dataclass(frozen=True)
class Row:
    """One measured row.

    Attributes:
        name: A name of ``promises.PROMISES``.
        measured: The number that is compared with the promise, in the promise's unit.
        figures: The absolute figures behind it, in words.
    """

    name: str
    measured: float
    figures: str


def alternate(sides: Mapping[str, Callable[[], Sequence[float]]], rounds: int) -> dict[str, list[float]]:
    """Measure all sides in turn, so that what else the machine does meets all of them.

    Args:
        sides: By name, a function that measures its side once or more and returns seconds.
        rounds: How often each side has its turn.

    Returns:
        By name, all seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            seconds[name] += side()
    return seconds


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` percent of ``values`` do not exceed; no value is invented in between."""
    ordered = sorted(values)
    place = -(-percent * len(ordered) // 100)
    return ordered[max(0, int(place) - 1)]


def spread(values: Sequence[float], unit: str, *, scale: float = 1.0) -> str:
    """Median and quartiles in words.

    Example:
        >>> spread([0.1, 0.2, 0.3], "ms", scale=1000)
        '200 ms (100 to 300)'
    """
    low, middle, high = (
        number(scale * value)
        for value in (percentile(values, 25), statistics.median(values), percentile(values, 75))
    )
    return f"{middle} {unit} ({low} to {high})"


def number(value: float) -> str:
    """Three digits, and never an exponent.

    Example:
        >>> number(1234.5), number(12.345), number(0.012345)
        ('1234', '12.3', '0.0123')
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def main(rows: Callable[[bool], list[Row]]) -> None:
    """Run one file of benchmarks and print its rows for :func:`read_rows`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    found = rows(parser.parse_args().quick)
    print(_MARK + json.dumps([asdict(row) for row in found]), flush=True)


def read_rows(printed: str) -> list[Row]:
    """The rows that :func:`main` printed, whatever else was printed before.

    Raises:
        ValueError: If there are none.
    """
    for line in reversed(printed.splitlines()):
        if line.startswith(_MARK):
            return [Row(**row) for row in json.loads(line.removeprefix(_MARK))]
    raise ValueError("The benchmark printed no rows.")


def note(text: str) -> None:
    """Say on the error stream what is going on; the output stream carries the table."""
    print(text, file=sys.stderr, flush=True)
