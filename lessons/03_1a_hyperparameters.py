# %% [markdown] tags=["title"]
# # 3.1a Learning rate, batch size, width
#
# **You will be able to** find a learning rate in one short test, choose a batch size and change the rate with it, and
# recognise a network that is too narrow or too wide.
#
# | | |
# |---|---|
# | **Time** | 70 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a gradient is |
# | **Part of the article** | 3.1 Hyperparameters: learning rate, batch size, hidden nodes, decay of the learning rate |
#
# How to *search* over several hyperparameters at once is the subject of [3.1b](03_1b_search.ipynb).

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## The learning rate is the length of a step
#
# Training moves the weights against the gradient of the loss:
#
# $$w_{t+1} = w_t - \eta \, g_t$$
#
# $w_t$ are the weights at step $t$, $g_t$ is the gradient (loss per unit of weight), and $\eta > 0$ is the *learning
# rate*. Along a direction in which the loss curves like a parabola with second derivative $\lambda$, the distance from
# the minimum is multiplied at each step by $1 - \eta\lambda$. It shrinks only while
#
# $$0 < \eta < \frac{2}{\lambda}$$
#
# Beyond that each step lands further from the minimum than the one before: training *diverges*
# ([Goodfellow et al., 4.3 and 8.2](https://www.deeplearningbook.org/contents/optimization.html)). A network has many
# curvatures, and they change while it learns; the largest one sets the limit.
#
# The data are images of handwritten digits, 8 by 8 pixels.

# %%
import keras
import keras_tuner
import numpy as np

from tuningkit.teaching import Option, Question
from tuningkit.training import Trainer

digits = tk.datasets.load_digits()
rows = len(digits.x_train)
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)], name="digit_reader"
)

# A parabola with curvature 4: the limit is 2 / 4 = 0.5.
for rate in (0.1, 0.45, 0.55):
    distance = 1.0
    for _ in range(20):
        distance -= rate * 4 * distance
    print(f"rate {rate}: distance from the minimum after 20 steps {abs(distance):.2g}")

# %% tags=["test"]
assert abs(1 - 0.45 * 4) ** 20 < 0.02 and abs(1 - 0.55 * 4) ** 20 > 30
assert rows == 1347

# %% [markdown] tags=["idea"]
# ## The range test
#
# You need not know $\lambda$. Train for a few steps while the rate rises from tiny to huge, and watch the loss
# ([Smith, 2017](https://arxiv.org/abs/1506.01186)). At step $t$ of $T$ the rate is
#
# $$\eta_t = \eta_\text{low} \left(\frac{\eta_\text{high}}{\eta_\text{low}}\right)^{t/T}$$
#
# While the rate is too small, nothing happens. Then the loss falls, and at some rate it shoots up. Useful rates lie
# where it falls. The test is a hint, not a proof: it looks at the beginning of training only, with a network whose
# weights have gone through all the smaller rates before.

# %%
test = tk.range_test(model, digits, optimizer="sgd", low=1e-4, high=30.0)
print(test.words)
test.plot()

# %% [markdown]
# The cross marks the rate at which the smoothed loss is back above the value it began with: all that the network had
# learned is lost. The loss need not grow without end for that; cross-entropy often gets stuck at a high value.

# %% tags=["test"]
assert test.diverged_at is not None and 1 < test.diverged_at < 10

# %% [markdown] tags=["predict"]
# ## Predict: nine rates
#
# Nine copies of the network are trained for 15 epochs with plain gradient descent, at rates from 0.001 to 10, each
# about three times the one before.

# %% tags=["predict"]
nine = tk.Prediction(
    "3.1a-rates",
    "Which rate ends with the lowest validation loss?",
    [
        "one below 0.01: small steps are safe",
        "one between 0.03 and 1",
        "the largest: it covers the most ground",
    ],
)
nine

# %% [markdown] tags=["lab"]
# ## Lab: nine learning rates at once
#
# Press **Train**.
#
# 1. Scrub from the smallest rate to the largest. At which one does the curve stop being smooth?
# 2. Press **Go to best**. How many times larger is the first rate that fails?
# 3. Compare with the range test above: does the best rate lie in the band?

# %% tags=["lab"]
rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
rate_lab = tk.SweepLab(
    model, digits, "learning_rate", values={"learning_rate": rates}, optimizer="sgd", epochs=15, at="last"
)
rate_lab

# %% [markdown] tags=["explain"]
# ## Too small, right, too large

# %%
if rate_lab.sweep is None or rate_lab.sweep.epochs < 15:
    rate_lab.train(15).wait()
sweep = rate_lab.go_to_best().wait().sweep
final = sweep.history["val_loss"][:, -1]
for rate, value, run in zip(rates, final, sweep, strict=True):
    print(f"rate {rate:<6g} validation loss {value:7.3f}   {run.diagnosis.kind}")
best_rate = rates[int(np.nanargmin(final))]
rate_lab.figure()

# %%
nine.reveal(
    "one between 0.03 and 1",
    "Below it the network has not arrived after 15 epochs. Above it steps overshoot. The loss of always guessing "
    "is 2.3 here: the largest rates end there or above, because their first steps destroyed the network.",
)

# %% tags=["test"]
assert 0.03 <= best_rate <= 1
assert np.nanargmin(final) not in (0, len(rates) - 1)
assert final[0] > 1.5
assert not final[-1] < 2.0
assert test.interval[0] < best_rate < test.interval[1]
low_at = int(np.nanargmin(test.smoothed))
assert 0.5 < test.rates[low_at] < test.diverged_at
assert 2.25 < np.log(10) < 2.35

# %% [markdown] tags=["code"]
# ## A range test in plain Keras
#
# A schedule that rises, a batch at a time, and a list of losses: that is all.

# %%
plain = keras.models.clone_model(model)
rising = keras.optimizers.schedules.ExponentialDecay(1e-4, decay_steps=100, decay_rate=30 / 1e-4)
plain.compile(keras.optimizers.SGD(rising), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
generator = np.random.default_rng(0)
for step in range(101):
    batch = generator.choice(rows, 32, replace=False)
    plain.reset_metrics()  # else Keras returns the mean since the beginning
    loss = plain.train_on_batch(digits.x_train[batch], digits.y_train[batch])
    if step % 20 == 0:
        print(f"rate {float(rising(step)):8.4f}: loss of this batch {float(loss):.3g}")

# %% [markdown] tags=["idea"]
# ## The batch size is how many rows one step asks
#
# A step does not use all $N$ rows but a *batch* of $B$. Its gradient $g_B$ is the true one, $g$, plus noise. If no row is
# drawn twice, the root of the mean squared length of the noise is
#
# $$\sqrt{\mathbb{E}\,\lVert g_B - g \rVert^2} = \frac{\sigma}{\sqrt{B}} \sqrt{1 - \frac{B}{N}}$$
#
# $\sigma$ is the spread of single rows' gradients; it has the unit of the gradient. Four times the rows halve the noise.
# They also cost four times as much work, so beyond some size the work is wasted. The *noise scale* $\sigma^2 / \lVert g
# \rVert^2$, in rows, says about where ([McCandlish et al., 2018](https://arxiv.org/abs/1812.06162)). It tends to grow
# while the network learns, because $g$ gets short.
#
# The next cell takes 100 real gradients for each of seven batch sizes, at the same weights.

# %%
noise = tk.optimizers.gradient_noise(model, digits, draws=100)
print(noise)
later = tk.optimizers.gradient_noise(
    sweep[rates.index(best_rate)].restore(model), digits, batch_sizes=[16, 64], draws=20
)
print(f"Noise scale after 15 epochs at rate {best_rate:g}: {later.noise_scale:.0f} rows")
noise.plot()

# %% tags=["test"]
assert abs(noise.slope + 0.5) < 0.05
assert np.allclose(noise.deviations, noise.expected, rtol=0.15)
assert noise.raw_slope < noise.slope
assert later.noise_scale > 2 * noise.noise_scale

# %% [markdown] tags=["idea"]
# ## Three clocks
#
# "How long did it train?" has three answers.
#
# - *Epochs*: how often each row was seen.
# - *Steps*: how often the weights were moved. An epoch has $\lceil N / B \rceil$ of them.
# - *Seconds*: what you wait for. A large batch uses the machine better, so a step costs less than $B$ times as much.
#
# Large batches lose by the first clock and may win by the third. And the learning rate must go with the batch size: one
# step with $kB$ rows replaces $k$ steps with $B$ rows, so it has to be $k$ times as long. This is the *linear scaling rule*
#
# $$\eta_{kB} = k \, \eta_B$$
#
# ([Goyal et al., 2017](https://arxiv.org/abs/1706.02677)). It cannot hold for ever: $\eta$ has a limit that no batch size
# moves. For Adam, whose steps do not grow with the gradient, theory proposes $\sqrt{k}$ instead, together with other
# changes ([Malladi et al., 2022](https://arxiv.org/abs/2205.10287)).

# %% [markdown] tags=["predict"]
# ## Predict: sixteen times the batch
#
# The network trains for 8 epochs with plain gradient descent at rate 0.04, once with batches of 16 rows, once with
# batches of 256.

# %% tags=["predict"]
sixteen = tk.Prediction(
    "3.1a-batch",
    "Which one has the lower training loss after 8 epochs?",
    [
        "batches of 256: their gradients are more exact",
        "batches of 16: they take sixteen times as many steps",
        "neither: both have seen every row eight times",
    ],
)
sixteen

# %% [markdown] tags=["lab"]
# ## Lab: batch size and rate together
#
# Press **Train**. The run has batches of 16 rows and rate 0.04.
#
# 1. Set the batch size to 256 and train again. The earlier run stays behind as a faint line.
# 2. Now multiply the rate by about 16, to 0.5. Do the curves meet?
# 3. Set the rate to 2. Where does the rule end?

# %% tags=["lab"]
batch_lab = tk.TuningLab(
    model,
    digits,
    optimizer="sgd",
    batch_size=16,
    learning_rate=0.04,
    epochs=8,
    controls=["learning_rate", "batch_size", "buttons", "table"],
)
batch_lab

# %% [markdown] tags=["explain"]
# ## One rule, tested
#
# Three runs first, by all three clocks; the rate is scaled with the batch.

# %%
clocked = []
for size in (16, 64, 256):
    trainer = Trainer(model, digits, optimizer="sgd", batch_size=size, seeds=0)
    trainer.set("learning_rate", 0.04 * size / 16)
    # One epoch builds the graph, which is not to be timed; then it begins anew.
    trainer.train(epochs=1)
    trainer.restart(0)
    trainer.train(epochs=8)
    clocked.append(trainer.run())
tk.plots.three_clocks(
    clocked, rows=rows, metric="loss", title="Scaled rates: alike by epochs, apart by steps"
)

# %%
sixteen.reveal(
    "batches of 16: they take sixteen times as many steps",
    "An exact gradient is worth little if it is used so rarely. With the rate multiplied by sixteen as well, the larger "
    "batch catches up, as the figure shows.",
)

# %% [markdown]
# Now the rule is tested at every rate: eight rates, three batch sizes, two seeds, eight epochs. If it holds, cells that
# lie two columns apart and one row up have the same loss: four times the batch, four times the rate.

# %%
sizes, ladder = [16, 64, 256], [0.02 * 2**k for k in range(8)]
tables = {}
for optimizer, lowest in (("sgd", 0.02), ("adam", 0.0005)):
    scaled = tk.sweep(
        model,
        digits,
        {"batch_size": sizes, "learning_rate": [lowest * 2**k for k in range(8)], "seed": [0, 1]},
        optimizer=optimizer,
        epochs=8,
    )
    tables[optimizer] = scaled.table("loss", at="last")
sgd = tables["sgd"].mean(axis=-1)
tk.plots.heat_map(
    sgd,
    ladder,
    sizes,
    x_name="learning rate",
    y_name="batch size",
    value_label="training loss",
    title="Plain gradient descent: equal losses along diagonals",
)

# %%
for optimizer, lowest in (("sgd", 0.02), ("adam", 0.0005)):
    print(optimizer)
    for size, per_seed in zip(sizes, tables[optimizer], strict=True):
        means = np.where(np.isfinite(per_seed), per_seed, np.inf).mean(axis=-1)
        print(f"  batch {size:>3}: best rate {lowest * 2 ** int(np.argmin(means)):g}, loss {means.min():.3f}")

# %% [markdown]
# What this network shows, and nothing more:
#
# - For the smallest rates the linear rule holds well: follow a diagonal from batch 16 at rate 0.02 or 0.04 upwards.
# - It breaks where the scaled rate comes near the limit, which is about the same for all three batch sizes. From 0.08 at
#   batch 16 on, batches of 256 cannot follow any more: in 8 epochs they do not get as low.
# - So the *best* rate grows far less than the rule says: sixteen times the batch, and at most four times the best rate.
# - With Adam, equal losses need a factor between the square root and the linear one. Two seeds and a small
#   network settle nothing in general; on larger problems the useful range of batch sizes differs widely
#   ([Shallue et al., 2019](https://arxiv.org/abs/1811.03600)).

# %% tags=["test"]
adam = tables["adam"].mean(axis=-1)
losses_of = [float(run.history["loss"][-1]) for run in clocked]
assert max(losses_of) < 1.25 * min(losses_of)
for column in (0, 1):
    assert np.allclose(sgd[1, column + 2], sgd[0, column], rtol=0.15)
    assert np.allclose(sgd[2, column + 4], sgd[0, column], rtol=0.2)
assert np.nanmin(sgd[2]) > 1.5 * sgd[0, 2]
for table in (sgd, adam):
    chosen = [int(np.nanargmin(row)) for row in table]
    assert 0 <= chosen[2] - chosen[0] <= 2
# At which rate do batches of 256 reach the loss that batches of 16 have at the lowest rate?
falling = int(np.nanargmin(adam[2])) + 1
factor = 2 ** np.interp(-np.log(adam[0, 0]), -np.log(adam[2, :falling]), np.arange(falling))
assert 4 < factor < 16
slow = tk.train(
    model, digits, optimizer="sgd", batch_size=256, learning_rate=0.04, epochs=8, seed=0, progress=False
)
assert slow.history["loss"][-1] > 3 * losses_of[0]

# %% [markdown] tags=["idea"]
# ## Width: how many functions a network can be
#
# The number of *hidden units* is the width of a layer. A unit with ReLU adds one fold to the function:
#
# $$f(x) = \sum_{i=1}^{m} v_i \max(0, w_i \cdot x + b_i) + c$$
#
# $m$ is the width; $w_i, b_i, v_i, c$ are learned. A few folds cannot follow a spiral: the network *underfits*, both
# losses stay high. With very many it can follow single noisy points as well: it may *overfit*
# ([Goodfellow et al., 5.2](https://www.deeplearningbook.org/contents/ml.html)). May, not must: very wide
# networks often do well, because gradient descent prefers smooth solutions among the many that fit
# ([Belkin et al., 2019](https://doi.org/10.1073/pnas.1903070116)).
#
# The data are two spiral arms with noise: 180 points to learn from, 300 to judge.

# %%
spirals = tk.datasets.make_spirals(1500, noise=0.1, turns=1.0, seed=0).subset(180, seed=0)
WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256]


def build_model(hp):
    """Two hidden layers of the same width; an ordinary KerasTuner function."""
    units = hp.Choice("units", WIDTHS, default=2)
    network = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dense(1),
        ]
    )
    network.compile(
        keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    return network


# %% [markdown] tags=["predict"]
# ## Predict: from 1 to 256
#
# Nine networks, two hidden layers each, with 1, 2, 4, ... 256 units per layer, 100 epochs.

# %% tags=["predict"]
widest = tk.Prediction(
    "3.1a-width",
    "Which width ends with the lowest validation loss?",
    ["the narrowest: fewest weights, least overfitting", "one in the middle", "the widest: it can do most"],
)
widest

# %% [markdown] tags=["lab"]
# ## Lab: the boundary moves
#
# Press **Train**. The plane beside the curves, or below them, shows where the network says "arm 1" and where "arm 2".
#
# 1. Go from 2 units to 4, 8 and 16. Each time a new network is built and trained. Count the folds of the boundary.
# 2. Go on to 256. The training loss falls further; watch the validation loss.
# 3. Set it to 1. What can a network do whose layers have one unit each?

# %% tags=["lab"]
width_lab = tk.TuningLab(build_model, spirals, epochs=100)
width_lab

# %% [markdown] tags=["explain"]
# ## Under- and overfitting by width

# %%
by_width, widths = {}, [1, 2, 4, 8, 16, 64, 256]
for width in widths:
    values = keras_tuner.HyperParameters()
    values.Fixed("units", width)
    by_width[width] = tk.train(build_model(values), spirals, epochs=100, seed=0, progress=False)
    run = by_width[width]
    print(
        f"{width:>4} units: loss {run.history['loss'][-1]:.3f}, validation {run.history['val_loss'][-1]:.3f} "
        f"(lowest {run.best('val_loss')[1]:.3f}), {run.diagnosis.kind}"
    )
training = np.array([run.history["loss"][-1] for run in by_width.values()])
validation = np.array([run.history["val_loss"][-1] for run in by_width.values()])
figure = tk.plots.new_figure()
axes = figure.subplots()
axes.plot(widths, training, "o-", label="training")
axes.plot(widths, validation, "s--", label="validation")
axes.set(
    xscale="log",
    xlabel="units per layer",
    ylabel="loss at the end",
    title="Narrow networks underfit, wide ones overfit",
)
axes.set_xticks(widths, labels=widths)
axes.minorticks_off()
axes.legend()
figure

# %%
widest.reveal(
    "one in the middle",
    "The narrow ones cannot bend enough. The widest fit the noise of their 180 points, and go on fitting it while the "
    "validation loss rises. Look at the lowest values in brackets: stopped in time, the widest is as good as any.",
)

# %% tags=["test"]
lowest_of = [run.best("val_loss")[1] for run in by_width.values()]
best_width = widths[int(np.argmin(validation))]
assert 4 <= best_width <= 64
assert validation[-1] > 1.3 * validation.min() and training[-1] < 0.15
assert validation[0] > 0.65 and training[0] > 0.65
assert training[widths.index(64)] < training[widths.index(8)]
assert lowest_of[-1] < 1.15 * min(lowest_of)
assert by_width[256].diagnosis.kind == "overfitting"
assert [type(view).__name__ for view in width_lab._view.extra].count("BoundaryView") == 1

# %% [markdown] tags=["idea"]
# ## Decay: long steps first, short ones later
#
# A rate that is good at the beginning is too large at the end: the noise of the batches keeps the weights jumping around
# the minimum. A *schedule* makes the rate depend on the step $t$. Four common forms, with start rate $\eta_0$:
#
# - step: $\eta_0 \, q^{\lfloor t/s \rfloor}$, times $q < 1$ after every $s$ steps; exponential: $\eta_0 \, q^{t/s}$;
# - polynomial: $\eta_0 (1 - t/T)^p$, down to zero at the end $T$, $p$ its power;
# - cosine: $\tfrac{1}{2} \eta_0 (1 + \cos(\pi t / T))$ ([Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983));
# - *warm-up*: rising from near zero in the first epochs, where curvature is large
#   ([Goyal et al., 2017](https://arxiv.org/abs/1706.02677)), then one of the above.
#
# *On plateau* is no schedule but a rule: cut the rate when the validation loss has not improved for some epochs.

# %% [markdown] tags=["predict"]
# ## Predict: the same start, another end
#
# Adam, batches of 16, and a rate of 0.02, which is high. One network keeps it for 12 epochs, one lets it fall to zero along
# a cosine.

# %% tags=["predict"]
decay = tk.Prediction(
    "3.1a-decay",
    "Compare the validation losses at the end.",
    [
        "the constant rate is lower: it never slows down",
        "the cosine is lower",
        "they are equal: Adam adapts the rate by itself",
    ],
)
decay

# %% [markdown] tags=["lab"]
# ## Lab: schedules, previewed and trained
#
# The upper chart shows the rate before anything is trained. Press **Train**.
#
# 1. Choose another kind, and change its numbers: the preview follows at once.
# 2. Tick several kinds under "compare". They train side by side, on the same batches.
# 3. Give "warm-up cosine" a start rate of 0.05. Does it still train, and does the constant rate?

# %% tags=["lab"]
schedule_lab = tk.ScheduleLab(
    model, digits, kind="cosine", compare=["constant"], learning_rate=0.02, epochs=12, batch_size=16
)
schedule_lab

# %% [markdown] tags=["explain"]
# ## What decay does
#
# The constant rate and six ways to let it fall, with three seeds each.

# %%
if not schedule_lab.runs:
    schedule_lab.train().wait()
steps = tk.schedules.steps_per_epoch(digits, 16)
family = {
    "constant": 0.02,
    "step": tk.schedules.exponential(0.02, factor=0.5, every=3, steps_per_epoch=steps, staircase=True),
    "exponential": tk.schedules.exponential(0.02, factor=0.5, every=3, steps_per_epoch=steps),
    "polynomial": tk.schedules.polynomial(0.02, epochs=12, steps_per_epoch=steps),
    "cosine": tk.schedules.cosine(0.02, epochs=12, steps_per_epoch=steps),
    "warm-up cosine": tk.schedules.cosine(0.02, epochs=12, steps_per_epoch=steps, warmup_epochs=2),
    "on plateau": keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2),
}
decayed = tk.sweep(
    model, digits, {"schedule": family, "seed": [0, 1, 2]}, learning_rate=0.02, batch_size=16, epochs=12
)
last = decayed.table("val_loss", at="last")
for name, per_seed in zip(family, last, strict=True):
    print(
        f"{name:<15} validation loss {per_seed.mean():.3f}, seeds from {per_seed.min():.3f} to {per_seed.max():.3f}"
    )
schedule_lab.figure()

# %%
decay.reveal(
    "the cosine is lower",
    "Adam scales each weight's step, but the steps do not get shorter by themselves while batches disagree. The "
    "constant rate keeps jumping; every schedule that ends low lets the weights settle.",
)

# %% [markdown]
# The lab shows one seed. There the constant rate may end lower by luck: it jumps, and the last jump may be a good one.
# Over three seeds its mean is the highest, and its seeds lie furthest apart.

# %% tags=["test"]
assert np.ptp(last, axis=1).argmax() == 0
mean_of = dict(zip(family, last.mean(axis=1), strict=True))
assert mean_of["constant"] > 1.2 * mean_of["cosine"]
assert all(value < mean_of["constant"] for name, value in mean_of.items() if name != "constant")

# %% [markdown] tags=["code"]
# ## Schedules in plain Keras
#
# An optimiser takes a schedule in place of a number. Its unit is *steps*, so multiply epochs by the steps per epoch.

# %%
cosine = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.0, warmup_target=0.02, warmup_steps=2 * steps, decay_steps=10 * steps
)
plain = keras.models.clone_model(model)
plain.compile(
    keras.optimizers.Adam(cosine),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
record = plain.fit(
    digits.x_train,
    digits.y_train,
    validation_data=(digits.x_validation, digits.y_validation),
    batch_size=16,
    epochs=4,
    verbose=0,
)
print(f"Validation accuracy after 4 epochs: {record.history['val_accuracy'][-1]:.1%}")

# %% tags=["test"]
assert record.history["val_accuracy"][-1] > 0.9

# %% [markdown] tags=["exercise"]
# ## Exercise A: scale the rate
#
# Write a function `scaled_rate(rate, old, new, rule)` that returns the rate to try when the batch size changes from `old` to
# `new` rows. `rule` is `"linear"` or `"sqrt"`.

# %% tags=["exercise"]
# Write a function of rate, old, new and rule; return a number. Call it `scaled_rate`.
scaled_rate = None

# %%
tk.check("3.1a-a", scaled_rate)

# %% [markdown] tags=["hint"]
# The factor is new / old, or its square root.


# %% tags=["solution"]
def scaled_rate(rate, old, new, rule):
    factor = new / old
    return rate * (factor if rule == "linear" else factor**0.5)


# %% tags=["test"]
_S = keras.optimizers.schedules
WRONG = {
    "3.1a-a": [
        (0.1, "function"),
        (lambda rate, old, new, rule: rate * old / new, "grow"),
        (lambda rate, old, new, rule: rate * new / old, "square root"),
        (lambda rate, old, new, rule: None, "number"),
    ],
    "3.1a-b": [
        (0.01, "schedule"),
        (_S.CosineDecay(0.01, 860), "warm"),
        (_S.CosineDecay(0.0, 18, warmup_target=0.01, warmup_steps=2), "steps, not epochs"),
        (_S.CosineDecay(0.0, 860, warmup_target=0.01, warmup_steps=86), "end"),
        (_S.CosineDecay(0.0, 774, warmup_target=0.1, warmup_steps=86), "0.01"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: a warm-up that counts steps
#
# Build a Keras schedule for 20 epochs of 43 steps. It rises from 0 to 0.01 during the first 2 epochs, then falls along a
# cosine and reaches 0 exactly at the end of the 20th epoch.

# %% tags=["exercise"]
# Build the schedule and call it `my_schedule`.
my_schedule = None

# %%
tk.check("3.1a-b", my_schedule)

# %% [markdown] tags=["hint"]
# `keras.optimizers.schedules.CosineDecay` has `warmup_target` and `warmup_steps`. Its `decay_steps` begin *after* the
# warm-up.

# %% tags=["solution"]
my_schedule = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=18 * 43, warmup_target=0.01, warmup_steps=2 * 43
)

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Batches of 256 rows and plain gradient descent: six steps an epoch. Bring the validation loss below 0.3 within 10 epochs.
# Only the learning rate may move.

# %%
challenge_lab = tk.TuningLab(
    model,
    digits,
    optimizer="sgd",
    batch_size=256,
    learning_rate=0.04,
    epochs=10,
    controls=["learning_rate", "buttons", "table"],
)
challenge_lab

# %%
challenge = tk.Challenge(
    "3.1a-challenge",
    metric="val_loss",
    below=0.3,
    within_epochs=10,
    moving_only=["learning_rate"],
    baseline={"batch_size": 256, "optimizer": "sgd"},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
settings = {"optimizer": "sgd", "batch_size": 256, "epochs": 10, "seed": 0, "progress": False}
assert challenge.check(tk.train(model, digits, learning_rate=1.0, **settings)).passed
assert not challenge.check(slow).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "3.1a-quiz",
    [
        Question(
            "After a few steps the loss jumps from 2 to 40. What do you change first?",
            [
                Option("More hidden units", why="Width does not cure steps that are too long."),
                Option("A smaller learning rate", True, "The steps overshoot: the rate is above its limit."),
                Option("More epochs", why="A run that diverges does not come back by waiting."),
            ],
        ),
        Question(
            "You draw four times as many rows per batch. What happens to the noise of the gradient?",
            [
                Option("It falls to a quarter", why="That is its square, the variance."),
                Option("It stays the same", why="An average over more rows scatters less."),
                Option("It falls to a half", True, "Noise falls with the root of the batch size."),
            ],
        ),
        Question(
            "A colleague moves from batches of 32 to 512 and keeps epochs and learning rate. The loss gets worse. Why?",
            [
                Option(
                    "There are sixteen times fewer steps of the same length",
                    True,
                    "Scale the rate too, as far as it goes, or train for more epochs.",
                ),
                Option(
                    "Large batches overfit", why="The training loss itself got worse: that is no overfitting."
                ),
                Option(
                    "The gradients are less exact", why="They are more exact. There are only fewer of them."
                ),
            ],
        ),
        Question(
            "Training and validation loss are both high and equal, and stay so. Which change fits best?",
            [
                Option("Fewer hidden units", why="The network already cannot follow the data."),
                Option(
                    "More hidden units", True, "It underfits: give it more to work with, or train it longer."
                ),
                Option("A decaying rate", why="Decay removes the last jitter. It does not add folds."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# The learning rate has an upper limit that curvature sets, and good rates lie not far below it. A larger batch
# has less noise and fewer steps per epoch, so its rate must grow with it, as far as the limit allows. Widen a network until
# the validation loss stops falling, and let the rate decay at the end.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [3.1b Search](03_1b_search.ipynb): several hyperparameters at once, and which settings to try next.
#
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press 2016, chapters
#   [4](https://www.deeplearningbook.org/contents/numerical.html),
#   [5](https://www.deeplearningbook.org/contents/ml.html) and
#   [8](https://www.deeplearningbook.org/contents/optimization.html)
# - L. Smith, [Cyclical learning rates for training neural networks](https://arxiv.org/abs/1506.01186), WACV 2017
# - S. McCandlish et al., [An empirical model of large-batch training](https://arxiv.org/abs/1812.06162), 2018
# - P. Goyal et al., [Accurate, large minibatch SGD](https://arxiv.org/abs/1706.02677), 2017
# - S. Malladi et al., [On the SDEs and scaling rules for adaptive gradient algorithms](https://arxiv.org/abs/2205.10287),
#   NeurIPS 2022
# - C. Shallue et al., [Measuring the effects of data parallelism on neural network training](https://arxiv.org/abs/1811.03600),
#   JMLR 20, 2019: how far large batches help, on many problems
# - M. Belkin et al., [Reconciling modern machine-learning practice and the bias-variance trade-off](https://doi.org/10.1073/pnas.1903070116),
#   PNAS 116, 2019
# - I. Loshchilov, F. Hutter, [SGDR: stochastic gradient descent with warm restarts](https://arxiv.org/abs/1608.03983),
#   ICLR 2017
