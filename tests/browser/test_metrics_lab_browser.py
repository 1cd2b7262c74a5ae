"""MetricsLab in a real JupyterLab, driven with the keyboard: one move changes every picture."""

from __future__ import annotations

import re
from statistics import median

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LAB = """
import numpy as np
import tuningkit as tk
rng = np.random.default_rng(0)
truth = (np.arange(300) % 10 == 0).astype(int)
scores = np.clip(rng.normal(0.25 + 0.25 * truth, 0.12), 0.01, 0.99)
lab = tk.MetricsLab(truth, scores, miss=10, names=("healthy", "ill"))
lab
"""
#: A point and two lines move with the threshold, one in each kind of panel.
PLACES = """root => ["roc", "pr"].map(name => root.querySelector(`[data-panel=${name}] .tk-mark circle`)
    .getAttribute("cx")).join() + root.querySelector("[data-panel=scores] .tk-mark line").getAttribute("x1")"""


def test_the_keyboard_moves_threshold_and_costs(notebook):
    page = notebook.show([LAB], height=1000)
    page.run_all()
    root = page.page.locator(".tk-lab")
    expect(root.locator("table")).to_contain_text("called ill")
    expect(root.locator("[data-panel=scores] .tk-mark line").first).to_be_attached()
    page.quiet(root)
    before, table = root.evaluate(PLACES), root.locator("table").inner_text()
    threshold = root.locator(".tk-control", has_text=re.compile("^threshold")).first
    page.press_slider(threshold, "ArrowLeft", times=12)
    expect(root.locator(".tk-words").first).to_contain_text("Threshold 0.38")
    expect(root.locator("[aria-live]").first).to_contain_text("Threshold 0.38")
    page.changed(lambda: root.evaluate(PLACES), before)
    page.changed(root.locator("table").inner_text, table)
    handle = threshold.locator(".noUi-handle")
    handle.focus()
    times = page.latencies(
        root, lambda: page.page.keyboard.press("ArrowLeft"), moves=6, value="root => root.innerText"
    )
    print(f"key press to picture: median {median(times):.0f} ms")
    page.press_button(root, "Go to cheapest")
    expect(root.locator("[data-panel=cost]")).to_contain_text("cheapest")
    page.page.wait_for_function(
        r"root => /Threshold ([.0-9]+):[^]*at threshold \1\./.test(root.innerText)",
        arg=root.element_handle(),
    )
    # The slider's stops are coarser than the thresholds; the exact one stays.
    page.page.wait_for_timeout(500)
    cheapest = page.execute(
        "print(lab.threshold == lab.best_threshold, lab.metrics()['cost'] == lab.session.snapshot().least)"
    )
    assert cheapest == "True True"
    for theme in ("light", "dark"):
        page.set_theme(theme)
        for width in (1280, 800):
            page.page.set_viewport_size({"width": width, "height": 1000 if width == 1280 else 1500})
            page.assert_nothing_sticks_out(root)
            page.screenshot(f"metrics-lab-{theme}-{width}", root)
    assert not page.error_outputs()
