"""Chapter 3.1b as a learner meets it: opened in the dark on a small screen, run, and worked with the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_1b_search.ipynb"
LABS = ("race", "irrelevant", "seeds", "challenge")


def test_search_in_the_dark_on_a_small_screen(lab):
    page = lab.open(NOTEBOOK, theme="dark", width=800, preload=True)
    page.run_all(timeout=600)
    assert page.error_outputs() == []
    labs = page.page.locator(".tk-lab")
    assert labs.count() == len(LABS)
    for place, name in enumerate(LABS):
        labs.nth(place).scroll_into_view_if_needed()
        page.page.wait_for_timeout(300)
        page.screenshot(f"lesson-03_1b-{name}-dark-800")
        # Nothing is cut off at the right: the page has no room to scroll sideways.
        assert labs.nth(place).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    race = labs.first
    # The explanation has run the race to its end; Reset and Step begin it anew.
    assert "Finished" in race.inner_text()
    for name in ("Reset", "Step"):
        button = race.get_by_role("button", name=name, exact=True)
        button.focus()
        page.page.keyboard.press("Enter")
    page.page.wait_for_function(
        "lab => lab.innerText.includes('Paused') && lab.innerText.includes('next corner of the grid')",
        arg=race.element_handle(),
        timeout=60_000,
    )
    assert page.execute("lab.wait(60); print(len(lab.trials['random']))").strip() == "1"
