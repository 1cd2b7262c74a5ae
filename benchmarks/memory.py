"""Private memory of a real notebook kernel that shows a lab, and what moving a slider adds to it."""

from __future__ import annotations

import os
import statistics
import tempfile
from typing import Any

from measure import ROOT, Row, main, note, spread
from networks import cells

NAMES = ("memory", "resident", "growth")
RESTARTS = 200
#: Private: the pages the kernel has written. They are its own whatever else runs. psutil's "uss" also counts the
#: pages of TensorFlow's files, 300 MB of them, but only while no other process has TensorFlow open, and the
#: system can drop those. On other systems than Linux "uss" is what there is.
_USED = """
import sys
import psutil
process = psutil.Process()
if sys.platform == "linux":
    private = sum(pages.private_dirty for pages in process.memory_maps())
else:
    private = process.memory_full_info().uss
print(private, process.memory_info().rss)
"""
#: A slider in motion: each move begins a new run, some long enough to stay as a ghost, and the last one ends.
_RESTART = """
import time
for move in range({moves}):
    lab.session.set("l2", 1e-6 * (1 + move), start=True)
    time.sleep(0.1)
lab.wait()
print("runs", len(lab.runs))
"""


def rows(quick: bool) -> list[Row]:
    note("memory")
    kernels = [one_kernel() for _ in range(1 if quick else 3)]
    private, resident, added = zip(*kernels, strict=True)
    count = f"{len(kernels)} kernel{'s' if len(kernels) > 1 else ''}"
    return [
        Row("memory", statistics.median(private), f"{spread(private, 'MB')}, {count}"),
        Row("resident", statistics.median(resident), f"{spread(resident, 'MB')}, {count}"),
        Row("growth", statistics.median(added), f"{spread(added, 'MB')}, {count}"),
    ]


def one_kernel() -> tuple[float, float, float]:
    """Megabytes, private and resident, after a lab has trained a run; private ones that the restarts add."""
    from jupyter_client.manager import start_new_kernel

    with tempfile.TemporaryDirectory(prefix="tuningkit-memory-") as folder:
        environment = {
            **os.environ,
            "IPYTHONDIR": folder,
            "JUPYTER_CONFIG_DIR": folder,
            "JUPYTER_RUNTIME_DIR": folder,
            "TUNINGKIT_HOME": folder,
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        # As for a learner: TensorFlow is loaded in the background, with all that it brings along.
        environment.pop("TUNINGKIT_PRELOAD", None)
        manager, client = start_new_kernel(kernel_name="python3", env=environment)
        try:
            for cell in cells("lab = tk.TuningLab(model, digits)", "lab"):
                run(client, cell)
            run(client, "lab.train().wait()")
            private, resident = used(client)
            run(client, _RESTART.format(moves=RESTARTS))
            return private, resident, used(client)[0] - private
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def used(client: Any) -> tuple[float, float]:
    """Private and resident memory of the kernel in MB (10^6 bytes)."""
    private, resident = run(client, _USED).split()
    return int(private) / 1e6, int(resident) / 1e6


def run(client: Any, code: str) -> str:
    """Run code in the kernel; returns what it printed.

    Raises:
        RuntimeError: If the code raised an error.
    """
    printed: list[str] = []

    def collect(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=collect, allow_stdin=False, timeout=300)["content"]
    if reply["status"] != "ok":
        raise RuntimeError("\n".join(reply.get("traceback", [reply["status"]])))
    return "".join(printed).strip()


if __name__ == "__main__":
    main(rows)
