"""The names a learner types after `import tuningkit as tk`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tuningkit as tk

PUBLIC = {
    "Challenge",
    "CostLab",
    "Dataset",
    "DepthLab",
    "FeatureLab",
    "GateLab",
    "GridSearchLab",
    "MetricsLab",
    "OptimizerLab",
    "PlaygroundLab",
    "Prediction",
    "Quiz",
    "RangeTest",
    "Run",
    "ScheduleLab",
    "SearchLab",
    "Sweep",
    "SweepLab",
    "TensorBoardLab",
    "TunerLab",
    "TuningLab",
    "__version__",
    "check",
    "datasets",
    "models",
    "optimizers",
    "plots",
    "range_test",
    "schedules",
    "search",
    "sweep",
    "train",
}
HEAVY = ["tensorflow", "keras", "sklearn", "matplotlib", "ipywidgets", "numpy"]
SUBPACKAGES = ["datasets", "models", "plots", "search", "optimizers", "training", "labs", "teaching"]


def loaded_after(statement: str, names: list[str]) -> set[str]:
    """Run a statement in a fresh interpreter and say which of the names it loaded."""
    code = f"{statement}\nimport sys\nprint(*set({names!r}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_all_is_the_fixed_list():
    assert set(tk.__all__) == PUBLIC
    assert set(dir(tk)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there(name):
    assert getattr(tk, name) is getattr(tk, name)


def test_names_are_the_ones_of_their_subpackages():
    from tuningkit import datasets, labs, teaching, training

    assert tk.Dataset is datasets.Dataset
    assert tk.TuningLab is labs.TuningLab
    assert tk.SweepLab is labs.SweepLab
    assert tk.check is teaching.check
    assert (tk.train, tk.sweep, tk.Run, tk.Sweep) == (
        training.train,
        training.sweep,
        training.Run,
        training.Sweep,
    )


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("TunigLab", "TuningLab"),
        ("tuninglab", "TuningLab"),
        ("dataset", "Dataset"),
        ("trian", "train"),
        ("plot", "plots"),
    ],
)
def test_a_misspelt_name_gets_the_near_one(wrong, right):
    with pytest.raises(AttributeError, match=f"no attribute '{wrong}'.*Did you mean '{right}'"):
        getattr(tk, wrong)


def test_a_strange_name_gets_the_whole_list():
    with pytest.raises(AttributeError, match=r"It has: Challenge, .*train"):
        tk.zzzzzz  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import tuningkit", HEAVY) == set()


@pytest.mark.parametrize("subpackage", SUBPACKAGES)
def test_importing_a_subpackage_loads_neither_tensorflow_nor_its_company(subpackage):
    heavy = ["tensorflow", "keras", "sklearn", "matplotlib"]
    assert loaded_after(f"import tuningkit.{subpackage}", heavy) == set()


def test_the_loading_check_can_fail():
    assert loaded_after("import numpy", HEAVY) == {"numpy"}


def test_static_names_and_lazy_names_agree():
    """Editors read the imports under TYPE_CHECKING; learners get the lazy ones."""
    tree = ast.parse(Path(tk.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    static = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert static | {"__version__"} == PUBLIC
