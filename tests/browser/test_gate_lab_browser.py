"""GateLab in a real JupyterLab: three kinds of adaptive units, looks by keyboard that train nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = "import tuningkit as tk\ndigits = tk.datasets.load_digits(images=True)"
LAB = "lab = tk.GateLab(digits, epochs=4)\nlab"


def drawn(root: Locator, kind: str, panel: str) -> list[str]:
    """Outlines of what a panel that is on the screen shows."""
    return root.locator(f"[data-panel={panel}] path.tk-{kind}").evaluate_all(
        "paths => paths.map((path) => path.getAttribute('d') ?? '')"
    )


def slider(root: Locator, name: str) -> Locator:
    return root.locator(".tk-control").filter(has_text=name).first


def test_gates_and_exits_answer_the_keyboard(notebook):
    page = notebook.show([SETUP, LAB], height=1300)
    page.run_all()
    root = page.page.locator(".tk-lab").first
    status, image, words = (root.locator(".tk-words").nth(n) for n in range(3))
    expect(words).to_contain_text("Before training: for this image, block 1", timeout=90_000)
    expect(image.locator("svg")).to_have_attribute("aria-label", re.compile("Validation image 0, class 9"))
    for kind in ("bars", "points"):
        expect(root.locator(f"[data-panel=block_3] path.tk-{kind}")).to_have_count(1)
    page.assert_nothing_sticks_out(root, ".tk-words")

    # The channels' weights change while the network learns.
    before = drawn(root, "bars", "block_3")
    page.press_button(root, "Train")
    expect(status).to_contain_text("Finished", timeout=180_000)
    expect(words).to_contain_text("After epoch 4")
    page.at_rest(root)
    shown = page.changed(lambda: drawn(root, "bars", "block_3"), before)
    # Beside those of the legend.
    page.until(
        lambda: sum(len(path) > 20 for path in drawn(root, "line", "accuracy")), lambda found: found == 2
    )
    page.screenshot("gate-lab-channels-light-1280")

    # Another image by keyboard: answered at once, nothing is trained; letters are no shortcuts here.
    page.press_slider(slider(root, "validation image"), times=2)
    expect(image).to_contain_text("Validation image 2")
    page.changed(lambda: drawn(root, "bars", "block_3"), shown)
    page.assert_letters_stay()
    page.press_button(root, "Next image")
    expect(image).to_contain_text("Validation image 3")
    assert page.execute("print(len(lab.runs), lab.runs[-1].epochs)") == "1 4"

    # Highway gates, trained at once because Train was pressed.
    choice = root.get_by_label("adaptive units")
    choice.focus()
    choice.select_option("highway gates")
    expect(status).to_contain_text(re.compile(r"Finished.*network 2 .*highway"), timeout=180_000)
    expect(words).to_contain_text("carry share")
    expect(slider(root, "confidence threshold")).to_be_hidden()
    page.press_slider(slider(root, "gate layer"), times=2)
    expect(words).to_contain_text("For this image layer 3")
    page.until(lambda: drawn(root, "bars", "layers"), lambda found: [*found, ""][0].count("M") == 8)
    page.set_theme("dark")
    page.assert_nothing_sticks_out(root, ".tk-words")
    page.screenshot("gate-lab-highway-dark-1280")

    # Early exits: the threshold by keyboard.
    choice.focus()
    choice.select_option("early exits")
    expect(status).to_contain_text(re.compile(r"Finished.*network 3 .*early exits"), timeout=180_000)
    threshold = slider(root, "confidence threshold")
    page.press_slider(threshold, key="Home")
    expect(words).to_contain_text("100% of the validation images leave at exit 1")
    expect(image).to_contain_text("at least 0, it leaves here")
    page.until(lambda: drawn(root, "bars", "shares"), lambda found: [*found, ""][0].count("M") >= 1)
    page.press_slider(threshold, key="End")
    expect(words).to_contain_text("100% at exit 3")
    expect(words).to_contain_text("asked in vain")
    page.press_slider(threshold, key="ArrowLeft", times=7)
    expect(words).to_contain_text("of the computation is saved")
    expect(root.locator("[data-panel=trade] .tk-mark circle")).to_have_count(1)
    assert page.execute("print([run.epochs for run in lab.runs])") == "[4, 4, 4]"

    page.page.set_viewport_size({"width": 800, "height": 1500})
    page.assert_nothing_sticks_out(root, ".tk-words")
    root.scroll_into_view_if_needed()
    page.screenshot("gate-lab-exits-dark-800")
    page.set_theme("light")
    page.quiet(root)
    page.screenshot("gate-lab-exits-light-800")

    # Run again: the old lab goes, with its thread.
    page.run_cell(1)
    page.expect_threads("tuningkit-gate-lab", 1)
    assert not page.error_outputs()
