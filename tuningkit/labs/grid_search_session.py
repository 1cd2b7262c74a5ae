"""What a GridSearchLab does, without widgets: one scikit-learn fit after another, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.search.grid_cells import Cell, score_cell
from tuningkit.search.grid_plan import GridPlan, best_place


@dataclass(frozen=True)
class Cut:
    """Which search is run on which folds.

    Attributes:
        search: Name of the search.
        folds: Number of folds.
        split_seed: Seed that shuffles the rows first; None leaves them in the order given.
    """

    search: str
    folds: int
    split_seed: int | None

    def in_words(self) -> str:
        """Folds and shuffle in words."""
        how = "rows in the order given" if self.split_seed is None else f"shuffle {self.split_seed}"
        return f"{self.folds} folds, {how}"


@dataclass(frozen=True, eq=False)
class GridResult:
    """A finished grid search.

    Attributes:
        cut: Which search on which folds.
        cells: Its cells, row by row.
        hyperparameters: Parameters of the best cell, the number of folds and the seed of the shuffle.
        history: ``val_accuracy`` (or another score): the mean score of each cell, in the order of the cells.
    """

    cut: Cut
    cells: tuple[Cell, ...]
    hyperparameters: Mapping[str, Any]
    history: Mapping[str, np.ndarray]

    @property
    def means(self) -> np.ndarray:
        """Mean validation score of each cell, shape (cells,); NaN where fits failed."""
        return np.array([cell.mean for cell in self.cells])

    @property
    def best(self) -> Cell | None:
        """The cell that ``GridSearchCV`` would choose; None if every cell failed."""
        place = best_place(self.means)
        return None if place is None else self.cells[place]

    @property
    def best_score(self) -> float:
        """Mean validation score of the best cell; NaN if every cell failed."""
        return float("nan") if self.best is None else self.best.mean

    @property
    def failed(self) -> int:
        """Fits that raised an error."""
        return sum(cell.failed for cell in self.cells)

    @property
    def fits(self) -> int:
        """Fits in all."""
        return sum(len(cell.validation) for cell in self.cells)

    def __repr__(self) -> str:
        best = "every cell failed"
        if self.best is not None:
            best = f"best {self.best_score:.4g} with {dict(self.best.settings)}"
        failed = f"{self.failed} of {self.fits} fits failed"
        return f"GridResult of {self.cut.search!r}, {self.cut.in_words()}: {best}; {failed}"


@dataclass(frozen=True)
class GridSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        cut: Which search on which folds.
        cells: The cells that are finished, row by row.
        finished: All finished searches of the same name and number of folds, in the order they were asked for.
        waiting: Further cuts that will be run after this one.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    cut: Cut
    cells: tuple[Cell, ...]
    finished: tuple[GridResult, ...]
    waiting: int
    error: tuple[str, str] | None
    final: bool


class GridSearchSession(Session):
    """Grid searches, fitted one cell at a time in the lab's own thread; every finished cell is kept.

    Args:
        plans: The searches by name.
        x: Inputs.
        y: Targets.
        on_update: Called in the worker's thread with a :class:`GridSnapshot`.
    """

    def __init__(
        self, plans: Mapping[str, GridPlan], x: Any, y: Any, *, on_update: Callable[[GridSnapshot], None]
    ) -> None:
        super().__init__(on_update, name="tuningkit-grid-search-lab")
        self.plans, self._x, self._y = dict(plans), x, y
        name, plan = next(iter(self.plans.items()))
        self.cut = Cut(name, plan.folds, plan.split_seed)
        self._cells: dict[Cut, list[Cell]] = {}
        self._queue: list[Cut] = []
        self._seen: Cut | None = None
        self._started = False
        self.latest = GridSnapshot("idle", self.cut, (), (), 0, None, True)

    def choose(self, cut: Cut) -> None:
        """Show another search or other folds; once training was asked for, they are run at once."""
        with self._lock:
            self.cut, self._queue = cut, []
            self._playing = self._started
        self.worker.wake()

    def train(self) -> None:
        """Fit what is left of the present grid."""
        with self._lock:
            self._started = self._playing = True
        self.worker.wake()

    def train_shuffles(self, seeds: range) -> None:
        """Run the present search on the folds of several shuffles, one after the other."""
        with self._lock:
            cuts = [Cut(self.cut.search, self.cut.folds, seed) for seed in seeds]
            self.cut, self._queue = cuts[0], cuts[1:]
            self._started = self._playing = True
        self.worker.wake()

    def snapshot(self, *, final: bool = False) -> GridSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        with self._lock:
            cut, waiting = self.cut, len(self._queue)
        alike = [one for one in self._cells if (one.search, one.folds) == (cut.search, cut.folds)]
        results = [self._result(one) for one in alike]
        self.latest = GridSnapshot(
            self._status,
            cut,
            tuple(self._cells.get(cut, ())),
            tuple(result for result in results if result is not None),
            waiting,
            self._error,
            final,
        )
        return self.latest

    @property
    def results(self) -> list[GridResult]:
        """All finished searches, in the order in which they were begun."""
        return [result for result in map(self._result, list(self._cells)) if result is not None]

    def _result(self, cut: Cut) -> GridResult | None:
        plan, cells = self.plans[cut.search], tuple(self._cells.get(cut, ()))
        if len(cells) < plan.size:
            return None
        means = np.array([cell.mean for cell in cells])
        place = best_place(means)
        chosen = {} if place is None else {k: _plain(v) for k, v in cells[place].settings.items()}
        shared = {"search": cut.search, "folds": cut.folds, "split_seed": cut.split_seed}
        name = f"val_{plan.score_name.replace(' ', '_')}"
        return GridResult(cut, cells, {**chosen, **shared}, {name: means})

    # In the worker's thread

    def _has_work(self) -> bool:
        with self._lock:
            return self._playing and self._left() > 0

    def _left(self) -> int:
        cuts = [self.cut, *self._queue]
        return sum(self.plans[cut.search].size - len(self._cells.get(cut, ())) for cut in cuts)

    def _obey(self) -> bool:
        moved, self._seen = self._seen != self.cut, self.cut
        return moved

    def _due(self) -> bool:
        with self._lock:
            while self._queue and len(self._cells.get(self.cut, ())) == self.plans[self.cut.search].size:
                self.cut = self._queue.pop(0)
            if self._left() == 0:
                self._playing = False
            return self._playing

    def _advance(self) -> None:
        with self._lock:
            cut = self.cut
        plan, cells = self.plans[cut.search], self._cells.setdefault(cut, [])
        if len(cells) < plan.size:
            splits = plan.splits(self._y, cut.folds, cut.split_seed)
            settings = plan.settings(len(cells))
            cells.append(score_cell(plan.estimator, settings, splits, self._x, self._y, plan.scorer()))

    def _resting(self) -> str:
        done = len(self._cells.get(self.cut, ()))
        if not done:
            return "idle"
        return "finished" if done == self.plans[self.cut.search].size else "paused"

    def _free(self) -> None:
        self._x = self._y = None


def _plain(value: Any) -> Any:
    """A parameter as JSON can keep it."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
