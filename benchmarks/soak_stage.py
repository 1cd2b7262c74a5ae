"""A Jupyter server with one learner's kernel, for the soak: what a learner does, and what is looked at afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
from classroom_kernel import Kernel
from networks import cells

EPOCHS = 12
#: Moves of a slider in a second of a storm: what a hand that drags it sends at most.
RATE = 50
_LAB = (f"lab = tk.TuningLab(model, digits, l2=1e-4, epochs={EPOCHS})", "lab")
_STATE = """
import json, os, sys, threading
import psutil
from ipywidgets.widgets.widget import _instances
lab.wait(120)
lab.session.raise_error()
process = psutil.Process()
if sys.platform == "linux":
    private = sum(pages.private_dirty for pages in process.memory_maps())
else:
    private = process.memory_full_info().uss
# Each new connection opens a subshell, as JupyterLab's does; ipykernel keeps it until the kernel ends.
subshells = sum(thread.name.startswith("subshell") for thread in threading.enumerate())
print(json.dumps({
    "l2": lab.l2,
    "runs": [[record.number, record.run.hyperparameters["l2"], record.run.epochs] for record in lab.session.records],
    "labs": sum(thread.name.startswith("tuningkit") for thread in threading.enumerate()),
    "threads": len(threading.enumerate()) - subshells, "system_threads": process.num_threads() - subshells,
    "names": sorted(thread.name for thread in threading.enumerate()),
    "children": [child.name() for child in process.children(recursive=True)],
    "widgets": len(_instances), "private": private / 1e6, "pid": os.getpid(),
}))
"""
_ANSWER = """
import json
from tuningkit.teaching.progress import default_progress
store = default_progress()
for number in {numbers}:
    entry = store.record("exercises", f"3.3-n{{number}}", {{"passed": True, "number": number}})
print(json.dumps([entry["number"], store.take_notice(), store.notices]))
"""


class Stage:
    """A server, a kernel and a learner's hand. Everything is called from one thread.

    Args:
        server: A running `LabServer` of the browser tests.

    Attributes:
        home: The folder of the learner's progress file.
        answered: Numbers of the answers that the kernel has acknowledged.
        breaches: What went wrong, in words.
        runs: Number to (L2, epochs) of every run that has ended in the present lab.
        moves: How often the slider was moved, in all.
    """

    def __init__(self, server: Any) -> None:
        self.server = server
        self.home: Path = server.home
        self.answered: list[int] = []
        self.breaches: list[str] = []
        self.runs: dict[int, tuple[float, int]] = {}
        self.moves = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.kernel_id = server.request("POST", "/api/kernels")["id"]
        self.kernel: Kernel = self._call(Kernel.connect(server.url, self.kernel_id))
        self.pid = int(self.run("import os; print(os.getpid())"))

    # What a learner does

    def run(self, code: str, cell: str = "") -> str:
        """Run a cell and return what it printed."""
        for _ in range(5):
            try:
                return self._call(self.kernel.run(code, cell))
            except RuntimeError as error:
                # After a cell that failed the kernel sends back, unrun, what comes within a tenth of a second.
                if str(error) != "aborted":
                    raise
            time.sleep(0.2)
        raise RuntimeError("The kernel has refused a cell five times.")

    def begin(self, code: str, cell: str = "") -> Future[str]:
        """Start a cell, and do not wait for it."""
        return asyncio.run_coroutine_threadsafe(self.kernel.run(code, cell), self._loop)

    def sit_down(self) -> None:
        """Run the lesson's cells and train once."""
        self.run(cells()[0], "make")
        self.show_lab()
        self.run("lab.train().wait()")

    def show_lab(self) -> None:
        """Run the lab's cell, for the first time or again."""
        self.kernel.widgets.clear()
        self.run("\n".join(_LAB), "lab")
        self.runs = {}
        self._slider = self.kernel.find(_model_name="SelectionSliderModel", description="L2")
        state = self.kernel.widgets[self._slider]
        self._labels, self._place = state["_options_labels"], state["index"]

    def storm(self, chance: random.Random, seconds: float) -> float:
        """Drag the L2 slider to and fro, 50 moves a second; returns the value that it stands at."""
        low, high = self._labels.index("1e-6"), self._labels.index("0.01")
        begin = time.monotonic()
        for move in range(max(1, int(seconds * RATE))):
            time.sleep(max(0.0, begin + move / RATE - time.monotonic()))
            self._place = min(high, max(low, self._place + chance.choice((-2, -1, 1, 2))))
            self._loop.call_soon_threadsafe(self.kernel.move, self._slider, {"index": self._place})
            self.moves += 1
        return float(self._labels[self._place])

    def answer(self, count: int = 1) -> tuple[str, list[str]]:
        """Answer exercises; returns the notice that is new, and all that stand."""
        first = len(self.answered)
        numbers = list(range(first, first + count))
        last, notice, notices = json.loads(self.run(_ANSWER.format(numbers=numbers)))
        if last != numbers[-1]:
            self.breaches.append(f"answer {numbers[-1]} was acknowledged as {last}")
        self.answered += numbers
        return notice, notices

    # What a machine does to a learner

    def reconnect(self) -> None:
        """Open a new connection to the kernel, as a reloaded page does."""
        self._loop.call_soon_threadsafe(self.kernel.close)
        widgets = self.kernel.widgets
        self.kernel = self._call(Kernel.connect(self.server.url, self.kernel_id))
        self.kernel.widgets = widgets

    def interrupt(self) -> None:
        """Press Stop."""
        self.server.request("POST", f"/api/kernels/{self.kernel_id}/interrupt")

    def restart(self) -> None:
        """Press Restart."""
        self.server.request("POST", f"/api/kernels/{self.kernel_id}/restart")
        self._new_process()

    def kill(self) -> None:
        """End the kernel by force; the server starts another, as it does after a crash."""
        psutil.Process(self.pid).kill()
        self._new_process()

    def _new_process(self) -> None:
        old = self.pid
        end = time.monotonic() + 60
        while (new := self._pid_of_kernel(old)) is None:
            if time.monotonic() > end:
                raise RuntimeError("The server started no new kernel within 60 s.")
            time.sleep(0.1)
        self.reconnect()
        # What a kernel prints before the server listens to its output is not heard.
        while not (printed := self.run("import os; print(os.getpid())")):
            if time.monotonic() > end:
                raise RuntimeError("The new kernel's output was not heard within 60 s.")
        self.pid = int(printed)
        if self.pid != new:
            self.breaches.append(f"the new kernel is {self.pid}, the server has started {new}")
        if psutil.pid_exists(old) and psutil.Process(old).status() != psutil.STATUS_ZOMBIE:
            self.breaches.append(f"the old kernel {old} is still there")

    def _pid_of_kernel(self, other_than: int) -> int | None:
        found = [pid for pid in self.processes() if pid != other_than and self.kernel_id in _command(pid)]
        return found[0] if found else None

    # What is looked at afterwards

    def state(self) -> dict[str, Any]:
        """The lab and its kernel once it rests, with what was lost since the last look noted as a breach."""
        state = json.loads(self.run(_STATE))
        runs = {number: (l2, epochs) for number, l2, epochs in state["runs"]}
        for number, (l2, epochs) in self.runs.items():
            # A run may have been trained on since; it never gets shorter.
            if number not in runs or runs[number][0] != l2 or runs[number][1] < epochs:
                self.breaches.append(f"run {number} was {(l2, epochs)} and is {runs.get(number)}")
        self.runs = runs
        if state["labs"] != 1:
            self.breaches.append(f"{state['labs']} threads of labs for one lab")
        if state["children"]:
            self.breaches.append(f"the kernel left processes: {', '.join(state['children'])}")
        return state

    def check_progress(self, folder: Path | None = None, missing: int = 0) -> None:
        """Look at the progress file: whole, with every acknowledged answer, and nothing lying about.

        Args:
            folder: Where it is; the learner's home by default.
            missing: How many of the last answers cannot be in it yet.
        """
        folder = folder or self.home
        try:
            content = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
            entries = content["lessons"]["3.3"]["exercises"]
            stored = {entry["number"] for entry in entries.values()}
        except (OSError, ValueError, LookupError) as error:
            self.breaches.append(f"the progress file is not whole: {error!r}")
            return
        wanted = set(self.answered[: len(self.answered) - missing])
        if wanted - stored:
            self.breaches.append(f"{len(wanted - stored)} answers are not in the progress file")
        odd = {path.name for path in folder.iterdir()} - {"progress.json", "progress.json.lock", "filler"}
        if odd:
            self.breaches.append(f"beside the progress file: {', '.join(sorted(odd))}")

    def processes(self) -> list[int]:
        """Everything that the server has started and that still runs."""
        server = psutil.Process(self.server_pid())
        return [
            child.pid
            for child in server.children(recursive=True)
            if child.is_running() and child.status() != psutil.STATUS_ZOMBIE
        ]

    def server_pid(self) -> int:
        """The server's process."""
        for connection in psutil.Process(os.getpid()).children():
            if str(self.server.port) in _command(connection.pid):
                return connection.pid
        raise RuntimeError("The server has ended.")

    def close(self) -> None:
        """End the kernel, and see that nothing of it stays."""
        self._loop.call_soon_threadsafe(self.kernel.close)
        self.server.end_sessions()
        end = time.monotonic() + 30
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.2)
        if left:
            self.breaches.append(f"{len(left)} processes stay after the kernel's end")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(320)


def _command(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""
