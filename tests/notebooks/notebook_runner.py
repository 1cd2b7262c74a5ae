"""Runs a notebook without a front end and measures what a learner's machine would notice."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

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
    """Run a notebook in a kernel of its own, with an empty progress folder.

    Raises:
        AssertionError: A cell failed; the message is the cell and its error.
    """
    folder = Path(folder)
    home = folder / "home"
    environment = {**os.environ, "TUNINGKIT_HOME": str(home), "TUNINGKIT_PRELOAD": "0"}
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    file = home / "progress.json"
    watch = _Watch(client, lambda: json.loads(file.read_text()) if file.exists() else {})
    client.on_cell_execute, client.on_cell_executed = watch.before, watch.after
    try:
        with watch:
            client.execute(env=environment)
    except CellExecutionError as error:
        raise AssertionError(str(error)) from None
    return Report(
        notebook, watch.seconds, watch.cpu_seconds, watch.peak_memory, watch.progress(), watch.passed_unsolved
    )


def _checks(progress):
    lessons = progress.get("lessons", {}).values()
    return {key: entry for lesson in lessons for key, entry in lesson.get("exercises", {}).items()}


class _Watch:
    """What a client's kernel takes while the block runs: private memory at its peak, and time of learners' cells."""

    def __init__(self, client, progress):
        self.client, self.progress = client, progress
        self.peak_memory, self.seconds, self.cpu_seconds = 0, 0.0, 0.0
        self.passed_unsolved, self._passed = set(), set()
        self._cpu, self._begun = 0.0, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def before(self, cell, cell_index):
        """Called before a cell runs."""
        if {"solution", "test"} & set(cell.metadata.get("tags", [])):
            self.passed_unsolved |= self._passed_now() - self._passed
            self._cpu = self._cpu_so_far()
        self._begun = time.monotonic()

    def after(self, cell, cell_index, execute_reply):
        """Called after a cell has run."""
        if {"solution", "test"} & set(cell.metadata.get("tags", [])):
            self._passed = self._passed_now()
        else:
            self.seconds += time.monotonic() - self._begun
            self.cpu_seconds += self._cpu_so_far() - self._cpu
        self._cpu = self._cpu_so_far()

    def _passed_now(self):
        return {key for key, entry in _checks(self.progress()).items() if entry["passed"]}

    def _cpu_so_far(self):
        return sum(psutil.Process(self.client.km.provisioner.process.pid).cpu_times()[:4])

    def _look(self):
        while not self._stop.wait(0.1):
            process = getattr(getattr(self.client.km, "provisioner", None), "process", None)
            if process is None:
                continue
            try:
                self.peak_memory = max(self.peak_memory, psutil.Process(process.pid).memory_full_info().uss)
            except psutil.Error:
                # The kernel has ended, or not quite begun.
                continue
