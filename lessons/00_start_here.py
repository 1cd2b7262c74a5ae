# %% [markdown] tags=["title"]
# # Start here: a network that answers while you move the slider
#
# **You will be able to** run a lesson, move the hyperparameters of a real Keras network while it trains, and put the
# same sliders on a network of your own.
#
# | | |
# |---|---|
# | **Time** | 5 minutes, 15 with the exercise and the challenge |
# | **You need first** | a little Python; no experience with neural networks |
# | **Part of the article** | a tour before section 1 |
#
# A notebook is made of cells. Click into the next one and press **Shift + Enter** to run it. It is done at once, and goes
# on loading TensorFlow, the machinery behind Keras, while you read on.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## What tuning is
#
# A *neural network* is a function with many numbers in it, its *weights*. *Training* finds the weights from examples:
# after each small batch of examples, every weight takes a step that lowers the *loss*, a number that says how wrong the
# network is. One pass over all examples is an *epoch*.
#
# Some numbers are not learned. You choose them before training, and they decide whether it works at all: these are the
# *hyperparameters*. The most important one is the *learning rate* $\eta$ (no unit), the length of the step:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}$$
#
# $w$ is a weight and $L$ the loss. *Tuning* is the search for good hyperparameters
# ([Goodfellow et al., 11.4](https://www.deeplearningbook.org/contents/guidelines.html)).

# %% [markdown] tags=["idea"]
# ## Two curves
#
# The data are 1,797 images of handwritten digits, 8 by 8 pixels each. The network sees three quarters of them, the
# *training* rows. The others are kept from it: the *validation* rows tell how well it does on digits it has never seen,
# and the *test* rows are saved for the very end.
#
# So every lab draws two curves. Solid is the loss on the training rows, dashed the loss on the validation rows. The
# dashed one is the one that counts.

# %%
import keras

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu"),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10),
    ]
)
digits

# %% tags=["test"]
assert len(digits.x_train) + len(digits.x_validation) + len(digits.x_test) == 1797
assert abs(len(digits.x_train) / 1797 - 0.75) < 0.001
assert digits.input_shape == (64,)

# %% [markdown] tags=["predict"]
# ## Predict first
#
# Every lab in this course begins with a guess. Guessing is how you find out what you think; there are no marks for it.

# %% tags=["predict"]
rate = tk.Prediction(
    "0-rate",
    "Which learning rate gives the best network after 30 epochs?",
    ["1e-5, small and careful", "1e-3, in the middle", "1, large and quick"],
)
rate

# %% [markdown] tags=["lab"]
# ## Lab: move the learning rate
#
# Press **Train** and watch. Then move the slider of the learning rate with the mouse, or click it and use the arrow
# keys. Each move begins a new run from the same start; the old run stays behind as a faint line.
#
# 1. Go down to 1e-5. The network crawls.
# 2. Go up to 1. What do the curves do?
# 3. Find the rate with the lowest validation loss. The table below the chart keeps all runs.

# %% tags=["lab"]
lab = tk.TuningLab(model, digits, epochs=30, seed=0)
lab

# %% [markdown] tags=["explain"]
# ## What happened
#
# The next cell trains the three rates of the question at once: three copies of the network, in one go.

# %%
sweep = tk.sweep(model, digits, {"learning_rate": [1e-5, 1e-3, 1.0]}, epochs=30, seed=0)
sweep.plot()

# %%
sweep

# %%
rate.reveal(
    "1e-3, in the middle",
    "With 1e-5 the steps are so short that 30 epochs are not enough. With 1 each step jumps over the valley that it "
    "should go down into.",
)

# %% tags=["test"]
last = sweep.scores("val_accuracy", at="last")
assert last.argmax() == 1
assert last[1] > 0.95
assert last[0] < 0.7
assert last[2] < 0.7

# %% [markdown] tags=["code"]
# ## Your own network
#
# Three lines put the sliders on any Keras model that has one input and one output. Here it learns to tell three kinds of
# iris flowers apart. Your own arrays go in with `tk.Dataset.from_arrays(x, y)`.

# %%
iris = tk.datasets.load_iris()
flowers = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3)])
iris_lab = tk.TuningLab(flowers, iris, epochs=40, controls=["learning_rate", "l2", "buttons"])
iris_lab

# %% [markdown]
# Everything on the screen also works from Python. The next cell moves a slider, trains, waits, and shows the picture.

# %%
iris_lab.learning_rate = 0.01
iris_lab.train().wait()
iris_lab.figure()

# %% tags=["test"]
assert iris_lab.runs[-1].best("val_accuracy")[1] > 0.85
assert iris_lab.runs[-1].epochs == 40

# %% [markdown] tags=["exercise"]
# ## Exercise
#
# Train the digits network yourself, with `tk.train`. Choose a learning rate with which the network is right on more than
# 97 % of the validation rows after 30 epochs. Give the run to the check.

# %% tags=["exercise"]
# answer = tk.train(model, digits, learning_rate=..., epochs=30, seed=0)
answer = None

# %%
tk.check("0-a", answer)

# %% [markdown] tags=["hint"]
# Look at the table of your runs in the lab: which learning rate had the best validation accuracy?

# %% tags=["solution"]
answer = tk.train(model, digits, learning_rate=3e-3, epochs=30, seed=0)

# %% tags=["test"]
WRONG = {
    "0-a": [
        (3e-3, "tk.train"),
        (
            tk.train(model, digits, learning_rate=1e-5, epochs=30, seed=0, progress=False),
            "not yet on",
        ),
        (
            tk.train(model, digits, learning_rate=1.0, epochs=30, seed=0, progress=False),
            ", not on",
        ),
        (tk.train(model, digits, learning_rate=3e-3, epochs=5, seed=0, progress=False), "30 epochs"),
    ]
}

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Bring the validation loss below 0.08 within 30 epochs. Only the learning rate may move. Any run of the big lab above
# counts.

# %%
challenge = tk.Challenge(
    "0-challenge",
    metric="val_loss",
    below=0.08,
    within_epochs=30,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 1e-3, "dropout": 0.3, "l1": 0.0, "l2": 0.0},
)
challenge.watch(lab)
challenge

# %% tags=["test"]
assert challenge.check(tk.train(model, digits, learning_rate=5e-3, epochs=30, seed=0, progress=False)).passed
assert not challenge.check(tk.train(model, digits, epochs=30, seed=0, progress=False)).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "0-quiz",
    [
        Question(
            "Which of these is a hyperparameter?",
            [
                Option(
                    "a weight of the network", why="Weights are what training finds; you do not choose them."
                ),
                Option("the learning rate", True, "You choose it before training begins."),
                Option(
                    "the validation loss", why="That is a measurement: it says how well a choice turned out."
                ),
            ],
        ),
        Question(
            "Which curve tells how well the network does on digits it has never seen?",
            [
                Option("the dashed one, validation", True, "Those rows were kept from the network."),
                Option("the solid one, training", why="Those are the rows it learns from."),
            ],
        ),
        Question(
            "The loss hardly falls, epoch after epoch, in a smooth line. What do you try first?",
            [
                Option(
                    "a smaller learning rate",
                    why="Then the steps get even shorter, and it falls even more slowly.",
                ),
                Option("a larger learning rate", True, "Longer steps; try ten times as large."),
                Option("fewer epochs", why="It needs more steps or longer ones, not fewer."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Training finds the weights; tuning finds the hyperparameters. The learning rate comes first: too small crawls, too
# large never settles. Judge by the dashed curve, the rows that the network has never seen.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [1 Why tune, and what it costs](01_background.ipynb).
#
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapters 8 and 11, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org)
# - E. Alpaydin, C. Kaynak, [Optical recognition of handwritten digits](https://doi.org/10.24432/C50P49), UCI Machine
#   Learning Repository 1998
