"""Chapter 4.3 as a learner meets it: the map of L2 and dropout by keyboard, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_3_regularized_network.ipynb"


def test_the_map_of_l2_and_dropout_by_keyboard(lab):
    page = lab.open(NOTEBOOK)
    page.run_all(timeout=420)
    assert page.error_outputs() == []
    labs = page.page.locator(".tk-lab")
    assert labs.count() == 3
    first = labs.first
    first.scroll_into_view_if_needed()
    # The cell below the lab trained it and went to the best cell; the arrow keys leave it.
    best = page.execute("print(sweep_lab.sweep.best('val_loss').hyperparameters['dropout'])").strip()
    assert float(best) > 0
    stage = first.locator(".tk-heat-stage:visible")
    before = first.inner_text()
    stage.focus()
    for key in ("Home", "ArrowRight", "Enter"):
        page.page.keyboard.press(key)
    page.page.wait_for_function(
        "([lab, before]) => lab.innerText !== before", arg=[first.element_handle(), before], timeout=20_000
    )
    page.screenshot("lesson-04_3-map-light-1280")
    for place, name in ((1, "weights"), (2, "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(300)
        page.screenshot(f"lesson-04_3-{name}-light-1280")
    pictures = page.page.locator(".jp-OutputArea-output img")
    for place in range(pictures.count()):
        pictures.nth(place).scroll_into_view_if_needed()
        page.screenshot(f"lesson-04_3-picture{place}-light-1280")

    # The same page in the dark on a small screen.
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 900})
    for place, name in enumerate(("map", "weights", "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(500)
        page.screenshot(f"lesson-04_3-{name}-dark-800")
        assert labs.nth(place).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
