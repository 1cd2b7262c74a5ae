"""Paths of optimisers over a loss surface, seen from above."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BANDS = 16


def surface_paths(
    x: Any,
    y: Any,
    shades: Any,
    paths: Mapping[str, Any],
    *,
    minima: Sequence[tuple[float, float]] = (),
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw level lines of a surface, and the paths that optimisers took, each with a colour and a marker of its own.

    Args:
        x: Places of the columns, shape (width,), rising.
        y: Places of the rows, shape (height,), rising.
        shades: How high the surface is, shape (height, width), from 0 (lowest) to 1 (highest).
        paths: By name, points of shape (steps + 1, 2). A path ends where it leaves the picture for good.
        minima: Places to mark with a cross.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If an array is not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> import numpy as np
        >>> shades = np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-1, 1, 9) ** 2) / 2
        >>> at = np.linspace(-1, 1, 9)
        >>> ax = surface_paths(at, at, shades, {"SGD": [[-1, 0.5], [0, 0]]}, minima=[(0, 0)])
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['SGD', 'minimum']
    """
    columns, rows = as_floats(x, "x", "(width,)"), as_floats(y, "y", "(height,)")
    ground = as_floats(shades, "shades", "(height, width)")
    require_length(ground, len(rows), "shades", "one row per y")
    if ground.shape[1] != len(columns):
        raise ValueError(f"shades has {ground.shape[1]} columns, but there are {len(columns)} values of x.")
    ax = style.axes_or_new(ax, width=5.2, height=4.4)
    levels = np.linspace(0, 1, _BANDS + 1)
    ax.contourf(columns, rows, ground, levels=levels, cmap="Greys", vmin=-0.1, vmax=1.9, gid="ground")
    ax.contour(columns, rows, ground, levels=levels[1:-1], colors=[style.GHOST], linewidths=0.5, gid="levels")
    for number, (name, points) in enumerate(paths.items()):
        track = as_floats(points, f"the path {name}", "(steps + 1, 2)")
        if track.shape[1] != 2:
            raise ValueError(f"The path {name} must have the shape (steps + 1, 2), but it has {track.shape}.")
        colour = style.PALETTE[number % len(style.PALETTE)]
        near = _drawable(track, columns, rows)
        ax.plot(
            near[:, 0],
            near[:, 1],
            color=colour,
            linewidth=1.6,
            marker=style.MARKERS[number % len(style.MARKERS)],
            markevery=max(1, len(near) // 8),
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            label=str(name),
            gid=f"path {name}",
            zorder=3,
        )
    if len(minima):
        places = np.asarray(minima, float)
        ax.plot(
            places[:, 0],
            places[:, 1],
            linestyle="",
            marker="x",
            color=style.INK,
            markersize=8,
            markeredgewidth=2,
            label="minimum" if len(places) == 1 else "minima",
            gid="minima",
            zorder=4,
        )
    ax.set_xlim(columns[0], columns[-1])
    ax.set_ylim(rows[0], rows[-1])
    style.dress(ax, x_label="weight x", y_label="weight y", title=title, grid=False)
    ax.legend(framealpha=0.85, edgecolor="none", fontsize=9)
    return ax


def _drawable(track: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The part of a path that a picture can show: up to the first point far outside, which is left out."""
    wide, high = np.ptp(columns), np.ptp(rows)
    with np.errstate(invalid="ignore"):
        close = (np.abs(track[:, 0] - columns.mean()) < 5 * wide) & (
            np.abs(track[:, 1] - rows.mean()) < 5 * high
        )
    return track if close.all() else track[: max(1, int(np.argmin(close)))]
