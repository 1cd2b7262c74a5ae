"""A real JupyterLab in Chromium: from the key on a slider to the changed pixels, and painted updates.

What counts as the answer to a key press has to be something that a network in training does not change by
itself. A growing curve would answer at once, whatever was pressed. Hence:

* "new run": the move sends the run under way behind the new one, as a ghost. The label of the newest ghost
  ("run 7") changes then and only then, and not before the new run has an epoch to show: a picture without it
  keeps the answer waiting. So the time includes the restart and the first epoch.
* "mid-run": the move puts a marker with its words ("L2 1e-4 → 2e-4") where training went on with the new value.
  The number of markers changes then and only then.
* all epochs: the newest ghost's label, looked at only while the curve in front has all its points.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import statistics
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from measure import ROOT, Row, main, note, percentile, spread
from networks import cells

NAMES = ("first_point_painted", "all_epochs_painted", "slider_new_run", "slider_mid_run", "painted")
EPOCHS = 60
#: A run that cannot end while it is watched.
LONG = 2000
#: After as many moves the run begins again: more markers than that no learner sets.
MOVES_PER_RUN = 10
#: A lab keeps no ghost of a run that was shorter, so such a move could not be told by it.
SHORTEST = 3
#: Seconds between an answer and the next press.
PAUSE = 0.25

_FRONT = 'root.querySelector(".tk-layer-strong path[data-n]")'
_GHOST = '[...root.querySelectorAll(".tk-layer-ghost path")].pop()'
# The last answer stays until there is a newer one: a run without a point yet is none.
_NEW_RUN = f"""root => {{
  const front = {_FRONT}, ghost = {_GHOST};
  if (front && ghost) root.tkAnswer = ghost.dataset.label;
  return root.tkAnswer;
}}"""
_WHOLE_RUN = f"""root => {{
  const front = {_FRONT}, ghost = {_GHOST};
  if (front && ghost && Number(front.dataset.n) === {EPOCHS}) root.tkAnswer = ghost.dataset.label;
  return root.tkAnswer;
}}"""
_MARKERS = 'root => root.querySelector(".tk-panel").querySelectorAll(".tk-mark title").length'


def rows(quick: bool) -> list[Row]:
    from playwright.sync_api import sync_playwright

    note("browser")
    lab_server, harness = load("lab_server"), load("harness")
    with tempfile.TemporaryDirectory(prefix="tuningkit-browser-") as folder, sync_playwright() as playwright:
        server = lab_server.LabServer(Path(folder))
        try:
            chromium = playwright.chromium.launch(
                executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
            )
            lab = harness.Lab(chromium, lambda preload: server, "benchmark")
            lines = [f"lab = tk.TuningLab(model, digits, l2=1e-4, epochs={EPOCHS})", "lab"]
            page = lab.open(cells(*lines), height=1200)
            page.run_all(timeout=300)
            found = measure_page(Screen(page), quick)
            errors = [*page.error_outputs(), *lab.console_errors()]
            lab.close()
            chromium.close()
        finally:
            server.stop()
    if errors:
        raise RuntimeError("The page has errors:\n" + "\n".join(errors))
    return found


class Screen:
    """A TuningLab on the screen, with its L2 slider under the keyboard."""

    def __init__(self, page: Any) -> None:
        self.notebook = page
        self.page = page.page
        self.chart = self.page.locator(".tk-chart").first
        self._keys = itertools.cycle(["ArrowRight", "ArrowLeft"])

    def focus(self) -> None:
        """Put the keyboard on the L2 slider, with the chart in the window."""
        self.chart.scroll_into_view_if_needed()
        name = self.page.locator(".widget-label", has_text=re.compile("^L2$"))
        slider = self.page.locator(".widget-hslider, .widget-inline-hbox").filter(has=name).first
        self.notebook.press_slider(slider, times=0)

    def press(self, after: int = SHORTEST) -> None:
        """Once the run in front has ``after`` points: one stop up, the next time one stop down."""
        self.page.wait_for_function(
            "([root, count]) => root.querySelector(`.tk-layer-strong path[data-n]`)?.dataset.n >= count",
            arg=[self.chart.element_handle(), after],
        )
        self.page.keyboard.press(next(self._keys))

    def begin(self, mode: str, epochs: int) -> None:
        """Start a run that trains on by itself, and wait until it is on the screen."""
        self.notebook.execute(
            f"lab.pause().wait(); lab.clear(); lab.mode = {mode!r}; lab.epochs = {epochs}; lab.restart(); lab.train()"
        )
        self.chart.locator(".tk-layer-strong path[data-n]").first.wait_for(state="attached")
        self.focus()

    def check_training(self) -> None:
        """What was measured counts only if the run had not ended meanwhile."""
        if not self.page.locator("b", has_text=re.compile("^Training$")).count():
            raise RuntimeError(f"The run ended while it was watched; give it more than {LONG} epochs.")

    def latencies(self, value: str, moves: int, *, after: int = SHORTEST) -> list[float]:
        """Milliseconds from each press to the picture whose ``value`` (JavaScript) answers it."""
        return self.notebook.latencies(
            self.chart, lambda: self.press(after), moves=moves, pause=PAUSE, value=value
        )


def measure_page(screen: Screen, quick: bool) -> list[Row]:
    """All rows on one opened notebook, each after a warm-up."""
    rounds = 1 if quick else 4
    moves = 5 if quick else MOVES_PER_RUN
    # Whole runs, each begun when the one before has ended.
    screen.begin("new run", EPOCHS)
    screen.notebook.execute("lab.wait()")
    screen.latencies(_WHOLE_RUN, 2, after=EPOCHS)
    first = screen.latencies(_NEW_RUN, 3 if quick else 10, after=EPOCHS)
    whole = screen.latencies(_WHOLE_RUN, 3 if quick else 10, after=EPOCHS)
    # Moves, and painted frames, while training runs at full speed.
    new_run, mid_run, painted = [], [], []
    for _ in range(rounds):
        screen.begin("new run", LONG)
        new_run += screen.latencies(_NEW_RUN, moves)
        screen.check_training()
        screen.begin("mid-run", LONG)
        mid_run += screen.latencies(_MARKERS, moves)
        screen.check_training()
        screen.begin("mid-run", LONG)
        painted.append(screen.notebook.painted_per_second(screen.chart, 2.0))
        screen.check_training()
    screen.notebook.execute("lab.pause().wait()")
    return [
        Row("first_point_painted", statistics.median(first), spread(first, "ms")),
        Row("all_epochs_painted", statistics.median(whole) / 1e3, spread(whole, "s", scale=1e-3)),
        slider_row("slider_new_run", new_run),
        slider_row("slider_mid_run", mid_run),
        Row("painted", statistics.median(painted), spread(painted, "per second")),
    ]


def slider_row(name: str, latencies: list[float]) -> Row:
    return Row(name, percentile(latencies, 95), f"median {spread(latencies, 'ms')}, {len(latencies)} moves")


def load(name: str) -> ModuleType:
    """A file of the browser tests, which are no package, as a module."""
    known = f"tuningkit_benchmark_{name}"
    spec = importlib.util.spec_from_file_location(known, ROOT / "tests" / "browser" / f"{name}.py")
    sys.modules[known] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


if __name__ == "__main__":
    main(rows)
