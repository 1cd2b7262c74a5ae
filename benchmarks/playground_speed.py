"""The playground: epochs per second on spirals, beside ``model.fit`` of the same network on the same points.

Two hidden layers of 8 tanh units, 250 training points, batches of 10, Adam, validation after every epoch. The lab
draws its pictures meanwhile, as it does for a learner, but no browser shows them. ``fit`` draws nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from measure import Row, alternate, main, note, spread

if TYPE_CHECKING:
    from tuningkit.labs import PlaygroundLab

NAMES = ("playground", "playground_fit")
BATCH_SIZE = 10
RATE = 0.01
PATIENCE = 300.0


def rows(quick: bool) -> list[Row]:
    import tuningkit as tk

    note("playground")
    lab = tk.PlaygroundLab(
        "spirals", hidden=(8, 8), batch_size=BATCH_SIZE, learning_rate=RATE, epochs=1_000_000
    )
    lab.wait(PATIENCE)
    rounds = 2 if quick else 12
    seconds = alternate({"lab": lab_side(lab, 50), "fit": fit_side(lab, 5)}, rounds)
    lab.close()
    rates = {side: [1 / one for one in values] for side, values in seconds.items()}
    middle = {side: statistics.median(values) for side, values in rates.items()}
    words = {side: spread(values, "epochs per second") for side, values in rates.items()}
    return [
        Row("playground", middle["lab"], f"{words['lab']}, pictures drawn, no browser"),
        Row(
            "playground_fit",
            middle["lab"] / middle["fit"],
            f"fit {words['fit']}; tuningkit {words['lab']}, pictures drawn, no browser",
        ),
    ]


def lab_side(lab: PlaygroundLab, epochs: int) -> Callable[[], list[float]]:
    """The lab, warmed up: seconds per epoch of a stretch of training, pictures included."""

    def side() -> list[float]:
        begin = time.perf_counter()
        before = lab.runs[-1].epochs if lab.runs else 0
        lab.train(epochs).wait(PATIENCE)
        seconds = time.perf_counter() - begin
        if lab.runs[-1].epochs != before + epochs:
            raise RuntimeError(f"Expected {epochs} epochs more than {before}; the lab has {lab.runs[-1]!r}.")
        return [seconds / epochs]

    side()
    return side


def fit_side(lab: PlaygroundLab, epochs: int) -> Callable[[], list[float]]:
    """``fit`` of the lab's own network, warmed up: seconds per epoch, without the first of each call."""
    import keras

    model, data = lab.model(), lab.dataset
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(RATE), loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
    train, validation = (data.x_train, data.y_train), (data.x_validation, data.y_validation)

    def side() -> list[float]:
        ends: list[float] = []
        clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
        model.fit(
            *train,
            batch_size=BATCH_SIZE,
            epochs=epochs + 1,
            validation_data=validation,
            callbacks=[clock],
            verbose=0,
        )
        return [(ends[-1] - ends[0]) / epochs]

    side()
    return side


if __name__ == "__main__":
    main(rows)
