"""Search methods that race: where each has looked, and the best that each has found."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: By place: marker and line of a method; colours come from the palette.
_MARKERS = ("s", "o", "D", "^", "P", "v")
_LINES = ("-", (0, (7, 3)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)), (0, (4, 2)), (0, (2, 2)))


def best_so_far(
    curves: Mapping[str, tuple[Any, ...]],
    *,
    metric_label: str = "validation loss",
    spent_label: str = "epochs of training spent",
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw the best objective that each method has found against what it has spent.

    Args:
        curves: By method, (spent, best), or (spent, middle, low, high) for a band such as the quartiles over seeds;
            each of shape (points,). NaN where nothing is found yet.
        metric_label: The objective's name, for the axis.
        spent_label: What is spent, for the axis.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If a curve is not made of numbers.
        ValueError: If lengths do not fit.

    Example:
        >>> ax = best_so_far({"grid": ([18, 36], [0.9, 0.4]), "random": ([18, 36], [0.5, 0.3])})
    """
    ax = style.axes_or_new(ax)
    drawn = []
    for place, (name, parts) in enumerate(curves.items()):
        if len(parts) not in (2, 4):
            raise ValueError(
                f"{name} must be (spent, best) or (spent, middle, low, high), but it has {len(parts)} parts."
            )
        spent, *rest = (as_floats(part, name, "(points,)") for part in parts)
        for part in rest:
            require_length(part, len(spent), name, "one per point spent")
        colour = style.PALETTE[place % len(style.PALETTE)]
        line = _LINES[place % len(_LINES)]
        ax.plot(spent, rest[0], color=colour, linestyle=line, linewidth=2, label=name, gid=f"best of {name}")
        if len(rest) == 3:
            ax.fill_between(spent, rest[1], rest[2], color=colour, alpha=0.12, linewidth=0, gid="band")
        drawn.append(rest[0])
    # Racing methods soon differ in the third digit: a log scale shows it from a factor of 3 on.
    values = np.concatenate(drawn) if drawn else np.zeros(0)
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 3 * finite.min():
        style.log_axis(ax.yaxis)
    style.dress(ax, x_label=spent_label, y_label=style.y_label(ax, f"best {metric_label}"), title=title)
    if drawn:
        ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def look_points(ax: "Axes", places: Mapping[str, Any], *, shape: tuple[int, int]) -> "Axes":
    """Mark on a heat map where each method has looked.

    Args:
        ax: Axes on which `heat_map` has drawn.
        places: By method, places from 0 to 1 along columns and rows, shape (looks, 2).
        shape: Columns and rows of the heat map.

    Returns:
        The axes.

    Raises:
        ValueError: If places have another shape.

    Example:
        >>> ax = heat_map([[0.5, 0.2]], [0.1, 0.01], [0.0], x_name="learning rate", y_name="dropout")
        >>> ax = look_points(ax, {"random": [[0.1, 0.9]]}, shape=(2, 1))
    """
    for number, (name, points) in enumerate(places.items()):
        points = as_floats(points, name, "(looks, 2)") if len(points) else np.zeros((0, 2))
        if points.shape[1] != 2:
            raise ValueError(f"{name} must have the shape (looks, 2), but it has {points.shape}.")
        ax.plot(
            points[:, 0] * shape[0] - 0.5,
            points[:, 1] * shape[1] - 0.5,
            linestyle="none",
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=5 if len(points) > 40 else 7,
            color=style.PALETTE[number % len(style.PALETTE)],
            markeredgecolor="white",
            label=name,
            gid=f"looks of {name}",
        )
    return ax
