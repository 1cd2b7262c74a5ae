# %% [markdown] tags=["title"]
# # 7 Outlook: where tuning is going
#
# **You will be able to** stop losing trainings early and count what that saved, let a population of networks find a
# schedule while it trains, and judge what newer methods promise.
#
# | | |
# |---|---|
# | **Time** | 45 minutes |
# | **You need first** | [3.1b Search](03_1b_search.ipynb); what dropout is, as in [3.3](03_3_regularization.ipynb) |
# | **Part of the article** | 7 Summary: future trends and challenges |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## What a search costs
#
# A search with $n$ trials (trainings with different settings) of $E$ epochs trains $n E$ epochs. Better methods lower the
# number of trials. The ideas of this chapter attack the other assumptions:
#
# - that every trial must run to its end (*stop early*),
# - that settings stay fixed during a training (*population-based training*),
# - that the large network itself must be tuned (*transfer*),
# - that a person must set a learning rate at all (*parameter-free optimisers*).
#
# The first two run here in miniature. For the others you get what their papers claim, and what they leave open.
#
# The data are 300 digits of which three labels in ten are wrong: a task on which settings matter.

# %%
import keras
import numpy as np

from tuningkit.search.halving import ladder
from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()
hard = digits.subset(300, seed=0).with_label_noise(0.3, seed=0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu"),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(10),
    ]
)
hard

# %% tags=["test"]
assert np.mean(hard.y_train != digits.subset(300, seed=0).y_train) == 0.3

# %% [markdown] tags=["idea"]
# ## Successive halving
#
# The beginning of a learning curve is a cheap, uncertain measurement of its end. *Successive halving* trains all $n$
# configurations for a few epochs, keeps the best $1/\eta$ of them, lets these go on $\eta$ times as far, and so forth.
# With $\eta = 3$, $n = 27$ and 27 epochs the steps are
#
# $$27 \to 1, \qquad 9 \to 3, \qquad 3 \to 9, \qquad 1 \to 27 \qquad \text{(trials} \to \text{epochs that each has had)}$$
#
# $\eta$ has no unit: of how many trials one stays. Nothing is trained twice: those that stay go on from where they are
# ([Jamieson & Talwalkar, 2016](https://arxiv.org/abs/1502.07943)). Measurements that grow dearer as they grow better are
# called *multi-fidelity*; *Hyperband* runs several such ladders, from bold to careful
# ([Li et al., 2018](https://jmlr.org/papers/v18/16-558.html)).

# %% [markdown] tags=["predict"]
# ## Predict: what is saved
#
# Compare the ladder above with training all 27 configurations for 27 epochs.

# %% tags=["predict"]
saving = tk.Prediction(
    "7-saving", "What share of the epochs does the ladder save?", between=(0, 100), unit="%"
)
saving

# %% [markdown] tags=["lab"]
# ## Lab: you are the method
#
# Nine learning rates train side by side. **Train** goes to the end in a second or two; to stop early, run
# `rate_lab.train(3)` in a cell of your own.
#
# 1. Train three epochs. Scrub through the networks and write down the three that you would keep.
# 2. Press **Train** for the rest. Was the best one among your three?
# 3. Press **Restart** and run `rate_lab.train(1)`. Which networks would you drop without a doubt?

# %% tags=["lab"]
rates = np.geomspace(1e-4, 0.3, 9)
rate_lab = tk.SweepLab(model, hard, "learning_rate", values={"learning_rate": rates}, epochs=27)
rate_lab

# %% [markdown] tags=["explain"]
# ## What stopping early saves, and what it costs
#
# Sixty-four configurations, each a learning rate and an L2 strength, are trained to the end. So it is known what halving
# would have done with any of them, and how far its choice lies from the best.

# %%
if rate_lab.sweep is None or rate_lab.sweep.epochs < 27:
    rate_lab.train().wait()
rate_lab.figure()

# %%
space = {"learning_rate": tk.search.Log(1e-4, 0.3), "l2": tk.search.Log(1e-6, 0.1)}
pool = tk.search(model, hard, space, method="random", trials=64, epochs=27, seed=0)


def padded(curve, epochs=27):
    """A training that diverged never gets better."""
    values = np.full(epochs, np.inf)
    values[: len(curve)] = np.nan_to_num(curve, nan=np.inf)
    return values


def halve(curves, rungs):
    """The winner's place, and the epochs spent; epochs not yet trained are never looked at."""
    lowest_so_far = np.minimum.accumulate(curves, axis=1)
    alive, spent, before = np.arange(len(curves)), 0, 0
    for rung in rungs:
        if before:
            alive = alive[np.argsort(lowest_so_far[alive, before - 1])[: rung.trials]]
        spent += len(alive) * (rung.epochs - before)
        before = rung.epochs
    return alive[np.argmin(lowest_so_far[alive, -1])], spent


curves = np.array([padded(trial.curve) for trial in pool])
rungs = ladder(27, 27, eta=3)
generator = np.random.default_rng(0)
excess, found_best = [], []
for _ in range(300):
    drawn = curves[generator.choice(64, 27, replace=False)]
    winner, spent = halve(drawn, rungs)
    excess.append(drawn[winner].min() / drawn.min() - 1)
    found_best.append(excess[-1] == 0)
saved = 1 - spent / (27 * 27)
print(f"Epochs: {spent} instead of {27 * 27}, {saved:.0%} saved.")
print(f"300 draws of 27 configurations: halving finds the best one in {np.mean(found_best):.0%} of them.")
print(f"In one draw of ten its choice has a loss {np.quantile(excess, 0.9):.1%} above the best, or more.")

# %%
saving.reveal(
    round(100 * saved),
    "The first step costs 27 epochs, and each of the other three costs 18 for all its networks together. The price: in about "
    "one draw in four the winner is only nearly the best. Whether that is a good bargain depends on what you do with the "
    "saving: nine such searches cost as much as one that trains everything to the end.",
)

# %% [markdown]
# `tk.search` does the same with real trainings. Its table says what was saved.

# %%
halving = tk.search(model, hard, space, method="halving", trials=27, epochs=27, seed=0)
halving

# %% tags=["test"]
assert [(rung.trials, rung.epochs) for rung in rungs] == [(27, 1), (9, 3), (3, 9), (1, 27)]
assert spent == 81 and halving.epochs_saved == 27 * 27 - 81
replayed, _ = halve(curves[:27], rungs)
assert halving.best.number == replayed + 1
assert abs(halving.best.objective - curves[replayed].min()) < 1e-3
assert 0.6 < np.mean(found_best) < 0.85 and np.quantile(excess, 0.9) < 0.1
assert 9 * spent == 27 * 27

# %% [markdown] tags=["idea"]
# ## Slow starters
#
# Stopping early assumes that who leads early leads late. Some settings break it by their nature: they pay at first and
# win at the end. A small learning rate does, and so do strong dropout, strong regularisation, a large network, and a
# schedule that keeps its low rates for the end.
#
# In [3.3](03_3_regularization.ipynb) you saw why for dropout: the network without it learns the right labels quickly,
# and the wrong ones later. The harm shows late, and so does the cure.

# %% [markdown] tags=["predict"]
# ## Predict: is the best one kept?
#
# Nine dropout rates, from 0 to 0.8, train for up to 54 epochs. After 6 epochs halving keeps three of the nine.

# %% tags=["predict"]
kept = tk.Prediction(
    "7-kept",
    "Is the rate that is best at the end among the three?",
    ["yes, it leads already", "yes, but it does not lead yet", "no"],
)
kept

# %% [markdown] tags=["lab"]
# ## Lab: who wins, and when does it show?
#
# Begin with `slow_lab.train(6)` in a cell of your own.
#
# 1. Which three dropout rates lead after 6 epochs?
# 2. Press **Train** for the rest, and **Go to best**. Where was this network after 6 epochs?
# 3. Scrub to dropout 0 and look at its dashed curve: when did it stop getting better?

# %% tags=["lab"]
dropouts = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
slow_lab = tk.SweepLab(model, hard, "dropout", values={"dropout": dropouts}, learning_rate=0.01, epochs=54)
slow_lab

# %% [markdown] tags=["explain"]
# ## What halving would have thrown away

# %%
if slow_lab.sweep is None or slow_lab.sweep.epochs < 54:
    slow_lab.train().wait()
slow = np.minimum.accumulate(slow_lab.sweep.history["val_loss"], axis=1)
print("dropout   lowest validation loss after  6   18   54 epochs")
for rate, row in zip(dropouts, slow):
    print(f"{rate:7}   {row[5]:30.3f} {row[17]:6.3f} {row[53]:6.3f}")
survivor, slow_spent = halve(slow, ladder(9, 54, eta=3))
champion = int(np.argmin(slow[:, -1]))
rank_then = int((slow[:, 5] < slow[champion, 5]).sum()) + 1
print(
    f"Best at the end: dropout {dropouts[champion]}, number {rank_then} of 9 after 6 epochs. Halving ends with dropout "
    f"{dropouts[survivor]}, {slow[survivor, -1] / slow[champion, -1] - 1:.0%} above the best."
)
slow_lab.go_to_best().wait()
slow_lab.figure()

# %%
kept.reveal(
    "no",
    "Strong dropout makes every step less sure, so it is behind for most of the run. It wins after the others have begun to "
    "learn the wrong labels. Two other seeds say the same.",
)

# %% [markdown]
# What helps against it:
#
# - **Compare like with like.** Settings that mainly change the speed of learning deserve searches of their own.
# - **Cut later** (`min_epochs`), or use Hyperband, whose last ladder drops nothing early. Both give back savings.
# - **Extrapolate.** *Learning-curve extrapolation* fits a family of curves to the beginning of a training and asks how
#   probable it is that the end beats the best so far
#   ([Domhan et al., 2015](https://www.ijcai.org/Proceedings/15/Papers/487.pdf)). *Freeze-thaw* optimisation pauses and
#   resumes trainings by such forecasts ([Swersky et al., 2014](https://arxiv.org/abs/1406.3896)), and
#   [BOHB](https://arxiv.org/abs/1807.01774) joins Hyperband with a model of good settings. A forecast can only expect
#   what earlier curves did: here it would have to know that the leaders will stop getting better.

# %% tags=["test"]
assert dropouts[champion] >= 0.5 and rank_then > 3
assert dropouts[survivor] <= 0.3 and slow[survivor, -1] > 1.03 * slow[champion, -1]
others = tk.sweep(
    model, hard, {"dropout": dropouts, "seed": [1, 2]}, learning_rate=0.01, epochs=54, progress=False
)
for curves_of_seed in (
    np.minimum.accumulate(others.history["val_loss"], axis=1).reshape(9, 2, 54).swapaxes(0, 1)
):
    at_end = int(np.argmin(curves_of_seed[:, -1]))
    assert (curves_of_seed[:, 5] < curves_of_seed[at_end, 5]).sum() >= 3

# %% [markdown] tags=["idea"]
# ## Population-based training
#
# A population of $K$ networks trains side by side, each with its own settings. Every few epochs they are compared:
#
# - *Exploit*: each of the worst fifth copies one of the best fifth: weights, optimiser state and settings.
# - *Explore*: the copy multiplies each setting by 0.8 or 1.2, at random.
#
# $$\lambda_{\text{copy}} = \lambda_{\text{source}} \cdot f, \qquad f \in \{0.8,\ 1.2\}$$
#
# $\lambda$ is a setting such as the learning rate, $f$ a factor without unit. The training is not begun again, so the
# whole costs $K E$ epochs, as many as a random search with $K$ trials
# ([Jaderberg et al., 2017](https://arxiv.org/abs/1711.09846)).
#
# In tuningkit all members live in one compiled graph, and settings are variables of it. A copy is one row of a matrix
# written over another.

# %% [markdown] tags=["idea"]
# ## The result is a schedule
#
# A random search returns one configuration. A population returns the way of its best network through all copies back to
# the start: its *lineage*. Along it the learning rate may fall, rise, or stay: a schedule that nobody wrote down.
#
# That suits settings whose best value changes during training. It cannot suit settings that fix the shape of the network,
# because weights of different shapes cannot be copied.

# %% [markdown] tags=["predict"]
# ## Predict: population against random search
#
# Twelve networks, 24 epochs, plain gradient descent on 600 clean digits; the learning rate lies between 0.001 and 3. The
# random search trains the same twelve from the same weights, but lets them run. Each is repeated with five seeds.

# %% tags=["predict"]
contest = tk.Prediction(
    "7-population",
    "How does the lowest validation loss of the population compare, on average?",
    ["higher than that of random search", "a few percent lower", "half as high or less"],
)
contest

# %% [markdown] tags=["lab"]
# ## Lab: be the population
#
# Moves in this lab change the run that is under way. You have one network and 24 epochs.
#
# 1. Press **Step one epoch** ten times with a learning rate of 0.6, lower the rate, and press **Train**.
# 2. Restart, begin at 2, step, and lower it when the dashed curve becomes rough.
# 3. Restart with the rate that you like best, and leave it alone. Was moving it worth while?

# %% tags=["lab"]
some = digits.subset(600, seed=0)
small = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
move_lab = tk.TuningLab(
    small,
    some,
    epochs=24,
    optimizer="sgd",
    learning_rate=0.6,
    mode="mid-run",
    controls=["learning_rate", "mode", "buttons", "table"],
)
move_lab

# %% [markdown] tags=["explain"]
# ## What the population found

# %%
if not any(run.epochs >= 24 for run in move_lab.runs):
    move_lab.train(24).wait()
move_lab.figure()

# %%
one_rate = {"learning_rate": tk.search.Log(1e-3, 3)}
by_random, by_population = [], []
for seed in range(5):
    trials = tk.search(
        small, some, one_rate, trials=12, epochs=24, seed=seed, optimizer="sgd", progress=False
    )
    found = tk.search.population_based_training(
        small, some, one_rate, members=12, epochs=24, seed=seed, optimizer="sgd", progress=False
    )
    by_random.append(trials.best.objective)
    by_population.append(found.best.best("val_loss")[1])
    print(f"seed {seed}: random search {by_random[-1]:.4f}, population {by_population[-1]:.4f}")
gain = 1 - np.mean(by_population) / np.mean(by_random)
print(f"On average the population's loss is {gain:.1%} lower, with the same {12 * 24} epochs.")
found

# %%
found.plot("learning_rate")

# %%
contest.reveal(
    "a few percent lower",
    "Twelve random rates hold one that is nearly right, and on this small task a constant rate does nearly as well as a "
    "schedule. The paper reports gains on reinforcement learning, machine translation and generative networks, whose "
    "trainings are far longer than this one.",
)

# %% [markdown]
# Two cautions before you use it.
#
# - **It is as short-sighted as halving.** Who is behind now is overwritten. The next cell lets a population choose the
#   dropout rate of the task above.
# - **Every comparison uses the validation rows.** A population makes many, so report the score of the test rows.

# %%
greedy = tk.search.population_based_training(
    model,
    hard,
    {"dropout": tk.search.Uniform(0, 0.8)},
    members=9,
    epochs=54,
    seed=0,
    learning_rate=0.01,
    progress=False,
)
print(
    f"Dropout of its best network: {greedy.schedule('dropout')[5]:.2f} in epoch 6, "
    f"{greedy.schedule('dropout')[-1]:.2f} at the end. Lowest loss {greedy.best.best('val_loss')[1]:.3f}; "
    f"the best constant rate reached {slow[champion, -1]:.3f}."
)
greedy.plot("dropout")

# %% tags=["test"]
assert 0.0 < gain < 0.2
assert np.sum(np.array(by_population) < np.array(by_random)) >= 3
assert greedy.best.best("val_loss")[1] > slow[champion, -1]
assert greedy.schedule("dropout")[-1] < 0.3

# %% [markdown] tags=["code"]
# ## Population-based training in plain Keras
#
# Three models, three rounds. `get_weights` and `set_weights` copy the network; plain gradient descent has no state of its
# own. With Adam, copy `optimizer.variables` as well, or the copy begins with the moments of the one it replaces.

# %%
chance = np.random.default_rng(0)
population = []
for rate in (0.003, 0.05, 0.5):
    keras.utils.set_random_seed(0)
    member = keras.models.clone_model(small)
    member.compile(keras.optimizers.SGD(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    population.append(member)
for number in range(3):
    losses = []
    for member in population:
        member.fit(some.x_train, some.y_train, epochs=2, verbose=0)
        losses.append(member.evaluate(some.x_validation, some.y_validation, verbose=0))
    shown = [
        f"{float(member.optimizer.learning_rate):.3g}: {loss:.3f}" for member, loss in zip(population, losses)
    ]
    print(f"round {number + 1}, learning rate: validation loss  {',  '.join(shown)}")
    worst, best = population[int(np.argmax(losses))], population[int(np.argmin(losses))]
    worst.set_weights(best.get_weights())
    worst.optimizer.learning_rate = float(best.optimizer.learning_rate) * chance.choice([0.8, 1.2])

# %% tags=["test"]
assert min(losses) < 0.6

# %% [markdown]
# ## Transfer across width: μP
#
# Usually the best learning rate changes when a network becomes wider, so what you tuned on a small one does not hold for
# the large one. The *maximal update parametrisation* (μP) scales initial weights and learning rates with the width such
# that many of the best settings stay where they are. Then you tune the small network and carry the settings over.
#
# The paper carries settings from 40 million weights to the 6.7 billion of a GPT-3 model; the tuning costs 7 % of the
# training ([Yang et al., 2022](https://arxiv.org/abs/2203.03466)). What it leaves open: settings of regularisation,
# such as dropout, depend on size and data and are not covered, and every layer must follow the rules.

# %% [markdown]
# ## Optimisers without a learning rate
#
# The best step size depends on how far the start is from the solution, which nobody knows. *D-Adaptation* estimates that
# distance while it trains ([Defazio & Mishchenko, 2023](https://arxiv.org/abs/2301.07733)); *Prodigy* improves the
# estimate and reports test accuracies close to those of Adam tuned by hand
# ([Mishchenko & Defazio, 2023](https://arxiv.org/abs/2306.06101)). *Schedule-Free* methods replace the learning-rate schedule by an
# average of the weights, so that the number of epochs need not be known beforehand; a learning rate they still need
# ([Defazio et al., 2024](https://arxiv.org/abs/2405.15682)).
#
# None of them chooses the strength of regularisation, the batch size or the network. "Close to tuned by hand" is a claim
# to be checked on your own task, with the same budget on both sides.

# %% [markdown]
# ## Neural architecture search
#
# The structure can be searched, too. Early work trained thousands of networks, proposed by another network
# ([Zoph & Le, 2017](https://arxiv.org/abs/1611.01578)). Later work shares weights between all candidates and follows a
# gradient ([Liu et al., 2019](https://arxiv.org/abs/1806.09055)).
#
# Be careful with the gains. Random search with early stopping or shared weights turned out to be a strong rival, and
# several published results could not be reproduced for want of code or details
# ([Li & Talwalkar, 2019](https://arxiv.org/abs/1902.07638)).

# %% [markdown]
# ## Cost and energy
#
# Energy is power times time: a search of $n$ trials with $E$ epochs of $t$ seconds on a machine that draws $P$ watts uses
#
# $$W = \frac{n\, E\, t\, P}{3.6 \cdot 10^6}\ \text{kWh}$$
#
# An early estimate for the emissions of large language models and their tuning drew much attention
# ([Strubell et al., 2019](https://arxiv.org/abs/1906.02243)). A later study from one of the firms concerned corrected
# its figures for architecture search downwards and showed how much depends on hardware, data centre and country, up to
# a factor of 100 to 1,000 in all
# ([Patterson et al., 2021](https://arxiv.org/abs/2104.10350)). So measure, and report the cost of the whole search, not of the
# last training alone ([Schwartz et al., 2020](https://arxiv.org/abs/1907.10597)).

# %% [markdown] tags=["exercise"]
# ## Exercise A: how late must the first cut be?
#
# Write a function of curves, shape (configurations, epochs), and of the number to `keep`. It returns the fewest epochs
# after which the configuration that wins in the end is among those kept. Configurations are compared by their lowest loss
# so far, and the winner is the one with the lowest loss of all.

# %% tags=["exercise"]
# Write a function of curves and keep; return a number of epochs, from 1. Call it `first_safe_cut`.
first_safe_cut = None

# %%
tk.check("7-a", first_safe_cut)

# %% [markdown] tags=["hint"]
# `np.minimum.accumulate(curves, axis=1)` is the lowest loss so far. In each epoch, count how many lie below the winner's;
# the cut is safe where this count is less than `keep`.


# %% tags=["solution"]
def first_safe_cut(curves, keep):
    lowest_so_far = np.minimum.accumulate(curves, axis=1)
    winner = np.argmin(lowest_so_far[:, -1])
    ahead = np.sum(lowest_so_far < lowest_so_far[winner], axis=0)
    return int(np.argmax(ahead < keep)) + 1


print(
    f"For the dropout rates, a cut to three would have been safe after {first_safe_cut(slow, 3)} of 54 epochs."
)

# %% [markdown] tags=["exercise"]
# ## Exercise B: what does a search use?
#
# Write a function that gives the energy of a search in kilowatt-hours, from the epochs of all trials together, the seconds
# of one epoch, and the watts that the machine draws.

# %% tags=["exercise"]
# Write a function of trial_epochs, seconds_per_epoch and watts. Call it `kilowatt_hours`.
kilowatt_hours = None

# %%
tk.check("7-b", kilowatt_hours)

# %% [markdown] tags=["hint"]
# Watts times seconds are joules, and a kilowatt-hour has 3.6 million of them.


# %% tags=["solution"]
def kilowatt_hours(trial_epochs, seconds_per_epoch, watts):
    return trial_epochs * seconds_per_epoch * watts / 3.6e6


# %% tags=["test"]
assert first_safe_cut(slow, 3) > 27
WRONG = {
    "7-a": [
        (6, "function of curves"),
        (lambda curves, keep: first_safe_cut(curves, keep) - 1, "counts from 0"),
        (lambda curves, keep: 1, "leads early"),
        (lambda curves, keep: first_safe_cut(curves, 2), "your function says"),
    ],
    "7-b": [
        (lambda epochs, seconds, watts: epochs * seconds * watts, "joules"),
        (lambda epochs, seconds, watts: epochs * seconds * watts / 3600, "watt-hours"),
        (lambda epochs, seconds, watts: seconds * watts / 3.6e6, "number of epochs"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge: beat the search
#
# Bring the validation loss of the small network below 0.125 within 24 epochs. Only the learning rate may move, also in the
# middle of a run. The table above says what twelve random rates reached with this budget, and what a population did.

# %%
challenge_lab = tk.TuningLab(
    small,
    some,
    epochs=24,
    optimizer="sgd",
    learning_rate=0.01,
    mode="mid-run",
    controls=["learning_rate", "mode", "buttons", "table"],
)
challenge_lab

# %%
challenge = tk.Challenge(
    "7-challenge",
    metric="val_loss",
    below=0.125,
    within_epochs=24,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 0.01, "dropout": 0.0, "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
settings = {"optimizer": "sgd", "epochs": 24, "seed": 0, "progress": False}
assert challenge.check(tk.train(small, some, learning_rate=0.8, **settings)).passed
assert not challenge.check(tk.train(small, some, learning_rate=0.05, **settings)).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "7-quiz",
    [
        Question(
            "Your search compares L2 strengths by successive halving, with the first cut after two of 100 epochs. What do you expect?",
            [
                Option(
                    "It finds the best strength with a fiftieth of the cost",
                    why="After two epochs no network has had time to overfit, so the strengths that would have helped look worst.",
                ),
                Option(
                    "It prefers weak strengths, whichever is best at the end",
                    True,
                    "Regularisation pays early and wins late. Cut later, or compare strengths at full length.",
                ),
                Option(
                    "It prefers strong strengths, because their loss contains the penalty",
                    why="The objective here is the data loss; and a penalty would make strong strengths look worse.",
                ),
            ],
        ),
        Question(
            "What does a population return that a random search cannot?",
            [
                Option(
                    "The best batch size", why="Both can try batch sizes only by training networks with them."
                ),
                Option(
                    "A schedule: settings that changed while the network trained",
                    True,
                    "The lineage of the best network says which value was in force in which epoch.",
                ),
                Option(
                    "A network for fewer epochs",
                    why="Twelve members for 24 epochs cost as much as twelve trials.",
                ),
            ],
        ),
        Question(
            "A population's best validation loss is 0.118; a colleague's single run has 0.121. Is the population better?",
            [
                Option(
                    "Yes, its loss is lower",
                    why="It is the lowest of many looks at the same validation rows; luck is in it.",
                ),
                Option(
                    "Nobody knows yet: compare on test rows, with several seeds and the same budget",
                    True,
                    "The population spent twelve times the epochs, and chose by these very rows.",
                ),
                Option(
                    "No, single runs are more honest",
                    why="A single run can be just as lucky; the number of looks matters.",
                ),
            ],
        ),
        Question(
            "A paper says that its optimiser needs no learning rate. What is left to tune?",
            [
                Option("Nothing", why="Regularisation, batch size, epochs and the network itself remain."),
                Option("Only the learning rate", why="That is the one it estimates."),
                Option(
                    "Regularisation, batch size and the structure of the network",
                    True,
                    "And whether the claim holds for your task.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Stopping losing trainings early saves most of a search, and drops those that start slowly and would have won. A population
# tunes while it trains and returns a schedule for the cost of a random search, with the same short sight. Newer methods
# remove single settings, not the need to compare fairly and to count the cost.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [8 Five questions, answered](08_faq.ipynb), which gathers the evidence of the whole course.
#
# - K. Jamieson, A. Talwalkar,
#   [Non-stochastic best arm identification and hyperparameter optimization](https://arxiv.org/abs/1502.07943), AISTATS 2016
# - L. Li et al., [Hyperband](https://jmlr.org/papers/v18/16-558.html), JMLR 18, 2018
# - M. Jaderberg et al., [Population based training of neural networks](https://arxiv.org/abs/1711.09846), 2017
# - T. Domhan, J. T. Springenberg, F. Hutter,
#   [Speeding up automatic hyperparameter optimization of deep neural networks by extrapolation of learning curves](https://www.ijcai.org/Proceedings/15/Papers/487.pdf),
#   IJCAI 2015
# - S. Falkner, A. Klein, F. Hutter, [BOHB](https://arxiv.org/abs/1807.01774), ICML 2018
# - G. Yang et al., [Tuning large neural networks via zero-shot hyperparameter transfer](https://arxiv.org/abs/2203.03466), 2022
# - L. Li, A. Talwalkar, [Random search and reproducibility for neural architecture search](https://arxiv.org/abs/1902.07638),
#   UAI 2019
# - R. Schwartz, J. Dodge, N. A. Smith, O. Etzioni, [Green AI](https://arxiv.org/abs/1907.10597), 2020
