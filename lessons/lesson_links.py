"""The links of a lesson: whether they lead somewhere (a file, a lesson, a heading), and where to run it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jupytext
from nbformat import NotebookNode

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|\b(?:href|src)=[\"']([^\"']+)[\"']")

_BINDER = "https://mybinder.org/v2/gh/tuningkit/tuningkit/HEAD"


def binder_url(lesson: str) -> str:
    """Where a lesson runs in the reader's browser, with nothing to install.

    Args:
        lesson: Its name, such as `"03_3_regularization"`.

    Returns:
        An address at mybinder.org that opens the lesson in JupyterLab.

    Reference: https://mybinder.readthedocs.io/en/latest/howto/user_interface.html
    """
    return f"{_BINDER}?urlpath=lab/tree/notebooks/{lesson}.ipynb"


def link_problems(cells: Sequence[NotebookNode], path: Path, notebooks: Path) -> Iterator[tuple[int, str]]:
    """Links that lead nowhere. Addresses on the web are not fetched.

    Args:
        cells: The cells of a lesson.
        path: Its source; other lessons lie beside it.
        notebooks: The folder that links start from.

    Yields:
        The cell's number, counted from 1, and a sentence.
    """
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"```.*?```|`[^`\n]*`", " ", cell.source, flags=re.DOTALL)
        for match in _LINK.finditer(text):
            target = match[1] or match[2]
            problem = _problem(target, cells, path, notebooks)
            if problem:
                yield number, f"the link to {target} {problem}"


def _problem(target: str, cells: Sequence[NotebookNode], path: Path, notebooks: Path) -> str:
    parts = urlsplit(target)
    if parts.scheme in ("http", "https"):
        return "" if parts.netloc else "names no host."
    if parts.scheme:
        return "is neither a web address nor a file of the course."
    file, anchor = unquote(parts.path), unquote(parts.fragment)
    source = path.with_name(Path(file).stem + ".py") if file.endswith(".ipynb") and "/" not in file else None
    if source is not None:
        if not source.exists():
            return "leads to a lesson that does not exist."
        anchors = heading_anchors(_markdown_of(source))
    elif file:
        return "" if (notebooks / file).exists() else "leads to a file that does not exist."
    else:
        anchors = heading_anchors("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    return "leads to a heading that does not exist." if anchor and anchor not in anchors else ""


def heading_anchors(markdown: str) -> set[str]:
    """The anchors that JupyterLab gives to headings: their text with hyphens for spaces."""
    outside = re.sub(r"```.*?```", " ", markdown, flags=re.DOTALL)
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", outside, re.MULTILINE)
    return {re.sub(r"[`*]", "", heading).replace(" ", "-") for heading in headings}


def _markdown_of(source: Path) -> str:
    cells = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
