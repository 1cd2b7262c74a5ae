"""The part of the soak that needs a browser: reloads, and two tabs on one notebook, in Chromium."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from browser import load
from networks import cells
from soak_stage import EPOCHS


class TwoTabs:
    """A notebook with a lab, open in two tabs of a browser, which share its kernel.

    Args:
        lab: A `Lab` of the browser tests' harness.
        harness: That harness.
        breaches: Where to note what went wrong.
    """

    def __init__(self, lab: Any, harness: Any, breaches: list[str]) -> None:
        self.breaches = breaches
        self.errors = 0
        lines = [f"lab = tk.TuningLab(model, digits, l2=1e-4, epochs={EPOCHS})", "lab"]
        self.first = lab.open(cells(*lines), height=1200)
        self.first.run_all(timeout=300)
        self.first.save()
        self.second = harness.NotebookPage(self.first.context, self.first.server, self.first.path.name)
        lab.pages.append(self.second)
        self.second.start("light")
        self.runs: list[int] = []
        lab.allow("closed websocket")
        self._lab = lab

    def reload(self, chance: random.Random) -> None:
        """A tab is loaded anew while the lab trains; its slider then moves the same lab."""
        tab = chance.choice((self.first, self.second))
        self._press(tab, chance)
        tab.reload()
        self._press(tab, chance)
        self._check()

    def both(self, chance: random.Random) -> None:
        """The sliders of both tabs are moved in turn; both show the last value, and so does the lab."""
        for _ in range(6):
            self._press(chance.choice((self.first, self.second)), chance)
        self._check()

    def _press(self, tab: Any, chance: random.Random) -> None:
        tab.press_slider(self._control(tab), chance.choice(("ArrowLeft", "ArrowRight")), times=3)

    def _check(self) -> None:
        told = self.first.execute(
            "import time; time.sleep(1); lab.wait(120); lab.session.raise_error()\n"
            "print(repr(lab.l2), repr(lab.runs[-1].hyperparameters['l2']),"
            " *[record.number for record in lab.session.records])"
        ).split()
        if told[0] != told[1]:
            self.breaches.append(f"two tabs: the lab stands at L2 {told[0]}, its last run has {told[1]}")
        numbers = [int(word) for word in told[2:]]
        if set(self.runs) - set(numbers):
            self.breaches.append(f"two tabs: runs {sorted(set(self.runs) - set(numbers))} are gone")
        self.runs = numbers
        # What one tab sends reaches the other by way of the kernel.
        end = time.monotonic() + 20
        while len({*(shown := self._shown()), float(told[0])}) > 1 and time.monotonic() < end:
            time.sleep(0.2)
        if len({*shown, float(told[0])}) > 1:
            self.breaches.append(f"two tabs: the lab stands at L2 {told[0]}, the sliders show {shown}")
        for tab in (self.first, self.second):
            self.breaches += [f"two tabs: {error}" for error in tab.error_outputs()]
        errors = self._lab.console_errors()
        self.breaches += [f"two tabs, console: {error}" for error in errors[self.errors :]]
        self.errors = len(errors)

    def _shown(self) -> list[float]:
        tabs = (self.first, self.second)
        return [float(self._control(tab).locator(".widget-readout").inner_text()) for tab in tabs]

    def _control(self, tab: Any) -> Any:
        return (
            tab.page.locator(".widget-hslider, .tk-control")
            .filter(has_text="L2")
            .filter(has=tab.page.locator(".noUi-handle"))
            .first
        )


@contextmanager
def two_tabs(server: Any, breaches: list[str]) -> Iterator[tuple[TwoTabs, dict[str, Callable[..., None]]]]:
    """Open the tabs; afterwards the browser and the notebook's kernel are gone."""
    from playwright.sync_api import sync_playwright

    harness = load("harness")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
        )
        lab = harness.Lab(chromium, lambda preload: server, "soak")
        try:
            tabs = TwoTabs(lab, harness, breaches)
            yield tabs, {"page reload": tabs.reload, "two tabs": tabs.both}
        finally:
            for page in lab.pages:
                page.context.close()
            chromium.close()
            for session in server.request("GET", "/api/sessions"):
                server.request("DELETE", f"/api/sessions/{session['id']}")
