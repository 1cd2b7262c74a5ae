"""How a hyperparameter moved in a population, and the way of the network that won."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def population_paths(
    values: Any,
    lineage: Any,
    *,
    name: str = "learning_rate",
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw the value in every place of a population, epoch by epoch, and the best network's own way in bold.

    Args:
        values: The hyperparameter, shape (members, epochs).
        lineage: The place in which the best network was in each epoch, shape (epochs,).
        name: The hyperparameter's name, for the axis.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If values are not numbers.
        ValueError: If shapes do not fit, or the lineage names a place that there is not.

    Example:
        >>> ax = population_paths([[0.1, 0.1, 0.1], [0.5, 0.5, 0.12]], [0, 0, 1])
        >>> ax.lines[-1].get_ydata()
        array([0.1 , 0.1 , 0.12])
    """
    values = as_floats(values, "values", "(members, epochs)")
    members, epochs = values.shape
    places = np.asarray(lineage)
    require_length(places, epochs, "lineage", "one place per epoch of values")
    if places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= members:
        raise ValueError(f"lineage must hold places from 0 to {members - 1}. Received: {places!r}")
    ax = style.axes_or_new(ax)
    x = np.arange(1, epochs + 1)
    for place, row in enumerate(values):
        label = "places of the population" if place == 0 else None
        ax.step(
            x,
            row,
            where="mid",
            color=style.GHOST,
            linewidth=0.9,
            alpha=0.8,
            label=label,
            gid=f"place {place}",
        )
    ax.step(
        x,
        values[places, np.arange(epochs)],
        where="mid",
        color=style.PALETTE[0],
        linewidth=2.6,
        label="the best network's way",
        gid="lineage",
    )
    if style.wants_log(values):
        style.log_axis(ax.yaxis)
    label = name.replace("_", " ")
    style.dress(
        ax, x_label="epoch", y_label=f"{label}, log scale" if ax.get_yscale() == "log" else label, title=title
    )
    style.epoch_axis(ax)
    ax.legend(framealpha=0.85, edgecolor="none", fontsize=9)
    return ax
