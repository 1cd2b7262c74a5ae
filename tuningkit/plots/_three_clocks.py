"""The same runs against epochs, steps and seconds."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def three_clocks(
    runs: Sequence[Any], *, rows: int, metric: str = "val_loss", title: str | None = None
) -> "Figure":
    """Draw runs at several batch sizes three times, side by side: against epochs, steps and seconds.

    A run of e epochs has taken e * ceil(rows / batch size) steps. Its seconds are spread evenly over its epochs.

    Args:
        runs: Runs with different batch sizes (``Run`` or anything with ``history``, ``hyperparameters`` and
            ``seconds``).
        rows: Number of training rows.
        metric: The curve to draw.
        title: What the figure shows.

    Returns:
        The figure; its three axes share the vertical axis.

    Raises:
        ValueError: If there is no run, or rows is not positive.
        KeyError: If a run has no such curve or no batch size.

    Example:
        >>> from types import SimpleNamespace
        >>> run = SimpleNamespace(history={"val_loss": [0.9, 0.5]}, hyperparameters={"batch_size": 8}, seconds=1.0)
        >>> figure = three_clocks([run], rows=100)
        >>> [ax.get_xlabel() for ax in figure.axes]
        ['epochs', 'steps, log scale', 'seconds, log scale']
    """
    if not runs:
        raise ValueError("three_clocks draws at least one run, but there is none.")
    if rows < 1:
        raise ValueError(f"rows must be the number of training rows, at least 1, but it is {rows!r}.")
    figure = style.new_figure(11.4, 3.9)
    axes = figure.subplots(1, 3, sharey=True)
    for place, run in enumerate(runs):
        curve = np.asarray(run.history[metric], float)
        size = int(run.hyperparameters["batch_size"])
        epochs = np.arange(1, len(curve) + 1)
        clocks = (epochs, epochs * math.ceil(rows / size), epochs * (run.seconds / len(curve)))
        for ax, clock in zip(axes, clocks, strict=True):
            ax.plot(
                clock, curve, color=style.PALETTE[place % 6], marker=style.MARKERS[place % len(style.MARKERS)],
                markersize=4, markevery=max(1, len(curve) // 8), label=f"batch {size}", gid=f"batch {size}",
            )  # fmt: skip
    name = metric.replace("val_", "validation ").replace("_", " ")
    for ax, label in zip(axes, ("epochs", "steps, log scale", "seconds, log scale"), strict=True):
        style.dress(ax, x_label=label, y_label=name if ax is axes[0] else "", title=None)
        if label != "epochs":
            style.log_axis(ax.xaxis)
    if style.wants_log(np.concatenate([np.asarray(run.history[metric], float) for run in runs])):
        style.log_axis(axes[0].yaxis)
        axes[0].set_ylabel(f"{name}, log scale")
    axes[0].legend(frameon=False)
    figure.suptitle("The same runs by three clocks" if title is None else title)
    return figure
