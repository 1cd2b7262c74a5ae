"""What a learner does in a lesson after its cells have run: with the keyboard, in both themes, on two widths.

`VISITS` names the lessons with a visit of their own. Every lesson is looked through as well, see `look_through`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

CURVES = (
    "lab => [...lab.querySelectorAll('.tk-chart .tk-line')].map(line => line.getAttribute('d')).join('|')"
)
PLANE = "lab => lab.querySelector('.tk-plane canvas').toDataURL()"
#: Theme and width of the looks; each lesson gets one of them, the next lesson the other.
LOOKS = (("light", 1280), ("dark", 800))


def labs_of(page: Any) -> Locator:
    """The labs of the notebook, from the top."""
    return page.page.locator(".tk-lab")


def look_through(page: Any, lesson: str, theme: str, width: int) -> None:
    """Scroll to each lab, keep a picture of it, and fail if it is cut off at the right."""
    page.set_theme(theme)
    page.page.set_viewport_size({"width": width, "height": 900})
    labs = labs_of(page)
    for place in range(labs.count()):
        labs.nth(place).evaluate("lab => lab.scrollIntoView({block: 'start'})")
        page.page.wait_for_timeout(400)
        page.screenshot(f"lesson-{lesson}-lab-{place + 1}-{theme}-{width}")
        page.assert_nothing_sticks_out(labs.nth(place))


def says(page: Any, lab: Locator, *words: str, timeout: float = 120) -> None:
    """Wait until the lab shows all these words."""
    page.page.wait_for_function(
        "([lab, words]) => words.every((some) => lab.innerText.includes(some))",
        arg=[lab.element_handle(), words],
        timeout=timeout * 1000,
        polling=100,
    )


def changes(page: Any, lab: Locator, reading: str, before: str, timeout: float = 120) -> None:
    """Wait until what is read from the lab is something else than before."""
    page.page.wait_for_function(
        f"([lab, before]) => ({reading})(lab) !== before",
        arg=[lab.element_handle(), before],
        timeout=timeout * 1000,
        polling=100,
    )


def press(page: Any, lab: Locator, name: str, key: str = "Enter") -> None:
    """Press a button of the lab as someone without a mouse would."""
    lab.get_by_role("button", name=name, exact=True).focus()
    page.page.keyboard.press(key)


def settled(page: Any) -> int:
    """Wait until the kernel has had the last move and the lab rests; return how many runs it has kept."""
    page.page.wait_for_timeout(1000)
    return int(page.execute("lab.wait(60); print(len(lab.runs))"))


def start_here(page: Any) -> None:
    """The tour: a run, a slider, other curves and other pixels; the page loaded again goes on."""
    first = labs_of(page).first
    first.scroll_into_view_if_needed()
    press(page, first, "Train")
    says(page, first, "Finished")
    before, pixels = first.evaluate(CURVES), first.screenshot()
    page.press_slider(first, "ArrowRight", times=3)
    runs = settled(page)
    assert runs >= 2
    assert first.evaluate(CURVES) != before
    assert first.screenshot() != pixels
    assert float(page.execute("print(lab.learning_rate)")) > 1e-3
    page.reload()
    again = labs_of(page).first
    again.scroll_into_view_if_needed()
    page.page.wait_for_function(
        "lab => lab.querySelectorAll('.tk-line').length > 2", arg=again.element_handle()
    )
    page.press_slider(again, "ArrowLeft")
    assert settled(page) > runs


def hyperparameters(page: Any) -> None:
    """Another width is a new network, and with it another boundary."""
    width = labs_of(page).nth(2)
    width.scroll_into_view_if_needed()
    press(page, width, "Train")
    page.execute("width_lab.wait(120)")
    before = width.evaluate(PLANE)
    page.execute("width_lab.units = 32; width_lab.train().wait(240)")
    changes(page, width, PLANE, before)


def search(page: Any) -> None:
    """The explanation has run the race to its end; Reset and Step begin it anew."""
    race = labs_of(page).first
    assert "Finished" in race.inner_text()
    for name in ("Reset", "Step"):
        press(page, race, name)
    says(page, race, "Paused", "next corner of the grid")
    assert page.execute("lab.wait(60); print(len(lab.trials['random']))") == "1"


def regularization(page: Any) -> None:
    """The slider of a finished sweep scrubs: another curve in front."""
    sweep = labs_of(page).nth(1)
    sweep.scroll_into_view_if_needed()
    before = sweep.evaluate(CURVES)
    page.press_slider(sweep, "ArrowRight", times=2)
    changes(page, sweep, CURVES, before)


def grid_search(page: Any) -> None:
    """The map of the failing grid, read with the keys; other folds, another search, ten shuffles."""
    first = labs_of(page).first
    first.scroll_into_view_if_needed()
    # The lesson ends with another search in this lab.
    first.locator("select").select_option("as in the article")
    says(page, first, "30 of 60 fits failed")
    first.locator(".tk-heat-stage:visible").focus()
    for key in ("Home", "ArrowDown", "ArrowDown"):
        page.page.keyboard.press(key)
    says(page, first, "Solver lbfgs supports only", "fit failed")
    page.screenshot("lesson-04_1-failing-light-1280")
    folds = first.locator(".tk-control").filter(has_text="number of folds")
    page.press_slider(folds, "ArrowRight")
    says(page, first, "6 folds, rows in the order given", "36 of 72 fits failed")
    first.locator("select").select_option("repaired")
    says(page, first, "5 folds, rows in the order given")
    press(page, first, "Ten shuffles")
    says(page, first, "11 ways to cut the rows")
    page.screenshot("lesson-04_1-repaired-light-1280")


VISITS: dict[str, Callable[[Any], None]] = {
    "00_start_here": start_here,
    "03_1a_hyperparameters": hyperparameters,
    "03_1b_search": search,
    "03_3_regularization": regularization,
    "04_1_grid_search": grid_search,
}
