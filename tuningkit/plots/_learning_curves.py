"""All curves of one run, one panel per metric."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.plots._curves import curves
from tuningkit.plots._style import new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PANELS = 3
# In a history, but not a measure of how well the network does.
NOT_METRICS = ("loss", "penalty", "learning_rate")


def learning_curves(
    history: Mapping[str, Any],
    *,
    ghosts: Sequence[Mapping[str, Any]] = (),
    markers: Sequence[tuple[float, str]] = (),
    title: str | None = None,
) -> "Figure":
    """Draw the loss and, beside it, the accuracy or the other metrics of a run.

    Args:
        history: Values by Keras's names, shape (epochs,) or (repeats, epochs); must have `"loss"`.
        ghosts: Histories of earlier runs, drawn faint behind.
        markers: Pairs (epoch, text) where something changed.
        title: What the figure shows.

    Returns:
        A figure with one to three panels.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If `"loss"` is missing or shapes do not fit.

    Example:
        >>> figure = learning_curves({"loss": [1.0, 0.5], "accuracy": [0.5, 0.8]})
        >>> len(figure.axes)
        2
    """
    names = [name for name in history if not name.startswith("val_") and name not in NOT_METRICS]
    metrics = ["loss", *names][:MOST_PANELS]
    figure = new_figure(4.8 * len(metrics) if len(metrics) > 1 else 6.4, 3.6)
    for metric, ax in zip(metrics, new_axes(figure, columns=len(metrics))[0], strict=True):
        known = [ghost for ghost in ghosts if metric in ghost]
        curves(history, metric=metric, ax=ax, ghosts=known, markers=markers)
    if title is not None:
        figure.suptitle(title)
    return figure
