"""The one widget behind predictions, quizzes and challenges: a card with questions and feedback.

A small module of ours instead of `ipywidgets.RadioButtons`: in JupyterLab's command mode those lose the arrow
keys to the notebook, letters typed on them act as shortcuts, and their feedback is not announced to screen
readers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from tuningkit.teaching.progress import Progress, default_progress
from tuningkit.teaching.rich import Note, box, folded_html, inline, notes_html, notes_text, unmarked

_STATIC = Path(__file__).parent / "static"
# On an exported page, where no press is answered.
_STILL = "To answer, open the lesson in JupyterLab and run its cells."


@dataclass(frozen=True)
class Group:
    """One question on a card.

    Args:
        legend: The question.
        kind: `"radio"`, `"checkbox"` or `"number"`.
        options: The texts to choose from (not for numbers).
        marks: For each option `""`, `"right"` or `"wrong"`.
        chosen: Indices of the options chosen.
        number: For numbers: `value` (or `None`), `min`, `max` and `unit`.
        button: What the button says.
        locked: Whether the choice stands; the button then asks to choose again.
        feedback: Lines below the question; announced when they change.
        answer: What exported pages hold folded, because nothing answers a press there.
    """

    legend: str
    kind: str
    options: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    chosen: tuple[int, ...] = ()
    number: Mapping[str, Any] = field(default_factory=dict)
    button: str = ""
    locked: bool = False
    feedback: tuple[Note, ...] = ()
    answer: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Content:
    """All that a card shows.

    Args:
        heading: A few words.
        groups: The questions.
        pairs: Name and value, set side by side.
        notes: Lines at the end; announced when they change.
        tone: Colours the edge: `"info"`, `"right"` or `"wrong"`.
    """

    heading: str
    groups: tuple[Group, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    tone: str = "info"


class Card(anywidget.AnyWidget):
    """Base of the teaching widgets. A subclass says what it shows in `_content` and what a press does.

    Args:
        progress: Where to record; the learner's own file by default.
    """

    _esm = (_STATIC / "card.js").read_text(encoding="utf-8")
    _css = (_STATIC / "card.css").read_text(encoding="utf-8")
    # One trait for the whole picture: the browser never sees half of a change.
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, progress: Progress | None = None) -> None:
        super().__init__()
        self._progress = progress
        # Presses arrive on the kernel's comm thread, finished runs on a training thread, cells on the main
        # thread.
        self._mutex = threading.RLock()
        self._revision = 0
        self._notices: tuple[Note, ...] = ()
        self._error: tuple[Note, ...] = ()
        self.on_msg(self._receive)

    @property
    def progress(self) -> Progress:
        """The progress file that this card reads and writes."""
        return self._progress or default_progress()

    def _content(self) -> Content:
        raise TypeError(f"{type(self).__name__} must say what it shows.")

    def _submitted(self, group: int, value: Any) -> None:
        """The learner pressed the button of a question; `value` is a list of indices, or a number."""

    def _again(self, group: int) -> None:
        """The learner wants to choose again."""

    def _refresh(self) -> None:
        with self._mutex:
            if notice := self.progress.take_notice():
                self._notices = (*self._notices, Note(notice))
            self._revision += 1
            # The revision tells the browser that a press was answered even if the answer looks the same.
            self.view = {**_as_traits(self._full_content()), "revision": self._revision}

    def _full_content(self) -> Content:
        content = self._content()
        return replace(content, notes=(*content.notes, *self._notices, *self._error))

    def _receive(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if not isinstance(message, dict) or message.get("event") not in ("submit", "again"):
            return
        self._error = ()
        # Not under the lock: what a press sets going may wait for a lab, which may wait for this card.
        try:
            group = int(message["group"])
            if message["event"] == "submit":
                self._submitted(group, message["value"])
            else:
                self._again(group)
        # Here an exception would vanish into the kernel's log, and the learner would see a dead button.
        except Exception as error:
            self._error = (Note(f"This did not work: {type(error).__name__}: {error}", "wrong"),)
        self._refresh()

    def __repr__(self) -> str:
        return _as_text(self._full_content())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        # What an exported page shows, where no kernel can draw the widget.
        return {**data, "text/html": _as_html(self._full_content())}, metadata


def _as_traits(content: Content) -> dict[str, Any]:
    return {
        "heading": content.heading,
        "tone": content.tone,
        "pairs": [[name, inline(value)] for name, value in content.pairs],
        "notes": notes_html(content.notes),
        "groups": [
            {
                "legend": inline(group.legend),
                "kind": group.kind,
                "options": [inline(option) for option in group.options],
                "marks": list(group.marks),
                "chosen": list(group.chosen),
                "number": dict(group.number),
                "button": group.button,
                "locked": group.locked,
                "feedback": notes_html(group.feedback),
            }
            for group in content.groups
        ],
        "words": {
            "empty": "Choose an answer first.",
            "empty_number": "Enter a number between {min} and {max} first.",
            "waiting": "Waiting for the kernel. If nothing happens, run this cell again.",
        },
    }


def letter(index: int) -> str:
    """The letter of an option: 0 is "a"."""
    return chr(ord("a") + index)


def _option_lines(group: Group) -> list[str]:
    return [
        f"{letter(index)}) {option}{'  (chosen)' if index in group.chosen else ''}"
        for index, option in enumerate(group.options)
    ]


def _number_line(group: Group) -> str:
    number = group.number
    unit = f" {number['unit']}" if number["unit"] else ""
    if number["value"] is None:
        return f"A number between {number['min']:g} and {number['max']:g}{unit}"
    return f"{number['value']:g}{unit}  (chosen)"


def _as_text(content: Content) -> str:
    lines = [unmarked(content.heading)]
    for group in content.groups:
        lines.append(unmarked(group.legend))
        choices = [_number_line(group)] if group.kind == "number" else _option_lines(group)
        lines += [f"  {unmarked(line)}" for line in choices]
        lines.append(notes_text(group.feedback) or "(no answer yet)")
    lines += [f"{name}: {unmarked(value)}" for name, value in content.pairs]
    if content.notes:
        lines.append(notes_text(content.notes))
    return "\n".join(lines)


def _as_html(content: Content) -> str:
    parts = []
    for group in content.groups:
        choices = [_number_line(group)] if group.kind == "number" else _option_lines(group)
        items = "".join(f'<li style="list-style:none">{inline(line)}</li>' for line in choices)
        parts.append(
            f'<p style="margin:8px 0 2px">{inline(group.legend)}</p><ul style="margin:0">{items}</ul>'
        )
        parts.append(notes_html(group.feedback))
        if group.answer:
            parts.append(folded_html("Show the answer", notes_html(group.answer)))
    if not all(group.locked for group in content.groups):
        parts.append(f'<p style="margin:8px 0 2px"><em>{_STILL}</em></p>')
    if content.pairs:
        rows = "".join(
            f"<li><strong>{inline(name)}:</strong> {inline(value)}</li>" for name, value in content.pairs
        )
        parts.append(f'<ul style="margin:0">{rows}</ul>')
    parts.append(notes_html(content.notes))
    return box(content.heading, "".join(parts), content.tone)
