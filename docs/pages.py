"""Turns a lesson that has run into the source of a page."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tuningkit_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Where a lesson runs on Binder, given its name.
binder_url = _loaded(ROOT / "lessons" / "lesson_links.py").binder_url


def heading_anchor(heading: str) -> str:
    """The anchor that JupyterLab gives to a heading, so that the lessons' links work on the pages as well.

    Args:
        heading: Its text.

    Returns:
        The text with hyphens for spaces.

    Example:
        >>> heading_anchor("Same rate, or same care?")
        'Same-rate,-or-same-care?'
    """
    return re.sub(r"[`*]", "", heading).replace(" ", "-")


def page(notebook: NotebookNode, name: str) -> NotebookNode:
    """The source of a lesson's page.

    Args:
        notebook: The lesson, with outputs or without.
        name: Its name, such as `"03_3_regularization"`.

    Returns:
        The same cells. The page says at its top that it cannot answer, and where the lesson can be run; every
        picture has words; below a lab stands what the reader would need to use it.
    """
    made = nbformat.v4.new_notebook(metadata=notebook.metadata)
    for number, cell in enumerate(notebook.cells):
        made.cells.append(cell)
        if number == 0:
            made.cells.append(_markdown(_top(name)))
        if cell.cell_type != "code":
            continue
        cell.outputs = _without_gaps(cell.get("outputs", []))
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        if words := picture_words(cell):
            cell.metadata["mystnb"] = {"image": {"alt": words}}
        if any({WIDGET, "image/png"} <= set(data) for data in _shown(cell)):
            made.cells.append(_markdown(_below_lab(name)))
    for number, cell in enumerate(made.cells):
        cell["id"] = f"{number:03d}"
    return made


def picture_words(cell: NotebookNode) -> str:
    """What the pictures of a cell show, in words.

    Args:
        cell: A code cell that has run.

    Returns:
        The text alternatives of its pictures one after the other; empty if it shows none.
    """
    words = [
        output.get("metadata", {}).get("image/png", {}).get("alt") or output.data.get("text/plain", "")
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    return " ".join(" ".join(words).split())


def _without_gaps(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Outputs without the empty line that a finished progress bar leaves, and what was printed around it in one."""
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1] = nbformat.v4.new_output("stream", name=output.name, text=kept[-1].text + output.text)
        elif not _is_blank(output):
            kept.append(output)
    return kept


def _is_blank(output: NotebookNode) -> bool:
    data = output.get("data", {})
    return set(data) == {"text/plain"} and not data["text/plain"].strip()


def _shown(cell: NotebookNode) -> list[dict]:
    return [output.data for output in cell.get("outputs", []) if "data" in output]


def _markdown(text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text)


def _top(name: str) -> str:
    return (
        ":::{admonition} A page to read\n:class: tip tk-top\n"
        "This lesson has run once; its labs are still pictures here. To move their sliders and to have your answers "
        f"checked, [run this lesson on Binder]({binder_url(name)}) (in your browser, nothing to install), or "
        "[on your own computer](/index.md#Start).\n:::"
    )


def _below_lab(name: str) -> str:
    return (
        ":::{container} tk-still\nA still picture of the lab, after use. "
        f"[Run this on Binder]({binder_url(name)}) to move its sliders.\n:::"
    )
