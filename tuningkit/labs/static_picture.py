"""A lab as a still picture, for exported pages, GitHub and screens without widgets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.labs.grid_search_session import GridSnapshot
    from tuningkit.labs.grid_search_view import GridView
    from tuningkit.labs.records import Record
    from tuningkit.labs.sweep_session import SweepSession
    from tuningkit.labs.sweep_view import SweepView

# Matplotlib's font cache and text layout are not made for two threads at once.
_DRAWING = threading.Lock()


def mime_bundle(live: dict[str, Any], figure: Figure, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A widget's display data with a picture and words beside the live view.

    Args:
        live: What ipywidgets itself would show.
        figure: The same as a Matplotlib figure.
        words: The same in words.

    Returns:
        Display data: front ends with widgets show the live lab, all others the picture, text screens the words. And
        their metadata: the words are the text alternative of the picture, for exporters that ask for one.
    """
    from tuningkit import plots

    with _DRAWING:
        picture = plots.to_png(figure)
    # Settings are written as in an address; read aloud, commas are kinder.
    spoken = " ".join(words.replace("&", ", ").split()).rstrip(".")
    alt = f"{spoken}. {plots.figure_words(figure)}"
    return {**live, "image/png": picture, "text/plain": words}, {"image/png": {"alt": alt}}


#: What a reader of an exported page needs to know: there is no button to press on it.
STILL = (
    "This is a still picture of a lab. Open the notebook in JupyterLab and run its cells to use it.\n"
    "For a page with curves, train in the notebook, for example with lab.train().wait(), and end a cell with "
    "lab.figure()."
)


def empty_figure(words: str) -> Figure:
    """A figure that says that there is nothing to show yet, and what to do about it.

    Args:
        words: What is missing, and which button or call brings it.
    """
    from tuningkit import plots

    figure = plots.new_figure(8.6, 1.4)
    for height, size, colour, text in ((0.68, 11, "#222", words), (0.3, 9, "#555", STILL)):
        figure.text(0.5, height, text, ha="center", va="center", fontsize=size, color=colour, wrap=True)
    return figure


def runs_figure(records: list[Record], panels: list[str]) -> Figure:
    """The latest run of a TuningLab with those before it as ghosts, as a Matplotlib figure.

    Args:
        records: Oldest first.
        panels: Names of the curves: the loss, and the metric if there is one.
    """
    from tuningkit import plots
    from tuningkit.labs.settings_string import describe_change

    if not records:
        return empty_figure("No run yet. Press Train, or call lab.train().")

    def drawn(record: Record) -> dict[str, Any]:
        return {key: record.members[key] for name in panels for key in (name, f"val_{name}")}

    last = records[-1]
    return plots.learning_curves(
        drawn(last),
        ghosts=[drawn(record) for record in records[-6:-1]],
        markers=[
            (change.epoch, describe_change(change.name, change.old, change.new))
            for change in last.run.changes
        ],
        title=f"Run {last.number}: {last.run.diagnosis.kind}",
    )


def sweep_figure(session: SweepSession, view: SweepView) -> Figure:
    """A sweep as a Matplotlib figure: the fan and the score against the value, or the heat map."""
    from tuningkit import plots
    from tuningkit.labs.sweep_view import SCORES
    from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

    snapshot = session.latest
    if not snapshot.epochs:
        return empty_figure("Not trained yet. Press Train, or call lab.train().")
    curves = snapshot.history["val_loss"]
    names = list(session.grid)
    scores = view.seed_scores(snapshot)
    words = SCORES[view.at]
    figure = plots.new_figure(9.6 if len(names) == 1 else 6.4, 4.0)
    if len(names) == 1:
        left, right = figure.subplots(1, 2)
        values = session.grid[names[0]]
        plots.sweep_fan(curves.mean(axis=1), values, name=names[0], ax=left)
        plots.metric_against(values, scores.T, name=names[0], metric_label=words, ax=right)
        return figure
    scores = scores.mean(axis=-1)
    plots.heat_map(
        scores,
        [format_value(v) for v in session.grid[names[1]]],
        [format_value(v) for v in session.grid[names[0]]],
        x_name=HYPERPARAMETERS[names[1]].label,
        y_name=HYPERPARAMETERS[names[0]].label,
        value_label=words,
        best=None if np.isnan(scores).all() else "min",
        ax=figure.subplots(),
    )
    return figure


def grid_search_figure(snapshot: GridSnapshot, view: GridView) -> Figure:
    """A grid search as a Matplotlib figure: the map of mean scores, failed cells hatched."""
    from tuningkit import plots
    from tuningkit.training.hyperparameters import format_value

    plan = view.plan
    rows = len(snapshot.cells) // plan.shape[1]
    if not rows:
        return empty_figure("Not fitted yet. Press Train, or call lab.train().")
    means = np.array([cell.mean for cell in snapshot.cells[: rows * plan.shape[1]]]).reshape(rows, -1)
    figure = plots.new_figure(8.6, 1.8 + 0.5 * max(2, rows))
    plots.heat_map(
        means,
        [format_value(v) for v in plan.values[1]],
        [format_value(v) if plan.names[0] else "all" for v in plan.values[0][:rows]],
        x_name=plan.labels[1],
        y_name=plan.labels[0] or "parameters",
        value_label=plan.score_name,
        best=None if np.isnan(means).all() else "max",
        missing="fit failed",
        ax=figure.subplots(),
        title=f"{snapshot.cut.search}: {snapshot.cut.in_words()}",
    )
    return figure
