# %% [markdown] tags=["title"]
# # 2 Core concepts: what you tune, and how it hangs together
#
# **You will be able to** name the four families of things to tune, tell parameters from hyperparameters, read a map of
# two hyperparameters, and plan a comparison that is fair.
#
# | | |
# |---|---|
# | **Time** | 45 minutes |
# | **You need first** | [1 Why tune](01_background.ipynb); what a learning rate is |
# | **Part of the article** | 2 Core concepts, and question 8.2: are tuning and training the same? |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Four families
#
# This course sorts what you tune into four families.
#
# | family | example here | it decides |
# |---|---|---|
# | hyperparameters of training | learning rate, batch size | how long a step is, and how many an epoch has |
# | structure | units of the hidden layer | what the network can represent |
# | regularisation | L2: a price on large weights; dropout: units left out by chance | how much it is held back from learning by heart |
# | optimiser | sgd: plain gradient descent; Adam: a step size for each weight | how a slope becomes a step |
#
# The word *hyperparameter* is also used for all four, as in this course: whatever training itself does not find
# ([Goodfellow et al., 5.3](https://www.deeplearningbook.org/contents/ml.html)).
#
# The network below has one of each. The data are 200 images of digits, with one label in five wrong, so that
# regularisation matters; the validation labels are right. More on L2 in [3.3](03_3_regularization.ipynb), on Adam in
# [3.4](03_4_optimizers.ipynb).

# %%
import keras
import numpy as np

from tuningkit.teaching import Option, Question

few = tk.datasets.load_digits().subset(200, seed=0).with_label_noise(0.2, seed=0)


def build_model(hp):
    """64 - units - 10, with one choice of each family; `hp` is a set of choices of KerasTuner."""
    penalty = keras.regularizers.L2(hp.Float("l2", 1e-5, 1e-1, sampling="log", default=1e-4))
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(
                hp.Int("units", 4, 64, step=4, default=32), "relu", kernel_regularizer=penalty
            ),
            keras.layers.Dense(10, kernel_regularizer=penalty),
        ]
    )
    rate = hp.Float("learning_rate", 1e-4, 1.0, sampling="log", default=3e-3)
    optimizers = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
    optimizer = optimizers[hp.Choice("optimizer", ["adam", "sgd"])](rate)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


few

# %% [markdown] tags=["idea"]
# ## Parameters and hyperparameters
#
# Training finds the *parameters*: the weights, and one *bias* for each unit, a number that is added to its sum. A network
# of fully connected layers with sizes $n_0, n_1, \dots, n_m$ (inputs, units of each layer, outputs; plain counts) has
#
# $$P = \sum_{i=1}^{m} (n_{i-1} + 1)\, n_i$$
#
# of them. Training does not find a *hyperparameter*: no slope leads from the loss to "32 units". Counting shows how
# unequal the two are. The network has thousands of parameters, and you set none of them. Layers and optimiser have a few
# dozen settings, and most keep their default without your ever having chosen it.


# %%
def plain_model(units=32, l2=0.0):
    """The same network without choices."""
    keras.utils.set_random_seed(0)
    penalty = keras.regularizers.L2(l2)
    hidden = keras.layers.Dense(units, "relu", kernel_regularizer=penalty)
    return keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10, kernel_regularizer=penalty)])


model = plain_model()
settings = keras.optimizers.Adam().get_config()
print(f"Parameters: {model.count_params():,} = (64 + 1) * 32 + (32 + 1) * 10")
print(f"Settings of Adam alone: {len(settings)}, such as {', '.join(list(settings)[1:7])}")
print(f"Settings of one dense layer: {len(model.layers[0].get_config())}")

# %% tags=["test"]
assert model.count_params() == (64 + 1) * 32 + (32 + 1) * 10 == 2410
assert 24 <= len(settings) + 2 * len(model.layers[0].get_config()) < 70
full = tk.datasets.load_digits().subset(200, seed=0)
assert len(few.x_train) == 200 and np.mean(few.y_train != full.y_train) == 0.2
assert (few.y_validation == full.y_validation).all()

# %% [markdown] tags=["predict"]
# ## Predict: what moves while it runs
#
# Four controls, one of each family: learning rate, units, L2 strength, optimiser. Two of them can move while the network
# trains on; with the others it must be built anew.

# %% tags=["predict"]
live_prediction = tk.Prediction(
    "2-live",
    "Which two can move while training goes on?",
    [
        "learning rate and L2 strength",
        "learning rate and optimiser",
        "units and L2 strength",
        "units and optimiser",
    ],
)
live_prediction

# %% [markdown] tags=["lab"]
# ## Lab: one control of each family
#
# The lab builds the network a few times to find out what each control does; then its label says "live" or "rebuilds".
#
# 1. Press **Train**, then move each control once and train again. Which families can spoil the curves?
# 2. Set L2 to its largest value. What do the two losses do, and is that overfitting?
# 3. Set the optimiser to sgd and leave the rate. Is sgd a bad optimiser? Keep your answer for later.

# %% tags=["lab"]
families_lab = tk.TuningLab(build_model, few, epochs=40)
families_lab

# %% [markdown] tags=["explain"]
# ## What each family did
#
# The next cell moves one family at a time, from the same start: 32 units, Adam, learning rate 0.003, no penalty. Each
# number is the lowest validation loss of a run of 40 epochs.

# %%
if not families_lab.runs:
    families_lab.train().wait()
start = {"learning_rate": 3e-3, "optimizer": "adam", "epochs": 40, "progress": False}


def moving(name, values):
    """Lowest validation loss for each value of one hyperparameter; the others stay as at the start."""
    fixed = {key: value for key, value in start.items() if key != name}
    return dict(zip(values, tk.sweep(model, few, {name: values}, **fixed).scores(), strict=True))


losses = {
    "learning rate": moving("learning_rate", [1e-4, 1e-3, 1e-2, 1e-1]),
    "units": {units: tk.train(plain_model(units), few, **start).best("val_loss")[1] for units in (2, 8, 32)},
    "L2 strength": moving("l2", [0, 1e-3, 1e-2, 1e-1]),
    "optimiser": moving("optimizer", ["sgd", "adam"]),
}
for family, values in losses.items():
    print(f"{family:14}" + ", ".join(f"{choice}: {value:.2f}" for choice, value in values.items()))
families_lab.figure()

# %%
live_prediction.reveal(
    "learning rate and L2 strength",
    "They are numbers that each step reads anew. The number of units is the number of parameters: other units, other "
    "weights, and training starts again. Another optimiser keeps other notes about the past, such as its momentum, so it "
    "starts again, too.",
)

# %% [markdown]
# Every family can spoil the network on its own: a rate too small, two units, a penalty too strong, an optimiser whose rate
# does not suit it. So a bad result does not say which family to blame. Nor is it always overfitting: with L2 at 0.1 the
# *training* loss stays near 2.3 too, which is what guessing costs.

# %% tags=["test"]
kinds = families_lab.session.liveness.kinds
assert {name for name, kind in kinds.items() if kind == "live"} == {"learning_rate", "l2"}, kinds
assert all(max(values.values()) > 2 * min(values.values()) for values in losses.values()), losses
worst = [max(values, key=values.get) for values in losses.values()]
assert worst == [1e-4, 2, 1e-1, "sgd"], losses
assert abs(tk.train(model, few, l2=0.1, **start).history["loss"][-1] - np.log(10)) < 0.1

# %% [markdown] tags=["idea"]
# ## Training inside tuning
#
# Tuning is not a phase of training: it is a search *around* it. Each of its steps is a whole training.
#
# $$h^* = \arg\min_h\; L_\text{val}\big(w^*(h)\big), \qquad w^*(h) = \arg\min_w\; J_\text{train}(w, h)$$
#
# $h$ are the hyperparameters, $w$ the parameters; $J_\text{train}$ is what training minimises on the training rows (data
# loss plus penalty), $L_\text{val}$ the data loss on the validation rows, both in nats per row. The star marks the best one.
# Two loops, two sets of rows. On the training rows you would always choose what fits them most closely: for L2, that is
# no penalty at all. The test rows belong to neither loop
# ([Feurer & Hutter, 2019](https://doi.org/10.1007/978-3-030-05318-5_1)).

# %% [markdown] tags=["idea"]
# ## They act on each other
#
# If each hyperparameter could be tuned alone, $d$ of them with $k$ values each would take $k \cdot d$ runs instead of
# $k^d$. That works only where the best value of one does not depend on the others. Two hyperparameters *interact* when what
# one of them does depends on the other. Then the best value may move:
#
# $$\arg\min_{a} L(a, b) \quad \text{changes with} \quad b$$
#
# $L$ is the validation loss (nats per row), $a$ and $b$ are two hyperparameters. A map of $L$ over both shows it: where the
# best value does not move, every row has its best cell in the same column. This is why a value that served somebody else
# well need not serve you.

# %% [markdown] tags=["predict"]
# ## Predict: the same penalty at another rate
#
# With Adam at rate 0.001, an L2 strength of 0.003 makes the loss after 40 epochs a little worse. Now the rate is 0.03.

# %% tags=["predict"]
map_prediction = tk.Prediction(
    "2-map",
    "What does L2 0.003 do to the validation loss at learning rate 0.03?",
    ["it makes it a little worse, too", "hardly anything", "it lowers it by a quarter or more"],
)
map_prediction

# %% [markdown] tags=["lab"]
# ## Lab: learning rate and L2
#
# Press **Train**: 35 networks learn at once. The colour is the validation loss at the end of training.
#
# 1. Follow each row of the map from left to right. Where is its best cell?
# 2. Move the replay slider back to epoch 10. Does any of the four smaller rates want a penalty yet?
# 3. Compare the first and the last row. For which of them does the choice of L2 matter more?

# %% tags=["lab"]
map_rates, strengths = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1], [0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
map_lab = tk.SweepLab(
    model,
    few,
    "learning_rate",
    "l2",
    values={"learning_rate": map_rates, "l2": strengths},
    epochs=40,
    at="last",
    optimizer="adam",
)
map_lab

# %% [markdown] tags=["explain"]
# ## A best value that moves
#
# If you skipped the lab, the next cell trains it once for you. "Fitted" is the accuracy on the training rows without L2. Only
# 80 % of their labels are right, so more than that is learning by heart.

# %%
if map_lab.sweep is None or map_lab.sweep.epochs < 40:
    map_lab.train().wait()
map_sweep = map_lab.go_to_best().wait().sweep
table = map_sweep.table("val_loss", at="last")
fitted = map_sweep.table("accuracy", at="last")[:, 0]
for rate, row, share in zip(map_rates, table, fitted, strict=True):
    best, change = int(np.nanargmin(row)), row[strengths.index(3e-3)] / row[0] - 1
    print(
        f"rate {rate:<6g}fitted {share:3.0%}; without L2 {row[0]:.2f}, best L2 {strengths[best]:<7g}{row[best]:.2f}; "
        f"L2 0.003: {change:+.0%}"
    )
map_lab.figure()

# %%
map_prediction.reveal(
    "it lowers it by a quarter or more",
    "In 40 epochs rate 0.001 fits three quarters of the training labels. It does not get as far as the wrong ones, so there "
    "is nothing to hold back. Rate 0.03 fits more than nine in ten, and then the penalty matters. The same holds for five "
    "other seeds.",
)

# %% [markdown]
# The two small rates gain next to nothing by any penalty; the three larger ones end lowest with L2 0.003. At epoch 10 no
# rate up to 0.03 gains by a penalty yet: the best L2 depends on the number of epochs, too.

# %% tags=["test"]
slow, fast, middle = map_rates.index(1e-3), map_rates.index(3e-2), strengths.index(3e-3)
assert table[slow, 0] < table[slow, middle] < 1.15 * table[slow, 0], table[slow]
assert table[fast, middle] < 0.75 * table[fast, 0], table[fast]
assert np.all(table[:2].min(axis=1) > 0.95 * table[:2, 0]) and np.all(table[2:].argmin(axis=1) == middle), (
    table
)
assert 0.7 < fitted[slow] < 0.79 and fitted[fast] > 0.9, fitted
early = map_sweep.history["val_loss"][:, 9].reshape(table.shape)[:4]
assert np.all(early.min(axis=1) > 0.97 * early[:, 0]), early
assert table[-1].max() - table[-1].min() > 0.8 and table[0, :5].max() / table[0, :5].min() < 1.1, table
pairs = {"learning_rate": [1e-3, 3e-2], "l2": [0, 3e-3], "seed": range(1, 6)}
seeds = tk.sweep(model, few, pairs, epochs=40, optimizer="adam", progress=False).table("val_loss", at="last")
assert np.all(seeds[0, 1] > seeds[0, 0]) and np.all(seeds[1, 1] < seeds[1, 0])
assert np.mean(seeds[1, 1]) < 0.75 * np.mean(seeds[1, 0])

# %% [markdown]
# ## A second map: learning rate and batch size
#
# The *batch size* is the number of rows whose slopes are averaged for one step. Larger batches mean fewer steps in an epoch,
# and each follows a less noisy slope, so it may be longer. A rule of thumb: multiply both by the same factor
# ([Goyal et al., 2017](https://arxiv.org/abs/1706.02677)). It served well in that study; over many networks and data sets
# no such rule was found to hold throughout ([Shallue et al., 2019](https://jmlr.org/papers/v20/18-789.html)). Here all
# 1,347 images are used, with plain gradient descent.

# %%
digits = tk.datasets.load_digits()
sizes, batch_rates = [8, 32, 128], [0.03, 0.1, 0.3, 1.0, 3.0]
batches = tk.sweep(
    model,
    digits,
    {"batch_size": sizes, "learning_rate": batch_rates},
    optimizer="sgd",
    epochs=5,
    progress=False,
)
batch_table = batches.table()
for size, row in zip(sizes, batch_table, strict=True):
    print(f"batch size {size:<4} best learning rate {batch_rates[int(np.nanargmin(row))]:g}")
tk.plots.heat_map(
    batch_table,
    batch_rates,
    sizes,
    x_name="learning rate",
    y_name="batch size",
    title="Larger batches want larger learning rates",
)

# %% [markdown]
# A batch 16 times as large wants a larger rate, but not 16 times as large. The best rates lie inside the map and not at its
# edge: at an edge, a better one might lie beyond.

# %% tags=["test"]
best_rates = [batch_rates[int(np.nanargmin(row))] for row in batch_table]
assert best_rates == sorted(best_rates) and 2 * best_rates[0] < best_rates[-1] < 8 * best_rates[0], (
    batch_table
)
assert batch_rates[0] < best_rates[0] and best_rates[-1] < batch_rates[-1], batch_table
assert len(digits.x_train) == 1347 and sizes[-1] == 16 * sizes[0]

# %% [markdown] tags=["idea"]
# ## Three roles in an experiment
#
# Google's [Deep Learning Tuning Playbook](https://github.com/google-research/tuning_playbook) gives each hyperparameter a
# role, and the role depends on the question you ask.
#
# - *Scientific*: the one whose effect you want to know.
# - *Nuisance*: has to be tuned anew for every value of the scientific one, for the comparison to be fair.
# - *Fixed*: stays as it is; whatever you find holds only for that value.
#
# What is compared is then
#
# $$L^*(s) = \min_{n} L(s, n, f)$$
#
# with $s$ scientific, $n$ nuisance, $f$ fixed, and $L$ the validation loss in nats per row. The more nuisances you tune, the
# more runs it takes; the more you fix, the narrower the finding. The learning rate is almost always a nuisance, at least:
# it interacts with nearly everything.

# %% [markdown] tags=["predict"]
# ## Predict: Adam against plain gradient descent
#
# At the same learning rate of 0.001, Adam ends 40 epochs with a loss of about 0.9, plain gradient descent (sgd) with about
# 2.3: it has learned next to nothing. Now each of them gets the learning rate that suits it.

# %% tags=["predict"]
roles_prediction = tk.Prediction(
    "2-roles",
    "How do their lowest validation losses compare then?",
    [
        "Adam's is less than half of sgd's",
        "they differ by less than a quarter",
        "sgd's is less than half of Adam's",
    ],
)
roles_prediction

# %% [markdown] tags=["lab"]
# ## Lab: one scientific, one nuisance
#
# The optimiser is the scientific hyperparameter, the learning rate the nuisance. All else is fixed.
#
# 1. Press **Train** with sgd at rate 0.001, then with Adam at the same rate.
# 2. Raise the rate of sgd by factors of ten until it works, and a bit further until it breaks.
# 3. Do the same for Adam. Which range of rates suits each?

# %% tags=["lab"]
roles_lab = tk.TuningLab(
    model,
    few,
    learning_rate=1e-3,
    optimizer="sgd",
    epochs=40,
    controls=["optimizer", "learning_rate", "buttons", "table"],
)
roles_lab

# %% [markdown] tags=["explain"]
# ## Same rate, or same care?

# %%
contest_rates = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1]
contest = tk.sweep(
    model,
    few,
    {"optimizer": ["sgd", "adam"], "learning_rate": contest_rates},
    epochs=40,
    progress=False,
).table()
print("learning rate " + "".join(f"{rate:>8g}" for rate in contest_rates) + "    best")
for name, row in zip(("sgd", "adam"), contest, strict=True):
    print(f"{name:14}" + "".join(f"{value:8.2f}" for value in row) + f"{np.nanmin(row):8.2f}")
if not roles_lab.runs:
    roles_lab.set("learning_rate", 0.3).train().wait()
roles_lab.figure()

# %%
roles_prediction.reveal(
    "they differ by less than a quarter",
    "At one rate for both, the table would have let you choose the winner: 0.001 makes Adam look good, 0.3 makes sgd look "
    "good. Each at its own best rate, there is little between them here, and with other seeds sgd is sometimes ahead.",
)

# %% [markdown]
# The finding is narrow, and it should be: one network, 200 images, 40 epochs, one seed. Those were fixed. Whether another
# width would change it is the next experiment, and there the width is scientific.

# %% tags=["test"]
assert contest[0, 0] > 2 * contest[1, 0], contest
assert 0.75 < np.nanmin(contest[0]) / np.nanmin(contest[1]) < 1.25, contest
at = contest_rates.index(0.3)
assert contest[0, at] < 0.5 * contest[1, at] or np.isnan(contest[1, at]), contest
assert abs(contest[1, 0] - 0.9) < 0.05 and abs(contest[0, 0] - 2.3) < 0.05, contest
# Either best rate lies inside the range, and the winner changes from seed to seed.
assert all(0 < np.nanargmin(row) < len(contest_rates) - 1 for row in contest), contest
rivals = {"optimizer": ["sgd", "adam"], "learning_rate": [1e-2, 3e-2, 1e-1, 3e-1], "seed": [1, 3]}
by_seed = np.nanmin(tk.sweep(model, few, rivals, epochs=40, progress=False).table(), axis=1)
assert by_seed[1, 0] < by_seed[0, 0] and by_seed[0, 1] < by_seed[1, 1], by_seed

# %% [markdown] tags=["code"]
# ## A fair comparison in plain Keras
#
# Nothing of tuningkit is needed in your own project: two loops around `fit`, the scientific hyperparameter outside, the
# nuisance inside. The metric `data_loss` holds no penalty, so it stays comparable where you tune one.

# %%
scores = {}
for optimizer in (keras.optimizers.SGD, keras.optimizers.Adam):
    for rate in (0.01, 0.3):
        network = plain_model()
        network.compile(
            optimizer(rate),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="data_loss")],
        )
        record = network.fit(
            few.x_train,
            few.y_train,
            validation_data=(few.x_validation, few.y_validation),
            epochs=8,
            verbose=0,
        )
        scores[optimizer.__name__, rate] = min(record.history["val_data_loss"])
for name in ("SGD", "Adam"):
    rate = min((0.01, 0.3), key=lambda rate: scores[name, rate])
    print(f"{name}: lowest validation loss {scores[name, rate]:.2f}, at rate {rate}")

# %% [markdown]
# Two rates and eight epochs are fewer than above, so this asks another question, and here Adam is ahead. The number of
# epochs is a fixed hyperparameter, too.

# %% tags=["test"]
assert scores["SGD", 0.3] < scores["SGD", 0.01] and scores["Adam", 0.01] < scores["Adam", 0.3]
assert scores["Adam", 0.01] < 0.8 * scores["SGD", 0.3], scores

# %% [markdown] tags=["exercise"]
# ## Exercise A: count the parameters
#
# Write a function `count_parameters(sizes)` of a list such as `[64, 32, 10]`: the inputs, the units of each hidden layer,
# the outputs. It returns the number of parameters of the fully connected network.

# %% tags=["exercise"]
# Write the function and call it `count_parameters`.
count_parameters = None

# %%
tk.check("2-a", count_parameters)

# %% [markdown] tags=["hint"]
# `pairwise(sizes)` of Python's `itertools` gives each layer's inputs and units, pair by pair:
# `from itertools import pairwise`.

# %% tags=["solution"]
from itertools import pairwise


def count_parameters(sizes):
    return sum((before + 1) * units for before, units in pairwise(sizes))


# %% [markdown] tags=["exercise"]
# ## Exercise B: name the winner
#
# You get a table of validation losses: a row for each value of the scientific hyperparameter, a column for each value of the
# nuisance; NaN where a run diverged. Write a function `fair_winner(losses)` that returns the number of the row that wins a
# fair comparison, counted from 0.

# %% tags=["exercise"]
# Write the function and call it `fair_winner`.
fair_winner = None

# %%
tk.check("2-b", fair_winner)

# %% [markdown] tags=["hint"]
# The formula of the three roles says it: first the lowest loss of each row over $n$, then compare the rows. NumPy has
# functions that leave NaN out.


# %% tags=["solution"]
def fair_winner(losses):
    return int(np.argmin(np.nanmin(losses, axis=1)))


# %% tags=["test"]
WRONG = {
    "2-a": [
        (2410, "is a function"),
        (lambda sizes: sum(a * b for a, b in pairwise(sizes)), "biases are missing"),
        (lambda sizes: count_parameters(sizes) + sizes[0], "inputs have got biases"),
        (sum, "counted the units"),
    ],
    "2-b": [
        ("Adam", "is a function"),
        (lambda losses: np.nanmin(losses, axis=1), "number of a row"),
        (lambda losses: int(np.argmin(losses[:, 0])), "first value"),
        (lambda losses: int(np.argmin(np.nanmean(losses, axis=1))), "compare the means"),
        (lambda losses: int(np.argmin(losses.min(axis=1))), "diverged"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Give plain gradient descent a fair chance. At 0.001 it ended near 2.3, and Adam near 0.9. Bring sgd's validation loss below
# 0.7 within 40 epochs by moving the learning rate alone.

# %%
challenge_lab = tk.TuningLab(
    model,
    few,
    learning_rate=1e-3,
    optimizer="sgd",
    epochs=40,
    controls=["learning_rate", "buttons", "table"],
)
challenge_lab

# %%
challenge = tk.Challenge(
    "2-challenge",
    metric="val_loss",
    below=0.7,
    within_epochs=40,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 1e-3, "optimizer": "sgd", "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
with_sgd = {"epochs": 40, "seed": 0, "l1": 0.0, "l2": 0.0, "progress": False}
assert not challenge.check(tk.train(model, few, learning_rate=3e-3, optimizer="adam", **with_sgd)).passed
challenge_lab.learning_rate = 0.3
challenge_lab.train().wait()
assert challenge.check(challenge_lab).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "2-quiz",
    [
        Question(
            "Which of these is a parameter, not a hyperparameter?",
            [
                Option(
                    "The number of hidden units",
                    why="It is fixed before training; training never changes it.",
                ),
                Option("The dropout rate", why="You choose it; no slope of the loss leads to it."),
                Option("The bias of an output unit", True, "Training finds it, as it finds all weights."),
            ],
        ),
        Question(
            "Is tuning a part of training?",
            [
                Option(
                    "No, training is a part of tuning",
                    True,
                    "Each step of the search is a whole training, judged on rows that training did not see.",
                ),
                Option(
                    "Yes, its last phase",
                    why="After training nothing is left to tune; each new setting trains anew.",
                ),
                Option(
                    "They are the same", why="Training changes weights by slopes; tuning compares trainings."
                ),
            ],
        ),
        Question(
            "You tuned the learning rate at batch size 8 and now use 128. What do you do about the rate?",
            [
                Option(
                    "Keep it, it was tuned",
                    why="In the second map, the best rate of 8 was not the best of 128.",
                ),
                Option(
                    "Tune it again, and begin with larger ones",
                    True,
                    "Batch size and learning rate interact.",
                ),
                Option(
                    "Divide it by 16",
                    why="Larger batches give less noisy slopes, so steps may be longer, not shorter.",
                ),
            ],
        ),
        Question(
            "Does a wider layer help? You want to know. What role has the learning rate?",
            [
                Option("Scientific", why="Its effect is not what you ask about; the width's is."),
                Option(
                    "Nuisance",
                    True,
                    "Another width may want another rate, so each width gets its best one.",
                ),
                Option("Fixed", why="Then you would learn which width suits that rate."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Training finds parameters; tuning, around it, finds hyperparameters of four families: of training, structure,
# regularisation, optimiser. They act on each other, so a value is good only together with the others. Compare one thing
# by tuning the nuisances anew for each of its values, and say what you kept fixed.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [3.1a Learning rate, batch size, width](03_1a_hyperparameters.ipynb).
#
# - V. Godbole, G. Dahl, J. Gilmer, C. Shallue, Z. Nado,
#   [Deep Learning Tuning Playbook](https://github.com/google-research/tuning_playbook), 2023
# - M. Feurer, F. Hutter, [Hyperparameter optimization](https://doi.org/10.1007/978-3-030-05318-5_1), in *Automated Machine
#   Learning*, Springer 2019
# - P. Goyal et al., [Accurate, large minibatch SGD](https://arxiv.org/abs/1706.02677), 2017
# - C. Shallue et al.,
#   [Measuring the effects of data parallelism on neural network training](https://jmlr.org/papers/v20/18-789.html),
#   JMLR 20, 2019
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 5, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/ml.html)
