"""scikit-learn's own searches as a table of trials."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tuningkit.search.scikit_learn_errors import grouped, reason_of_failure
from tuningkit.search.scikit_learn_progress import Watched, fit_watched
from tuningkit.search.scikit_learn_space import candidates_of, space_of
from tuningkit.search.trials import Trial, Trials

_METHODS = {
    "GridSearchCV": "grid",
    "RandomizedSearchCV": "random",
    "HalvingGridSearchCV": "halving grid",
    "HalvingRandomSearchCV": "halving random",
}


@dataclass
class _Row:
    """One candidate: parameters, scores of its folds (the last round's), mean score after each round, cost."""

    candidate: Mapping[str, Any]
    folds: tuple[float, ...] = ()
    curve: list[float] = field(default_factory=list)
    seconds: float = 0.0
    resources: int | None = None
    status: str = "finished"


def from_scikit_learn(
    search: Any, x: Any = None, y: Any = None, *, objective: str | None = None, progress: bool = True
) -> Trials:
    """Turn a search of scikit-learn into a table of trials; fit it first if it is not fitted yet.

    scikit-learn gives a fit that fails the score NaN, and only warns. Here such a candidate is a row with the error
    that stopped it: one of its failed fits is repeated to learn it. While a search is fitted here, its warnings are
    counted in the table's ``note`` instead of printed.

    Args:
        search: A ``GridSearchCV``, ``RandomizedSearchCV``, ``HalvingGridSearchCV`` or ``HalvingRandomSearchCV``.
        x: Inputs. Needed to fit the search; for a fitted one, to learn why fits failed.
        y: Targets.
        objective: With several scores, the one that is compared; None: the one that the search refits by.
        progress: Whether to show a bar with the time left if the search takes more than two seconds.

    Returns:
        One trial per candidate. More is better, except that scores such as "neg_log_loss" are turned back into
        losses. The ``curve`` of a candidate of a halving search is its mean score after each round. Interrupted
        with Ctrl-C, the candidates that were scored, if the search ran in this process.

    Raises:
        TypeError: If it is no search of scikit-learn.
        ValueError: If it is not fitted and there is no data, or there is no such score.

    Example:
        >>> search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10], "l1_ratio": [0, 1]})
        >>> tk.search.from_scikit_learn(search, x, y).counts
        {'finished': 3, 'failed': 3}
    """
    method = _method_of(search)
    watched = None
    if not hasattr(search, "cv_results_"):
        if x is None:
            raise ValueError(
                "This search is not fitted yet. Give it the data: from_scikit_learn(search, x, y)."
            )
        watched = fit_watched(search, x, y, _fits(search, x, y), progress=progress)
    if hasattr(search, "cv_results_"):
        name = _score_name(search, objective)
        rows = _rows(search.cv_results_, name)
        label = str(search.scoring if name == "score" and isinstance(search.scoring, str) else name)
    else:
        label = search.scoring if isinstance(search.scoring, str) else "score"
        rows = _rows_of_unfinished(search, watched)
    sign = -1.0 if label.startswith("neg_") else 1.0
    trials = [_trial(number, row, sign, search, x, y) for number, row in enumerate(rows, start=1)]
    refit = getattr(search, "refit_time_", 0.0)
    return Trials(
        tuple(trials),
        objective=label.removeprefix("neg_"),
        direction="max" if sign > 0 else "min",
        method=method,
        library="scikit-learn",
        seconds=watched.seconds if watched else sum(trial.seconds for trial in trials) + refit,
        space=space_of(search),
        interrupted=watched is not None and watched.interrupted,
        note=watched.note if watched else "",
    )


def _method_of(search: Any) -> str:
    for kind in type(search).__mro__:
        if kind.__name__ in _METHODS and kind.__module__.startswith("sklearn."):
            return _METHODS[kind.__name__]
    raise TypeError(
        f"search must be one of scikit-learn's searches: {', '.join(_METHODS)}. Received: {type(search).__name__}"
    )


def _fits(search: Any, x: Any, y: Any) -> int:
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv

    splits = check_cv(search.cv, y, classifier=is_classifier(search.estimator)).get_n_splits(x, y)
    return max(1, len(candidates_of(search)) * splits)


def _score_name(search: Any, objective: str | None) -> str:
    names = [key.removeprefix("mean_test_") for key in search.cv_results_ if key.startswith("mean_test_")]
    if objective is None:
        objective = search.refit if isinstance(search.refit, str) else names[0]
    if objective not in names:
        raise ValueError(f"objective must be one of: {', '.join(names)}. Received: objective={objective!r}")
    return objective


def _rows(results: Mapping[str, Any], name: str) -> list[_Row]:
    """One row per candidate, in the order in which they were first tried."""
    candidates = [dict(parameters) for parameters in results["params"]]
    rounds = np.asarray(results.get("iter", np.zeros(len(candidates), int)))
    resources = results.get("n_resources")
    folds = np.stack([values for key, values in results.items() if _is_fold(key, name)], axis=1)
    times = np.asarray(results["mean_fit_time"]) + np.asarray(results["mean_score_time"])
    # A resource such as the number of trees stands among the parameters, and grows from round to round.
    growing = _growing(candidates, resources) if len(set(rounds)) > 1 else None
    for candidate in candidates:
        candidate.pop(growing, None)
    found: dict[str, _Row] = {}
    for place, key in enumerate(grouped(candidates)):
        row = found.setdefault(key, _Row(candidates[place]))
        row.folds = tuple(float(score) for score in folds[place])
        row.curve.append(float(results[f"mean_test_{name}"][place]))
        row.seconds += float(times[place]) * folds.shape[1]
        row.status = "finished" if rounds[place] == rounds.max() else "stopped early"
        if resources is not None:
            row.resources = int(resources[place])
    return list(found.values())


def _is_fold(key: str, name: str) -> bool:
    return key.startswith("split") and key.endswith(f"_test_{name}") and key[5:].split("_")[0].isdigit()


def _growing(candidates: Sequence[Mapping[str, Any]], resources: Any) -> str | None:
    if resources is None:
        return None
    for name in candidates[0]:
        if all(
            candidate.get(name) == amount for candidate, amount in zip(candidates, resources, strict=True)
        ):
            return name
    return None


def _rows_of_unfinished(search: Any, watched: Watched | None) -> list[_Row]:
    """Rows of a search that was interrupted, or whose every fit failed."""
    splits = getattr(search, "n_splits_", 1)
    rows = []
    for candidate in candidates_of(search):
        scores = watched.of(candidate) if watched else []
        if watched and watched.interrupted and not scores:
            continue
        whole = len(scores) >= splits
        last = tuple(scores[-splits:]) if whole else tuple(scores)
        curve = [float(np.mean(last))] if scores else [math.nan]
        status = "finished" if whole or not scores else "interrupted"
        rows.append(_Row(candidate, last or (math.nan,), curve, status=status))
    return rows


def _trial(number: int, row: _Row, sign: float, search: Any, x: Any, y: Any) -> Trial:
    failed = [fold for fold, score in enumerate(row.folds) if not math.isfinite(score)]
    score = row.curve[-1]
    message = ""
    if not math.isfinite(score):
        reason = reason_of_failure(search, row.candidate, failed[0] if failed else 0, x, y)
        few = 0 < len(failed) < len(row.folds)
        message = f"{len(failed)} of {len(row.folds)} fits failed: {reason}" if few else reason
    details: dict[str, Any] = {
        "folds": tuple(sign * one for one in row.folds),
        "std": float(np.std(row.folds)),
    }
    if row.resources is not None:
        details[search.resource] = row.resources
    several = len(row.curve) > 1
    return Trial(
        number,
        dict(row.candidate),
        objective=sign * score,
        seconds=row.seconds,
        status="failed" if message else row.status,
        seed=_seed(search, row.candidate),
        message=message,
        curve=tuple(sign * one for one in row.curve) if several else (),
        details=details,
    )


def _seed(search: Any, candidate: Mapping[str, Any]) -> int | None:
    names = [name for name in search.estimator.get_params() if name.split("__")[-1] == "random_state"]
    values = {**search.estimator.get_params(), **candidate}
    seeds = {values[name] for name in names if isinstance(values[name], (int, np.integer))}
    return int(seeds.pop()) if len(seeds) == 1 else None
