"""Why fits of a search failed: scikit-learn keeps the NaN and forgets the reason."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any


def reason_of_failure(search: Any, candidate: Mapping[str, Any], fold: int, x: Any, y: Any) -> str:
    """Repeat one fit that failed, and return its error in one line.

    Args:
        search: The search.
        candidate: The parameters that failed.
        fold: The first fold that failed, from 0.
        x: Inputs; None if they are not at hand.
        y: Targets.

    Example:
        >>> reason_of_failure(search, {"penalty": "l1"}, 0, x, y)
        "ValueError: Solver lbfgs supports only 'l2' or None penalties, got l1 penalty."
    """
    if x is None:
        return "the fit or its score failed; give the data to learn why: from_scikit_learn(search, x, y)"
    from sklearn.base import clone, is_classifier
    from sklearn.metrics import check_scoring
    from sklearn.model_selection import check_cv
    from sklearn.utils import _safe_indexing as rows_of

    splits = list(check_cv(search.cv, y, classifier=is_classifier(search.estimator)).split(x, y))
    train, test = splits[min(fold, len(splits) - 1)]
    estimator = clone(search.estimator).set_params(**clone_values(candidate))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            targets = () if y is None else (rows_of(y, train),)
            estimator.fit(rows_of(x, train), *targets)
            scoring = search.scoring
            if scoring is None or isinstance(scoring, str) or callable(scoring):
                left = () if y is None else (rows_of(y, test),)
                check_scoring(estimator, scoring)(estimator, rows_of(x, test), *left)
        except Exception as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return "its score was not a number"


def clone_values(candidate: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the search sets them: estimators among them are copied."""
    from sklearn.base import clone

    return {name: clone(value, safe=False) for name, value in candidate.items()}


def grouped(candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """A key per candidate: equal for equal parameters."""
    return [repr(sorted(candidate.items(), key=lambda pair: pair[0])) for candidate in candidates]
