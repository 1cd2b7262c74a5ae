"""OptimizerLab in a real JupyterLab: from the key on a slider to the paths redrawn.

All ten optimisers are chosen, each with 300 steps. What counts as the answer is a changed path, and paths change only
when the worker has walked them anew with the slider's value.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

from browser import PAUSE, load, slider_row
from measure import Row, main, note

NAMES = ("optimizer_paths",)
_CELLS = (
    "import tuningkit as tk",
    'lab = tk.OptimizerLab("ravine", list(tk.optimizers.PATH_OPTIMIZERS), steps=300)\nlab',
)
_PATHS = """root => [...root.querySelectorAll(".tk-surface-track[data-name]")]
    .map((path) => path.getAttribute("d")).join()"""


def rows(quick: bool) -> list[Row]:
    from playwright.sync_api import sync_playwright

    note("optimizer lab")
    lab_server, harness = load("lab_server"), load("harness")
    with (
        tempfile.TemporaryDirectory(prefix="tuningkit-optimizers-") as folder,
        sync_playwright() as playwright,
    ):
        server = lab_server.LabServer(Path(folder))
        try:
            chromium = playwright.chromium.launch(
                executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
            )
            lab = harness.Lab(chromium, lambda preload: server, "benchmark-optimizers")
            page = lab.open(_CELLS, height=1200)
            page.run_all(timeout=300)
            found = latencies(page, moves=8 if quick else 40)
            errors = [*page.error_outputs(), *lab.console_errors()]
            lab.close()
            chromium.close()
        finally:
            server.stop()
    if errors:
        raise RuntimeError("The page has errors:\n" + "\n".join(errors))
    return [slider_row("optimizer_paths", found)]


def latencies(page: Any, moves: int) -> list[float]:
    """Milliseconds from each press on the learning-rate slider to the paths redrawn, after a warm-up."""
    page.execute("lab.wait(120)")
    root = page.page.locator(".tk-surface").first
    root.locator(".tk-surface-track[data-name]").first.wait_for(state="attached")
    name = page.page.locator(".widget-label", has_text=re.compile("^learning rate$"))
    page.press_slider(page.page.locator(".tk-control").filter(has=name).first, times=0)
    keys = itertools.cycle(["ArrowRight", "ArrowLeft"])

    def press() -> None:
        page.page.keyboard.press(next(keys))

    page.latencies(root, press, moves=4, pause=PAUSE, value=_PATHS)
    return page.latencies(root, press, moves=moves, pause=PAUSE, value=_PATHS)


if __name__ == "__main__":
    main(rows)
