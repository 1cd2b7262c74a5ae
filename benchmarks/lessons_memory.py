"""Every lesson on one processor, as on Binder: its memory, its time, and two lessons open at once.

    uv run python benchmarks/lessons_memory.py                 all lessons, half an hour; writes results_lessons.md
    uv run python benchmarks/lessons_memory.py 00_start_here   some lessons; nothing is written

A complete run also puts the page into docs/teaching.md. Needs Linux. The kernel is kept on one processor, TensorFlow
and NumPy to one thread each; the lessons run with their solutions, which learners write themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from browser import load
from measure import ROOT, note
from open_lesson import LessonRow, measure, memory_of, opened, peak
from run import machine

# The builder of the lessons brings the modules beside it.
sys.path.insert(0, str(ROOT / "lessons"))
import build

RESULTS = Path(__file__).with_name("results_lessons.md")
GUIDE = ROOT / "docs" / "teaching.md"
BEGIN, END = "<!-- lessons -->", "<!-- /lessons -->"
#: Private memory that a lesson stays below, and what Binder gives to a learner's whole session.
LIMIT, SESSION = 2**30, 2 * 2**30


@dataclass(frozen=True)
class Pair:
    """The two largest lessons, the second opened and run while the first one is still open; sizes in bytes.

    Attributes:
        first: The name of the lesson that stays open.
        second: The name of the other one.
        private: The most private memory of both together.
        files: The library files that both read, once.
        server: Private memory of Jupyter's server.
    """

    first: str
    second: str
    private: int
    files: int
    server: int

    @property
    def together(self) -> int:
        """All of it."""
        return self.private + self.files + self.server


def main(arguments: Sequence[str] | None = None) -> int:
    known = {path.stem: path for path in build.lesson_paths()}
    parser = argparse.ArgumentParser(description="Run the lessons on one processor and measure their memory.")
    parser.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="names such as 00_start_here; all if none"
    )
    names = parser.parse_args(arguments).lessons or list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no lesson {unknown[0]!r}; there are {', '.join(known)}")
    processor = max(os.sched_getaffinity(0))
    rows = [measure(build.test_notebook(known[name]), name, processor) for name in names]
    largest = sorted(rows, key=lambda row: row.private)[-2:]
    pair = measure_pair([known[row.name] for row in largest], processor) if len(largest) == 2 else None
    text = page(rows, pair)
    print(text, end="")
    if names != list(known):
        note("Not written: only a complete run replaces benchmarks/results_lessons.md.")
    else:
        RESULTS.write_text(text, encoding="utf-8")
        quote(text)
        note(f"Written to {RESULTS.relative_to(ROOT)} and {GUIDE.relative_to(ROOT)}.")
    return 1 if any(row.problem for row in rows) else 0


def measure_pair(paths: Sequence[Path], processor: int) -> Pair:
    """Run a lesson, leave it open, and run another one."""
    first, second = paths
    note(f"{second.stem}, beside {first.stem} ...")
    with opened(build.test_notebook(first), first.stem, processor) as stays:
        stays.run()
        with (
            opened(build.test_notebook(second), second.stem, processor) as lesson,
            peak([stays.pid, lesson.pid]) as most,
        ):
            lesson.run()
            files = max(memory_of(stays.pid).files, memory_of(lesson.pid).files)
            return Pair(first.stem, second.stem, most[0], files, server_memory())


def server_memory() -> int:
    """Private memory of a Jupyter server whose page was asked for and which has had a kernel, in bytes."""
    with tempfile.TemporaryDirectory(prefix="tuningkit-server-") as folder:
        server = load("lab_server").LabServer(Path(folder))
        try:
            kernel = server.request("POST", "/api/kernels")["id"]
            time.sleep(3)
            server.request("DELETE", f"/api/kernels/{kernel}")
            (process,) = [
                child for child in psutil.Process().children() if "jupyterlab" in " ".join(child.cmdline())
            ]
            return memory_of(process.pid).private
        finally:
            server.stop()


def page(rows: Sequence[LessonRow], pair: Pair | None) -> str:
    """The Markdown that docs/teaching.md quotes."""
    lines = [
        f"Measured on one processor of {machine()}: each lesson from top to bottom with its",
        "solutions, TensorFlow and NumPy kept to one thread. MB are millions of bytes; 1 GiB is 1074 MB. Seconds by",
        "the clock include what else the machine had to do.",
        "",
        "| Lesson | Private memory, at most | Below 1 GiB | Processor | By the clock | Ran to its end |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (
            row.name,
            f"{row.private / 1e6:.0f} MB",
            "yes" if row.private < LIMIT else "no",
            f"{row.processor_seconds:.0f} s",
            f"{row.seconds:.0f} s",
            f"no: {row.problem}" if row.problem else "yes",
        )
        lines.append(f"| {' | '.join(cells)} |")
    if pair is not None:
        verdict = "below" if pair.together < SESSION else "above"
        lines += [
            "",
            f"The two largest at once, `{pair.second}` run while `{pair.first}` is still open: "
            f"{pair.private / 1e6:.0f} MB of private memory,",
            f"{pair.files / 1e6:.0f} MB of library files that both read, {pair.server / 1e6:.0f} MB for Jupyter's "
            f"server: together {pair.together / 1e6:.0f} MB,",
            f"{verdict} the 2 GiB (2147 MB) of a session on Binder.",
        ]
    return "\n".join(lines) + "\n"


def quote(text: str) -> None:
    """Put the page into the teachers' guide."""
    guide = GUIDE.read_text(encoding="utf-8")
    before, _, rest = guide.partition(BEGIN)
    after = rest.partition(END)[2]
    GUIDE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
