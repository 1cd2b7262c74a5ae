"""Runs a notebook, in JupyterLab or without a front end, and measures what a learner's machine would notice."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

SECONDS = 90
MEMORY = 1 << 30
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass
class Report:
    """A notebook after it ran."""

    notebook: object
    #: Seconds by the clock, which other jobs on the machine lengthen, and seconds of one core; both of the cells that
    #: learners run, without solutions and tests. The time in which the kernel starts is in the second.
    seconds: float
    cpu_seconds: float
    peak_memory: int
    progress: dict
    #: Exercises that were passed before any solution to them had run.
    passed_unsolved: set[str]

    def red_output(self):
        """Whatever was written to the error stream: a learner sees it as a red box."""
        return [
            f"cell {number}: {output.text}"
            for number, cell in enumerate(self.notebook.cells, start=1)
            for output in cell.get("outputs", [])
            if output.output_type == "stream" and output.name == "stderr"
        ]

    def checks(self):
        """The recorded exercises: key to entry."""
        return _checks(self.progress)

    def exported(self):
        """The notebook as a page."""
        html, _ = HTMLExporter().from_notebook_node(self.notebook)
        return html

    def without_picture(self):
        """Outputs that an exported page shows as an empty box, or labs that it shows without a picture."""
        page, problems = self.exported(), []
        for number, cell in enumerate(self.notebook.cells, start=1):
            shown = [output.data for output in cell.get("outputs", []) if "data" in output]
            problems += [
                f"cell {number}: a widget without a picture or a text for exported pages"
                for data in shown
                if WIDGET in data and not {"text/html", "image/png", "image/svg+xml"} & set(data)
            ]
            if "lab" in cell.metadata.get("tags", []) and cell.cell_type == "code":
                pictures = [data["image/png"].replace("\n", "") for data in shown if "image/png" in data]
                if not pictures:
                    problems.append(f"cell {number}: the lab brings no picture (image/png)")
                problems += [
                    f"cell {number}: the picture of the lab is not in the exported page"
                    for picture in pictures
                    if picture[:200] not in page.replace("\n", "")
                ]
        return problems


def run(notebook, folder, *, timeout=SECONDS * 2):
    """Run a notebook in a kernel of its own, without a front end and with an empty progress folder.

    Raises:
        AssertionError: A cell failed; the message is the cell and its error.
    """
    folder = Path(folder)
    home = folder / "home"
    environment = {**os.environ, "TUNINGKIT_HOME": str(home), "TUNINGKIT_PRELOAD": "0"}
    # As in a session with one processor; other test processes share the machine.
    environment |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"}
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    file = home / "progress.json"
    moments = []

    def note(cell, **_):
        process = psutil.Process(client.km.provisioner.process.pid)
        progress = json.loads(file.read_text()) if file.exists() else {}
        moments.append(
            {
                "cell": cell.id,
                "cpu": sum(process.cpu_times()[:4]),
                "clock": time.monotonic(),
                "progress": progress,
            }
        )

    client.on_cell_execute = client.on_cell_executed = note
    with PeakMemory(lambda: getattr(getattr(client.km, "provisioner", None), "process", None)) as memory:
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise AssertionError(str(error)) from None
    return report_of(notebook, moments, memory.peak)


def run_in_page(page, *, timeout=SECONDS * 15):
    """Run all cells of a notebook that is open in JupyterLab, and save it; the progress folder must be empty.

    Args:
        page: A `NotebookPage` of the browser tests' harness.
        timeout: Seconds until the run has failed.

    Raises:
        RuntimeError: A cell failed; the message is the cell and its error.
    """
    watch = Path(__file__).with_name("kernel_watch.py")
    pid = page.execute(
        "import importlib.util, os, sys\n"
        f"spec = importlib.util.spec_from_file_location('kernel_watch', {str(watch)!r})\n"
        "sys.modules['kernel_watch'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(sys.modules['kernel_watch'])\n"
        "del importlib, sys, spec\n"
        "print(os.getpid()); del os"
    )
    process = psutil.Process(int(pid))
    with PeakMemory(lambda: process) as memory:
        page.run_all(timeout=timeout)
    moments = json.loads(page.execute("import json, kernel_watch; print(json.dumps(kernel_watch.moments))"))
    page.save()
    return report_of(nbformat.read(page.path, as_version=4), moments, memory.peak)


def report_of(notebook, moments, peak_memory):
    """What the moments before and after each cell add up to.

    Time is counted from the end of one cell to the end of the next, for labs train between them. Before a solution or
    a test it is left out, as they are.
    """
    helpers = {
        cell.id for cell in notebook.cells if {"solution", "test"} & set(cell.metadata.get("tags", []))
    }
    seconds, cpu_seconds, last = 0.0, 0.0, 0.0
    passed, passed_unsolved = set(), set()
    for before, after in zip(moments[::2], moments[1::2], strict=True):
        assert before["cell"] == after["cell"]
        if before["cell"] in helpers:
            passed_unsolved |= _passed(before["progress"]) - passed
            passed = _passed(after["progress"])
        else:
            seconds += after["clock"] - before["clock"]
            cpu_seconds += after["cpu"] - last
        last = after["cpu"]
    progress = moments[-1]["progress"] if moments else {}
    return Report(notebook, seconds, cpu_seconds, peak_memory, progress, passed_unsolved)


def _passed(progress):
    return {key for key, entry in _checks(progress).items() if entry["passed"]}


def _checks(progress):
    lessons = progress.get("lessons", {}).values()
    return {key: entry for lesson in lessons for key, entry in lesson.get("exercises", {}).items()}


def _private(process):
    """Bytes that a process has written, which are its own whatever else runs.

    What psutil calls "uss" also counts 300 MB of TensorFlow's files, but only while no other process has them open.
    """
    try:
        rolled_up = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return process.memory_full_info().uss
    return 1024 * next(
        int(line.split()[1]) for line in rolled_up.splitlines() if line.startswith("Private_Dirty:")
    )


class PeakMemory:
    """The most private memory that a process has while the block runs, looked at ten times a second.

    Args:
        process: Gives the process, anything with a `pid`, or None while there is none.
    """

    def __init__(self, process: Callable[[], object | None]):
        self.process, self.peak = process, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _look(self):
        highest = 0
        while not self._stop.wait(0.1):
            process = self.process()
            if process is None:
                continue
            try:
                known = psutil.Process(process.pid)
                # What is private takes 12 ms of a core to find out, so it is asked only where there is more of all.
                if (all_of_it := known.memory_info().rss) > highest:
                    highest = all_of_it + (1 << 20)
                    self.peak = max(self.peak, _private(known))
            except psutil.Error:
                # The kernel has ended, or not quite begun.
                continue
