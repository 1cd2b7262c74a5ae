"""How fast the trainer is, against ``model.fit`` on the same arrays in the same process."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from measure import Row, alternate, main, note, spread
from networks import digits_network, small_cnn

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.trainer import Trainer

NAMES = ("members_1", "members_16", "members_64", "cnn", "first_epoch")
BATCH_SIZE = 32


def rows(quick: bool) -> list[Row]:
    from tuningkit.datasets import load_digits

    rounds = 2 if quick else 15
    found = dense_rows(load_digits(), rounds)
    found.append(cnn_row(load_digits(images=True), rounds))
    found.append(first_epoch_row(load_digits(), 1 if quick else 5))
    return found


def dense_rows(digits: Dataset, rounds: int) -> list[Row]:
    """One, 16 and 64 members against ``fit``, all in turn."""
    note("training speed: dense network")
    # Turns of about the same length for all, 0.4 s: what the turn before has left behind, cold caches and threads
    # that still look for work, then weighs the same.
    sides = {"fit": fit_side(digits_network(), digits, epochs=4)}
    for members, epochs in ((1, 50), (16, 7), (64, 3)):
        trainer = make_trainer(digits_network(), digits, members)
        sides[f"members_{members}"] = trainer_side(trainer, epochs)
    seconds = alternate(sides, rounds)
    return [
        ratio_row(f"members_{members}", seconds["fit"], seconds[f"members_{members}"], members)
        for members in (1, 16, 64)
    ]


def cnn_row(images: Dataset, rounds: int) -> Row:
    """A small convolutional network against ``fit``."""
    note("training speed: convolutional network")
    sides = {
        "fit": fit_side(small_cnn(), images, epochs=4),
        "cnn": trainer_side(make_trainer(small_cnn(), images, 1), 30),
    }
    seconds = alternate(sides, rounds)
    return ratio_row("cnn", seconds["fit"], seconds["cnn"], 1)


def ratio_row(name: str, fit: list[float], trainer: list[float], members: int) -> Row:
    """The two medians of an epoch, per member, as a row."""
    each = [seconds / members for seconds in trainer]
    whole = f", {spread(trainer, 'ms', scale=1e3)} for all {members}" if members > 1 else ""
    figures = f"fit {spread(fit, 'ms', scale=1e3)}; tuningkit {spread(each, 'ms', scale=1e3)}{whole}"
    return Row(name, statistics.median(fit) / statistics.median(each), figures)


def first_epoch_row(digits: Dataset, rounds: int) -> Row:
    """Building and tracing included: what the very first epoch of a new network costs."""
    note("training speed: first epoch")

    def fit() -> list[float]:
        model = digits_network()
        begin = time.perf_counter()
        compile_model(model)
        fit_epochs(model, digits, 1)
        return [time.perf_counter() - begin]

    def members(count: int) -> Callable[[], list[float]]:
        def side() -> list[float]:
            model = digits_network()
            begin = time.perf_counter()
            train_epoch(make_trainer(model, digits, count))
            return [time.perf_counter() - begin]

        return side

    seconds = alternate({"fit": fit, "1": members(1), "64": members(64)}, rounds)
    figures = "; ".join(
        f"{words} {spread(seconds[side], 's')}"
        for side, words in (("fit", "fit"), ("1", "tuningkit"), ("64", "tuningkit, 64 networks"))
    )
    return Row("first_epoch", statistics.median(seconds["fit"]) / statistics.median(seconds["1"]), figures)


# The two sides


def compile_model(model: keras.Model) -> None:
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])


def fit_epochs(model: keras.Model, data: Dataset, epochs: int) -> list[float]:
    """Train with Keras; returns the seconds of every epoch but the first of the call, which also sets it up."""
    import keras

    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
    validation = (data.x_validation, data.y_validation)
    model.fit(
        data.x_train,
        data.y_train,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_data=validation,
        callbacks=[clock],
        verbose=0,
    )
    return [end - begin for begin, end in itertools.pairwise(ends)]


def fit_side(model: keras.Model, data: Dataset, epochs: int) -> Callable[[], list[float]]:
    """``fit``, warmed up."""
    compile_model(model)
    fit_epochs(model, data, 2)
    return lambda: fit_epochs(model, data, epochs)


def make_trainer(model: keras.Model, data: Dataset, members: int) -> Trainer:
    """A trainer whose members differ in L2, as in a sweep; a single one has the model's own."""
    import numpy as np

    from tuningkit.training.trainer import Trainer

    trainer = Trainer(model, data, batch_size=BATCH_SIZE, members=members)
    if members > 1:
        trainer.set("l2", np.geomspace(1e-6, 1e-2, members))
    return trainer


def train_epoch(trainer: Trainer) -> float:
    """Train to the end of an epoch, as a lab does: chunk by chunk. Returns the seconds."""
    begin = time.perf_counter()
    while not trainer.advance():
        pass
    return time.perf_counter() - begin


def trainer_side(trainer: Trainer, epochs: int) -> Callable[[], list[float]]:
    """The trainer, traced and with its chunks found; like ``fit``'s, the first epoch of a turn is not counted."""
    for _ in range(3):
        train_epoch(trainer)
    return lambda: [train_epoch(trainer) for _ in range(epochs)][1:]


if __name__ == "__main__":
    main(rows)
