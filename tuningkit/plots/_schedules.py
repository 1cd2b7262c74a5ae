"""Learning rates above, losses below, on one axis of epochs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DASHES = ("-", (0, (6, 3)), (0, (1.5, 2)), (0, (6, 2, 1.5, 2)), (0, (10, 2)))


def schedules(
    rates: Mapping[str, tuple[Any, Any]],
    losses: Mapping[str, Any] | None = None,
    *,
    loss_name: str = "loss",
    title: str | None = None,
) -> "Figure":
    """Draw learning-rate schedules and, below them, the losses they led to.

    Args:
        rates: By name, epochs and learning rates, shape (points,) each.
        losses: By name, one loss per epoch, shape (epochs,); names without a loss are only drawn above. None
            leaves the lower axes out.
        loss_name: What the loss is, for the axis.
        title: What the figure shows.

    Returns:
        A figure with one or two pairs of axes.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If shapes do not fit, or there is no schedule.

    Example:
        >>> figure = schedules({"constant": ([1, 2], [0.1, 0.1])}, {"constant": [1.0, 0.5]})
        >>> len(figure.axes)
        2
    """
    if not rates:
        raise ValueError("schedules needs at least one schedule, but rates is empty.")
    rows = 1 if losses is None else 2
    figure = style.new_figure(6.8, 2.9 * rows)
    axes = style.new_axes(figure, rows=rows)[:, 0]
    for place, (name, (epochs, values)) in enumerate(rates.items()):
        look = {
            "color": style.PALETTE[place % len(style.PALETTE)],
            "linestyle": _DASHES[place % len(_DASHES)],
            "linewidth": 2,
            "label": name,
            "gid": name,
        }
        x, y = as_floats(list(epochs), "epochs", "(points,)"), as_floats(values, "rates", "(points,)")
        require_length(x, len(y), "epochs", "one per rate")
        axes[0].plot(x, y, **look)
        if losses is not None and name in losses:
            loss = as_floats(losses[name], "losses", "(epochs,)")
            marker = style.MARKERS[place % len(style.MARKERS)]
            axes[1].plot(
                np.arange(1, len(loss) + 1), loss, marker=marker, markersize=4, markevery=0.12, **look
            )
    style.dress(axes[0], x_label="epoch", y_label="learning rate", title=title)
    if rows == 2:
        style.dress(axes[1], x_label="epoch", y_label=f"validation {loss_name}", title=None)
        axes[1].sharex(axes[0])
        values = np.concatenate([line.get_ydata() for line in axes[1].lines] or [np.zeros(0)])
        if style.wants_log(values):
            style.log_axis(axes[1].yaxis)
    for ax in axes:
        style.epoch_axis(ax)
    # Above the axes: curves fill them from corner to corner.
    figure.legend(*axes[-1 if losses else 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure
