"""``tk.search``: many configurations of one network, trained at once, as a table of trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from tuningkit import _preload
from tuningkit.search.configurations import grid_configurations, random_configurations
from tuningkit.search.space import Dimension, check_space
from tuningkit.search.trials import Trials
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras
    from distributed import Client

    from tuningkit.datasets import Dataset

#: Methods that run here, and those that the libraries run.
OWN_METHODS = ("random", "grid", "halving")
LIBRARY_METHODS = {"bayesian": "KerasTuner", "hyperband": "KerasTuner", "tpe": "Hyperopt"}


def search(
    model: keras.Model,
    data: Dataset,
    space: Mapping[str, Any],
    *,
    method: str = "random",
    trials: int = 64,
    epochs: int = 30,
    seed: int | None = 0,
    objective: str = "val_loss",
    eta: float = 3,
    min_epochs: int = 1,
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
    progress: bool = True,
    client: Client | None = None,
    **fixed: float | None,
) -> Trials:
    """Search hyperparameters of a Keras model, all trials in one compiled graph, and return the table of trials.

    All trials start from the same weights and see the same batches, so that they differ by the configuration
    alone. Values of ``batch_size`` and ``optimizer`` need a graph each; what does not fit into memory at once is
    trained in several. A trial's objective is its best epoch's.

    Args:
        model: A built Keras model with one input and one output. It is never changed.
        data: The data.
        space: What to search, by hyperparameter: ``tk.search.Log``, ``Uniform`` or ``Integer`` for a range, a list
            for a choice. ``learning_rate``, ``dropout``, ``l1``, ``l2``, ``batch_size``, ``optimizer``, ``seed``.
        method: "random" draws configurations; "grid" tries all combinations; "halving" draws, and gives most
            epochs to those that do well early. "bayesian" and "hyperband" are run by KerasTuner, "tpe" by Hyperopt,
            one trial after the other; see :func:`with_keras_tuner` and :func:`with_hyperopt`.
        trials: How many configurations; of a grid, at most.
        epochs: Epochs of a trial; with halving, of those that are never dropped.
        seed: Of the draws, and as in :func:`tuningkit.train`. None: the weights that the model has.
        objective: A curve of the history: "val_loss" (the data loss, without L1/L2) or a metric such as
            "val_accuracy".
        eta: With halving, of how many configurations one stays at each cut.
        min_epochs: With halving, epochs before the first cut, at least.
        optimizer: As in :func:`tuningkit.train`, unless it is searched.
        batch_size: Rows per step, unless it is searched.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        progress: Whether to show a bar with the time left if it takes more than two seconds.
        client: A client of Dask whose workers train the trials; None for this machine. With "random", "grid" and
            "halving", whose trials do not wait for one another, the table is the same. See docs/many_machines.md.
        **fixed: Values shared by all trials, such as ``dropout=0.2``.

    Returns:
        The trials. One that diverged is a row that says so. Interrupted with Ctrl-C, the trials so far;
        with a client, those that had arrived, likewise if the connection is lost. ``note`` says so.

    Raises:
        ValueError: If a name is unknown, a value out of range, the objective not measured, the grid larger than
            ``trials``, or the model one that needs ``model.fit``; the message says what would be right.
        TypeError: If the space is no mapping, or model, data or client are of another kind.
        ImportError: If there is a client, but no Dask.
        ConnectionError: If the cluster is lost before any trial has arrived.

    Example:
        >>> space = {"learning_rate": tk.search.Log(1e-4, 1), "l2": tk.search.Log(1e-7, 0.1)}
        >>> trials = tk.search(model, digits, space, method="halving", trials=64, epochs=30)
        >>> run = tk.train(model, digits, **trials.best.configuration, epochs=30, seed=0)

    Reference:
        Bergstra & Bengio (2012), https://jmlr.org/papers/v13/bergstra12a.html; Jamieson & Talwalkar (2016),
        https://arxiv.org/abs/1502.07943
    """
    _preload.check_backend()
    shared = {"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics, **fixed}
    if client is not None and method in LIBRARY_METHODS:
        raise ValueError(
            f"method={method!r} chooses each trial by what the ones before it brought, one after the other: more "
            "machines would wait. With client=, use one of: " + ", ".join(OWN_METHODS)
        )
    if method in LIBRARY_METHODS:
        return _by_a_library(
            model, data, space, method, shared,
            trials=trials, epochs=epochs, seed=seed, objective=objective, progress=progress,
        )  # fmt: skip
    if method not in OWN_METHODS:
        raise ValueError(
            f"method must be one of: {', '.join([*OWN_METHODS, *LIBRARY_METHODS])}. Received: method={method!r}"
        )
    from tuningkit.search.halving import ladder
    from tuningkit.search.model_space import check_request

    trials, epochs = check_trials(trials), table.HYPERPARAMETERS["epochs"].check(epochs)
    space = check_space(space)
    job = check_request(model, data, space, objective, shared, seed)
    if method == "grid":
        configurations = grid_configurations(space, trials)
    else:
        configurations = random_configurations(space, trials, seed or 0)
    rungs = ladder(len(configurations), epochs, eta, min_epochs) if method == "halving" else None
    return _run(job, space, method, configurations, epochs, rungs, progress, wanted=trials, client=client)


def check_trials(trials: Any) -> int:
    """Check a number of trials.

    Raises:
        ValueError: If it is not a whole number of at least 1.
    """
    import numpy as np

    if isinstance(trials, bool) or not isinstance(trials, (int, np.integer)) or trials < 1:
        raise ValueError(f"trials must be a whole number of at least 1. Received: trials={trials!r}")
    return int(trials)


def _by_a_library(model, data, space, method, shared, **settings) -> Trials:
    if LIBRARY_METHODS[method] == "KerasTuner":
        from tuningkit.search.keras_tuner_adapter import with_keras_tuner

        return with_keras_tuner(model, data, space, method=method, **settings, **shared)
    from tuningkit.search.hyperopt_adapter import with_hyperopt

    return with_hyperopt(model, data, space, **settings, **shared)


def _run(
    job: Any,
    space: Mapping[str, Dimension],
    method: str,
    configurations: list[dict[str, Any]],
    epochs: int,
    rungs: Sequence[Any] | None,
    progress: bool,
    wanted: int,
    client: Any = None,
) -> Trials:
    from tuningkit.search.groups import direction_of, train_in_graphs
    from tuningkit.search.halving import train_with_halving
    from tuningkit.training.lock import training_turn
    from tuningkit.training.progress import progress_bar

    count = len(configurations)
    whole = count * epochs
    if rungs is not None:
        before = [0, *(rung.epochs for rung in rungs)]
        total = sum(rung.trials * (rung.epochs - early) for rung, early in zip(rungs, before, strict=False))
    else:
        total = whole
    begin = time.perf_counter()
    with (
        # Workers have turns of their own.
        training_turn() if client is None else nullcontext(),
        progress_bar(total, f"{method.capitalize()} search", unit="trial-epoch", show=progress) as step,
    ):
        note = ""
        if client is not None:
            from tuningkit.search.cluster_search import ClusterSearch

            remote = ClusterSearch(client, job, configurations, step)
            done, interrupted, note = (
                remote.to_the_end(epochs) if rungs is None else remote.with_halving(rungs)
            )
        elif rungs is None:
            done, interrupted = train_in_graphs(job, configurations, epochs, step)
        else:
            done, interrupted = train_with_halving(job, configurations, rungs, step)
    notes = [note] if note else []
    if count < wanted and method != "grid":
        notes.append(f"The space holds no more than {count} configurations.")
    if len(done) < count and not note:
        notes.append(f"{count - len(done)} of {count} trials were not begun.")
    cut = [trial for trial in done if trial.status == "stopped early"]
    return Trials(
        tuple(done),
        objective=job.objective,
        direction=direction_of(job.objective),
        method=method,
        seconds=time.perf_counter() - begin,
        space=dict(space),
        epochs_saved=float(sum(epochs - trial.epochs for trial in cut)),
        side_by_side=rungs is not None,
        interrupted=interrupted,
        note=" ".join(notes),
    )
