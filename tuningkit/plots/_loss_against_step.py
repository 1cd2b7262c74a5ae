"""The loss of several optimisers, step by step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def loss_against_step(
    losses: Mapping[str, Any],
    *,
    ax: "Axes | None" = None,
    y_label: str = "loss above the lowest",
    title: str | None = None,
) -> "Axes":
    """Draw loss against step, on a log scale where it spans orders of magnitude; colours and markers by name.

    Args:
        losses: By name, shape (steps + 1,). NaN leaves a gap.
        ax: Axes to draw on, or None for a new figure.
        y_label: What the loss is, with its unit if it has one.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If a loss is not made of numbers.
        ValueError: If a loss is not one row of numbers.

    Example:
        >>> ax = loss_against_step({"SGD": [4.0, 1.0, 0.01], "Adam": [4.0, 2.0, 1.0]})
        >>> ax.get_yscale(), [line.get_label() for line in ax.lines]
        ('log', ['SGD', 'Adam'])
    """
    rows = {name: as_floats(loss, f"the loss of {name}", "(steps + 1,)") for name, loss in losses.items()}
    ax = style.axes_or_new(ax)
    for number, (name, loss) in enumerate(rows.items()):
        ax.plot(
            np.arange(len(loss)),
            loss,
            color=style.PALETTE[number % len(style.PALETTE)],
            marker=style.MARKERS[number % len(style.MARKERS)],
            markevery=max(1, len(loss) // 8),
            markersize=5.5,
            linewidth=1.6,
            label=str(name),
            gid=f"loss {name}",
        )
    style.dress(ax, x_label="step", y_label=y_label, title=title)
    if rows and style.wants_log(np.concatenate(list(rows.values()))):
        style.log_axis(ax.yaxis)
    if rows:
        ax.legend(framealpha=0.85, edgecolor="none", fontsize=9)
    return ax
