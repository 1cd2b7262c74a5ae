"""Training one configuration after the other, for the libraries that propose them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.groups import Job, check_objective
from tuningkit.training.continuation import Snapshot, go_on, take_snapshot
from tuningkit.training.hyperparameters import MEMBER_HYPERPARAMETERS

if TYPE_CHECKING:
    import keras
    import keras_tuner

    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Outcome:
    """What training one configuration came to.

    Attributes:
        curve: The objective after each epoch, shape (epochs,).
        diverged_at: Epoch, from 1, in which it diverged, or None.
        seconds: Time it took.
        snapshot: Where to go on from, if the network can be stopped and continued.
        interrupted: Whether the learner stopped it.
        note: One line worth knowing, such as a fallback to ``model.fit``.
    """

    curve: np.ndarray
    diverged_at: int | None = None
    seconds: float = 0.0
    snapshot: Snapshot | None = None
    interrupted: bool = False
    note: str = ""


class ModelRunner:
    """Trains one Keras model with different hyperparameters; the graph is built once and used again.

    Args:
        job: The model, the data and what all trials have in common.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._trainers: dict[tuple[str, ...], Trainer] = {}

    def __call__(
        self, configuration: Mapping[str, Any], epochs: int, start: Snapshot | None = None
    ) -> Outcome:
        """Train with one configuration.

        Args:
            configuration: Hyperparameters by name.
            epochs: Epochs in all.
            start: Where to go on from; None for the beginning.
        """
        from tuningkit.training.fallback import why_not_vectorised
        from tuningkit.training.grid_sweep import STRUCTURAL

        job = self._job
        optimizer = configuration.get("optimizer", job.shared["optimizer"])
        if why_not_vectorised(job.model, job.data, job.settings["metrics"], optimizer) is not None:
            return with_fit(job, configuration, epochs)
        key = tuple(str(configuration.get(name)) for name in STRUCTURAL)
        if key not in self._trainers:
            self._trainers[key] = job.trainer([configuration])
        trainer = self._trainers[key]
        trainer.restart(configuration.get("seed", job.shared["seed"]))
        for name in MEMBER_HYPERPARAMETERS:
            if name in configuration:
                trainer.set(name, configuration[name])
        return with_trainer(trainer, job.objective, epochs, start)


class BuildRunner:
    """Trains the models that a hypermodel builds.

    Args:
        hypermodel: KerasTuner's hypermodel.
        make_job: What turns a built model into a job.
    """

    def __init__(self, hypermodel: keras_tuner.HyperModel, make_job: Callable[[keras.Model], Job]) -> None:
        self._hypermodel, self._make_job = hypermodel, make_job

    def __call__(
        self, hp: keras_tuner.HyperParameters, epochs: int, start: Snapshot | None = None
    ) -> Outcome:
        """Build a model and train it; the arguments are those of :class:`ModelRunner`."""
        from tuningkit.search.own_fit import fits_itself, with_own_fit
        from tuningkit.training.fallback import why_not_vectorised

        job = self._make_job(self._build(hp))
        model = job.model
        if fits_itself(self._hypermodel):
            return with_own_fit(self._hypermodel, hp, job, epochs)
        if why_not_vectorised(model, job.data, job.settings["metrics"], job.shared["optimizer"]) is not None:
            return with_fit(job, {}, epochs)
        return with_trainer(job.trainer([{}]), job.objective, epochs, start)

    def check_defaults(self) -> None:
        """Build the model of the default values, and check that it fits data and objective.

        What goes wrong here would go wrong in every trial.

        Raises:
            TypeError: If no Keras model is built.
            ValueError: If model, data and objective do not fit together.
        """
        import keras_tuner

        from tuningkit.search.own_fit import fits_itself

        job = self._make_job(self._build(keras_tuner.HyperParameters()))
        if not fits_itself(self._hypermodel):
            check_measured(job)

    def _build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        import keras

        from tuningkit.training.random_state import random_numbers_undisturbed

        # The same initial weights for all models of the same layers; what the learner draws is left alone.
        with random_numbers_undisturbed(0):
            model = self._hypermodel.build(hp)
        if not isinstance(model, keras.Model):
            raise TypeError(f"build_model must return a Keras model. Received: {type(model).__name__}")
        return model


def check_measured(job: Job) -> None:
    """Check before any training that model and data fit, and that the objective will be measured.

    Raises:
        ValueError: If they do not.
    """
    from tuningkit.training.data_check import check_data
    from tuningkit.training.fallback import why_not_vectorised
    from tuningkit.training.heads import choose_head

    if not hasattr(job.data, "x_train"):
        return  # A pipeline: it is known when it has been trained on.
    check_data(job.model, job.data)
    metrics = job.settings["metrics"]
    if why_not_vectorised(job.model, job.data, metrics, job.shared["optimizer"]) is not None:
        return  # Trained with fit, which knows more kinds of metrics.
    head = choose_head(job.model, job.data, job.settings["loss"], metrics)
    names = ["loss", *head.metrics]
    check_objective(job.objective, dict.fromkeys([*names, *(f"val_{name}" for name in names)]))


def with_trainer(trainer: Trainer, objective: str, epochs: int, start: Snapshot | None) -> Outcome:
    """Train a trainer of one member to ``epochs``, from its beginning or from a snapshot."""
    begin = time.perf_counter()
    interrupted = False
    if start is not None:
        go_on(trainer, start)
    try:
        trainer.train(epochs)
    except KeyboardInterrupt:
        interrupted = True
    return Outcome(
        trainer.history[objective][0].copy(),
        int(trainer.diverged_at[0]) or None,
        time.perf_counter() - begin,
        None if interrupted else take_snapshot(trainer),
        interrupted,
    )


def with_fit(job: Job, configuration: Mapping[str, Any], epochs: int) -> Outcome:
    """Train with ``model.fit`` what the trainer cannot take. The loss is that of the data, without L1/L2."""
    from tuningkit.training.fallback import FellBackToFit
    from tuningkit.training.single_run import train

    with warnings.catch_warnings():
        # Once per trial is too often; the table's note says it.
        warnings.simplefilter("ignore", FellBackToFit)
        settings = {**job.shared, **job.settings, **configuration}
        run = train(job.model, job.data, **settings, epochs=epochs, progress=False)
    check_objective(job.objective, run.history)
    return Outcome(
        np.asarray(run.history[job.objective], float),
        run.diverged_at,
        run.seconds,
        interrupted=run.epochs < epochs and run.diverged_at is None,
        note=run.note,
    )
