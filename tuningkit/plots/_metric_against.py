"""A metric against the values of one hyperparameter, with the best value marked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_choice, require_length
from tuningkit.plots._numbers import format_number
from tuningkit.plots._scale import ValueScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def metric_against(
    values: Sequence[Any] | np.ndarray,
    metric: Any,
    *,
    name: str,
    metric_label: str = "validation loss",
    best: Literal["min", "max"] | None = "min",
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw how a result depends on one hyperparameter.

    Log spaced values get a log axis. A value of exactly 0 has no place on a log axis: it is drawn left of a break
    in the axis and labelled 0. With several seeds the mean is drawn in a band from the smallest to the largest.
    Values for which a member diverged (its metric is not finite) are marked by a cross at the upper edge.

    Args:
        values: The hyperparameter's values in any order, shape (members,): numbers, or names such as optimisers.
        metric: The result for each value, shape (members,) or (seeds, members).
        name: The hyperparameter's name, for the axis.
        metric_label: The metric's name, for the axis.
        best: `"min"` if low is good, `"max"` if high is good, None to mark nothing.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If metric is not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> ax = metric_against([0, 1e-4, 1e-3, 1e-2], [0.5, 0.4, 0.3, 0.9], name="l2")
        >>> ax.get_xscale(), ax.get_legend().get_texts()[-1].get_text()
        ('log', 'best: l2 = 0.001 (0.3)')
    """
    metric = np.atleast_2d(as_floats(metric, "metric", "(members,)", "(seeds, members)"))
    require_length(values, metric.shape[1], "values", "one per member of metric")
    require_choice(best, ("min", "max", None), "best")
    scale = ValueScale.of(values)
    ax = style.axes_or_new(ax)
    order = np.argsort(scale.positions, kind="stable")
    x, metric = scale.positions[order], metric[:, order]
    diverged = ~np.isfinite(metric).all(axis=0)
    metric = np.where(diverged, np.nan, metric)
    middle = metric.mean(axis=0)
    seeds = len(metric)
    for apart in (x == scale.zero_at, x != scale.zero_at) if scale.zero_at else (np.full(x.shape, True),):
        _draw_part(ax, x[apart], metric[:, apart], joined=not scale.named)
    if seeds > 1:
        ax.lines[-1].set_label(f"mean and range of {seeds} seeds")
    if diverged.any():
        ax.plot(
            x[diverged],
            np.full(diverged.sum(), 0.97),
            transform=ax.get_xaxis_transform(),
            linestyle="none",
            marker="X",
            markersize=8,
            color=style.INK,
            label="diverged" if seeds == 1 else "diverged for at least one seed",
            gid="diverged",
        )
    if best is not None and not diverged.all():
        place = int(np.nanargmin(middle) if best == "min" else np.nanargmax(middle))
        style.mark_best(
            ax,
            x[place],
            middle[place],
            label=f"best: {name} = {scale.labels[order[place]]} ({format_number(middle[place])})",
            colour=style.VALIDATION,
        )
    if style.wants_log(middle):
        style.log_axis(ax.yaxis)
    scale.apply_to_x(ax)
    style.dress(
        ax,
        x_label=f"{name}, log scale" if scale.log else name,
        y_label=style.y_label(ax, metric_label),
        title=title,
    )
    if ax.get_legend_handles_labels()[0]:
        ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _draw_part(ax: "Axes", x: np.ndarray, metric: np.ndarray, *, joined: bool) -> None:
    """The points on one side of the break; the two sides are not joined with each other, and neither are names."""
    colour = style.TRAIN
    ax.plot(
        x,
        metric.mean(axis=0),
        color=colour,
        linestyle="-" if joined else "none",
        marker="o",
        markersize=5,
        gid="metric",
        zorder=3,
    )
    if len(metric) > 1:
        low, high = metric.min(axis=0), metric.max(axis=0)
        if joined and len(x) > 1:
            ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, gid="band")
        else:
            ax.vlines(x, low, high, color=colour, alpha=0.35, linewidth=6, gid="band")
