"""Both lessons as a learner meets them: opened, run, worked with the keyboard, reloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CURVES = (
    "lab => [...lab.querySelectorAll('.tk-chart .tk-line')].map(line => line.getAttribute('d')).join('|')"
)


def wait_for_state(page, lab, words: str, timeout: float = 60) -> None:
    """Wait until the lab's status line says `words`."""
    page.page.wait_for_function(
        "([lab, words]) => lab.innerText.includes(words)",
        arg=[lab.element_handle(), words],
        timeout=timeout * 1000,
    )


def settled(page) -> int:
    """Wait until the kernel has had the last move and the lab rests; return how many runs it has kept."""
    page.page.wait_for_timeout(1000)
    return int(page.execute("lab.wait(60); print(len(lab.runs))"))


def test_the_tour_by_keyboard(lab):
    page = lab.open(NOTEBOOKS / "00_start_here.ipynb", preload=True)
    page.run_all(timeout=240)
    assert page.error_outputs() == []
    first = page.page.locator(".tk-lab").first
    first.scroll_into_view_if_needed()
    train = first.get_by_role("button", name="Train", exact=True)
    train.focus()
    page.page.keyboard.press("Enter")
    wait_for_state(page, first, "Finished")
    before, pixels = first.evaluate(CURVES), first.screenshot()
    page.press_slider(first, "ArrowRight", times=3)
    runs = settled(page)
    assert runs >= 2
    assert first.evaluate(CURVES) != before
    assert first.screenshot() != pixels
    assert float(page.execute("print(lab.learning_rate)")) > 1e-3
    page.screenshot("lesson-00-light-1280")
    page.reload()
    again = page.page.locator(".tk-lab").first
    again.scroll_into_view_if_needed()
    page.page.wait_for_function(
        "lab => lab.querySelectorAll('.tk-line').length > 2", arg=again.element_handle()
    )
    page.press_slider(again, "ArrowLeft")
    assert settled(page) > runs
    page.screenshot("lesson-00-reloaded")


def test_regularisation_in_the_dark_on_a_small_screen(lab):
    page = lab.open(NOTEBOOKS / "03_3_regularization.ipynb", theme="dark", width=800, preload=True)
    page.run_all(timeout=420)
    assert page.error_outputs() == []
    labs = page.page.locator(".tk-lab")
    assert labs.count() == 6
    sweep = labs.nth(1)
    sweep.scroll_into_view_if_needed()
    before = sweep.evaluate(CURVES)
    page.press_slider(sweep, "ArrowRight", times=2)
    page.page.wait_for_function(
        f"([lab, before]) => ({CURVES})(lab) !== before", arg=[sweep.element_handle(), before], timeout=20_000
    )
    for place, name in enumerate(("overfitting", "l2", "weights", "dropout", "data", "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(300)
        page.screenshot(f"lesson-03_3-{name}-dark-800")
        # Nothing is cut off at the right: the page has no room to scroll sideways.
        assert labs.nth(place).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
