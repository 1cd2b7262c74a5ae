"""Chapter 3.1a as a learner meets it: the boundary moves when the width does, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_1a_hyperparameters.ipynb"
PLANE = "lab => lab.querySelector('.tk-plane canvas').toDataURL()"


def test_rate_batch_width_and_schedule(lab):
    page = lab.open(NOTEBOOK)
    page.run_all(timeout=480)
    assert page.error_outputs() == []
    labs = page.page.locator(".tk-lab")
    assert labs.count() == 5
    for place, name in enumerate(("rate", "batch", "width", "schedule", "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(300)
        page.screenshot(f"lesson-03_1a-{name}-light-1280")
    # Another width: a new network, and with it another boundary.
    width = labs.nth(2)
    width.scroll_into_view_if_needed()
    width.get_by_role("button", name="Train", exact=True).focus()
    page.page.keyboard.press("Enter")
    page.execute("width_lab.wait(120)")
    before = width.evaluate(PLANE)
    page.execute("width_lab.units = 32; width_lab.train().wait(240)")
    page.page.wait_for_function(
        f"([lab, before]) => ({PLANE})(lab) !== before", arg=[width.element_handle(), before], timeout=20_000
    )
    page.screenshot("lesson-03_1a-width-32-light-1280")
    page.set_theme("dark")
    page.page.set_viewport_size({"width": 800, "height": 900})
    for place, name in enumerate(("rate", "batch", "width", "schedule", "challenge")):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(500)
        page.screenshot(f"lesson-03_1a-{name}-dark-800")
        assert labs.nth(place).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
