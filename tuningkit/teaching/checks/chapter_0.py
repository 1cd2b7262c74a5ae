"""Checks of the tour, chapter 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_EPOCHS, _ACCURACY, _RATE = 30, 0.97, 3e-3


@exercise(
    "0-a", "A learning rate that works", hint="Print answer: it says what the curves show and what to try."
)
def learning_rate(answer: Any) -> Iterator[Finding]:
    """A run of 30 epochs with more than 97 % validation accuracy at its end."""
    history = getattr(answer, "history", None)
    if history is None or "val_accuracy" not in history:
        yield wrong(
            f"The answer is a run, as tk.train returns it, but you gave {describe(answer)}.",
            "Begin: answer = tk.train(model, digits, learning_rate=...)",
        )
        return
    epochs = len(history["loss"])
    if epochs == _EPOCHS:
        yield right("The run has 30 epochs.")
    else:
        yield wrong(f"The run should have 30 epochs, but has {epochs}.", "Pass epochs=30.")
    accuracy = float(history["val_accuracy"][-1])
    rate = float(answer.hyperparameters["learning_rate"])
    share = f"With learning rate {rate:g} the network is right on {accuracy:.1%} of the validation rows"
    if accuracy > _ACCURACY:
        yield right(f"{share}.")
    elif rate < _RATE:
        yield wrong(f"{share}, not yet on 97 %.", "Try a larger learning rate.")
    else:
        yield wrong(f"{share}, not on 97 %.", "Try a smaller learning rate.")
