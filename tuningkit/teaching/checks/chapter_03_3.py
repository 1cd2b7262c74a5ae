"""Checks of chapter 3.3, regularisation."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_STRENGTH, _RATE = 3e-3, 0.4


@exercise(
    "3.3-a", "What Keras prints as val_loss", hint="Look at the keys of run.history: which begin with val_?"
)
def keras_val_loss(answer: Any) -> Iterator[Finding]:
    """The sum of the data loss and the penalty, both of the validation pass at the end of each epoch."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of one run, but you gave {describe(answer)}.", "Begin: def ...(run):"
        )
        return
    history = {
        "loss": np.array([1.0, 0.5]),
        "penalty": np.array([0.3, 0.25]),
        "val_loss": np.array([1.1, 0.9]),
        "val_penalty": np.array([0.2, 0.1]),
    }
    got = np.asarray(answer(SimpleNamespace(history=history)), float)
    expected = history["val_loss"] + history["val_penalty"]
    if got.shape != expected.shape:
        yield wrong(
            f"The result should have one number per epoch, shape {expected.shape}, but has shape {got.shape}.",
            "Add arrays, not single numbers.",
        )
    elif np.allclose(got, expected):
        yield right("The data loss and the penalty of the validation pass, added epoch by epoch.")
    elif np.allclose(got, history["val_loss"]):
        yield wrong(
            "This is the data loss alone; the penalty is missing.",
            "Keras adds the L1/L2 term to what it prints.",
        )
    elif np.allclose(got, history["val_loss"] + history["penalty"]):
        yield wrong(
            "Nearly: `penalty` is the mean over the epoch's steps, but Keras evaluates at the end of the epoch.",
            "There is a second penalty curve.",
        )
    else:
        yield wrong(
            f"For a run with val_loss 1.1 and val_penalty 0.2 the first value should be 1.3, but it is {got[0]:.3g}.",
            "Which two curves have to be added?",
        )


@exercise(
    "3.3-b", "A regularised network", hint="Print [layer.get_config() for layer in regularised.layers]."
)
def regularised_network(answer: Any) -> Iterator[Finding]:
    """64 inputs, two hidden layers of 128 units, dropout 0.4 after each, L2 0.003 on every kernel, 10 outputs."""
    import keras

    if not isinstance(answer, keras.Model):
        yield wrong(
            f"The answer is a Keras model, but you gave {describe(answer)}.", "Begin: keras.Sequential([...])"
        )
        return
    if not answer.built or tuple(answer.input_shape) != (None, 64):
        yield wrong("The model should take 64 numbers per row.", "Begin the layers with keras.Input((64,)).")
        return
    dense = [layer for layer in answer.layers if isinstance(layer, keras.layers.Dense)]
    dropouts = [layer for layer in answer.layers if isinstance(layer, keras.layers.Dropout)]
    units = [layer.units for layer in dense]
    if units == [128, 128, 10]:
        yield right("Two hidden layers of 128 units and ten outputs.")
    else:
        yield wrong(f"The Dense layers should have 128, 128 and 10 units, but have {units}.")
    yield from _penalties(dense)
    rates = [layer.rate for layer in dropouts]
    if rates == [_RATE, _RATE]:
        yield right("A dropout layer at rate 0.4 after each hidden layer.")
    else:
        yield wrong(
            f"There should be two dropout layers at rate {_RATE}; the dropout rates are {rates}.",
            "Put keras.layers.Dropout(0.4) after each hidden layer.",
        )


def _penalties(dense: list[Any]) -> Iterator[Finding]:
    for number, layer in enumerate(dense, start=1):
        penalty = layer.kernel_regularizer
        l1, l2 = (float(getattr(penalty, name, 0.0) or 0.0) for name in ("l1", "l2"))
        if l1:
            yield wrong(
                f"Dense layer {number} has an L1 penalty; the task asks for L2.", "keras.regularizers.L2"
            )
            return
        if not l2:
            yield wrong(
                f"Dense layer {number} has no L2 penalty.",
                "Dense(..., kernel_regularizer=keras.regularizers.L2(3e-3))",
            )
            return
        if not np.isclose(l2, _STRENGTH):
            yield wrong(f"The L2 strength of Dense layer {number} should be {_STRENGTH}, but is {l2:g}.")
            return
    yield right("L2 with strength 0.003 on every kernel.")
