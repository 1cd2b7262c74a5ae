# %% [markdown] tags=["title"]
# # 4.3 A regularised network: did it help?
#
# **You will be able to** repair a listing that cannot say whether it works, compare two networks fairly with early
# stopping and five seeds, and report the difference with an interval and its limits.
#
# | | |
# |---|---|
# | **Time** | 50 minutes |
# | **You need first** | [3.3 Regularisation](03_3_regularization.ipynb): L1, L2, dropout, early stopping |
# | **Part of the article** | 4.3, the example of regularisation |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## A listing that looks complete
#
# The article's last example is a network in Keras: 784 inputs, 128 hidden units with an L2 penalty of strength 0.001,
# dropout at rate 0.5, ten outputs. It is trained for ten epochs, and that is the end. Did the penalty help, or the
# dropout? The listing cannot say, and this chapter finds out.
#
# 784 is the number of pixels of an image of 28 by 28; the digits of this course have 64. Here are the lines that matter,
# for 64 inputs, as a text that Python can run and inspect.

# %%
import ast
import warnings
from dataclasses import replace

import keras
import numpy as np
from scipy import special, stats

from tuningkit.teaching import Option, Question

listing = """
from keras.layers import Dense, Dropout
from keras.regularizers import l1, l2

layers = [
    Dense(128, input_dim=64, activation="relu", kernel_regularizer=l2(0.001)),
    Dropout(0.5),
    Dense(10, activation="softmax"),
]
"""

# %% [markdown] tags=["idea"]
# ## Fault one: what the lines say about themselves
#
# Two faults need no data. The argument `input_dim` belongs to an older Keras: Keras 3 warns and asks for an `Input` in
# front ([documentation](https://keras.io/guides/sequential_model/)). And `l1` is imported and never used: it promises a
# comparison that does not take place. A program that reads programs, a *linter*, finds such names without running
# anything. The next cell does both.

# %%
names = {}
keras.utils.set_random_seed(0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    exec(listing, names)
print("Keras warns:", str(caught[0].message).splitlines()[0])

tree = ast.parse(listing)
imported = {item.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for item in node.names}
used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
unused = imported - used
print("Imported and never used:", ", ".join(unused))

# %% tags=["test"]
assert "input_dim" in str(caught[0].message) and len(caught) == 1
assert unused == {"l1"}

# %% [markdown] tags=["idea"]
# ## Fault two: the data come from nowhere
#
# The listing trains on `X_train` and `y_train`, and defines neither. Its loss, `categorical_crossentropy`, wants labels
# as *one-hot* rows: ten numbers, a 1 at the class, else 0. Most data sets, the digits too, carry one whole number per
# row. With those the network refuses. `sparse_categorical_crossentropy` is the same loss for whole numbers
# ([documentation](https://keras.io/api/losses/probabilistic_losses/)).

# %%
digits = tk.datasets.load_digits()
network = keras.Sequential(names["layers"])
network.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

faults = []
for attempt in (
    "network.fit(X_train, y_train, epochs=10, batch_size=32)",
    "network.fit(digits.x_train, digits.y_train, epochs=10, batch_size=32, verbose=0)",
):
    try:
        exec(attempt)
    except (NameError, ValueError) as error:
        faults.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
        print(faults[-1])

# %% tags=["test"]
assert "X_train" in faults[0]
assert "target.shape=(None,)" in faults[1]

# %% [markdown] tags=["idea"]
# ## Fault three: nothing to judge by
#
# Give the listing one-hot labels, and it runs. What it reports are `loss` and `accuracy` on the rows it learns from. The
# loss contains the penalty, and it is taken while dropout switches units off. So it measures another thing than the loss
# of a network without them, and comparing the two says nothing. There are no validation rows, no second network, and no
# reason for ten epochs rather than a hundred.
#
# From here on we use 200 images, few enough for regularisation to matter. The others of the training part are put by, in
# five more sets of 200.

# %%
order = np.random.default_rng(0).permutation(len(digits.x_train))
row_sets = order[:1200].reshape(6, 200)


def with_rows(number):
    """The digits with one of six sets of 200 training rows; no row is in two of them."""
    rows = row_sets[number]
    return replace(digits, x_train=digits.x_train[rows], y_train=digits.y_train[rows])


few = with_rows(0)
# Compiled again: the training that failed above left half of its graph behind.
network.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
record = network.fit(few.x_train, np.eye(10)[few.y_train], epochs=10, batch_size=32, verbose=0)
score = network.evaluate(few.x_validation, np.eye(10)[few.y_validation], verbose=0, return_dict=True)
print("The listing reports:", ", ".join(f"{name} {curve[-1]:.2f}" for name, curve in record.history.items()))
print(f"Accuracy on validation rows, which it never asks for: {score['accuracy']:.0%}")

# %% tags=["test"]
assert set(record.history) == {"loss", "accuracy"}
assert len(few.x_train) == 200 and len(np.unique(row_sets)) == 1200

# %% [markdown] tags=["idea"]
# ## The same network, ready to be compared
#
# A fair comparison changes one thing. Here is the network without any regularisation. tuningkit switches L2 (on both
# kernels) and dropout on as it trains; at strength 0 and rate 0 it is the plain network. Both start from the same
# weights and see the same batches. The outputs are raw scores, which is more exact than a softmax in the network.
#
# One more thing must be fair: *when* to stop. A regularised network learns more slowly, so each is judged at its own best
# epoch. Early stopping with a patience of 15 epochs finds it, on the validation rows. The learning rate is 0.003, three
# times Adam's default, so that 100 epochs are enough for this chapter.

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu"),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(10),
    ]
)


def stopped_at(curve, patience=15):
    """Place of the epoch that early stopping keeps, counted from 0."""
    best = 0
    for epoch, loss in enumerate(curve):
        if loss < curve[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


print("Early stopping keeps place", stopped_at([0.9, 0.5, 0.6, 0.4, 0.7, 0.8], patience=2))

# %% tags=["test"]
assert stopped_at([0.9, 0.5, 0.6, 0.4, 0.7, 0.8], patience=2) == 3
assert stopped_at([0.9, 0.5, 0.6, 0.7, 0.1], patience=2) == 1

# %% [markdown] tags=["idea"]
# ## Five differences and an interval
#
# A *seed* sets initial weights, batch order and dropout. Train both networks with the same five seeds and look at the
# differences of their losses, seed by seed: what a seed does to both cancels out. Their mean has the 95 % interval
#
# $$\bar d \pm t\, \frac{s}{\sqrt{n}}, \qquad d_i = L_i^\text{regularised} - L_i^\text{plain}$$
#
# $L_i$ is a test loss with seed $i$ (nats per row), $\bar d$ and $s$ are the mean and the standard deviation of the $n$
# differences, $t$ is the 97.5 % point of Student's distribution with $n - 1$ degrees of freedom: 2.78 for $n = 5$
# ([Student, 1908](https://doi.org/10.1093/biomet/6.1.1)). If 0 lies inside, the runs do not tell which network is better.
# The interval assumes that differences scatter like a bell curve and are independent.


# %%
def interval(plain, regularised):
    """Mean of the paired differences, and the ends of its 95 % interval."""
    ends = stats.ttest_rel(regularised, plain).confidence_interval(0.95)
    return float(np.mean(regularised - plain)), float(ends.low), float(ends.high)


def verdict(low, high):
    """What an interval of loss differences says."""
    return "helps" if high < 0 else "hurts" if low > 0 else "cannot tell"


# %% tags=["test"]
assert round(stats.t.ppf(0.975, 4), 2) == 2.78
assert verdict(-0.2, -0.1) == "helps" and verdict(-0.1, 0.1) == "cannot tell" and verdict(0.1, 0.2) == "hurts"

# %% [markdown] tags=["predict"]
# ## Predict: ten epochs, and all you want
#
# First the article's way: L2 0.001, dropout 0.5, learning rate 0.001, ten epochs. Then the fair way: the best strengths
# that a sweep can find, and early stopping.

# %% tags=["predict"]
ten_epochs = tk.Prediction(
    "4.3-ten",
    "After ten epochs, how does the validation loss of the regularised network compare with the plain one's?",
    ["it is lower", "there is hardly a difference", "it is higher"],
)
ten_epochs

# %% tags=["predict"]
wins_prediction = tk.Prediction(
    "4.3-wins",
    "With the best strengths and early stopping: with how many of five new seeds is its test loss lower?",
    between=(0, 5),
    unit="seeds",
)
wins_prediction

# %% [markdown] tags=["lab"]
# ## Lab: L2 and dropout together
#
# Press **Train**: 25 networks learn at once, one for each pair of an L2 strength and a dropout rate. The colour is the
# lowest validation loss of each.
#
# 1. Move the replay slider to epoch 10. Which corner is ahead there?
# 2. Back at the end, press **Go to best**. How much lower is it than the plain network, at L2 0 and dropout 0?
# 3. Click the neighbours of the best cell. Would you bet on their order with another seed?

# %% tags=["lab"]
strengths = [0, 1e-4, 3e-4, 1e-3, 3e-3]
rates = [0, 0.2, 0.4, 0.6, 0.8]
sweep_lab = tk.SweepLab(
    model,
    few,
    "l2",
    "dropout",
    values={"l2": strengths, "dropout": rates},
    epochs=100,
    learning_rate=3e-3,
)
sweep_lab

# %% [markdown] tags=["explain"]
# ## Ten epochs: a clear answer to the wrong question
#
# The article's settings first, with five seeds.

# %%
seeds = [1, 2, 3, 4, 5]
short = tk.sweep(model, few, {"l2": [0, 1e-3], "dropout": [0, 0.5], "seed": seeds}, epochs=10)
after_ten = short.table("val_loss", at="last")
plain_ten, regularised_ten = after_ten[0, 0], after_ten[1, 1]
ten = interval(plain_ten, regularised_ten)
print("seed       " + "".join(f"{seed:>7}" for seed in seeds))
print("plain      " + "".join(f"{value:7.2f}" for value in plain_ten))
print("regularised" + "".join(f"{value:7.2f}" for value in regularised_ten))
print(f"Difference {ten[0]:+.2f}, 95 % interval {ten[1]:+.2f} to {ten[2]:+.2f}: {verdict(*ten[1:])}.")

# %%
ten_epochs.reveal(
    "it is higher",
    "With all five seeds. Ten epochs are 70 steps here; neither network is done, and the regularised one is further "
    "behind. A fixed, short training compares how fast two networks learn, not how well.",
)

# %% tags=["test"]
assert np.all(regularised_ten > plain_ten + 0.1)
assert verdict(*ten[1:]) == "hurts"
assert -(-len(few.x_train) // 32) * 10 == 70

# %% [markdown]
# ## What the sweep chose
#
# If you skipped the lab, the next cell trains it once for you.

# %%
if sweep_lab.sweep is None or sweep_lab.sweep.epochs < 100:
    sweep_lab.train().wait()
found = sweep_lab.go_to_best().wait().sweep
chosen = found.best("val_loss").hyperparameters
chosen_l2, chosen_rate = chosen["l2"], chosen["dropout"]
promised = found.table()[0, 0] - found.table().min()
print(f"Lowest validation loss {found.table().min():.3f}, at L2 {chosen_l2:g} and dropout {chosen_rate:g}.")
print(f"The plain network has {found.table()[0, 0]:.3f}: a gain of {promised:.3f}, or so it seems.")
sweep_lab.figure()

# %% [markdown]
# Do not believe that gain yet. It is the best of 25, found with one seed, on the very rows that chose it. Part of it is
# luck that will not come again, a *selection bias*
# ([Cawley & Talbot, 2010](https://jmlr.org/papers/v11/cawley10a.html)): the winner's curse of
# [3.1](03_1b_search.ipynb). New seeds and new rows are neutral judges.

# %% tags=["test"]
# The best rate lies inside its range, so that no better one waits beyond.
assert rates[0] < chosen_rate < rates[-1]
assert chosen_l2 < strengths[-1]
assert promised > 0
assert found.history["val_loss"][:, 9].reshape(found.shape).argmin() % len(rates) == 0
assert found.history["val_loss"][rates.index(0.6), 9] > found.history["val_loss"][0, 9] + 0.1

# %% [markdown]
# ## Five new seeds, and the test rows
#
# The choice is made, so the test rows may speak. The next cell trains the plain and the chosen network with five seeds
# that no choice has seen. After each epoch that brings a new lowest validation loss it keeps the weights, as early stopping
# does: the validation rows alone say when to stop, and the test rows are asked once, with the weights that were kept.

# %%
judge = keras.models.clone_model(model)


def on_test_rows(data, seed, l2, dropout):
    """Test loss and accuracy of one network, where early stopping leaves it."""
    kept = []

    def keep(trainer):
        curve = trainer.history["val_loss"][0]
        if stopped_at(curve) == len(curve) - 1:
            kept[:] = trainer.run().weights

    settings = {"learning_rate": 3e-3, "epochs": 100, "seed": seed, "progress": False}
    tk.sweep(model, data, {"l2": [l2], "dropout": [dropout]}, on_epoch=keep, **settings)
    judge.set_weights(kept)
    chances = special.log_softmax(judge(data.x_test), axis=1)
    loss = -np.mean(chances[np.arange(len(data.y_test)), data.y_test])
    return loss, np.mean(chances.argmax(axis=1) == data.y_test)


def compare(pairs):
    """Test loss and accuracy of the plain and the chosen network (rows), for pairs of data and a seed (columns)."""
    networks = [(0.0, 0.0), (chosen_l2, chosen_rate)]
    results = [[on_test_rows(data, seed, *network) for data, seed in pairs] for network in networks]
    return {"test loss": np.array(results)[..., 0], "test accuracy": np.array(results)[..., 1]}


def tell(title, losses):
    """Print two rows of losses with their interval; return the interval and the number of wins."""
    found = interval(*losses)
    wins = int(np.sum(losses[1] < losses[0]))
    print(title)
    for name, values in zip(("plain", "regularised"), losses, strict=True):
        print(f"  {name:12}" + "".join(f"{value:7.3f}" for value in values))
    print(
        f"  difference {found[0]:+.3f}, 95 % interval {found[1]:+.3f} to {found[2]:+.3f}: {verdict(*found[1:])}"
    )
    return found, wins


by_seed = compare([(few, seed) for seed in seeds])
seed_interval, wins = tell("Test loss, five seeds, the same 200 rows", by_seed["test loss"])

# %%
wins_prediction.reveal(
    wins,
    f"The sweep promised a gain of {promised:.3f}; the five seeds show a mean difference of {seed_interval[0]:+.3f}, and "
    f"their interval says: {verdict(*seed_interval[1:])}. Both networks stop early, which is a way to regularise as "
    "well: the plain one is not without any.",
)

# %% tags=["test"]
assert abs(seed_interval[0]) < promised
assert seed_interval[2] - seed_interval[1] < 0.06

# %% [markdown]
# ## The seeds are not the only luck
#
# Those five pairs share their training rows. Their interval answers a narrow question: what if *these 200 images* were
# learned again? Your real question is about images not yet collected. A study of several tasks found that which rows are
# drawn, the initial weights and the choice of hyperparameters all move results markedly, and that an estimate gets better
# when more of these sources vary ([Bouthillier et al., 2021](https://arxiv.org/abs/2103.03098)).
#
# So let the rows vary, too: the five sets put by, each with its own seed.

# %%
by_rows = compare([(with_rows(number), number) for number in range(1, 6)])
rows_interval, _ = tell("Test loss, five row sets with a seed each", by_rows["test loss"])
spread_seeds, spread_rows = (np.ptp(result["test loss"][0]) for result in (by_seed, by_rows))
print(f"The plain network's loss spans {spread_seeds:.2f} over seeds, and {spread_rows:.2f} over row sets.")

# %% tags=["test"]
assert spread_rows > 2 * spread_seeds
assert np.corrcoef(by_rows["test loss"])[0, 1] > 0.8

# %% [markdown]
# The losses themselves differ far more than before, because some sets of rows are luckier than others. Pairing saves the
# comparison: a lucky set is lucky for both networks, and the difference does not notice.

# %% [markdown]
# ## Where it does help
#
# One question is left: would this way of measuring see a gain if there were one? In 3.3 every fifth label was wrong, and
# a network that learned the wrong ones by heart paid for it. The same two networks again, with the same five sets of
# rows and such labels.

# %%
by_noise = compare([(with_rows(number).with_label_noise(0.2, seed=number), number) for number in range(1, 6)])
noise_interval, noise_wins = tell("Test loss, five row sets, one label in five wrong", by_noise["test loss"])

# %% tags=["test"]
assert noise_interval[0] < -0.02 and noise_wins >= 4
assert noise_interval[0] < rows_interval[0] and noise_interval[0] < seed_interval[0]

# %% [markdown]
# ## The answer
#
# Each line of the picture is one way to ask, with its five differences of the test loss and their interval.

# %%
answers = {
    "five seeds": (seed_interval, np.diff(by_seed["test loss"], axis=0)[0]),
    "five row sets": (rows_interval, np.diff(by_rows["test loss"], axis=0)[0]),
    "five row sets, one label in five wrong": (noise_interval, np.diff(by_noise["test loss"], axis=0)[0]),
}
figure = tk.plots.new_figure(8, 3)
axes = figure.subplots()
for place, (found, differences) in enumerate(answers.values()):
    axes.plot(
        found[1:], [place, place], color="#0072B2", linewidth=3, label="95 % interval" if place == 0 else None
    )
    axes.plot(
        differences,
        [place] * 5,
        "o",
        color="black",
        fillstyle="none",
        label="one pair" if place == 0 else None,
    )
    axes.plot(found[0], place, "D", color="#D55E00", label="mean" if place == 0 else None)
axes.axvline(0, color="gray", linestyle="--", linewidth=1)
axes.set_yticks(
    range(len(answers)), [f"{name}: {verdict(*found[1:])}" for name, (found, _) in answers.items()]
)
axes.invert_yaxis()
axes.set_xlabel("test loss, regularised minus plain (nats per row)")
axes.set_title("With early stopping, the answer depends on the data", loc="left")
axes.legend(loc="lower right")
figure

# %%
for name, result in (("seeds", by_seed), ("row sets", by_rows), ("wrong labels", by_noise)):
    middle, low, high = (100 * value for value in interval(*result["test accuracy"]))
    print(f"Accuracy, {name:12} {middle:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}")

# %% [markdown]
# So, did it help? As the article trains, for ten epochs, it did harm. With wrong labels it helped the loss. On clean digits, with early
# stopping, the difference is at most a few hundredths of a nat. Over the row sets the interval ends so near to 0 that one
# other set could move it across: do not lean on such a verdict, whichever way it falls. The accuracies tell less still:
# 225 test rows count in steps of 0.4 points, and differences of no row or one are far from a bell curve.
#
# What these intervals do not know: the five row sets share the test and the validation rows, so luck in those is not in
# the interval. The strengths were chosen once, on one set of clean rows; a second search might choose others. Five pairs
# are few. And even where all assumptions hold, one such interval in twenty misses the truth: whoever asks often enough
# finds one without 0.

# %% tags=["test"]
assert verdict(*noise_interval[1:]) == "helps"
assert max(abs(seed_interval[0]), abs(rows_interval[0])) < 0.03
assert abs(rows_interval[2]) < 0.02
assert len(few.x_test) == 225

# %% [markdown] tags=["idea"]
# ## What the penalties leave behind
#
# The loss hardly noticed the penalties; the weights did. Both pull at every weight $w$, in nats per unit of weight:
#
# $$\text{L2: } 2\lambda_2 w \qquad \text{L1: } \lambda_1\, \text{sign}(w)$$
#
# $\lambda_2$ and $\lambda_1$ are the strengths. L2 pulls in proportion and makes all weights smaller. L1 pulls equally hard
# everywhere and brings the weights that the data need little down to nearly zero
# ([Goodfellow et al., 7.1](https://www.deeplearningbook.org/contents/regularization.html)).
#
# Before training, Keras draws each weight evenly from an interval around zero, so its histogram is a box for each layer
# ([Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)).

# %% [markdown] tags=["predict"]
# ## Predict: the weights after training
#
# Take the typical size of a weight, the root of the mean square, before any training. Then train the plain network,
# without penalty and without dropout.

# %% tags=["predict"]
size_prediction = tk.Prediction(
    "4.3-size",
    "How large is a typical weight after training, compared with before?",
    ["smaller", "the same", "larger"],
)
size_prediction

# %% [markdown] tags=["lab"]
# ## Lab: weights while they learn
#
# The histogram shows all weights of the run in front.
#
# 1. Press **Train** with both strengths at 0. The histogram grows wider than the boxes it began with.
# 2. Set L2 to 1e-3. Where do the outermost weights go?
# 3. Set L2 to 0 and L1 to 1e-3. Which bar grows, and do the outermost weights go as far in?

# %% tags=["lab"]
weights_lab = tk.TuningLab(
    model,
    few,
    learning_rate=3e-3,
    epochs=100,
    weights=True,
    controls=["l1", "l2", "mode", "buttons", "table"],
)
weights_lab

# %% [markdown] tags=["explain"]
# ## Before and after
#
# The next cell trains three networks that differ by the penalty alone.

# %%
penalties = {"no penalty": {}, "L2 0.003": {"l2": 3e-3}, "L1 0.001": {"l1": 1e-3}}
trained = {
    name: tk.train(model, few, learning_rate=3e-3, epochs=100, seed=0, progress=False, **penalty)
    for name, penalty in penalties.items()
}


def kernels(arrays):
    """All weights of the kernels in one vector; biases are not penalised."""
    return np.concatenate([np.ravel(array) for array in arrays if np.ndim(array) == 2])


weights = {"before training": kernels(model.get_weights())}
weights |= {f"after, {name}": kernels(run.weights) for name, run in trained.items()}
sizes = {name: float(np.sqrt(np.mean(values**2))) for name, values in weights.items()}
near_zero = {name: float(np.mean(np.abs(values) < 1e-3)) for name, values in weights.items()}
for name in weights:
    print(f"{name:18} typical size {sizes[name]:.3f}, {near_zero[name]:4.0%} nearer to zero than 0.001")

reach = max(float(np.abs(values).max()) for values in weights.values())
figure = tk.plots.new_figure(10, 6)
for axes, (name, values) in zip(figure.subplots(2, 2, sharey=True).flat, weights.items(), strict=True):
    tk.plots.weight_histogram(values, ax=axes, title=f"{name}: typical size {sizes[name]:.2f}")
    axes.set_xlim(-reach, reach)
figure

# %%
size_prediction.reveal(
    "larger",
    "Learning moves weights away from where they began, and nothing calls them back. L2 holds all of them close; L1 "
    "lets a few go far and sends most of them home.",
)

# %% [markdown]
# L2 has a spike at zero as well, and for another reason. Some pixels are blank in all 200 images, and some units turn out
# not to be needed. Where no data pull the other way, even a spring that weakens near zero brings a weight home. L1 empties
# weights that the data do use a little.

# %%
blank = (few.x_train == 0).all(axis=0)
first_kernel = np.abs(trained["L2 0.003"].weights[0])
print(
    f"{blank.sum()} of 64 pixels are always blank. Of their weights under L2, {np.mean(first_kernel[blank] < 1e-3):.0%} are near zero;"
)
print(f"of those of the other pixels {np.mean(first_kernel[~blank] < 1e-3):.0%}.")

# %% tags=["test"]
assert blank.sum() > 0 and np.all(first_kernel[blank] < 1e-3)
assert np.mean(first_kernel[~blank] < 1e-3) < 0.4
assert sizes["after, no penalty"] > 1.2 * sizes["before training"]
assert sizes["after, L2 0.003"] < sizes["after, no penalty"]
assert near_zero["after, L1 0.001"] > 2 * near_zero["after, L2 0.003"]
assert near_zero["after, no penalty"] < 0.02 and near_zero["before training"] < 0.02
assert np.abs(weights["after, L1 0.001"]).max() > np.abs(weights["after, L2 0.003"]).max()

# %% [markdown] tags=["code"]
# ## The listing, repaired, in plain Keras
#
# Nothing of tuningkit is needed in your own project. The metric `data_loss` contains no penalty, so it can be compared
# between strengths; early stopping watches it and goes back to the best epoch. The learning rate is higher and the
# patience shorter than above, so that you need not wait for long.

# %%
keras.utils.set_random_seed(0)
repaired = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10),
    ]
)
repaired.compile(
    optimizer=keras.optimizers.Adam(1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="data_loss")],
)
stop = keras.callbacks.EarlyStopping(
    monitor="val_data_loss", mode="min", patience=10, restore_best_weights=True
)
record = repaired.fit(
    few.x_train,
    few.y_train,
    validation_data=(few.x_validation, few.y_validation),
    epochs=100,
    batch_size=32,
    callbacks=[stop],
    verbose=0,
)
result = repaired.evaluate(few.x_test, few.y_test, verbose=0, return_dict=True)
print(f"Trained for {len(record.epoch)} epochs, kept epoch {stop.best_epoch + 1}.")
print(f"Test rows: loss {result['data_loss']:.3f} without the penalty, accuracy {result['accuracy']:.0%}.")

# %% tags=["test"]
assert result["accuracy"] > 0.88
assert result["loss"] > result["data_loss"] + 0.01
best = repaired.evaluate(few.x_validation, few.y_validation, verbose=0, return_dict=True)["data_loss"]
assert abs(best - min(record.history["val_data_loss"])) < 1e-3

# %% [markdown] tags=["exercise"]
# ## Exercise A: the interval, by hand
#
# Write a function of two arrays, the losses of the plain and of the regularised network with the same seeds. It returns
# three numbers: the mean of the differences (regularised minus plain) and the two ends of the paired 95 % interval. Do
# it with the formula rather than with `ttest_rel`.

# %% tags=["exercise"]
# Write a function of two arrays of shape (seeds,); return mean, low, high. Call it `paired_interval`.
paired_interval = None

# %%
tk.check("4.3-a", paired_interval)

# %% [markdown] tags=["hint"]
# `stats.t.ppf(0.975, n - 1)` is $t$. NumPy's `std` divides by $n$ unless you say `ddof=1`.


# %% tags=["solution"]
def paired_interval(plain, regularised):
    differences = np.asarray(regularised) - np.asarray(plain)
    n = len(differences)
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return differences.mean(), differences.mean() - half, differences.mean() + half


# %% [markdown] tags=["exercise"]
# ## Exercise B: a training that can be judged
#
# Build and compile a network for the digits: 64 inputs, whole-number labels, an L2 penalty or dropout or both. Let
# accuracy be among its metrics. Make the callback that stops early on the validation rows and goes back to the best
# epoch. Give both in one tuple: `(network, callback)`.

# %% tags=["exercise"]
# Put the compiled network and the callback into a tuple and call it `sound_training`.
sound_training = None

# %%
tk.check("4.3-b", sound_training)

# %% [markdown] tags=["hint"]
# The network called `repaired` and the callback called `stop` above have all of it. What would change with a softmax?

# %% tags=["solution"]
sound = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(64, "relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10),
    ]
)
sound.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
sound_training = (
    sound,
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True),
)


# %% tags=["test"]
def compiled(units=10, last=None, loss=None, regularizer="l2", metrics=("accuracy",), inputs=64):
    layers = [keras.Input((inputs,)), keras.layers.Dense(8, "relu", kernel_regularizer=regularizer)]
    built = keras.Sequential([*layers, keras.layers.Dense(units, last)])
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    built.compile("adam", loss, metrics=list(metrics))
    return built


WRONG = {
    "4.3-a": [
        (0.1, "function"),
        (lambda plain, regularised: interval(regularised, plain), "other way round"),
        (lambda plain, regularised: 0.0, "three numbers"),
    ],
    "4.3-b": [
        (repaired, "tuple"),
        ((keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)]), stop), "compile"),
        ((compiled(inputs=784), stop), "64"),
        ((compiled(loss="categorical_crossentropy", last="softmax"), stop), "whole-number"),
        ((compiled(last="softmax"), stop), "softmax"),
        ((compiled(regularizer=None), stop), "neither"),
        ((compiled(metrics=()), stop), "accuracy"),
        ((compiled(), keras.callbacks.EarlyStopping("loss", restore_best_weights=True)), "training rows"),
        ((compiled(), keras.callbacks.EarlyStopping("val_loss")), "weights of the last epoch"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Ten epochs, L2 0.001 and dropout 0.5, as in the article. Bring the validation loss below 0.35 by moving the learning
# rate alone. Then look what the same rate does for the plain network: a verdict on regularisation is worth only as
# much as the tuning of everything else.

# %%
challenge_lab = tk.TuningLab(
    model, few, epochs=10, l2=1e-3, dropout=0.5, controls=["learning_rate", "buttons", "table"]
)
challenge_lab

# %%
challenge = tk.Challenge(
    "4.3-challenge",
    metric="val_loss",
    below=0.35,
    within_epochs=10,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 1e-3, "dropout": 0.5, "l1": 0.0, "l2": 1e-3},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
in_ten = {"epochs": 10, "seed": 0, "progress": False, "l1": 0.0, "l2": 1e-3, "dropout": 0.5}
assert not challenge.check(tk.train(model, few, learning_rate=1e-3, **in_ten)).passed
assert challenge.check(tk.train(model, few, learning_rate=2e-2, **in_ten)).passed
challenge_lab.learning_rate = 2e-2
challenge_lab.train().wait()
assert challenge.check(challenge_lab).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "4.3-quiz",
    [
        Question(
            "A network with dropout has the higher training loss after ten epochs. What does that say about dropout?",
            [
                Option(
                    "It harms this network",
                    why="The training loss is taken with units switched off, and ten epochs may be too few.",
                ),
                Option(
                    "Nothing yet",
                    True,
                    "Compare losses on validation rows, each network at its own best epoch.",
                ),
                Option("The rate should be higher", why="That would raise the training loss further."),
            ],
        ),
        Question(
            "The best of 25 settings is 0.03 below the plain network on the validation rows. What do you expect on new rows?",
            [
                Option("A gain of 0.03", why="The best of many is partly the luckiest of many."),
                Option(
                    "A gain above 0.03", why="Choosing on a score makes that score too good, not too bad."
                ),
                Option(
                    "A smaller gain, perhaps none",
                    True,
                    "The luck that helped to choose it does not come again.",
                ),
            ],
        ),
        Question(
            "Five differences of the loss, regularised minus plain, have the interval -0.02 to +0.01. What may you report?",
            [
                Option("The two networks are equal", why="A gain of 0.02 lies inside the interval, too."),
                Option(
                    "Five seeds do not tell which one is better",
                    True,
                    "Give the interval: it says how large a difference can still be.",
                ),
                Option(
                    "The regularised one is better, as the mean is below 0",
                    why="0 and +0.01 fit the runs as well.",
                ),
            ],
        ),
        Question(
            "Your five seeds share one set of training rows. What does their interval leave out?",
            [
                Option(
                    "The luck of which rows were collected",
                    True,
                    "Draw other rows for each seed, and that luck shows in the interval.",
                ),
                Option("The initial weights", why="They change with the seed, so the interval knows them."),
                Option("The order of the batches", why="It changes with the seed as well."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# A regulariser is judged by a second network without it, on validation rows, each at its own best epoch. The best cell of
# a sweep promises too much, so ask new seeds and new rows, pair the runs and give the interval. On clean digits the
# difference was too small to build on, with wrong labels it was plain, and the honest report says both.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [5 Applications](05_applications.ipynb), the same care for images, texts and speech.
#
# - Student, [The probable error of a mean](https://doi.org/10.1093/biomet/6.1.1), Biometrika 6, 1908
# - X. Bouthillier et al., [Accounting for variance in machine learning benchmarks](https://arxiv.org/abs/2103.03098),
#   MLSys 2021
# - G. Cawley, N. Talbot,
#   [On over-fitting in model selection and subsequent selection bias in performance evaluation](https://jmlr.org/papers/v11/cawley10a.html),
#   JMLR 11, 2010
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 7, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/regularization.html)
# - X. Glorot, Y. Bengio,
#   [Understanding the difficulty of training deep feedforward neural networks](https://proceedings.mlr.press/v9/glorot10a.html),
#   AISTATS 2010
