"""DepthLab in a real JupyterLab: bars before training, twins trained side by side, depth moved by keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk\ndigits = tk.datasets.load_digits()"
LAB = "lab = tk.DepthLab(digits, depth=20, width=16, epochs=3)\nlab"


def drawn(root: Locator, kind: str, panel: str) -> list[str]:
    """Outlines of what a panel that is on the screen shows."""
    return root.locator(f"[data-panel={panel}] path.tk-{kind}").evaluate_all(
        """(paths, kind) => paths.filter((path) => kind === "line" || path.getBoundingClientRect().height)
            .map((path) => path.getAttribute("d") ?? "")""",
        kind,
    )


def wait_drawn(page: Any, root: Locator, kind: str, panel: str, count: int) -> list[str]:
    """Outlines of a panel, once there are so many; curves follow the words."""
    return page.until(lambda: drawn(root, kind, panel), lambda found: len(found) == count)


def wait_layers(page: Any, root: Locator, count: int) -> None:
    """Wait until the first network's bars are so many."""
    page.until(lambda: drawn(root, "bars", "layers"), lambda found: [*found, ""][0].count("M") == count)


def test_depth_is_moved_and_skips_are_compared(notebook):
    page = notebook.show([SETUP, LAB], height=1300)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    words, status = root.locator(".tk-words").nth(1), root.locator(".tk-words").first
    expect(words).to_contain_text("Plain, before training: the gradient vanishes", timeout=90_000)
    expect(words).to_contain_text("Residual, before training: the gradient gets through")
    wait_drawn(page, root, "bars", "layers", 2)
    page.assert_nothing_sticks_out(root)
    page.screenshot("depth-lab-light-1280-start")

    # Both networks learn at the same time, and the bars follow.
    page.press_button(root, "Train")
    expect(status).to_contain_text(re.compile(r"Finished.*run 1 "), timeout=180_000)
    expect(words).to_contain_text("After training: plain")
    wait_drawn(page, root, "bars", "layers", 2)
    wait_drawn(page, root, "points", "layers", 2)  # before training
    # Beside those of the legend.
    page.until(
        lambda: sum(len(path) > 20 for path in drawn(root, "line", "accuracy")), lambda found: found == 4
    )
    expect(root.locator("table tbody tr")).to_have_count(2)
    page.screenshot("depth-lab-light-1280")

    # The depth by keyboard: other networks, trained at once; letters are no shortcuts here.
    wait_layers(page, root, 20)
    page.press_slider(root.locator(".tk-control").first, key="Home")
    page.assert_letters_stay()
    expect(status).to_contain_text(re.compile(r"Finished.*run 2 .* depth 2,"), timeout=180_000)
    wait_layers(page, root, 2)
    expect(root.locator("table tbody tr")).to_have_count(4)

    # An earlier run, picked in the table.
    root.locator("table tbody tr").last.click()
    expect(status).to_contain_text("run 1 is shown")
    expect(words).to_contain_text("the gradient vanishes")
    wait_layers(page, root, 20)

    # What the bars show.
    choice = root.get_by_label("bars show")
    choice.focus()
    choice.select_option("output size")
    expect(root.locator("text=Size of each layer's output").first).to_be_visible()

    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1500})
    page.assert_nothing_sticks_out(root)
    root.scroll_into_view_if_needed()
    page.screenshot("depth-lab-dark-800")

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-depth-lab", 1)
    assert not page.error_outputs()
