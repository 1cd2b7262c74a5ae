"""Checks of a search over one model's hyperparameters: names, ranges, and what cannot be searched in a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuningkit.search.groups import Job
from tuningkit.search.one_by_one import check_measured
from tuningkit.search.space import Choice, Dimension, Integer
from tuningkit.training import hyperparameters as table
from tuningkit.training.grid_sweep import STRUCTURAL, check_grid
from tuningkit.training.single_run import KEYWORDS, check_optimizer_settings

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

#: What a search over a model can be about.
SEARCHABLE = (*table.MEMBER_HYPERPARAMETERS, "seed", *STRUCTURAL)


def check_names_and_values(space: Mapping[str, Dimension]) -> None:
    """Check that every name is a hyperparameter and every range within what it can be.

    Raises:
        ValueError: If a name is unknown, or a value out of range.
        TypeError: If a range of fractions stands for a hyperparameter that takes whole numbers or names.
    """
    for name, dimension in space.items():
        table.check_name(name, SEARCHABLE)
        entry = table.HYPERPARAMETERS[name]
        if isinstance(dimension, Choice):
            check_grid({name: list(dimension.values)})
            continue
        if entry.kind == "choice" or (entry.kind == "integer" and not isinstance(dimension, Integer)):
            right = "a list of names" if entry.kind == "choice" else "a list, or tk.search.Integer"
            raise TypeError(f"{name} takes {right}. Received: {name}={dimension}")
        for end in (dimension.low, dimension.high):
            entry.check(end)


def check_request(
    model: keras.Model,
    data: Dataset,
    space: Mapping[str, Dimension],
    objective: str,
    shared: Mapping[str, Any],
    seed: int | None,
    *,
    one_by_one: bool = False,
) -> Job:
    """Check what a search in graphs is asked for, and return what its trials have in common.

    Args:
        model: The network.
        data: The data.
        space: From :func:`tuningkit.search.space.check_space`.
        objective: What is compared.
        shared: ``optimizer``, ``batch_size``, ``loss``, ``metrics`` and hyperparameters that are not searched.
        seed: Of initial weights, batch order and noise.
        one_by_one: Whether trials are trained one after the other, so that ``model.fit`` can stand in.

    Raises:
        ValueError: If something does not fit; the message says what would be right.
        TypeError: If model, data or a value are of another kind.
    """
    from tuningkit.training.fallback import why_not_vectorised

    check_names_and_values(space)
    settings = {"loss": shared["loss"], "metrics": shared["metrics"], "shuffle": shared.get("shuffle", True)}
    fixed = {name: value for name, value in shared.items() if name not in settings}
    for name in fixed:
        table.check_name(name, KEYWORDS)
    both = sorted(name for name in space if fixed.get(name) is not None and name != "batch_size")
    if both:
        raise ValueError(f"{', '.join(both)} stands in the space and as a fixed value. Give it once.")
    table.check_all({name: value for name, value in fixed.items() if name in table.HYPERPARAMETERS})
    fixed["batch_size"] = table.HYPERPARAMETERS["batch_size"].check(fixed["batch_size"])
    fixed["seed"] = None if "seed" in space else table.check_value("seed", seed)
    reason = why_not_vectorised(model, data, shared["metrics"], shared["optimizer"])
    if reason is not None and not one_by_one:
        raise ValueError(
            f"{reason} Such a model cannot be searched in one graph; tk.search.with_keras_tuner and "
            "tk.search.with_hyperopt train one trial after the other."
        )
    asked = {name: value for name, value in fixed.items() if name in table.OPTIMIZER_HYPERPARAMETERS}
    optimizers = space["optimizer"].values if "optimizer" in space else [fixed["optimizer"]]
    for one in optimizers:
        check_optimizer_settings(model, one, asked)
    if not isinstance(objective, str):
        raise TypeError(f"objective must be the name of a curve, such as 'val_loss'. Received: {objective!r}")
    job = Job(model, data, objective, fixed, settings)
    check_measured(job)
    return job
