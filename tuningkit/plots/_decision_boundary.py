"""Which class a network sees at every point of a plane."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_classes, as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_boundary(
    classes: Any,
    confidence: Any,
    extent: Sequence[float],
    x: Any,
    y: Any,
    *,
    class_names: Sequence[str] = (),
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Colour a plane by the predicted class, stronger where the network is surer, and draw the data on top.

    Args:
        classes: Predicted class at each point of a regular grid, shape (height, width), 0..C-1; row 0 is the
            lowest y.
        confidence: Probability of that class, shape (height, width), 0 to 1.
        extent: The grid's (smallest x, largest x, smallest y, largest y).
        x: Data points, shape (rows, 2).
        y: Their true classes, shape (rows,), 0..C-1.
        class_names: One name per class; empty to number them.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If an array is not made of numbers.
        ValueError: If shapes or ranges do not fit.

    Example:
        >>> ax = decision_boundary([[0, 1]], [[0.9, 0.8]], (-1, 1, -1, 1), [[-0.5, 0], [0.5, 0]], [0, 1])
        >>> len(ax.images), ax.get_legend().get_texts()[1].get_text()
        (1, 'class 1')
    """
    grid = as_classes(classes, "classes", "(height, width)")
    confidence = as_floats(confidence, "confidence", "(height, width)")
    points = as_floats(x, "x", "(rows, 2)")
    labels = as_classes(y, "y", "(rows,)")
    if confidence.shape != grid.shape:
        raise ValueError(f"confidence has the shape {confidence.shape}, but classes has {grid.shape}.")
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("confidence holds probabilities: every value must be between 0 and 1.")
    if points.shape[1] != 2:
        raise ValueError(f"x must have the shape (rows, 2), but it has {points.shape}.")
    require_length(labels, len(points), "y", "one per row of x")
    left, right, low, high = _as_extent(extent)
    highest = int(max(grid.max(initial=0), labels.max(initial=0)))
    names = list(class_names) or [f"class {number}" for number in range(max(highest, 1) + 1)]
    if highest >= len(names):
        raise ValueError(f"class_names has {len(names)} names, but there is a class {highest}.")

    ax = style.axes_or_new(ax, width=5.6, height=4.6)
    ax.imshow(
        _colours(grid, confidence, len(names)),
        origin="lower",
        extent=(left, right, low, high),
        aspect="auto",
        interpolation="nearest",
        gid="regions",
    )
    _draw_borders(ax, grid, (left, right, low, high))
    for number, name in enumerate(names):
        mine = points[labels == number]
        ax.scatter(
            mine[:, 0],
            mine[:, 1],
            s=22,
            marker=style.MARKERS[number % len(style.MARKERS)],
            color=style.PALETTE[number % len(style.PALETTE)],
            edgecolors="white",
            linewidths=0.6,
            label=str(name),
            gid=f"points {number}",
            zorder=3,
        )
    ax.set_xlim(left, right)
    ax.set_ylim(low, high)
    style.dress(ax, x_label="x1", y_label="x2", title=title, grid=False)
    ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _as_extent(extent: Sequence[float]) -> tuple[float, float, float, float]:
    ends = as_floats(extent, "extent", "(4,)")
    if len(ends) != 4 or not (ends[0] < ends[1] and ends[2] < ends[3]):
        raise ValueError(
            f"extent must be (smallest x, largest x, smallest y, largest y), but it is {tuple(extent)!r}."
        )
    return tuple(map(float, ends))


def _colours(grid: np.ndarray, confidence: np.ndarray, classes: int) -> np.ndarray:
    """Class colours mixed with white: faint where the network guesses, clear where it is sure; (height, width, 3)."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(style.PALETTE[number % len(style.PALETTE)]) for number in range(classes)])
    guess = 1 / classes
    strength = 0.08 + 0.42 * np.clip((confidence - guess) / (1 - guess), 0, 1)[..., None]
    return 1 - strength * (1 - palette[grid])


def _draw_borders(ax: "Axes", grid: np.ndarray, extent: tuple[float, float, float, float]) -> None:
    """A thin line where the predicted class changes."""
    height, width = grid.shape
    if min(height, width) < 2:
        return
    left, right, low, high = extent
    x = left + (np.arange(width) + 0.5) * (right - left) / width
    y = low + (np.arange(height) + 0.5) * (high - low) / height
    present = np.unique(grid)
    # The border of the last class is made of the borders of the others.
    for number in present[:-1]:
        ax.contour(x, y, grid == number, levels=[0.5], colors=[style.INK], linewidths=0.9, gid="border")
