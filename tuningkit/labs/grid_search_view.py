"""From a grid search's snapshot to what is seen: the map of scores, the score against a parameter, the folds."""

from __future__ import annotations

import html
from collections import Counter
from numbers import Real
from typing import Any

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.grid_search_session import GridResult, GridSnapshot
from tuningkit.labs.heat_map import HeatMap
from tuningkit.labs.sentences import state_html
from tuningkit.search.grid_cells import Cell
from tuningkit.search.grid_plan import GridPlan, best_place
from tuningkit.training.hyperparameters import format_value

#: A logarithmic axis from this ratio on.
_LOG = 50


class GridView:
    """The parts of a GridSearchLab that show one of its searches.

    Args:
        plan: The search, laid out in rows and columns.
    """

    def __init__(self, plan: GridPlan) -> None:
        self.plan, self.selected, self.drawing = plan, None, False
        row, column = plan.labels
        score = f"mean validation {plan.score_name}"
        columns = plan.values[1]
        self._numeric = all(isinstance(v, Real) and not isinstance(v, bool) for v in columns)
        self._x = np.asarray(columns if self._numeric else np.arange(1, len(columns) + 1), float)
        # Lines want ascending values, whatever the order of the grid.
        self._order = np.argsort(self._x, kind="stable")
        log = bool(self._numeric and self._x.min() > 0 and self._x.max() >= _LOG * self._x.min())
        share = (0.0, 1.0) if plan.score_name == "accuracy" else None
        self.map = HeatMap(
            column,
            row or "parameters",
            score,
            height=110 + 42 * min(6, max(2, plan.shape[0])),
            missing="fit failed",
        )
        x_label = column if self._numeric else f"{column}, in the order of the grid"
        self.chart = CurveChart(
            [
                Panel("score", f"Score against {column}", plan.score_name, x_label=x_label, x_log=log,
                      y_range=share),
                Panel("folds", "Folds of the picked cell", plan.score_name, x_label="fold"),
            ],
            height=210,
            description=f"The score against {column}, and the score of every fold of the picked cell.",
        )  # fmt: skip
        self.chart.draw([])
        self.words = words()
        self.widgets = [self.map, self.chart, self.words]

    def show(self, visible: bool) -> None:
        """Put this search on the screen, or take it off."""
        for widget in self.widgets:
            widget.layout.display = None if visible else "none"

    def name_of(self, place: int) -> str:
        """A cell's settings in words: "C 10, penalty l2"."""
        row, column = np.unravel_index(place, self.plan.shape)
        parts = [f"{self.plan.labels[1]} {format_value(self.plan.values[1][column])}"]
        if self.plan.names[0]:
            parts.append(f"{self.plan.labels[0]} {format_value(self.plan.values[0][row])}")
        return ", ".join(parts)

    def picked(self, cells: tuple[Cell, ...]) -> int | None:
        """The place of the cell in front: the learner's, or else the best one so far."""
        if self.selected is not None and self.selected < len(cells):
            return self.selected
        best = best_place([cell.mean for cell in cells])
        return best if best is not None or not cells else 0

    def draw(self, snapshot: GridSnapshot) -> None:
        """Show a snapshot. The map grows by whole rows: a cell that waits must not look like one that failed."""
        cells = snapshot.cells
        if not cells:
            self.chart.draw([], sentence="No cell is fitted yet.")
            self.words.value = ""
            return
        means = np.full(self.plan.size, np.nan)
        means[: len(cells)] = [cell.mean for cell in cells]
        best, place = best_place(means), self.picked(cells)
        if rows := len(cells) // self.plan.shape[1]:
            self._draw_map(means.reshape(self.plan.shape)[:rows], snapshot)
        self._draw_chart(cells, means, best, place)
        self.words.value = self._in_words(snapshot, best, place)

    def _draw_map(self, means: np.ndarray, snapshot: GridSnapshot) -> None:
        rows, best = len(means), best_place(means.ravel())
        self.drawing = True
        self.map.draw(
            means,
            x_values=[format_value(v) for v in self.plan.values[1]],
            y_values=[format_value(v) if self.plan.names[0] else "all" for v in self.plan.values[0][:rows]],
            best=None if best is None else tuple(int(i) for i in np.unravel_index(best, means.shape)),
            lower_is_better=False,
            sentence=f"{snapshot.cut.in_words().capitalize()}.",
        )
        if self.selected is not None and self.map.selected is None and self.selected < means.size:
            self.map.selected = tuple(int(i) for i in np.unravel_index(self.selected, means.shape))
        self.drawing = False

    def _draw_chart(self, cells: tuple[Cell, ...], means: np.ndarray, best: int | None, place: int) -> None:
        columns = self.plan.shape[1]
        curves = []
        rows = -(-len(cells) // columns)
        for row in range(rows):
            part = means.reshape(self.plan.shape)[row]
            front = row == place // columns
            name = (
                f"{self.plan.labels[0]} {format_value(self.plan.values[0][row])}, "
                if self.plan.names[0]
                else ""
            )
            members = cells[row * columns : (row + 1) * columns]
            training = np.full(columns, np.nan)
            training[: len(members)] = [cell.training.mean() for cell in members]
            shared: dict[str, Any] = {"palette": row % 6, "emphasis": front}
            # Where there are several rows, each has dashes of its own: colour is not the only sign.
            curves.append(Curve("score", f"{name}validation", self._x[self._order], part[self._order],
                                "validation", dash=1 + row % 4 if rows > 1 else None, **shared))  # fmt: skip
            curves.append(Curve("score", f"{name}validation", self._x, part, "validation", kind="points",
                                palette=row % 6))  # fmt: skip
            if front:
                curves.append(Curve("score", f"{name}training", self._x[self._order],
                                    training[self._order], "train", palette=row % 6))  # fmt: skip
        markers = []
        for at, label in ((best, "best"), (place, "picked")):
            if at is not None and np.isfinite(means[at]) and (label == "best" or at != best):
                markers.append(Marker("score", float(self._x[at % columns]), label, y=float(means[at])))
        cell = cells[place]
        folds = np.arange(1, len(cell.validation) + 1)
        mean = np.full(len(folds), cell.mean)
        curves += [
            Curve("folds", "training", folds, cell.training, "train"),
            Curve("folds", "validation", folds, cell.validation, "validation", kind="points"),
            Curve("folds", "mean of validation", folds, mean, "validation"),
        ]
        self.chart.draw(curves, markers=markers, sentence=self._cell_in_words(place, cell))

    def _cell_in_words(self, place: int, cell: Cell) -> str:
        if cell.failed:
            return f"{self.name_of(place)}: {cell.failed} of {len(cell.validation)} fits failed. {cell.error}"
        return (
            f"{self.name_of(place)}: mean {cell.mean:.3f} over {len(cell.validation)} folds, "
            f"from {cell.validation.min():.3f} to {cell.validation.max():.3f}; "
            f"on the training parts {cell.training.mean():.3f}."
        )

    def _in_words(self, snapshot: GridSnapshot, best: int | None, place: int) -> str:
        cells = snapshot.cells
        lines = [f"<b>Picked:</b> {html.escape(self._cell_in_words(place, cells[place]))}"]
        if best is not None:
            top = cells[best]
            ties = sum(bool(abs(cell.mean - top.mean) < 1e-12) for cell in cells) - 1
            near = sum(cell.mean >= top.mean - top.standard_error for cell in cells) - 1
            lines.append(
                f"<b>Best: {html.escape(self.name_of(best))}</b>, {top.mean:.3f}. "
                f"Standard error {top.standard_error:.3f}: {near} other cells lie within it"
                + (f", {ties} of them with the very same score." if ties else ".")
            )
        failed, fits = sum(cell.failed for cell in cells), sum(len(cell.validation) for cell in cells)
        if failed:
            lines.append(f"<b>✗ {failed} of {fits} fits failed.</b> Pick a crossed-out cell to read why.")
        late = sum(cell.unconverged for cell in cells)
        if late:
            lines.append(
                f"{late} of {fits} fits stopped at their limit of iterations (<code>max_iter</code>)."
            )
        if len(snapshot.finished) > 1:
            lines.append(self._winners(snapshot.finished))
        return "".join(f"<div>{line}</div>" for line in lines)

    def _winners(self, finished: tuple[GridResult, ...]) -> str:
        """Which cells won on how many shuffles of the rows."""
        places = [best_place(result.means) for result in finished]
        scores = [result.best_score for result in finished]
        if any(place is None for place in places):
            return f"{len(finished)} shuffles were tried; in some of them every cell failed."
        counts = Counter(places).most_common()
        named = "; ".join(
            f"{html.escape(self.name_of(place))} {_times(count)}" for place, count in counts[:5]
        )
        more = f"; {len(counts) - 5} more" if len(counts) > 5 else ""
        return (
            f"<b>{len(finished)} ways to cut the rows, {len(counts)} "
            f"{'winner' if len(counts) == 1 else 'different winners'}</b>, "
            f"best score from {min(scores):.3f} to {max(scores):.3f}. {named}{more}."
        )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def status_html(snapshot: GridSnapshot, plan: GridPlan) -> str:
    """The line above the map.

    Args:
        snapshot: The lab's state.
        plan: The search that is shown.
    """
    text = f"{len(snapshot.cells)} of {plan.size} cells"
    if snapshot.waiting:
        text += f" · {snapshot.waiting} more ways to cut the rows to come"
    start = "Press <b>Train</b> to fit every cell."
    return state_html(snapshot.status, text, snapshot.error, start=start)
