"""Checks of chapter 4.1, grid search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_STRENGTHS, _FOLDS = {0.1, 1.0, 10.0}, 3
#: On labels from a coin five honest folds of 80 rows average above this about once in a million times.
_TOO_GOOD, _GOOD = 0.75, 0.8


@exercise("4.1-a", "A search without a hole", hint="Print my_search.estimator and my_search.param_grid.")
def repaired_search(answer: Any) -> Iterator[Finding]:
    """A GridSearchCV over C and both penalties, scaling in a pipeline, three folds, errors raised, no fit failing."""
    from sklearn.model_selection import GridSearchCV

    if not isinstance(answer, GridSearchCV):
        yield wrong(
            f"The answer is a GridSearchCV, but you gave {describe(answer)}.",
            "Begin: GridSearchCV(Pipeline(...), ...)",
        )
        return
    yield from _pipeline(answer)
    grid = answer.param_grid if isinstance(answer.param_grid, dict) else {}
    values = {
        name.rsplit("__", 1)[-1]: [float(v) for v in grid[name]] for name in grid if _numbers(grid[name])
    }
    if set(values.get("C", ())) == _STRENGTHS:
        yield right("The three strengths are in the grid.")
    else:
        yield wrong(f"C should take the values 0.1, 1 and 10, but the grid holds {values.get('C', 'no C')}.")
    if {0.0, 1.0} <= set(values.get("l1_ratio", ())):
        yield right("Pure L2 and pure L1 are both in the grid.")
    else:
        yield wrong(
            "The grid does not try both pure L1 and pure L2.",
            "`l1_ratio` is 0 for pure L2 and 1 for pure L1.",
        )
    if _number_of_folds(answer.cv) == _FOLDS:
        yield right("Three folds.")
    else:
        yield wrong(f"The search should use three folds, but cv is {answer.cv!r}.", "Pass cv=3.")
    if answer.error_score == "raise":
        yield right("A failed fit would be an error.")
        yield from _fitted(answer)
    else:
        yield wrong(
            f"A failed fit would pass in silence: error_score is {answer.error_score!r}.",
            'Pass error_score="raise".',
        )


def _numbers(values: Any) -> bool:
    return all(isinstance(value, (int, float, np.number)) for value in values)


def _number_of_folds(cv: Any) -> int | None:
    """Folds of a number, of a splitter such as StratifiedKFold(3), or of a list of cuts; None for anything else."""
    from sklearn.model_selection import check_cv

    try:
        return check_cv(cv).get_n_splits()
    except (TypeError, ValueError):
        return None


def _pipeline(search: Any) -> Iterator[Finding]:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [step for _, step in search.estimator.steps] if isinstance(search.estimator, Pipeline) else []
    if any(isinstance(step, StandardScaler) for step in steps[:-1]):
        yield right("The scaler stands inside the pipeline.")
    else:
        yield wrong(
            "The search does not scale inside a pipeline.",
            'Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(...))])',
        )


def _fitted(search: Any) -> Iterator[Finding]:
    from sklearn.base import clone
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    try:
        fitted = clone(search).fit(x, y)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else "no further words"
        yield wrong(
            f"Fitted on the irises, the search fails: {type(error).__name__}: {first}",
            "Which solver knows both penalties?",
        )
        return
    yield right(f"Fitted on the irises, every fit succeeds; the best accuracy is {fitted.best_score_:.3f}.")


@contextmanager
def _rows_of_searches() -> Iterator[list[int]]:
    """The number of rows of each search that is fitted meanwhile, in this process."""
    from sklearn.model_selection import GridSearchCV

    # The class that grid, random and halving search inherit `fit` from.
    base = next(kind for kind in GridSearchCV.mro() if "fit" in vars(kind))
    rows: list[int] = []
    fit = base.fit

    def counted(search: Any, x: Any, *rest: Any, **named: Any) -> Any:
        rows.append(len(x))
        return fit(search, x, *rest, **named)

    with patch.object(base, "fit", counted):
        yield rows


@exercise("4.1-b", "An honest judge", hint="Which steps of your function see rows that are held out later?")
def honest_judge(answer: Any) -> Iterator[Finding]:
    """Five scores of nested cross-validation: about a half on noise, high on data with a signal."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of x and y, but you gave {describe(answer)}.", "Begin: def ...(x, y):"
        )
        return
    generator = np.random.default_rng(1)
    noise = generator.normal(size=(80, 1000))
    labels = generator.permutation(np.repeat([0, 1], 40))
    with _rows_of_searches() as rows:
        scores = np.asarray(answer(noise, labels), float)
    if rows and min(rows) == len(noise):
        yield wrong(
            "The search sees all rows, and its winner is judged by the folds that chose it: that is not nested.",
            "Give the search itself to cross_val_score, without fitting it first.",
        )
        return
    if scores.shape != (5,) or not np.all((scores >= 0) & (scores <= 1)):
        yield wrong(
            f"The result should be five accuracies from 0 to 1, but it is {describe(answer(noise, labels))}.",
            "cross_val_score(search, x, y, cv=5) returns them.",
        )
        return
    if scores.mean() < _TOO_GOOD:
        yield right(f"On noise the mean is {scores.mean():.0%}: nothing is found where nothing is.")
    else:
        yield wrong(
            f"On pure noise the mean is {scores.mean():.0%}. Something about the held-out rows was used.",
            "Are the columns chosen before the rows are cut?",
        )
    signal = noise.copy()
    signal[:, 3] += 4.0 * labels
    found = np.asarray(answer(signal, labels), float)
    if found.mean() > _GOOD:
        yield right(f"With a signal in one column the mean is {found.mean():.0%}.")
    else:
        yield wrong(
            f"Where one column carries a clear signal the mean is only {found.mean():.0%}.",
            "Does the function use its arguments, and choose columns by the labels?",
        )
