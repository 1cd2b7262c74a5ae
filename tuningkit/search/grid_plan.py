"""A scikit-learn grid search laid out as a map: rows, columns, folds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.model_selection import GridSearchCV


@dataclass(frozen=True, eq=False)
class GridPlan:
    """What a ``GridSearchCV`` would try, in rows and columns.

    Attributes:
        estimator: The estimator of the search.
        names: Full names of the parameter along the rows and along the columns; the first is "" if only one
            parameter has several values.
        values: Their values. A missing row parameter has the single value None.
        shared: Parameters with one value, set in every cell.
        scoring: As in the search.
        folds: Folds the search asks for.
        split_seed: Seed of its shuffled folds, or None if the rows are split in the order given.
    """

    estimator: BaseEstimator
    names: tuple[str, str]
    values: tuple[list[Any], list[Any]]
    shared: dict[str, Any]
    scoring: Any
    folds: int
    split_seed: int | None

    @classmethod
    def of(cls, search: GridSearchCV) -> GridPlan:
        """Read a search.

        Args:
            search: A ``GridSearchCV``, fitted or not, over one or two parameters with several values.

        Raises:
            TypeError: If it is something else.
            ValueError: If its grid or its folds cannot be drawn as a map.

        Example:
            >>> GridPlan.of(GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10]}, cv=5)).shape
            (1, 3)
        """
        from sklearn.model_selection import GridSearchCV

        if not isinstance(search, GridSearchCV):
            raise TypeError(
                "Give a scikit-learn GridSearchCV, such as GridSearchCV(model, {'C': [0.1, 1, 10]}, cv=5). "
                f"Received: {type(search).__name__}"
            )
        grid = search.param_grid
        if not isinstance(grid, dict):
            raise ValueError(
                "The grid must be one dictionary: a list of grids has no rows and columns to be drawn in. "
                f"Received: a {type(grid).__name__} of {len(grid)}"
            )
        several = [name for name, values in grid.items() if len(values) > 1]
        if not 1 <= len(several) <= 2:
            raise ValueError(
                "A map shows one or two parameters with more than one value. "
                f"Received: {len(several)} ({', '.join(several) or 'none'})"
            )
        # The longer list runs along the page.
        several.sort(key=lambda name: len(grid[name]))
        row, column = several if len(several) == 2 else ("", several[0])
        return cls(
            estimator=search.estimator,
            names=(row, column),
            values=(list(grid[row]) if row else [None], list(grid[column])),
            shared={name: next(iter(values)) for name, values in grid.items() if name not in several},
            scoring=search.scoring,
            **_folds_of(search.cv),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.values[0]), len(self.values[1])

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the parameters without the step of a pipeline they belong to: ``model__C`` is ``C``."""
        short = tuple(name.rsplit("__", 1)[-1] for name in self.names)
        return short if short[0] != short[1] else self.names

    def settings(self, place: int) -> dict[str, Any]:
        """The parameters of one cell, counted row by row from 0."""
        row, column = np.unravel_index(place, self.shape)
        found = {self.names[1]: self.values[1][column], **self.shared}
        return {self.names[0]: self.values[0][row], **found} if self.names[0] else found

    def splits(self, y: Any, folds: int, split_seed: int | None) -> list[tuple[np.ndarray, np.ndarray]]:
        """Per fold the places of its training and of its held-out rows, as scikit-learn cuts them.

        Args:
            y: Targets, shape (rows,).
            folds: Number of folds, from 2.
            split_seed: Seed that shuffles the rows first; None cuts them in the order given.

        Raises:
            ValueError: If a class has fewer rows than there are folds.
        """
        from sklearn.base import is_classifier
        from sklearn.model_selection import KFold, StratifiedKFold

        rows = len(y)
        stratified = is_classifier(self.estimator)
        fewest = int(np.unique(y, return_counts=True)[1].min()) if stratified else rows
        if folds > fewest:
            what = "rows of the smallest class" if stratified else "rows"
            raise ValueError(f"{folds} folds need as many {what}, but there are {fewest}.")
        kind = StratifiedKFold if stratified else KFold
        cutter = kind(folds, shuffle=split_seed is not None, random_state=split_seed)
        return list(cutter.split(np.zeros((rows, 1)), y))

    def scorer(self) -> Any:
        """The function that scores a fitted estimator."""
        from sklearn.metrics import check_scoring

        return check_scoring(self.estimator, self.scoring)

    @property
    def score_name(self) -> str:
        """Name of the score, for axes."""
        if isinstance(self.scoring, str):
            return self.scoring.replace("_", " ")
        from sklearn.base import is_classifier

        if self.scoring is not None:
            return "score"
        return "accuracy" if is_classifier(self.estimator) else "R2"


def _folds_of(cv: Any) -> dict[str, Any]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if cv is None or isinstance(cv, int):
        return {"folds": 5 if cv is None else cv, "split_seed": None}
    if isinstance(cv, (KFold, StratifiedKFold)):
        seed = cv.random_state if isinstance(cv.random_state, int) else 0
        return {"folds": cv.get_n_splits(), "split_seed": seed if cv.shuffle else None}
    raise ValueError(
        "cv must be a number of folds, a KFold or a StratifiedKFold, so that sliders can change it. "
        f"Received: {type(cv).__name__}"
    )


def best_place(means: Sequence[float]) -> int | None:
    """The first cell with the highest mean score, as ``GridSearchCV`` chooses; None if no cell has one."""
    found = np.asarray(means, float)
    return None if np.isnan(found).all() else int(np.nanargmax(found))
