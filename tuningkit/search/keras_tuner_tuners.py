"""KerasTuner's tuners with their traps taken out: what a trial is, is decided here; what to try next, by KerasTuner.

KerasTuner by itself clears Keras's global state before each trial, copies callbacks, needs TensorBoard to train,
gives up after three failed trials in a row, and takes a seed of 0 for none. None of this is left when a tuner's
``run_trial`` is ours.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from tuningkit.search.attempts import Attempts
from tuningkit.search.groups import direction_of
from tuningkit.search.space import Choice, Dimension, Integer, Log, Uniform
from tuningkit.search.trials import Trial
from tuningkit.training.random_state import random_numbers_undisturbed

if TYPE_CHECKING:
    import keras_tuner

    from tuningkit.search.one_by_one import Outcome
    from tuningkit.training.continuation import Snapshot

#: KerasTuner takes a seed of 0 for none at all and draws one; this stands for 0.
_INSTEAD_OF_ZERO = 2**31 - 1
#: Reported for a trial without a number, which is then marked as failed. Not with Hyperband: of a round in which too
#: many fail it would promote none of the others.
_WORST = 1e30


def make_tuner(
    method: str,
    run: Callable[[keras_tuner.HyperParameters, int, Snapshot | None], Outcome],
    attempts: Attempts,
    *,
    hypermodel: keras_tuner.HyperModel | None,
    hyperparameters: keras_tuner.HyperParameters | None,
    objective: str,
    trials: int,
    epochs: int,
    seed: int | None,
    folder: str,
) -> keras_tuner.Tuner:
    """One of KerasTuner's tuners, whose trials are trained by us.

    Args:
        method: "random", "grid", "bayesian" or "hyperband".
        run: Trains what was proposed.
        attempts: Where the rows are kept.
        hypermodel: What declares the hyperparameters, or None if they are given.
        hyperparameters: The space, or None: what the hypermodel declares.
        objective: What is compared.
        trials: How many.
        epochs: Of a trial; with Hyperband, at most.
        seed: Of the proposals.
        folder: For the files that KerasTuner writes.
    """
    import keras_tuner

    direction = direction_of(objective)
    worst = _WORST if direction == "min" else -_WORST
    rows: dict[str, Trial] = {}
    snapshots: dict[str, Snapshot | None] = {}
    kind = {
        "random": keras_tuner.RandomSearch,
        "grid": keras_tuner.GridSearch,
        "bayesian": keras_tuner.BayesianOptimization,
        "hyperband": keras_tuner.Hyperband,
    }[method]

    class Tuner(kind):  # type: ignore[misc, valid-type]
        """Proposes as KerasTuner does, and trains as tuningkit does."""

        def run_trial(self, trial: Any, *arguments: Any, **settings: Any) -> dict[str, float]:
            values = trial.hyperparameters.values
            past = values.get("tuner/trial_id")
            wanted = int(values.get("tuner/epochs", epochs))
            row, outcome = attempts.attempt(
                configuration_of(values),
                lambda: run(trial.hyperparameters, wanted, snapshots.get(past)),
                epochs=wanted,
                before=rows.get(past),
            )
            # A fit of its own may have asked for hyperparameters that were not known before.
            row = replace(row, configuration=configuration_of(trial.hyperparameters.values))
            attempts.trials[row.number - 1] = rows[trial.trial_id] = row
            if method == "hyperband":
                snapshots[trial.trial_id] = outcome.snapshot if outcome else None
            return {objective: row.objective if row.scored else worst}

        def on_trial_end(self, trial: Any) -> None:
            row = rows[trial.trial_id]
            if not row.scored and method != "hyperband":
                # An error instead would have its traceback printed.
                trial.status, trial.message = "FAILED", row.message
            super().on_trial_end(trial)

    length = {"max_epochs": epochs} if method == "hyperband" else {"max_trials": trials}
    return Tuner(
        hypermodel=hypermodel,
        objective=keras_tuner.Objective(objective, direction),
        hyperparameters=hyperparameters,
        seed=seed or _INSTEAD_OF_ZERO,
        max_consecutive_failed_trials=10**9,
        directory=folder,
        project_name="search",
        overwrite=True,
        **length,
    )


def configuration_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's hyperparameters without those that Hyperband keeps its books with."""
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def check_grid(tuner: keras_tuner.Tuner, trials: int) -> str:
    """Refuse a grid that KerasTuner would not walk as its learner expects.

    Returns:
        A note if the grid may have been larger than ``trials``, else nothing.

    Raises:
        ValueError: If a range has no step, or the grid is larger than ``trials``.
    """
    size, conditions = 1, False
    for hp in tuner.oracle.get_space().space:
        if getattr(hp, "step", 0) is None:
            range_words = f"{type(hp).__name__}({hp.name!r}, {hp.min_value:g}, {hp.max_value:g})"
            raise ValueError(
                f"A grid needs a step for hp.{range_words}: KerasTuner would take its lower end, and ten more values "
                "that leave its upper end out. Give it a step (a factor, with sampling='log'), or say which values: "
                f"with_keras_tuner(..., space={{{hp.name!r}: [...]}})."
            )
        size *= len(list(hp.values))
        conditions = conditions or bool(hp.conditions)
    if size <= trials:
        return ""
    if conditions:
        return f"The grid may have more than trials={trials} combinations; the rest was left out."
    raise ValueError(
        f"This grid has {size} combinations. Received: trials={trials}. Allow trials={size}, give fewer values, "
        "or use method='random', which takes any number."
    )


def space_of(tuner: keras_tuner.Tuner) -> dict[str, Dimension]:
    """What a tuner searches, as ranges and choices."""
    found: dict[str, Dimension] = {}
    for hp in tuner.oracle.get_space().space:
        kind = type(hp).__name__
        if kind not in ("Float", "Int"):
            found.setdefault(hp.name, Choice(tuple(dict.fromkeys(hp.values))))
        elif hp.min_value == hp.max_value:
            found.setdefault(hp.name, Choice((hp.min_value,)))
        elif kind == "Int":
            found.setdefault(hp.name, Integer(hp.min_value, hp.max_value, log=hp.sampling == "log"))
        else:
            found.setdefault(hp.name, (Log if hp.sampling == "log" else Uniform)(hp.min_value, hp.max_value))
    return found


@contextmanager
def project_folder() -> Iterator[str]:
    """A folder for what KerasTuner writes, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tuningkit-search-", ignore_cleanup_errors=True) as folder:
        yield folder


@contextmanager
def good_conditions() -> Iterator[None]:
    """What makes KerasTuner quiet and its Gaussian process fast.

    It calls functions of Python that are on their way out, about which a learner can do nothing. And its Gaussian
    process asks for thousands of predictions of a few numbers each: handing them from thread to thread makes a
    proposal several times as slow. What it draws from Python's generator the learner does not notice.
    """
    with threadpool_limits(1), random_numbers_undisturbed(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="keras_tuner")
        yield
