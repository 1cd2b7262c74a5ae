"""The comparison of optimisers on a real network: its numbers are those of separate sweeps."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.optimizers.comparison import OptimizerComparison, OptimizerRow, epochs_to


@pytest.fixture(scope="module")
def task():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    return model, tk.datasets.make_moons(200, seed=0)


@pytest.fixture(scope="module")
def found(task):
    return tk.optimizers.compare_optimizers(
        *task, ["sgd", "adam"], target=0.35, rates=[1e-4, 0.1, 1.0], seeds=[1, 2], epochs=12, batch_size=32
    )


def test_rows_are_what_separate_sweeps_say(task, found):
    for name in ("sgd", "adam"):
        row = found[name]
        tried = tk.sweep(
            *task, {"learning_rate": [1e-4, 0.1, 1.0]}, optimizer=name, seed=0, epochs=12, progress=False
        )
        tails = tried.history["val_loss"][:, -3:].mean(axis=1)
        assert row.learning_rate == [1e-4, 0.1, 1.0][int(np.argmin(tails))]
        assert row.at_edge == (row.learning_rate in (1e-4, 1.0))
        run = tk.train(
            *task, optimizer=name, learning_rate=row.learning_rate, seed=2, epochs=12, progress=False
        )
        np.testing.assert_allclose(row.val_loss[1], run.history["val_loss"][-1], rtol=1e-3, atol=1e-5)
        steps = epochs_to(run.history["val_loss"][None], 0.35)[0] * found.steps_per_epoch
        assert row.steps[1] == steps
    assert found.rows == sorted(found.rows, key=lambda row: row.median_steps)


def test_table_says_everything(found):
    text, page = repr(found), found._repr_html_()
    for words in ("Adam", "SGD", "best rate", "rates that work", "rates chosen with another one"):
        assert words in text and words in page
    assert list(found.to_frame()["seed"]) == [1, 2, 1, 2]
    with pytest.raises(KeyError, match="there are"):
        found["lion"]


def test_what_is_not_reached_is_said():
    row = OptimizerRow("sgd", 10.0, True, np.array([np.inf, np.inf]), np.array([2.0, 3.0]), 0)
    text = repr(OptimizerComparison([row], 0.1, (1.0, 10.0), (1, 2), 4, 40))
    assert "over 40" in text and "10 (edge)" in text and "0 of 2" in text
    curves = np.array([[0.9, 0.4, 0.6], [0.9, np.nan, 0.8]])
    np.testing.assert_array_equal(epochs_to(curves, 0.5), [2, np.inf])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"seeds": []}, "at least one"),
        ({"seeds": [1, 1]}, "each once"),
        ({"seeds": [0, 1]}, "tuning_seed=0 is among"),
        ({"rates": [0.1]}, "at least two"),
        ({"rates": [0.1, 0.01]}, "rising"),
        ({"rates": [0.0, 0.1]}, "learning_rate must be"),
        ({"target": 0}, "above 0"),
        ({"optimizers": ["adma"]}, "Did you mean 'adam'"),
    ],
)
def test_door(task, settings, words):
    with pytest.raises(ValueError, match=words):
        tk.optimizers.compare_optimizers(*task, **{"target": 0.3, **settings})
