"""Small pieces of HTML that read well in JupyterLab's themes, in exported pages, and without any styles."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

# Never colour alone: each tone has a symbol, and the words that follow say the same.
SYMBOLS = {"right": "✓", "wrong": "✗", "info": ""}
# JupyterLab defines its variables in exported pages too; the values behind the comma are for pages without
# them.
_EDGES = {
    "right": "var(--jp-success-color1, #2e7d32)",
    "wrong": "var(--jp-warn-color1, #c4520a)",
    "info": "var(--jp-border-color1, #8a9099)",
}


@dataclass(frozen=True)
class Note:
    """A line of feedback.

    Args:
        text: Words; `code` in backticks and **bold** are understood.
        tone: `"right"`, `"wrong"` or `"info"`.
        folded: If given, the text is hidden under this heading until the reader opens it.
    """

    text: str
    tone: str = "info"
    folded: str = ""


def inline(text: str) -> str:
    """Words as HTML: everything is escaped, then `code` and **bold** are marked.

    Example:
        >>> inline("a < b, see `fit`")
        'a &lt; b, see <code>fit</code>'
    """
    escaped = html.escape(str(text))
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped)


def unmarked(text: str) -> str:
    """Words as plain text, without the marks that `inline` understands."""
    return re.sub(r"\*\*([^*]+)\*\*", r"\1", re.sub(r"`([^`]+)`", r"\1", str(text)))


def notes_html(notes: Sequence[Note]) -> str:
    """Feedback lines as HTML, one paragraph each."""
    parts = []
    for note in notes:
        symbol = SYMBOLS[note.tone]
        mark = f'<span aria-hidden="true" style="font-weight:700">{symbol}</span> ' if symbol else ""
        body = f'<p class="tk-note tk-{note.tone}" style="margin:4px 0">{mark}{inline(note.text)}</p>'
        parts.append(folded_html(note.folded, body) if note.folded else body)
    return "".join(parts)


def notes_text(notes: Sequence[Note]) -> str:
    """Feedback lines as plain text, one line each."""
    return "\n".join(f"{SYMBOLS[note.tone]} {unmarked(note.text)}".strip() for note in notes)


def folded_html(heading: str, body: str) -> str:
    """HTML that is hidden under a heading until the reader opens it; it needs no script.

    Args:
        heading: Words.
        body: HTML.
    """
    return f'<details><summary style="cursor:pointer">{inline(heading)}</summary>{body}</details>'


def box(heading: str, body: str, tone: str = "info") -> str:
    """A framed block with a heading.

    Args:
        heading: Words.
        body: HTML.
        tone: Decides the colour of the edge; the words must say the same.

    Returns:
        HTML.
    """
    style = (
        f"border:1px solid var(--jp-border-color2, #ccc);border-left:4px solid {_EDGES[tone]};"
        "border-radius:3px;padding:8px 14px;margin:4px 0;max-width:650px;box-sizing:border-box;line-height:1.5"
    )
    title = f'<p style="margin:0 0 4px"><strong>{inline(heading)}</strong></p>'
    return f'<div class="tk-box" style="{style}">{title}{body}</div>'
