"""``tk.GridSearchLab``: scikit-learn's grid search, seen cell by cell and fold by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from tuningkit.labs import controls as parts
from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.grid_search_session import Cut, GridResult, GridSearchSession, GridSnapshot
from tuningkit.labs.grid_search_view import GridView, status_html
from tuningkit.search.grid_plan import GridPlan

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sklearn.model_selection import GridSearchCV

FOLDS = (2, 3, 4, 5, 6, 7, 8, 9, 10)
SHUFFLES = range(10)


class GridSearchLab(Lab):
    """See what ``GridSearchCV`` does: every cell of the grid, every fold of a cell, every fit that failed.

    A map shows the mean score of each combination while the fits go on. Failed fits are crossed out, and picking
    such a cell says why it failed. Sliders change the number of folds and the way the rows are shuffled before they
    are cut; the grid is fitted anew at once. "Ten shuffles" shows how often another cell wins.

    The estimators are cloned and fitted by scikit-learn itself; the searches are read, never changed.

    Args:
        searches: A ``GridSearchCV``, or several by name. Each grid has one or two parameters with several values.
        x: Inputs, shape (rows, features): an array or a data frame.
        y: Targets, shape (rows,).

    Raises:
        TypeError: If a search is of another kind.
        ValueError: If a grid cannot be drawn as a map, or x and y differ in length.

    Example:
        >>> search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10], "l1_ratio": [0, 1]}, cv=5)
        >>> lab = tk.GridSearchLab({"as it came": search}, x, y)
        >>> lab.train().wait()
        >>> lab.result.best.settings
        {'l1_ratio': 0, 'C': 10}
    """

    def __init__(self, searches: GridSearchCV | Mapping[str, GridSearchCV], x: Any, y: Any) -> None:
        named = dict(searches) if isinstance(searches, Mapping) else {"grid search": searches}
        if not named:
            raise ValueError("searches must hold at least one GridSearchCV. Received: an empty mapping")
        plans = {str(name): GridPlan.of(search) for name, search in named.items()}
        x, y = x if hasattr(x, "iloc") else np.asarray(x), np.asarray(y)
        if len(x) != len(y) or y.ndim != 1:
            raise ValueError(
                f"x and y must have one row for each other, y in one dimension. Received: {len(x)} rows in x, "
                f"y of shape {y.shape}"
            )
        session = GridSearchSession(plans, x, y, on_update=self._update)
        self._views = {name: GridView(plan) for name, plan in plans.items()}
        for name, view in self._views.items():
            view.show(name == session.cut.search)
            view.map.observe(lambda change, name=name: self._picked(name, change["new"]), "selected")
        self._status = parts.words()
        super().__init__(session, self._arrange(session))
        self._status.value = status_html(session.latest, plans[session.cut.search])

    def _arrange(self, session: GridSearchSession) -> list[ipywidgets.Widget]:
        row = parts.button_row(
            [
                parts.button("Train", "Fit every cell of the grid on every fold", self.train, primary=True),
                parts.button("Pause", "Stop after this cell; nothing is lost", session.pause),
                parts.button(
                    "Ten shuffles", "Run the search on ten ways to cut the rows", self.train_shuffles
                ),
                parts.button("Show best", "Pick the cell with the best mean score", self.go_to_best),
            ]
        )
        cut = session.cut
        self._controls: dict[str, parts.Control] = {}
        if len(session.plans) > 1:
            options = [(name, name) for name in session.plans]
            self._controls["search"] = parts.Choice("search", "search", options, cut.search, self._moved)
        self._controls["folds"] = _Stops("folds", "number of folds", FOLDS, cut.folds, self._moved)
        self._controls["split_seed"] = _Stops(
            "split_seed", "shuffle before the cut", (None, *SHUFFLES), cut.split_seed, self._moved
        )
        inputs = parts.columns([control.widget for control in self._controls.values()], 220)
        shown = [widget for view in self._views.values() for widget in view.widgets]
        return [row, inputs, self._status, *shown]

    # The learner's door

    def _moved(self, name: str, value: Any) -> None:
        cut = self.session.cut
        if name == "search":
            # Each search begins with the folds it asks for.
            plan = self.session.plans[value]
            self._choose(Cut(value, plan.folds, plan.split_seed))
        else:
            self._choose(Cut(cut.search, **{"folds": cut.folds, "split_seed": cut.split_seed, name: value}))

    def _choose(self, cut: Cut) -> None:
        self.session.check_open()
        for name, control in self._controls.items():
            if control.value != getattr(cut, name):
                control.show(getattr(cut, name))
        for name, view in self._views.items():
            view.show(name == cut.search)
        self.session.choose(cut)

    def _picked(self, name: str, cell: tuple[int, int] | None) -> None:
        view = self._views[name]
        if view.drawing:
            return  # the map lost its cell because it is being filled anew
        view.selected = None if cell is None else int(np.ravel_multi_index(cell, view.plan.shape))
        self.session.refresh()

    # The worker's door

    def _update(self, snapshot: GridSnapshot) -> None:
        view = self._views[snapshot.cut.search]
        self._status.value = status_html(snapshot, view.plan)
        view.draw(snapshot)
        if self._ended(snapshot) and snapshot.status == "finished":
            self._tell(self.runs)

    # From Python

    @property
    def search(self) -> str:
        """Name of the search in front; set it to change over."""
        return self.session.cut.search

    @search.setter
    def search(self, name: str) -> None:
        if name not in self.session.plans:
            raise ValueError(f"This lab has the searches {list(self.session.plans)}. Received: {name!r}")
        self._moved("search", name)

    @property
    def folds(self) -> int:
        """Number of folds, from 2."""
        return self.session.cut.folds

    @folds.setter
    def folds(self, value: int) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < 2:
            raise ValueError(f"folds must be a whole number from 2. Received: {value!r}")
        self._moved("folds", value)

    @property
    def split_seed(self) -> int | None:
        """Seed that shuffles the rows before they are cut; None cuts them in the order given."""
        return self.session.cut.split_seed

    @split_seed.setter
    def split_seed(self, value: int | None) -> None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ValueError(f"split_seed must be a whole number from 0, or None. Received: {value!r}")
        self._moved("split_seed", value)

    def train(self) -> GridSearchLab:
        """Fit every cell that is not fitted yet, in the background; the call returns at once."""
        self.session.check_open()
        self.session.train()
        return self

    def train_shuffles(self, count: int = len(SHUFFLES)) -> GridSearchLab:
        """Run the search on the folds of several shuffles, one after the other, in the background.

        Args:
            count: How many; the seeds are 0, 1, 2 and so on.

        Raises:
            ValueError: If it is not a whole number from 1.
        """
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"count must be a whole number from 1. Received: {count!r}")
        self.session.check_open()
        self._controls["split_seed"].show(count - 1)
        self.session.train_shuffles(range(count))
        return self

    def go_to_best(self) -> GridSearchLab:
        """Pick the cell with the best mean score so far."""
        view = self._views[self.search]
        view.map.selected, view.selected = None, None
        self.session.refresh()
        return self

    @property
    def result(self) -> GridResult | None:
        """The finished search in front; None before its last cell."""
        return next((one for one in self.runs if one.cut == self.session.cut), None)

    @property
    def runs(self) -> list[GridResult]:
        """All finished searches, in the order in which they were begun."""
        return self.session.results

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return static_picture.grid_search_figure(
            self.session.latest, self._views[self.session.latest.cut.search]
        )

    def __repr__(self) -> str:
        if self.result is None:
            plan = self.session.plans[self.search]
            return f"GridSearchLab, {self.search!r}: {len(self.session.latest.cells)} of {plan.size} cells fitted."
        return repr(self.result)


#: Stands for None among the stops of a slider: to ipywidgets a selection of None means that nothing is selected.
_NONE = "none: rows in order"


class _Stops(parts.Control):
    """A slider over listed values, of which None may be one; a value that is not among them is added.

    Args:
        name: The setting.
        label: Its name on the screen.
        values: The stops.
        value: The value at first.
        on_move: Called with name and value when the learner moves the slider.
    """

    def __init__(
        self, name: str, label: str, values: Sequence[int | None], value: int | None, on_move: parts.Moved
    ) -> None:
        options = [_NONE if one is None else str(one) for one in dict.fromkeys((*values, value))]
        widget = ipywidgets.SelectionSlider(options=options, description=label, continuous_update=True)
        super().__init__(name, widget, lambda name, text: on_move(name, _number(text)))
        self.show(value)

    @property
    def value(self) -> int | None:
        """The value the slider stands at."""
        return _number(self.widget.value)

    def _put(self, value: int | None) -> None:
        text = _NONE if value is None else str(value)
        if text not in self.widget.options:
            self.widget.options = (*self.widget.options, text)
        self.widget.value = text


def _number(text: str) -> int | None:
    return None if text == _NONE else int(text)
