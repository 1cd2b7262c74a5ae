# %% [markdown] tags=["title"]
# # 8 Five questions, answered
#
# **You will be able to** answer the five questions that everybody asks about tuning, choose a score and a threshold that fit
# the costs of mistakes, and find the lab that shows each answer.
#
# | | |
# |---|---|
# | **Time** | 40 minutes |
# | **You need first** | [3.3 Regularisation](03_3_regularization.ipynb); what training and validation rows are |
# | **Part of the article** | 8 Appendix: questions and answers |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Why tune?
#
# Because the same network can be useless or excellent, and no error tells you which. The evidence:
#
# - one number, five settings: [from useless to excellent](01_background.ipynb#Lab:-five-settings,-from-useless-to-excellent);
# - a good setting [saves computing](01_background.ipynb#What-a-good-rate-saves) each time the network is trained;
# - a comparison of two methods needs [the same care for both](02_core_concepts.ipynb#Same-rate,-or-same-care?).
#
# Tuning costs trainings as well. [Work the cost out](01_background.ipynb#Lab:-the-cost-calculator) before you begin.

# %% [markdown] tags=["idea"]
# ## Are tuning and training the same?
#
# No. Training finds the *parameters* $w$ by following the slope of the training loss. Tuning finds the *hyperparameters*
# $\lambda$ (learning rate, width, penalties, the optimiser itself) by training again and comparing on validation rows:
#
# $$\lambda^* = \arg\min_\lambda L_{\text{validation}}\big(w^*(\lambda)\big), \qquad w^*(\lambda) = \arg\min_w L_{\text{training}}(w, \lambda)$$
#
# $L$ is the loss per row. The article calls tuning a step of training; the formula says it the other way round:
# [training happens inside tuning](02_core_concepts.ipynb#Training-inside-tuning). The formula is that of a bilevel problem
# ([Franceschi et al., 2018](https://arxiv.org/abs/1806.04910)).

# %% [markdown] tags=["idea"]
# ## How do you choose hyperparameters?
#
# Follow the chart below from the top; the first "yes" says what to do next. The table holds the same steps, with the lab
# that shows each.
#
# | step | question | if yes |
# |---|---|---|
# | 1 | Does the loss diverge or hardly move? | find the rate: [range test](03_1a_hyperparameters.ipynb#The-range-test), [schedules](03_1a_hyperparameters.ipynb#Lab:-schedules,-previewed-and-trained) |
# | 2 | Is the training loss still too high? | [wider](03_1a_hyperparameters.ipynb#Lab:-the-boundary-moves), [deeper with skips](04_2_residual_network.ipynb#Lab:-depth,-with-and-without-skips), [another optimiser](03_4_optimizers.ipynb#Lab:-optimisers-on-the-digits) |
# | 3 | Is the validation loss far above it? | [regularise](03_3_regularization.ipynb#Lab:-every-L2-strength-at-once) |
# | 4 | One or two settings left? | [sweep them](02_core_concepts.ipynb#Lab:-learning-rate-and-L2) |
# | 5 | More, and trainings are cheap? | [random search](03_1b_search.ipynb#Grid-and-random-search) |
# | 6 | More, and trainings are dear? | [Bayesian](03_1b_search.ipynb#Bayesian-optimisation:-a-map-of-what-is-believed), or [halving](07_outlook.ipynb#Successive-halving); [which tool](06_tools.ipynb#What-each-is-good-at) |
# | 7 | Found? | [new seeds, then the test rows once](04_3_regularized_network.ipynb#Five-new-seeds,-and-the-test-rows) |

# %%
tk.plots.flow_chart(
    [
        ("Does the loss diverge or hardly move?", "find the learning rate: range test"),
        ("Is the training loss still too high?", "wider, deeper with skips, or another optimiser"),
        ("Is the validation loss far above it?", "regularise"),
        ("One or two settings left?", "sweep them"),
        ("More, and trainings are cheap?", "random search"),
        ("More, and trainings are dear?", "Bayesian optimisation, or halving"),
        ("Found?", "new seeds, then the test rows once"),
    ],
    title="What to do next",
)

# %% [markdown] tags=["idea"]
# ## How do you avoid overfitting?
#
# A checklist; each line has a lab or a section that shows it.
#
# - See it first: [two curves that part](03_3_regularization.ipynb#Lab:-overfitting).
# - More data, if you can: [four times the rows](03_3_regularization.ipynb#Lab:-four-times-the-data).
# - Stop in time: [early stopping](03_3_regularization.ipynb#Early-stopping:-leave-at-the-right-time).
# - L2: [every strength at once](03_3_regularization.ipynb#Lab:-every-L2-strength-at-once).
# - L1: [weights that become zero](03_3_regularization.ipynb#Lab:-weights-under-L1-and-L2).
# - Dropout: [every rate at once](03_3_regularization.ipynb#Lab:-every-dropout-rate-at-once).
# - A smaller network: [under- and overfitting by width](03_1a_hyperparameters.ipynb#Under--and-overfitting-by-width).
# - Keep penalties out of the score: [two losses](03_3_regularization.ipynb#Two-losses-that-must-not-be-mixed).
# - Keep rows apart: [leakage](04_1_grid_search.ipynb#Leakage:-the-held-out-rows-were-not-held-out).
# - Do not overfit the validation rows: [the winner again](03_1b_search.ipynb#Predict:-the-winner-again).

# %% [markdown] tags=["idea"]
# ## How do you judge a model?
#
# Ask for one thing: is this image an 8? A row that is called an 8 is *found* (a true positive, $TP$) or a *false alarm* (a
# false positive, $FP$); an 8 that is not called one is a *miss* (a false negative, $FN$).
#
# $$\text{precision} = \frac{TP}{TP + FP}, \quad \text{recall} = \frac{TP}{TP + FN}, \quad F_1 = \frac{2 \cdot \text{precision} \cdot \text{recall}}{\text{precision} + \text{recall}}$$
#
# All three are shares without a unit. *Accuracy* is the share of rows called rightly. A network gives a score, here a
# probability; a *threshold* turns it into yes or no. For all thresholds, the *ROC* curve shows recall against the
# false-alarm rate, the share of the other rows that are called 8; the *precision-recall* curve shows the other pair. When
# positives are rare, the second tells more
# ([Saito & Rehmsmeier, 2015](https://doi.org/10.1371/journal.pone.0118432)).
#
# One image in ten is an 8. The network has seen 200 rows for 15 epochs.

# %%
import keras
import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()
few = digits.subset(200, seed=0)
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
run = tk.train(model, few, learning_rate=1e-3, epochs=15, seed=0, progress=False)

# %% [markdown] tags=["predict"]
# ## Predict: right nine times in ten
#
# At threshold 0.5 this network answers "is it an 8?" rightly for about 90 % of the validation images.

# %% tags=["predict"]
found_prediction = tk.Prediction(
    "8-found", "What share of the 8s does it find?", ["about 90 %", "about half", "hardly any"]
)
found_prediction

# %% [markdown] tags=["lab"]
# ## Lab: move the threshold
#
# 1. Lower the threshold slowly from 0.5 to 0. What does recall do? Where is accuracy highest, and what happens below that?
# 2. Find the threshold at which half of the 8s are found. How many false alarms come with them?
# 3. Look at the calibration: of the images with a score of about 0.15, how many are 8s?

# %% tags=["lab"]
metrics_lab = tk.MetricsLab(model, few, positive=8, run=run, names=("not an 8", "an 8"))
metrics_lab

# %% [markdown] tags=["explain"]
# ## What accuracy hid
#
# The next cell puts the threshold back to 0.5.

# %%
usual = metrics_lab.set("threshold", 0.5).metrics()
print(
    f"At 0.5: accuracy {usual['accuracy']:.0%}, recall {usual['recall']:.0%}, area under ROC {usual['roc_auc']:.2f}"
)
metrics_lab.figure()

# %%
found_prediction.reveal(
    "hardly any",
    'Always saying "not an 8" is right for nine images in ten, and at 0.5 this network does little else. The order of '
    "the rows is much better than that: the area under the ROC curve is far above the 0.5 of guessing.",
)

# %% [markdown] tags=["idea"]
# ## What mistakes cost
#
# Say a false alarm costs $c_{\text{alarm}}$ and a miss $c_{\text{miss}}$, in any unit, the same for both. If the scores were
# true probabilities, all mistakes together would cost least at the threshold
#
# $$t^* = \frac{c_{\text{alarm}}}{c_{\text{alarm}} + c_{\text{miss}}}$$
#
# ([Elkan, 2001](https://cseweb.ucsd.edu/~elkan/rescale.pdf)): 0.5 if both cost the same, 0.09 if a miss costs ten times as
# much, because the 8 is an illness and an alarm is one more test. Scores that hold what they promise are *calibrated*: of
# all rows with a score of 0.3, three in ten are positive. Those of networks often are not
# ([Guo et al., 2017](https://arxiv.org/abs/1706.04599)).

# %% [markdown] tags=["predict"]
# ## Predict: a miss becomes dear
#
# With equal costs the cheapest threshold of this network is 0.15, not 0.5: it has trained for few epochs and is sure of
# little, so its highest scores are too low. Now a miss costs as much as ten false alarms.

# %% tags=["predict"]
costs_prediction = tk.Prediction(
    "8-costs",
    "From the cheapest threshold with equal costs to the cheapest one now: what does the accuracy do?",
    ["It rises", "It stays about the same", "It falls by more than ten points"],
)
costs_prediction

# %% [markdown] tags=["lab"]
# ## Lab: the cheapest threshold
#
# 1. Press **Go to cheapest**. Read accuracy and recall.
# 2. Set the cost of a miss to 10 and press it again. What has become of both?
# 3. Set the cost of a false alarm to 10, of a miss to 1, and press it again. How many 8s are still found?

# %% tags=["lab"]
costs_lab = tk.MetricsLab(model, few, positive=8, run=run, names=("not an 8", "an 8"))
costs_lab

# %% [markdown] tags=["explain"]
# ## What the costs decide
#
# The next cell sets equal costs, then those of a dear miss, and goes to the cheapest threshold of each.

# %%
equal = costs_lab.set("false_alarm", 1).set("miss", 1).go_to_cheapest().metrics()
cheapest = costs_lab.set("miss", 10).go_to_cheapest().metrics()
for name, found in (("at 0.5", usual), ("equal costs", equal), ("a miss costs 10", cheapest)):
    print(
        f"{name:>15}: threshold {found['threshold']:.2f}, accuracy {found['accuracy']:.0%}, recall {found['recall']:.0%}"
    )
costs_lab.figure()

# %%
costs_prediction.reveal(
    "It falls by more than ten points",
    "A lower threshold finds nine 8s in ten instead of four, and pays with false alarms, which are cheap here. Fewer answers "
    "are right, and the mistakes cost less all the same: accuracy counts both mistakes alike.",
)

# %% [markdown]
# So look at the rows. There are only about twenty 8s here: choose on validation rows, judge on test rows, and
# [give an interval](05_applications.ipynb#How-sure-is-a-share?).

# %% tags=["test"]
assert usual["accuracy"] > 0.88 and usual["recall"] < 0.1, usual
assert cheapest["recall"] > 0.7 and cheapest["accuracy"] < usual["accuracy"], cheapest
assert usual["roc_auc"] > 0.75
assert 0.05 < cheapest["threshold"] < 0.15 and 0.14 < equal["threshold"] < 0.16, (cheapest, equal)
assert 0.35 < equal["recall"] < 0.45 and 0.85 < cheapest["recall"] < 0.95, (cheapest, equal)
assert equal["accuracy"] >= usual["accuracy"], (usual, equal)
# "Its highest scores are too low": above 0.15 more than every third image is an 8, and hardly a score goes beyond 0.3.
assert equal["precision"] > 0.4 and metrics_lab.set("threshold", 0.3).metrics()["recall"] < 0.1
assert cheapest["accuracy"] < equal["accuracy"] - 0.1, (cheapest, equal)
assert 18 <= (digits.y_validation == 8).sum() <= 26

# %% [markdown] tags=["code"]
# ## Ten classes, one number
#
# With scikit-learn, each class gets its own precision, recall and F1. *Macro* is their plain mean, *weighted* counts each
# class by its rows, *micro* adds the counts of all classes first. With one answer per row, micro precision, recall and F1
# are all the accuracy. The cell scores all validation images, then again with only four 8s left.

# %%
trained = keras.models.clone_model(model)
trained.set_weights(run.weights)
called = trained.predict(digits.x_validation, verbose=0).argmax(axis=1)
eights = np.flatnonzero(digits.y_validation == 8)
kept = np.setdiff1d(np.arange(len(called)), eights[4:])
averages = {}
for words, rows in (("all images", np.arange(len(called))), ("only four 8s", kept)):
    for average in ("micro", "macro", "weighted"):
        scores = precision_recall_fscore_support(
            digits.y_validation[rows], called[rows], average=average, zero_division=0
        )
        averages[words, average] = scores[:3]
        print(f"{words:12} {average:8} precision {scores[0]:.3f}  recall {scores[1]:.3f}  F1 {scores[2]:.3f}")
print(confusion_matrix(digits.y_validation, called))

# %% [markdown]
# Digits come about equally often, so the averages lie close together. Where classes differ in size, macro says how the
# network does on a class, and micro how it does on a row. Say which one you report.

# %% tags=["test"]
for words in ("all images", "only four 8s"):
    assert np.ptp(averages[words, "micro"]) < 1e-9
    assert abs(averages[words, "weighted"][1] - averages[words, "micro"][1]) < 1e-9
assert abs(averages["all images", "macro"][2] - averages["all images", "micro"][2]) < 0.05

# %% [markdown] tags=["exercise"]
# ## Exercise A: a threshold that fits the costs
#
# Write `cheapest_threshold(truth, scores, false_alarm, miss)`. `truth` holds 0 and 1, `scores` numbers between 0 and 1; a
# row counts as positive if its score is at least the threshold. Return the threshold at which all mistakes cost least.

# %% tags=["exercise"]
# Write the function and call it `cheapest_threshold`.
cheapest_threshold = None

# %%
tk.check("8-a", cheapest_threshold)

# %% [markdown] tags=["hint"]
# The counts change only where the threshold passes a score. So trying each score, and 1 for "nobody", is enough.


# %% tags=["solution"]
def cheapest_threshold(truth, scores, false_alarm, miss):
    def cost(threshold):
        called = scores >= threshold
        return false_alarm * np.sum(called & (truth == 0)) + miss * np.sum(~called & (truth == 1))

    return min([*np.unique(scores), 1.0], key=cost)


# %% [markdown] tags=["exercise"]
# ## Exercise B: every class counts once
#
# Write `macro_recall(matrix)`. In row $i$ and column $j$ of the matrix stands how many rows of class $i$ were called $j$.

# %% tags=["exercise"]
# Write the function and call it `macro_recall`.
macro_recall = None

# %%
tk.check("8-b", macro_recall)

# %% [markdown] tags=["hint"]
# `np.diag(matrix)` are the rows that were called rightly. How many rows of each class are there?


# %% tags=["solution"]
def macro_recall(matrix):
    return float(np.mean(np.diag(matrix) / matrix.sum(axis=1)))


# %% tags=["test"]
WRONG = {
    "8-a": [
        (0.5, "is a function"),
        (lambda truth, scores, false_alarm, miss: 0.5, "habit"),
        (
            lambda truth, scores, false_alarm, miss: cheapest_threshold(truth, scores, 1, 1),
            "highest accuracy",
        ),
        (
            lambda truth, scores, false_alarm, miss: cheapest_threshold(truth, scores, miss, false_alarm),
            "changed places",
        ),
    ],
    "8-b": [
        (0.5, "function"),
        (lambda matrix: np.trace(matrix) / matrix.sum(), "accuracy"),
        (lambda matrix: np.mean(np.diag(matrix) / matrix.sum(axis=0)), "columns"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge: better scores, not only a better threshold
#
# A threshold cannot mend a network that has hardly learned. Bring the validation loss of this one below 0.6 within 15
# epochs; only the learning rate may move.

# %%
challenge_lab = tk.TuningLab(
    model, few, learning_rate=1e-3, epochs=15, controls=["learning_rate", "buttons", "table"]
)
challenge_lab

# %%
challenge = tk.Challenge(
    "8-challenge",
    metric="val_loss",
    below=0.6,
    within_epochs=15,
    moving_only=["learning_rate"],
    baseline={"learning_rate": 1e-3, "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
assert not challenge.check(run).passed
assert challenge.check(tk.train(model, few, learning_rate=1e-2, epochs=15, seed=0, progress=False)).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "8-quiz",
    [
        Question(
            "One patient in a hundred is ill. A test is right for 99 % of all patients. How good is it?",
            [
                Option("Very good", why="Calling everybody healthy is right for 99 %, too."),
                Option(
                    "Nobody can say yet", True, "Ask for recall and precision, or for the confusion matrix."
                ),
                Option("Useless", why="It may be that as well, but the accuracy does not say so."),
            ],
        ),
        Question(
            "A miss costs nine times a false alarm, and the scores are true probabilities. Where is the threshold?",
            [
                Option("0.5", why="That is right only if both mistakes cost the same."),
                Option("0.9", why="A high threshold misses more; misses are the dear mistakes here."),
                Option(
                    "0.1",
                    True,
                    "1 / (1 + 9): call a row positive as soon as a miss would cost more on average.",
                ),
            ],
        ),
        Question(
            "Your validation loss rises while the training loss falls. What do you do first?",
            [
                Option("A wider network", why="It would learn the training rows by heart even sooner."),
                Option("More training", why="It is training that drives the two curves apart."),
                Option(
                    "Keep the best epoch, then get more data or regularise",
                    True,
                    "The checklist above, from its top.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Tuning trains again and again, and compares on rows that training has not seen. Choose the score before you tune, by what
# mistakes cost, and never by accuracy alone where one class is rare. Choose threshold and settings on validation rows, and
# look at the test rows once.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# This is the last chapter. Take [the first lab](00_start_here.ipynb), and put your own model into it.
#
# - T. Saito, M. Rehmsmeier, [The precision-recall plot is more informative than the ROC plot when evaluating binary
#   classifiers on imbalanced datasets](https://doi.org/10.1371/journal.pone.0118432), PLOS ONE 10, 2015
# - C. Elkan, [The foundations of cost-sensitive learning](https://cseweb.ucsd.edu/~elkan/rescale.pdf), IJCAI 2001
# - C. Guo et al., [On calibration of modern neural networks](https://arxiv.org/abs/1706.04599), ICML 2017
# - L. Franceschi et al., [Bilevel programming for hyperparameter optimization and meta-learning](https://arxiv.org/abs/1806.04910),
#   ICML 2018
