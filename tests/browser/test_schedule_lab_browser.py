"""ScheduleLab in a real JupyterLab, driven with the keyboard: the preview answers at once, the curves follow."""

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
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(48, "relu"), keras.layers.Dense(10)])
"""
LAB = "lab = tk.ScheduleLab(model, digits, learning_rate=0.02, epochs=15)\nlab"


def lines(root: Locator, panel: str, *, ghosts: bool = False) -> dict[str, str]:
    """Paths by label."""
    found = root.locator(f"[data-panel={panel}] .tk-plot path.tk-line").evaluate_all(
        "paths => paths.map(p => [p.dataset.label, p.getAttribute('d'), p.classList.contains('tk-ghost')])"
    )
    return {label: path for label, path, ghost in found if ghost == ghosts and label}


def words(root: Locator, place: int) -> Locator:
    return root.locator(".tk-words").nth(place)


def slider(root: Locator, label: str) -> Locator:
    return root.locator(".tk-control", has_text=re.compile(rf"^{label}")).first


def shown_sliders(root: Locator) -> list[str]:
    return root.locator(".widget-hslider .widget-label").evaluate_all(
        "labels => labels.filter((label) => label.getClientRects().length).map((label) => label.innerText)"
    )


def wait_sliders(page: Any, root: Locator, *names: str) -> None:
    page.until(lambda: shown_sliders(root), lambda found: found == list(names))


def wait_finished(page: Any, root: Locator) -> None:
    """After the kernel has had the move that the training follows."""
    page.at_rest(root)
    expect(words(root, 1)).to_contain_text("Finished")


def test_keyboard_drives_kind_slider_and_comparison(notebook):
    page = notebook.show([SETUP, LAB], height=1100)
    page.run_all()
    root = page.page.locator(".tk-lab")
    kind = root.locator("select").first

    # Before any training the schedule is seen, and no loss.
    page.until(lambda: list(lines(root, "rate")), lambda found: found == ["cosine"])
    wait_sliders(page, root, "learning rate", "end rate", "decay over")
    page.quiet(root)
    assert not lines(root, "loss")
    falling = lines(root, "rate")["cosine"]
    page.assert_nothing_sticks_out(root, ".tk-compare")

    # From Python the preview changes and nothing is trained.
    page.execute("lab.kind = 'polynomial'")
    expect(root.locator("[data-panel=rate] .tk-plot [data-label=polynomial]").first).to_be_attached()
    page.at_rest(root)
    assert lines(root, "rate")["polynomial"] != falling and not lines(root, "loss")
    page.screenshot("schedule-lab-light-1280-preview")

    # Another kind with the keyboard: other sliders, another preview, then curves.
    kind.focus()
    page.page.keyboard.press("w")
    expect(words(root, 0)).to_contain_text("warm-up cosine.")
    wait_sliders(page, root, "learning rate", "end rate", "decay over", "warm-up epochs")
    wait_finished(page, root)
    page.until(lambda: set(lines(root, "loss")), lambda found: {"training", "validation"} <= found)
    before = lines(root, "rate")["warm-up cosine"]

    # A slider: the preview and the numbers in Keras's words change, a new run follows, the old one stays as a ghost.
    page.press_slider(slider(root, "warm-up epochs"), times=2)
    expect(words(root, 0)).to_contain_text("warmup_steps=344")
    expect(root.locator("[data-panel=rate] .tk-plot path.tk-strong").first).not_to_have_attribute("d", before)
    wait_finished(page, root)
    expect(root.locator("[data-panel=loss] .tk-ghost").first).to_be_attached()
    expect(words(root, 2)).to_contain_text(re.compile(r"Run \d+: "))
    page.screenshot("schedule-lab-light-1280-run")
    page.assert_letters_stay()

    # Side by side: tick boxes with the space bar.
    for box in ("constant", "step", "cosine restarts", "piecewise", "plateau"):
        root.get_by_role("checkbox", name=box, exact=True).focus()
        page.page.keyboard.press("Space")
    expect(words(root, 2)).to_contain_text("lowest first")
    page.until(lambda: len(lines(root, "rate")), lambda found: found == 6)
    wait_finished(page, root)
    kinds = ["constant", "step", "warm-up cosine", "cosine restarts", "piecewise", "plateau"]
    page.until(lambda: sorted(lines(root, "rate")), lambda found: found == sorted(kinds))
    wanted = sorted(f"{kind}, validation" for kind in kinds)
    page.until(lambda: sorted(lines(root, "loss")), lambda found: found == wanted)
    page.at_rest(root)
    assert root.locator("[data-panel=loss] .tk-legend").inner_text().count("validation") == len(kinds)
    looks = root.locator("[data-panel=loss] .tk-plot path.tk-line:not(.tk-ghost)").evaluate_all(
        "paths => paths.map(p => getComputedStyle(p).stroke + getComputedStyle(p).strokeDasharray)"
    )
    assert len(set(looks)) == len(kinds)
    # Rate and loss stand in line: both panels have the same left end.
    ends = root.locator(".tk-panel clipPath rect").evaluate_all(
        "rects => rects.map(r => r.getAttribute('x'))"
    )
    assert len(set(ends)) == 1
    page.screenshot("schedule-lab-light-1280-compare")
    expect(root.locator("[aria-live]").first).to_contain_text(f"lowest of {len(kinds)} now")

    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 1300})
    page.assert_nothing_sticks_out(root, ".tk-compare")
    root.scroll_into_view_if_needed()
    page.screenshot("schedule-lab-dark-800-compare")
    page.page.set_viewport_size({"width": 1280, "height": 1100})
    page.quiet(root)
    page.screenshot("schedule-lab-dark-1280-compare")
    page.set_theme("light")
    page.page.set_viewport_size({"width": 800, "height": 1300})
    page.quiet(root)
    page.screenshot("schedule-lab-light-800-compare")

    # Paused in the middle, and run again: the old lab goes, with its thread.
    page.execute("lab.epochs = 2000")
    page.press_button(root, "Train")
    expect(words(root, 1)).to_contain_text("Training")
    page.press_button(root, "Pause")
    expect(words(root, 1)).to_contain_text("Paused")
    page.run_cell(1)
    page.expect_threads("tuningkit-schedule-lab", 0)
    expect(words(root, 1)).to_contain_text("Ready")
    assert not page.error_outputs()
