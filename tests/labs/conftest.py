"""A tiny network on a tiny data set, and labs that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def moons() -> Any:
    """120 points in the plane: 15 steps of 8 rows an epoch, far below a millisecond each."""
    import tuningkit as tk

    return tk.datasets.make_moons(200, seed=0)


@pytest.fixture(scope="session")
def network() -> Any:
    """Two inputs, eight hidden units, dropout, one logit."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((2,)), layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(1)], name="tiny"
    )


@pytest.fixture
def make_lab(network: Any, moons: Any) -> Iterator[Callable[..., Any]]:
    """`make_lab("l2", epochs=3)`: a TuningLab, or with names of hyperparameters a SweepLab."""
    import tuningkit as tk

    made = []

    def make(*names: str, model: Any = network, data: Any = moons, **settings: Any) -> Any:
        settings.setdefault("epochs", 4)
        kind = tk.SweepLab if names else tk.TuningLab
        made.append(kind(model, data, *names, **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()
