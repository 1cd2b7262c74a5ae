"""SweepLab in a real JupyterLab: the fan grows, the slider scrubs, the map replays."""

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
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((64,)), keras.layers.Dense(48, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(10),
])
"""
ONE = 'fan = tk.SweepLab(model, digits, "l2", epochs=15, seeds=2)\nfan'
TWO = 'plane = tk.SweepLab(model, digits, "learning_rate", "l2", epochs=12)\nplane'


#: Notes all that the lab's first line says from now on: a look now and then would miss what is short.
LISTEN = """lab => { const line = lab.querySelector(".tk-words"); window.tkSaid = [];
    new MutationObserver(() => tkSaid.push(line.textContent))
        .observe(line, { subtree: true, childList: true, characterData: true }); }"""


def wait_finished(page: Any, root: Locator, lab: str) -> None:
    expect(root.locator(".tk-words").first).to_contain_text("Finished")
    page.at_rest(root, lab)


def lines(root: Locator, panel: str = "loss") -> list[str]:
    return root.locator(f"[data-panel={panel}] path.tk-line").evaluate_all(
        "paths => paths.map((path) => path.getAttribute('d') ?? '')"
    )


def test_fan_and_map_trained_scrubbed_replayed(notebook):
    page = notebook.show([SETUP, ONE, TWO], height=1000)
    page.run_all()
    fan, plane = (page.page.locator(".tk-lab").nth(place) for place in (0, 1))
    page.assert_nothing_sticks_out(fan)

    # The fan grows while the page looks on.
    fan.evaluate(LISTEN)
    page.press_button(fan, "Train")
    wait_finished(page, fan, "fan")
    assert any(re.search(r"Training · epoch [1-9]", said) for said in page.page.evaluate("() => tkSaid"))
    assert len(lines(fan)) >= 10
    page.screenshot("sweep-lab-light-1280-fan")

    # The slider scrubs: another curve in front, its value in words, nothing trained again.
    before = lines(fan)
    page.press_slider(fan.locator(".tk-control").first, key="End")
    expect(fan.locator(".widget-readout").first).to_have_text("1")
    page.changed(lambda: lines(fan), before)
    expect(fan.locator("[data-panel=score] .tk-mark")).to_have_count(2)  # best and chosen
    page.assert_letters_stay()
    page.press_button(fan, "Go to best")
    expect(fan.locator("[data-panel=score] .tk-mark")).to_have_count(1)
    expect(fan.locator(".tk-words").last).to_contain_text("The 2 seeds of the best value")

    # Two hyperparameters: a map, and how it formed.
    page.press_button(plane, "Train")
    wait_finished(page, plane, "plane")
    words = plane.locator(".tk-words").last
    expect(words).to_contain_text("Best: learning rate")
    shown = "up to epoch 12"
    expect(plane).to_contain_text(shown)
    slider = plane.locator(".tk-control").first
    page.press_slider(slider, key="Home")
    expect(plane).to_contain_text("up to epoch 1.")
    plane.scroll_into_view_if_needed()
    page.screenshot("sweep-lab-light-1280-map-first-epoch")
    page.press_slider(slider, key="End")
    expect(plane).to_contain_text(shown)
    page.press_button(plane, "Go to best")
    page.at_rest(plane, "plane")
    page.screenshot("sweep-lab-light-1280-map")

    # Narrow and dark; and a page that is loaded again.
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1200})
    for root in (fan, plane):
        page.assert_nothing_sticks_out(root)
        root.scroll_into_view_if_needed()
    page.screenshot("sweep-lab-dark-800-map")
    fan.scroll_into_view_if_needed()
    page.screenshot("sweep-lab-dark-800-fan")
    drawn = len(lines(fan))
    page.reload()
    expect(fan.locator("[data-panel=loss] path.tk-line")).to_have_count(drawn)
    page.quiet(fan)
    scrubbed = lines(fan)
    page.press_slider(fan.locator(".tk-control").first, key="Home")
    page.changed(lambda: lines(fan), scrubbed)

    # Run again: the old sweep goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-sweep-lab", 1)
    expect(fan.locator(".tk-words").first).to_contain_text("Ready")
    assert not page.error_outputs()
