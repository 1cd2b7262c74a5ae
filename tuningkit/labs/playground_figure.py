"""A playground as a still picture: the plane as the trained network sees it, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.extra_views import probabilities
from tuningkit.labs.playground_data import extent_of, grid_points
from tuningkit.labs.records import Record
from tuningkit.labs.settings_string import describe_change

if TYPE_CHECKING:
    import keras
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset

_SIDE = 100


def playground_figure(
    records: Sequence[Record], panels: Sequence[str], model: keras.Model, data: Dataset
) -> Figure:
    """The latest run with its plane, and those before it as ghosts of its curves.

    Args:
        records: Runs of the same problem, oldest first, at least one.
        panels: Names of the curves: the loss and the metric.
        model: The latest run's network with its trained weights.
        data: What it was trained on.
    """
    from tuningkit import plots

    last = records[-1]
    figure = plots.new_figure(4.6 * (1 + len(panels)), 4.0)
    plane, *axes = figure.subplots(1, 1 + len(panels))
    epochs = f"{last.run.epochs} epoch{'s' if last.run.epochs != 1 else ''}"
    _draw_plane(plane, model, data, f"Run {last.number} after {epochs}")
    markers = [
        (change.epoch, describe_change(change.name, change.old, change.new)) for change in last.run.changes
    ]

    def drawn(record: Record, metric: str) -> dict[str, Any]:
        return {name: record.members[name] for name in (metric, f"val_{metric}")}

    for metric, ax in zip(panels, axes, strict=True):
        ghosts = [drawn(record, metric) for record in records[-6:-1]]
        plots.curves(drawn(last, metric), metric=metric, ax=ax, ghosts=ghosts, markers=markers)
    return figure


def _draw_plane(ax: Axes, model: keras.Model, data: Dataset, title: str) -> None:
    from tuningkit import plots

    extent = extent_of(data)
    answers = np.asarray(model(grid_points(extent, _SIDE)), float)
    if data.task == "classification":
        shares = np.nan_to_num(probabilities(answers, from_logits=True))
        plots.decision_boundary(
            shares.argmax(axis=1).reshape(_SIDE, _SIDE),
            np.clip(shares.max(axis=1), 0, 1).reshape(_SIDE, _SIDE),
            extent,
            data.x_train,
            data.y_train,
            class_names=data.class_names,
            ax=ax,
            title=title,
        )
        return
    reach = float(np.abs(data.y_train).max())
    colours = {"cmap": "viridis_r", "vmin": -reach, "vmax": reach}
    ax.imshow(answers.reshape(_SIDE, _SIDE), origin="lower", extent=extent, aspect="auto", **colours)
    points = ax.scatter(*data.x_train.T, c=data.y_train, s=16, edgecolors="#555", linewidths=0.6, **colours)
    ax.figure.colorbar(points, ax=ax, label="height: points and prediction")
    ax.set(xlabel="x1", ylabel="x2", title=title)
