"""The card's JavaScript in a real Chromium, with a model that does what JupyterLab's would do."""

from __future__ import annotations

import json
import shutil

import pytest

from tuningkit.teaching import Option, Prediction, Question, Quiz
from tuningkit.teaching.card import Card

pytestmark = pytest.mark.browser

PAGE = """
<body data-jp-theme-light="true"><div id="root"></div></body>
"""
SETUP = """
async ([source, css, view]) => {
  const style = document.createElement("style"); style.textContent = css; document.head.append(style);
  window.sent = []; window.shortcuts = []; window.listeners = [];
  document.addEventListener("keydown", (event) => window.shortcuts.push(event.key));
  window.model = {
    view,
    get: () => window.model.view,
    on: (_, fn) => window.listeners.push(fn),
    off: (_, fn) => { window.listeners = window.listeners.filter((other) => other !== fn); },
    send: (message) => window.sent.push(message),
  };
  window.show = (next) => { window.model.view = next; window.listeners.forEach((fn) => fn()); };
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const module = await import(url);
  window.cleanup = module.default.render({ model: window.model, el: document.getElementById("root") });
}
"""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "These tests need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


class Shown:
    """A card on a page; presses go to Python and the new view comes back, as through JupyterLab."""

    def __init__(self, page, card):
        self.page, self.card = page, card
        page.set_content(PAGE)
        page.evaluate(SETUP, [Card._esm, Card._css, json.loads(json.dumps(card.view))])

    def deliver(self):
        for message in self.page.evaluate("window.sent.splice(0)"):
            self.card._handle_custom_msg(message, [])
        self.page.evaluate("(view) => window.show(view)", json.loads(json.dumps(self.card.view)))

    def focused(self):
        return self.page.evaluate("document.activeElement.tagName + ':' + document.activeElement.type")


@pytest.fixture
def show(browser):
    contexts = []

    def open_page(card, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        return Shown(page, card)

    yield open_page
    for context in contexts:
        context.close()


def prediction(**changes):
    return Prediction(
        **{
            "key": "3.3-gap",
            "question": "What does the gap do?",
            "options": ["It grows", "It shrinks"],
            **changes,
        }
    )


def quiz():
    options = [Option("The gap", True, "It does."), Option("The rate", why="It stays.")]
    several = [Option("L1", True), Option("L2", True), Option("Shuffling", why="It moves rows.")]
    return Quiz(
        "3.3-quiz", [Question("One?", options), Question("Many?", several, True), Question("Three?", options)]
    )


def test_predicting_with_the_keyboard_alone(show):
    shown = show(prediction())
    keyboard = shown.page.keyboard
    keyboard.press("Tab")
    assert shown.focused() == "INPUT:radio"
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    assert shown.page.locator("input:checked").count() == 1
    keyboard.press("Tab")
    assert shown.focused() == "BUTTON:button"
    keyboard.press("Enter")
    shown.deliver()
    assert shown.card.choice == "It shrinks"
    # The focus stays on the button, which now offers to predict again.
    assert shown.focused() == "BUTTON:button"
    assert shown.page.locator("button").inner_text() == "Predict again"
    assert shown.page.locator("input").first.is_disabled()
    keyboard.press("Space")
    shown.deliver()
    assert shown.page.locator("input").nth(1).is_enabled() and shown.page.locator("input").nth(1).is_checked()
    # Letters and arrows never reach JupyterLab, which would take them as commands.
    assert set(shown.page.evaluate("window.shortcuts")) <= {"Tab"}


def test_keys_that_run_or_leave_the_cell_do_reach_jupyterlab(show):
    shown = show(prediction())
    shown.page.locator("input").first.focus()
    for key in ("b", "d", "ArrowUp", "Shift+Enter", "Escape"):
        shown.page.keyboard.press(key)
    heard = shown.page.evaluate("window.shortcuts")
    assert "Enter" in heard and "Escape" in heard
    assert not {"b", "d", "ArrowUp"} & set(heard)


def test_enter_on_an_option_presses_the_button(show):
    shown = show(prediction())
    shown.page.locator("input").first.check()
    shown.page.keyboard.press("Enter")
    shown.deliver()
    assert shown.card.choice == "It grows"


def test_pressing_without_a_choice_says_what_to_do(show):
    shown = show(prediction())
    shown.page.get_by_role("button").click()
    assert "Choose an answer first." in shown.page.locator("fieldset [aria-live=polite]").inner_text()
    assert shown.page.evaluate("window.sent") == []


def test_a_kernel_that_does_not_answer_is_named(show):
    shown = show(prediction())
    shown.page.locator("input").first.check()
    shown.page.get_by_role("button").click()
    shown.page.get_by_text("Waiting for the kernel").wait_for(timeout=30_000)
    shown.deliver()
    assert shown.page.get_by_text("Waiting for the kernel").count() == 0


def test_a_number_is_checked_before_it_is_sent(show):
    shown = show(prediction(options=None, between=(0, 100), unit="%"))
    field = shown.page.locator("input[type=number]")
    field.fill("140")
    field.press("Enter")
    assert "between 0 and 100" in shown.page.locator("fieldset [aria-live]").inner_text()
    field.fill("12.5")
    field.press("Enter")
    shown.deliver()
    assert shown.card.choice == 12.5 and field.input_value() == "12.5"


def test_a_quiz_explains_and_keeps_other_choices(show):
    shown = show(quiz())
    groups = shown.page.locator("fieldset")
    draft = groups.nth(1).locator("input").nth(2)
    draft.check()
    groups.nth(0).get_by_label("The rate").check()
    groups.nth(0).get_by_role("button").click()
    shown.deliver()
    feedback = groups.nth(0).locator("[aria-live=polite]")
    assert "It stays." in feedback.inner_text() and "✗" in feedback.inner_text()
    assert draft.is_checked()
    groups.nth(0).get_by_label("The gap").check()
    groups.nth(0).get_by_role("button").click()
    shown.deliver()
    assert (
        "Right." in feedback.inner_text()
        and groups.nth(0).get_by_role("button").inner_text() == "Answer again"
    )
    assert "1 of 3 right." in shown.page.locator(".tk-card > [aria-live=polite]").inner_text()


def test_feedback_stands_in_the_live_region_that_was_there_before(show):
    shown = show(prediction())
    shown.page.evaluate("window.region = document.querySelector('fieldset [aria-live]')")
    shown.page.locator("input").first.check()
    shown.page.keyboard.press("Enter")
    shown.deliver()
    assert shown.page.evaluate("window.region.isConnected && window.region.textContent.includes('It grows')")


def test_names_for_screen_readers(show):
    shown = show(quiz())
    assert shown.page.get_by_role("group", name="Quiz", exact=True).count() == 1
    assert shown.page.get_by_role("group", name="1. One?").count() == 1
    assert shown.page.get_by_role("radio", name="The gap").count() == 2
    assert shown.page.get_by_role("checkbox").count() == 3


def test_the_comparison_stands_side_by_side_and_below_each_other_where_it_is_narrow(show):
    made = prediction()
    made.commit("It grows")
    reveal = made.reveal("It shrinks", "Because.")
    for width, beside in ((1280, True), (360, False)):
        shown = show(reveal, viewport={"width": width, "height": 600})
        first, second = (box.bounding_box() for box in shown.page.locator("dl > div").all())
        assert (first["y"] == second["y"]) is beside
        assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("light", [True, False])
def test_text_has_contrast_in_both_themes(show, light):
    card = quiz()
    card.answer(0, 1)
    shown = show(card)
    shown.page.evaluate("(light) => { document.body.dataset.jpThemeLight = light; }", str(light).lower())
    ratios = shown.page.evaluate("""() => {
      const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const linear = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
      const shade = (colour) => {
        const [r, g, b] = numbers(colour).slice(0, 3).map((v) => linear(v / 255));
        return .2126 * r + .7152 * g + .0722 * b;
      };
      const surface = shade(getComputedStyle(document.querySelector('.tk-card')).backgroundColor);
      return [...document.querySelectorAll('p, label, legend, button, .tk-mark, .tk-note > span')]
        .map((node) => shade(getComputedStyle(node).color))
        .map((ink) => (Math.max(ink, surface) + .05) / (Math.min(ink, surface) + .05));
    }""")
    assert len(ratios) > 10 and min(ratios) >= 4.5


def test_leaving_removes_everything(show):
    shown = show(prediction())
    shown.page.evaluate("window.cleanup()")
    assert shown.page.locator(".tk-card").count() == 0
    assert shown.page.evaluate("window.listeners.length") == 0
