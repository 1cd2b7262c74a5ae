"""Chapter 4.1 as a learner meets it: the map of the failing grid, worked with the keyboard, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_1_grid_search.ipynb"


def says(page, lab, words: str, timeout: float = 60) -> None:
    """Wait until the lab shows these words."""
    page.page.wait_for_function(
        "([lab, words]) => lab.innerText.includes(words)",
        arg=[lab.element_handle(), words],
        timeout=timeout * 1000,
    )


def test_the_failing_grid_by_keyboard(lab):
    page = lab.open(NOTEBOOK)
    page.run_all(timeout=300)
    assert page.error_outputs() == []
    labs = page.page.locator(".tk-lab")
    assert labs.count() == 4
    first = labs.first
    first.scroll_into_view_if_needed()
    says(page, first, "30 of 60 fits failed")
    stage = first.locator(".tk-heat-stage:visible")
    stage.focus()
    for key in ("Home", "ArrowDown", "ArrowDown"):
        page.page.keyboard.press(key)
    says(page, first, "Solver lbfgs supports only")
    says(page, first, "fit failed")
    page.screenshot("lesson-04_1-failing-light-1280")
    # The folds' slider fits the grid anew.
    folds = first.locator(".tk-control").filter(has_text="number of folds")
    page.press_slider(folds, "ArrowRight")
    says(page, first, "6 folds, rows in the order given")
    says(page, first, "36 of 72 fits failed")
    # Another search, and ten ways to cut the rows.
    first.locator("select").select_option("repaired")
    says(page, first, "5 folds, rows in the order given")
    first.get_by_role("button", name="Ten shuffles").focus()
    page.page.keyboard.press("Enter")
    says(page, first, "11 ways to cut the rows", timeout=120)
    page.screenshot("lesson-04_1-repaired-light-1280")

    # The same page in the dark on a small screen.
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 900})
    for place, name in enumerate(("grid", "leak", "seeds", "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(500)
        page.screenshot(f"lesson-04_1-{name}-dark-800")
        assert labs.nth(place).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
