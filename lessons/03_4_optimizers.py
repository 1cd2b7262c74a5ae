# %% [markdown] tags=["title"]
# # 3.4 Optimisers: the way downhill
#
# **You will be able to** predict when a learning rate is too large, explain what momentum and Adam add to plain
# gradient descent, and compare optimisers fairly.
#
# | | |
# |---|---|
# | **Time** | 60 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a loss and a learning rate are |
# | **Part of the article** | 3.4 Optimisation algorithms |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Gradient descent, and how far a step may go
#
# *Gradient descent* changes each weight against its slope:
#
# $$w \leftarrow w - \eta\, \nabla L(w)$$
#
# $w$ are the weights, $L$ the loss, $\nabla L$ its *gradient* (loss per unit of weight), $\eta$ the *learning rate*.
# A real network has thousands of weights. Two are enough to see what goes wrong, so we begin with a *ravine*:
#
# $$L(x, y) = \tfrac{1}{2}\left(x^2 + \kappa\, y^2\right)$$
#
# Along $y$ the floor bends $\kappa$ times as strongly as along $x$. How strongly a surface bends in a direction is its
# *curvature* there, and $\kappa$, the largest over the smallest, the *condition number*.
#
# In a direction of curvature $\lambda$, every step multiplies the distance to the minimum by $1 - \eta\lambda$. It
# shrinks only if $|1 - \eta\lambda| < 1$, so for the largest curvature
#
# $$\eta < \frac{2}{\lambda_\text{max}}$$
#
# ([Goh, 2017](https://distill.pub/2017/momentum/)).

# %%
import keras
import numpy as np

from tuningkit.teaching import Option, Question

descend = tk.optimizers.descend
ravine = tk.optimizers.get_surface("ravine")
print(f"Curvatures of the ravine: {ravine.curvatures(20)}, limit 2/20 = {2 / 20}")

# %% [markdown] tags=["predict"]
# ## Predict: just above the limit
#
# The ravine has condition number 20, so the limit is 0.1. Gradient descent takes 300 steps at rate 0.095, and 300 at
# rate 0.105.

# %% tags=["predict"]
limit = tk.Prediction(
    "3.4-limit",
    "How do the two ends compare?",
    [
        "nearly the same: the rates differ by a tenth",
        "0.095 ends at the minimum, 0.105 a little beside it",
        "0.095 ends at the minimum, 0.105 is thrown out of the picture",
    ],
)
limit

# %% [markdown] tags=["lab"]
# ## Lab: the limit
#
# The paths are made by Keras's own optimiser. The ring is the start: drag it, or use the arrow keys.
#
# 1. Raise the learning rate stop by stop, from 0.05 to 0.12. Watch the zigzag, and read the line about the limit.
# 2. Set the rate to 0.05 and raise the condition number to 50. The rate has not changed; the limit has.
# 3. Put the start on the floor of the valley ($y = 0$) and try again. Does the limit still matter there?

# %% tags=["lab"]
limit_lab = tk.OptimizerLab("ravine", ["sgd"], learning_rate=0.05)
limit_lab

# %% [markdown] tags=["explain"]
# ## What the limit means
#
# The next cell walks both paths. `descend` is the lab without a screen.

# %%
below = descend("ravine", "sgd", learning_rate=0.095, steps=300)
above = descend("ravine", "sgd", learning_rate=0.105, steps=300)
for paths in (below, above):
    path = paths["sgd"]
    print(f"rate {path.learning_rate}: {path.in_words()} Loss at the end {path.loss[-1]:.1e}.")
limit_lab.figure()

# %%
limit.reveal(
    "0.095 ends at the minimum, 0.105 is thrown out of the picture",
    "Along y, each step multiplies the distance by 1 - 20 * rate: by -0.9 at rate 0.095, by -1.1 at rate 0.105. Over "
    "300 steps 0.9 shrinks to nothing, and 1.1 grows beyond all measure.",
)

# %% [markdown]
# The steep direction decides how large the rate may be; the flat one decides how long you wait. At rate 0.095 the
# distance along $x$ is multiplied by 0.905 per step. The larger the condition number, the wider the two are apart: that
# is why ill-conditioned problems are slow.
#
# In the lab, condition number 50 brought the limit down to 2/50 = 0.04, below the rate of 0.05: the path leaves. From a
# start exactly on the floor there is no slope across, and even rate 0.12 arrives. A hair beside it is enough to lose that.

# %% tags=["test"]
assert below["sgd"].loss[-1] < 1e-20 and below["sgd"].diverged_at is None
assert above["sgd"].diverged_at is not None and above["sgd"].loss[-1] > 1e20
ratios = below["sgd"].points[1:20, 1] / below["sgd"].points[:19, 1]
assert np.allclose(ratios, -0.9, atol=1e-3)
assert np.allclose(above["sgd"].points[1:20, 1] / above["sgd"].points[:19, 1], -1.1, atol=1e-3)
assert np.allclose(below["sgd"].points[1:20, 0] / below["sgd"].points[:19, 0], 0.905, atol=1e-3)
assert descend("ravine", "sgd", learning_rate=0.05, condition=50, steps=300)["sgd"].diverged_at is not None
floor = descend("ravine", "sgd", learning_rate=0.12, start=(-1.5, 0.0), steps=300)["sgd"]
assert floor.diverged_at is None and floor.loss[-1] < 1e-20

# %% [markdown] tags=["idea"]
# ## Momentum: a step remembers the ones before
#
# *Momentum* keeps a velocity $v$:
#
# $$v \leftarrow \beta v - \eta \nabla L(w), \qquad w \leftarrow w + v$$
#
# $\beta$, from 0 to below 1, is the share of the velocity that is kept. Across the ravine the gradient changes its sign
# at every step and the pushes cancel; along it they add up, to as much as $1/(1-\beta)$ times the step
# ([Polyak, 1964](https://doi.org/10.1016/0041-5553(64)90137-5)). The limit grows to $2(1+\beta)/\lambda_\text{max}$.
#
# *Nesterov's* momentum takes the gradient where the velocity is about to lead
# ([Nesterov, 1983](https://www.mathnet.ru/eng/dan46009);
# [Sutskever et al., 2013](https://proceedings.mlr.press/v28/sutskever13.html)). It swings less, and its limit is lower:
# $2(1+\beta)/((1+2\beta)\lambda_\text{max})$.
#
# On a ravine with a large $\kappa$, the best gradient descent needs a number of steps roughly proportional to $\kappa$, the
# best momentum one roughly proportional to $\sqrt\kappa$.

# %% [markdown] tags=["predict"]
# ## Predict: what momentum saves
#
# Condition number 100. Gradient descent at its best rate needs 445 steps until the loss is below one millionth. Now
# momentum, at its best rate and its best $\beta$.

# %% tags=["predict"]
savings = tk.Prediction("3.4-momentum", "How many steps does momentum need?", between=(1, 1000), unit="steps")
savings

# %% [markdown] tags=["lab"]
# ## Lab: momentum
#
# Orange is momentum, blue is plain gradient descent.
#
# 1. Set momentum to 0, then raise it stop by stop. From where on does the path swing past the minimum?
# 2. Keep momentum at 0.9 and raise the learning rate until gradient descent leaves. Momentum is still there: why?
# 3. Choose the saddle. Put the start exactly on the ridge ($y = 0$), then a hair beside it.

# %% tags=["lab"]
momentum_lab = tk.OptimizerLab("ravine", ["sgd", "momentum", "nesterov"], condition=100, learning_rate=0.01)
momentum_lab

# %% [markdown] tags=["explain"]
# ## What momentum saved
#
# For a quadratic the best values are known: $\eta = 2/(1+\kappa)$ for gradient descent, and for momentum
# $\eta = (2/(1+\sqrt\kappa))^2$ with $\beta = ((\sqrt\kappa-1)/(\sqrt\kappa+1))^2$ ([Goh, 2017](https://distill.pub/2017/momentum/)).

# %%
needed = {}
for kappa in (10, 100):
    root = np.sqrt(kappa)
    plain_path = descend("ravine", "sgd", learning_rate=2 / (1 + kappa), condition=kappa, steps=1000)["sgd"]
    best_momentum = float(((root - 1) / (root + 1)) ** 2)
    rate = float((2 / (1 + root)) ** 2)
    heavy = descend(
        "ravine", "momentum", learning_rate=rate, momentum=best_momentum, condition=kappa, steps=1000
    )["momentum"]
    needed[kappa] = (plain_path.steps_to(1e-6), heavy.steps_to(1e-6))
    print(
        f"condition number {kappa}: gradient descent {needed[kappa][0]} steps, "
        f"momentum {needed[kappa][1]} steps (beta {best_momentum:.2f})"
    )
momentum_lab.figure()

# %%
savings.reveal(
    needed[100][1],
    "Ten times the condition number costs gradient descent about ten times as many steps, and momentum only about four "
    "times as many. The usual 0.9 is a good guess for much worse ravines than this one.",
)

# %% [markdown]
# Two answers from the lab. At rate 0.01 the path swings past the minimum along $x$ with momentum 0.9, not with 0.8. And at
# rate 0.03 gradient descent is above its limit of 2/100 = 0.02, while momentum 0.9 has the limit 3.8/100 = 0.038.

# %% tags=["test"]
for momentum, swings in ((0.8, False), (0.9, True)):
    track = descend("ravine", "momentum", learning_rate=0.01, momentum=momentum, condition=100, steps=300)
    assert (track["momentum"].points[:, 0].max() > 0.1) == swings
pair = descend("ravine", ["sgd", "momentum"], learning_rate=0.03, momentum=0.9, condition=100, steps=300)
assert pair["sgd"].diverged_at is not None and pair["momentum"].loss[-1] < 1e-6

# %% [markdown]
# On the saddle, gradient descent that begins exactly on the ridge walks to the saddle point and stays: there the
# gradient is zero. A thousandth beside the ridge is enough to get away, and momentum gets away sooner
# ([Dauphin et al., 2014](https://arxiv.org/abs/1406.2572)).

# %%
ridge = descend("saddle", "sgd", start=(-1.5, 0.0))["sgd"]
beside = descend("saddle", ["sgd", "momentum"], start=(-1.5, 0.001))
print(ridge.in_words())
for path in beside:
    print(path.in_words(), f"Loss below -0.2 after {path.steps_to(-0.2)} steps.")

# %% tags=["test"]
assert needed[100][0] == 445
assert 8 < needed[100][0] / needed[10][0] < 13
assert 3 < needed[100][1] / needed[10][1] < 5
assert abs(ridge.loss[-1]) < 1e-6 and abs(ridge.points[-1][1]) < 1e-9
assert beside["sgd"].loss[-1] < -0.24
assert beside["momentum"].steps_to(-0.2) < beside["sgd"].steps_to(-0.2) / 2

# %% [markdown] tags=["idea"]
# ## A rate for each weight
#
# Another answer to the ravine is to divide each weight's step by the size of its own gradients. With $g$ for the
# gradient of one weight:
#
# $$s \leftarrow s + g^2, \qquad w \leftarrow w - \frac{\eta}{\sqrt{s} + \epsilon}\, g$$
#
# is *Adagrad* ([Duchi et al., 2011](https://jmlr.org/papers/v12/duchi11a.html)); $\epsilon$ is a tiny number that keeps
# the division sound. As $s$ only grows, the rate of a weight only falls. *RMSprop* forgets:
#
# $$s \leftarrow \rho s + (1-\rho)\, g^2$$
#
# with $\rho$ about 0.9 ([Tieleman & Hinton, 2012](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf)).
# *Adadelta* also replaces $\eta$ by the size of its own recent steps ([Zeiler, 2012](https://arxiv.org/abs/1212.5701));
# in Keras a learning rate still multiplies it.

# %% [markdown] tags=["idea"]
# ## Adam and its relatives
#
# *Adam* averages both, the gradient and its square ([Kingma & Ba, 2015](https://arxiv.org/abs/1412.6980)):
#
# $$m \leftarrow \beta_1 m + (1-\beta_1) g, \qquad s \leftarrow \beta_2 s + (1-\beta_2) g^2$$
#
# $$w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat s} + \epsilon}, \qquad \hat m = \frac{m}{1-\beta_1^t}, \quad \hat s = \frac{s}{1-\beta_2^t}$$
#
# The hats correct for the start at zero; $t$ counts steps. The first step of each weight is as long as $\eta$, however
# large or small the gradient, unless it is zero or as tiny as $\epsilon$.
#
# *Nadam* adds Nesterov's look ahead ([Dozat, 2016](https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ)). *AdamW* lets
# weights decay beside Adam's step instead of through the gradient
# ([Loshchilov & Hutter, 2019](https://arxiv.org/abs/1711.05101)). *Lion* keeps only the sign of an average: every step
# is exactly $\eta$ long in each weight ([Chen et al., 2023](https://arxiv.org/abs/2302.06675)).

# %% [markdown] tags=["predict"]
# ## Predict: turn the ravine
#
# The ravine with condition number 50 is turned by 30 degrees, and the start with it. Nothing else changes: the same
# valley, the same rate, seen at an angle.

# %% tags=["predict"]
turned = tk.Prediction(
    "3.4-turned",
    "Whose loss curve changes?",
    [
        "nobody's: it is the same valley",
        "everybody's",
        "only those that give each weight a rate of its own, such as RMSprop and Adam",
    ],
)
turned

# %% [markdown] tags=["lab"]
# ## Lab: a rate for each weight
#
# 1. Note how straight RMSprop and Adam go to the minimum here. Then choose the ravine tilted by 30 degrees.
# 2. Tick "each at its own best learning rate" on both ravines. Does the order stay?
# 3. Try Rosenbrock and Beale: who still moves where the gradient is small, and who leaves where it is large?

# %% tags=["lab"]
rates_lab = tk.OptimizerLab(
    "ravine", ["momentum", "adagrad", "rmsprop", "adam"], condition=50, learning_rate=0.03
)
rates_lab

# %% [markdown] tags=["explain"]
# ## Straight and turned
#
# The same four optimisers on the straight and on the turned valley, from the same place in the valley.

# %%
names = ["sgd", "momentum", "rmsprop", "adam"]
cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)
turned_start = (-2 * cos - 1 * sin, -2 * sin + 1 * cos)
shared = {"learning_rate": 0.03, "steps": 100, "condition": 50}
straight = descend("ravine", names, start=(-2, 1), **shared)
tilted = descend("tilted ravine", names, start=turned_start, **shared)
print("loss after 100 steps   straight     turned by 30°")
for name in names:
    print(f"{name:20} {straight[name].loss[-1]:10.1e} {tilted[name].loss[-1]:16.1e}")
rates_lab.figure()

# %%
turned.reveal(
    "only those that give each weight a rate of its own, such as RMSprop and Adam",
    "Gradient descent and momentum do not care how the axes lie. A rate for each weight helps where steep and flat "
    "lie along the weights, and helps less where they lie across them.",
)

# %% [markdown]
# So the advantage of Adam on a picture such as the straight ravine is partly an accident of its axes. In a network
# scales differ from weight to weight and from layer to layer, and a rate for each weight may be what is needed.
# Whether it is can only be measured.

# %% [markdown]
# The other two moves of the lab: each at its own best rate on both valleys, then all at 0.03 on Rosenbrock and Beale.

# %%
four = ["momentum", "adagrad", "rmsprop", "adam"]
at_best = {}
for surface in ("ravine", "tilted ravine"):
    own = tk.optimizers.best_rates(surface, four, condition=50)
    at_best[surface] = {
        name: descend(surface, name, learning_rate=rate, condition=50)[name].loss[-1]
        for name, rate in own.items()
    }
    print(f"{surface:14}" + ", ".join(f"{name} {loss:.0e}" for name, loss in at_best[surface].items()))

curved = {surface: descend(surface, four, learning_rate=0.03) for surface in ("rosenbrock", "beale")}
for surface, paths in curved.items():
    for path in paths:
        print(f"{surface:11}{path.in_words()}")

# %% [markdown]
# The order does not stay. Adagrad is in front on the straight ravine, and behind momentum and Adam on the turned one. On
# Rosenbrock and Beale the walls are steep: momentum leaves both pictures at this rate, as its step grows with the
# gradient. The three others stay. Adagrad, whose rates only fall, is left farthest behind.

# %% tags=["test"]
assert at_best["ravine"]["adagrad"] < at_best["ravine"]["momentum"]
assert at_best["tilted ravine"]["adagrad"] > at_best["tilted ravine"]["momentum"]
assert at_best["tilted ravine"]["adagrad"] > at_best["tilted ravine"]["adam"]
for paths in curved.values():
    assert paths["momentum"].diverged_at is not None
    assert all(paths[name].diverged_at is None for name in four[1:])
    assert paths["adagrad"].loss[-1] > max(paths["rmsprop"].loss[-1], paths["adam"].loss[-1])

# %% tags=["test"]
for name in ("sgd", "momentum"):
    assert np.allclose(straight[name].loss, tilted[name].loss, rtol=1e-3, atol=1e-4)
for name in ("rmsprop", "adam"):
    assert tilted[name].loss[-1] > 50 * straight[name].loss[-1]

# %% [markdown] tags=["idea"]
# ## Noise sets a floor
#
# A batch shows the gradient with noise, because it holds some rows and not the others. Take the bowl
# $L = \frac12(x^2+y^2)$ and noise of standard deviation $\sigma$ in each of the two components. Gradient descent with a
# constant rate does not come to rest. It ends in a cloud whose mean loss is
#
# $$\mathbb{E}[L] = \frac{\eta\, \sigma^2}{2 - \eta}$$
#
# (for $0 < \eta < 2$; add up the noise of all past steps, each shrunk by $1-\eta$ per step since;
# [Bottou, Curtis & Nocedal, 2018, section 4](https://arxiv.org/abs/1606.04838) treat the general case). A small rate
# has a low floor and a long way to it. A rate that falls while training gets both: fast at first, low at the end.
# The next cell measures the floor with $\sigma = 1$.

# %%
for rate in (0.4, 0.1, 0.02):
    floors = [
        descend("noisy bowl", "sgd", learning_rate=rate, steps=1000, seed=seed)["sgd"].loss[500:].mean()
        for seed in range(8)
    ]
    print(
        f"rate {rate}: mean loss of the last 500 steps {np.mean(floors):.3f}, formula {rate / (2 - rate):.3f}"
    )

# %% tags=["test"]
for rate in (0.4, 0.1):
    floors = [
        descend("noisy bowl", "sgd", learning_rate=rate, steps=1000, seed=seed)["sgd"].loss[500:].mean()
        for seed in range(8)
    ]
    assert abs(np.mean(floors) / (rate / (2 - rate)) - 1) < 0.15

# %% [markdown] tags=["predict"]
# ## Predict: a real network
#
# Two weights teach much and prove little. Now a network with 6,570 weights on the digits. Each optimiser gets eleven
# learning rates from 1e-4 to 10, and goes on with its best one over five other seeds.

# %% tags=["predict"]
winner = tk.Prediction(
    "3.4-digits",
    "How many times as many steps as Adam does plain gradient descent need to a validation loss of 0.2?",
    ["about as many", "between 1.3 and 5 times as many", "more than 5 times as many"],
)
winner

# %% [markdown] tags=["lab"]
# ## Lab: optimisers on the digits
#
# 1. Train with SGD at rate 0.01, then with Adam at 0.01. Whose curve falls first?
# 2. Give SGD a rate of 0.3. How much of the difference was the optimiser, how much the rate?
# 3. Give Adam 0.3 as well. A rate belongs to its optimiser.

# %% tags=["lab"]
digits = tk.datasets.load_digits()
keras.utils.set_random_seed(0)
network = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(32, "relu"),
        keras.layers.Dense(10),
    ]
)
digits_lab = tk.TuningLab(
    network,
    digits,
    optimizer="sgd",
    learning_rate=0.01,
    batch_size=128,
    epochs=30,
    controls=["optimizer", "learning_rate", "buttons", "table"],
)
digits_lab

# %% [markdown] tags=["explain"]
# ## The table
#
# For each optimiser, one graph trains all rates at once with one seed and picks the rate with the lowest validation
# loss; a second one trains five other seeds at that rate. The validation loss is looked at after every epoch, so steps
# come in multiples of 11. This takes about half a minute.

# %%
comparison = tk.optimizers.compare_optimizers(
    network,
    digits,
    ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "nadam", "lion"],
    target=0.2,
)
comparison

# %%
sgd, adam = comparison["sgd"], comparison["adam"]
print(
    f"SGD needs {sgd.median_steps / adam.median_steps:.1f} times the steps of Adam (medians of five seeds)."
)
digits_lab.train(5).wait()
digits_lab.figure()

# %%
winner.reveal(
    "between 1.3 and 5 times as many",
    "With a tuned rate, plain gradient descent is slower but not hopeless. A comparison that gives both the same "
    "rate can find far more, or the opposite.",
)

# %% [markdown]
# Read the spread before the order. Where the ranges of two optimisers overlap, five seeds do not tell them apart. The
# last column counts how many of the eleven rates reach the target at all. And the order is one of this network, these
# data and this way of tuning: another set of values to search can turn it round
# ([Choi et al., 2019](https://arxiv.org/abs/1910.05446)). No best rate lies at the end of its range; there a better one
# might lie beyond.

# %% tags=["test"]
assert network.count_params() == 6570
assert 1.3 < sgd.median_steps / adam.median_steps < 5
assert comparison.steps_per_epoch == 11 and len(comparison.rates) == 11
assert adam.learning_rate < sgd.learning_rate
assert not any(row.at_edge for row in comparison.rows)
assert len({row.learning_rate for row in comparison.rows}) > 2

# %% [markdown] tags=["code"]
# ## Optimisers in plain Keras
#
# In your own project: name the optimiser, give it a rate of its own, and let the rate fall.

# %%
keras.utils.set_random_seed(0)
plain = keras.models.clone_model(network)
plain.compile(
    optimizer=keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(0.1, decay_steps=20 * 11), momentum=0.9, nesterov=True
    ),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
record = plain.fit(
    digits.x_train,
    digits.y_train,
    validation_data=(digits.x_validation, digits.y_validation),
    batch_size=128,
    epochs=20,
    verbose=0,
)
print(
    f"validation loss {record.history['val_loss'][-1]:.3f}, accuracy {record.history['val_accuracy'][-1]:.1%}"
)

# %% tags=["test"]
assert record.history["val_loss"][-1] < 0.2

# %% [markdown] tags=["exercise"]
# ## Exercise A: the largest rate
#
# The *Hessian* is the matrix of second derivatives. Its eigenvalues are the curvatures. Write a function that takes the
# Hessian of a quadratic loss, an array of shape (2, 2), and returns the learning rate above which gradient descent
# diverges. The valley need not lie along an axis.

# %% tags=["exercise"]
# Write a function of one Hessian; return one number. Call it `largest_rate`.
largest_rate = None

# %%
tk.check("3.4-a", largest_rate)

# %% [markdown] tags=["hint"]
# `np.linalg.eigvalsh(hessian)` gives the eigenvalues of a symmetric matrix, in rising order.


# %% tags=["solution"]
def largest_rate(hessian):
    return 2 / np.linalg.eigvalsh(hessian)[-1]


# %% tags=["test"]
def adam_without_correction(gradient, m, v, step, rate):
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    return -rate * m / (v**0.5 + 1e-7), m, v


WRONG = {
    "3.4-a": [
        (0.1, "function of a Hessian"),
        (lambda hessian: 1 / np.linalg.eigvalsh(hessian)[-1], "half of the limit"),
        (lambda hessian: 2 / np.linalg.eigvalsh(hessian)[0], "flattest"),
        (lambda hessian: 2 / hessian.diagonal().max(), "turned"),
        (lambda hessian: 2 / np.abs(hessian).sum(axis=1).max(), "but you return"),
        (lambda hessian: 3.0, "but you return"),
    ],
    "3.4-b": [
        ("adam", "is a function"),
        (lambda gradient, m, v, step, rate: -rate, "three numbers"),
        (lambda gradient, m, v, step, rate: (-rate, gradient, v), "should be"),
        (adam_without_correction, "correction is missing"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: one step of Adam
#
# Write `adam_step(gradient, m, v, step, rate)` for one weight. `step` counts from 1, `m` and `v` (the $s$ above) are the
# averages before the step. Use $\beta_1$ = 0.9, $\beta_2$ = 0.999, $\epsilon$ = 1e-7. Return the change of the weight, the new `m` and
# the new `v`, not corrected.

# %% tags=["exercise"]
# Write the function and call it `adam_step`.
adam_step = None

# %%
tk.check("3.4-b", adam_step)

# %% [markdown] tags=["hint"]
# First the two averages, then their corrections (divide by 1 minus beta to the power of the step), then the change.


# %% tags=["solution"]
def adam_step(gradient, m, v, step, rate):
    m = 0.9 * m + (1 - 0.9) * gradient
    v = 0.999 * v + (1 - 0.999) * gradient**2
    corrected_m, corrected_v = m / (1 - 0.9**step), v / (1 - 0.999**step)
    return -rate * corrected_m / (np.sqrt(corrected_v) + 1e-7), m, v


# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Bring the validation loss on the digits below 0.15 within 8 epochs, with momentum as the optimiser. Only the
# learning rate and the momentum may move. Any run of the lab below counts.

# %%
challenge_lab = tk.TuningLab(
    network,
    digits,
    optimizer="momentum",
    learning_rate=0.001,
    epochs=8,
    controls=["learning_rate", "momentum", "buttons", "table"],
)
challenge_lab

# %%
challenge = tk.Challenge(
    "3.4-challenge",
    metric="val_loss",
    below=0.15,
    within_epochs=8,
    moving_only=["learning_rate", "momentum"],
    baseline={"dropout": 0.0, "l1": 0.0, "l2": 0.0, "optimizer": "momentum"},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
reached = tk.train(
    network, digits, optimizer="momentum", learning_rate=0.03, momentum=0.9, epochs=8, seed=0, progress=False
)
assert challenge.check(reached).passed
slow = tk.train(network, digits, optimizer="momentum", learning_rate=0.001, epochs=8, seed=0, progress=False)
assert not challenge.check(slow).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "3.4-quiz",
    [
        Question(
            "Gradient descent jumps from side to side in a ravine and gets farther away at each jump. What helps?",
            [
                Option("A larger learning rate", why="Each jump would lead even farther beyond the floor."),
                Option(
                    "A learning rate below two divided by the largest curvature",
                    True,
                    "Then each jump across is shorter than the one before.",
                ),
                Option("More steps", why="Above the limit every step makes it worse."),
            ],
        ),
        Question(
            "Why does momentum get along a ravine faster?",
            [
                Option(
                    "Pushes along the valley add up, pushes across it cancel",
                    True,
                    "So the flat direction gets longer steps, and the steep one does not.",
                ),
                Option(
                    "It gives each weight a rate of its own",
                    why="That is what Adagrad, RMSprop and Adam do; momentum has one rate for all.",
                ),
                Option(
                    "It measures the curvature",
                    why="It only sees gradients, as gradient descent does.",
                ),
            ],
        ),
        Question(
            "A paper finds that its new optimiser beats SGD. Both were run at learning rate 0.001. What do you say?",
            [
                Option(
                    "A fair comparison: the same rate for both",
                    why="The rates that suit two optimisers can be far apart; in the table above they were.",
                ),
                Option("SGD should have had 0.01", why="Perhaps; but who says that 0.01 is its best rate?"),
                Option(
                    "Each needs its own best rate, and several seeds",
                    True,
                    "Otherwise the table shows who was lucky with the rate.",
                ),
            ],
        ),
        Question(
            "With a constant rate and noisy gradients the loss stops falling, far above the minimum. What now?",
            [
                Option("Let the learning rate fall", True, "The floor of the noise falls with the rate."),
                Option(
                    "Train longer at this rate", why="The cloud around the minimum does not shrink with time."
                ),
                Option("Use a larger rate", why="The floor would rise."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# A learning rate above two divided by the largest curvature diverges, and the smallest curvature decides how long the
# rest takes. Momentum adds up what points the same way, and the relatives of Adam give every weight a rate of its own.
# Compare optimisers only with each at its own best rate, over several seeds.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [4.1 Grid search](04_1_grid_search.ipynb).
#
# - G. Goh, [Why momentum really works](https://distill.pub/2017/momentum/), Distill 2017
# - B. T. Polyak, [Some methods of speeding up the convergence of iteration methods](https://doi.org/10.1016/0041-5553(64)90137-5),
#   USSR Computational Mathematics and Mathematical Physics 4, 1964
# - Y. Nesterov, [A method for solving the convex programming problem with convergence rate O(1/k²)](https://www.mathnet.ru/eng/dan46009),
#   Doklady Akademii Nauk SSSR 269, 1983
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton,
#   [On the importance of initialization and momentum in deep learning](https://proceedings.mlr.press/v28/sutskever13.html), ICML 2013
# - J. Duchi, E. Hazan, Y. Singer, [Adaptive subgradient methods for online learning and stochastic optimization](https://jmlr.org/papers/v12/duchi11a.html),
#   JMLR 12, 2011
# - M. Zeiler, [ADADELTA: an adaptive learning rate method](https://arxiv.org/abs/1212.5701), 2012
# - T. Tieleman, G. Hinton, [Lecture 6.5: RMSprop](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf),
#   Coursera 2012
# - D. Kingma, J. Ba, [Adam: a method for stochastic optimization](https://arxiv.org/abs/1412.6980), ICLR 2015
# - T. Dozat, [Incorporating Nesterov momentum into Adam](https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ), ICLR workshop 2016
# - I. Loshchilov, F. Hutter, [Decoupled weight decay regularization](https://arxiv.org/abs/1711.05101), ICLR 2019
# - X. Chen et al., [Symbolic discovery of optimization algorithms](https://arxiv.org/abs/2302.06675), 2023
# - Y. Dauphin et al., [Identifying and attacking the saddle point problem in high-dimensional non-convex optimization](https://arxiv.org/abs/1406.2572),
#   NeurIPS 2014
# - L. Bottou, F. Curtis, J. Nocedal, [Optimization methods for large-scale machine learning](https://arxiv.org/abs/1606.04838),
#   SIAM Review 60, 2018
# - D. Choi et al., [On empirical comparisons of optimizers for deep learning](https://arxiv.org/abs/1910.05446), 2019
