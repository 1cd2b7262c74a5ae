"""One cell of a scikit-learn grid: its settings fitted and scored on every fold, failures kept as words."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


@dataclass(frozen=True, eq=False)
class Cell:
    """One combination of settings, cross-validated.

    Attributes:
        settings: The parameters that were set, by their full names.
        training: Score on the rows of each fold's training part, shape (folds,); NaN where the fit failed.
        validation: Score on each fold's held-out rows, shape (folds,); NaN where the fit failed.
        error: Why fits failed, in one line; empty if none did.
        unconverged: Fits that stopped at their limit of iterations.
        seconds: Time spent.

    Example:
        >>> cell = score_cell(LogisticRegression(), {"C": 1.0}, splits, x, y, scorer)
        >>> cell.mean, cell.standard_error
        (0.9733, 0.0125)
    """

    settings: Mapping[str, Any]
    training: np.ndarray
    validation: np.ndarray
    error: str = ""
    unconverged: int = 0
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """Fits that raised an error."""
        return int(np.isnan(self.validation).sum())

    @property
    def mean(self) -> float:
        """Mean validation score; NaN if any fold failed, because a mean over other folds compares unlike things."""
        return float(self.validation.mean())

    @property
    def standard_error(self) -> float:
        """Standard deviation over the folds, divided by the root of their number.

        Folds share training rows, so this is too small; no unbiased estimate exists.

        Reference:
            Y. Bengio, Y. Grandvalet, No unbiased estimator of the variance of k-fold cross-validation, JMLR 5,
            2004.
        """
        return float(self.validation.std(ddof=1) / np.sqrt(len(self.validation)))


def score_cell(
    estimator: BaseEstimator,
    settings: Mapping[str, Any],
    splits: Sequence[tuple[np.ndarray, np.ndarray]],
    x: Any,
    y: Any,
    scorer: Any,
) -> Cell:
    """Fit and score one combination on every fold, as ``GridSearchCV`` does.

    Args:
        estimator: A scikit-learn estimator; it is cloned, never fitted itself.
        settings: Parameters to set, by their full names.
        splits: Per fold the places of its training and of its held-out rows.
        x: Inputs.
        y: Targets.
        scorer: As ``sklearn.metrics.check_scoring`` returns it.

    Returns:
        The cell. An error of a fit is no error here: it is a finding, told in ``error``.

    Example:
        >>> score_cell(LogisticRegression(), {"l1_ratio": 1}, splits, x, y, scorer).error
        "ValueError: Solver lbfgs supports only 'l2' or None penalties, got l1 penalty."
    """
    from sklearn.base import clone
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    begin = time.perf_counter()
    training, validation = np.full((2, len(splits)), np.nan)
    error, unconverged = "", 0
    # Small fits lose more to the meeting of several threads than they win by them.
    with threadpool_limits(1), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for fold, (train, test) in enumerate(splits):
            seen.clear()
            try:
                fitted = clone(estimator).set_params(**settings).fit(_rows(x, train), _rows(y, train))
                training[fold] = scorer(fitted, _rows(x, train), _rows(y, train))
                validation[fold] = scorer(fitted, _rows(x, test), _rows(y, test))
            except Exception as problem:
                training[fold] = np.nan
                error = error or f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
            unconverged += any(issubclass(one.category, ConvergenceWarning) for one in seen)
    return Cell(dict(settings), training, validation, error, unconverged, time.perf_counter() - begin)


def _rows(values: Any, places: np.ndarray) -> Any:
    return values.iloc[places] if hasattr(values, "iloc") else values[places]
