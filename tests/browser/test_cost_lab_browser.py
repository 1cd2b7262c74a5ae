"""CostLab in a real JupyterLab, driven with the keyboard: sliders, choice, number and Measure all move the sum."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

LAB = """
import keras
import tuningkit as tk
digits = tk.datasets.load_digits()
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(10)])
lab = tk.CostLab(model, digits, hyperparameters=2, values=5, epochs=20)
lab
"""
#: Where the ring, its words and the curve of the grid are drawn.
RING = "root => root.querySelector('.tk-mark circle').getAttribute('cy')"


def control(root: Locator, name: str) -> Locator:
    return root.locator(".tk-control", has_text=re.compile(f"^{name}")).first


def test_the_keyboard_measures_and_multiplies(notebook):
    page = notebook.show([LAB], height=800)
    page.run_all()
    root = page.page.locator(".tk-lab")
    status, total = root.locator(".tk-words").first, root.locator(".tk-words").last
    expect(status).to_contain_text("Press Measure")
    expect(total).to_contain_text("25 runs \N{MULTIPLICATION SIGN} 20 epochs = 500 epochs")
    page.press_button(root, "Measure")
    expect(status).to_contain_text(re.compile(r"an epoch takes [\d.]+ m?s\."))
    seconds = float(page.execute("print(lab.measured)"))
    assert 0 < seconds < 600

    # A minute an epoch, chosen with the keys; then a third hyperparameter and other numbers of values and epochs.
    choice = root.get_by_label("seconds per epoch")
    choice.focus()
    choice.select_option("1 min")
    expect(total).to_contain_text(
        "25 runs \N{MULTIPLICATION SIGN} 20 epochs \N{MULTIPLICATION SIGN} 60 s = 8.3 h"
    )
    page.quiet(root)
    before = root.evaluate(RING)
    page.press_slider(control(root, "hyperparameters"))
    expect(total).to_contain_text(
        "125 runs \N{MULTIPLICATION SIGN} 20 epochs \N{MULTIPLICATION SIGN} 60 s = 1.7 days"
    )
    page.changed(lambda: root.evaluate(RING), before)
    page.press_slider(control(root, "values"), "ArrowLeft", times=2)
    page.press_slider(control(root, "seeds"), times=4)
    epochs = root.get_by_label("epochs", exact=True)
    epochs.fill("10")
    epochs.press("Enter")
    expect(total).to_contain_text(
        "= 135 runs; 135 runs \N{MULTIPLICATION SIGN} 10 epochs \N{MULTIPLICATION SIGN} 60 s = 22 h"
    )
    expect(root.locator("[aria-live]").first).to_contain_text("With one hyperparameter more: 2.8 days.")
    assert page.execute("print(lab.runs, lab.total_seconds)") == "135 81000.0"

    # Letters are no shortcuts of the notebook here, and the chart reads its values to the arrow keys.
    control(root, "seeds").locator(".noUi-handle").focus()
    page.assert_letters_stay()
    plot = root.locator(".tk-plot")
    plot.focus()
    page.page.keyboard.press("Home")
    expect(root.locator(".tk-readout")).to_contain_text("3 values each")

    for theme in ("light", "dark"):
        page.set_theme(theme)
        for width in (1280, 800):
            page.page.set_viewport_size({"width": width, "height": 800})
            page.assert_nothing_sticks_out(root)
            page.screenshot(f"cost-lab-{theme}-{width}", root)
    assert not page.error_outputs()
