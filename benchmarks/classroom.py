"""How many learners one machine holds: real kernels, all with a slider in motion.

    uv run python benchmarks/classroom.py            at most eight minutes; writes results_classroom.md
    uv run python benchmarks/classroom.py --quick    one and two learners: does it work, not how fast

A complete run also puts the page into docs/teaching.md. The class grows as long as time and memory allow: before
each size the time is reckoned from what a learner has taken so far.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from browser import load
from classroom_kernel import Kernel
from classroom_learner import Learner
from classroom_stage import Stage, page
from measure import ROOT, note
from run import machine

RESULTS = Path(__file__).with_name("results_classroom.md")
GUIDE = ROOT / "docs" / "teaching.md"
BEGIN, END = "<!-- classroom -->", "<!-- /classroom -->"
SIZES = (1, 2, 4, 8, 12, 16, 24, 32, 40)
#: Seconds in all, and those that remain for ending the kernels.
LONGEST, CLOSING = 480.0, 30.0
#: Bytes of memory that stay free.
KEEP_FREE = 4 * 2**30
#: Kernels that start at the same time.
AT_ONCE = 2
#: Seconds in which the learners of one size move; the smallest classes longer, for enough moves.
SECONDS = {1: 30.0, 2: 24.0}
USUAL = 16.0


@dataclass
class Classroom:
    """A Jupyter server and its learners.

    Attributes:
        server: The running server.
        learners: Who is there.
        seconds_each: How long each of the last ones who came took until the lab was warm.
        work: Processor seconds of each until then.
    """

    server: Any
    learners: list[Learner] = field(default_factory=list)
    seconds_each: float = 0.0
    work: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._available = psutil.virtual_memory().available
        (self._process,) = [
            child for child in psutil.Process().children() if "jupyterlab" in " ".join(child.cmdline())
        ]

    async def fill(self, size: int) -> None:
        """Learners come in, two at a time, until there are so many."""
        while len(self.learners) < size:
            begin, count = time.perf_counter(), len(self.learners)
            numbers = range(count, min(count + AT_ONCE, size))
            self.learners += await asyncio.gather(*map(self._welcome, numbers))
            self.seconds_each = (time.perf_counter() - begin) / len(numbers)
            self.work += [processor_seconds(learner) for learner in self.learners[count:]]

    async def _welcome(self, number: int) -> Learner:
        kernel_id = (await asyncio.to_thread(self.server.request, "POST", "/api/kernels"))["id"]
        learner = Learner(await Kernel.connect(self.server.url, kernel_id), number)
        await learner.sit_down()
        return learner

    async def measure(self, seconds: float) -> Stage:
        """All learners move for so long."""
        spent = [processor_seconds(learner) for learner in self.learners]
        answers = await asyncio.gather(*(learner.play(seconds) for learner in self.learners))
        await asyncio.gather(*(learner.check() for learner in self.learners))
        count = len(self.learners)
        work = sum(processor_seconds(learner) for learner in self.learners) - sum(spent)
        found = [answer for of_learner in answers for answer in of_learner]
        lost = [words for learner in self.learners for words in learner.lost]
        for learner in self.learners:
            learner.lost = []
        kernels = await asyncio.to_thread(self.server.request, "GET", "/api/kernels")
        if len(kernels) != count:
            lost.append(f"{count - len(kernels)} kernels are gone")
        memory = sum(private_megabytes(learner.process_id) for learner in self.learners) / count
        taken = (self._available - psutil.virtual_memory().available) / 1e6
        return Stage(count, found, memory, taken, work / max(1, len(found)), lost)

    async def leave(self) -> None:
        """Everyone goes, all at once, and the kernels end."""
        for learner in self.learners:
            learner.kernel.close()
        ends = (f"/api/kernels/{learner.kernel.kernel_id}" for learner in self.learners)
        await asyncio.gather(*(asyncio.to_thread(self.server.request, "DELETE", end) for end in ends))

    def server_megabytes(self) -> float:
        """Private memory of the Jupyter server."""
        return private_megabytes(self._process.pid)

    def refuse(self, size: int, seconds_left: float) -> str:
        """Why a class of this size is not begun, in words; empty if it is."""
        more = size - len(self.learners)
        if self.learners:
            needed = more * self.seconds_each + 1.5 * USUAL
            if needed > seconds_left:
                return (
                    f"{size} learners would have taken longer than the {LONGEST / 60:g} minutes it may take"
                )
            each = private_megabytes(self.learners[-1].process_id) * 1e6
            if psutil.virtual_memory().available - 1.2 * more * each < KEEP_FREE:
                return f"{size} learners would not have left {KEEP_FREE / 2**30:g} GiB of memory free"
        return ""


async def grow(
    server: Any, sizes: Sequence[int], seconds: dict[int, float], deadline: float
) -> dict[str, Any]:
    """Measure one size after the other; returns what :func:`classroom_stage.page` needs.

    Raises:
        TimeoutError: If not even the smallest class was done in time.
    """
    classroom = Classroom(server)
    stages: list[Stage] = []
    ended = "larger ones were not asked for"
    server_megabytes = 0.0
    try:
        for size in sizes:
            why = classroom.refuse(size, deadline - time.perf_counter())
            if why:
                ended = why
                break
            async with asyncio.timeout(deadline - time.perf_counter()):
                await classroom.fill(size)
                stages.append(await classroom.measure(seconds.get(size, USUAL)))
            note(stages[-1].row())
            for words in stages[-1].lost:
                note(f"lost: {words}")
            server_megabytes = server_megabytes or classroom.server_megabytes()
    except TimeoutError:
        ended = f"{size} learners were not done when the {LONGEST / 60:g} minutes it may take were over"
        if not stages:
            raise
    finally:
        await classroom.leave()
    start = sum(classroom.work) / len(classroom.work)
    return {"stages": stages, "server": server_megabytes, "start": start, "ended": ended}


def measure_class(sizes: Sequence[int], seconds: dict[int, float], longest: float = LONGEST) -> str:
    """Start a server, let the class grow, end everything; returns the page."""
    deadline = time.perf_counter() + longest - CLOSING
    # Where Python is told to keep no compiled files, every kernel would compile TensorFlow anew; no learner's does.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".pytest_cache" / "bytecode")
    with tempfile.TemporaryDirectory(prefix="tuningkit-classroom-") as folder:
        server = load("lab_server").LabServer(Path(folder), preload=True)
        try:
            found = asyncio.run(grow(server, sizes, seconds, deadline))
        finally:
            server.end_sessions()
            server.stop()
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB of memory"
    return page(found.pop("stages"), machine=f"{machine()}, {memory}", **found)


def put_into_guide(text: str) -> None:
    """Replace what docs/teaching.md quotes."""
    before, _, rest = GUIDE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    GUIDE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def processor_seconds(learner: Learner) -> float:
    """Of the learner's kernel, user and system."""
    times = psutil.Process(learner.process_id).cpu_times()
    return times.user + times.system


def private_megabytes(process_id: int) -> float:
    """Pages that a process has written, in MB; on other systems than Linux what is closest to it."""
    process = psutil.Process(process_id)
    if sys.platform == "linux":
        return sum(pages.private_dirty for pages in process.memory_maps()) / 1e6
    return process.memory_full_info().uss / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="How many learners one machine holds.")
    parser.add_argument(
        "--quick", action="store_true", help="one and two learners, a few seconds; nothing is written"
    )
    quick = parser.parse_args(arguments).quick
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if quick:
        print(measure_class((1, 2), {1: 8.0, 2: 8.0}), end="")
        note("Not written: only a complete run replaces benchmarks/results_classroom.md and its quote.")
        return 0
    text = measure_class(SIZES, SECONDS)
    print(text, end="")
    RESULTS.write_text(text, encoding="utf-8")
    put_into_guide(text)
    note(f"Written to {RESULTS.relative_to(ROOT)} and {GUIDE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
