# %% [markdown] tags=["title"]
# # 3.3 Regularisation: when a network learns too much
#
# **You will be able to** recognise overfitting in a training curve, tame it with L1, L2, dropout, early stopping
# and more data, and choose a strength without fooling yourself.
#
# | | |
# |---|---|
# | **Time** | 50 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a loss and an epoch are |
# | **Part of the article** | 3.3 Regularisation, and question 8.5: how to avoid overfitting |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Learning by heart
#
# A network *overfits* when it fits what is peculiar to its training rows and pays for it on rows it has never seen.
# The *training loss* measures the first, the *validation loss* the second; the distance between them is the
# *generalisation gap*.
#
# $$\text{gap} = L_\text{validation} - L_\text{training}$$
#
# Both are mean cross-entropies per row, in nats. A network with enough weights can learn even labels that were drawn
# at random ([Zhang et al., 2017](https://arxiv.org/abs/1611.03530)).
#
# Here the trap is set on purpose. The network has about 26,000 weights. The data are 300 images of handwritten
# digits, and one label in five is wrong, as in data that tired people labelled. The validation rows are clean: they
# tell how well the network reads digits, not how well it repeats mistakes.

# %%
import keras
import numpy as np

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()
few = digits.subset(300, seed=0).with_label_noise(0.2, seed=0)


def build_model(dropout=0.0, regularizer=None):
    """A network with far more weights than the task needs: 64 - 128 - 128 - 10."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(128, "relu", kernel_regularizer=regularizer),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(128, "relu", kernel_regularizer=regularizer),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(10, kernel_regularizer=regularizer),
        ]
    )


model = build_model()
few

# %% tags=["test"]
assert 25_000 < model.count_params() < 27_000
assert len(few.x_train) == 300
assert np.isin(few.x_validation, digits.x_validation).all()
assert (few.y_validation == digits.y_validation).all()
clean = digits.subset(300, seed=0)
assert (few.x_train == clean.x_train).all()
assert np.mean(few.y_train != clean.y_train) == 0.2

# %% [markdown] tags=["predict"]
# ## Predict: a hundred epochs
#
# The network trains for 100 epochs with nothing to hold it back.

# %% tags=["predict"]
overfitting = tk.Prediction(
    "3.3-overfitting",
    "What will the validation loss do over 100 epochs?",
    [
        "fall until the end, as the training loss does",
        "fall, and then rise again while the training loss falls on",
        "fall, and then stay where it is",
    ],
)
overfitting

# %% [markdown] tags=["lab"]
# ## Lab: overfitting
#
# Press **Train**. Solid is training, dashed is validation.
#
# 1. Note the epoch at which the two loss curves part, and the lowest point of the dashed one.
# 2. Switch the loss to the logarithmic scale: the training loss has no floor in sight.
# 3. Change the seed and train again. Which features of the picture stay, which were luck?

# %% tags=["lab"]
lab = tk.TuningLab(model, few, epochs=100, controls=["seed", "epochs", "buttons", "table"])
lab

# %% [markdown] tags=["explain"]
# ## What happened
#
# If you skipped the lab, the next cell trains it once for you.

# %%
if not any(run.epochs >= 100 for run in lab.runs):
    lab.train(100).wait()
run = max(lab.runs, key=lambda run: run.epochs)
lowest_epoch, lowest = run.best("val_loss")
print(
    f"Lowest validation loss {lowest:.2f} at epoch {lowest_epoch}; at the end {run.history['val_loss'][-1]:.2f}."
)
print(f"Training loss at the end {run.history['loss'][-1]:.2f}.")
print(
    f"Validation accuracy: best {run.best('val_accuracy')[1]:.0%}, end {run.history['val_accuracy'][-1]:.0%}."
)
lab.figure()

# %%
overfitting.reveal(
    "fall, and then rise again while the training loss falls on",
    "First the network learns what all digits have in common, and both losses fall. Then only the wrong labels are "
    "left to learn. Fitting them lowers the training loss and makes the answers on clean rows worse.",
)

# %% [markdown]
# The diagnosis below the chart says the same in words. It calls a run *overfitting* when the validation loss ends
# at least a tenth above its minimum and stayed up for the last fifth of the run, while the training loss went on falling.

# %% tags=["test"]
assert run.diagnosis.kind == "overfitting"
assert run.history["val_loss"][-1] > 1.1 * lowest
assert run.history["loss"][-1] < 0.1
assert run.best("val_accuracy")[1] > run.history["val_accuracy"][-1] + 0.05

# %% [markdown] tags=["idea"]
# ## L2: a spring on every weight
#
# *Regularisation* is any change to learning that is meant to lower the error on new rows rather than on the training
# rows. The best known adds a penalty to the loss:
#
# $$J = L + \lambda_2 \sum_i w_i^2$$
#
# $J$ is what the optimiser minimises, $L$ the *data loss* (cross-entropy, nats per row), $w_i$ the weights (no unit
# here), and $\lambda_2 \ge 0$ the *L2 strength*, in nats per squared weight. The gradient gains $2\lambda_2 w_i$: a
# spring that pulls each weight towards zero, harder the further away it is. Small weights limit how much the output
# can change from one input to a neighbouring one, which makes a smoother function
# ([Krogh & Hertz, 1991](https://proceedings.neurips.cc/paper/1991/hash/8eefcfdf5990e441f0fb6f3fad709e21-Abstract.html);
# [Goodfellow et al., 7.1](https://www.deeplearningbook.org/contents/regularization.html)).

# %% [markdown] tags=["idea"]
# ## Two losses that must not be mixed
#
# Keras adds the penalty to the loss it reports, to `loss` and to `val_loss` alike. A curve that contains the penalty
# answers the wrong question: it rises with $\lambda_2$ even where the network got better.
#
# tuningkit keeps the two apart. `loss` and `val_loss` are the data loss alone; `penalty` and `val_penalty` are the
# added term. What Keras would print is their sum:
#
# $$\text{Keras's val\_loss} = \texttt{val\_loss} + \texttt{val\_penalty}$$
#
# Choose a strength by the data loss, or by accuracy, on the validation rows. You will see below which strength the
# mixture would have made you choose.

# %% [markdown] tags=["predict"]
# ## Predict: the right strength
#
# Twelve copies of the network will be trained at once, each with another L2 strength, from 0 to 0.1.

# %% tags=["predict"]
strength = tk.Prediction(
    "3.3-l2",
    "Which strength gives the lowest validation loss after 100 epochs?",
    ["0: a penalty can only get in the way", "in between", "the strongest one, 0.1"],
)
strength

# %% [markdown] tags=["lab"]
# ## Lab: every L2 strength at once
#
# Press **Train**. The score is the validation loss at the end of training, so that a network that overfits is not
# saved by the epoch before it did.
#
# 1. Scrub through the strengths with the slider. Watch the gap between solid and dashed.
# 2. Press **Go to best**, then go one step further, and another.
# 3. Find the first strength at which the *training* loss cannot fall any more. That network underfits.

# %% tags=["lab"]
strengths = [0, 1e-5, 1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1]
l2_lab = tk.SweepLab(model, few, "l2", values={"l2": strengths}, epochs=100, at="last")
l2_lab

# %% [markdown] tags=["explain"]
# ## What L2 did
#
# Two columns matter in the table below: the data loss on the validation rows, and what Keras would have printed.

# %%
if l2_lab.sweep is None or l2_lab.sweep.epochs < 100:
    l2_lab.train(100).wait()
l2_sweep = l2_lab.go_to_best().wait().sweep


def kernel_weights(run):
    """All weights of the kernels, in one vector; biases are not penalised."""
    return np.concatenate([array.ravel() for array in run.weights if array.ndim == 2])


def near_zero(run):
    """Share of kernel weights nearer to zero than 0.001."""
    return np.mean(np.abs(kernel_weights(run)) < 1e-3)


data_loss = l2_sweep.history["val_loss"][:, -1]
mixed_loss = data_loss + l2_sweep.history["val_penalty"][:, -1]
print("L2       data loss  Keras's loss  training loss  accuracy  size of the weights")
for member, run in enumerate(l2_sweep):
    size = np.sqrt(np.mean(kernel_weights(run) ** 2))
    print(
        f"{strengths[member]:<8g} {data_loss[member]:9.3f} {mixed_loss[member]:13.3f} "
        f"{run.history['loss'][-1]:14.3f} {run.history['val_accuracy'][-1]:9.1%} {size:20.4f}"
    )
l2_lab.figure()

# %%
strength.reveal(
    "in between",
    "Without a penalty the network learns the wrong labels. With too strong a one it cannot learn at all: all weights "
    "end near zero, and it answers the same for every image. The best strength lies between. That is no luck of this "
    "seed: with five others, too, the network with L2 0.003 ends with a lower validation loss than the one without.",
)

# %% [markdown]
# Three things to notice.
#
# - The size of the weights (root mean square) falls with every step of the strength. That is all L2 does directly.
# - From 0.0003 on, the *training* loss gets worse with every step. Regularisation is a trade: worse on the rows it
#   learns from, better on the rows that matter, up to a point.
# - The mixture of loss and penalty is lowest for a weaker strength than the data loss is. Whoever tunes L2 on it
#   chooses too little regularisation.

# %% tags=["test"]
best = int(np.argmin(data_loss))
assert 0 < best < len(strengths) - 1
assert data_loss[best] < data_loss[0]
other_seeds = tk.sweep(model, few, {"l2": [0, 3e-3], "seed": range(1, 6)}, epochs=100, progress=False)
without, penalised = other_seeds.table("val_loss", at="last")
assert np.all(penalised < without) and np.mean(penalised) < 0.9 * np.mean(without)
without, penalised = other_seeds.table("val_accuracy", at="last")
assert np.mean(penalised) > np.mean(without) + 0.03
assert strengths[int(np.argmin(mixed_loss))] < strengths[best]
sizes = [np.sqrt(np.mean(kernel_weights(run) ** 2)) for run in l2_sweep]
assert np.all(np.diff(sizes) < 0)
assert near_zero(l2_sweep[-1]) > 0.95
assert l2_sweep.history["loss"][-1, -1] > 2.2
assert np.all(np.diff(l2_sweep.history["loss"][strengths.index(3e-4) :, -1]) > 0)
assert (
    l2_sweep.history["loss"][strengths.index(3e-4), -1] > l2_sweep.history["loss"][strengths.index(1e-4), -1]
)

# %% [markdown] tags=["code"]
# ## L2 in plain Keras
#
# Nothing of tuningkit is needed in your own project. Note `metrics`: accuracy contains no penalty, so it stays honest
# even though `val_loss` does not.

# %%
keras.utils.set_random_seed(0)
plain = build_model(regularizer=keras.regularizers.L2(3e-3))
plain.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="data_loss")],
)
record = plain.fit(
    few.x_train, few.y_train, validation_data=(few.x_validation, few.y_validation), epochs=10, verbose=0
)
for name in ("val_loss", "val_data_loss", "val_accuracy"):
    print(f"{name}: {record.history[name][-1]:.3f}")

# %% tags=["test"]
assert record.history["val_loss"][-1] > record.history["val_data_loss"][-1] + 0.1

# %% [markdown] tags=["idea"]
# ## L1: a constant pull
#
# L1 adds the absolute values instead of the squares:
#
# $$J = L + \lambda_1 \sum_i |w_i|$$
#
# $\lambda_1 \ge 0$ is the *L1 strength*, in nats per unit of weight. The pull is $\lambda_1$ whatever the size of the
# weight. A spring gives way near zero; a constant pull does not. A weight that the data need only a little goes all
# the way to zero: the weights become *sparse*
# ([Tibshirani, 1996](https://doi.org/10.1111/j.2517-6161.1996.tb02080.x);
# [Goodfellow et al., 7.1.2](https://www.deeplearningbook.org/contents/regularization.html)).
#
# With the optimisers of deep learning "zero" means "nearly": each step overshoots a little, so such a weight jitters
# around zero with about the size of a step. We therefore count weights nearer to zero than 0.001. Special (proximal)
# methods reach exact zeros.

# %% [markdown] tags=["predict"]
# ## Predict: how sparse?
#
# One network is trained with L2 strength 0.003, another with L1 strength 0.0005. Their validation losses will be about
# equal. In the L2 network about one weight in six ends nearer to zero than 0.001.

# %% tags=["predict"]
sparsity = tk.Prediction(
    "3.3-l1",
    "What share of its weights does the L1 network have that near to zero?",
    between=(0, 100),
    unit="%",
)
sparsity

# %% [markdown] tags=["lab"]
# ## Lab: weights under L1 and L2
#
# The histogram shows all weights of the run in front, on a scale that can be made logarithmic.
#
# 1. Set L2 to 2e-3, with L1 at 0: the whole hill gets narrower.
# 2. Set L2 back to 0 and L1 to 5e-4: a spike grows at zero, and some weights stay large.
# 3. Set the mode to "mid-run" and raise L1 while it trains: watch weights fall into the spike.

# %% tags=["lab"]
weights_lab = tk.TuningLab(
    model, few, epochs=100, weights=True, controls=["l1", "l2", "mode", "buttons", "table"]
)
weights_lab

# %% [markdown] tags=["explain"]
# ## Why the constant pull makes zeros
#
# The next cell trains both networks of the prediction, with nothing else different between them.

# %%
with_l2 = tk.train(model, few, l2=3e-3, epochs=100, seed=0)
with_l1 = tk.train(model, few, l1=5e-4, epochs=100, seed=0)

for name, run in (("L2", with_l2), ("L1", with_l1)):
    largest = np.abs(kernel_weights(run)).max()
    print(
        f"{name}: validation loss {run.history['val_loss'][-1]:.3f}, {near_zero(run):.0%} near zero, "
        f"largest weight {largest:.2f}, exactly zero {np.mean(kernel_weights(run) == 0):.0%}"
    )
tk.plots.weight_histogram(kernel_weights(with_l1), title="L1 0.0005: a spike at zero")

# %%
sparsity.reveal(
    round(100 * float(near_zero(with_l1))),
    "L2 makes all weights smaller, L1 makes many of them nearly zero and leaves the others larger. That is useful when "
    "you want to know which inputs matter, or want a network that can be pruned.",
)

# %% tags=["test"]
assert abs(with_l1.history["val_loss"][-1] - with_l2.history["val_loss"][-1]) < 0.03
assert 0.13 < near_zero(with_l2) < 0.2
assert near_zero(with_l1) > 2.5 * near_zero(with_l2)
assert np.abs(kernel_weights(with_l1)).max() > np.abs(kernel_weights(with_l2)).max()
assert np.mean(kernel_weights(with_l1) == 0) < 0.01

# %% [markdown] tags=["idea"]
# ## Dropout: never rely on one neighbour
#
# During training, dropout switches off each unit of a layer with probability $p$, anew for every row and step, and
# enlarges the others:
#
# $$\tilde h_i = \frac{m_i}{1-p}\, h_i, \qquad m_i = 1 \text{ with probability } 1-p, \text{ else } 0$$
#
# $h_i$ is a unit's output, $\tilde h_i$ what the next layer receives, $p$ the *dropout rate*, a share between 0 and 1.
# A unit cannot rely on particular neighbours, so it has to be useful whatever the others do
# ([Srivastava et al., 2014](https://jmlr.org/papers/v15/srivastava14a.html)).
#
# The division keeps the expected value the same: $\mathbb{E}[\tilde h_i] = h_i$. So nothing has to be scaled when the
# network is used: dropout is then switched off.

# %% [markdown] tags=["predict"]
# ## Predict: which curve is lower?
#
# A network trains with a dropout rate of 0.5.

# %% tags=["predict"]
gap = tk.Prediction(
    "3.3-dropout",
    "At the end of training, which loss is lower?",
    ["the training loss, as always", "the validation loss", "they are equal"],
)
gap

# %% [markdown] tags=["lab"]
# ## Lab: every dropout rate at once
#
# Press **Train**.
#
# 1. Scrub from 0 to 0.8 and watch the two curves of the chosen run change places.
# 2. Compare the best rate with the best L2 strength of the lab above: which has the lower validation loss?
# 3. At 0.8, is the network still short of training, or has it too few units left? Train it for longer to find out.

# %% tags=["lab"]
rates = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
dropout_lab = tk.SweepLab(model, few, "dropout", values={"dropout": rates}, epochs=100, at="last")
dropout_lab

# %% [markdown] tags=["explain"]
# ## Why the training loss looks worse than it is
#
# Keras measures the training loss while units are being dropped, and the validation loss with all units in place. The
# next cell measures the trained network both ways on the same training rows.

# %%
if dropout_lab.sweep is None or dropout_lab.sweep.epochs < 100:
    dropout_lab.train(100).wait()
dropout_sweep = dropout_lab.go_to_best().wait().sweep
half = dropout_sweep[rates.index(0.5)]
trained = half.restore(build_model(dropout=0.5))
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
keras.utils.set_random_seed(0)
noisy_loss = float(cross_entropy(few.y_train, trained(few.x_train, training=True)))
quiet_loss = float(cross_entropy(few.y_train, trained(few.x_train, training=False)))
print(f"Training rows, units dropped: {noisy_loss:.3f}. The same rows, all units: {quiet_loss:.3f}.")
print(
    f"Reported at the end: training {half.history['loss'][-1]:.3f}, validation {half.history['val_loss'][-1]:.3f}."
)
best_rate = dropout_sweep.best("val_loss", at="last").hyperparameters["dropout"]
print(f"Lowest validation loss at the end: {dropout_sweep.scores(at='last').min():.3f}, at rate {best_rate}.")
dropout_lab.figure()

# %%
gap.reveal(
    "the validation loss",
    "The two are not measured in the same way: the training loss is taken with half of the units missing. A training "
    "loss above the validation loss is therefore no sign of an error when dropout is on.",
)

# %% tags=["test"]
assert half.history["val_loss"][-1] < half.history["loss"][-1]
assert quiet_loss < noisy_loss
assert 0 < best_rate < 0.8
assert dropout_sweep.scores(at="last").min() < data_loss.min()

# %% [markdown] tags=["code"]
# ## Dropout, done by hand
#
# Ten thousand dropped copies of one layer's output have the output itself as their mean, whatever the rate.

# %%
generator = np.random.default_rng(0)
output = np.array([0.2, 1.0, 3.0])
for rate in (0.1, 0.5, 0.8):
    kept = generator.random((10_000, 3)) >= rate
    dropped = kept * output / (1 - rate)
    print(f"rate {rate}: mean {dropped.mean(axis=0).round(2)}, spread {dropped.std(axis=0).round(2)}")

# %% tags=["test"]
assert np.allclose(dropped.mean(axis=0), output, rtol=0.1)

# %% [markdown] tags=["idea"]
# ## Early stopping: leave at the right time
#
# The best validation loss of the first lab lay far from the end. *Early stopping* keeps the weights of that epoch: it
# watches the validation loss, waits for a number of epochs (the *patience*) without a new best, stops, and goes back
# ([Prechelt, 1998](https://doi.org/10.1007/3-540-49430-8_3);
# [Goodfellow et al., 7.8](https://www.deeplearningbook.org/contents/regularization.html)).
#
# It costs nothing, even saves time, and it combines with everything else. Two cautions. The validation rows are now
# used to choose the epoch, so they are no longer a neutral judge: report the score of the *test* rows. And with a
# learning rate that decays, or with dropout, a curve may pause before it goes on; give it patience.

# %% [markdown] tags=["idea"]
# ## More data: the remedy without side effects
#
# Every remedy so far gives something up. More rows do not: the more examples, the less one peculiar row weighs, and the
# harder it is to learn all of them by heart. Where collecting is too dear, *data augmentation* makes new rows from old
# ones by changes that keep the label, such as shifting an image by a pixel
# ([Goodfellow et al., 7.4](https://www.deeplearningbook.org/contents/regularization.html)).
#
# The wrong labels stay in the proportion of one in five. Only the number of rows changes.

# %% [markdown] tags=["predict"]
# ## Predict: what four times the data buy
#
# Nothing is regularised. The data grow from 300 rows to 1,200, with one label in five wrong in both.

# %% tags=["predict"]
more = tk.Prediction(
    "3.3-more-data",
    "What happens to the lowest validation loss?",
    [
        "nothing, the share of wrong labels is the same",
        "it falls by about a third",
        "it rises, there is more to learn",
    ],
)
more

# %% [markdown] tags=["lab"]
# ## Lab: four times the data
#
# This is the lab of the beginning, with 1,200 rows.
#
# 1. Train it, and compare the lowest point of the dashed curve with that of the first lab.
# 2. Look at the end of the run: does it still overfit if it goes on?
# 3. Set dropout to 0.5 and train again. Do data and dropout add up?

# %% tags=["lab"]
many = digits.subset(1200, seed=0).with_label_noise(0.2, seed=0)
many_lab = tk.TuningLab(model, many, epochs=60, controls=["dropout", "l2", "epochs", "buttons", "table"])
many_lab

# %% [markdown] tags=["explain"]
# ## What more data did
#
# The next cell trains on three sizes of the same data.

# %%
sizes_of_data = [300, 600, 1200]
by_size = {}
for rows in sizes_of_data:
    part = digits.subset(rows, seed=0).with_label_noise(0.2, seed=0)
    by_size[rows] = tk.train(model, part, epochs=60, seed=0, progress=False)
    epoch, value = by_size[rows].best("val_loss")
    print(f"{rows:>5} rows: lowest validation loss {value:.2f} at epoch {epoch}")
by_size[1200].plot()

# %%
more.reveal(
    "it falls by about a third",
    "Wrong labels point in all directions, right ones in the same. With more rows the common direction wins. The network "
    "can still overfit if it trains for long enough: more data move the problem away, early stopping and dropout still "
    "help.",
)

# %% tags=["test"]
lowest_of = [by_size[rows].best("val_loss")[1] for rows in sizes_of_data]
assert np.all(np.diff(lowest_of) < 0)
assert 0.6 < lowest_of[2] / lowest_of[0] < 0.75
with_dropout = tk.train(model, many, dropout=0.5, epochs=60, seed=0, progress=False)
assert with_dropout.best("val_loss")[1] < lowest_of[2]
assert by_size[1200].history["val_loss"][-5:].mean() > lowest_of[2]

# %% [markdown] tags=["code"]
# ## Early stopping in plain Keras
#
# `restore_best_weights` is off unless you ask for it. Without it you keep the weights of the last epoch, after the
# patience has run out.

# %%
keras.utils.set_random_seed(0)
stopped = build_model()
stopped.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
record = stopped.fit(
    few.x_train,
    few.y_train,
    validation_data=(few.x_validation, few.y_validation),
    epochs=100,
    callbacks=[stop],
    verbose=0,
)
test_loss, test_accuracy = stopped.evaluate(few.x_test, few.y_test, verbose=0)
print(f"Stopped after {len(record.history['loss'])} epochs, back to epoch {stop.best_epoch + 1}.")
print(f"Test rows, looked at once: loss {test_loss:.2f}, accuracy {test_accuracy:.0%}.")

# %% tags=["test"]
assert test_accuracy > 0.8
assert stop.best_epoch + 1 <= len(record.history["loss"])

# %% [markdown] tags=["exercise"]
# ## Exercise A: read Keras's numbers
#
# A colleague sends you a run of Keras. You want to compare it with yours. Write a function that takes a run of
# tuningkit and returns the curve that Keras would have printed as `val_loss`.

# %% tags=["exercise"]
# Write a function of one run; return an array of shape (epochs,). Call it `keras_val_loss`.
keras_val_loss = None

# %%
tk.check("3.3-a", keras_val_loss)

# %% [markdown] tags=["hint"]
# A run's curves are in `run.history`. Two of them begin with `val_` and are losses of some kind.


# %% tags=["solution"]
def keras_val_loss(run):
    return run.history["val_loss"] + run.history["val_penalty"]


# %% tags=["test"]
WRONG = {
    "3.3-a": [
        (lambda run: run.history["val_loss"], "penalty is missing"),
        (lambda run: run.history["val_loss"] + run.history["penalty"], "end of the epoch"),
        (3, "function"),
    ],
    "3.3-b": [
        ("a network", "Keras model"),
        (build_model(dropout=0.4), "no L2"),
        (build_model(dropout=0.4, regularizer=keras.regularizers.L1(3e-3)), "L1"),
        (build_model(regularizer=keras.regularizers.L2(3e-3)), "dropout"),
        (build_model(dropout=0.4, regularizer=keras.regularizers.L2(3e-4)), "0.003"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: build it yourself
#
# The article's example of regularisation has faults: the data are never defined, `input_dim` is deprecated, and `l1` is
# imported but not used. Build a sound network for `few`: 64 inputs, two hidden layers of 128 units with ReLU, each
# followed by dropout at rate 0.4, ten outputs, and an L2 strength of 0.003 on every kernel.

# %% tags=["exercise"]
# Build the network and call it `regularised`.
regularised = None

# %%
tk.check("3.3-b", regularised)

# %% [markdown] tags=["hint"]
# `build_model` at the top of this chapter takes what you need as arguments. Or write the layers out: begin with
# `keras.Input((64,))`, and give each `Dense` layer a `kernel_regularizer`.

# %% tags=["solution"]
regularised = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu", kernel_regularizer=keras.regularizers.L2(3e-3)),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(128, "relu", kernel_regularizer=keras.regularizers.L2(3e-3)),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(10, kernel_regularizer=keras.regularizers.L2(3e-3)),
    ]
)

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Bring the validation loss on the 300 rows below 0.46 within 100 epochs. Only dropout and L2 may move. Any run of the
# lab below counts.

# %%
challenge_lab = tk.TuningLab(model, few, epochs=100, controls=["dropout", "l2", "buttons", "table"])
challenge_lab

# %%
challenge = tk.Challenge(
    "3.3-challenge",
    metric="val_loss",
    below=0.46,
    within_epochs=100,
    moving_only=["dropout", "l2"],
    baseline={"learning_rate": 1e-3, "dropout": 0.0, "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
assert challenge.check(tk.train(model, few, dropout=0.4, epochs=100, seed=0, progress=False)).passed
assert not challenge.check(tk.train(model, few, l2=3e-3, epochs=100, seed=0, progress=False)).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "3.3-quiz",
    [
        Question(
            "The training loss falls, the validation loss has risen for 20 epochs. What is going on?",
            [
                Option(
                    "The learning rate is too high",
                    why="Then the training loss would jump or rise as well; here it falls.",
                ),
                Option(
                    "The network overfits",
                    True,
                    "It still gets better at rows it knows, and worse at new ones.",
                ),
                Option("The network underfits", why="Then the training loss would stay high."),
            ],
        ),
        Question(
            "You try L2 strengths and compare the `val_loss` that Keras prints. Why is that a mistake?",
            [
                Option(
                    "It contains the penalty, which grows with the strength",
                    True,
                    "So it favours weak penalties even where strong ones make better networks.",
                ),
                Option(
                    "Keras computes it with dropout on",
                    why="Dropout is off when Keras evaluates validation rows; only the training loss is taken with it.",
                ),
                Option(
                    "Validation rows must not be looked at",
                    why="Choosing hyperparameters is what they are for. The test rows are the ones to save.",
                ),
            ],
        ),
        Question(
            "Which penalty leaves many weights nearly zero and others large?",
            [
                Option("L2", why="Its pull fades near zero: it makes all weights smaller, few of them zero."),
                Option(
                    "Dropout", why="It drops outputs of units during training; it does not pull on weights."
                ),
                Option("L1", True, "Its pull has the same size however small the weight is."),
            ],
        ),
        Question(
            "With dropout 0.5 your training loss is higher than your validation loss. What should you do?",
            [
                Option(
                    "Look for an error in the data",
                    why="It may be worth a look for other reasons, but dropout alone explains it.",
                ),
                Option(
                    "Nothing: the training loss was measured with half of the units missing",
                    True,
                    "Measured with all units, it is lower than it looked.",
                ),
                Option(
                    "Divide the training loss by two", why="The loss does not scale with the share of units."
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# A network overfits when its validation loss rises while its training loss falls on. L2 shrinks weights, L1 empties
# them, dropout keeps units from relying on each other, early stopping leaves in time, and more data help without a
# price. Choose strengths by a validation loss that does not contain the penalty, and look at the test rows once.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [3.4 Optimisers](03_4_optimizers.ipynb), which do the descending.
#
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 7, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/regularization.html)
# - A. Krogh, J. Hertz,
#   [A simple weight decay can improve generalization](https://proceedings.neurips.cc/paper/1991/hash/8eefcfdf5990e441f0fb6f3fad709e21-Abstract.html),
#   NeurIPS 1991
# - R. Tibshirani, [Regression shrinkage and selection via the lasso](https://doi.org/10.1111/j.2517-6161.1996.tb02080.x),
#   Journal of the Royal Statistical Society B 58, 1996
# - N. Srivastava et al., [Dropout: a simple way to prevent neural networks from overfitting](https://jmlr.org/papers/v15/srivastava14a.html),
#   JMLR 15, 2014
# - L. Prechelt, [Early stopping, but when?](https://doi.org/10.1007/3-540-49430-8_3), in *Neural Networks: Tricks of the
#   Trade*, 1998
# - C. Zhang et al., [Understanding deep learning requires rethinking generalization](https://arxiv.org/abs/1611.03530),
#   ICLR 2017
# - With Adam, a penalty in the loss is not the same as letting the weights decay by themselves:
#   I. Loshchilov, F. Hutter, [Decoupled weight decay regularization](https://arxiv.org/abs/1711.05101), ICLR 2019
