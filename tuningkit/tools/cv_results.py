"""scikit-learn's ``cv_results_`` and trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tuningkit.search.trials import Trial, Trials


def read_results(source: Any, *, objective: str, direction: str) -> Trials:
    """Trials from a fitted search, or from a ``cv_results_`` alone."""
    if not isinstance(source, Mapping):
        from tuningkit.search.scikit_learn_adapter import from_scikit_learn

        return from_scikit_learn(source)
    missing = [name for name in ("params", "mean_test_score") if name not in source]
    if missing:
        raise ValueError(f"A cv_results_ has 'params' and 'mean_test_score'. Missing: {', '.join(missing)}")
    sign = -1.0 if direction == "min" else 1.0
    folds = [name for name in source if name.startswith("split") and name.endswith("_test_score")]
    rows = []
    for place, parameters in enumerate(source["params"]):
        score = float(source["mean_test_score"][place])
        times = (source.get("mean_fit_time"), source.get("mean_score_time"))
        details: dict[str, Any] = {}
        if folds:
            details["folds"] = tuple(sign * float(source[name][place]) for name in folds)
        if "std_test_score" in source:
            details["std"] = float(source["std_test_score"][place])
        rows.append(
            Trial(
                place + 1,
                dict(parameters),
                objective=sign * score,
                # A time is the mean of the folds.
                seconds=sum(float(one[place]) for one in times if one is not None) * max(1, len(folds)),
                status="finished" if math.isfinite(score) else "failed",
                message="" if math.isfinite(score) else "its score is not a number",
                details=details,
            )
        )
    return Trials(tuple(rows), objective, direction, library="scikit-learn")


def write_results(trials: Trials) -> dict[str, Any]:
    """Trials in the form of ``cv_results_``; a trial without folds is a single one."""
    sign = -1.0 if trials.direction == "min" else 1.0
    scores = sign * trials.objectives
    results: dict[str, Any] = {"params": [dict(trial.configuration) for trial in trials]}
    for name in trials.names:
        results[f"param_{name}"] = np.ma.array(
            [trial.configuration.get(name) for trial in trials],
            mask=[name not in trial.configuration for trial in trials],
            dtype=object,
        )
    folds = [trial.details.get("folds", (trial.objective,)) for trial in trials]
    if len({len(one) for one in folds}) > 1:
        folds = [(trial.objective,) for trial in trials]
    count = len(folds[0]) if folds else 0
    for fold in range(count):
        results[f"split{fold}_test_score"] = sign * np.array([one[fold] for one in folds], float)
    results["mean_test_score"] = scores
    results["std_test_score"] = np.array([float(np.std(one)) for one in folds])
    # As in scikit-learn: the best has rank 1, equal ones share the better rank, those without a number the last one.
    order = np.where(np.isfinite(scores), scores, -np.inf)
    results["rank_test_score"] = np.array([1 + int(np.sum(order > one)) for one in order], np.int32)
    results["mean_fit_time"] = np.array([trial.seconds / max(1, count) for trial in trials])
    results["std_fit_time"] = np.zeros(len(trials))
    results["mean_score_time"], results["std_score_time"] = np.zeros(len(trials)), np.zeros(len(trials))
    return results
