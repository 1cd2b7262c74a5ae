"""What Keras records of a training, as runs: History, CSVLogger, and tables with a row per epoch."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.run import Run

if TYPE_CHECKING:
    import pandas

_KERAS_NOTE = "Recorded by Keras: loss and val_loss hold the L1/L2 penalty."


def read_log(log: Any, hyperparameters: Mapping[str, Any]) -> Run:
    """A run from Keras's ``History``, its dictionary of curves, or a file of ``CSVLogger``."""
    if isinstance(log, str | Path):
        return _run(_columns(log), hyperparameters, _KERAS_NOTE)
    curves = getattr(log, "history", log)
    if not isinstance(curves, Mapping):
        raise TypeError(
            "Give the History that model.fit returns, its dictionary of curves, or the path of a CSV file. "
            f"Received: {type(log).__name__}"
        )
    return _run(curves, hyperparameters, _KERAS_NOTE)


def read_table(path: str | Path, hyperparameters: Mapping[str, Any]) -> Run:
    """A run from the file that ``run.to_csv(path)`` wrote."""
    return _run(_columns(path), hyperparameters)


def read_frame(frame: pandas.DataFrame, hyperparameters: Mapping[str, Any]) -> Run:
    """A run from the table that ``run.to_frame()`` made."""
    return _run({name: frame[name].to_numpy() for name in frame.columns}, hyperparameters)


def as_history(run: Run) -> dict[str, list[float]]:
    """A run's curves as Keras names and mixes them."""
    history = {name: [float(value) for value in curve] for name, curve in run.history.items()}
    for loss, penalty in (("loss", "penalty"), ("val_loss", "val_penalty")):
        if penalty in history:
            added = np.add(history[loss], history.pop(penalty)) if loss in history else []
            history[loss] = [float(value) for value in added]
    return history


def _columns(path: str | Path) -> dict[str, list[float]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        # CSVLogger may be told to part its columns by something else.
        sample = file.readline()
        file.seek(0)
        separator = max(",;\t", key=sample.count)
        rows = list(csv.DictReader(file, delimiter=separator))
    try:
        return {name: [_number(row[name]) for row in rows] for name in (rows[0] if rows else {})}
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{str(path)!r} is not a table of numbers with one row per epoch: {error}"
        ) from error


def _number(text: str) -> float:
    # CSVLogger writes "NA" for what an epoch did not measure.
    return float("nan") if text in ("", "NA") else float(text)


def _run(curves: Mapping[str, Any], hyperparameters: Mapping[str, Any], note: str = "") -> Run:
    history = {name: np.asarray(curve, float) for name, curve in curves.items() if name != "epoch"}
    if "loss" not in history or not len(history["loss"]):
        raise ValueError(
            f"A run needs a curve 'loss' with at least one epoch. Received: {', '.join(history) or 'nothing'}"
        )
    lengths = {name: len(curve) for name, curve in history.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"All curves must have the same number of epochs. Received: {lengths}")
    finite = np.isfinite(history["loss"])
    diverged = None if finite.all() else int(np.argmin(finite)) + 1
    return Run(history, dict(hyperparameters), weights=[], diverged_at=diverged, note=note)
