"""How fast a search is, against KerasTuner's grid search with ``model.fit`` on the same trials, same process."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from measure import Row, main, note, number
from networks import digits_network

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.search.trials import Trials

NAMES = ("search_64", "search_ranking")
BATCH_SIZE = 32
#: Seconds that KerasTuner may take; where all its trials would take longer, it gets an even part of them.
BUDGET = 1800


def rows(quick: bool) -> list[Row]:
    import keras_tuner  # noqa: F401  Imports are nobody's training time.

    from tuningkit.datasets import load_digits
    from tuningkit.training.trainer import Trainer  # noqa: F401

    points, epochs = (2, 1) if quick else (8, 30)
    digits = load_digits()
    note(f"search speed: tuningkit, {points**2} trials of {epochs} epochs")
    begin = time.perf_counter()
    trials = tuningkit_search(digits, points, epochs)
    ours = time.perf_counter() - begin
    values = {name: sorted({trial.configuration[name] for trial in trials}) for name in trials.names}
    note(f"search speed: {ours:.1f} s; how long KerasTuner takes for one of them")
    taken = part_of(points, seconds_of_one(digits, values, epochs))
    part = {name: [listed[place] for place in taken] for name, listed in values.items()}
    count = len(taken) ** 2
    note(f"search speed: KerasTuner, {count} of the {len(trials)} trials, one by one")
    begin = time.perf_counter()
    losses = keras_tuner_search(digits, part, epochs)
    theirs = (time.perf_counter() - begin) * len(trials) / count
    which = "" if count == len(trials) else f" (reckoned from {count} of the {len(trials)}, evenly chosen)"
    figures = f"KerasTuner {number(theirs)} s{which}; tuningkit {number(ours)} s, the building of its graph included"
    return [Row("search_64", theirs / ours, figures), ranking_row(trials, losses)]


def seconds_of_one(digits: Dataset, values: Mapping[str, Sequence[float]], epochs: int) -> float:
    """Seconds of one trial of KerasTuner; the one before it, which pays for the beginning, is not counted."""
    middle = {name: [listed[len(listed) // 2]] for name, listed in values.items()}
    keras_tuner_search(digits, middle, 1)
    begin = time.perf_counter()
    keras_tuner_search(digits, middle, max(1, epochs // 10))
    return (time.perf_counter() - begin) * epochs / max(1, epochs // 10)


def part_of(points: int, seconds: float) -> list[int]:
    """Which values of each axis KerasTuner gets: all, or as many as fit into the time, both ends included."""
    for count in range(points, 3, -1):
        if count**2 * seconds <= BUDGET:
            break
    else:
        count = min(points, 3)
    return [round(place * (points - 1) / (count - 1)) for place in range(count)]


def tuningkit_search(digits: Dataset, points: int, epochs: int) -> Trials:
    """A grid over learning rate and L2; every trial starts from the weights that the model has."""
    import tuningkit as tk

    space = {
        "learning_rate": tk.search.Log(1e-4, 1e-1, points=points),
        "l2": tk.search.Log(1e-6, 1e-1, points=points),
    }
    return tk.search(
        digits_network(),
        digits,
        space,
        method="grid",
        trials=points**2,
        epochs=epochs,
        seed=None,
        batch_size=BATCH_SIZE,
        progress=False,
    )


def keras_tuner_search(
    digits: Dataset, values: Mapping[str, Sequence[float]], epochs: int
) -> dict[tuple[float, float], float]:
    """KerasTuner's own ``GridSearch`` over these values, as its guide writes it.

    Every model starts from the same weights as those of tuningkit; batch order and dropout are Keras's own draws.
    What it compares holds the L2 term. For the ranking the data loss is taken beside it, as a metric.

    Returns:
        The best epoch's data loss by (learning rate, L2).
    """
    import keras
    import keras_tuner

    start = digits_network().get_weights()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def build(hp: keras_tuner.HyperParameters) -> keras.Model:
        model = digits_network()
        strength = hp.Choice("l2", list(values["l2"]))
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dense):
                layer.kernel_regularizer = keras.regularizers.L2(strength)
        # A regularizer that is changed after building is heard only by a copy.
        model = keras.models.clone_model(model)
        model.set_weights(start)
        rate = hp.Choice("learning_rate", list(values["learning_rate"]))
        metrics = [
            "accuracy",
            keras.metrics.SparseCategoricalCrossentropy(name="data_loss", from_logits=True),
        ]
        model.compile(keras.optimizers.Adam(rate), loss, metrics=metrics)
        return model

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tuner = keras_tuner.GridSearch(
            build,
            objective=keras_tuner.Objective("val_data_loss", "min"),
            max_trials=None,
            seed=1,
            max_consecutive_failed_trials=10**9,
            directory=folder,
            overwrite=True,
        )
        tuner.search(
            digits.x_train,
            digits.y_train,
            validation_data=(digits.x_validation, digits.y_validation),
            batch_size=BATCH_SIZE,
            epochs=epochs,
            verbose=0,
        )
        done = tuner.oracle.trials.values()
    return {
        (one.hyperparameters.values["learning_rate"], one.hyperparameters.values["l2"]): one.score
        for one in done
        if one.score is not None
    }


def ranking_row(trials: Trials, losses: dict[tuple[float, float], float]) -> Row:
    """How well both agree on which configurations are better: Spearman's rank correlation."""
    from scipy.stats import spearmanr

    pairs = [
        (trial.objective, losses[key])
        for trial in trials
        if (key := (trial.configuration["learning_rate"], trial.configuration["l2"])) in losses
        and trial.scored
    ]
    ours, theirs = zip(*pairs, strict=True)
    best = min(range(len(pairs)), key=lambda place: theirs[place])
    place = sorted(ours).index(ours[best]) + 1
    figures = (
        f"Spearman's rho of the best validation losses of {len(pairs)} configurations; KerasTuner's best one is "
        f"number {place} of tuningkit's. Same initial weights; each draws batch order and dropout in its own way"
    )
    return Row("search_ranking", float(spearmanr(ours, theirs).statistic), figures)


if __name__ == "__main__":
    main(rows)
