"""KerasTuner's real tuners, as a table of trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningkit import _preload
from tuningkit.search.attempts import Attempts, record_in
from tuningkit.search.configurations import grid_values
from tuningkit.search.conversions import to_keras_tuner
from tuningkit.search.groups import Job, direction_of
from tuningkit.search.hyperband_plan import hyperband_trials
from tuningkit.search.hypermodel import is_hypermodel
from tuningkit.search.space import Dimension, check_space
from tuningkit.search.trials import Trials
from tuningkit.search.vectorized import check_trials
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras
    import keras_tuner

    from tuningkit.datasets import Dataset

METHODS = ("random", "grid", "bayesian", "hyperband")


def with_keras_tuner(
    model: keras.Model | Callable[[keras_tuner.HyperParameters], keras.Model],
    data: Dataset,
    space: Mapping[str, Any] | None = None,
    *,
    method: str = "bayesian",
    trials: int = 20,
    epochs: int = 30,
    seed: int | None = 0,
    objective: str = "val_loss",
    directory: str | Path | None = None,
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
    progress: bool = True,
    **fixed: float | None,
) -> Trials:
    """Search with one of KerasTuner's tuners; every trial is trained by tuningkit, one after the other.

    KerasTuner proposes, and hears the loss of the data without the L1/L2 term, best epoch. A trial that diverges or
    fails is a row, and the search goes on.

    Args:
        model: A built Keras model, with a ``space``; or KerasTuner's own way, a function ``build_model(hp)`` or a
            ``HyperModel``. Its loss and optimizer are used as they are compiled, and its ``fit`` if it has one.
        data: The data.
        space: What to search. With ``build_model``: ranges that take the place of its own, or None.
        method: "random", "grid", "bayesian" (Gaussian process) or "hyperband".
        trials: How many; of a grid, at most. Hyperband's number follows from ``epochs``.
        epochs: Epochs of a trial; with Hyperband, of those that are never stopped early.
        seed: Of the proposals, and as in :func:`tuningkit.train`.
        objective: "val_loss" (without L1/L2) or a metric such as "val_accuracy".
        directory: A folder that keeps finished trials: called again with the same arguments, after an interrupt
            or a restart of the kernel, the search goes on where it was. None leaves nothing behind.
        optimizer: As in :func:`tuningkit.train`, unless it is searched.
        batch_size: Rows per step, unless it is searched.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        progress: Whether to show a bar with the time left if it takes more than two seconds.
        **fixed: Values shared by all trials of a model, such as ``dropout=0.2``.

    Returns:
        The trials. Interrupted with Ctrl-C, the trials so far. Hyperband trains a configuration in several rounds:
        they are one row.

    Raises:
        ValueError: If something does not fit together; the message says what would.
        TypeError: If model, data or space are of another kind.

    Example:
        >>> def build_model(hp):
        ...     model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(hp.Int("units", 8, 128), "relu")])
        ...     model.add(keras.layers.Dense(10))
        ...     return model
        >>> tk.search.with_keras_tuner(build_model, digits, method="bayesian", trials=20, epochs=10).best

    Reference:
        Li et al. (2018), https://jmlr.org/papers/v18/16-558.html (Hyperband); Snoek, Larochelle & Adams (2012),
        https://arxiv.org/abs/1206.2944 (Bayesian optimisation)
    """
    _preload.check_backend()
    if method not in METHODS:
        raise ValueError(f"method must be one of: {', '.join(METHODS)}. Received: method={method!r}")
    trials, epochs = check_trials(trials), table.HYPERPARAMETERS["epochs"].check(epochs)
    seed = table.check_value("seed", seed)
    space = None if space is None else check_space(space)
    grid = grid_values(space, trials) if space is not None and method == "grid" else None
    shared = {"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics, **fixed}
    hypermodel, run = _runner(model, data, space, objective, shared, seed)

    from tuningkit.search.keras_tuner_tuners import (
        check_grid,
        good_conditions,
        make_tuner,
        project_folder,
        space_of,
    )
    from tuningkit.training.lock import training_turn
    from tuningkit.training.progress import progress_bar

    record = record_in(
        directory, space=space, shared=shared,
        method=method, trials=trials, epochs=epochs, seed=seed, objective=objective,
    )  # fmt: skip
    total = hyperband_trials(epochs) if method == "hyperband" else trials
    begin = time.perf_counter()
    interrupted = False
    with (
        training_turn(),
        project_folder() as folder,
        good_conditions(),
        progress_bar(total, f"{method.capitalize()} search", unit="trial", show=progress) as step,
    ):
        attempts = Attempts(objective, epochs, seed, step=step, record=record)
        tuner = make_tuner(
            method, run, attempts, hypermodel=hypermodel,
            hyperparameters=None if space is None else to_keras_tuner(space, grid=grid),
            objective=objective, trials=trials, epochs=epochs, seed=seed, folder=folder,
        )  # fmt: skip
        note = check_grid(tuner, trials) if method == "grid" else ""
        try:
            # Not a word: KerasTuner would clear the cell's output after each trial.
            tuner.search(verbose=0)
        except KeyboardInterrupt:
            if not attempts.trials:
                raise
            interrupted = True
        found = space_of(tuner) | (space or {})
    rows = attempts.trials
    if method != "hyperband" and method != "grid" and len(rows) < trials and not interrupted:
        note = f"KerasTuner found no more than {len(rows)} different configurations."
    saved = sum(epochs - trial.epochs for trial in rows if trial.status == "stopped early")
    return Trials(
        tuple(rows),
        objective=objective,
        direction=direction_of(objective),
        method=method,
        library="KerasTuner",
        seconds=time.perf_counter() - begin,
        space=found,
        epochs_saved=float(saved),
        interrupted=interrupted,
        note=" ".join(filter(None, [note, attempts.note])),
    )


def _runner(
    model: Any,
    data: Dataset,
    space: Mapping[str, Dimension] | None,
    objective: str,
    shared: Mapping[str, Any],
    seed: int | None,
) -> tuple[keras_tuner.HyperModel | None, Callable]:
    """The hypermodel, if there is one, and what trains a proposal."""
    from tuningkit.search.keras_tuner_tuners import configuration_of
    from tuningkit.search.model_space import check_request
    from tuningkit.search.one_by_one import BuildRunner, ModelRunner

    if not is_hypermodel(model):
        if space is None:
            raise ValueError(
                "A Keras model needs a space to search, such as "
                "{'learning_rate': tk.search.Log(1e-4, 1)}; a function build_model(hp) brings its own."
            )
        train = ModelRunner(check_request(model, data, space, objective, shared, seed, one_by_one=True))
        return None, lambda hp, epochs, start: train(configuration_of(hp.values), epochs, start)
    hypermodel = as_hypermodel(model)
    own = ("optimizer", "batch_size", "loss", "metrics")
    others = [name for name, value in shared.items() if name not in own and value is not None]
    if others:
        raise ValueError(
            f"build_model decides about {', '.join(others)} itself. Set it inside the function, or search a model "
            "instead of a function."
        )
    settings = {"loss": shared["loss"], "metrics": shared["metrics"], "shuffle": True}
    batch_size = table.HYPERPARAMETERS["batch_size"].check(shared["batch_size"])
    common = {"optimizer": shared["optimizer"], "batch_size": batch_size, "seed": seed}

    def job(built: keras.Model) -> Job:
        return Job(built, data, objective, common, settings)

    build = BuildRunner(hypermodel, job)
    build.check_defaults()
    return hypermodel, build


def as_hypermodel(build: Any) -> keras_tuner.HyperModel:
    """A function as a hypermodel; one that is a hypermodel already stays as it is.

    Raises:
        TypeError: If it is a class.
    """
    import keras_tuner

    if isinstance(build, type):
        raise TypeError(
            f"Give an object, not the class: {build.__name__}(...). Received: the class {build.__name__}"
        )
    if isinstance(build, keras_tuner.HyperModel):
        return build

    class FromFunction(keras_tuner.HyperModel):
        """What a plain function builds."""

        def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
            return build(hp)

    return FromFunction()
