"""The page of each lab, which `tuningkit present` shows alone: its cells run, and the last one is that lab."""

from __future__ import annotations

import ast
import json
import sys
import types

import keras
import pytest

import tuningkit as tk
from tuningkit.server.lab_pages import LABS, write_lab_page


@pytest.fixture(autouse=True)
def quiet_keras():
    """A page may draw from Keras's generators: the next test begins as this one."""
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("name", LABS)
def test_every_cell_runs_and_the_last_one_is_the_lab(name, tmp_path, monkeypatch):
    cells = json.loads(write_lab_page(name, tmp_path).read_text())["cells"]
    # Classes that a cell makes look for the module they are in.
    page = types.ModuleType("lab_page")
    monkeypatch.setitem(sys.modules, "lab_page", page)
    *before, last = ["".join(cell["source"]) for cell in cells]
    for source in before:
        exec(compile(source, name, "exec"), page.__dict__)
    assert isinstance(ast.parse(last).body[-1], ast.Expr)
    lab = eval(last, page.__dict__)
    try:
        assert type(lab) is getattr(tk, name)
    finally:
        lab.close()
