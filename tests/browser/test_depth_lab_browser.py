"""DepthLab in a real JupyterLab: bars before training, twins trained side by side, depth moved by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk\ndigits = tk.datasets.load_digits()"
LAB = "lab = tk.DepthLab(digits, depth=20, width=16, epochs=3)\nlab"


def drawn(root: Locator, kind: str, panel: str) -> list[str]:
    """Outlines of what a panel that is on the screen shows."""
    found = root.locator(f"[data-panel={panel}] path.tk-{kind}")
    return [path.get_attribute("d") or "" for path in found.all() if path.is_visible() or kind == "line"]


def test_depth_is_moved_and_skips_are_compared(lab):
    page = lab.open([SETUP, LAB], height=1300)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    words, status = root.locator(".tk-words").nth(1), root.locator(".tk-words").first
    expect(words).to_contain_text("Plain, before training: the gradient vanishes", timeout=90_000)
    expect(words).to_contain_text("Residual, before training: the gradient gets through")
    assert len(drawn(root, "bars", "layers")) == 2
    page.assert_nothing_sticks_out(root)
    page.screenshot("depth-lab-light-1280-start")

    # Both networks learn at the same time, and the bars follow.
    page.press_button(root, "Train")
    expect(status).to_contain_text("Training", timeout=90_000)
    expect(status).to_contain_text("Finished", timeout=180_000)
    expect(words).to_contain_text("After training: plain")
    assert len(drawn(root, "bars", "layers")) == 2
    assert len(drawn(root, "points", "layers")) == 2  # before training
    assert sum(len(path) > 20 for path in drawn(root, "line", "accuracy")) == 4  # beside those of the legend
    expect(root.locator("table tbody tr")).to_have_count(2)
    page.screenshot("depth-lab-light-1280")

    # The depth by keyboard: other networks, trained at once; letters are no shortcuts here.
    assert drawn(root, "bars", "layers")[0].count("M") == 20
    page.press_slider(root.locator(".tk-control").first, key="Home")
    cells = page.page.locator(".jp-Cell").count()
    page.page.keyboard.press("b")
    assert page.page.locator(".jp-Cell").count() == cells
    expect(status).to_contain_text(re.compile(r"run 2 .* depth 2,"), timeout=90_000)
    expect(status).to_contain_text("Finished", timeout=180_000)
    assert drawn(root, "bars", "layers")[0].count("M") == 2
    expect(root.locator("table tbody tr")).to_have_count(4)

    # An earlier run, picked in the table.
    root.locator("table tbody tr").last.click()
    expect(status).to_contain_text("run 1 is shown")
    expect(words).to_contain_text("the gradient vanishes")
    page.page.wait_for_timeout(500)
    assert drawn(root, "bars", "layers")[0].count("M") == 20

    # What the bars show.
    choice = root.get_by_label("bars show")
    choice.focus()
    choice.select_option("output size")
    expect(root.locator("text=Size of each layer's output").first).to_be_visible()

    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1500})
    page.page.wait_for_timeout(500)
    page.assert_nothing_sticks_out(root)
    root.scroll_into_view_if_needed()
    page.screenshot("depth-lab-dark-800")

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    count = "import threading; print(sum(t.name == 'tuningkit-depth-lab' for t in threading.enumerate()))"
    assert page.execute(count) == "1"
    assert not page.error_outputs()
