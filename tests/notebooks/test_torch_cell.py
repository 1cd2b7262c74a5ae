"""Chapter 4.2's PyTorch cell, run where PyTorch is: it is no part of the environment that tuningkit is tested in."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tuningkit as tk

pytestmark = pytest.mark.notebook

LESSON = "04_2_residual_network"
FIRST_LINE = "# The repaired listing in PyTorch."
#: The names of the lesson that the cell uses.
PREAMBLE = """
import sys
from types import SimpleNamespace
import numpy as np
images = SimpleNamespace(**np.load(sys.argv[1]))
"""


def python_with_torch() -> str | None:
    """An interpreter that has PyTorch: named by an environment variable, or this one."""
    named = os.environ.get("TUNINGKIT_TORCH_PYTHON")
    return named or (sys.executable if importlib.util.find_spec("torch") else None)


@pytest.fixture(scope="module")
def cells(build):
    """The cell, and the test cell behind it."""
    notebook = build.test_notebook(next(path for path in build.lesson_paths() if path.stem == LESSON))
    sources = [cell.source for cell in notebook.cells]
    [place] = [i for i, source in enumerate(sources) if source.startswith(FIRST_LINE)]
    return sources[place : place + 2]


@pytest.fixture
def run(tmp_path):
    def run(python: str, *sources: str) -> str:
        images = tk.datasets.load_digits(images=True)
        names = ("x_train", "y_train", "x_validation", "y_validation")
        np.savez(tmp_path / "images.npz", **{name: getattr(images, name) for name in names})
        script = tmp_path / "cell.py"
        script.write_text("\n\n".join([PREAMBLE, *sources]), encoding="utf-8")
        done = subprocess.run(
            [python, str(script), str(tmp_path / "images.npz")], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_repaired_listing_learns_in_pytorch(cells, run):
    python = python_with_torch()
    if python is None:
        words = "PyTorch is not installed; TUNINGKIT_TORCH_PYTHON may name an interpreter that has it."
        assert not os.environ.get("CI"), words
        pytest.skip(words)
    assert Path(python).exists()
    assert "torch_accuracy > 0.85" in cells[1], "the lesson no longer tests what its cell trains"
    assert "validation accuracy after 6 epochs" in run(python, *cells)


def test_without_pytorch_the_cell_says_what_to_install(cells, run):
    without = "sys.modules['torch'] = None"
    assert "python -m pip install torch" in run(sys.executable, without, *cells)
