"""Small data and a small network for searches."""

from __future__ import annotations

import keras
import pytest

import tuningkit as tk


@pytest.fixture(scope="session")
def few():
    """100 training rows of the digits."""
    return tk.datasets.load_digits().subset(100)


@pytest.fixture(scope="session")
def little():
    """64-12-10 with a dropout layer."""
    keras.utils.set_random_seed(7)
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(12, "relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10),
        ]
    )
