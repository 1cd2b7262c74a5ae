"""Hyperopt's real TPE, as a table of trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningkit import _preload
from tuningkit.search.attempts import Attempts, record_in
from tuningkit.search.conversions import to_hyperopt
from tuningkit.search.groups import direction_of
from tuningkit.search.space import Integer, check_space
from tuningkit.search.trials import Trials
from tuningkit.search.vectorized import check_trials
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset


def with_hyperopt(
    model: keras.Model,
    data: Dataset,
    space: Mapping[str, Any],
    *,
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
    """Search with Hyperopt's tree-structured Parzen estimator (TPE), one trial after the other.

    TPE compares two densities: that of the hyperparameters of the good trials so far, l(x), and that of the others,
    g(x). It proposes the draw from l with the largest l(x) / g(x). Its first 20 proposals are random.

    Args:
        model: A built Keras model. It is never changed.
        data: The data.
        space: What to search, as for ``tk.search``.
        trials: How many.
        epochs: Epochs of a trial.
        seed: Of the proposals, and as in :func:`tuningkit.train`.
        objective: "val_loss" (without L1/L2) or a metric such as "val_accuracy".
        directory: A folder that keeps finished trials: called again with the same arguments, after an interrupt
            or a restart of the kernel, the search goes on where it was. None leaves nothing behind.
        optimizer: As in :func:`tuningkit.train`, unless it is searched.
        batch_size: Rows per step, unless it is searched.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        progress: Whether to show a bar with the time left if it takes more than two seconds.
        **fixed: Values shared by all trials, such as ``dropout=0.2``.

    Returns:
        The trials. One that diverged or failed is a row; interrupted with Ctrl-C, the trials so far.

    Raises:
        ValueError: If something does not fit together; the message says what would.
        TypeError: If model, data or space are of another kind.

    Example:
        >>> space = {"learning_rate": tk.search.Log(1e-4, 1), "batch_size": [16, 32, 64]}
        >>> tk.search.with_hyperopt(model, digits, space, trials=40, epochs=10).best

    Reference:
        Bergstra et al. (2011), https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
    """
    _preload.check_backend()
    trials, epochs = check_trials(trials), table.HYPERPARAMETERS["epochs"].check(epochs)
    space = check_space(space)
    shared = {"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics, **fixed}

    import hyperopt
    import numpy as np

    from tuningkit.search.model_space import check_request
    from tuningkit.search.one_by_one import ModelRunner
    from tuningkit.training.lock import training_turn
    from tuningkit.training.progress import progress_bar

    train = ModelRunner(check_request(model, data, space, objective, shared, seed, one_by_one=True))
    record = record_in(
        directory, space=space, shared=shared,
        method="tpe", trials=trials, epochs=epochs, seed=seed, objective=objective,
    )  # fmt: skip
    sign = 1 if direction_of(objective) == "min" else -1
    begin = time.perf_counter()
    interrupted = False
    with training_turn(), progress_bar(trials, "TPE search", unit="trial", show=progress) as step:
        attempts = Attempts(objective, epochs, seed, step=step, record=record)

        def measure(proposed: Mapping[str, Any]) -> dict[str, Any]:
            # Hyperopt sorts names; the table has them as the learner wrote them. Whole numbers come as floats.
            configuration = {
                name: int(proposed[name]) if isinstance(dimension, Integer) else proposed[name]
                for name, dimension in space.items()
            }
            trial, _ = attempts.attempt(configuration, lambda: train(configuration, epochs))
            if not trial.scored:
                return {"status": hyperopt.STATUS_FAIL}
            return {"status": hyperopt.STATUS_OK, "loss": sign * trial.objective}

        try:
            hyperopt.fmin(
                measure,
                to_hyperopt(space),
                algo=hyperopt.tpe.suggest,
                max_evals=trials,
                rstate=np.random.default_rng(seed or 0),
                verbose=False,
                return_argmin=False,
            )
        except hyperopt.exceptions.AllTrialsFailed:
            pass  # The table says so, and why.
        except KeyboardInterrupt:
            if not attempts.trials:
                raise
            interrupted = True
    return Trials(
        tuple(attempts.trials),
        objective=objective,
        direction=direction_of(objective),
        method="tpe",
        library="Hyperopt",
        seconds=time.perf_counter() - begin,
        space=space,
        interrupted=interrupted,
        note=attempts.note,
    )
