"""TuningLab in a real JupyterLab, with a real network: keys, curves, timings, reload, re-running, both themes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

TIMINGS = Path(__file__).parents[2] / "artifacts" / "browser_timings.json"

DIGITS = """
import threading, time
import tuningkit as tk
import keras
digits = tk.datasets.load_digits()
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((64,)), keras.layers.Dense(128, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(10),
])
warm = tk.train(model, digits, epochs=1)
def workers():
    return sum(thread.name.startswith("tuningkit-tuning") for thread in threading.enumerate())
"""

MOONS = """
import tuningkit as tk
import keras
moons = tk.datasets.make_moons(noise=0.25)
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(24, "relu"), keras.layers.Dense(1)])
"""

# A page-side clock: milliseconds from the next key press to the first points of the new run, and to its end. On a
# busy machine both may come with one picture.
CLOCK = """(whole) => new Promise((resolve) => {
    const path = () => document.querySelector("[data-panel=loss] .tk-line[data-role=train]:not(.tk-ghost)")
        ?.getAttribute("d") ?? "";
    const before = path();
    let down = 0, first = 0;
    addEventListener("keydown", () => { down = performance.now(); }, { capture: true, once: true });
    const look = () => {
        const now = performance.now(), drawn = path(), count = drawn.split(/[ML]/).length - 1;
        if (down && !first && count > 0 && drawn !== before) first = now - down;
        if (first && count >= whole) resolve({ first, all: now - down });
        else if (down && now - down > 60000) resolve({ first, all: null });
        else requestAnimationFrame(look);
    };
    look();
    window.tkClockReady = true;
})"""


def note(**numbers: float) -> None:
    """Keep measured numbers beside the screenshots, and print them."""
    TIMINGS.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(TIMINGS.read_text()) if TIMINGS.exists() else {}
    known["tuning_lab"] = {
        **known.get("tuning_lab", {}),
        **{name: round(n, 1) for name, n in numbers.items()},
    }
    TIMINGS.write_text(json.dumps(known, indent=2) + "\n")
    print({name: round(number, 1) for name, number in numbers.items()})


def control(page: Any, label: str) -> Locator:
    """A control by the name written above it."""
    return page.page.locator(".tk-control").filter(has=page.page.get_by_text(label, exact=True))


#: Prints each run's training loss, and the one that the chart was last sent to draw in front.
NUMBERS = """
import json
from tuningkit.labs.static import unpack_frame
_header, _numbers = unpack_frame(lab._view.chart._frame)
_front = [c for c in _header["curves"] if c["panel"] == 0 and c["role"] == "train" and not c["ghost"]]
print(json.dumps({
    "runs": [run.history["loss"].astype("float32").tolist() for run in lab.runs],
    "front": [_numbers[c["y"] : c["y"] + c["n"]].tolist() for c in _front],
}))
"""


def shows_values(path, values):
    """Whether a path has these values as its heights, on whichever straight axis, linear or logarithmic."""
    heights = np.array([point.split(",")[1] for point in path[1:].split("L")], float)
    if len(heights) != len(values):
        return False
    scales = (np.array(values), np.log10(values))
    fits = [np.polyval(np.polyfit(scale, heights, 1), scale) for scale in scales]
    # The coordinates are rounded to a tenth of a pixel.
    return min(np.abs(fit - heights).max() for fit in fits) < 0.25


def train_line(page: Any) -> Locator:
    """The training loss of the run in front."""
    return page.page.locator("[data-panel=loss] .tk-line[data-role=train]:not(.tk-ghost)").first


def train_path(page: Any) -> str:
    """The training loss as it is drawn."""
    return train_line(page).get_attribute("d") or ""


def status(page: Any) -> Locator:
    return page.page.locator(".tk-lab .tk-words").first


def wait_finished(page: Any, text: str = "Finished") -> None:
    expect(status(page)).to_contain_text(text)


def press_button(page: Any, name: str) -> None:
    """As someone without a mouse would."""
    page.page.get_by_role("button", name=name, exact=True).focus()
    page.page.keyboard.press("Space")


def assert_nothing_sticks_out(page: Any) -> None:
    wide = page.page.locator(".tk-lab").first.evaluate(
        """lab => [lab, ...lab.querySelectorAll(".tk-control, .tk-chart, .tk-plane, .widget-label, .widget-readout")]
            .filter((node) => node.getClientRects().length && node.scrollWidth > node.clientWidth + 1)
            .map((node) => node.className + ": " + node.textContent.slice(0, 40))"""
    )
    assert not wide


def test_digits_from_first_key_to_restart(notebook):
    page = notebook.show(
        [DIGITS, "lab = tk.TuningLab(model, digits)\nlab", "lab.train(1_000_000); lab.wait()"]
    )
    page.run_cell(0)
    shown = page.page.evaluate(
        """async () => {
            const began = performance.now(), notebook = tkNotebook().content;
            notebook.activeCellIndex = 1;
            jupyterapp.commands.execute("notebook:run-cell");
            while (!document.querySelector(".tk-lab .tk-chart svg") || !document.querySelector(".noUi-handle"))
                await new Promise(requestAnimationFrame);
            return performance.now() - began;
        }"""
    )
    note(lab_on_screen_ms=shown)
    assert shown < 30_000
    expect(status(page)).to_contain_text("Ready. Press Train, or move a slider.")
    assert_nothing_sticks_out(page)
    rails = [rail.bounding_box()["width"] for rail in page.page.locator(".tk-control .slider").all()]
    assert max(rails) - min(rails) < 2 and min(rails) > 120

    # The keyboard reaches every control, in the order of the screen.
    page.page.locator(".noUi-handle").first.focus()
    reached = []
    for _ in range(16):
        reached.append(
            page.page.evaluate(
                """() => { const one = document.activeElement, box = one.closest(".tk-control");
                return box ? box.querySelector("label").textContent : one.textContent; }"""
            )
        )
        page.page.keyboard.press("Tab")
    wanted = ["learning rate", "dropout", "L1", "L2", "optimizer", "batch size", "epochs", "seed", "repeats"]
    order = [name for name in dict.fromkeys(reached) if name in wanted]
    assert order == wanted and "Train" in reached

    # Train, then a slider: a new run begins, the old one stays as a ghost.
    press_button(page, "Train")
    wait_finished(page, "run 1 · epoch 60 of 60")
    before = train_path(page)
    assert before.count("L") == 59
    (first,) = json.loads(page.execute(NUMBERS))["runs"]
    assert shows_values(before, first)
    page.screenshot("tuning-lab-light-1280-one-run")
    clocks = []
    for _ in range(2):
        page.page.evaluate(f"() => {{ window.tkClock = ({CLOCK})(60); }}")
        page.press_slider(control(page, "L2"), times=1)
        clocks.append(page.page.evaluate("() => window.tkClock"))
        wait_finished(page)
    assert all(clock["all"] for clock in clocks)
    firsts, alls = ([clock[name] for clock in clocks] for name in ("first", "all"))
    note(new_run_first_point_ms=float(np.median(firsts)), new_run_60_epochs_ms=float(np.median(alls)))
    assert min(firsts) < 20_000
    assert train_path(page) != before
    expect(page.page.locator("[data-panel=loss] .tk-layer-ghost path").first).to_be_attached()
    expect(page.page.locator(".tk-runs tbody tr")).to_have_count(3)

    # Letters do not reach JupyterLab's shortcuts.
    control(page, "L2").locator(".noUi-handle").focus()
    cells = page.page.locator(".jp-Cell").count()
    for key in ("a", "b", "d", "d", "m"):
        page.page.keyboard.press(key)
    assert page.page.locator(".jp-Cell").count() == cells
    assert page.page.locator(".jp-CodeCell").count() == 3

    # A picked run is redrawn.
    page.page.locator(".tk-runs tbody tr").last.click()
    expect(status(page)).to_contain_text("run 1 is shown")
    numbers = json.loads(page.execute(NUMBERS))
    runs = numbers["runs"]
    assert numbers["front"] == [first] == [runs[0]] and first not in runs[1:]
    assert shows_values(train_path(page), first)
    strongest = max(runs[1:], key=lambda run: np.abs(np.subtract(run, first)).max())
    assert not shows_values(train_path(page), strongest[::-1])
    page.screenshot("tuning-lab-light-1280-picked")

    # While it trains at full speed: key press to painted change, painted updates per second.
    page.execute("lab.epochs = 400; lab.train(); None")
    chart = page.page.locator(".tk-chart").first
    page.page.wait_for_timeout(400)
    ghosts = """root => [...root.querySelectorAll("[data-panel=accuracy] .tk-layer-ghost path")]
        .map((path) => path.getAttribute("d")).join()"""
    handle = control(page, "dropout").locator(".noUi-handle")
    handle.focus()
    moves = iter(["ArrowRight", "ArrowLeft"] * 20)

    def move() -> None:
        # A run that was replaced before its first epoch leaves no ghost behind.
        expect(train_line(page)).to_have_attribute("d", re.compile("L.*L"))
        page.page.keyboard.press(next(moves))

    delays = page.latencies(chart, move, moves=6, pause=0.4, value=ghosts)
    rate = page.painted_per_second(chart, 1.0)
    note(
        key_to_paint_median_ms=float(np.median(delays)),
        key_to_paint_p95_ms=float(np.percentile(delays, 95)),
        painted_per_second=rate,
    )
    assert np.median(delays) < 10_000 and rate > 1
    page.execute("lab.pause().wait(); lab.clear(); lab.epochs = 60; None")

    # A page loaded again in the middle of a run shows the curves, they go on, and its sliders still work.
    page.execute("lab.mode = 'mid-run'; lab.train(30).wait(); lab.l2 = 0.01; lab.train(1_000_000); None")
    page.reload()
    expect(page.page.locator(".tk-lab .tk-chart")).to_be_visible()
    marks = page.page.locator("[data-panel=loss] .tk-mark")
    expect(marks).to_have_count(1)
    drawn = train_path(page)
    assert drawn.count("L") >= 30
    expect(train_line(page)).not_to_have_attribute("d", drawn)
    page.press_slider(control(page, "learning rate"))
    expect(marks).to_have_count(2)
    press_button(page, "Pause")
    wait_finished(page, "Paused")
    page.screenshot("tuning-lab-light-1280-reloaded")
    page.execute("lab.mode = 'new run'; None")

    # An error is shown with its details folded, and the lab goes on.
    page.execute(
        """
def broken(*_, **__):
    raise RuntimeError("the disk is full")
lab.restart().wait()
lab.session.trainer.advance = broken
lab.train()
"""
    )
    expect(status(page)).to_contain_text("Training stopped with RuntimeError: the disk is full")
    assert not status(page).locator("pre").is_visible()
    page.screenshot("tuning-lab-light-1280-error")
    press_button(page, "Train")
    wait_finished(page)

    # A cell that waits is interrupted: the cell ends, the lab lives.
    page.page.evaluate(
        """() => { tkNotebook().content.activeCellIndex = 2; jupyterapp.commands.execute("notebook:run-cell"); }"""
    )
    expect(status(page)).to_contain_text("Training")
    page.page.evaluate("() => tkNotebook().sessionContext.session.kernel.interrupt()")
    page.wait_idle()
    assert page.error_outputs() == ["KeyboardInterrupt: "]
    assert page.execute("print(lab.session.worker.stopped, workers())") == "False 1"

    # Run again and again: one lab, one thread. And several labs in one notebook.
    for _ in range(2):
        page.run_cell(1)
    assert page.page.locator(".tk-lab").count() == 1
    press_button(page, "Step one epoch")
    wait_finished(page, "epoch 1 of")
    assert page.execute("print(workers())") == "1"
    made = page.execute(
        """
more = [tk.TuningLab(model, digits, epochs=3).train() for _ in range(2)]
for one in more: one.wait()
print(workers(), {one.runs[0].epochs for one in more})
for one in more: one.close()
print(workers())
"""
    )
    assert made.split("\n") == ["3 {3}", "1"]


def test_moons_boundary_beside_the_curves_dark_and_narrow(notebook):
    page = notebook.show(
        [MOONS, "lab = tk.TuningLab(model, moons, learning_rate=0.01, epochs=40)\nlab"],
        theme="dark",
        height=1100,
    )
    page.run_all()
    press_button(page, "Train")
    wait_finished(page)
    plane, chart = page.page.locator(".tk-plane"), page.page.locator(".tk-chart")
    assert plane.bounding_box()["x"] > chart.bounding_box()["x"] + 500
    assert abs(plane.bounding_box()["y"] - chart.bounding_box()["y"]) < 30
    assert_nothing_sticks_out(page)
    pixels = """node => { const c = node.querySelector(".tk-plane-ground");
        return c.toDataURL(); }"""
    first = plane.evaluate(pixels)
    page.screenshot("tuning-lab-dark-1280-moons")
    page.press_slider(control(page, "L2"), key="End")
    page.page.wait_for_timeout(500)
    wait_finished(page)
    assert plane.evaluate(pixels) != first
    page.page.locator(".tk-runs tbody tr").last.click()
    expect(page.page.locator(".tk-plane-sentence")).to_have_text("Run 1 after 40 epochs")
    assert plane.evaluate(pixels) == first

    page.page.set_viewport_size({"width": 800, "height": 1300})
    page.page.wait_for_timeout(600)
    assert plane.bounding_box()["y"] > chart.bounding_box()["y"] + 200
    assert_nothing_sticks_out(page)
    page.screenshot("tuning-lab-dark-800-moons")
    contrast = page.page.locator(".tk-control .widget-label").first.evaluate(
        "node => getComputedStyle(node).color"
    )
    assert min(int(part) for part in contrast.strip("rgba()").split(",")[:3]) > 150

    page.execute("lab.repeats = 5; lab.learning_rate = 0.003; lab.train().wait(); None")
    assert page.page.locator("[data-panel=loss] .tk-band").count() == 2
    page.set_theme("light")
    page.screenshot("tuning-lab-light-800-band")

    # A restarted kernel: the cells run again.
    notebook.lab.allow("closed websocket")
    page.restart_kernel()
    page.run_all()
    press_button(page, "Step one epoch")
    wait_finished(page, "epoch 1 of")
    assert not page.error_outputs()
