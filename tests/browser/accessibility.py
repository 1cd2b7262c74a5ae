"""What axe-core finds in our widgets, in words; and what a learner without a mouse cannot reach.

Reference: Deque Systems, axe-core, https://github.com/dequelabs/axe-core (its rules are listed in
doc/rule-descriptions.md); packaged for Playwright by axe-playwright-python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Locator, Page

#: Everything that is ours on a page: labs with their controls, widgets that stand alone, cards.
OURS = (".tk-lab", ".tk-widget", ".tk-card")

_RUN = """async ([roots, rules]) => {
    const found = roots.filter((selector) => document.querySelector(selector));
    if (!found.length) throw new Error("Nothing of ours is on this page: " + roots.join(", "));
    // JupyterLab's body has no height and hides what overflows it. Browsers pass that on to the window; axe does not,
    // takes all that scrolls for unseen, and never asks for its contrast.
    document.body.style.overflow = "visible";
    const { violations } = await axe.run({ include: found.map((selector) => [selector]) },
        { resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}) });
    document.body.style.overflow = "";
    return violations.flatMap(({ id, impact, help, nodes }) => nodes.map(({ target, html, any, all, none }) => ({
        id, impact, help, target: target.flat().join(" "), html,
        why: [...any, ...all, ...none].map(({ message }) => message),
    })));
}"""

# Notes which elements listen to the mouse; what was drawn before is not known.
_LISTEN = """() => {
    if (window.tkPressed) return;
    const pressed = window.tkPressed = new Set(), add = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type, ...rest) {
        if (this instanceof Element && /^(click|dblclick|mousedown|pointerdown)$/.test(type)) pressed.add(this);
        return add.call(this, type, ...rest);
    };
}"""

_FOCUSABLE = "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable=true]"

_MOUSE_ONLY = """([roots, focusable]) => [...window.tkPressed].filter((node) => node.isConnected)
    .filter((node) => node.closest(roots) && node.getClientRects().length)
    // A label passes a click on to its input; a place that is focusable hears the keys for all that it holds.
    .filter((node) => !node.closest(roots).contains(node.closest("label, " + focusable)))
    .filter((node) => !node.querySelector(focusable))
    .map((node) => node.outerHTML.slice(0, 200))"""

# A group of radio buttons is one stop, and within it the arrow keys go on.
_STOPS = """(lab, focusable) => {
    const all = [...lab.querySelectorAll(focusable)].filter((node) => node.tabIndex >= 0 && !node.disabled &&
        node.getClientRects().length && getComputedStyle(node).visibility === "visible" && node.tagName !== "IFRAME");
    all.forEach((node, place) => { node.dataset.tkStop = place; });
    return all.length;
}"""

# Asked in the page and once, not after each key: half the messages.
_FOLLOW = """(lab) => {
    lab.tkSeen = new Set();
    lab.addEventListener("focusin", ({ target }) => lab.tkSeen.add(target.dataset.tkStop));
}"""

# What a live region holds when it is made is not read aloud, so only its changes count.
_HEAR = """(lab) => {
    lab.tkHeard = [];
    lab.querySelectorAll("[role=status][aria-live=polite]").forEach((region) => new MutationObserver(() => {
        if (region.textContent.trim()) lab.tkHeard.push(region.textContent);
    }).observe(region, { childList: true, characterData: true, subtree: true }));
    const rude = lab.querySelectorAll("[aria-live]:not([role=status][aria-live=polite])");
    return [...rude].map((node) => node.outerHTML);
}"""

_UNSEEN = """(lab) => [...lab.querySelectorAll("[data-tk-stop]")]
    .filter((node) => !lab.tkSeen.has(node.dataset.tkStop)).map((node) => node.outerHTML.slice(0, 160))"""


def violations(page: Page, roots: Sequence[str] = OURS, *, only: Sequence[str] = ()) -> list[str]:
    """Run axe-core on parts of a page.

    Args:
        page: Playwright's page.
        roots: Selectors; every element that one of them matches is looked at, with all that it holds.
        only: Names of the rules that are asked; none: all that axe-core asks by itself.

    Returns:
        One text for each finding: rule, weight, where, what was found, the element's own HTML.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    return [_in_words(finding) for finding in page.evaluate(_RUN, [list(roots), list(only)])]


def _in_words(finding: dict[str, Any]) -> str:
    why = "; ".join(finding["why"])
    return (
        f"{finding['id']} ({finding['impact']}): {finding['help']}\n"
        f"  at {finding['target']}\n  {why}\n  {finding['html'][:300]}"
    )


def listen(page: Page) -> None:
    """Note from now on which elements listen to the mouse, for :func:`mouse_only`."""
    page.evaluate(_LISTEN)


def mouse_only(page: Page, roots: Sequence[str] = OURS) -> list[str]:
    """Elements that hear the mouse, while neither they nor anything around or in them can be focused."""
    return page.evaluate(_MOUSE_ONLY, [", ".join(roots), _FOCUSABLE])


def missed_by_tab(page: Page, lab: Locator) -> list[str]:
    """Walk through a lab with the Tab key alone.

    Args:
        page: Playwright's page.
        lab: The lab.

    Returns:
        The focusable elements that Tab did not come to, as HTML.
    """
    stops = lab.evaluate(_STOPS, _FOCUSABLE)
    lab.evaluate(_FOLLOW)
    lab.locator("[data-tk-stop='0']").focus()
    for _ in range(stops - 1):
        page.keyboard.press("Tab")
    missed = lab.evaluate(_UNSEEN)
    # What is no stop of ours, such as a place that scrolls, costs a press too.
    for _ in range(stops if missed else 0):
        page.keyboard.press("Tab")
        missed = lab.evaluate(_UNSEEN)
        if not missed:
            break
    lab.evaluate(
        "lab => lab.querySelectorAll('[data-tk-stop]').forEach((node) => delete node.dataset.tkStop)"
    )
    return missed


class Keys(NamedTuple):
    """One thing that a learner does without a mouse.

    Attributes:
        where: What has the focus, a selector inside the lab; that Tab comes there, `missed_by_tab` proves.
        keys: What is pressed there, one after the other.
        says: Pattern of what a screen reader says then; empty: nothing is waited for.
    """

    where: str
    keys: str
    says: str = ""


def hear(lab: Locator) -> None:
    """Note from now on what a screen reader says of a lab; every live region must wait politely for its turn."""
    rude = lab.evaluate(_HEAR)
    assert not rude, f"These interrupt, or have no role: {rude}"


def heard(lab: Locator) -> list[str]:
    """What a screen reader said of a lab since :func:`hear`, in order."""
    return lab.evaluate("(lab) => lab.tkHeard")


def press(page: Page, lab: Locator, step: Keys) -> None:
    """Put the focus on a control, and press the keys; what it must hold is then in the focus, or it fails."""
    control = lab.locator(step.where).locator("visible=true").first
    control.focus()
    assert control.evaluate("(node) => node === document.activeElement"), (
        f"{step.where} cannot have the focus"
    )
    for key in step.keys.split():
        page.keyboard.press(key)
