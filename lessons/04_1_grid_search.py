# %% [markdown] tags=["title"]
# # 4.1 Grid search: every combination, and what it hides
#
# **You will be able to** run a grid search with scikit-learn and notice when part of it failed, keep held-out rows out
# of every decision with a pipeline, and report a score with an interval that you can defend.
#
# | | |
# |---|---|
# | **Time** | 55 minutes |
# | **You need first** | what training and validation rows are, as in [Start here](00_start_here.ipynb) |
# | **Part of the article** | 4.1 An example of tuning hyperparameters |
#
# This chapter uses scikit-learn only. Networks come back in the next one.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## A small model with two hyperparameters
#
# *Logistic regression* gives each class a score that is a weighted sum of the features. scikit-learn chooses the weights
# $w$ that minimise
#
# $$C \sum_{i=1}^{n} \ell_i(w) \;+\; \rho \sum_j |w_j| \;+\; \frac{1-\rho}{2} \sum_j w_j^2$$
#
# $\ell_i$ is the cross-entropy of row $i$ in nats, $n$ the number of rows. The two hyperparameters have no unit: $C > 0$,
# the *inverse* strength of the penalty (a large $C$ means a weak penalty), and $\rho$, the share of L1: 0 for pure L2,
# 1 for pure L1. scikit-learn 1.9 calls it `l1_ratio`
# ([user guide](https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression)).
#
# The data are 150 irises of three species, with four lengths measured in centimetres
# ([Fisher, 1936](https://doi.org/10.1111/j.1469-1809.1936.tb02137.x)).

# %%
import warnings
from collections import Counter

import numpy as np
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tuningkit.teaching import Option, Question

# Thousands of very small fits follow. Several threads per fit would spend their time waiting for each other.
threadpool_limits(1)

x, y = load_iris(return_X_y=True)
print(f"{len(x)} rows, {x.shape[1]} features, species: {dict(Counter(y.tolist()))}")

# %% tags=["test"]
assert x.shape == (150, 4) and np.bincount(y).tolist() == [50, 50, 50]

# %% [markdown] tags=["idea"]
# ## Grid search with cross-validation
#
# A *grid search* tries every combination of listed values. To score one, *k-fold cross-validation* cuts the rows into
# $k$ parts, the *folds*. Each fold is held out once, while the model learns from the others:
#
# $$\text{score} = \frac{1}{k} \sum_{j=1}^{k} a_j \qquad \text{fits} = k \cdot m_1 \cdot m_2 \cdots$$
#
# $a_j$ is the accuracy on fold $j$ (a share from 0 to 1), $m_1, m_2, \dots$ the number of values listed for each
# hyperparameter. The combination with the highest score wins
# ([Hastie, Tibshirani & Friedman, 7.10](https://hastie.su.domains/ElemStatLearn/)).
#
# The article searches six values of $C$ and two penalties with five folds: 60 fits. The next cell sets up its search as
# it stands, and a second one that you will need later. Nothing is fitted yet.

# %%
strengths = [0.001, 0.01, 0.1, 1, 10, 100]
article = GridSearchCV(LogisticRegression(), {"C": strengths, "penalty": ["l1", "l2"]}, cv=5)

scaled = Pipeline(
    [("scale", StandardScaler()), ("model", LogisticRegression(solver="saga", max_iter=5000, random_state=0))]
)
repaired = GridSearchCV(scaled, {"model__C": strengths, "model__l1_ratio": [0, 1]}, cv=5, error_score="raise")

# %% [markdown] tags=["predict"]
# ## Predict: sixty fits
#
# The article's search runs, and prints the best parameters it found.

# %% tags=["predict"]
fits = tk.Prediction(
    "4.1-fits",
    "How many of its 60 fits succeed?",
    ["all of them, or there would be an error", "half of them", "one in six: only the best C works"],
)
fits

# %% [markdown] tags=["lab"]
# ## Lab: every cell, every fold
#
# Press **Train**. Each cell of the map is one combination, its number the mean accuracy over the folds.
#
# 1. Pick a crossed-out cell, by a click or with the arrow keys. Below the charts you read why it failed.
# 2. Change **search** to "repaired". No cell is crossed out; pick some and compare training with validation.
# 3. Press **Ten shuffles**. The rows are cut into folds in ten other ways: how many different cells win?

# %% tags=["lab"]
lab = tk.GridSearchLab({"as in the article": article, "repaired": repaired}, x, y)
lab

# %% [markdown] tags=["explain"]
# ## Half of the grid never ran
#
# If you skipped the lab, the next cell runs both searches for you.

# %%
for name in ("as in the article", "repaired"):
    lab.search, lab.folds, lab.split_seed = name, 5, None
    lab.train().wait()
    result = lab.result
    print(f"{name}: {result.failed} of {result.fits} fits failed, best score {result.best_score:.3f}")
lab.search = "as in the article"
lab.wait()
lab.figure()

# %%
fits.reveal(
    "half of them",
    "The default solver, lbfgs, cannot minimise an L1 penalty. All 30 fits with penalty l1 raise an error. "
    "GridSearchCV catches it, writes NaN into the table of scores, and goes on.",
)

# %% [markdown]
# Now the same search as the article runs it, with the warnings caught and counted instead of printed.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    article.fit(x, y)
print("Best parameters:", article.best_params_)
print(f"Scores that are NaN: {np.isnan(article.cv_results_['mean_test_score']).sum()} of 12")
kinds = Counter(warning.category.__name__ for warning in caught)
print(f"{len(caught)} warnings:", ", ".join(f"{count} {name}" for name, count in kinds.most_common()))
failure = next(str(w.message) for w in caught if issubclass(w.category, FitFailedWarning))
print("The one that matters begins:", failure.strip().splitlines()[0])
print("and ends:", failure.strip().splitlines()[-1])

# %%
article_trials = tk.search.from_scikit_learn(article, x, y)
article_trials

# %% [markdown]
# What made this hard to see?
#
# - The result looks fine: best parameters, and an accuracy of 0.98. Nothing says that L1 was never tried.
# - Two warnings tell the truth: one counts the failed fits, one lists the scores, NaN among them. They drown in 61
#   others, which say that `penalty` is deprecated since scikit-learn 1.8: one for each fit and one for the last fit on
#   all rows.
# - Some fits stopped at 100 iterations before they had converged. The repaired search below scales the features, and
#   with that the same solver converges in every fold.

# %% tags=["test"]
assert kinds["FitFailedWarning"] == 1 and kinds["FutureWarning"] == 61
assert kinds["ConvergenceWarning"] > 0 and kinds["UserWarning"] == 1
assert any("non-finite" in str(warning.message) for warning in caught)
with warnings.catch_warnings():
    # A fit that does not converge is an error here.
    warnings.simplefilter("error")
    for strength in strengths:
        cross_val_score(
            Pipeline([("s", StandardScaler()), ("m", LogisticRegression(C=strength))]), x, y, cv=5
        )
assert failure.strip().startswith("30 fits failed out of a total of 60")
assert "got l1 penalty" in failure
assert article.best_params_["penalty"] == "l2" and round(article.best_score_, 2) == 0.98
assert np.isnan(article.cv_results_["mean_test_score"]).sum() == 6
assert len(article_trials) == 12 and article_trials.counts["failed"] == 6
by_search = {run.cut.search: run for run in lab.runs if run.cut.folds == 5 and run.cut.split_seed is None}
assert (by_search["as in the article"].failed, by_search["as in the article"].fits) == (30, 60)
assert by_search["repaired"].failed == 0
assert sum(cell.unconverged for cell in by_search["repaired"].cells) == 0
assert np.isclose(by_search["as in the article"].best_score, article.best_score_)

# %% [markdown] tags=["code"]
# ## The search, repaired
#
# Four changes. `solver="saga"` knows both penalties. `l1_ratio` replaces `penalty`. `StandardScaler` stands *inside* a
# `Pipeline`, so that it learns mean and spread from the training part of each fold only. And `error_score="raise"` turns
# a failed fit into an error that nobody can overlook.

# %%
repaired.fit(x, y)
print("Best parameters:", repaired.best_params_, f"score {repaired.best_score_:.3f}")

scores = repaired.cv_results_["mean_test_score"].reshape(len(strengths), 2).T
tk.plots.heat_map(
    scores,
    strengths,
    ["L2", "L1"],
    x_name="C",
    y_name="penalty",
    value_label="accuracy",
    best="max",
    title="Weak penalties win; strong L1 leaves no weight at all",
)

# %% [markdown]
# At the strongest L1 penalties every weight is zero, and a third of the rows is all the model gets right. Several cells
# are within one row in 150 of each other. Which of them wins is luck, as the ten shuffles showed.

# %% tags=["test"]
assert np.allclose(scores[1, :2], 1 / 3)
top = np.sort(scores.ravel())[::-1]
assert (top >= top[0] - 1.5 / 150).sum() >= 3
strong = scaled.set_params(model__C=0.001, model__l1_ratio=1).fit(x, y)
assert np.all(strong["model"].coef_ == 0)
lab.search = "repaired"
lab.train_shuffles().wait()
shuffled = [run for run in lab.runs if run.cut.search == "repaired" and run.cut.split_seed is not None]
assert len(shuffled) == 10
assert len({str(run.best.settings) for run in shuffled}) >= 3

# %% [markdown]
# ## Halving: fewer rows for most candidates
#
# *Successive halving* begins with all candidates on few rows, keeps the better third, and gives it three times as many
# rows, until the candidates or the rows run out. It fits often, but mostly on little data
# ([scikit-learn](https://scikit-learn.org/stable/modules/grid_search.html#successive-halving-user-guide);
# [Jamieson & Talwalkar, 2016](https://proceedings.mlr.press/v51/jamieson16.html)).

# %%
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV

halving = HalvingGridSearchCV(
    scaled, repaired.param_grid, factor=3, min_resources=15, cv=5, random_state=0, error_score="raise"
)
halving.fit(x, y)
for candidates, rows in zip(halving.n_candidates_, halving.n_resources_, strict=True):
    print(f"{candidates:>3} candidates on {rows:>3} rows")
rows_used = 5 * sum(c * r for c, r in zip(halving.n_candidates_, halving.n_resources_, strict=True))
print(f"Rows read: {rows_used} against {5 * 12 * len(x)} for the full grid.")
print("Best parameters:", halving.best_params_)

# %% tags=["test"]
assert halving.n_candidates_[0] == 12 and halving.n_candidates_[-1] < 3
assert rows_used < 0.6 * 5 * 12 * len(x)

# %% [markdown] tags=["idea"]
# ## Leakage: the held-out rows were not held out
#
# A held-out fold tells the truth only if nothing about it was used to build the model. *Leakage* is every way in which
# it was: columns chosen, values scaled or gaps filled with the help of all rows before the cut.
#
# With many columns and few rows, choosing columns first is the worst case. Among a thousand columns of pure noise some
# agree with the labels by accident, *also on the rows that are held out later*. A model on those columns predicts the
# accident ([Ambroise & McLachlan, 2002](https://doi.org/10.1073/pnas.102102699);
# [Hastie, Tibshirani & Friedman, 7.10.2](https://hastie.su.domains/ElemStatLearn/)). Leakage was found in published work of
# 17 fields ([Kapoor & Narayanan, 2023](https://doi.org/10.1016/j.patter.2023.100804)).
#
# The remedy: every step that learns from rows belongs into the `Pipeline`.

# %%
generator = np.random.default_rng(0)
noise = generator.normal(size=(60, 1000))
coin_flips = generator.permutation(np.repeat([0, 1], 30))

# The wrong way: look at all 60 rows, and order the columns by how well they agree with the labels.
ranking = np.argsort(f_classif(noise, coin_flips)[0])[::-1]


class ChosenBeforehand(SelectKBest):
    """Keeps the first k columns of a ranking that was made with all rows."""

    def fit(self, x, y=None):
        self.scores_ = np.zeros(x.shape[1])
        self.scores_[ranking[: self.k]] = 1
        return self


def search_on_columns(choose):
    pipeline = Pipeline([("choose", choose), ("scale", StandardScaler()), ("model", LogisticRegression())])
    return GridSearchCV(
        pipeline,
        {"choose__k": [2, 5, 10, 20], "model__C": [0.001, 0.01, 0.1, 1, 10]},
        cv=5,
        error_score="raise",
    )


leaky, sound = search_on_columns(ChosenBeforehand()), search_on_columns(SelectKBest())

# %% [markdown] tags=["predict"]
# ## Predict: reading tea leaves
#
# There are 60 rows, 1,000 columns of random numbers, and labels from a coin, 30 of each kind. Nobody can predict them:
# on new rows the accuracy is 50 %. The columns are chosen with all rows, then the grid is searched.

# %% tags=["predict"]
leak = tk.Prediction("4.1-leak", "What accuracy does the best cell report?", between=(0, 100), unit="%")
leak

# %% [markdown] tags=["lab"]
# ## Lab: the same noise, twice
#
# Press **Train**. Then let the second search run on the same rows.
#
# 1. Read the best accuracy of "columns chosen first".
# 2. Change to "columns chosen in the pipeline". The only difference is *when* the columns are chosen.
# 3. Try other numbers of folds. Does more cross-validation repair the leak?

# %% tags=["lab"]
noise_lab = tk.GridSearchLab(
    {"columns chosen first": leaky, "columns chosen in the pipeline": sound}, noise, coin_flips
)
noise_lab

# %% [markdown] tags=["explain"]
# ## Why the leak looks like skill

# %%
best = {}
for name in ("columns chosen first", "columns chosen in the pipeline"):
    noise_lab.search, noise_lab.folds, noise_lab.split_seed = name, 5, None
    noise_lab.train().wait()
    best[name] = noise_lab.result.best_score
    print(f"{name}: best {best[name]:.0%}, all cells together {noise_lab.result.means.mean():.0%}")
noise_lab.search = "columns chosen first"
noise_lab.wait()
noise_lab.figure()

# %%
fresh = generator.normal(size=(2000, 1000))
fresh_flips = generator.integers(0, 2, 2000)
print(f"The leaky winner on 2,000 new rows: {leaky.fit(noise, coin_flips).score(fresh, fresh_flips):.0%}")

# %%
leak.reveal(
    round(100 * best["columns chosen first"]),
    "Nothing can be known here, and yet the search reports success. The columns were picked because they agree with "
    "these labels, the held-out ones included. Each fold then confirms what it was used to choose. More folds do not "
    "help: the columns were chosen before the first cut.",
)

# %% tags=["test"]
assert best["columns chosen first"] > 0.8
assert best["columns chosen in the pipeline"] < 0.6
assert 0.45 < leaky.score(fresh, fresh_flips) < 0.55
for folds in (3, 10):
    assert cross_val_score(leaky.best_estimator_, noise, coin_flips, cv=folds).mean() > 0.8

# %% [markdown] tags=["idea"]
# ## The best of many is too good
#
# Even without a leak the winner's score is too high. Each score is the truth plus luck, and the search picks the highest
# sum. If $m$ candidates are equally good and their luck is independent, scattered like a bell curve with standard deviation
# $\sigma$, the best score lies on average above the truth by at most
#
# $$\sigma \sqrt{2 \ln m}$$
#
# $\sigma$ has the unit of the score. For 60 rows and an accuracy of 0.5, $\sigma = \sqrt{0.5 \cdot 0.5 / 60} = 0.065$, so
# thirty candidates may gain up to 0.17 on average by luck alone. Cawley and Talbot found this bias as large as the differences
# between methods that papers report ([2010](https://jmlr.org/papers/v11/cawley10a.html)).
#
# To see it bare, the next lab tunes something that cannot matter: the *seed* of a random projection of the noise.

# %% [markdown] tags=["idea"]
# ## Nested cross-validation
#
# The remedy is to judge the *whole search* on rows that it has never seen. An outer loop holds out a fold, runs the
# complete grid search, with its own inner folds, on the rest, and scores the winner on the held-out fold:
#
# $$\text{nested score} = \frac{1}{K} \sum_{j=1}^{K} a_j\big(\text{winner of the search without fold } j\big)$$
#
# $K$ is the number of outer folds, $a_j$ the accuracy on fold $j$. The winners may differ from fold to fold: the score
# belongs to the *procedure*, not to one model. It is slightly too low rather than too high, because each search has
# fewer rows than you have. It costs $K$ searches ([Varma & Simon, 2006](https://doi.org/10.1186/1471-2105-7-91)).

# %%
from sklearn.random_projection import GaussianRandomProjection

lottery = GridSearchCV(
    Pipeline(
        [
            ("project", GaussianRandomProjection()),
            ("scale", StandardScaler()),
            ("model", LogisticRegression()),
        ]
    ),
    {"project__random_state": list(range(15)), "project__n_components": [3, 10]},
    cv=5,
    error_score="raise",
)

# %% tags=["test"]
assert round(np.sqrt(0.25 / 60), 3) == 0.065
assert round(0.0645 * np.sqrt(2 * np.log(30)), 2) == 0.17

# %% [markdown] tags=["predict"]
# ## Predict: a lottery of seeds
#
# Thirty combinations, none better than a coin, and no leak.

# %% tags=["predict"]
luck = tk.Prediction(
    "4.1-luck",
    "What will the best score and the nested score be?",
    [
        "both near 50 %: the pipeline is clean",
        "the best score above 60 %, the nested one near 50 %",
        "both above 60 %: the best seed is the best seed",
    ],
)
luck

# %% [markdown] tags=["lab"]
# ## Lab: tuning a seed
#
# Press **Train**. Columns are seeds, rows are sizes of the projection.
#
# 1. Note the best score, and how far it stands out from its neighbours.
# 2. Move **shuffle before the cut** by one. Is the same seed still the best?
# 3. Look at the folds of the best cell: how far are they apart?

# %% tags=["lab"]
seed_lab = tk.GridSearchLab({"lottery of seeds": lottery}, noise, coin_flips)
seed_lab

# %% [markdown] tags=["explain"]
# ## The winner, judged by rows it has not seen
#
# The cell runs the search once on all rows, and then nested: five searches, each scored on a fold it did not see.

# %%
seed_lab.folds, seed_lab.split_seed = 5, None
seed_lab.train().wait()
best_of_thirty = seed_lab.result.best_score
outer = StratifiedKFold(5, shuffle=True, random_state=0)
nested = cross_val_score(lottery, noise, coin_flips, cv=outer)
print(f"Best of 30 candidates: {best_of_thirty:.0%}")
print(f"Nested: {nested.mean():.0%}, the five outer folds {', '.join(f'{score:.0%}' for score in nested)}")
seed_lab.figure()

# %%
luck.reveal(
    "the best score above 60 %, the nested one near 50 %",
    "Thirty lots were drawn, and the luckiest was shown. On rows that took no part in the drawing the luck is gone.",
)

# %% tags=["test"]
assert 0.6 < best_of_thirty < 0.72
assert 0.38 < nested.mean() < 0.6
assert nested.mean() < best_of_thirty - 0.08

# %% [markdown] tags=["code"]
# ## A result that you can defend
#
# Everything together, on the irises: scaling inside the pipeline, the search inside an outer loop, three repeats of
# five outer folds. `cross_val_score` clones the search for every outer fold, so that nothing passes from one to another.

# %%
search = GridSearchCV(
    scaled, {"model__C": [0.1, 1, 10], "model__l1_ratio": [0, 1]}, cv=5, error_score="raise"
)
outer = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
outer_scores = cross_val_score(search, x, y, cv=outer, error_score="raise")
print(f"Nested accuracy: {outer_scores.mean():.3f} over {len(outer_scores)} outer folds")

# %% [markdown]
# ## An interval, and what it does not know
#
# The fifteen scores are not independent: they share most of their training rows, and each row is tested three times. The
# usual standard error, $s/\sqrt{J}$, takes them for independent and is too small. A common correction adds the share of
# rows that is tested ([Nadeau & Bengio, 2003](https://doi.org/10.1023/A:1024068626366)):
#
# $$\bar a \pm t_{J-1} \sqrt{\left(\frac{1}{J} + \frac{n_\text{test}}{n_\text{train}}\right) s^2}$$
#
# $\bar a$ is the mean of the $J$ scores, $s$ their standard deviation, $t_{J-1}$ the 97.5 % point of Student's distribution,
# $n_\text{test}$ and $n_\text{train}$ the rows of one outer fold.

# %%
from scipy.stats import t as student


def interval(scores, test_share):
    """95 % interval of a mean score; `test_share` is n_test / n_train, 0 for the naive one."""
    count = len(scores)
    width = student.ppf(0.975, count - 1) * np.sqrt((1 / count + test_share) * np.var(scores, ddof=1))
    return np.mean(scores) - width, np.mean(scores) + width


naive, corrected = interval(outer_scores, 0), interval(outer_scores, 30 / 120)
print(f"Naive interval:     {naive[0]:.3f} to {naive[1]:.3f}")
print(f"Corrected interval: {corrected[0]:.3f} to {corrected[1]:.3f}")

# %% [markdown]
# The corrected interval is about twice as wide, and still a rule of thumb. No estimate of this variance from
# cross-validation alone is unbiased ([Bengio & Grandvalet, 2004](https://jmlr.org/papers/v5/grandvalet04a.html)). The
# correction was made for random splits; for repeated folds it is an approximation. The interval is symmetric, so near 1 it
# may reach beyond what is possible. It does not know whether tomorrow's irises resemble these. Report it with
# those words: *nested 5-fold cross-validation, three repeats, corrected resampled t interval*.

# %% tags=["test"]
ratio = (corrected[1] - corrected[0]) / (naive[1] - naive[0])
assert 1.9 < ratio < 2.4
assert 0.9 < corrected[0] < outer_scores.mean() < corrected[1]
assert len(outer_scores) == 15
assert outer_scores.mean() <= repaired.best_score_ + 0.005

# %% [markdown] tags=["exercise"]
# ## Exercise A: a search without a hole
#
# Set up a `GridSearchCV` for the irises over $C$ = 0.1, 1 and 10 and both penalties, pure L1 and pure L2. Scale inside
# the pipeline, use three folds, and see to it that a failed fit would be an error. Do not fit it; the check does.

# %% tags=["exercise"]
# Set up the search and call it `my_search`.
my_search = None

# %%
tk.check("4.1-a", my_search)

# %% [markdown] tags=["hint"]
# The names of the grid carry the name of the pipeline's step and two underscores: `model__C`.

# %% tags=["solution"]
my_search = GridSearchCV(
    Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(solver="saga", max_iter=5000))]),
    {"model__C": [0.1, 1, 10], "model__l1_ratio": [0, 1]},
    cv=3,
    error_score="raise",
)

# %% tags=["test"]


def leaky_scores(x, y):
    chosen = np.argsort(f_classif(x, y)[0])[-10:]
    return cross_val_score(LogisticRegression(), x[:, chosen], y, cv=5)


def winner_s_own_scores(x, y):
    pipeline = Pipeline([("choose", SelectKBest()), ("model", LogisticRegression())])
    results = GridSearchCV(pipeline, {"choose__k": [2, 5, 10]}, cv=5).fit(x, y).cv_results_
    best = np.argmax(results["mean_test_score"])
    return np.array([results[f"split{fold}_test_score"][best] for fold in range(5)])


_PIPE = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(solver="saga", max_iter=5000))])
_GRID = {"model__C": [0.1, 1, 10], "model__l1_ratio": [0, 1]}
WRONG = {
    "4.1-a": [
        (LogisticRegression(), "GridSearchCV"),
        (GridSearchCV(_PIPE, _GRID, cv=3), "error_score"),
        (GridSearchCV(_PIPE, {"model__C": [0.1, 1, 10]}, cv=3, error_score="raise"), "L1"),
        (GridSearchCV(_PIPE, _GRID, cv=5, error_score="raise"), "three folds"),
        (
            GridSearchCV(
                Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]),
                _GRID,
                cv=3,
                error_score="raise",
            ),
            "lbfgs",
        ),
        (
            GridSearchCV(
                LogisticRegression(solver="saga", max_iter=5000),
                {"C": [0.1, 1, 10], "l1_ratio": [0, 1]},
                cv=3,
                error_score="raise",
            ),
            "scale",
        ),
    ],
    "4.1-b": [
        (0.5, "function"),
        (lambda x, y: 0.5, "five"),
        (leaky_scores, "noise"),
        (winner_s_own_scores, "not nested"),
        (lambda x, y: np.full(5, 0.5), "signal"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: an honest judge
#
# Write a function `honest_scores(x, y)` for data with many columns. It searches the number of columns to keep (2, 5 or
# 10) for a logistic regression, and returns the five scores of nested cross-validation. The check calls it on pure noise
# and on data with a signal.

# %% tags=["exercise"]
# Write a function of x and y; return an array of five accuracies. Call it `honest_scores`.
honest_scores = None

# %%
tk.check("4.1-b", honest_scores)

# %% [markdown] tags=["hint"]
# `cross_val_score(search, x, y, cv=5)` runs a whole search anew in every outer fold. `SelectKBest` belongs into the
# pipeline of the search.


# %% tags=["solution"]
def honest_scores(x, y):
    pipeline = Pipeline(
        [("choose", SelectKBest()), ("scale", StandardScaler()), ("model", LogisticRegression())]
    )
    search = GridSearchCV(pipeline, {"choose__k": [2, 5, 10]}, cv=5, error_score="raise")
    return cross_val_score(search, x, y, cv=5)


# %% [markdown] tags=["challenge"]
# ## Challenge: fool yourself
#
# Labels from a coin, a clean pipeline. Move only the number of folds and the shuffle, and find a cut of the rows on
# which the best of the thirty lots reaches 70 %. You will see how easily a search for the right seed makes a result.

# %%
challenge_lab = tk.GridSearchLab({"lottery of seeds": lottery}, noise, coin_flips)
challenge_lab


# %%
def fooled(runs):
    luckiest = max(runs, key=lambda run: run.best_score)
    words = f"Your luckiest cut, {luckiest.cut.in_words()}, reaches {luckiest.best_score:.1%} on labels from a coin."
    if luckiest.best_score >= 0.7:
        return (
            True,
            words + " Nothing was learned: a score without the number of tries behind it proves nothing.",
        )
    return False, words + " The goal is 70 %."


challenge = tk.Challenge("4.1-challenge", "A best score of 70 % on coin flips", check=fooled)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
challenge_lab.train().wait()
assert not challenge.check(challenge_lab).passed
challenge_lab.folds, challenge_lab.split_seed = 3, 8
challenge_lab.wait()
assert challenge.check(challenge_lab).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "4.1-quiz",
    [
        Question(
            "A grid search ends with `best_params_` and a page of warnings. What do you look at first?",
            [
                Option(
                    "`best_score_`: if it is high, all is well",
                    why="It is the best of the cells that ran. It says nothing of those that did not.",
                ),
                Option(
                    "Whether any score in `cv_results_` is NaN",
                    True,
                    "A NaN is a fit that failed. `error_score='raise'` makes it an error at once.",
                ),
                Option(
                    "Nothing: warnings are not errors",
                    why="By default scikit-learn turns errors of single fits into one warning among many.",
                ),
            ],
        ),
        Question(
            "You standardise all rows, then cross-validate. What is wrong?",
            [
                Option(
                    "Mean and spread were learned from the held-out rows as well",
                    True,
                    "A small leak, but a leak. Inside a Pipeline the scaler sees the training part only.",
                ),
                Option(
                    "Nothing: scaling does not look at the labels",
                    why="It looks at the held-out rows all the same. Without labels the leak is small, yet not zero.",
                ),
                Option(
                    "Logistic regression does not need scaling",
                    why="It converges faster with it, and the penalty treats all features alike only then.",
                ),
            ],
        ),
        Question(
            "The best of 200 combinations has a cross-validated accuracy of 0.93. What do you report?",
            [
                Option("0.93", why="That is the luckiest of 200 draws, so it is too high on average."),
                Option(
                    "The mean of all 200 scores",
                    why="Most of them belong to settings that you will never use.",
                ),
                Option(
                    "The score of the whole search on rows it has not seen",
                    True,
                    "From nested cross-validation, or from a test set that is looked at once.",
                ),
            ],
        ),
        Question(
            "Why is the usual standard error of fifteen cross-validation scores too small?",
            [
                Option("Fifteen is too few", why="The factor of Student's distribution takes care of that."),
                Option(
                    "The scores share training rows, so they are not independent",
                    True,
                    "They vary together, which their spread does not show.",
                ),
                Option(
                    "Accuracies cannot be averaged",
                    why="They can; folds of equal size give the accuracy over all rows.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# A grid search can fail in part and still name a winner, so make failed fits errors. Whatever learns from rows belongs
# into the pipeline, or the held-out rows are not held out. The winner's score is too good: judge the whole search on
# rows that it has not seen, and give an interval.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [4.2 A residual network](04_2_residual_network.ipynb). [3.3](03_3_regularization.ipynb) shows the same
# penalties in a network.
#
# - scikit-learn: [logistic regression](https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression),
#   [tuning hyperparameters](https://scikit-learn.org/stable/modules/grid_search.html),
#   [common pitfalls](https://scikit-learn.org/stable/common_pitfalls.html)
# - T. Hastie, R. Tibshirani, J. Friedman, [The elements of statistical learning](https://hastie.su.domains/ElemStatLearn/),
#   chapter 7.10, 2nd edition, Springer 2009
# - C. Ambroise, G. McLachlan, [Selection bias in gene extraction on the basis of microarray gene-expression data](https://doi.org/10.1073/pnas.102102699),
#   PNAS 99, 2002
# - S. Kapoor, A. Narayanan, [Leakage and the reproducibility crisis in machine-learning-based science](https://doi.org/10.1016/j.patter.2023.100804),
#   Patterns 4, 2023
# - S. Varma, R. Simon, [Bias in error estimation when using cross-validation for model selection](https://doi.org/10.1186/1471-2105-7-91),
#   BMC Bioinformatics 7, 2006
# - G. Cawley, N. Talbot, [On over-fitting in model selection and subsequent selection bias in performance evaluation](https://jmlr.org/papers/v11/cawley10a.html),
#   JMLR 11, 2010
# - C. Nadeau, Y. Bengio, [Inference for the generalization error](https://doi.org/10.1023/A:1024068626366), Machine
#   Learning 52, 2003
# - Y. Bengio, Y. Grandvalet, [No unbiased estimator of the variance of K-fold cross-validation](https://jmlr.org/papers/v5/grandvalet04a.html),
#   JMLR 5, 2004
# - K. Jamieson, A. Talwalkar, [Non-stochastic best arm identification and hyperparameter optimization](https://proceedings.mlr.press/v51/jamieson16.html),
#   AISTATS 2016
# - R. Fisher, [The use of multiple measurements in taxonomic problems](https://doi.org/10.1111/j.1469-1809.1936.tb02137.x),
#   Annals of Eugenics 7, 1936
