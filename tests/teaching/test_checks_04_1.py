"""The checks of chapter 4.1: other right ways pass, and a search that is not nested is named."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tuningkit.teaching import check


def irises_search(cv):
    pipeline = Pipeline(
        [("scale", StandardScaler()), ("model", LogisticRegression(solver="saga", max_iter=5000))]
    )
    grid = {"model__C": [0.1, 1, 10], "model__l1_ratio": [0, 1]}
    return GridSearchCV(pipeline, grid, cv=cv, error_score="raise")


def column_search():
    pipeline = Pipeline([("choose", SelectKBest()), ("model", LogisticRegression())])
    return GridSearchCV(pipeline, {"choose__k": [2, 10]}, cv=3)


def test_three_folds_may_be_a_splitter(progress):
    assert check("4.1-a", irises_search(StratifiedKFold(3))).passed


@pytest.mark.parametrize("cv", [None, 5, StratifiedKFold(4)])
def test_another_number_of_folds_is_named(progress, cv):
    result = check("4.1-a", irises_search(cv))
    assert not result.passed and "three folds" in " ".join(result.wrong)


def test_nesting_by_hand_passes(progress):
    def by_hand(x, y):
        cuts = StratifiedKFold(5).split(x, y)
        return [column_search().fit(x[kept], y[kept]).score(x[out], y[out]) for kept, out in cuts]

    result = check("4.1-b", by_hand)
    assert result.passed, result


def test_the_winner_s_own_scores_are_not_nested(progress):
    def own_scores(x, y):
        search = column_search().set_params(cv=5).fit(x, y)
        return np.array([search.cv_results_[f"split{f}_test_score"][search.best_index_] for f in range(5)])

    before = GridSearchCV.fit
    result = check("4.1-b", own_scores)
    assert not result.passed and "not nested" in " ".join(result.wrong)
    assert GridSearchCV.fit is before
