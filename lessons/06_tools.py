# %% [markdown] tags=["title"]
# # 6 Tools: Hyperopt, KerasTuner, TensorBoard
#
# **You will be able to** search a space in which some settings exist only beside others, watch KerasTuner while it
# works and choose its method, and keep every run on record where TensorBoard can compare them.
#
# | | |
# |---|---|
# | **Time** | 45 minutes |
# | **You need first** | [3.1 Searching for hyperparameters](03_1b_search.ipynb): random search, TPE, Hyperband |
# | **Part of the article** | 6, tools and resources |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Three jobs, three tools
#
# A search has three jobs. Someone *proposes* the next configuration, someone *trains* it, and someone *keeps the record*.
#
# - **Hyperopt** proposes. It knows nothing of networks: you give it a function of a configuration that returns a number.
# - **KerasTuner** proposes and trains. You give it a function that builds a Keras model, and it calls `model.fit`.
# - **TensorBoard** keeps the record. It proposes nothing and trains nothing; it reads files and draws them.
#
# All three get the same problem here: 600 images of digits, one hidden layer, four epochs at most. And every search gets
# the same *budget*, 16 epochs of training. That is far too little to say which tool is better; chapter 3.1 compared
# methods over many seeds. Here you learn how each of them is used, and what it costs.

# %%
import functools
import logging
import tempfile
from pathlib import Path

import hyperopt
import keras
import keras_tuner
import numpy as np

from tuningkit.teaching import Option, Question

# Every trial compiles a network of its own, on purpose. TensorFlow would advise against it after the fifth.
logging.getLogger("tensorflow").setLevel("ERROR")

digits = tk.datasets.load_digits()
few = digits.subset(600, seed=0)
validation = (few.x_validation, few.y_validation)
epochs, budget = 4, 16


def make_model(units, learning_rate, optimizer, momentum=None):
    """64 inputs, one hidden layer, ten outputs, compiled."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(10)])
    rule = (
        keras.optimizers.SGD(learning_rate, momentum)
        if optimizer == "sgd"
        else keras.optimizers.Adam(learning_rate)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Compiling with XLA would take longer than these short trainings.
    model.compile(rule, loss, metrics=["accuracy"], jit_compile=False)
    return model


folder = tempfile.TemporaryDirectory(prefix="tuningkit-06-")
logs = Path(folder.name) / "logs"
few

# %% tags=["test"]
assert len(few.x_train) == 600

# %% [markdown] tags=["idea"]
# ## Settings that exist only beside others
#
# SGD has a momentum, Adam has none of that kind. A table with a column "momentum" for both would make a search tune a
# number without effect. In a *conditional space* the momentum hangs on the choice of SGD.
#
# Hyperopt writes it as nested dictionaries. Its method, the *tree-structured Parzen estimator* (TPE), takes its name from
# there: a configuration is a walk through a tree. It models the density $l(x)$ of the values in the good trials and
# $g(x)$ of those in the others, and proposes the draw with the largest
#
# $$\frac{l(x)}{g(x)}$$
#
# $x$ is a hyperparameter, without unit after its own scaling; a trial is good if its loss is among the lowest
# ([Bergstra et al., 2011](https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization)). Before it
# has anything to model, it draws at random: 20 trials unless told otherwise.

# %%
hp = hyperopt.hp
space = {
    "units": hp.choice("units", [8, 32, 64]),
    # Hyperopt wants the logarithms of the ends.
    "learning_rate": hp.loguniform("learning_rate", np.log(1e-3), np.log(0.3)),
    "optimizer": hp.choice(
        "optimizer",
        [{"optimizer": "adam"}, {"optimizer": "sgd", "momentum": hp.uniform("momentum", 0, 0.95)}],
    ),
}


def objective(point):
    """Train one configuration, and say how it went."""
    settings = {"units": point["units"], "learning_rate": point["learning_rate"], **point["optimizer"]}
    keras.utils.set_random_seed(0)
    history = make_model(**settings).fit(
        few.x_train, few.y_train, validation_data=validation, epochs=epochs, verbose=0
    )
    curve = history.history["val_loss"]
    return {"status": hyperopt.STATUS_OK, "loss": min(curve), "curve": curve, "epochs": len(curve)}


record = hyperopt.Trials()
hyperopt.fmin(
    objective,
    space,
    algo=functools.partial(hyperopt.tpe.suggest, n_startup_jobs=2),
    max_evals=budget // epochs,
    trials=record,
    rstate=np.random.default_rng(0),
    show_progressbar=False,
    verbose=False,
)
tpe = tk.search.Trials.from_hyperopt(record, space, objective="val_loss")
tpe

# %% tags=["test"]
assert len(tpe) == 4 and tpe.epochs == budget and tpe.library == "Hyperopt"
for trial in tpe:
    assert ("momentum" in trial.configuration) == (trial.configuration["optimizer"] == "sgd")

# %% [markdown] tags=["idea"]
# ## KerasTuner: the model declares its space
#
# With KerasTuner the space is written where the model is built: `build_model(hp)` asks `hp` for each value. The momentum
# stands in a `conditional_scope`.
#
# To watch a search you might pass a callback that draws. KerasTuner *copies* the callbacks for every trial, so each trial
# would draw into a copy of its own. The tuner itself is not copied, and its methods `on_trial_begin`, `on_epoch_end` and
# `on_trial_end` are meant to be overridden
# ([KerasTuner's documentation](https://keras.io/api/keras_tuner/tuners/base_tuner/)). `tk.search.LiveTuner` does that.
#
# One line below is a repair. Hyperband goes on with weights it saved, those of the optimizer included. With Keras 3.15
# they can be loaded only if the optimizer has its variables already, so we ask for them.


# %%
def build_model(hp):
    units = hp.Choice("units", [8, 32, 64])
    learning_rate = hp.Float("learning_rate", 1e-3, 0.3, sampling="log")
    optimizer = hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        momentum = hp.Float("momentum", 0, 0.95)
    keras.utils.set_random_seed(0)
    model = make_model(units, learning_rate, optimizer, momentum)
    model.optimizer.build(model.trainable_variables)
    return model


class LiveRandomSearch(tk.search.LiveTuner, keras_tuner.RandomSearch):
    """KerasTuner's random search, watched."""


class LiveBayesian(tk.search.LiveTuner, keras_tuner.BayesianOptimization):
    """KerasTuner's Gaussian process, watched."""


class LiveHyperband(tk.search.LiveTuner, keras_tuner.Hyperband):
    """KerasTuner's Hyperband, watched."""


def tuner_of(kind, **length):
    """One of the three on the shared problem."""
    return kind(
        build_model,
        objective="val_loss",
        seed=1,
        directory=folder.name,
        project_name=kind.__name__,
        overwrite=True,
        **length,
    )


# %% [markdown] tags=["predict"]
# ## Predict: how many looks for 16 epochs?
#
# Random search and the Gaussian process train four configurations for four epochs each. Hyperband, with at most four
# epochs and a factor of four, begins some with one epoch and keeps the best quarter.

# %%
looks = tk.Prediction(
    "6-looks",
    "How many different configurations does Hyperband look at for about 16 epochs?",
    ["four, as the others", "six", "sixteen, one for each epoch"],
)
looks

# %% [markdown] tags=["lab"]
# ## Lab: Hyperband at work
#
# Press **Search**. Each point is a trial, each row of the table says what it was, and the right panel shows the curves.
#
# 1. Watch the column of epochs: which trials end after one, and which goes on?
# 2. Press **Pause** and **Search** again: the trial that was under way begins anew, nothing else is lost.
# 3. Sort the table by the validation loss. Do trials of one epoch stand where they should?

# %% tags=["lab"]
lab = tk.TunerLab(
    tuner_of(LiveHyperband, max_epochs=epochs, factor=4),
    few.x_train,
    few.y_train,
    validation_data=validation,
)
lab

# %% [markdown] tags=["explain"]
# ## What Hyperband did
#
# If you skipped the lab, the next cell runs the search for you.

# %%
hyperband = lab.search().wait().trials
different = {tuple(sorted(trial.configuration.items())) for trial in hyperband}
print(f"{len(hyperband)} trials of {len(different)} configurations, {hyperband.epochs:.0f} epochs.")
lab.figure()

# %%
looks.reveal(
    "six",
    "Its first bracket trains four configurations for one epoch and the best of them for three more; its second trains "
    "two for all four epochs, in case one epoch misleads. That is six configurations in 4 + 3 + 8 = 15 epochs. KerasTuner "
    "lists seven trials: the one that goes on is counted again.",
)

# %% tags=["test"]
assert (len(hyperband), len(different), hyperband.epochs) == (7, 6, 15)
assert hyperband.counts == {"finished": 7}

# %% [markdown]
# The other two methods get the same. They differ in one word of the code, which is what KerasTuner is good at.

# %%
random_lab = tk.TunerLab(
    tuner_of(LiveRandomSearch, max_trials=budget // epochs),
    few.x_train,
    few.y_train,
    validation_data=validation,
    epochs=epochs,
)
bayesian_lab = tk.TunerLab(
    tuner_of(LiveBayesian, max_trials=budget // epochs, num_initial_points=2),
    few.x_train,
    few.y_train,
    validation_data=validation,
    epochs=epochs,
)
random_search = random_lab.search().wait().trials
bayesian = bayesian_lab.search().wait().trials
bayesian_lab

# %% tags=["test"]
assert random_search.epochs == bayesian.epochs == budget
again = tk.search.Trials.from_keras_tuner(Path(folder.name) / "LiveBayesian")
assert np.allclose(again.objectives, bayesian.objectives)

# %% [markdown]
# ## The comparison, from the runs themselves
#
# Each library keeps its trials in a form of its own. `tk.search.Trials` reads them all, so that one table can hold them.
# *Epochs to the best* counts everything spent until the best trial ended, since nobody knows beforehand which it will be.
#
# Read the table with care. Four trials are a handful of draws: another seed orders the rows differently. What does not
# depend on luck is the cost. Whichever tool proposes, each trial builds and compiles a model, and a training of four short
# epochs is the smaller part of its time. With trainings of minutes that overhead would not be seen.

# %%
searches = {
    "Hyperopt, TPE": tpe,
    "KerasTuner, random": random_search,
    "KerasTuner, Bayesian": bayesian,
    "KerasTuner, Hyperband": hyperband,
}
print("search                 trials  epochs  to the best  failed  seconds  best validation loss")
for name, trials in searches.items():
    to_best = sum(trial.epochs for trial in trials if trial.number <= trials.best.number)
    failed = len(trials) - trials.counts.get("finished", 0)
    print(
        f"{name:22} {len(trials):6} {trials.epochs:7.0f} {to_best:12.0f} {failed:7} {trials.seconds:8.1f} "
        f"{trials.best.objective:21.3f}"
    )

# %% tags=["test"]
assert all(trials.counts == {"finished": len(trials)} for trials in searches.values())
assert all(trials.epochs <= budget for trials in searches.values())
assert all(0 < trials.best.objective < 2.3 for trials in searches.values())

# %% [markdown] tags=["idea"]
# ## TensorBoard keeps the record
#
# TensorBoard reads *event files*: numbers by name and step, one folder for each run. In plain Keras two callbacks write
# them: one the curves and, with `histogram_freq=1`, a histogram of all weights
# after each epoch; the other the hyperparameters, for the page HParams. `log_dir` is one folder for each run.

# %%
from tensorboard.plugins.hparams import api as hparams

settings = {"units": 64, "learning_rate": 0.01, "optimizer": "adam"}
keras.utils.set_random_seed(0)
callbacks = [
    keras.callbacks.TensorBoard(logs / "by hand", histogram_freq=1),
    hparams.KerasCallback(str(logs / "by hand"), settings),
]
history = make_model(**settings).fit(
    few.x_train,
    few.y_train,
    validation_data=validation,
    epochs=epochs,
    verbose=0,
    callbacks=callbacks,
)
print(f"Validation loss at the end: {history.history['val_loss'][-1]:.3f}")

# %% [markdown]
# Runs and searches of tuningkit write the same files: `run.to_tensorboard(folder)`, and for a search a run for each trial.

# %%
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
run = tk.train(model, few, learning_rate=0.01, epochs=epochs, seed=0, progress=False)
run.to_tensorboard(logs, name="tuningkit", model=model, overwrite=True)
for name, trials in searches.items():
    trials.to_tensorboard(logs / name, overwrite=True)

# %% [markdown] tags=["predict"]
# ## Predict: a smooth curve
#
# The page of scalars opens with a smoothing of 0.6. Each point is then an average of all values up to it, in which a value
# counts 0.6 times as much as the next one. Think of a loss that falls in every epoch.

# %%
smooth = tk.Prediction(
    "6-smoothing",
    "Where does the last point of the smoothed curve lie?",
    ["on the last value", "above the last value", "below the last value"],
)
smooth

# %% [markdown] tags=["lab"]
# ## Lab: everything in TensorBoard
#
# The lab starts TensorBoard's own server on this machine and shows its page. It ends with the lab.
#
# 1. On **Scalars**, set the smoothing to 0. With four epochs a smoothed curve shows the smoothing.
# 2. On **Histograms**, open the run "by hand" and see how the weights spread from epoch to epoch.
# 3. On **HParams**, sort the table by `best_val_loss`, then open the parallel coordinates: where do the good lines run?

# %% tags=["lab"]
board = tk.TensorBoardLab(logs)
board

# %% [markdown] tags=["explain"]
# ## What is in the files
#
# TensorBoard draws what was written, and nothing else. The next cell reads the files back with TensorBoard's own reader and
# compares them with the runs.

# %%
board.wait()
print(board)
read = tk.Run.from_tensorboard(logs / "by hand")
gap = np.abs(read.history["val_loss"] - history.history["val_loss"]).max()
print(f"Curves by hand: {len(read.history)}, largest difference to Keras's own record {gap:.1e}.")
print("Hyperparameters by hand:", read.hyperparameters)

# %%
curve = read.history["val_loss"]
weights = 0.6 ** np.arange(len(curve))[::-1]
smoothed = np.sum(weights * curve) / np.sum(weights)
print(f"Last validation loss {curve[-1]:.3f}, smoothed {smoothed:.3f}.")
board.figure()

# %%
smooth.reveal(
    "above the last value",
    "An average of the past lags behind: a falling loss looks worse than it is, and a loss that begins to rise looks "
    "better. Smoothing helps with curves of thousands of noisy steps. Read numbers at smoothing 0.",
)

# %% tags=["test"]
import time

assert board.port and board.pid
assert np.all(np.diff(curve) < 0) and smoothed > curve[-1]
assert gap < 1e-6 and read.hyperparameters == settings
import json
from urllib.request import ProxyHandler, build_opener

for _ in range(100):
    with build_opener(ProxyHandler({})).open(f"{board.address}data/runs", timeout=30) as answer:
        shown = json.load(answer)
    if "by hand/validation" in shown and "tuningkit/train" in shown:
        break
    time.sleep(0.2)
assert {"by hand/train", "tuningkit/validation", "Hyperopt, TPE/trial-001/validation"} <= set(shown)

# %% [markdown]
# ## What each is good at
#
# | | good at | look elsewhere for |
# |---|---|---|
# | Hyperopt | any function, in any library; deeply conditional spaces | pruning of hopeless trials; curves of a trial |
# | KerasTuner | Keras models; methods exchanged by one word; goes on after a crash | models that are not Keras; short trainings |
# | TensorBoard | comparing runs, weights and hyperparameters, while they train | proposing anything |
# | `tk.search` | many small networks at once, in one graph | networks that fill the memory alone |
#
# Hyperopt is hardly developed any more
# ([Databricks](https://docs.databricks.com/aws/machine-learning/automl-hyperparam-tuning/hyperopt-concepts), which used to
# ship it, says that it is no longer maintained). It works, and it is in many projects; a new one has reason to look further.
#
# All four can be combined: a search of any of them can be written for TensorBoard, and `Trials` passes results from one
# to another: `to_hyperopt()`, `to_keras_tuner(folder)` and `to_scikit_learn()` go on from what you have.

# %% [markdown] tags=["code"]
# ## More than one machine
#
# Trials do not talk to each other, so they can run side by side.
#
# **KerasTuner** runs the same script everywhere. One process is the *chief*: it hands out configurations and trains
# nothing. Three environment variables say who is who: `KERASTUNER_TUNER_ID`, `KERASTUNER_ORACLE_IP` and
# `KERASTUNER_ORACLE_PORT`; all processes share the project folder
# ([guide](https://keras.io/guides/keras_tuner/distributed_tuning/)).
#
# **Hyperopt** takes another object as `trials`: `SparkTrials(parallelism=8)` on a Spark cluster
# ([guide](https://hyperopt.github.io/hyperopt/scaleout/spark/)), or `MongoTrials`, a MongoDB that workers ask for jobs
# ([guide](https://hyperopt.github.io/hyperopt/scaleout/mongodb/)).
#
# **tuningkit** hands its trials to [Dask](https://distributed.dask.org/), a scheduler for Python. You start a scheduler
# and workers, and add `client=`. The table of trials is the one you would get here, to the last bit:
#
# ```python
# from distributed import Client
#
# client = Client("tcp://10.0.0.1:8786")  # the address of the scheduler
# trials = tk.search(model, digits, space, method="halving", trials=256, client=client)
# sweep = tk.sweep(model, digits, {"learning_rate": rates}, epochs=30, client=client)
# ```
#
# It takes the methods whose trials do not wait for one another: "random", "grid" and "halving".
# [Many machines](https://github.com/tuningkit/tuningkit/blob/main/docs/many_machines.md) says how to start a cluster.
#
# KerasTuner and Hyperopt pay in knowledge: eight trials proposed at once cannot learn from each other. Random search
# loses nothing by it. None of this runs in this chapter: it needs the machines. The next cell says what each process of
# KerasTuner would be told.

# %%
address = {"KERASTUNER_ORACLE_IP": "10.0.0.1", "KERASTUNER_ORACLE_PORT": "8000"}
for process in ("chief", "tuner0", "tuner1"):
    told = {"KERASTUNER_TUNER_ID": process, **address}
    print(" ".join(f"{name}={value}" for name, value in told.items()), "python search.py")


# %% [markdown] tags=["exercise"]
# ## Exercise A: a conditional space
#
# Write a space for Hyperopt with a `learning_rate` from 0.0001 to 1 on a logarithmic scale, and an `optimizer`: Adam, or
# SGD with a `momentum` from 0 to 0.95.

# %% tags=["exercise"]
# Write a dictionary and call it `my_space`.
my_space = None

# %%
tk.check("6-a", my_space)

# %% [markdown] tags=["hint"]
# The space at the top of this chapter has all parts. `hyperopt.pyll.stochastic.sample(my_space)` draws a point: look at
# a few of them.

# %% tags=["solution"]
my_space = {
    "learning_rate": hp.loguniform("learning_rate", np.log(1e-4), np.log(1)),
    "optimizer": hp.choice(
        "optimizer",
        [{"optimizer": "adam"}, {"optimizer": "sgd", "momentum": hp.uniform("momentum", 0, 0.95)}],
    ),
}

# %% tags=["test"]
_sgd = {"optimizer": "sgd", "momentum": hp.uniform("momentum", 0, 0.95)}
_good = hp.choice("optimizer", [{"optimizer": "adam"}, _sgd])
_log = hp.loguniform("learning_rate", np.log(1e-4), np.log(1))
_both = hp.choice("optimizer", [{"optimizer": "adam", "momentum": hp.uniform("m", 0, 0.95)}, _sgd])
WRONG = {
    "6-a": [
        (["adam", "sgd"], "dictionary"),
        ({"learning_rate": _log}, "lacks optimizer"),
        ({"learning_rate": hp.loguniform("learning_rate", 1e-4, 1), "optimizer": _good}, "logarithms"),
        ({"learning_rate": hp.uniform("learning_rate", 1e-4, 1), "optimizer": _good}, "not logarithmic"),
        ({"learning_rate": _log, "optimizer": _both}, "without effect"),
        (
            {"learning_rate": _log, "optimizer": hp.choice("optimizer", ["adam", "sgd"])},
            "dictionary that names it",
        ),
    ],
    "6-b": [
        (11, "function"),
        (lambda trials: trials.best.number, "counts trials"),
        (lambda trials: trials.best.epochs, "best trial itself"),
        (lambda trials: trials.epochs, "whole search"),
        (lambda trials: 11, "more is better"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: what the best trial cost
#
# Write a function that takes a table of trials and returns how many epochs were spent until the best one had ended.

# %% tags=["exercise"]
# Write a function of one table, and call it `epochs_until_best`.
epochs_until_best = None

# %%
tk.check("6-b", epochs_until_best)

# %% [markdown] tags=["hint"]
# A trial has a `number`, from 1 in the order of the search, and `epochs`. `trials.best` is the best one, whichever way is
# up. The comparison above counts the same thing.


# %% tags=["solution"]
def epochs_until_best(trials):
    return sum(trial.epochs for trial in trials if trial.number <= trials.best.number)


# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Find a configuration of this network that brings the validation loss below 0.35 within four epochs. Search with any of
# the tools; then train what you found with Keras, and hand the record over:
# `challenge.check(tk.Run.from_keras(model.fit(...)))`.

# %%
challenge = tk.Challenge("6-challenge", metric="val_loss", below=0.35, within_epochs=epochs)
challenge

# %% tags=["test"]
assert challenge.check(tk.Run.from_keras(history)).passed
assert not challenge.check(tk.Run.from_keras({"loss": [1.0] * 9, "val_loss": [0.5] * 8 + [0.1]})).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "6-quiz",
    [
        Question(
            "You pass a callback that draws a chart to KerasTuner's `search`. The chart stays empty. Why?",
            [
                Option(
                    "Callbacks are ignored in a search", why="They run, but not the very object you passed."
                ),
                Option(
                    "Each trial gets a deep copy, which draws into a chart of its own",
                    True,
                    "Override the methods of the tuner instead: that one is not copied.",
                ),
                Option("`verbose=0` switches it off", why="That concerns what KerasTuner prints."),
            ],
        ),
        Question(
            "`hp.loguniform('rate', 1e-4, 1)` proposes rates between 1 and 2.7. What went wrong?",
            [
                Option(
                    "Hyperopt expects the logarithms of the ends",
                    True,
                    "e to the power of 0.0001 is about 1, e to the power of 1 about 2.7.",
                ),
                Option("The seed", why="No seed leaves the range."),
                Option("The range is too wide", why="Any range works if its ends are given as logarithms."),
            ],
        ),
        Question(
            "Two searches, four trials each: 0.31 with TPE, 0.36 with random search. What do you know?",
            [
                Option("TPE is the better method", why="Four draws each: another seed may turn it round."),
                Option(
                    "One configuration that reaches 0.31, and little about the methods",
                    True,
                    "To compare methods, repeat the searches with many seeds, as chapter 3.1 does.",
                ),
                Option(
                    "Random search needs more epochs", why="Nothing here says what it would have found later."
                ),
            ],
        ),
        Question(
            "Eight machines propose and train at once instead of one after the other. What is lost?",
            [
                Option(
                    "Nothing, for any method",
                    why="A method that learns from earlier trials sees fewer of them.",
                ),
                Option("Accuracy of each training", why="Each trial is trained as before."),
                Option(
                    "A model-based method proposes eight times before it learns anything new",
                    True,
                    "Random search has nothing to learn and loses nothing.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Hyperopt proposes for any function and knows conditional spaces, KerasTuner proposes and trains Keras models, and
# TensorBoard keeps and compares the record. Compare searches by what they spent until they found their best, failed trials
# included. A handful of trials finds a configuration and says next to nothing about the method that found it.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [7 Outlook](07_outlook.ipynb): where the field goes from here.
#
# - J. Bergstra et al.,
#   [Algorithms for hyper-parameter optimization](https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization),
#   NeurIPS 2011; J. Bergstra, D. Yamins, D. Cox,
#   [Making a science of model search](https://proceedings.mlr.press/v28/bergstra13.html), ICML 2013 (Hyperopt)
# - L. Li et al., [Hyperband](https://jmlr.org/papers/v18/16-558.html), JMLR 18, 2018
# - T. O'Malley et al., [KerasTuner](https://keras.io/keras_tuner/), 2019
# - [TensorBoard](https://www.tensorflow.org/tensorboard), and
#   [its page of hyperparameters](https://www.tensorflow.org/tensorboard/hyperparameter_tuning_with_hparams)
