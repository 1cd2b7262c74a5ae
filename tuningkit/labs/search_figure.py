"""A SearchLab as a still picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.search_sentences import label
from tuningkit.labs.search_snapshot import SearchSnapshot, best_line
from tuningkit.labs.static_picture import empty_figure
from tuningkit.search.race import METHOD_LABELS
from tuningkit.training.hyperparameters import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def search_figure(snapshot: SearchSnapshot) -> Figure:
    """The whole landscape with every method's points, and the best so far against the epochs spent.

    Args:
        snapshot: The lab's state.
    """
    if snapshot.landscape is None:
        return empty_figure("Nothing searched yet. Press Play, or call lab.run().")
    from tuningkit import plots

    figure = plots.new_figure(11.0, 4.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    _draw_map(left, snapshot)
    _draw_race(right, snapshot)
    return figure


def _draw_map(ax: Axes, snapshot: SearchSnapshot) -> None:
    from tuningkit import plots

    scape = snapshot.landscape
    scores = scape.scores()
    x, y = scape.names
    plots.heat_map(
        scores.T,
        [format_value(v) for v in scape.values[x]],
        [format_value(v) for v in scape.values[y]],
        x_name=label(x),
        y_name=label(y),
        value_label=scape.objective.replace("val_", "validation ").replace("_", " "),
        best=None if np.isnan(scores).all() else "max" if scape.direction == "max" else "min",
        ax=ax,
    )
    # All methods, so that each keeps its colour and marker.
    places = {METHOD_LABELS[name]: [] for name in METHOD_LABELS}
    for name in snapshot.settings.methods:
        places[METHOD_LABELS[name]] = [look.proposal.point[:2] for look in snapshot.looks.get(name, ())]
    plots.look_points(ax, places, shape=scape.shape)


def _draw_race(ax: Axes, snapshot: SearchSnapshot) -> None:
    from tuningkit import plots

    spread = snapshot.spread
    nothing = (np.zeros(0), np.zeros(0))
    curves: dict[str, tuple] = {METHOD_LABELS[name]: nothing for name in METHOD_LABELS}
    for name in snapshot.settings.methods:
        if spread is not None and name in spread.best:
            curves[METHOD_LABELS[name]] = (spread.epochs, spread.median(name), *spread.quartiles(name))
        elif snapshot.looks.get(name):
            curves[METHOD_LABELS[name]] = best_line(snapshot, name)
    title = "Best so far, this race"
    if spread is not None:
        title = f"Best so far: median and middle half of {len(spread.seeds)} seeds"
    measure = snapshot.landscape.objective.replace("val_", "validation ").replace("_", " ")
    plots.best_so_far(curves, metric_label=measure, ax=ax, title=title)
