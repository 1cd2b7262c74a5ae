"""The curves of all members of a sweep, coloured by the hyperparameter."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length
from tuningkit.plots._scale import ValueScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def sweep_fan(
    history: Any,
    values: Sequence[Any] | np.ndarray,
    *,
    name: str = "l2",
    metric_label: str = "validation loss",
    ax: "Axes | None" = None,
    selected: int | None = None,
    log: bool | None = None,
    title: str | None = None,
) -> "Axes":
    """Draw one line per member; its colour tells the value of the hyperparameter.

    Members that diverged end in a cross. One that runs away does not squeeze the others: the axis ends at ten
    times the value that nine in ten points stay below.

    Args:
        history: The metric, shape (members, epochs).
        values: The hyperparameter's value of each member, shape (members,); log spaced values get a log colour
            scale, on which 0 is allowed.
        name: The hyperparameter's name, for the colour bar.
        metric_label: The metric's name, for the axis.
        ax: Axes to draw on, or None for a new figure.
        selected: Number of a member to draw bold and to name in the legend.
        log: Whether the metric's axis is logarithmic; None decides: positive values over a factor of 100.
        title: What the figure shows.

    Returns:
        The axes; the lines are one `LineCollection` in `ax.collections`.

    Raises:
        TypeError: If history is not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> ax = sweep_fan([[1.0, 0.5], [1.0, 0.9]], [0.0, 0.1], name="dropout")
        >>> len(ax.collections[0].get_segments())
        2
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Normalize

    history = as_floats(history, "history", "(members, epochs)")
    members, epochs = history.shape
    require_length(values, members, "values", "one per member of history")
    if selected is not None and not -members <= selected < members:
        raise ValueError(f"selected must be a member from 0 to {members - 1}, but it is {selected}.")
    scale = ValueScale.of(values)
    history = np.where(np.isfinite(history), history, np.nan)
    ax = style.axes_or_new(ax)
    x = np.arange(1, epochs + 1)
    lines = LineCollection(
        [np.column_stack([x, member]) for member in history],
        array=scale.coordinates,
        cmap=style.ordered_colours(),
        norm=Normalize(*_ends(scale.coordinates)),
        linewidths=1.4,
        gid="members",
    )
    ax.add_collection(lines)
    _mark_divergence(ax, history, top := _top(history))
    if selected is not None:
        label = f"{name} = {scale.labels[selected]}"
        ax.plot(x, history[selected], color=style.INK, linewidth=2.6, label=label, gid="selected")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(framealpha=0.85, edgecolor="none")
    ax.autoscale_view()
    if log if log is not None else style.wants_log(history):
        style.log_axis(ax.yaxis)
    _limit(ax, history, top)
    style.epoch_axis(ax)
    style.dress(ax, x_label="epoch", y_label=style.y_label(ax, metric_label), title=title)
    bar = ax.get_figure().colorbar(lines, ax=ax, label=name)
    bar.outline.set_visible(False)
    if scale.ticks is not None:
        bar.set_ticks(scale.tick_coordinates, labels=scale.tick_labels)
    bar.minorticks_off()
    return ax


def _ends(coordinates: np.ndarray) -> tuple[float, float]:
    """The range of the colour scale; a single value still needs a range."""
    low, high = float(coordinates.min()), float(coordinates.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _mark_divergence(ax: "Axes", history: np.ndarray, top: float) -> None:
    ends = [(np.flatnonzero(np.isfinite(member)), member) for member in history]
    ends = [(seen[-1], member[seen[-1]]) for seen, member in ends if len(seen) and seen[-1] < len(member) - 1]
    never = int((~np.isfinite(history)).all(axis=1).sum()) if history.shape[1] else 0
    if not ends and not never:
        return
    count = len(ends) + never
    ax.plot(
        [epoch + 1 for epoch, _ in ends] or [np.nan],
        [min(value, top) for _, value in ends] or [np.nan],
        linestyle="none",
        clip_on=False,
        marker="X",
        markersize=8,
        color=style.INK,
        label=f"{count} of {len(history)} diverged",
        gid="diverged",
    )


def _top(history: np.ndarray) -> float:
    """Where to end the axis so that a runaway does not squeeze the others."""
    finite = history[np.isfinite(history)]
    top = 10 * np.percentile(finite, 90) if finite.size else 0.0
    return float(top) if top > 0 else float("inf")


def _limit(ax: "Axes", history: np.ndarray, top: float) -> None:
    shown = history[np.isfinite(history) & (history <= top)]
    if not shown.size or np.nanmax(history) <= top:
        return
    # The margin below must not be a share of the runaway's range either.
    low = shown.min()
    ax.set_ylim(low / 1.3 if ax.get_yscale() == "log" else low - 0.05 * (top - low), top)
