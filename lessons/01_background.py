# %% [markdown] tags=["title"]
# # 1 Why tune, and what it costs
#
# **You will be able to** show what one hyperparameter does to a network, count how much training a good one saves, and
# work out the cost of a search before you start it.
#
# | | |
# |---|---|
# | **Time** | 35 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a loss and an epoch are |
# | **Part of the article** | 1 Background, and question 8.1: why tune at all |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## One number that you must choose
#
# Training changes the weights of a network step by step:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}$$
#
# $w$ is a weight (no unit here) and $L$ the loss on a few rows (cross-entropy, in nats per row; 2.3 nats is what guessing
# among ten classes costs). $\partial L / \partial w$ is the *slope*: how fast the loss rises with this weight. $\eta$ is the
# *learning rate* (in 1/nat): it says how long a step is. Training finds the weights. It does not find $\eta$: you set
# that before training begins. Such a number is a *hyperparameter*, and looking for good ones is called
# *tuning*. The learning rate is perhaps the most important of them
# ([Goodfellow et al., 11.4](https://www.deeplearningbook.org/contents/guidelines.html)).
#
# The network of this chapter reads images of handwritten digits, 8 by 8 pixels. Nothing but the learning rate changes:
# same data, same network, same initial weights, same order of the rows.

# %%
import time

import keras
import numpy as np

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, "relu"),
        keras.layers.Dense(10),
    ]
)
digits

# %% [markdown] tags=["predict"]
# ## Predict: the price of a wrong number
#
# Five copies of the network are trained for 20 epochs with plain gradient descent. Their learning rates are 0.0001,
# 0.001, 0.01, 0.1 and 3. Accuracy is the share of validation images that a network names rightly; guessing gives 10 %.

# %% tags=["predict"]
spread_prediction = tk.Prediction(
    "1-spread",
    "How many percentage points of accuracy lie between the best and the worst of the five?",
    between=(0, 100),
    unit="points",
)
spread_prediction

# %% [markdown] tags=["lab"]
# ## Lab: five settings, from useless to excellent
#
# Press **Train**. All five learn at once, before your eyes.
#
# 1. Move the slider through the five rates. The first and the last are of no use. Do their curves fail in the same way?
# 2. Press **Go to best**. Would you have picked this rate without trying?
# 3. Look at 0.01. Is it a bad rate, or a good one that was not given enough time?

# %% tags=["lab"]
rates = [1e-4, 1e-3, 1e-2, 1e-1, 3.0]
rates_lab = tk.SweepLab(
    model, digits, "learning_rate", values={"learning_rate": rates}, epochs=20, optimizer="sgd"
)
rates_lab

# %% [markdown] tags=["explain"]
# ## What one number did
#
# If you skipped the lab, the next cell trains it once for you.

# %%
if rates_lab.sweep is None or rates_lab.sweep.epochs < 20:
    rates_lab.train().wait()
five = rates_lab.go_to_best().wait().sweep
accuracy = five.history["val_accuracy"][:, -1]
words = ["useless", "hardly better", "usable", "excellent", "useless"]
for rate, share, word in zip(rates, accuracy, words, strict=True):
    print(f"learning rate {rate:<6g} accuracy after 20 epochs {share:4.0%}   {word}")
spread = 100 * (accuracy.max() - accuracy.min())
rates_lab.figure()

# %%
spread_prediction.reveal(
    round(float(spread)),
    "The best is an excellent network, the worst no better than guessing. At 0.0001 the weights are still about where they "
    "began. At 3 the first steps were so long that nearly all hidden units now answer 0 to every image. Such a unit has no "
    "slope any more, so it never comes back.",
)

# %% [markdown]
# The code was right in all five cases. No error was raised, no warning was shown. A network that was not tuned looks
# like a network that cannot do the task.

# %% tags=["test"]
assert accuracy[0] < 0.15 and accuracy[4] < 0.15, accuracy
assert 0.1 < accuracy[1] < 0.3 and 0.6 < accuracy[2] < 0.93 and int(np.argmax(accuracy)) == 3, accuracy
assert round(100 * accuracy[3]) == 97 and 90 < spread < 95, accuracy
assert np.ptp(digits.x_train) == 1 and len(digits.x_train[0]) == 8 * 8 and abs(np.log(10) - 2.3) < 0.01


def answering(run):
    """Hidden units that answer something other than 0 to at least one training image."""
    kernel, bias = run.weights[:2]
    return int((digits.x_train @ kernel + bias > 0).any(axis=0).sum())


assert answering(five[3]) >= 30 and answering(five[4]) <= 3, [answering(run) for run in five]
moved = [max(np.abs(now - model.get_weights()[i]).max() for i, now in enumerate(run.weights)) for run in five]
assert moved[0] < 0.01 and moved[3] > 1, moved

# %% [markdown] tags=["idea"]
# ## Three reasons to tune
#
# **A better network.** You have just seen it: the same network, from useless to excellent.
#
# **Less computing.** A rate of 0.01 is not wrong, it is slow: it wants more epochs for the same result. The next lab counts
# them.
#
# **An honest comparison.** If you tune your own network, and take the other one as you find it, you compare the tuning,
# not the networks. When language models were all tuned with equal care, a standard one beat several that were thought
# to be better ([Melis et al., 2018](https://arxiv.org/abs/1707.05589)).
#
# What tuning cannot do: make up for data that do not hold the answer.

# %% [markdown] tags=["predict"]
# ## Predict: patience instead of tuning
#
# After 20 epochs rate 0.01 is still on its way. Give it 60, and count the epochs until nine images of ten are right.

# %% tags=["predict"]
patience_prediction = tk.Prediction(
    "1-patience",
    "How many epochs does rate 0.01 need for 90 % accuracy, compared with rate 0.1?",
    ["hardly more", "about twice as many", "more than four times as many"],
)
patience_prediction

# %% [markdown] tags=["lab"]
# ## Lab: how soon is it good?
#
# 1. Press **Train** at rate 0.01. In which epoch does the dashed accuracy reach 0.9?
# 2. Set the rate to 0.1: a new run begins. Compare the two curves.
# 3. Try 0.5. Is it sooner still, and is the curve as calm?

# %% tags=["lab"]
patience_lab = tk.TuningLab(
    model,
    digits,
    learning_rate=0.01,
    optimizer="sgd",
    epochs=60,
    controls=["learning_rate", "epochs", "buttons", "table"],
)
patience_lab

# %% [markdown] tags=["explain"]
# ## What a good rate saves
#
# The next cell trains the three rates side by side.

# %%
three = tk.sweep(
    model, digits, {"learning_rate": [0.01, 0.1, 0.5]}, optimizer="sgd", epochs=60, progress=False
)
curves = three.history["val_accuracy"]
needed = [int(np.argmax(curve >= 0.9)) + 1 for curve in curves]
falls = [100 * float(np.max(curve[:-1] - curve[1:])) for curve in curves]
for rate, epochs, fall in zip((0.01, 0.1, 0.5), needed, falls, strict=True):
    print(
        f"rate {rate:<5g} 90 % right after {epochs:2} epochs; largest fall between two epochs, in points: {fall:.0f}"
    )
print(f"Rate 0.01 needs {needed[0] / needed[1]:.1f} times as many epochs as 0.1 to get there.")
three.plot(metric="val_accuracy")

# %%
patience_prediction.reveal(
    "more than four times as many",
    "While the slope hardly changes, a step that is a tenth as long gets a tenth as far. So a good rate saves epochs, each "
    "time the network is trained again. Rate 0.5 gets there even sooner, but its curve is restless: long steps overshoot.",
)

# %% tags=["test"]
assert (curves.max(axis=1) >= 0.9).all()
assert 4 * needed[1] < needed[0] < 60 and needed[2] < needed[1], needed
assert falls[2] > 2 * max(falls[:2]), falls

# %% [markdown] tags=["idea"]
# ## What a search costs
#
# Five rates for one network took seconds. The plainest search over several hyperparameters, the *grid*, tries every value
# of one with every value of the others. It takes
#
# $$T = k^d \cdot r \cdot e \cdot s$$
#
# $T$ is the time in seconds, $k$ the number of values of each hyperparameter, $d$ the number of hyperparameters, $r$ the
# number of *seeds* (trainings of the same setting, to tell luck from quality), $e$ the epochs of a training, $s$ the
# seconds of an epoch. $k^d \cdot r$ is the number of *runs*. Everything multiplies, but $d$ sits in the exponent: each
# further hyperparameter makes the search $k$ times as long. This growth is one reason why grids serve for two or three
# hyperparameters and hardly for more
# ([Bergstra & Bengio, 2012](https://jmlr.org/papers/v13/bergstra12a.html)).

# %% [markdown] tags=["predict"]
# ## Predict: a small grid
#
# Four hyperparameters, five values of each, one seed, 20 epochs. An epoch takes one minute, which is short for a network
# of some size.

# %% tags=["predict"]
grid_prediction = tk.Prediction(
    "1-grid",
    "How long does the whole grid take?",
    ["less than a day", "between a day and a week", "more than a week"],
)
grid_prediction

# %% [markdown] tags=["lab"]
# ## Lab: the cost calculator
#
# 1. Press **Measure**. It trains the network of this chapter for a few epochs and takes the middle time. How long does the
#    grid take on this machine?
# 2. Set "seconds per epoch" to 1 min, and raise the number of hyperparameters one by one. Where does a working day end?
# 3. Leave it at four, and bring the time below a day. Which slider gets you there alone?

# %% tags=["lab"]
cost_lab = tk.CostLab(model, digits, hyperparameters=2, values=5, seeds=1, epochs=20)
cost_lab

# %% [markdown] tags=["explain"]
# ## Why grids end early
#
# The next cell measures, if you have not, and then sets the calculator to the question above.

# %%
if cost_lab.measured is None:
    cost_lab.measure().wait()
print(f"An epoch of this network takes {1000 * cost_lab.measured:.0f} ms on this machine.")
cost_lab.set("seconds", 60).set("hyperparameters", 4).set("values", 5).set("seeds", 1).set("epochs", 20)
days = cost_lab.total_seconds / 86_400
print(f"{cost_lab.runs} runs of 20 epochs, a minute each: {days:.1f} days.")
for count in (1, 2, 3, 4, 5):
    hours = cost_lab.set("hyperparameters", count).total_seconds / 3600
    print(f"hyperparameters: {count}, hours: {hours:9,.1f}")
cost_lab.set("hyperparameters", 4).figure()

# %%
grid_prediction.reveal(
    "more than a week",
    "5 · 5 · 5 · 5 = 625 runs of 20 minutes. Half the epochs are half the time. Leave out one hyperparameter, and it is a "
    "fifth; three values instead of five, and it is about an eighth, a little more than a day. Two values take 5 hours.",
)

# %% [markdown]
# There are four ways to pay less:
#
# - fewer runs, better placed: [random and Bayesian search](03_1b_search.ipynb);
# - shorter runs: give up those that do badly early, [in the same chapter](03_1b_search.ipynb);
# - fewer hyperparameters at a time: know which ones act on each other, in [chapter 2](02_core_concepts.ipynb);
# - many networks in one go: the five of the first lab were trained in one graph.

# %% tags=["test"]
assert cost_lab.runs == 625 and 8 < days < 9
assert 0 < cost_lab.measured < 5
assert 7 < (5 / 3) ** 4 < 8.5 and 24 < 3**4 * 20 / 60 < 30 and round(2**4 * 20 / 60) == 5

# %% [markdown] tags=["code"]
# ## Trying and timing in plain Keras
#
# Nothing of tuningkit is needed in your own project. Note that the network is built anew for each rate, from the same
# seed: one that was trained already would have a head start. Do not time the first epoch, in which TensorFlow builds the
# graph.


# %%
def build(rate):
    """The network of this chapter, compiled with one learning rate."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
    network.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return network


results = {}
for rate in (0.001, 0.1):
    network = build(rate)
    for _ in range(3):
        begin = time.perf_counter()
        record = network.fit(
            digits.x_train,
            digits.y_train,
            validation_data=(digits.x_validation, digits.y_validation),
            batch_size=32,
            verbose=0,
        )
        seconds = time.perf_counter() - begin
    results[rate] = record.history["val_accuracy"][-1]
    print(f"rate {rate:<6g} accuracy after 3 epochs {results[rate]:4.0%}, {seconds:.2f} s for the last one")

# %% tags=["test"]
assert results[0.1] > results[0.001] + 0.3

# %% [markdown] tags=["exercise"]
# ## Exercise A: the bill before the meal
#
# Write a function `grid_seconds(values, hyperparameters, seeds, epochs, seconds)` that returns how many seconds a full
# grid takes.

# %% tags=["exercise"]
# Write the function and call it `grid_seconds`.
grid_seconds = None

# %%
tk.check("1-a", grid_seconds)

# %% [markdown] tags=["hint"]
# Two hyperparameters with three values each: draw a table with a row for each value of the first, and a column for each
# value of the second. How many cells has it?


# %% tags=["solution"]
def grid_seconds(values, hyperparameters, seeds, epochs, seconds):
    return values**hyperparameters * seeds * epochs * seconds


# %% [markdown] tags=["exercise"]
# ## Exercise B: where to look first
#
# You have a new network and know nothing about it, but that its best learning rate lies somewhere between 0.0001 and 1.
# Choose five rates to try first, both ends among them, so that no part of the range is left out.

# %% tags=["exercise"]
# Put five numbers into a list and call it `first_rates`.
first_rates = None

# %%
tk.check("1-b", first_rates)

# %% [markdown] tags=["hint"]
# From 0.0001 to 0.001 is one step of the slider in the first lab, and from 0.001 to 0.01 is the next. What do you do to a
# rate to get the one after it?

# %% tags=["solution"]
first_rates = [0.0001, 0.001, 0.01, 0.1, 1]

# %% tags=["test"]
WRONG = {
    "1-a": [
        (300, "is a function"),
        (lambda k, d, r, e, s: k * d * r * e * s, "every value of the others"),
        (lambda k, d, r, e, s: d**k * r * e * s, "changed places"),
        (lambda k, d, r, e, s: k**d * e * s, "seeds are left out"),
        (lambda k, d, r, e, s: k**d * r * e, "counted in seconds"),
    ],
    "1-b": [
        ("small", "five numbers"),
        ([0.1, 0.2], "shape"),
        ([0, 0.01, 0.1, 0.5, 1], "above 0"),
        ([0.001, 0.01, 0.1, 1, 10], "0.0001 to 1"),
        (np.linspace(1e-4, 1, 5), "evenly spaced"),
        ([0.0001, 0.1, 0.2, 0.5, 1], "equal"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# The rate of the lab below is 0.001. Bring the validation accuracy above 0.97 within 20 epochs by moving the learning rate
# alone. Count how many runs you need: that is a search, and its cost.

# %%
challenge_lab = tk.TuningLab(
    model,
    digits,
    learning_rate=0.001,
    optimizer="sgd",
    epochs=20,
    controls=["learning_rate", "buttons", "table"],
)
challenge_lab

# %%
challenge = tk.Challenge(
    "1-challenge",
    metric="val_accuracy",
    above=0.97,
    within_epochs=20,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 1e-3, "optimizer": "sgd", "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
settings = {"optimizer": "sgd", "epochs": 20, "seed": 0, "l1": 0.0, "l2": 0.0, "progress": False}
assert not challenge.check(tk.train(model, digits, learning_rate=0.01, **settings)).passed
with_adam = tk.train(model, digits, learning_rate=0.01, **{**settings, "optimizer": "adam"})
assert with_adam.best("val_accuracy")[1] > 0.97 and not challenge.check(with_adam).passed
challenge_lab.learning_rate = 0.2
challenge_lab.train().wait()
assert challenge.check(challenge_lab).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "1-quiz",
    [
        Question(
            "A network is right in 10 % of ten classes after 20 epochs, and no error was shown. What do you know?",
            [
                Option(
                    "This network cannot learn the task",
                    why="The network of this chapter did no better at two rates, and was right in 97 % at a third.",
                ),
                Option(
                    "Nothing about the network yet: try learning rates first",
                    True,
                    "A rate that is far too small or too large looks the same as a network that cannot do it.",
                ),
                Option(
                    "The code has a fault", why="It may have, but a wrong rate alone does this without any."
                ),
            ],
        ),
        Question(
            "Your grid has 3 hyperparameters with 4 values each and takes 2 hours. You add one more with 4 values. And now?",
            [
                Option(
                    "2 hours and 40 minutes",
                    why="It does not add a third of the runs: it multiplies all of them.",
                ),
                Option("8 hours", True, "Every one of the 64 settings comes with each of the 4 new values."),
                Option(
                    "16 hours",
                    why="That would be another factor of 2; the new values make it 4 times as many runs.",
                ),
            ],
        ),
        Question(
            "You tuned your network over 100 runs, and it beats a published one in its default settings. What may you say?",
            [
                Option(
                    "Your network is better",
                    why="You compared 100 runs with one. Give the other one as many.",
                ),
                Option(
                    "Your tuned network beats an untuned one",
                    True,
                    "A comparison of networks needs the same care for both.",
                ),
                Option(
                    "Nothing, tuning is cheating",
                    why="Tuning is part of the work; the fault is to do it on one side.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# One hyperparameter can make the same network useless or excellent, and no error tells you. A good setting also saves
# epochs, each time the network is trained. A search costs runs times epochs times seconds, and each further hyperparameter
# multiplies the runs of a grid, so work out the cost first.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [2 Core concepts](02_core_concepts.ipynb), the four families of things to tune.
#
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 11, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/guidelines.html)
# - G. Melis, C. Dyer, P. Blunsom,
#   [On the state of the art of evaluation in neural language models](https://arxiv.org/abs/1707.05589), ICLR 2018
# - J. Bergstra, Y. Bengio,
#   [Random search for hyper-parameter optimization](https://jmlr.org/papers/v13/bergstra12a.html), JMLR 13, 2012
# - E. Alpaydin, C. Kaynak, [Optical recognition of handwritten digits](https://doi.org/10.24432/C50P49), UCI Machine
#   Learning Repository 1998
