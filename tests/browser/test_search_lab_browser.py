"""SearchLab in a real JupyterLab, driven by the keyboard: step, play, landscape, irrelevant dimension, surrogate."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = """
import tuningkit as tk
import keras
digits = tk.datasets.load_digits()
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(10)])
"""
LAB = 'lab = tk.SearchLab(model, digits, "learning_rate", "l2", epochs=9, batch_size=64)\nlab'
#: What must fit into its place, beside controls and charts.
PARTS = (".tk-heat", ".tk-words", ".widget-gridbox")


def tick(page: Any, root: Locator, name: str) -> None:
    root.locator("label", has_text=name).locator("input[type=checkbox]").focus()
    page.page.keyboard.press("Space")


def points(root: Locator, name: str) -> Locator:
    return root.locator(f".tk-heat:not(.tk-heat-compact) .tk-point[data-name='{name}']:not(.tk-point-next)")


def look(page: Any, root: Locator, name: str) -> None:
    page.assert_nothing_sticks_out(root, *PARTS)
    root.evaluate("lab => lab.scrollIntoView({block: 'start'})")
    page.quiet(root)
    page.screenshot(name, root)


def test_race_driven_by_keyboard(notebook):
    page = notebook.show([SETUP, LAB], height=1300)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    status = root.locator(".tk-words").first
    expect(status).to_contain_text("Ready. Press Play or Step.")

    # One step: the landscape is trained first, then every method spends one training's worth of epochs.
    page.press_button(root, "Step")
    expect(status).to_contain_text("Paused · 9 of 243 epochs", timeout=120_000)
    expect(points(root, "random")).to_have_count(1)
    expect(root).to_contain_text("random draw 2 of 5: the Gaussian process needs some results to begin")
    expect(root.locator(".tk-heat-compact").first).to_be_hidden()
    for _ in range(6):
        page.press_button(root, "Step")
    expect(status).to_contain_text("63 of 243 epochs")
    expect(points(root, "grid")).to_have_count(7)

    # Bayesian optimisation: three small maps, the next point on each, and the reason in words.
    small = root.locator(".tk-heat-compact")
    expect(small).to_have_count(3)
    expect(small.locator(".tk-point.tk-point-next")).to_have_count(3)
    expect(root).to_contain_text("highest expected improvement: predicted")
    spoken = root.locator(".tk-chart [role=status]").first
    expect(spoken).to_contain_text("Next: highest expected improvement")
    look(page, root, "search-lab-light-1280-step-7")

    # Only what was looked at is shown, until the landscape is asked for. A cell is read with the arrow keys.
    big = root.locator(".tk-heat:not(.tk-heat-compact)")
    expect(big).to_contain_text("not looked at yet")
    tick(page, root, "Show the landscape")
    expect(big).to_contain_text("the whole landscape")
    expect(big).not_to_contain_text("not looked at yet")
    big.locator(".tk-heat-stage").focus()
    page.page.keyboard.press("ArrowRight")
    expect(big.locator(".tk-heat-readout")).to_contain_text(re.compile(r"learning rate .*: validation loss"))
    page.assert_letters_stay()

    # Another acquisition, at once.
    chooser = root.locator(".tk-control", has_text="acquisition").locator("select")
    chooser.focus()
    chooser.select_option("lower confidence bound")
    expect(root).to_contain_text("lowest lower confidence bound: predicted")
    expect(small.last).to_contain_text("lower confidence bound")

    # Play to the end.
    speed = root.locator(".tk-control", has_text="steps")
    page.press_slider(speed, key="End")
    page.press_button(root, "Play")
    expect(status).to_contain_text("Finished", timeout=120_000)
    expect(points(root, "random")).to_have_count(27)
    expect(root.locator("[data-panel=race] path.tk-line:not([data-label=''])[data-label]")).to_have_count(5)
    look(page, root, "search-lab-light-1280-finished")

    # A hyperparameter that changes nothing: the race begins anew, and the grid repeats itself.
    tick(page, root, "Add an irrelevant hyperparameter")
    expect(status).to_contain_text("Ready")
    root.locator(".tk-control", has_text="in front").locator("select").select_option("grid")
    for name in ("Bayesian", "TPE", "successive halving"):
        tick(page, root, name)
    page.press_button(root, "Play")
    expect(status).to_contain_text("Finished")
    expect(points(root, "grid")).to_have_count(9)
    expect(root.locator(".tk-points-layer text", has_text="×3")).to_have_count(9)  # noqa: RUF001
    expect(points(root, "random")).to_have_count(27)
    expect(root).to_contain_text("18 of 27 configurations repeat a cell already trained; 3 different values")

    # The same race with many seeds, and the medians beside it.
    page.press_button(root, "Race 20 seeds")
    expect(root.locator("[data-panel=seeds] path.tk-band")).to_have_count(2)
    expect(status).to_contain_text("Finished")

    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1600})
    look(page, root, "search-lab-dark-800-irrelevant")
    for name in ("Bayesian", "TPE", "successive halving"):
        tick(page, root, name)
    root.locator(".tk-control", has_text="in front").locator("select").select_option("Bayesian")
    page.press_button(root, "Reset")
    for _ in range(8):
        page.press_button(root, "Step")
    expect(status).to_contain_text("72 of 243 epochs")
    look(page, root, "search-lab-dark-800-step-8")
    page.set_theme("light")
    look(page, root, "search-lab-light-800-step-8")
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 1280, "height": 1300})
    look(page, root, "search-lab-dark-1280-step-8")

    # Loaded again it is all there; run again, the old lab goes with its thread.
    drawn = points(root, "random").count()
    page.reload()
    expect(points(root, "random")).to_have_count(drawn)
    page.run_cell(1)
    page.expect_threads("tuningkit-search-lab", 0)
    expect(status).to_contain_text("Ready")
    assert not page.error_outputs()
