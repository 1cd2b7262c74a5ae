# %% [markdown] tags=["title"]
# # 5 Applications: an image, a phrase, a spoken word
#
# **You will be able to** tune a network for images, for texts and for speech with one recipe, report its test score with
# an interval that fits the data, and learn from its worst mistakes.
#
# | | |
# |---|---|
# | **Time** | 60 minutes |
# | **You need first** | [3.1 Searching](03_1b_search.ipynb); convolution from [3.2](03_2_network_structure.ipynb) |
# | **Part of the article** | 5 Applications: image recognition, natural language, speech recognition |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## One recipe, three kinds of data
#
# The article names three fields in which tuning pays: images, language, speech. They look different, and yet the same
# seven steps serve all of them:
#
# 1. Look at the data, or listen to them.
# 2. Measure a simple *baseline*, a method that has hardly anything to tune.
# 3. Build a network that fits the data.
# 4. Sweep one or two hyperparameters that matter.
# 5. Search several of them together, around the best of the sweep.
# 6. Train with what you found, and look at the **test rows once**.
# 7. Look at the worst mistakes.
#
# Steps 2 to 5 see training and validation rows only. A test score that helped to choose is no test any more
# ([Cawley & Talbot, 2010](https://jmlr.org/papers/v11/cawley10a.html)). The authors of this page saw
# its test scores more than once: take them for a little too kind.

# %%
import keras
import numpy as np
from scipy import stats
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tuningkit.teaching import Option, Question

layers = keras.layers


def swept(lab, epochs):
    """The sweep of a lab, which is trained here if nobody has done so."""
    if lab.sweep is None or lab.sweep.epochs < epochs:
        lab.train().wait()
    return lab.sweep


def train_best(model, data, trials, batch_size=32):
    """Repeat the best trial, seed and all, up to the epoch with its lowest validation loss."""
    best = trials.best
    epochs = int(np.nanargmin(best.curve)) + 1
    return tk.train(
        model, data, epochs=epochs, seed=0, batch_size=batch_size, progress=False, **best.configuration
    )


def answers(run, model, x):
    """Probability of each class, shape (rows, classes), by the network as the run left it."""
    network = run.restore(keras.models.clone_model(model))
    return keras.ops.convert_to_numpy(keras.ops.softmax(network(x, training=False)))


def worst_errors(probabilities, y, count):
    """Rows that are answered wrongly, the most confident mistake first."""
    wrong_rows = np.flatnonzero(probabilities.argmax(axis=1) != y)
    return wrong_rows[np.argsort(-probabilities[wrong_rows].max(axis=1))][:count]


def tell_sweep(name, values, sweep):
    """Print the validation loss at the end for each value."""
    print(f"{name:14}" + "".join(f"{value:>8g}" for value in values))
    print("val. loss     " + "".join(f"{loss:8.3f}" for loss in sweep.scores(at="last")))


def tell_search(trials):
    """Print what a search found."""
    settings = ", ".join(f"{name} {value:.2g}" for name, value in trials.best.configuration.items())
    print(f"Best of {len(trials)}: {settings}; validation loss {trials.best.objective:.3f}.")


# %% [markdown] tags=["idea"]
# ## How sure is a share?
#
# $k$ of $n$ test rows are right: $\hat p = k/n$. Other rows would have given another share. If rows are independent, the
# *Wilson interval* holds the true share in about 95 of 100 such tests
# ([Wilson, 1927](https://doi.org/10.1080/01621459.1927.10502953)):
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}, \qquad z = 1.96$$
#
# $\hat p$, and the interval, have no unit; 97.5 % of a normal distribution lie below $z$. This interval never passes 100 %.
# The plainer $\hat p \pm z\sqrt{\hat p(1-\hat p)/n}$ may, and it claims certainty when all rows are right
# ([Brown, Cai & DasGupta, 2001](https://doi.org/10.1214/ss/1009213286)).


# %%
def wilson(right, rows):
    """Ends of the 95 % interval of a share."""
    interval = stats.binomtest(int(right), int(rows)).proportion_ci(0.95, method="wilson")
    return interval.low, interval.high


def tell_share(name, right):
    """Print the share of right rows with its interval."""
    low, high = wilson(right.sum(), len(right))
    print(f"{name}: {right.mean():.1%} of {len(right):,} right, 95 % interval {low:.1%} to {high:.1%}.")


for right, rows in ((49, 50), (490, 500), (50, 50)):
    low, high = wilson(right, rows)
    print(f"{right} of {rows} right: {right / rows:.1%}, 95 % interval {low:.1%} to {high:.1%}")

# %% tags=["test"]
share, rows, z = 0.98, 500, stats.norm.ppf(0.975)
half = z * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
by_hand = (share + z**2 / (2 * rows) + np.array([-half, half])) / (1 + z**2 / rows)
assert np.allclose(by_hand, wilson(490, 500)) and round(wilson(50, 50)[0], 2) == 0.93
plain_half = z * np.sqrt(0.98 * 0.02 / 50)
assert 0.98 + plain_half > 1 > wilson(49, 50)[1]
assert worst_errors(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), np.array([1, 1, 1]), 5).tolist() == [0, 1]

# %% [markdown] tags=["idea"]
# ## Image recognition: look, and measure a baseline
#
# 1,797 handwritten digits of 8 by 8 pixels. The baseline is logistic regression: one weight for each pixel and digit,
# so it cannot know that a pixel has neighbours.
#
# The network does. A *convolution* moves a small window over the image and applies the same few weights everywhere
# ([LeCun et al., 1998](https://doi.org/10.1109/5.726791)). In the first layer:
#
# $$h_{ijc} = \text{ReLU}\Big(b_c + \sum_{u,v} w_{uvc}\, x_{i+u,\,j+v}\Big)$$
#
# $h_{ijc}$ is the answer of filter $c$ at place $i, j$; $x$ are the pixels (0 to 1), $w$ the $3 \times 3$ weights and $b_c$
# the offset of the filter. Nothing here has a unit. *Pooling* then keeps the largest of four neighbours: a stroke may lie a pixel aside.

# %%
digits = tk.datasets.load_digits(images=True)
flat = {part: getattr(digits, f"x_{part}").reshape(-1, 64) for part in ("train", "validation")}
baseline = LogisticRegression(max_iter=300).fit(flat["train"], digits.y_train)
image_baseline = baseline.score(flat["validation"], digits.y_validation)
print(f"Baseline: {image_baseline:.1%} of the validation images.")

keras.utils.set_random_seed(0)
image_model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.4),
        layers.Dense(10),
    ]
)
tk.plots.images(digits.x_train[:16], titles=digits.y_train[:16], title="Sixteen training images")

# %% [markdown] tags=["predict"]
# ## Predict: what is left to gain?

# %% tags=["predict"]
image_prediction = tk.Prediction(
    "5-images",
    "The baseline misreads 9 of 225 validation images. How many of the 225 test images will the tuned network misread?",
    between=(0, 30),
    unit="images",
)
image_prediction

# %% [markdown] tags=["lab"]
# ## Lab: the learning rate first
#
# Press **Train**: five networks learn at once.
#
# 1. Press **Go to best**, then walk to both neighbours: how much worse are they?
# 2. Replay epoch 2. Which rate is ahead there, and is it the one that wins?
# 3. Look at the largest rate. Does it learn anything at all?

# %% tags=["lab"]
rates = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
image_lab = tk.SweepLab(
    image_model, digits, "learning_rate", values={"learning_rate": rates}, epochs=6, at="last"
)
image_lab

# %% [markdown] tags=["explain"]
# ## Sweep, search, test once
#
# If you skipped the lab, the next cell trains it once for you. The search then draws five settings around the best rate.

# %%
image_sweep = swept(image_lab, 6)
tell_sweep("learning rate", rates, image_sweep)

space = {
    "learning_rate": tk.search.Log(3e-3, 3e-2),
    "dropout": tk.search.Uniform(0.2, 0.6),
    "l2": tk.search.Log(1e-6, 1e-3),
}
image_trials = tk.search(image_model, digits, space, trials=5, epochs=10, seed=0, progress=False)
image_run = train_best(image_model, digits, image_trials)
tell_search(image_trials)
image_lab.figure()

# %% [markdown]
# After two epochs rate 0.03 was ahead, and 0.01 won: first epochs alone can mislead.
#
# The choice is made. Now, and only now, the test images.

# %%
image_answers = answers(image_run, image_model, digits.x_test)
image_right = image_answers.argmax(axis=1) == digits.y_test
tell_share("Test images", image_right)
tk.plots.confusion_matrix(digits.y_test, image_answers.argmax(axis=1), class_names=digits.class_names)

# %%
image_prediction.reveal(
    int((~image_right).sum()),
    "Of 225. Mind the interval above: 225 images cannot tell a network that misreads 2 from one that misreads 4.",
)

# %%
image_worst = worst_errors(image_answers, digits.y_test, 8)
told = [f"{digits.y_test[row]}, read as {image_answers[row].argmax()}" for row in image_worst]
tk.plots.images(digits.x_test[image_worst], titles=told, columns=4, title="The test images it misread")

# %% tags=["test"]
assert abs(image_run.history["val_loss"][-1] - image_trials.best.objective) < 1e-3
assert (baseline.predict(flat["validation"]) != digits.y_validation).sum() == 9
assert len(digits.x_train) + len(digits.x_validation) + len(digits.x_test) == 1797
assert len(flat["validation"]) == len(image_right) == 225
assert rates[image_sweep.scores(at="last").argmin()] == 1e-2, image_sweep.scores(at="last")
assert rates[image_sweep.history["val_loss"][:, 1].argmin()] == 3e-2, image_sweep.history["val_loss"][:, 1]
assert image_right.mean() >= 0.98, image_right.mean()
assert wilson(223, 225)[0] < 221 / 225

# %% [markdown] tags=["idea"]
# ## Natural language: which language is this?
#
# 8,200 short phrases in ten languages: names of countries, currencies, units, cities. Each character becomes a whole number,
# its *id*; short phrases are filled up with 0. The baseline counts characters and forgets their order.
#
# The network keeps the order. An *embedding* gives each id a row of 16 weights; a convolution reads four neighbours at a
# time; the maximum over all places says whether a pattern occurs anywhere
# ([Kim, 2014](https://arxiv.org/abs/1408.5882); [Zhang et al., 2015](https://arxiv.org/abs/1509.01626)):
#
# $$h_c = \max_t\, \text{ReLU}\Big(b_c + \sum_{u=0}^{3} w_{uc} \cdot e(x_{t+u})\Big)$$
#
# $x_t$ is the id at place $t$, $e$ its 16 numbers, $w_{uc}$ and $b_c$ the weights and the offset of pattern $c$. Nothing has
# a unit.


# %%
phrases = tk.datasets.load_phrases()


def counts(x):
    """How often each id occurs in each phrase; padding does not count."""
    return csr_array(
        np.stack([(x == number).sum(axis=1) for number in range(1, phrases.n_ids)], axis=1).astype(float)
    )


baseline = LogisticRegression(max_iter=300).fit(counts(phrases.x_train), phrases.y_train)
phrase_baseline = baseline.score(counts(phrases.x_validation), phrases.y_validation)
for row in range(0, 50, 6):
    print(f"{phrases.class_names[phrases.y_train[row]]:12}{phrases.text(phrases.x_train[row])}")
print(f"Baseline: {phrase_baseline:.1%} of the validation phrases.")

keras.utils.set_random_seed(0)
phrase_model = keras.Sequential(
    [
        keras.Input((32,), dtype="int32"),
        layers.Embedding(phrases.n_ids, 16),
        layers.Conv1D(48, 4, padding="same", activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dropout(0.3),
        layers.Dense(10),
    ]
)

# %% [markdown] tags=["predict"]
# ## Predict: who is taken for whom?

# %% tags=["predict"]
phrase_prediction = tk.Prediction(
    "5-phrases",
    "Within which group will the tuned network mix up languages most often?",
    ["Bulgarian, Russian, Ukrainian", "Dutch, English, German", "Italian, Portuguese, Spanish"],
)
phrase_prediction

# %% [markdown] tags=["lab"]
# ## Lab: how much dropout?
#
# Press **Train**: four networks with the learning rate 0.01 and another dropout rate each.
#
# 1. At dropout 0, follow the gap between the solid and the dashed curve over the epochs.
# 2. At dropout 0.6, do the same. Which curve is the lower one, and why?
# 3. Replay epoch 1. Which rate is ahead there, and which in the end?

# %% tags=["lab"]
dropouts = [0.0, 0.2, 0.4, 0.6]
phrase_lab = tk.SweepLab(
    phrase_model,
    phrases,
    "dropout",
    values={"dropout": dropouts},
    epochs=5,
    batch_size=64,
    learning_rate=1e-2,
    at="last",
)
phrase_lab

# %% [markdown] tags=["explain"]
# ## Halving: stop the losers early
#
# Without dropout the training loss falls far below the validation loss: the network begins to learn by heart. At dropout
# 0.6 it stays above, because units are left out in training only. In the first epoch dropout 0 is ahead, in the end 0.2.
#
# The search is by *successive halving* ([3.1](03_1b_search.ipynb)): nine settings begin, and only the best third of them
# go on. As you saw, early losses can mislead. That is the price of the epochs it saves.

# %%
phrase_sweep = swept(phrase_lab, 5)
tell_sweep("dropout", dropouts, phrase_sweep)

space = {"learning_rate": tk.search.Log(4e-3, 3e-2), "dropout": tk.search.Uniform(0.1, 0.6)}
phrase_trials = tk.search(
    phrase_model, phrases, space, method="halving", trials=9, epochs=5, batch_size=64, seed=0, progress=False
)
phrase_run = train_best(phrase_model, phrases, phrase_trials, batch_size=64)
tell_search(phrase_trials)
print(f"Epochs saved by stopping losers: {phrase_trials.epochs_saved:g} of {9 * 5}.")
phrase_lab.figure()

# %%
phrase_answers = answers(phrase_run, phrase_model, phrases.x_test)
phrase_guess = phrase_answers.argmax(axis=1)
phrase_right = phrase_guess == phrases.y_test
baseline_right = baseline.predict(counts(phrases.x_test)) == phrases.y_test
tell_share("Baseline, test phrases", baseline_right)
tell_share("Network, test phrases", phrase_right)
tk.plots.confusion_matrix(phrases.y_test, phrase_guess, class_names=phrases.class_names)

# %%
mixed = {}
for group in ("Bulgarian, Russian, Ukrainian", "Dutch, English, German", "Italian, Portuguese, Spanish"):
    members = [phrases.class_names.index(name) for name in group.split(", ")]
    within = np.isin(phrases.y_test, members) & np.isin(phrase_guess, members)
    mixed[group] = int((within & ~phrase_right).sum())
    print(f"{group:32}{mixed[group]:4} mixed up")
print(f"{'across groups':32}{(~phrase_right).sum() - sum(mixed.values()):4}")
most = max(mixed, key=mixed.get)
phrase_prediction.reveal(
    most,
    f"{mixed[most]} of {(~phrase_right).sum()} mistakes. Languages of one group share letters and word endings, and many "
    "phrases are names that change little from one to the next. Greek has letters of its own.",
)

# %%
for row in worst_errors(phrase_answers, phrases.y_test, 8):
    true, guess = phrases.class_names[phrases.y_test[row]], phrases.class_names[phrase_guess[row]]
    print(
        f"{phrases.text(phrases.x_test[row]):34}{true}, taken for {guess} ({phrase_answers[row].max():.0%} sure)"
    )

# %% [markdown]
# Ten greetings, one in each language. Try your own: change the list and run the cell again.

# %%
greetings = {
    "Bulgarian": "добро утро",
    "Dutch": "goedemorgen",
    "English": "good morning",
    "German": "guten Morgen",
    "Greek": "καλημέρα",
    "Italian": "buongiorno",
    "Portuguese": "bom dia",
    "Russian": "доброе утро",
    "Spanish": "buenos días",
    "Ukrainian": "доброго ранку",
}
greeted = answers(phrase_run, phrase_model, phrases.ids(list(greetings.values())))
guessed = [phrases.class_names[row.argmax()] for row in greeted]
for (language, text), guess, row in zip(greetings.items(), guessed, greeted, strict=True):
    print(f"{text:15}{language:12}taken for {guess} ({row.max():.0%} sure)")
named = sum(language == guess for language, guess in zip(greetings, guessed, strict=True))
print(f"{named} of {len(greetings)} right.")

# %% [markdown]
# The network does worse here than on the test phrases. It has learnt from names of countries, currencies and units; a
# greeting is another kind of text. A test score speaks for data like those of the test, and for no others.

# %% tags=["test"]
greek = phrases.class_names.index("Greek")
assert phrase_right[phrases.y_test == greek].mean() > 0.97
assert phrase_right.mean() > baseline_right.mean() + 0.05
assert wilson(phrase_right.sum(), 1230)[0] > wilson(baseline_right.sum(), 1230)[1]
assert sum(mixed.values()) > 0.5 * (~phrase_right).sum(), mixed
assert named <= 7, guessed
assert sum(map(len, (phrases.x_train, phrases.x_validation, phrases.x_test))) == 8200
training, validation = (phrase_sweep.history[name] for name in ("loss", "val_loss"))
assert training[0, -1] < validation[0, -1] - 0.1 and training[-1, -1] > validation[-1, -1] + 0.05
assert validation[:, 0].argmin() == 0 and dropouts[validation[:, -1].argmin()] == 0.2, validation

# %% [markdown] tags=["idea"]
# ## Speech: sound as an image
#
# A sound is a row of air pressures, 8,000 per second here. We tell words apart by which pitches are strong when. So cut the
# sound into frames of 32 ms, one every 20 ms, take each apart into frequencies, and sum the power in 24 bands of equal width
# in *mel*, a scale of pitch as people hear it
# ([Davis & Mermelstein, 1980](https://doi.org/10.1109/TASSP.1980.1163420); the formula is O'Shaughnessy's, 1987):
#
# $$m = 2595 \log_{10}\Big(1 + \frac{f}{700\text{ Hz}}\Big) \qquad x_{tb} = \ln\Big(\sum_k H_{bk}\, |X_{tk}|^2 + 10^{-6}\Big)$$
#
# $f$ is the frequency in hertz, $m$ the pitch in mel; $X_{tk}$ the Fourier transform of frame $t$ (its ends faded out) at
# frequency $k$; $H_{bk}$ (0 to 1) the triangle that cuts out band $b$. The pressures are scaled, so $X$ and $x$ have no unit.
# The result is a *log-mel spectrogram*.

# %%
speech = tk.datasets.load_spoken_digits()
clips = tk.datasets.load_spoken_clips("train")
rows = [int(np.flatnonzero(clips.digits == digit)[9 * digit]) for digit in range(10)]
# Time runs to the right and pitch upwards, as in sheet music.
spectrograms = speech.x_train[rows, ..., 0].transpose(0, 2, 1)[:, ::-1]
tk.plots.images(spectrograms, titles=speech.class_names, columns=5, title="Ten words: dark is loud")

# %% [markdown]
# Press play. The voices are synthetic, made with espeak-ng; the quiet hiss is added when they are loaded.

# %%
clips.audio(rows)

# %% tags=["test"]
assert "espeak-ng" in speech.source and len(np.unique(clips.voices[rows])) > 5
assert np.allclose(tk.datasets.log_mel(clips.waves[:1]).shape, (1, 39, 24)) and clips.sampling_rate == 8000
parts = [tk.datasets.load_spoken_clips(part) for part in ("train", "validation", "test")]
families = [set(part.families) for part in parts]
assert not (families[0] & families[1] or families[0] & families[2] or families[1] & families[2])
assert all(len(part) == 2 * 10 * len(set(part.voices)) for part in parts) and len(parts[2]) == 320
assert len(set(parts[2].voices)) == len(families[2]) == 16

# %% [markdown] tags=["idea"]
# ## A split that does not leak
#
# Every voice says every digit twice. Shuffle the clips, and a voice is in training and validation: the score promises
# too much. Here no voice is in two parts. Nor are relatives: some voices are small changes of others.
# A split must leave out what is new when the network is used: here, people
# ([Kapoor & Narayanan, 2023](https://doi.org/10.1016/j.patter.2023.100804)).
#
# The baseline is logistic regression on each band's mean and spread over time. Below, the training clips are split
# in three ways.


# %%
def bands(x):
    """Mean and standard deviation of each band over time, shape (rows, 48)."""
    return np.concatenate([x[..., 0].mean(axis=1), x[..., 0].std(axis=1)], axis=1)


baseline = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, tol=1e-2, max_iter=300))
splits = {
    "clips shuffled": (KFold(5, shuffle=True, random_state=0), None),
    "voices left out, relatives kept": (GroupKFold(5), clips.voices),
    "families left out": (GroupKFold(5), clips.families),
}
promises = {
    name: cross_val_score(baseline, bands(speech.x_train), speech.y_train, groups=groups, cv=cv).mean()
    for name, (cv, groups) in splits.items()
}
baseline.fit(bands(speech.x_train), speech.y_train)
speech_baseline = baseline.score(bands(speech.x_validation), speech.y_validation)
for name, share in promises.items():
    print(f"{name:34}{share:.1%}")
print(f"{'new voices, the validation part':34}{speech_baseline:.1%}")

# %% tags=["test"]
assert promises["clips shuffled"] > speech_baseline + 0.03
assert promises["voices left out, relatives kept"] > promises["families left out"] + 0.02
assert abs(promises["families left out"] - speech_baseline) < 0.03

# %% [markdown]
# Shuffled clips promise several points more than new voices keep. Leaving out single voices is not enough, as long as a
# relative stays; only whole families left out come near the truth.
#
# The network is the one for phrases, without the embedding, as each frame already is a row of 24 numbers. A second
# convolution sees longer stretches of time
# ([Abdel-Hamid et al., 2014](https://doi.org/10.1109/TASLP.2014.2339736)).

# %%
keras.utils.set_random_seed(0)
speech_model = keras.Sequential(
    [
        keras.Input((39, 24, 1)),
        layers.Reshape((39, 24)),
        layers.Conv1D(48, 5, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(48, 5, padding="same", activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dropout(0.3),
        layers.Dense(10),
    ]
)

# %% [markdown] tags=["predict"]
# ## Predict: how wide is the interval?
#
# The 320 test clips come from 16 voices. If one clip of a voice is misheard, its other clips are in danger, too.

# %% tags=["predict"]
speech_prediction = tk.Prediction(
    "5-speech",
    "Compared with Wilson's interval for 320 independent clips, an interval that respects the 16 voices is",
    ["narrower", "about as wide", "clearly wider"],
)
speech_prediction

# %% [markdown] tags=["lab"]
# ## Lab: learning rate and dropout together
#
# Press **Train**: six networks, one for each pair.
#
# 1. Press **Go to best**. Is its learning rate at the edge of the map? Then a better one may lie beyond.
# 2. Change the dropout rate, then the learning rate: which of the two moves the loss more?
# 3. Replay the epochs. Which learning rate gets worse again towards the end?

# %% tags=["lab"]
speech_lab = tk.SweepLab(
    speech_model,
    speech,
    "learning_rate",
    "dropout",
    values={"learning_rate": [1e-3, 3e-3, 1e-2], "dropout": [0.1, 0.5]},
    epochs=10,
    at="last",
)
speech_lab

# %% [markdown] tags=["explain"]
# ## Draw voices, not clips
#
# Wilson's formula counts 320 independent rows. The *cluster bootstrap* draws 16 voices with replacement, all clips of a
# voice together, computes the share, and does so 2,000 times; the middle 95 % of these shares are the interval
# ([Field & Welsh, 2007](https://doi.org/10.1111/j.1467-9868.2007.00593.x)). No two of these voices are related. With as
# few as 16 it is a rough interval, more likely too narrow than too wide.


# %%
def voice_bootstrap(right, voices, draws=2000):
    """Ends of a 95 % interval of the share of right clips; whole voices are drawn."""
    _, owner = np.unique(voices, return_inverse=True)
    sizes, hits = np.bincount(owner), np.bincount(owner, weights=right)
    drawn = np.random.default_rng(0).integers(len(sizes), size=(draws, len(sizes)))
    return tuple(np.quantile(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.025, 0.975]))


speech_sweep = swept(speech_lab, 10)
space = {
    "learning_rate": tk.search.Log(1e-3, 6e-3),
    "dropout": tk.search.Uniform(0.1, 0.6),
    "l2": tk.search.Log(1e-6, 1e-3),
}
speech_trials = tk.search(speech_model, speech, space, trials=6, epochs=10, seed=0, progress=False)
speech_run = train_best(speech_model, speech, speech_trials)
tell_search(speech_trials)
speech_lab.figure()

# %% [markdown]
# In the sweep rate 0.003 ends lowest, inside the map; 0.01 gets worse again. The rate moves the loss more than dropout does.
# The choice is made: now the test voices.

# %%
test_clips = tk.datasets.load_spoken_clips("test")
speech_answers = answers(speech_run, speech_model, speech.x_test)
speech_guess = speech_answers.argmax(axis=1)
speech_right = speech_guess == speech.y_test
narrow = wilson(speech_right.sum(), len(speech_right))
wide = voice_bootstrap(speech_right, test_clips.voices)
baseline_share = baseline.score(bands(speech.x_test), speech.y_test)
print(f"Unheard voices, test: {speech_right.mean():.1%} right; the baseline: {baseline_share:.1%}.")
print(f"  {narrow[0]:.1%} to {narrow[1]:.1%} if the clips were independent (Wilson)")
print(f"  {wide[0]:.1%} to {wide[1]:.1%} with whole voices drawn (cluster bootstrap)")
for voice in np.unique(test_clips.voices):
    of_voice = test_clips.voices == voice
    if speech_right[of_voice].mean() < 0.9:
        print(f"  {voice}: {speech_right[of_voice].sum()} of {of_voice.sum()}")
tk.plots.confusion_matrix(speech.y_test, speech_guess, class_names=speech.class_names)

# %%
voice_names, misheard = np.unique(test_clips.voices[~speech_right], return_counts=True)
speech_prediction.reveal(
    "clearly wider",
    f"{100 * (wide[1] - wide[0]):.1f} percentage points instead of {100 * (narrow[1] - narrow[0]):.1f}. The mistakes gather: "
    f"{misheard.max()} of {misheard.sum()} are in clips of {voice_names[misheard.argmax()]}. So there is less independent "
    "evidence than 320 clips suggest. Report the wider one, and say that it is about voices like these.",
)

# %% [markdown]
# Listen to the worst mistakes. Would you have understood them? The hiss belongs to the data.

# %%
speech_worst = worst_errors(speech_answers, speech.y_test, 5)
for row in speech_worst:
    print(f"{test_clips.describe(row)}, taken for {speech.class_names[speech_guess[row]]!r}")
test_clips.audio(speech_worst)

# %% tags=["test"]
assert abs(speech_run.history["val_loss"][-1] - speech_trials.best.objective) < 1e-2
assert speech_right.mean() >= 0.9, speech_right.mean()
assert speech_right.mean() > baseline_share + 0.08
assert wide[1] - wide[0] > 1.3 * (narrow[1] - narrow[0])
assert misheard.max() > 0.3 * misheard.sum(), misheard
speech_table = speech_sweep.table(at="last")
assert (speech_table.argmin(axis=0) == 1).all(), speech_table
assert (speech_table[2] > 1.2 * speech_sweep.table()[2]).all(), speech_table

# %% [markdown]
# ## What each hyperparameter did
#
# One number for each: along the sweep, the highest validation loss at the end divided by the lowest. 1 would mean that it made
# no difference. The numbers depend on the ranges that were swept, and on one seed.

# %%
image_losses, phrase_losses = image_sweep.scores(at="last"), phrase_sweep.scores(at="last")
speech_table = speech_sweep.table(at="last")
ratios = {
    "images, learning rate": image_losses.max() / image_losses.min(),
    "the same up to 0.03": image_losses[:-1].max() / image_losses.min(),
    "phrases, dropout": phrase_losses.max() / phrase_losses.min(),
    "speech, learning rate": (speech_table.max(axis=0) / speech_table.min(axis=0)).mean(),
    "speech, dropout": (speech_table.max(axis=1) / speech_table.min(axis=1)).mean(),
}
for name, ratio in ratios.items():
    print(f"{name:24}{ratio:6.2f}")

# %% [markdown]
# The learning rate of the images stands out because its range went up to 0.1, where the network does not learn at all. Dropout
# moved the loss less than the learning rate did. Batch size and the number of filters were fixed here, so this chapter says
# nothing about them.

# %% tags=["test"]
assert image_losses.argmax() == 4 and image_losses[4] > 2.2 and ratios["images, learning rate"] > 10, ratios
by_rate, by_dropout = (
    [ratio for name, ratio in ratios.items() if word in name] for word in ("rate", "dropout")
)
assert min(by_rate) > max(by_dropout) and 1.5 < ratios["the same up to 0.03"] < 5, ratios

# %% [markdown] tags=["code"]
# ## The same in plain Keras and scikit-learn
#
# For your own clips you need a split by speaker and a network. `GroupShuffleSplit` never puts a group on both sides.

# %%
from sklearn.model_selection import GroupShuffleSplit

splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=0)
learn, judge = next(splitter.split(speech.x_train, speech.y_train, groups=clips.families))
keras.utils.set_random_seed(0)
plain = keras.models.clone_model(speech_model)
plain.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
record = plain.fit(
    speech.x_train[learn],
    speech.y_train[learn],
    validation_data=(speech.x_train[judge], speech.y_train[judge]),
    epochs=3,
    verbose=0,
)
print(
    f"{len(set(clips.families[judge]))} families to judge by: {record.history['val_accuracy'][-1]:.1%} after three epochs."
)

# %% tags=["test"]
assert not set(clips.families[learn]) & set(clips.families[judge])
assert record.history["val_accuracy"][-1] > 0.5

# %% [markdown] tags=["exercise"]
# ## Exercise A: a split that keeps families together
#
# Write a function of one array, the family of each clip. It returns an array of True and False of the same length: True
# for the clips to validate on. About a fifth of the families should be in it, and each family on one side only. Do it
# with NumPy or with scikit-learn.

# %% tags=["exercise"]
# Write a function of an array of names, shape (clips,); return an array of True and False. Call it `hold_out`.
hold_out = None

# %%
tk.check("5-a", hold_out)

# %% [markdown] tags=["hint"]
# `np.unique(families)` gives each name once. Draw from these names, then see `np.isin`.


# %% tags=["solution"]
def hold_out(families):
    names = np.unique(families)
    drawn = np.random.default_rng(0).choice(names, size=max(1, round(len(names) / 5)), replace=False)
    return np.isin(families, drawn)


# %% [markdown] tags=["exercise"]
# ## Exercise B: the number to report
#
# You have tried several settings. A careless colleague has measured all of them on the validation *and* on the test rows.
# Write a function of these two arrays of accuracies that returns the one number you may report as accuracy on new data.

# %% tags=["exercise"]
# Write a function of two arrays of shape (settings,): validation, test. Return one number. Call it `to_report`.
to_report = None

# %%
tk.check("5-b", to_report)

# %% [markdown] tags=["hint"]
# One of the two arrays chooses the setting, the other one says how good it is.


# %% tags=["solution"]
def to_report(validation, test):
    return test[np.argmax(validation)]


# %% tags=["test"]
def shuffled(families):
    return np.random.default_rng(0).random(len(families)) < 0.2


WRONG = {
    "5-a": [
        (0.2, "function"),
        (shuffled, "both sides"),
        (lambda families: np.arange(len(families)) < len(families) // 5, "both sides"),
        (lambda families: np.zeros(len(families), bool), "no clip"),
        (lambda families: np.arange(len(families)), "True and False"),
        (lambda families: families != families[0], "a fifth"),
    ],
    "5-b": [
        (0.93, "function"),
        (lambda validation, test: test.max(), "chosen by the test"),
        (lambda validation, test: validation.max(), "chose it"),
        (lambda validation, test: validation.argmax(), "place"),
        (lambda validation, test: test.mean(), "one setting"),
    ],
}

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Bring the validation loss of the spoken digits below 0.25 within ten epochs. Only the learning rate and dropout may move.

# %%
challenge_lab = tk.TuningLab(
    speech_model, speech, epochs=10, controls=["learning_rate", "dropout", "buttons", "table"]
)
challenge_lab

# %%
challenge = tk.Challenge(
    "5-challenge",
    metric="val_loss",
    below=0.25,
    within_epochs=10,
    moving_only=["learning_rate", "dropout"],
    baseline={"learning_rate": 1e-3, "dropout": 0.3, "optimizer": "adam", "l1": 0.0, "l2": 0.0},
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
# The sweep of the lab moved nothing but these two, for ten epochs: rate 0.001 misses the goal, 0.003 meets it.
assert not challenge.check([speech_sweep[0], speech_sweep[1]]).passed
assert challenge.check([speech_sweep[2], speech_sweep[3]]).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "5-quiz",
    [
        Question(
            "A network hears 200 people, each 50 times. The clips are shuffled before the split. What is wrong?",
            [
                Option("Nothing, shuffling is always right", why="It is right only if rows are independent."),
                Option(
                    "There are too few clips", why="10,000 clips are many; their dependence is the problem."
                ),
                Option(
                    "Each person is in training and test",
                    True,
                    "So the score says nothing about people who are new to the network.",
                ),
            ],
        ),
        Question(
            "All of 50 test rows are right. What do you report?",
            [
                Option(
                    "100 %, with the interval from 93 to 100 %",
                    True,
                    "This is Wilson's interval for 50 of 50.",
                ),
                Option("100 %, without an interval", why="Of 50 new rows a few may well be wrong."),
                Option("100 % plus or minus 0", why="The plain formula fails when no row is wrong."),
            ],
        ),
        Question(
            "Setting A has the best validation accuracy, setting B the best test accuracy. Which one do you use?",
            [
                Option("B, tests count more", why="Then the test has chosen, and its score is too good."),
                Option(
                    "A, and you report A's test accuracy",
                    True,
                    "The validation rows choose, the test rows judge.",
                ),
                Option(
                    "A, and you report B's test accuracy",
                    why="That would be the score of a network you do not use.",
                ),
            ],
        ),
        Question(
            "A baseline reaches 75 %, your network 93 %. Why report the baseline at all?",
            [
                Option(
                    "It shows how much of the 93 % is due to the network",
                    True,
                    "On an easy task both would be near 100 %.",
                ),
                Option(
                    "It makes the network look better",
                    why="It often does the opposite, and then it is most useful.",
                ),
                Option("It replaces the test", why="Both are measured on the same test rows."),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Images, texts and sounds need other first layers, and the same recipe: baseline, network, sweep, search, one test. A
# score comes with an interval, and the interval must follow the unit that is new, such as a voice rather than a clip.
# The worst mistakes say more about what to do next than one more decimal of the score.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [6 Tools](06_tools.ipynb): Hyperopt, KerasTuner and TensorBoard.
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
#   [Gradient-based learning applied to document recognition](https://doi.org/10.1109/5.726791), Proceedings of the IEEE 86,
#   1998
# - Y. Kim, [Convolutional neural networks for sentence classification](https://arxiv.org/abs/1408.5882), EMNLP 2014
# - X. Zhang, J. Zhao, Y. LeCun,
#   [Character-level convolutional networks for text classification](https://arxiv.org/abs/1509.01626), NeurIPS 2015
# - S. Davis, P. Mermelstein,
#   [Comparison of parametric representations for monosyllabic word recognition in continuously spoken sentences](https://doi.org/10.1109/TASSP.1980.1163420),
#   IEEE Transactions on Acoustics, Speech, and Signal Processing 28, 1980
# - D. O'Shaughnessy, *Speech Communication: Human and Machine*, Addison-Wesley 1987, page 150
# - O. Abdel-Hamid et al.,
#   [Convolutional neural networks for speech recognition](https://doi.org/10.1109/TASLP.2014.2339736), IEEE/ACM Transactions
#   on Audio, Speech, and Language Processing 22, 2014
# - E. Wilson, [Probable inference, the law of succession, and statistical inference](https://doi.org/10.1080/01621459.1927.10502953),
#   Journal of the American Statistical Association 22, 1927
# - L. Brown, T. Cai, A. DasGupta, [Interval estimation for a binomial proportion](https://doi.org/10.1214/ss/1009213286),
#   Statistical Science 16, 2001
# - C. Field, A. Welsh, [Bootstrapping clustered data](https://doi.org/10.1111/j.1467-9868.2007.00593.x), Journal of the
#   Royal Statistical Society B 69, 2007
# - S. Kapoor, A. Narayanan,
#   [Leakage and the reproducibility crisis in machine-learning-based science](https://doi.org/10.1016/j.patter.2023.100804),
#   Patterns 4, 2023
# - G. Cawley, N. Talbot,
#   [On over-fitting in model selection and subsequent selection bias in performance evaluation](https://jmlr.org/papers/v11/cawley10a.html),
#   JMLR 11, 2010
# - The clips were made with [espeak-ng](https://github.com/espeak-ng/espeak-ng); the phrases are from
#   [Unicode CLDR](https://cldr.unicode.org)
