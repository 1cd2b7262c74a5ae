"""A learner at a JupyterHub: logs in, opens the lesson from a link, answers, and moves a slider."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
from playwright.sync_api import Browser, expect

harness = sys.modules["tuningkit_browser_harness"]

CURVES = (
    "lab => [...lab.querySelectorAll('.tk-chart .tk-line')].map(line => line.getAttribute('d')).join('|')"
)


class LearnerPage(harness.NotebookPage):
    """A notebook open behind a hub.

    Args:
        browser: The browser; the learner gets a context of it.
        hub: The hub.
        name: The learner.
        lesson: The notebook, relative to the learner's home.
    """

    def __init__(self, browser: Browser, hub: Any, name: str, lesson: str) -> None:
        self.hub, self.name, self.lesson = hub, name, lesson
        self.home = hub.homes / name
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=harness.PROBE)
        super().__init__(context, SimpleNamespace(url=f"{hub.url}/user/{name}", root=self.home), lesson)
        cells = nbformat.read(self.home / lesson, as_version=4).cells
        self._sources = [cell.source if cell.cell_type == "code" else "" for cell in cells]

    def follow_link(self) -> None:
        """Open the link that a teacher sends: it asks for the name first."""
        self.page.goto(f"{self.hub.url}/hub/user-redirect/lab/tree/{self.lesson}?reset")

    def log_in(self, password: str) -> None:
        """Fill the form and send it."""
        self.page.locator("#username_input").fill(self.name)
        self.page.locator("#password_input").fill(password)
        self.page.locator("#login_submit").click()

    def arrive(self) -> None:
        """Wait until the learner's own server has started, and the lesson's kernel too."""
        self._ready()
        self.page.evaluate("() => jupyterapp.shell.collapseLeft()")

    def cell(self, text: str) -> int:
        """The place of the code cell that holds this text."""
        (place,) = [place for place, source in enumerate(self._sources) if text in source]
        return place

    def begin(self, text: str) -> None:
        """Run the cell that holds this text, without waiting for its end."""
        self.page.evaluate(
            """index => { const notebook = tkNotebook().content; notebook.activeCellIndex = index;
            notebook.deselectAll(); jupyterapp.commands.execute('notebook:run-cell'); }""",
            self.cell(text),
        )

    def ended(self, text: str) -> None:
        """Wait until the cell that holds this text has run."""
        self._wait_run(self.cell(text), 180)

    def predict(self, words: str) -> None:
        """Choose an answer of the prediction's card, and commit to it."""
        card = self.page.locator(".tk-card").first
        card.get_by_label(words).check()
        card.get_by_role("button").first.click()
        expect(card.locator("fieldset").first).to_have_attribute("data-locked", "")

    def curves(self) -> str:
        """The lines of the lab's chart, as they are drawn."""
        return self.page.locator(".tk-lab").first.evaluate(CURVES)

    def curves_differ_from(self, before: str) -> None:
        """Wait until the lab draws other lines."""
        self.page.wait_for_function(
            f"([lab, before]) => ({CURVES})(lab) !== before",
            arg=[self.page.locator(".tk-lab").first.element_handle(), before],
            polling=100,
        )

    def status(self) -> str:
        """The word before the lab's chart that says what it does."""
        return self.page.locator(".tk-lab").first.locator(".tk-words b").first.inner_text()

    def says(self, word: str) -> None:
        """Wait until the lab's status is this word."""
        expect(self.page.locator(".tk-lab").first.locator(".tk-words b").first).to_have_text(word)

    def move_rate(self, key: str) -> None:
        """One press on the slider of the learning rate, the lab's first."""
        self.press_slider(self.page.locator(".tk-lab").first, key)

    def status_of(self, path: str) -> int:
        """What answers to this address in a further tab of the learner's browser: the status."""
        with self.context.new_page() as tab:
            answer = tab.goto(f"{self.hub.url}{path}")
            return answer.status

    def home_of_kernel(self) -> Path:
        """The home folder that the learner's kernel knows."""
        return Path(self.execute("from pathlib import Path; print(Path.home())"))
