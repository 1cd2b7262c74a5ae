"""A heat map over two hyperparameters, with a cell that the learner picks."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import asdict

import anywidget
import ipywidgets
import numpy as np
import traitlets

from tuningkit.labs.map_points import MapPoint
from tuningkit.labs.selection import Selection
from tuningkit.labs.static import pack_frame, static_text

# Beyond this many medians from the best value, worse values share the last colour: one run that almost
# diverged must not paint all others alike.
_REACH = 10.0


class HeatMap(anywidget.AnyWidget):
    """Cells of equal size coloured by a value: which pair of hyperparameters is good?

    The colours are viridis, bright where the value is better, in light and dark themes alike. A click or the
    arrow keys pick a cell; what it holds is said in words below. Cells without a finite value are crossed out
    and called diverged, or what `missing` says. Row 0 is the lowest row, as on an ordinary y axis.

    One thread at a time may call `draw`, at most 30 times a second.

    Attributes:
        selected: `(row, column)` of the picked cell or None. Set by the learner or from Python, observable.

    Args:
        x_label: Name of the hyperparameter along the columns.
        y_label: Name of the hyperparameter along the rows.
        value_label: Name and unit of the coloured value, such as "validation loss".
        height: Height of the picture in pixels, 160 to 1200.
        missing: What is said of a cell without a finite value.
        compact: Whether to leave out the legend and the name of the coloured value, for small maps side by side.

    Raises:
        ValueError: A label is empty or the height is out of range.

    Example:
        >>> heat = HeatMap("learning rate", "L2 strength", "validation loss")
        >>> heat.draw([[0.9, 0.4], [1.2, 0.5]], x_values=[1e-3, 1e-2], y_values=[1e-4, 1e-2], best=(0, 1))
        >>> heat.observe(lambda change: print(change.new), "selected")
    """

    _esm = static_text("common.js", "map_parts.js", "heat_map.js")
    _css = static_text("theme.css", "heat_map.css")

    selected = traitlets.Tuple(
        traitlets.CInt(), traitlets.CInt(), default_value=None, allow_none=True, help="(row, column) or None"
    )
    _labels = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Bytes().tag(sync=True)
    _selection = traitlets.Instance(Selection, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(
        self,
        x_label: str,
        y_label: str,
        value_label: str,
        *,
        height: int = 320,
        missing: str = "diverged",
        compact: bool = False,
    ) -> None:
        labels = {"x_label": x_label, "y_label": y_label, "value_label": value_label, "missing": missing}
        for name, label in labels.items():
            if not isinstance(label, str) or not label.strip():
                raise ValueError(f"{name} must be a name such as 'learning rate', but got {label!r}.")
        if not 160 <= height <= 1200:
            raise ValueError(f"height must be between 160 and 1200 pixels, but got {height!r}.")
        self._shape = (0, 0)
        super().__init__(
            _labels={
                "x": x_label,
                "y": y_label,
                "value": value_label,
                "height": int(height),
                "missing": missing,
                "compact": bool(compact),
            },
            _selection=Selection(),
        )
        self._selection.observe(self._picked_in_browser, "value")

    def draw(
        self,
        values: np.ndarray,
        *,
        x_values: Sequence[float | str],
        y_values: Sequence[float | str],
        sentence: str = "",
        best: tuple[int, int] | None = None,
        lower_is_better: bool = True,
        value_range: tuple[float, float] | None = None,
        hidden: np.ndarray | None = None,
        points: Sequence[MapPoint] = (),
    ) -> None:
        """Show these values, in place of what was shown before.

        Args:
            values: Shape (rows, columns). NaN and infinity mean that the run diverged.
            x_values: One per column, in the order of the columns: numbers, shown short (1e-4), or words.
            y_values: One per row; the first row is the lowest.
            sentence: What the map shows, in words; printed above it and read out.
            best: `(row, column)` of the cell to mark as best; None marks none.
            lower_is_better: True for a loss, False for an accuracy. Better cells are brighter.
            value_range: Values of the two ends of the colour scale. None takes them from the finite values;
                those more than ten times as far from the best as the median share the last colour. Give a
                range to keep colours comparable while you replay epochs.
            hidden: Shape (rows, columns), True for cells that are not shown yet; None shows all.
            points: What lies on the map, such as the places a search has looked at; later ones lie on top.

        Raises:
            ValueError: Shapes do not fit each other, there is no cell, `best` is not a cell, or the range is
                empty.

        Example:
            >>> heat.draw(losses, x_values=rates, y_values=strengths, sentence="The best cell is at rate 1e-2.")
        """
        values = np.asarray(values, dtype=float)
        if values.ndim != 2 or not values.size:
            raise ValueError(f"values must have the shape (rows, columns), but got {values.shape}.")
        rows, columns = values.shape
        for name, labels, count, what in (
            ("x_values", x_values, columns, "columns"),
            ("y_values", y_values, rows, "rows"),
        ):
            if len(labels) != count:
                raise ValueError(
                    f"{name} must hold one value for each of the {count} {what}, but got {len(labels)}."
                )
        if best is not None and not _is_cell(best, values.shape):
            raise ValueError(f"best must be (row, column) within {values.shape}, or None, but got {best!r}.")
        if value_range is None:
            low, high = colour_range(values, lower_is_better)
        else:
            low, high = (float(end) for end in value_range)
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise ValueError(
                    f"value_range must be (low, high), finite and low < high, but got {value_range!r}."
                )
        finite = np.isfinite(values)
        unseen = np.zeros(values.shape, bool) if hidden is None else np.asarray(hidden, bool)
        if unseen.shape != values.shape:
            raise ValueError(f"hidden must have the shape {values.shape} of values, but got {unseen.shape}.")
        seen = finite & ~unseen
        header = {
            "rows": rows,
            "columns": columns,
            "x": [_plain(value) for value in x_values],
            "y": [_plain(value) for value in y_values],
            "sentence": str(sentence),
            "best": None if best is None else [int(best[0]), int(best[1])],
            "lowerIsBetter": bool(lower_is_better),
            "range": [low, high],
            "below": bool(np.any(values[seen] < low)),
            "above": bool(np.any(values[seen] > high)),
            "points": [asdict(point) for point in points],
        }
        self._shape = values.shape
        if self.selected is not None and not _is_cell(self.selected, values.shape):
            self.selected = None
        # Finite values that float32 cannot hold stay finite: they have not diverged.
        limit = float(np.finfo(np.float32).max)
        shown = np.where(finite, np.clip(values, -limit, limit), np.nan)
        # Infinity stands for "not shown": the numbers of hidden cells do not travel.
        self._frame = pack_frame(header, [np.where(unseen, np.inf, shown)])

    def close(self) -> None:
        """Remove the map from the notebook and free what it holds."""
        # Python also closes what a refused argument left half made.
        if self._selection is not None:
            self._selection.close()
        super().close()

    @traitlets.validate("selected")
    def _check_selected(self, proposal: traitlets.Bunch) -> tuple[int, int] | None:
        cell = proposal["value"]
        if cell is not None and not _is_cell(cell, self._shape):
            raise traitlets.TraitError(
                f"selected must be (row, column) within {self._shape}, but got {cell!r}."
            )
        return cell

    @traitlets.observe("selected")
    def _tell_browser(self, change: traitlets.Bunch) -> None:
        self._selection.value = None if change["new"] is None else list(change["new"])

    def _picked_in_browser(self, change: traitlets.Bunch) -> None:
        cell = change["new"]
        # A page may still show an older, larger map: what is no cell any more is not picked.
        if cell is None or _is_cell(cell, self._shape):
            self.selected = None if cell is None else tuple(cell)


def colour_range(values: np.ndarray, lower_is_better: bool = True) -> tuple[float, float]:
    """The values at the two ends of the colour scale.

    From the best value to the worst of those that are at most ten times as far from the best as the median
    is.

    Args:
        values: Any shape; what is not finite is left out.
        lower_is_better: Which end is the best.

    Returns:
        `(low, high)` with low < high; (0, 1) when no value is finite.

    Example:
        >>> colour_range(np.array([0.25, 0.5, 0.5, 1e9]))
        (0.25, 0.5)
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high, median = float(finite.min()), float(finite.max()), float(np.median(finite))
    if lower_is_better and median > low:
        high = float(finite[finite <= low + _REACH * (median - low)].max())
    elif not lower_is_better and median < high:
        low = float(finite[finite >= high - _REACH * (high - median)].min())
    if low < high:
        return low, high
    margin = max(abs(low) * 0.05, 1e-6)
    return low - margin, high + margin


def _is_cell(cell: Sequence[int], shape: tuple[int, int]) -> bool:
    try:
        row, column = (operator.index(place) for place in cell)
    except (TypeError, ValueError):
        return False
    return 0 <= row < shape[0] and 0 <= column < shape[1]


def _plain(value: float | str) -> float | str:
    if isinstance(value, str):
        return value
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"x_values and y_values must be finite numbers or words, but got {value!r}.")
    return number
