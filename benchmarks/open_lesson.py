"""A lesson open in a kernel of its own, kept on one processor, and the memory that it takes."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from measure import ROOT, note
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

#: One processor, and no more threads than that in TensorFlow's and in NumPy's pools.
ONE_PROCESSOR = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
#: Seconds for one cell.
LONGEST_CELL = 600
_LOOKS_PER_SECOND = 4


@dataclass(frozen=True)
class Memory:
    """What a kernel and the processes that it has started hold, in bytes.

    Attributes:
        private: The pages they have written, which are theirs alone.
        files: All other pages, nearly all of library files; other kernels read the same ones.
    """

    private: int
    files: int


def memory_of(pid: int) -> Memory:
    """The memory of a process and its children now; none if it has ended."""
    private = resident = 0
    try:
        pids = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return Memory(0, 0)
    for each in pids:
        try:
            rolled_up = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
        except OSError:  # ended a moment ago
            continue
        found = dict(re.findall(r"^(\w+):\s+(\d+) kB$", rolled_up, flags=re.MULTILINE))
        private += 1024 * int(found["Private_Dirty"])
        resident += 1024 * int(found["Rss"])
    return Memory(private, resident - private)


@contextmanager
def peak(pids: Sequence[int]) -> Iterator[list[int]]:
    """Look at the private memory of processes, all together, until the block ends.

    Yields:
        A list with one number, the most there was so far, in bytes.
    """
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(1 / _LOOKS_PER_SECOND):
            most[0] = max(most[0], sum(memory_of(pid).private for pid in pids))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


class OpenLesson:
    """A lesson in a kernel; use :func:`opened`.

    Attributes:
        pid: The kernel's process.
        name: The lesson's name.
    """

    def __init__(self, client: NotebookClient, name: str) -> None:
        self.client = client
        self.name = name
        self.pid: int = client.km.provisioner.process.pid

    def run(self) -> str:
        """Run all cells.

        Returns:
            An empty text, or what went wrong.
        """
        try:
            for place, cell in enumerate(self.client.nb.cells):
                self.client.execute_cell(cell, place)
        except CellExecutionError as error:
            return f"{error.ename}: {error.evalue}"
        except CellTimeoutError:
            return f"a cell took more than {LONGEST_CELL} s"
        except DeadKernelError:
            return "the kernel died"
        return ""

    def processor_seconds(self) -> float:
        """What the kernel and its children have used so far."""
        processes = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        # User and system time, and that of children that have ended.
        return sum(sum(process.cpu_times()[:4]) for process in processes)


@contextmanager
def opened(notebook: nbformat.NotebookNode, name: str, processor: int) -> Iterator[OpenLesson]:
    """Open a lesson as on Binder: TensorFlow loads in the background, nothing is in the progress file.

    Args:
        notebook: The cells to run.
        name: The lesson's name.
        processor: The one processor that the kernel may use.
    """
    with tempfile.TemporaryDirectory(prefix="tuningkit-lesson-") as folder:
        environment = {
            **os.environ,
            **ONE_PROCESSOR,
            "IPYTHONDIR": folder,
            "JUPYTER_CONFIG_DIR": folder,
            "TUNINGKIT_HOME": folder,
            "PYTHONPATH": str(ROOT),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        environment.pop("TUNINGKIT_PRELOAD", None)
        client = NotebookClient(
            notebook,
            timeout=LONGEST_CELL,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": folder}},
        )
        everywhere = os.sched_getaffinity(0)
        # A process begins where the one that starts it may run: before any of its threads is there to be forgotten.
        os.sched_setaffinity(0, {processor})
        with client.setup_kernel(env=environment):
            os.sched_setaffinity(0, everywhere)
            lesson = OpenLesson(client, name)
            assert psutil.Process(lesson.pid).cpu_affinity() == [processor]
            yield lesson


@dataclass(frozen=True)
class LessonRow:
    """A lesson after it ran from top to bottom.

    Attributes:
        name: The lesson's name.
        private: The most private memory there was, in bytes.
        files: The memory beside it at the end, which kernels share, in bytes.
        processor_seconds: Seconds of the processor, the start of the kernel included.
        seconds: The same by the clock.
        problem: What went wrong; empty if nothing did.
    """

    name: str
    private: int
    files: int
    processor_seconds: float
    seconds: float
    problem: str


def measure(notebook: nbformat.NotebookNode, name: str, processor: int) -> LessonRow:
    """Run a lesson in a kernel of its own."""
    note(f"{name} ...")
    begin = time.perf_counter()
    with opened(notebook, name, processor) as lesson, peak([lesson.pid]) as most:
        problem = lesson.run()
        seconds = time.perf_counter() - begin
        row = LessonRow(
            name, most[0], memory_of(lesson.pid).files, lesson.processor_seconds(), seconds, problem
        )
    note(
        f"    {row.private / 1e6:.0f} MB, {row.processor_seconds:.0f} s of the processor, {seconds:.0f} s  {problem}"
    )
    return row
