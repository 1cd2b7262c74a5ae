"""A metric over two hyperparameters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats, require_choice, require_length
from tuningkit.plots._numbers import format_number
from tuningkit.plots._scale import ValueScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

MOST_LABELS = 9
MOST_LETTERS = 56
MOST_NUMBERED_CELLS = 64


def heat_map(
    matrix: Any,
    x_values: Sequence[Any] | np.ndarray,
    y_values: Sequence[Any] | np.ndarray,
    *,
    x_name: str,
    y_name: str,
    value_label: str = "validation loss",
    best: Literal["min", "max"] | tuple[int, int] | None = "min",
    ax: "Axes | None" = None,
    title: str | None = None,
    missing: str = "diverged",
) -> "Axes":
    """Draw a grid of results; bright is good, the best cell is framed, cells without a value are hatched.

    All cells have the same size, whatever the spacing of the values. Small grids show their numbers.

    Args:
        matrix: The results, shape (y values, x values); NaN or infinity where a member diverged.
        x_values: Values from left to right, shape (x values,): numbers or names.
        y_values: Values from bottom to top, shape (y values,).
        x_name: The hyperparameter along x.
        y_name: The hyperparameter along y.
        value_label: What the results are, for the colour bar.
        best: `"min"` if low is good, `"max"` if high is good; or the best cell as (row, column); or None to
            frame nothing.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.
        missing: What is said of cells without a value.

    Returns:
        The axes; the cells are one `QuadMesh` in `ax.collections`.

    Raises:
        TypeError: If matrix is not made of numbers.
        ValueError: If shapes do not fit.

    Example:
        >>> ax = heat_map([[0.5, 0.2]], [0.1, 0.01], [0.0], x_name="learning rate", y_name="dropout")
        >>> ax.get_legend().get_texts()[0].get_text()
        'best: learning rate = 0.01, dropout = 0 (0.2)'
    """
    from matplotlib.colors import LogNorm, Normalize

    matrix = as_floats(matrix, "matrix", "(y values, x values)")
    rows, columns = matrix.shape
    require_length(x_values, columns, "x_values", "one per column of matrix")
    require_length(y_values, rows, "y_values", "one per row of matrix")
    x_scale, y_scale = ValueScale.of(x_values, "x_values"), ValueScale.of(y_values, "y_values")
    matrix = np.where(np.isfinite(matrix), matrix, np.nan)
    cell, direction = _find_best(matrix, best)
    finite = matrix[np.isfinite(matrix)]
    ends = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    ax = style.axes_or_new(ax, height=4.8)
    mesh = ax.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        np.ma.masked_invalid(matrix),
        cmap="viridis_r" if direction == "min" else "viridis",
        norm=LogNorm(*ends) if style.wants_log(matrix) else Normalize(*ends),
        edgecolors="white",
        linewidth=0.5 if matrix.size <= 400 else 0,
    )
    if matrix.size <= MOST_NUMBERED_CELLS:
        _write_numbers(ax, matrix, mesh)
    _hatch_missing(ax, matrix, missing)
    if cell is not None:
        y, x = cell
        text = (
            f"{x_name} = {x_scale.labels[x]}, {y_name} = {y_scale.labels[y]} ({format_number(matrix[y, x])})"
        )
        _frame(ax, x, y, f"best: {text}")
    _label_cells(ax, x_scale.labels, y_scale.labels)
    style.dress(ax, x_label=x_name, y_label=y_name, title=None, grid=False)
    ax.spines[:].set_visible(False)
    _add_legend_and_title(ax, title)
    meaning = {"min": ", lower is better", "max": ", higher is better", None: ""}[direction]
    _add_colour_bar(ax, mesh, value_label + meaning)
    return ax


def _find_best(matrix: np.ndarray, best: Any) -> tuple[tuple[int, int] | None, str | None]:
    """The cell to frame, if any, and whether low or high is good, if known."""
    finite = np.isfinite(matrix)
    if isinstance(best, tuple | list | np.ndarray):
        place = tuple(int(index) for index in best)
        inside = len(place) == 2 and all(
            0 <= index < size for index, size in zip(place, matrix.shape, strict=True)
        )
        if not inside or not finite[place]:
            raise ValueError(f"best must be a cell (row, column) that has a value, but it is {place}.")
        if matrix[finite].min() < matrix[finite].max():
            for direction, end in (("min", matrix[finite].min()), ("max", matrix[finite].max())):
                if matrix[place] == end:
                    return place, direction
        return place, None
    require_choice(best, ("min", "max", None), "best")
    if best is None or not finite.any():
        return None, best
    find = np.nanargmin if best == "min" else np.nanargmax
    return tuple(map(int, np.unravel_index(find(matrix), matrix.shape))), best


def _write_numbers(ax: "Axes", matrix: np.ndarray, mesh: "QuadMesh") -> None:
    for (y, x), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            ax.text(
                x,
                y,
                format_number(value, 2),
                ha="center",
                va="center",
                fontsize="small",
                color=style.ink_on(mesh.cmap(mesh.norm(value))),
            )


def _hatch_missing(ax: "Axes", matrix: np.ndarray, missing: str) -> None:
    from matplotlib.patches import Rectangle

    for index, (y, x) in enumerate(np.argwhere(~np.isfinite(matrix))):
        ax.add_patch(
            Rectangle(
                (x - 0.5, y - 0.5),
                1,
                1,
                facecolor="white",
                edgecolor=style.GHOST,
                hatch="///",
                linewidth=0.5,
                label=f"{missing}, no value" if index == 0 else None,
                gid="missing",
            )
        )


def _frame(ax: "Axes", x: int, y: int, label: str) -> None:
    from matplotlib.patches import Rectangle

    # White below black, so that the frame is seen on every colour.
    for width, colour, gid in ((5, "white", "best edge"), (2.5, "black", "best")):
        ax.add_patch(
            Rectangle(
                (x - 0.5, y - 0.5),
                1,
                1,
                fill=False,
                edgecolor=colour,
                linewidth=width,
                zorder=3,
                clip_on=False,
                label=label if gid == "best" else None,
                gid=gid,
            )
        )


def _label_cells(ax: "Axes", x_labels: tuple[str, ...], y_labels: tuple[str, ...]) -> None:
    for axis, labels in ((ax.xaxis, x_labels), (ax.yaxis, y_labels)):
        every = -(-len(labels) // MOST_LABELS)
        # Labels along x stand side by side: leave out more of them if they are long.
        while (
            axis is ax.xaxis
            and every < len(labels)
            and sum(len(t) + 3 for t in labels[::every]) > MOST_LETTERS
        ):
            every += 1
        axis.set_ticks(range(0, len(labels), every), labels=labels[::every])
        axis.set_tick_params(length=0)


def _add_legend_and_title(ax: "Axes", title: str | None) -> None:
    handles, _ = ax.get_legend_handles_labels()
    lines = len(handles)
    if lines:
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            borderpad=0.2,
            frameon=False,
            fontsize="small",
        )
    if title is not None:
        ax.set_title(title, pad=6 + 15 * lines)


def _add_colour_bar(ax: "Axes", mesh: "QuadMesh", label: str) -> None:
    bar = ax.get_figure().colorbar(mesh, ax=ax, label=label)
    bar.outline.set_visible(False)
    if type(mesh.norm).__name__ == "LogNorm":
        style.log_axis(bar.ax.yaxis)
