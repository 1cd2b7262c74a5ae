"""A search as it went: every trial, and the best so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_choice, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How trials that did not finish are drawn: marker, and whether they have a number to be drawn at.
_MARKS = {"stopped early": "v", "interrupted": "<", "diverged": "X", "failed": "P"}


def search_progress(
    objectives: Any,
    *,
    statuses: Sequence[str] | None = None,
    spent: Any = None,
    running: tuple[Any, Any] | None = None,
    direction: Literal["min", "max"] = "min",
    metric_label: str = "validation loss",
    spent_label: str = "trials",
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw every trial of a search and, as a step line, the best value found so far.

    Trials without a number (diverged, failed) are marked at the upper edge, each kind with a marker of its own.

    Args:
        objectives: What each trial reached, shape (trials,); not finite for those without a number.
        statuses: How each trial ended, shape (trials,); None if all finished.
        spent: Where each trial stands on the axis, shape (trials,); None for 1, 2, 3, ...
        running: Axis values and best value so far, both of the same length; None for the best of ``objectives``.
        direction: `"min"` if low is good, `"max"` if high is good.
        metric_label: The objective's name, for the axis.
        spent_label: What the axis counts, such as "trials", "epochs" or "seconds".
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If objectives are not numbers.
        ValueError: If lengths do not fit or the direction is unknown.

    Example:
        >>> ax = search_progress([0.5, 0.4, float("nan"), 0.3], statuses=["finished"] * 2 + ["diverged", "finished"])
        >>> [line.get_gid() for line in ax.lines]
        ['best so far', 'finished', 'diverged']
    """
    objectives = as_floats(objectives, "objectives", "(trials,)")
    count = len(objectives)
    require_choice(direction, ("min", "max"), "direction")
    statuses = ["finished"] * count if statuses is None else list(statuses)
    require_length(statuses, count, "statuses", "one per trial")
    x = np.arange(1.0, count + 1) if spent is None else as_floats(spent, "spent", "(trials,)")
    require_length(x, count, "spent", "one per trial")
    if running is None:
        best = np.fmin if direction == "min" else np.fmax
        running = (x, best.accumulate(np.where(np.isfinite(objectives), objectives, np.nan)))
    line_x, line_y = (as_floats(part, "running", "(steps,)") for part in running)
    require_length(line_y, len(line_x), "running", "as many best values as axis values")

    ax = style.axes_or_new(ax)
    ax.plot(
        line_x, line_y, drawstyle="steps-post", color=style.VALIDATION, label="best so far", gid="best so far"
    )
    kinds = list(dict.fromkeys(statuses))
    for kind in sorted(kinds, key=["finished", *_MARKS].index):
        chosen = np.array([status == kind for status in statuses])
        _draw_kind(ax, kind, x[chosen], objectives[chosen])
    if style.wants_log(objectives):
        style.log_axis(ax.yaxis)
    style.dress(ax, x_label=spent_label, y_label=style.y_label(ax, metric_label), title=title)
    ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _draw_kind(ax: "Axes", kind: str, x: np.ndarray, y: np.ndarray) -> None:
    numbered = np.isfinite(y)
    look = {
        "linestyle": "none",
        "marker": _MARKS.get(kind, "o"),
        "markersize": 5 if kind == "finished" else 8,
        "color": style.TRAIN if numbered.any() else style.INK,
        "gid": kind,
        "zorder": 3,
    }
    label = f"{kind} ({len(x)})"
    if numbered.any():
        ax.plot(x[numbered], y[numbered], label=label, **look)
    if not numbered.all():
        missing = x[~numbered]
        ax.plot(
            missing,
            np.full(len(missing), 0.97),
            transform=ax.get_xaxis_transform(),
            label=label if not numbered.any() else None,
            **look,
        )
