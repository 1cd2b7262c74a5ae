"""Run inside a kernel: notes what it had used, and what the learner had passed, before and after each cell."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from IPython import get_ipython

PROGRESS = Path(os.environ["TUNINGKIT_HOME"]) / "progress.json"
# The learner begins with nothing passed.
PROGRESS.unlink(missing_ok=True)
#: One entry for each beginning and each end of a cell, in order.
moments: list[dict] = []


def moment(cell: str) -> dict:
    """What can be said now: processor seconds of this kernel and its children, the clock, and the progress file."""
    progress = json.loads(PROGRESS.read_text()) if PROGRESS.exists() else {}
    return {"cell": cell, "cpu": sum(os.times()[:4]), "clock": time.monotonic(), "progress": progress}


def note(info) -> None:
    """Called by IPython with what it is about to run, or with its result."""
    info = getattr(info, "info", info)
    # Code that a test runs behind the notebook's back belongs to no cell.
    if info.cell_id:
        moments.append(moment(info.cell_id))


get_ipython().events.register("pre_run_cell", note)
get_ipython().events.register("post_run_cell", note)
