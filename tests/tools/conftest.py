"""A short run, a sweep, and trials of every kind, shared by the tests of other tools' formats."""

from __future__ import annotations

import math

import keras
import pytest

import tuningkit as tk
from tuningkit.search import Choice, Integer, Log, Trial, Trials, Uniform


@pytest.fixture(scope="session")
def moons():
    return tk.datasets.make_moons(120, seed=0)


@pytest.fixture(scope="session")
def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])


@pytest.fixture(scope="session")
def run(network, moons):
    return tk.train(network, moons, epochs=3, l2=1e-3, seed=0, progress=False)


@pytest.fixture
def trials():
    """A search with each way a trial can end, and each kind of dimension."""
    space = {
        "rate": Log(1e-4, 1),
        "drop": Uniform(0, 0.8),
        "units": Integer(2, 64),
        "kind": Choice(("a", "b")),
    }
    rows = (
        Trial(
            1,
            {"rate": 0.01, "drop": 0.5, "units": 8, "kind": "a"},
            0.3,
            3,
            1.5,
            seed=0,
            curve=(0.5, 0.3, 0.4),
        ),
        Trial(
            2,
            {"rate": 0.9, "drop": 0.0, "units": 64, "kind": "b"},
            epochs=1,
            status="diverged",
            message="in 1",
        ),
        Trial(
            3,
            {"rate": 0.001, "drop": 0.1, "units": 2, "kind": "b"},
            0.2,
            1,
            0.5,
            "stopped early",
            curve=(0.2,),
        ),
        Trial(
            4, {"rate": 0.1, "drop": 0.7, "units": 5, "kind": "a"}, status="failed", message="ValueError: no"
        ),
    )
    return Trials(rows, method="random", seconds=2.5, space=space, epochs_saved=2.0)


def same(one, other):
    """Whether two values are equal, NaN included."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return one == other


@pytest.fixture
def assert_same_trials():
    def check(found, wanted, ignore=()):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            for name in other.__dataclass_fields__:
                if name not in ignore:
                    assert same(getattr(one, name), getattr(other, name)), (one.number, name)

    return check
