"""Runs the lessons for the pages, and gives every lab a picture of itself at work.

What a lesson showed is kept in a file whose name follows from the notebook and the package, so that only what has
changed is run again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
#: Seconds for one cell; the tests hold a whole lesson to 90 on an idle machine.
TIMEOUT = 900

# Lessons show a lab before anyone has pressed its button. Run behind the lesson's end, this shows it in use, with
# what the later cells did with it; a lab that none of them trained is trained here.
_SHOW = """\
from tuningkit.labs.static_picture import STILL as _still
if any(_still in _text.get_text() for _text in ({lab}).figure().texts):
    ({lab}).train().wait()
{lab}"""


def executed(path: Path, kept: Path) -> NotebookNode:
    """A lesson with its outputs, from the last run if nothing has changed since.

    Args:
        path: A notebook without outputs.
        kept: The folder with what earlier runs showed.

    Returns:
        The notebook with the outputs of each cell; those of a lab show it in use.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / f"{path.stem}-{_fingerprint(path)}.ipynb"
    if not file.exists():
        notebook = run(nbformat.read(path, as_version=4))
        for old in kept.glob(f"{path.stem}-????????????.ipynb"):
            old.unlink()
        beside = file.with_suffix(".new")
        nbformat.write(notebook, beside)
        beside.replace(file)  # at once: a run that was broken off leaves nothing that looks finished
    return nbformat.read(file, as_version=4)


def run(notebook: NotebookNode) -> NotebookNode:
    """Run a lesson as a reader who answers nothing, then show each of its labs once more.

    Args:
        notebook: A lesson without outputs; it is filled in.

    Returns:
        The same notebook.
    """
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        environment = {**os.environ, "TUNINGKIT_HOME": f"{folder}/home", "TF_CPP_MIN_LOG_LEVEL": "3"}
        with client.setup_kernel(env=environment):
            for place, cell in enumerate(notebook.cells):
                client.execute_cell(cell, place)
            for place, cell in enumerate(list(notebook.cells)):
                if _shows_lab(cell):
                    shown = client.execute_cell(_show(cell), place)
                    cell.outputs = [o for o in shown.outputs if o.output_type == "execute_result"]
                    notebook.cells[place] = cell  # the client has put what it ran in its place
    return notebook


def _shows_lab(cell: NotebookNode) -> bool:
    return any({WIDGET, "image/png"} <= set(output.get("data", {})) for output in cell.get("outputs", []))


def _show(cell: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_code_cell(_SHOW.format(lab=_last_line(cell)))


def _last_line(cell: NotebookNode) -> str:
    return cell.source.strip().splitlines()[-1]


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes())
    for source in sorted([Path(__file__), *(ROOT / "tuningkit").rglob("*.py")]):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
