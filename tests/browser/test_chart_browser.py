"""The live chart in JupyterLab: drawn, updated, read out, reloaded; light and dark, wide and narrow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = """
import threading, time
import numpy as np
from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel

EPOCHS = 60
epochs = np.arange(1, EPOCHS + 1)

def curves(n, strength=1.0, ghost=False):
    e = epochs[:n]
    loss, val_loss = 2.2 * np.exp(-e / 8) + 0.03, 2.2 * np.exp(-e / 9) + 0.2 + strength * np.maximum(0, e - 18) / 90
    wave = 0.012 * np.sin(e * 2.4)
    return [
        Curve("loss", "training", e, loss, role="train", ghost=ghost),
        Curve("loss", "validation", e, val_loss + wave, role="validation", ghost=ghost,
              low=val_loss - 0.08, high=val_loss + 0.08),
        Curve("accuracy", "training", e, 1 - loss / 2.6, role="train", ghost=ghost),
        Curve("accuracy", "validation", e, 0.97 - val_loss / 2.8 - wave, role="validation", ghost=ghost),
    ]

chart = CurveChart(
    [Panel("loss", "Loss", "cross-entropy", y_log_toggle=True),
     Panel("accuracy", "Accuracy", "share correct", y_range=(0, 1))],
    description="Loss and accuracy of a network over the epochs",
)
"""

RUN = """
def work():
    ghosts = [curve for strength in (0.3, 1.6, 2.4) for curve in curves(EPOCHS, strength, ghost=True)]
    markers = []
    for n in range(1, EPOCHS + 1):
        if n == 20:
            markers.append(Marker(None, 20, "L2 1e-4 → 1e-2"))
        if n == 23:
            markers.append(Marker(None, 23, "dropout 0 → 0.3"))
        chart.draw(ghosts + curves(n), markers=markers, x_max=EPOCHS, sentence=f"Epoch {n} of {EPOCHS}.")
        time.sleep(1 / 30)

worker = threading.Thread(target=work, daemon=True)
worker.start()
"""

#: The last picture of `RUN`, at once.
LAST = """
ghosts = [curve for strength in (0.3, 1.6, 2.4) for curve in curves(EPOCHS, strength, ghost=True)]
markers = [Marker(None, 20, "L2 1e-4 → 1e-2"), Marker(None, 23, "dropout 0 → 0.3")]
chart.draw(ghosts + curves(EPOCHS), markers=markers, x_max=EPOCHS)
"""


def finished(page: Any, seq: int = 60, chart: str = ".tk-chart") -> Locator:
    """The chart, once it has painted snapshot `seq`."""
    root = page.page.locator(chart)
    expect(root).to_have_attribute("data-seq", str(seq))
    return root


def panel(root: Locator, name: str) -> Locator:
    return root.locator(f"[data-panel={name}]")


def path_of(root: Locator, name: str, role: str) -> Locator:
    return panel(root, name).locator(f".tk-layer-curve path[data-role={role}]")


def assert_nothing_clipped(root: Locator) -> None:
    """Every text lies inside the chart's box, and no two texts of a panel overlap."""
    faults = root.evaluate(
        """root => {
            const faults = [], outer = root.getBoundingClientRect();
            for (const plot of root.querySelectorAll(".tk-plot")) {
                const frame = plot.getBoundingClientRect();
                const shown = (text) => text.textContent && text.getClientRects().length;
                const texts = [...plot.querySelectorAll("text")].filter(shown);
                const boxes = texts.map((t) => ({ text: t.textContent, box: t.getBoundingClientRect() }));
                boxes.forEach(({ text, box }, i) => {
                    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
                        || box.bottom > frame.bottom + 1) faults.push(`clipped: ${text}`);
                    for (const other of boxes.slice(i + 1)) {
                        const o = other.box;
                        if (box.left < o.right - 1 && o.left < box.right - 1
                            && box.top < o.bottom - 2 && o.top < box.bottom - 2)
                            faults.push(`overlap: ${text} / ${other.text}`);
                    }
                });
            }
            if (root.scrollWidth > outer.width + 1) faults.push("wider than its cell");
            return faults;
        }"""
    )
    assert not faults


def test_curves_grow_from_a_thread_after_the_cell_has_returned_and_survive_a_reload(notebook: Any) -> None:
    page = notebook.show([SETUP, "chart", RUN])
    page.run_cell(0)
    page.run_cell(1)
    root = page.page.locator(".tk-chart")
    expect(root.locator(".tk-hint")).to_have_text(["Curves appear here."] * 2)
    page.screenshot("chart-empty-light-1280", root)

    def draw() -> None:
        page.run_cell(2)
        finished(page)

    frames = page.painted_while(root, draw)
    assert frames >= 3, f"the curves came with {frames} painted frames"
    expect(root.locator("[data-panel]")).to_have_count(2)
    for name in ("loss", "accuracy"):
        assert path_of(root, name, "train").get_attribute("data-n") == "60"
        dashes = "el => getComputedStyle(el).strokeDasharray"
        assert path_of(root, name, "train").evaluate(dashes) == "none"
        assert path_of(root, name, "validation").evaluate(dashes) != "none"
        assert panel(root, name).locator(".tk-layer-ghost path").count() == 6
        expect(panel(root, name).locator(".tk-key")).to_have_text(["training", "validation", "earlier runs"])
        expect(panel(root, name).locator(".tk-mark text")).to_have_text(["L2 1e-4 → 1e-2", "dropout 0 → 0.3"])
    assert panel(root, "loss").locator(".tk-layer-band path").count() == 1
    box, other = (panel(root, name).bounding_box() for name in ("loss", "accuracy"))
    assert box["y"] == other["y"] and other["x"] > box["x"] + 300, "panels stand side by side"
    assert_nothing_clipped(root)
    page.screenshot("chart-light-1280", root)

    before = path_of(root, "loss", "train").get_attribute("d")
    page.reload()
    root = finished(page)
    expect(path_of(root, "loss", "train")).to_have_attribute("d", before)
    # The kernel is the same one, and the chart goes on from where it was.
    page.execute("chart.draw(curves(10), x_max=EPOCHS, sentence='A new run.')")
    root = finished(page, 61)
    assert path_of(root, "loss", "train").get_attribute("data-n") == "10"
    assert panel(root, "loss").locator(".tk-layer-ghost path").count() == 0
    expect(root.locator("[aria-live]").first).to_have_text("A new run.")
    assert page.error_outputs() == []


def test_the_read_out_follows_keys_and_mouse_and_keeps_shortcuts_away(notebook: Any) -> None:
    page = notebook.show(
        [SETUP, "chart", "chart.draw(curves(60), x_max=60, markers=[Marker(None, 30, 'dropout 0 → 0.3')])"]
    )
    page.run_all()
    root = finished(page, 1)
    plot = panel(root, "loss").locator(".tk-plot")
    readout = plot.locator(".tk-readout")
    keyboard = page.page.keyboard
    expect(readout).to_be_hidden()
    plot.focus()
    keyboard.press("ArrowLeft")
    expect(readout.locator("b")).to_have_text("epoch 60")
    keyboard.press("ArrowLeft")
    expect(readout.locator("b")).to_have_text("epoch 59")
    keyboard.press("Home")
    expect(readout.locator("b")).to_have_text("epoch 1")
    values = {row.split("\n")[0]: row.split("\n")[-1] for row in readout.locator(".tk-row").all_inner_texts()}
    assert values["training"] == "1.97" and values["validation"].endswith("(2.09 to 2.25)"), values
    expect(root.locator("[aria-live]").last).to_contain_text("epoch 1: training 1.97, validation 2.18")
    # The other panel shows the same epoch without a second box of numbers.
    expect(panel(root, "accuracy").locator(".tk-layer-cross line")).to_have_count(1)
    expect(panel(root, "accuracy").locator(".tk-readout")).to_be_hidden()
    keyboard.press("End")
    for _ in range(30):
        keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("dropout 0 → 0.3")
    page.screenshot("chart-readout-light-1280", root)
    page.assert_letters_stay("bad")
    keyboard.press("Escape")
    expect(readout).to_be_hidden()

    accuracy = panel(root, "accuracy").locator(".tk-plot")
    size = accuracy.bounding_box()
    accuracy.hover(position={"x": size["width"] - 20, "y": 100})
    expect(accuracy.locator(".tk-readout b")).to_have_text(re.compile(r"epoch (59|60)"))
    box = accuracy.locator(".tk-readout").bounding_box()
    assert size["x"] <= box["x"] and box["x"] + box["width"] <= size["x"] + size["width"]
    page.page.mouse.move(2, 2)
    expect(accuracy.locator(".tk-readout")).to_be_hidden()


def test_log_toggle_zero_missing_values_and_many_markers(notebook: Any) -> None:
    odd = "chart.draw([Curve('loss', 'training', [1, 2, 3, 4, 5, 6], [1, .1, 0, np.nan, .01, np.inf], role='train')])"
    page = notebook.show([SETUP, "chart", odd], width=800)
    page.run_all()
    root = finished(page, 1)
    button = panel(root, "loss").get_by_role("button")
    line = path_of(root, "loss", "train")
    assert line.get_attribute("d").count("M") == 2, "a missing value leaves a gap"
    assert panel(root, "accuracy").get_by_role("button").count() == 0
    linear = line.get_attribute("d")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(line).not_to_have_attribute("d", linear)
    assert "NaN" not in line.get_attribute("d") and line.get_attribute("d").count("M") == 2
    expect(panel(root, "loss").get_by_text("≤ 0")).to_be_visible()
    assert_nothing_clipped(root)
    page.screenshot("chart-log-zero", root)
    button.focus()
    page.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(line).to_have_attribute("d", linear)

    # More changes than their words have room for: numbers, which the legend explains.
    page.execute(
        "marks = [Marker(None, e, f'learning rate 1e-{e} → 3e-{e}') for e in (5, 8, 11, 12, 13, 14, 50, 58)];"
        "marks += [Marker('loss', 18, 'best epoch', y=0.45)]; chart.draw(curves(60), x_max=60, markers=marks)"
    )
    root = finished(page, 2)
    loss = panel(root, "loss")
    numbers = [str(i) for i in range(1, 9)]
    expect(loss.locator(".tk-mark text:visible")).to_have_text([*numbers, "best epoch"])
    expect(loss.locator(".tk-key b")).to_have_text(numbers)
    expect(loss.locator(".tk-key").last).to_contain_text("learning rate 1e-58 → 3e-58")
    assert_nothing_clipped(root)
    page.screenshot("chart-many-markers-light-800", root)


def contrast(root: Locator) -> dict[str, Any]:
    """Brightness of the surface (0 to 1), and the contrast of each line against it, as the browser computes them."""
    return root.evaluate(
        """root => {
            const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const light = (colour) => {
                pixel.fillStyle = colour;
                pixel.fillRect(0, 0, 1, 1);
                const linear = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3)
                    .map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
            };
            const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const surface = light(getComputedStyle(root).backgroundColor);
            const lines = [...root.querySelectorAll(".tk-layer-curve path")].map((p) => getComputedStyle(p).stroke);
            return { surface, lines: lines.map((c) => ratio(light(c), surface)) };
        }"""
    )


def test_themes_and_widths(notebook: Any) -> None:
    page = notebook.show([SETUP, "chart", LAST], theme="dark", reduced_motion=True)
    page.run_all()
    root = finished(page, 1)
    wide = path_of(root, "loss", "train").get_attribute("d")
    for theme, width in [("dark", 1280), ("dark", 800), ("light", 800), ("light", 620)]:
        page.page.set_viewport_size({"width": width, "height": 900})
        page.set_theme(theme)
        page.quiet(root)
        assert_nothing_clipped(root)
        page.screenshot(f"chart-{theme}-{width}", root)
        dark = theme == "dark"
        # The theme's colours may come a frame after its name.
        seen = page.until(lambda: contrast(root), lambda found, dark=dark: (found["surface"] < 0.1) == dark)
        assert len(seen["lines"]) == 4 and min(seen["lines"]) >= 3, seen
        box, other = (panel(root, name).bounding_box() for name in ("loss", "accuracy"))
        if width == 620:
            assert other["y"] >= box["y"] + box["height"] - 1, "panels stand one above the other"
        else:
            assert other["y"] == box["y"] and other["x"] >= box["x"] + box["width"], (
                "panels stand side by side"
            )
    page.page.set_viewport_size({"width": 1280, "height": 900})
    expect(path_of(root, "loss", "train")).to_have_attribute("d", wide)


def test_a_closed_view_leaves_nothing_behind_and_a_second_view_shows_the_same(notebook: Any) -> None:
    page = notebook.show([SETUP, "chart", "chart", "chart.draw(curves(60), x_max=60)"])
    page.run_all()
    charts = page.page.locator(".tk-chart")
    expect(charts).to_have_count(2)
    expect(charts.nth(1)).to_have_attribute("data-seq", "1")
    page.page.evaluate(
        "() => { const n = tkNotebook().content; n.activeCellIndex = 1; n.deselectAll(); "
        "jupyterapp.commands.execute('notebook:clear-cell-output'); }"
    )
    expect(charts).to_have_count(1)
    page.execute("chart.draw(curves(5), x_max=60)")
    expect(charts.first).to_have_attribute("data-seq", "2")
    page.execute("chart.close()")
    expect(charts).to_have_count(0)


def test_a_slider_moves_the_chart_at_once(notebook: Any) -> None:
    drive = """
from ipywidgets import FloatSlider, VBox
slider = FloatSlider(value=0, min=0, max=10, step=0.1)
slider.observe(lambda change: chart.draw(curves(60, change["new"]), x_max=60), "value")
chart.draw(curves(60, 0), x_max=60)
VBox([slider, chart])
"""
    page = notebook.show([SETUP, drive])
    page.run_all()
    root = finished(page, 1)
    before = path_of(root, "loss", "validation").get_attribute("d")
    page.press_slider(page.page.locator(".jp-OutputArea-output"), times=3)
    expect(path_of(root, "loss", "validation")).not_to_have_attribute("d", before)
    expect(page.page.locator(".widget-readout")).to_have_text("0.30")
    # Moves made while the kernel answers travel together, a little later; the last one always arrives.
    page.eventually("round(slider.value, 6)", "0.3")
    line = "root => root.querySelector('[data-panel=loss] path[data-role=validation]').getAttribute('d')"
    times = page.latencies(root, lambda: page.page.keyboard.press("ArrowRight"), moves=5, value=line)
    # Each press was answered; how soon is the benchmarks' to say.
    assert len(times) == 5
    assert page.error_outputs() == []
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        page.execute("1 / 0")
