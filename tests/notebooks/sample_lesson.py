# ---
# jupyter:
#   kernelspec:
#     display_name: whatever the author used
#     name: other
# ---

# %% [markdown] tags=["title"]
# # A sample lesson
#
# You will be able to halve a number, double it, and say why. 5 minutes. You need nothing first.

# %%
# ruff: noqa: B018
import base64
from types import SimpleNamespace

import tuningkit as tk
from tuningkit.teaching import Option, Question, exercise, right, wrong


@exercise("9.9-a", "Half of a number", hint="Print answer(4).")
def half(answer):
    if not callable(answer):
        yield wrong("The answer is a function of one number.")
    elif answer(4) == 2:
        yield right("Half of 4 is 2.")
    else:
        yield wrong(f"Half of 4 is not {answer(4)}.")


class Lab:
    """A picture and some finished runs."""

    def __init__(self):
        self.runs = [SimpleNamespace(history={"val_loss": [0.5, 0.2]}, hyperparameters={"l2": 1e-3})]

    def _repr_png_(self):
        return base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        )


# %% [markdown] tags=["idea"]
# ## Halves
#
# A half of $x$ is $x / 2$. See [the task](#Your-task) and [this lesson](00_sample.ipynb#Halves).

# %% [markdown] tags=["predict"]
# ## Predict

# %% tags=["predict"]
prediction = tk.Prediction("9.9-half", "What is half of 4?", ["2", "8"])
prediction

# %% [markdown] tags=["lab"]
# ## Lab
#
# 1. Look.
# 2. Look again.
# 3. Look once more.

# %% tags=["lab"]
lab = Lab()
lab

# %% [markdown] tags=["explain"]
# ## What happened

# %%
prediction.reveal("2", "Two and two are four.")

# %% [markdown] tags=["code"]
# ## In your own project

# %%
4 / 2

# %% [markdown] tags=["exercise"]
# ## Your task
#
# Write a function that halves a number.

# %% tags=["exercise"]
# Write a function of one number and call it `answer`.
answer = None

# %%
tk.check("9.9-a", answer)

# %% [markdown] tags=["hint"]
# The operator is `/`.


# %% tags=["solution"]
def answer(number):
    return number / 2


# %% tags=["test"]
assert answer(3) == 1.5
WRONG = {"9.9-a": [(3, "a function"), (lambda number: number, "not 4")]}

# %% [markdown] tags=["challenge"]
# ## Challenge

# %%
tk.Challenge("9.9-challenge", below=0.25, moving_only=["l2"], baseline={"dropout": 0.0}).check(lab)

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "9.9-quiz",
    [
        Question("Half of 2?", [Option("1", True), Option("4", why="That is twice 2.")]),
        Question("Half of 4?", [Option("8", why="That is twice 4."), Option("2", True)]),
        Question("Half of 6?", [Option("3", True), Option("12", why="That is twice 6.")]),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# A half is less. Twice is more, e.g.by 0.5 or so. This is the third sentence.

# %% [markdown] tags=["sources"]
# ## Sources
#
# [A book](https://example.org/book)
