"""Which of the metrics a model is compiled with can be measured row by row, and what the others are called."""

from __future__ import annotations

import keras
import pytest

import tuningkit as tk
from tuningkit.training.compiled_metrics import compiled_metrics


@pytest.mark.parametrize(
    ("metrics", "kept", "left_out"),
    [
        (["accuracy"], 1, []),
        (["accuracy", keras.metrics.AUC(name="area")], 1, ["area"]),
        ([keras.metrics.AUC(), keras.metrics.Precision()], 0, ["auc", "precision"]),
        (None, 0, []),
    ],
)
def test_what_needs_a_whole_epoch_is_named(metrics, kept, left_out):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True), metrics=metrics)
    found, others = compiled_metrics(model, tk.datasets.make_moons())
    assert len(found or []) == kept and [name.split("_")[0] for name in others] == left_out


def test_a_model_that_is_not_compiled_has_none():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    assert compiled_metrics(model, tk.datasets.make_moons()) == (None, [])
