"""Read what a finished run says of itself, whichever lab or function made it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_WORDS = {
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
    "loss": "training loss",
    "accuracy": "training accuracy",
    "l1": "L1",
    "l2": "L2",
}


def in_words(name: str) -> str:
    """The name of a curve or hyperparameter as a learner reads it.

    Example:
        >>> in_words("val_loss"), in_words("learning_rate")
        ('validation loss', 'learning rate')
    """
    return _WORDS.get(name, name.replace("_", " "))


def hyperparameters_of(run: Any) -> dict[str, Any]:
    """The values a run was trained with.

    Args:
        run: An object with `hyperparameters` or `settings`: a mapping or a dataclass.

    Returns:
        Name to value; empty where the run says nothing.
    """
    for name in ("hyperparameters", "settings"):
        values = getattr(run, name, None)
        if isinstance(values, Mapping):
            return dict(values)
        if dataclasses.is_dataclass(values) and not isinstance(values, type):
            return dataclasses.asdict(values)
    return {}


def curve_of(run: Any, metric: str) -> np.ndarray:
    """One curve of a run.

    Args:
        run: An object whose `history` maps names to numbers, one per epoch.
        metric: A name such as `"val_loss"`.

    Returns:
        float64, shape (epochs,). Repeats of one setting, shape (repeats, epochs), are averaged: a goal must
        not be met by the luckiest seed.

    Raises:
        TypeError: There is no history.
        ValueError: The history has no such curve, or it has another shape.
    """
    history = getattr(run, "history", None)
    if not isinstance(history, Mapping):
        raise TypeError(f"A run has a history of curves; received {type(run).__name__} without one.")
    if metric not in history:
        raise ValueError(
            f"The run has no curve {metric!r}; it has {', '.join(map(repr, history)) or 'none'}."
        )
    curve = np.asarray(history[metric], dtype=np.float64)
    if curve.ndim == 2:
        curve = curve.mean(axis=0)
    if curve.ndim != 1:
        raise ValueError(f"A curve has one value per epoch; {metric!r} has the shape {curve.shape}.")
    return curve


def is_run(thing: Any) -> bool:
    """Whether an object looks like a finished run."""
    return isinstance(getattr(thing, "history", None), Mapping)


def runs_of(thing: Any) -> list[Any]:
    """The runs that a learner handed over.

    Args:
        thing: A run, a list of runs, a sweep, or a lab (anything with `runs`).

    Returns:
        The runs in order, without those that have not finished an epoch yet.

    Raises:
        TypeError: It is none of these.
    """
    if is_run(thing):
        # A sweep has a history too, but one row per network; it hands out one run for each.
        runs: Any = list(thing) if hasattr(thing, "members") else [thing]
    else:
        runs = getattr(thing, "runs", thing)
    if isinstance(runs, Sequence) and not isinstance(runs, str) and all(is_run(run) for run in runs):
        return [run for run in runs if any(np.size(curve) for curve in run.history.values())]
    raise TypeError(f"Give a run, a list of runs, a sweep or a lab; received {type(thing).__name__}.")


def run_summary(run: Any) -> dict[str, Any]:
    """What is worth keeping of a run: its values, its length, its best validation loss, its diagnosis.

    Args:
        run: A run.

    Returns:
        `hyperparameters`, `epochs`, and where known `best_val_loss`, `best_epoch` (counted from 1),
        `diagnosis`.

    Raises:
        TypeError: There is no history.
    """
    if not is_run(run):
        raise TypeError(f"A run has a history of curves; received {type(run).__name__} without one.")
    entry: dict[str, Any] = {"hyperparameters": hyperparameters_of(run)}
    if "val_loss" in run.history:
        curve = curve_of(run, "val_loss")
        entry["epochs"] = len(curve)
        if np.isfinite(curve).any():
            entry["best_val_loss"] = float(np.nanmin(curve))
            entry["best_epoch"] = int(np.nanargmin(curve)) + 1
    else:
        entry["epochs"] = max((len(values) for values in run.history.values()), default=0)
    kind = getattr(getattr(run, "diagnosis", None), "kind", None)
    if kind is not None:
        entry["diagnosis"] = str(kind)
    return entry
