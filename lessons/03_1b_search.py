# %% [markdown] tags=["title"]
# # 3.1b Search: which settings to try next
#
# **You will be able to** choose between grid, random and Bayesian search, read from the results whether you searched in
# the right place, and tell a good configuration from a lucky one.
#
# | | |
# |---|---|
# | **Time** | 60 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a learning rate and an L2 strength are, as in [3.3](03_3_regularization.ipynb) |
# | **Part of the article** | 3.1 Tuning hyperparameters, the methods, and question 8.3: how to choose the best hyperparameters |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## A function that costs a training
#
# *Hyperparameters* are the settings that training does not learn. To tune them is to minimise a function that nobody can
# write down:
#
# $$\lambda^\ast = \arg\min_{\lambda} f(\lambda)$$
#
# $\lambda$ is one *configuration*, such as a learning rate and an L2 strength. $f(\lambda)$ is the *objective*: the
# validation loss (cross-entropy, nats per row) of the network trained with it. Each look at $f$ is called a *trial* and
# costs a whole training. So the question of this chapter is: with money for $n$ trials, where do you look?
#
# The objective must never contain the L1 or L2 penalty, or the search would prefer weak penalties whatever they do for
# the answers ([3.3](03_3_regularization.ipynb#Two-losses-that-must-not-be-mixed) shows it). Here it is the data loss alone,
# of the best epoch.

# %%
import keras
import numpy as np

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()


def build_model(regularizer=None):
    """A small network for 8 by 8 images: 64 - 32 - 10."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, "relu", kernel_regularizer=regularizer),
            keras.layers.Dense(10, kernel_regularizer=regularizer),
        ]
    )


model = build_model()

# %% [markdown] tags=["idea"]
# ## Grid and random search
#
# *Grid search* lists $k$ values for each of $d$ hyperparameters and tries all $k^d$ combinations. *Random search* draws
# every configuration anew, each value from its whole range. Rates and strengths are drawn evenly in their logarithm,
# because a factor of ten matters as much at 0.001 as at 0.1.
#
# Random search knows no dimensions. If a share $p$ of the space is good enough, $n$ draws find at least one good
# configuration with probability
#
# $$P = 1 - (1 - p)^n$$
#
# $p$ and $P$ are numbers between 0 and 1. Both methods ignore their own results: the last trial is chosen as blindly as
# the first. In exchange all trials can run at the same time
# ([Bergstra & Bengio, 2012](https://jmlr.org/papers/v13/bergstra12a.html)).

# %% [markdown] tags=["idea"]
# ## Bayesian optimisation: a map of what is believed
#
# A *surrogate* is a cheap model of $f$, fitted to the trials so far. A *Gaussian process* gives for each place $\lambda$ a
# predicted mean $\mu$ and a standard deviation $s$, both in nats: small near trials, large where nobody has looked.
#
# An *acquisition function* turns both into one number: how much a look is worth. A common one is *expected improvement*
# over the lowest loss so far, $b$:
#
# $$\mathrm{EI} = (b - \mu)\,\Phi(z) + s\,\varphi(z), \qquad z = \frac{b - \mu}{s}$$
#
# $\Phi$ and $\varphi$ are the distribution function and the density of the standard normal distribution. The first part
# grows where the prediction is good (*exploit*), the second where it is unsure (*explore*). The next trial goes where EI is
# highest ([Jones et al., 1998](https://doi.org/10.1023/A:1008306431147);
# [Snoek et al., 2012](https://arxiv.org/abs/1206.2944)).

# %% [markdown] tags=["idea"]
# ## TPE: what do the good ones have in common?
#
# The *tree-structured Parzen estimator* turns the question round. It splits the trials so far into a few good ones and the
# rest, and estimates two densities of the settings: $\ell(\lambda)$ among the good, $g(\lambda)$ among the rest. It draws
# candidates from $\ell$ and tries the one with the largest
#
# $$\frac{\ell(\lambda)}{g(\lambda)}$$
#
# (no unit): common among good trials, rare among bad ones. In this model expected improvement grows with the ratio, so it
# picks by the same rule as above. Lists of choices, and settings that exist only if another one is on, pose no difficulty
# ([Bergstra et al., 2011](https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization)). The library
# Hyperopt brings it along.

# %% [markdown] tags=["idea"]
# ## Successive halving and Hyperband: stop early
#
# A hopeless network often looks hopeless after two epochs. *Successive halving* starts many random configurations, trains
# each a little, keeps the best half, trains those twice as long, and so on. More generally it keeps one in $\eta$ and trains
# $\eta$ times as long. With $n$ configurations, $r$ epochs at first and $K$ rounds:
#
# $$\text{epochs} \approx r n + (K - 1)\, r n \left(1 - \tfrac{1}{\eta}\right)$$
#
# when training goes on where it stopped. The risk is a slow starter that would have won. *Hyperband* hedges: it runs
# several such halvings, from many short trainings to few long ones, because nobody knows beforehand how long is enough
# ([Jamieson & Talwalkar, 2016](https://arxiv.org/abs/1502.07943); [Li et al., 2018](https://jmlr.org/papers/v18/16-558.html)).

# %% [markdown] tags=["predict"]
# ## Predict: five methods, one budget
#
# Each method may spend as many epochs as 27 full trainings take. The race is run ten times, with ten seeds.

# %% tags=["predict"]
race_prediction = tk.Prediction(
    "3.1b-race",
    "Which methods end with the lower validation loss, in the median over the ten races?",
    [
        "the 5 by 5 grid: it covers the space evenly",
        "random draws: nothing else is free of prejudice",
        "Bayesian, TPE and halving: they use what they have seen",
    ],
)
race_prediction

# %% [markdown] tags=["lab"]
# ## Lab: the race
#
# Press **Play**. First 384 real networks are trained, a cell of the map for each; that takes a while once. Then the methods
# search on these results, each seeing only what it has paid for.
#
# 1. Press **Reset** and then **Step** a few times. Read why each method looks where it looks.
# 2. Put "Bayesian" in front and watch the three small maps: prediction, doubt, and where a look is worth most.
# 3. Tick **Show the landscape**. How far from the best cell did each method end?

# %% tags=["lab"]
lab = tk.SearchLab(model, digits, "learning_rate", "l2")
lab

# %% [markdown] tags=["explain"]
# ## Who uses the results, and who does not
#
# If you skipped the lab, the next cell runs the race for you. Then it runs ten races.

# %%
if not lab.trials or any(len(trials) < 9 for trials in lab.trials.values()):
    lab.set(methods=["grid", "random", "bayesian", "tpe", "halving"], irrelevant=False).run().wait()
landscape = lab.landscape
spread = tk.search.race_over_seeds(landscape, seeds=10)
print("                    after 5 trainings   after 27   better than random")
for name in spread.best:
    middle = spread.median(name)
    print(f"{name:<18} {middle[4]:18.3f} {middle[-1]:10.3f} {spread.wins(name, 'random'):16.0%}")
lab.figure()

# %%
tk.plots.best_so_far(
    {name: (spread.epochs, spread.median(name), *spread.quartiles(name)) for name in spread.best},
    title="Ten races: median, and the middle half of the races",
)

# %%
race_prediction.reveal(
    "Bayesian, TPE and halving: they use what they have seen",
    "Grid and random search spend most of their budget where earlier trials were already bad. The Gaussian process and TPE "
    "move their trials to the good region; halving stops the bad ones after two epochs and so looks at many more places.",
)

# %% [markdown]
# - After five trainings the grid is the worst of all: it has finished one learning rate and not seen the others. A grid
#   has to be finished.
# - With two hyperparameters and all its trials, the grid is no worse than random search. That will change below.
# - Halving starts slowly, because its first two rounds train nothing to the end. Then it has tried about four times as
#   many configurations as the others.
# - The middle halves of the races overlap. One race alone proves nothing about a method.

# %% tags=["test"]
assert list(spread.best) == ["grid", "random", "bayesian", "tpe", "halving"]
ends = {name: spread.median(name)[-1] for name in spread.best}
learning = [ends[name] for name in ("bayesian", "tpe", "halving")]
assert max(learning) < ends["random"] and np.mean(learning) < ends["grid"]
assert spread.wins("bayesian", "random") >= 0.5
assert spread.median("grid")[4] == max(spread.median(name)[4] for name in spread.best)
assert ends["grid"] < 1.1 * ends["random"]
assert landscape.shape == (24, 16) and 24 * 16 == 384
assert lab.trials["halving"].epochs <= 27 * landscape.epochs
assert 3.5 < len(lab.trials["halving"]) / len(lab.trials["random"]) < 4.5
assert spread.median("halving")[9] > spread.median("random")[9]
low, high = spread.quartiles("grid")
assert spread.quartiles("random")[0][-1] < high[-1]

# %% [markdown]
# ## What the Gaussian process believes
#
# After eight trials, three maps: the predicted loss, the doubt, and the expected improvement. The framed cell on the right
# is the next trial. A predicted loss may be negative: the process does not know that no loss is.

# %%
believer = tk.search.Race(landscape, ["bayesian"], seed=0)
for _ in range(8):
    believer.look("bayesian")
coming = believer.next("bayesian")
x_name, y_name = landscape.names
figure = tk.plots.new_figure(13, 4)
for ax, values, best, words in zip(
    figure.subplots(1, 3, sharey=True),
    (coming.maps.mean, coming.maps.deviation, coming.maps.acquisition),
    ("min", None, "max"),
    ("predicted loss", "standard deviation", "expected improvement"),
    strict=True,
):
    tk.plots.heat_map(
        values.T, landscape.values[x_name], landscape.values[y_name],
        x_name=x_name, y_name=y_name, value_label=words, best=best, ax=ax,
    )  # fmt: skip
    ax.tick_params(axis="x", rotation=60)
print(f"Trial {coming.number}: {coming.reason}.")
figure

# %% tags=["test"]
assert coming.number == 9 and "expected improvement" in coming.reason
chosen = np.unravel_index(np.argmax(coming.maps.acquisition), landscape.shape)
assert landscape.cell_at(coming.point) == tuple(chosen)

# %% [markdown] tags=["idea"]
# ## The hyperparameter that does not matter
#
# A grid with three values each for three hyperparameters has 27 trials but only *three* different learning rates. If one
# of the three settings changes nothing, nine of the 27 trials differ, and each is paid for three times. Random search pays
# for 27 different learning rates, however many settings stand beside it:
#
# $$\text{different values of each hyperparameter} = \begin{cases} n^{1/d} & \text{grid} \\ n & \text{random} \end{cases}$$
#
# with $n$ trials and $d$ hyperparameters. Bergstra and Bengio found that on most of their data sets only a few of the
# hyperparameters mattered, and not the same few on each data set. So nobody can leave the useless ones out beforehand
# ([2012](https://jmlr.org/papers/v13/bergstra12a.html)).

# %% [markdown] tags=["predict"]
# ## Predict: a useless setting joins
#
# The race again, grid against random, with a third hyperparameter. It changes nothing at all, but the methods do not know
# that. The budget stays at 27 trainings.

# %% tags=["predict"]
useless = tk.Prediction(
    "3.1b-useless",
    "Who loses by the useless hyperparameter?",
    [
        "the grid: it needs its trials for values that change nothing",
        "random search: its trials are thinner in three dimensions",
        "both, equally: they have the same number of trials",
    ],
)
useless

# %% [markdown] tags=["lab"]
# ## Lab: grid against random in three dimensions
#
# Press **Play**. The map shows the two dimensions that matter; the third is not drawn.
#
# 1. Count the places where the grid has looked. Its marks lie on top of each other.
# 2. Look at the ticks along the edge: which method has tried more learning rates?
# 3. Untick **Add an irrelevant hyperparameter**, play again, and compare.

# %% tags=["lab"]
flat_lab = tk.SearchLab(model, digits, "learning_rate", "l2", methods=["grid", "random"], irrelevant=True)
flat_lab

# %% [markdown] tags=["explain"]
# ## Three learning rates for the price of 27

# %%
flat_lab.set(methods=["grid", "random"], irrelevant=True).run().wait()
tried = {}
for name, trials in flat_lab.trials.items():
    places = {(trial.configuration["learning_rate"], trial.configuration["l2"]) for trial in trials}
    tried[name] = (len(trials), len(places), len({rate for rate, _ in places}))
    print("{}: {} trials, {} different cells, {} learning rates".format(name, *tried[name]))
two, three = (
    tk.search.race_over_seeds(landscape, ["grid", "random"], seeds=20, irrelevant=third)
    for third in (False, True)
)
for title, races in (("two hyperparameters", two), ("with the useless one", three)):
    medians = ", ".join(f"{name} {races.median(name)[-1]:.3f}" for name in races.best)
    print(f"{title}: {medians}; random better in {races.wins('random', 'grid'):.0%} of 20 races")
flat_lab.figure()

# %%
useless.reveal(
    "the grid: it needs its trials for values that change nothing",
    "The useless setting leaves the grid nine different networks instead of 25. Random search draws the same learning rates "
    "and L2 strengths as before, with a third number beside them that does no harm: its results are exactly the same.",
)

# %% tags=["test"]
assert tried["grid"] == (27, 9, 3)
assert tried["random"][0] == 27 and tried["random"][2] > 12
assert np.array_equal(two.best["random"][:, -1], three.best["random"][:, -1])
assert three.median("random")[-1] < three.median("grid")[-1]
assert two.median("grid")[-1] < three.median("grid")[-1]
assert three.wins("random", "grid") > 0.6 and three.wins("random", "grid") > two.wins("random", "grid")
assert [len(tk.search.Race(landscape, ["grid"]).run().looks["grid"])] == [25]

# %% [markdown] tags=["idea"]
# ## Did you search in the right place?
#
# No method finds what lies outside the ranges it was given. If the best trials lie at an end of a range, the end was chosen
# too near: widen it and search again. Google's tuning playbook advises to do this after every search.
#
# Its second tool is the *isolation plot*. For each value $v$ of one hyperparameter it shows the best that any trial with
# that value has reached:
#
# $$\text{isolation}(v) = \min_{\text{trials with value } v} f$$
#
# in nats. A curve with a valley says that the setting matters and where it should be. A flat curve says that it hardly
# matters *within this range*
# ([Godbole et al., 2023](https://github.com/google-research/tuning_playbook#identifying-bad-search-space-boundaries)).

# %%
narrow = {"learning_rate": [3e-5, 1e-4, 3e-4, 1e-3, 3e-3], "l2": [0, 1e-5, 1e-4, 1e-3]}
first = tk.search(model, digits, narrow, method="grid", trials=20, epochs=18)
print(
    f"Best of the first search: {first.best.objective:.3f} at learning rate {first.best.configuration['learning_rate']:g}."
)
first_warnings = tk.search.boundary_warnings(first)
for warning in first_warnings:
    print(warning)

# %% [markdown]
# The warning is right: below, learning rates up to 0.3 are searched, with 64 random trials. As in most people's searches,
# every trial begins with other initial weights.

# %%
wide = {
    "learning_rate": tk.search.Log(1e-3, 0.3),
    "l2": tk.search.Log(1e-6, 1e-1),
    "seed": list(range(1, 65)),
}
trials = tk.search(model, digits, wide, trials=64, epochs=18)
winner = trials.best
print(f"Best of 64: {winner.objective:.4f} at learning rate {winner.configuration['learning_rate']:.3f}.")
print(
    "\n".join(str(warning) for warning in tk.search.boundary_warnings(trials))
    or "No warning: nothing at an edge."
)
figure = tk.plots.new_figure(11, 4)
left, right = figure.subplots(1, 2, sharey=True)
tk.plots.isolation(trials, "learning_rate", ax=left, title="A valley: the learning rate matters")
tk.plots.isolation(trials, "l2", ax=right, title="Flat up to a point: weak L2 does little here")
left.set_yscale("log")
left.set_xticks([0.001, 0.01, 0.1], ["0.001", "0.01", "0.1"])
figure

# %% tags=["test"]
assert [(one.name, one.side) for one in first_warnings if one.name == "learning_rate"] == [
    ("learning_rate", "high")
]
assert winner.objective < 0.7 * first.best.objective
assert winner.configuration["learning_rate"] > 3e-3
assert len(trials) == 64


def best_between(name, low, high):
    return min(t.objective for t in trials if t.scored and low <= t.configuration[name] <= high)


assert best_between("learning_rate", 1e-3, 3e-3) > 1.2 * winner.objective
assert best_between("l2", 1e-2, 1e-1) > 2 * winner.objective
assert best_between("l2", 1e-6, 1e-5) < 1.6 * winner.objective

# %% [markdown] tags=["idea"]
# ## Is the best of 64 good, or lucky?
#
# Train the same configuration twice with different seeds and the losses differ. So each result is
#
# $$f_i = m_i + \varepsilon_i$$
#
# $m_i$ is what configuration $i$ gives on average, $\varepsilon_i$ its luck this time, both in nats. The search picks the
# *smallest sum*: low $m$, but also low $\varepsilon$. The winner's result is therefore better than the winner: the
# *winner's curse*. The more trials and the more alike they are, the larger it is.
#
# To undo it, train the best few again with new seeds and compare their means. Two means of $n$ seeds each differ for good
# reason if they are further apart than about two standard errors of the difference,
#
# $$2\, s \sqrt{2 / n}$$
#
# with $s$ the standard deviation over seeds, in nats. Which rows were drawn moves results, too, not the seed alone
# ([Bouthillier et al., 2021](https://arxiv.org/abs/2103.03098)).

# %% [markdown] tags=["predict"]
# ## Predict: the winner again
#
# The winner of the 64 trials is trained five more times, with five seeds that the search has not used.

# %% tags=["predict"]
curse = tk.Prediction(
    "3.1b-curse",
    "How does the mean of the five losses compare with the loss that won?",
    [
        "higher: part of the win was luck",
        "the same, give or take a hundredth of it",
        "lower: it is the best configuration after all",
    ],
)
curse

# %% [markdown] tags=["lab"]
# ## Lab: how far apart are seeds?
#
# Press **Train**. Six learning rates around the winner's are trained with five seeds each, all with the winner's L2
# strength.
#
# 1. In the lower panel, compare the distance between seeds with the distance between neighbouring learning rates.
# 2. Which learning rates could be the best, if you had seen only one seed of each?
# 3. Press **Go to best**. Would you bet on it against its neighbour?

# %% tags=["lab"]
seed_rates = [0.001, 0.003, 0.01, 0.02, 0.04, 0.1]
seed_lab = tk.SweepLab(
    model, digits, "learning_rate", values={"learning_rate": seed_rates}, seeds=5, epochs=18,
    l2=winner.configuration["l2"],
)  # fmt: skip
seed_lab

# %% [markdown] tags=["explain"]
# ## The winner's curse, in numbers
#
# The next cell trains the three best of the search again, each with the same five new seeds.

# %%
if seed_lab.sweep is None or seed_lab.sweep.epochs < 18:
    seed_lab.train(18).wait()
again = []
for trial in trials.ranking[:3]:
    values = {name: trial.configuration[name] for name in ("learning_rate", "l2")}
    runs = tk.sweep(model, digits, {"seed": [101, 102, 103, 104, 105]}, **values, epochs=18)
    losses = runs.scores("val_loss")
    again.append((losses.mean(), losses.std(ddof=1), runs))
    print(
        f"learning rate {values['learning_rate']:.3f}, L2 {values['l2']:.0e}: {trial.objective:.4f} in the search, "
        f"then {losses.mean():.4f} on average (from {losses.min():.4f} to {losses.max():.4f})"
    )
means, deviations = (np.array([row[part] for row in again]) for part in (0, 1))
noise = np.sqrt(np.mean(deviations**2))
print(f"Standard deviation between seeds: {noise:.4f}.")
print(
    f"Two of these means differ for good reason if they are more than {2 * noise * np.sqrt(2 / 5):.4f} apart."
)
seed_lab.figure()

# %%
curse.reveal(
    "higher: part of the win was luck",
    "The search took the smallest of 64 results, and with it the smallest luck. New seeds bring ordinary luck. The "
    "configuration is a good one; the number that it won with is not what it gives.",
)

# %% [markdown]
# Report the mean over new seeds, never the number that won. And if the best few cannot be told apart, take the one that is
# cheapest or simplest to train.
#
# The seeds are one kind of luck. The validation rows are another: the search has chosen what suits these rows. Only rows
# that no decision has touched can tell, and they are looked at once.

# %%
chosen_place = int(np.argmin(means))
tested = [run.restore(build_model()) for run in again[chosen_place][2]]
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
test_losses = [float(cross_entropy(digits.y_test, network(digits.x_test))) for network in tested]
print(f"Chosen configuration, five seeds, test rows: loss {np.mean(test_losses):.3f} on average.")

# %% tags=["test"]
assert means[0] > 1.01 * winner.objective
assert np.mean(means) > np.mean([trial.objective for trial in trials.ranking[:3]])
assert noise > trials.ranking[1].objective - winner.objective or noise > 0.005
assert 0.02 < np.mean(test_losses) < 0.3

# %% [markdown] tags=["code"]
# ## In your own project: KerasTuner
#
# You write a function that builds and compiles a model, and ask `hp` for every value. Three details matter. The
# *objective* is a metric of the data alone, here called `data_loss`: the `val_loss` of Keras contains the L2 penalty. The
# folder is temporary, or KerasTuner would take up an old search again. And its `seed=0` means "random"; take another
# number.

# %%
import tempfile

import keras_tuner


def build_tuned(hp):
    model = build_model(keras.regularizers.L2(hp.Float("l2", 1e-6, 1e-1, sampling="log")))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="data_loss")],
    )
    return model


keras.utils.set_random_seed(0)
with tempfile.TemporaryDirectory() as folder:
    tuner = keras_tuner.RandomSearch(
        build_tuned,
        objective=keras_tuner.Objective("val_data_loss", "min"),
        max_trials=4,
        seed=1,
        directory=folder,
        project_name="digits",
    )
    tuner.search(
        digits.x_train,
        digits.y_train,
        validation_data=(digits.x_validation, digits.y_validation),
        epochs=3,
        batch_size=64,
        verbose=0,
    )
    rows = [
        (
            trial.hyperparameters.values,
            *(trial.metrics.get_best_value(n) for n in ("val_data_loss", "val_loss")),
        )
        for trial in tuner.oracle.get_best_trials(4)
    ]
print("learning rate        L2   data loss   val_loss of Keras")
for values, data_loss, keras_loss in rows:
    print(f"{values['learning_rate']:13.4f} {values['l2']:9.1e} {data_loss:11.3f} {keras_loss:19.3f}")

# %% [markdown]
# Where L2 is strongest the two columns are furthest apart: that is the penalty, which says nothing about wrong answers.
#
# `keras_tuner.BayesianOptimization` and `keras_tuner.Hyperband` take the same function. `tk.search.with_keras_tuner` runs
# them for you and keeps failed trials as rows of its table.

# %% tags=["test"]
assert len(rows) == 4
assert all(keras_loss > data_loss for _, data_loss, keras_loss in rows)
penalties = [keras_loss - data_loss for _, data_loss, keras_loss in rows]
assert int(np.argmax(penalties)) == int(np.argmax([values["l2"] for values, *_ in rows]))
assert max(penalties) > 0.05

# %% [markdown]
# ## In your own project: TPE with Hyperopt
#
# Hyperopt minimises any Python function. This one trains a support vector machine with two settings, $C$ and $\gamma$, and
# returns the share of wrong answers on the validation rows. That share contains no penalty.

# %%
from functools import partial

from hyperopt import fmin, hp, space_eval, tpe
from sklearn.svm import SVC

space = {
    "C": hp.loguniform("C", np.log(1e-2), np.log(1e3)),
    "gamma": hp.loguniform("gamma", np.log(1e-4), np.log(10)),
}


def share_of_errors(values):
    machine = SVC(**values).fit(digits.x_train, digits.y_train)
    return 1 - machine.score(digits.x_validation, digits.y_validation)


found = fmin(
    share_of_errors,
    space,
    algo=partial(tpe.suggest, n_startup_jobs=8),
    max_evals=20,
    rstate=np.random.default_rng(0),
    show_progressbar=False,
    verbose=False,
)
best_values = space_eval(space, found)
errors = share_of_errors(best_values)
print(
    f"C = {best_values['C']:.3g}, gamma = {best_values['gamma']:.3g}: {errors:.1%} wrong on the validation rows."
)

# %% tags=["test"]
assert errors < 0.05

# %% [markdown]
# ## Question 8.3: how do you choose hyperparameters?
#
# The article answers: with grid search, random search or Bayesian optimisation. Here is the order in which to use them.
#
# 1. Fix what you compare by: a validation loss or metric without the penalty, and a budget.
# 2. Name the few settings that you want to learn about; of the others, search those that interact with them, the learning
#    rate first.
# 3. **Explore:** wide ranges, logarithmic for rates and strengths, random draws. Trials can run at the same time.
# 4. Look at the edges and the isolation plots. Widen or narrow the ranges, and search again.
# 5. **Exploit:** when the ranges are right and a training is dear, let Bayesian optimisation or TPE choose. Where bad
#    trainings show early, add halving or Hyperband.
# 6. Train the best few again with new seeds, choose by the mean, and look at the test rows once.
#
# A grid is right when you want a picture of one or two settings, as in the maps of this course.

# %% [markdown] tags=["exercise"]
# ## Exercise A: how many random trials?
#
# Write a function that says how many random trials it takes to draw at least one of the best `share` of all
# configurations, with at least the given probability. The number of hyperparameters does not come in.

# %% tags=["exercise"]
# Write a function of share and probability; return a whole number. Call it `trials_needed`.
trials_needed = None

# %%
tk.check("3.1b-a", trials_needed)

# %% [markdown] tags=["hint"]
# The chance to miss $n$ times in a row is $(1-p)^n$. Ask when it falls to $1 - P$, take logarithms, and round up.

# %% tags=["solution"]
import math


def trials_needed(share, probability):
    return math.ceil(math.log(1 - probability) / math.log(1 - share))


# %% [markdown] tags=["exercise"]
# ## Exercise B: what is a look worth?
#
# Write the expected improvement for a loss: `mean` and `deviation` are the prediction, `best` is the lowest loss so far. A
# place that is known exactly has a deviation of 0.

# %% tags=["exercise"]
# Write a function of mean, deviation and best; return a number. Call it `expected_improvement`.
expected_improvement = None

# %%
tk.check("3.1b-b", expected_improvement)

# %% [markdown] tags=["hint"]
# `scipy.stats.norm.cdf(z)` is $\Phi(z)$ and `scipy.stats.norm.pdf(z)` is $\varphi(z)$. Treat a deviation of 0 first: then
# nothing is unsure, and the improvement is `best - mean` or nothing.

# %% tags=["solution"]
from scipy.stats import norm


def expected_improvement(mean, deviation, best):
    if deviation == 0:
        return max(best - mean, 0.0)
    z = (best - mean) / deviation
    return (best - mean) * norm.cdf(z) + deviation * norm.pdf(z)


# %% tags=["test"]
WRONG = {
    "3.1b-a": [
        (59, "function"),
        (lambda share, probability: "many", "return a number"),
        (lambda share, probability: math.log(1 - probability) / math.log(1 - share), "whole number"),
        (lambda share, probability: int(math.log(1 - probability) / math.log(1 - share)), "too few"),
        (lambda share, probability: round(1 / share), "once on average"),
        (lambda share, probability: 59, "299 draws"),
    ],
    "3.1b-b": [
        (0.03, "function"),
        (lambda m, s, b: norm.cdf((b - m) / s), "probability of an improvement"),
        (lambda m, s, b: (b - m) * norm.cdf((b - m) / s), "missing"),
        (lambda m, s, b: (m - b) * norm.cdf((m - b) / s) + s * norm.pdf((m - b) / s), "sign"),
        (lambda m, s, b: max(b - m, 0), "exactly right"),
        (lambda m, s, b: s, "your function says"),
        (lambda m, s, b: (b - m) * norm.cdf((b - m) / s) + s * norm.pdf((b - m) / s), "divides by 0"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge: you are the search method
#
# Bring the validation loss below 0.1 within 18 epochs. Only the learning rate and L2 may move. You begin at Adam's usual
# rate of 0.001. Count your runs: how many would random search have needed?

# %%
challenge_lab = tk.TuningLab(
    model, digits, epochs=18, controls=["learning_rate", "l2", "buttons", "table"], learning_rate=1e-3
)
challenge_lab

# %%
challenge = tk.Challenge(
    "3.1b-challenge",
    metric="val_loss",
    below=0.1,
    within_epochs=18,
    moving_only=["learning_rate", "l2"],
    baseline={"learning_rate": 1e-3, "dropout": 0.0, "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% [markdown]
# On the landscape of the race you can count what random search needs: the share of cells below 0.1, and from it the number
# of draws that find one with a probability of one half.

# %%
good_share = float(np.mean(np.nan_to_num(landscape.scores(), nan=np.inf) < 0.1))
draws = int(np.ceil(np.log(0.5) / np.log(1 - good_share)))
print(
    f"{good_share:.0%} of the landscape lies below 0.1: {draws} random draws find it with a probability of one half."
)

# %% tags=["test"]
assert challenge.check(tk.train(model, digits, learning_rate=0.025, epochs=18, seed=0, progress=False)).passed
assert not challenge.check(tk.train(model, digits, epochs=18, seed=0, progress=False)).passed
assert 0.05 < good_share < 0.3

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "3.1b-quiz",
    [
        Question(
            "You can afford 27 trials for three hyperparameters, and expect that one of them hardly matters. Which search?",
            [
                Option(
                    "a 3 by 3 by 3 grid",
                    why="It tries three values of each, and repeats each of the nine networks that differ.",
                ),
                Option(
                    "27 random configurations",
                    True,
                    "They hold 27 different values of whichever hyperparameter does matter.",
                ),
                Option(
                    "a 5 by 5 grid over the two that matter",
                    why="You would have to know beforehand which one does not matter; you only expect it.",
                ),
            ],
        ),
        Question(
            "When is expected improvement large although the predicted loss is worse than the best so far?",
            [
                Option(
                    "when the prediction is very unsure",
                    True,
                    "Then there is a fair chance that the place is much better than predicted.",
                ),
                Option(
                    "when many trials lie nearby",
                    why="Then the prediction is sure, and the place known to be worse.",
                ),
                Option("never", why="That holds only where the standard deviation is 0."),
            ],
        ),
        Question(
            "The best trial has the largest L2 strength of the range. What do you do?",
            [
                Option("report it: it is the best", why="Something better may lie just outside the range."),
                Option(
                    "run more trials in the same range",
                    why="However many there are, none of them lies outside.",
                ),
                Option(
                    "widen the range beyond that value and search again",
                    True,
                    "Until the best is no longer at an end.",
                ),
            ],
        ),
        Question(
            "The best of 64 trials has a validation loss of 0.050. Trained with five new seeds it has 0.065 on average. "
            "What do you report?",
            [
                Option(
                    "0.050, because it was really measured",
                    why="It was picked because it was low, luck included.",
                ),
                Option(
                    "0.050, and the seed with which it was reached",
                    why="A seed is no setting that can be tuned: on other data its luck is gone.",
                ),
                Option(
                    "0.065, with the spread of the five seeds",
                    True,
                    "These seeds were not used to choose anything.",
                ),
            ],
        ),
        Question(
            "When can successive halving go wrong?",
            [
                Option(
                    "when good configurations learn slowly at first",
                    True,
                    "They are dropped before they show what they can do. Hyperband hedges against that.",
                ),
                Option("when there are many configurations", why="That is what it is good at."),
                Option(
                    "when some trainings diverge", why="Those are dropped first, which saves their epochs."
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Explore with random draws over wide, logarithmic ranges, because a grid wastes its trials on settings that do not matter.
# Bayesian optimisation, TPE and halving use what they have seen, which pays when the ranges are right and trainings are
# dear. Look at the edges, and believe the mean over new seeds rather than the number that won.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [3.2 Network structure](03_2_network_structure.ipynb) turns from numbers to the shape of the network. For
# grid search with scikit-learn, and for a score that you can defend, see [4.1](04_1_grid_search.ipynb).
#
# - J. Bergstra, Y. Bengio, [Random search for hyper-parameter optimization](https://jmlr.org/papers/v13/bergstra12a.html),
#   JMLR 13, 2012
# - J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl,
#   [Algorithms for hyper-parameter optimization](https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization),
#   NeurIPS 2011
# - D. R. Jones, M. Schonlau, W. J. Welch,
#   [Efficient global optimization of expensive black-box functions](https://doi.org/10.1023/A:1008306431147),
#   Journal of Global Optimization 13, 1998
# - J. Snoek, H. Larochelle, R. P. Adams,
#   [Practical Bayesian optimization of machine learning algorithms](https://arxiv.org/abs/1206.2944), NeurIPS 2012
# - K. Jamieson, A. Talwalkar,
#   [Non-stochastic best arm identification and hyperparameter optimization](https://arxiv.org/abs/1502.07943), AISTATS 2016
# - L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar,
#   [Hyperband: a novel bandit-based approach to hyperparameter optimization](https://jmlr.org/papers/v18/16-558.html),
#   JMLR 18, 2018
# - V. Godbole, G. E. Dahl, J. Gilmer, C. J. Shallue, Z. Nado,
#   [Deep learning tuning playbook](https://github.com/google-research/tuning_playbook), 2023
# - X. Bouthillier et al., [Accounting for variance in machine learning benchmarks](https://arxiv.org/abs/2103.03098),
#   MLSys 2021
