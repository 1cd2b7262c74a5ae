"""Measure what tuningkit promises about speed and memory, and print it as a table.

    uv run python benchmarks/run.py            every row, seven minutes or more on a machine of two cores
    uv run python benchmarks/run.py --quick    the same rows from few repetitions: does it work, not how fast
    uv run python benchmarks/run.py --only import memory

A complete run also writes ``benchmarks/results.md``, which the README quotes. Each file of benchmarks runs in
a process of its own, one after the other, so that no row pays for what another one has left in memory.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import ROOT, Row, note, number, read_rows
from promises import PROMISES

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results.md"
#: Files of benchmarks, in the order in which they run; each lists the names of its rows in ``NAMES``.
FILES = (
    "training_speed",
    "search_speed",
    "import_time",
    "new_run",
    "memory",
    "browser",
    "optimizer_lab",
    "playground_speed",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure what tuningkit promises about speed and memory.")
    parser.add_argument("--quick", action="store_true", help="few repetitions; nothing is written")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help=f"rows or files: {', '.join([*FILES, *PROMISES])}"
    )
    options = parser.parse_args(arguments)
    try:
        wanted = chosen(options.only)
    except ValueError as error:
        parser.error(str(error))
    found = [row for file in files_for(wanted) for row in measure_file(file, options.quick)]
    found = [row for name in PROMISES for row in found if row.name == name and name in wanted]
    text = page(found)
    print(text, end="")
    if options.quick or options.only:
        note("Not written: only a complete run without --quick replaces benchmarks/results.md.")
    else:
        RESULTS.write_text(text, encoding="utf-8")
        note(f"Written to {RESULTS.relative_to(ROOT)}.")
    return 0


def chosen(only: Sequence[str] | None) -> set[str]:
    """Names of rows, from names of rows and of files.

    Raises:
        ValueError: If a name is neither.
    """
    if only is None:
        return set(PROMISES)
    wanted: set[str] = set()
    for name in only:
        if name in FILES:
            wanted |= set(import_module(name).NAMES)
        elif name in PROMISES:
            wanted.add(name)
        else:
            raise ValueError(f"unknown row {name!r}; there are {', '.join([*FILES, *PROMISES])}")
    return wanted


def files_for(wanted: set[str]) -> list[str]:
    """The files that measure these rows."""
    return [file for file in FILES if wanted & set(import_module(file).NAMES)]


def measure_file(file: str, quick: bool) -> list[Row]:
    """Run one file in a process of its own.

    Raises:
        subprocess.CalledProcessError: If it failed; what it said is on the error stream.
    """
    command = [sys.executable, str(FOLDER / f"{file}.py"), *(["--quick"] if quick else [])]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return read_rows(done.stdout)


def page(found: Sequence[Row]) -> str:
    """The Markdown that the README quotes."""
    lines = [
        f"Measured on {machine()}. Digits (64-128-10, dropout 0.3, L2 1e-4), Adam, batches of 32, validation after",
        "every epoch; medians, in brackets the middle half of the measurements.",
        "",
        "| What | Measured | Promise | Holds | Figures |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        promise = PROMISES[row.name]
        measured = number(row.measured)
        if promise.verdict(float(measured)) != promise.verdict(row.measured):
            measured = f"{row.measured:.6g}"  # 100.4 is more than 100, and has to be seen to be
        measured = f"{measured} {promise.unit}"
        cells = (promise.what, measured, promise.words(), promise.verdict(row.measured), row.figures)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What of the machine explains the numbers, for example "2 cores, Python 3.11, TensorFlow 2.21"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    python = ".".join(platform.python_version_tuple()[:2])
    parts = [f"{cores} core{'s' if cores > 1 else ''}", f"Python {python}"]
    for distribution in ("tensorflow", "tensorflow-cpu"):
        try:
            parts.append(f"TensorFlow {'.'.join(version(distribution).split('.')[:2])}")
            break
        except PackageNotFoundError:
            continue
    return ", ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
