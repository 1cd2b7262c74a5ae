# %% [markdown] tags=["title"]
# # 3.2 Network structure: depth, windows and gates
#
# **You will be able to** say from a formula how deep a plain network may be, count what a convolution costs and what it
# saves, and find out whether a part that could adapt to its input really does.
#
# | | |
# |---|---|
# | **Time** | 60 minutes |
# | **You need first** | [3.1a Hyperparameters](03_1a_hyperparameters.ipynb); what a layer, a weight and a gradient are |
# | **Part of the article** | 3.2 Network structure: residual, convolutional and adaptive networks |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## Structure is a hyperparameter, too
#
# Training finds the weights. It does not find how many layers there are, what is connected to what, which weights are
# shared, and which parts may switch themselves off. You choose these, as you choose a learning rate.
#
# The article names three ideas. A *residual* network adds a block's input to its output, so that it can be deep. A
# *convolutional* network uses the same few weights all over an image. An *adaptive* network changes what it does from
# input to input.
#
# Each idea comes with a claim, and each claim can be measured. Here you do so on the 8 by 8 pixels of the handwritten
# digits, where every network trains in seconds.

# %%
from dataclasses import replace

import keras
import numpy as np

from tuningkit.teaching import Option, Question

digits = tk.datasets.load_digits()
images = tk.datasets.load_digits(images=True)
images

# %% [markdown] tags=["idea"]
# ## Depth: one factor per layer
#
# Learning sends the gradient back through all layers. On its way from layer $k$ to the layer below, its mean square
# changes, before training, by the factor
#
# $$q = m \cdot \mathrm{Var}(w) \cdot \mathrm{E}\big[f'(z)^2\big]$$
#
# $m$ is the number of units in layer $k$, $\mathrm{Var}(w)$ the variance of its initial weights, $f'$ the slope of the
# activation at its input $z$; no factor has a unit. Keras's default initialiser (Glorot) makes $m\,\mathrm{Var}(w) = 1$
# where all layers are equally wide. ReLU has slope 1 for about half of its inputs and slope 0 for the rest, so
# $q = \tfrac12$. He's initialiser doubles the variance: $q = 1$. The slope of a sigmoid is at most one quarter, so
# $q \le \tfrac1{16}$.
#
# A network of depth $d$ multiplies $d - 1$ such factors
# ([Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html);
# [He et al., 2015](https://arxiv.org/abs/1502.01852)).

# %% [markdown] tags=["idea"]
# ## Depth: a sum instead of a product
#
# A residual network adds up what its blocks have to say:
#
# $$x_n = x_0 + F_0(x_0) + F_1(x_1) + \dots + F_{n-1}(x_{n-1})$$
#
# $x_l$ is the input of block $l$, $F_l$ the two layers of weights in it, $n$ the number of blocks. The input reaches the
# end without passing a single weight of a block, and so does the gradient on its way back: $F_l$ may be weak, the sum
# still holds ([He et al., 2016](https://arxiv.org/abs/1603.05027)).
#
# Written out, such a network holds many paths, which skip some blocks and use others: $2^n$ of them. That leads to a
# question you can test: does it matter if one block is missing
# ([Veit et al., 2016](https://arxiv.org/abs/1605.06431))?

# %% [markdown] tags=["predict"]
# ## Predict: twice as deep, and damaged
#
# Of a gradient of 1 at the last layer of a plain ReLU network with 20 layers, about 1/700 arrives at the first, with
# Glorot's initialiser.

# %% tags=["predict"]
twice_as_deep = tk.Prediction(
    "3.2-twice-as-deep",
    "What arrives with 40 layers?",
    ["about 1/700 as well", "about 1/1,400", "less than a hundred-thousandth"],
)
twice_as_deep

# %% tags=["predict"]
damage = tk.Prediction(
    "3.2-damage",
    "Networks of ten layers are trained. Then two neighbouring layers in the middle are taken out. Who still reads digits?",
    [
        "both: two layers of ten are not many",
        "the residual one; the plain one guesses",
        "neither: each layer counts on the one before",
    ],
)
damage

# %% [markdown] tags=["lab"]
# ## Lab: deeper and deeper
#
# The pairs of bars show the gradient that arrives at each layer before training, on a logarithmic scale. Press
# **Train**, and both networks learn side by side.
#
# 1. Move the depth from 20 to 40. On a logarithmic scale the plain bars form a straight slope: one factor per layer.
# 2. Choose the activation "tanh", then "sigmoid". What happens to the slope?
# 3. Back at "relu", choose the initialiser "He". The formula says $q = 1$; look whether it is right.

# %% tags=["lab"]
depth_lab = tk.DepthLab(digits, depth=20, width=32, epochs=6)
depth_lab

# %% [markdown] tags=["explain"]
# ## What the depth did
#
# If you skipped the lab, the next cell trains both networks once for you.

# %%
wanted = {"depth": 20, "activation": "relu", "initializer": "glorot_uniform", "normalization": None}
if not any(wanted.items() <= run.hyperparameters.items() for run in depth_lab.runs):
    depth_lab.set(**wanted, network="both", epochs=6, learning_rate=1e-3, seed=0).train().wait()
depth_lab.figure()

# %% [markdown]
# Now the formula beside the measurement, as a mean over three seeds: the gradient at the first layer, divided by that at
# the last.

# %%
from tuningkit.training.layer_signals import layer_signals


def arriving(depth, build=tk.models.plain, **choices):
    """The gradient at the first layer for a gradient of 1 at the last: geometric mean of three seeds."""
    ratios = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        ratios.append(layer_signals(build(64, 10, depth=depth, width=32, **choices), digits).ratio)
    return float(np.exp(np.mean(np.log(ratios))))


arrives = {depth: arriving(depth) for depth in (10, 20, 40)}
print("depth   by the formula   measured")
for depth, measured in arrives.items():
    print(f"{depth:5} {0.5 ** ((depth - 1) / 2):16.1e} {measured:10.1e}")
with_he = arriving(40, initializer="he_normal")
with_skips = arriving(40, tk.models.residual)
print(f"depth 40 with He's initialiser {with_he:.2g}, with skips {with_skips:.2g}")

# %%
twice_as_deep.reveal(
    "less than a hundred-thousandth",
    "Twice as many factors multiply to the square: 1/700 times 1/700 is about 1/500,000. He's initialiser and skips each "
    "keep the gradient alive, in different ways.",
)

# %% tags=["test"]
for depth, measured in arrives.items():
    assert 0.2 < measured / 0.5 ** ((depth - 1) / 2) < 5
assert 1 / 3500 < arrives[20] < 1 / 140 and arrives[40] < 1e-5
assert 0.05 < with_he < 5 and 1 < with_skips < 50
assert 4.0**-19 / 20 < arriving(20, activation="sigmoid") < 4.0**-19 * 2
assert 0.1 < arriving(20, activation="tanh") < 1

# %% [markdown]
# Does it matter for what they learn? Each line is three networks from three seeds, after six epochs.

# %%
plain, residual = tk.models.plain, tk.models.residual
networks = {
    "plain, 10 layers": plain(64, 10, depth=10, width=32),
    "plain, 20 layers": plain(64, 10, depth=20, width=32),
    "plain, 20, He": plain(64, 10, depth=20, width=32, initializer="he_normal"),
    "residual, 10 layers": residual(64, 10, depth=10, width=32),
    "residual, 20 layers": residual(64, 10, depth=20, width=32),
}
sweeps = {}
print("                         training loss       validation accuracy")
for name, network in networks.items():
    sweeps[name] = tk.sweep(network, digits, {"seed": range(3)}, epochs=6, progress=False)
    losses = "".join(f"{loss:7.2f}" for loss in sweeps[name].history["loss"][:, -1])
    shares = "".join(f"{share:7.0%}" for share in sweeps[name].history["val_accuracy"][:, -1])
    print(f"{name:19} {losses}   {shares}")

# %% [markdown]
# With Glorot's initialiser the deeper plain network is worse even on the rows it learns from. So this is not overfitting:
# it is harder to train. He's initialiser keeps the gradient alive and brings the loss down by about half. The residual
# networks are far ahead all the same, and with skips more depth does no harm.
#
# So a caution about the article's "solves the vanishing gradient". It is part of the story. The networks in the paper
# that introduced skips had healthy gradients already, thanks to normalisation and He's initialiser, and the deeper plain
# ones still trained worse ([He et al., 2015](https://arxiv.org/abs/1512.03385), section 4.1). A skip also makes "change
# nothing" easy to learn.
#
# Now the damage. In the plain network, two layers are replaced by ones that pass on what they get. In the residual
# network, one block is made to add nothing. Each network is damaged in each of four places.


# %%
def share_right(model, x, y):
    """Share of rows for which the highest score is that of the right class."""
    return float(np.mean(np.argmax(model(x), axis=-1) == y))


def damaged_in(block, kind, run):
    """What the trained network still reads with the two layers of one block taken out."""
    model = networks[f"{kind}, 10 layers"]
    model.set_weights(run.weights)
    lower, upper = (model.get_layer(f"layer_{number}") for number in (2 * block, 2 * block + 1))
    if kind == "plain":
        for layer in (lower, upper):
            layer.set_weights([np.eye(32), np.zeros(32)])
    else:
        upper.set_weights([np.zeros((32, 32)), np.zeros(32)])
    return share_right(model, digits.x_validation, digits.y_validation)


damaged = {}
for kind in ("plain", "residual"):
    runs = sweeps[f"{kind}, 10 layers"]
    damaged[kind] = [[damaged_in(block, kind, run) for block in (1, 2, 3, 4)] for run in runs]
    for run, shares in zip(runs, damaged[kind], strict=True):
        whole = run.history["val_accuracy"][-1]
        print(f"{kind:9} whole {whole:.0%}, damaged " + ", ".join(f"{share:.0%}" for share in shares))

# %%
damage.reveal(
    "the residual one; the plain one guesses",
    "In a plain network every layer is made for what the one before it gives out. In a residual network each block "
    "only adds a little to a sum, and half of all paths never went through the block that is missing.",
)

# %% tags=["test"]
final_loss = {name.replace(" layers", ""): sweep.history["loss"][:, -1] for name, sweep in sweeps.items()}
assert final_loss["plain, 20"].min() > final_loss["plain, 10"].max()
assert 0.35 < final_loss["plain, 20, He"].mean() / final_loss["plain, 20"].mean() < 0.6
assert final_loss["residual, 20"].max() < final_loss["plain, 20, He"].min() / 2
assert final_loss["residual, 20"].mean() < 1.1 * final_loss["residual, 10"].mean()
assert max(final_loss["residual, 10"].max(), final_loss["residual, 20"].max()) < final_loss["plain, 10"].min()
assert np.max(damaged["plain"]) < 0.35 < 0.45 < np.min(damaged["residual"])
assert np.mean(damaged["plain"]) < 0.2

# %% [markdown] tags=["idea"]
# ## Convolution: a small window, used everywhere
#
# A dense layer has a weight of its own for each pair of input and output. A *convolution* moves a small window over the
# image and computes the same weighted sum at every place:
#
# $$z_{i,j,f} = b_f + \sum_{u=1}^{k} \sum_{v=1}^{k} \sum_{c=1}^{C} w_{u,v,c,f}\; x_{si+u,\; sj+v,\; c}$$
#
# $x$ is the image with $C$ channels, $k$ the side of the window (*kernel size*, in pixels), $s$ the *stride*, the step of
# the window in pixels, $w$ and $b$ the weights and the bias of filter $f$, and $z_{\cdot,\cdot,f}$ its *feature map*.
#
# Two beliefs are built in: what matters is near, and it matters in the same way at all places. Where they hold, fewer
# weights have to be learned ([LeCun et al., 1998](https://doi.org/10.1109/5.726791);
# [Goodfellow et al., 9](https://www.deeplearningbook.org/contents/convnets.html)).

# %% [markdown] tags=["idea"]
# ## Sizes and counts
#
# Along a side of $n$ pixels, with $p$ zeros added at each end (*padding*), the window has
#
# $$o = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# places ([Dumoulin & Visin, 2016](https://arxiv.org/abs/1603.07285)). Keras knows two paddings: "valid" adds nothing,
# "same" adds as many zeros as give $\lceil n / s \rceil$ places. With $F$ filters there are
#
# $$(k^2 C + 1)\,F \text{ parameters} \qquad\text{and}\qquad o^2\, k^2 C F \text{ multiplications}$$
#
# for each image. A dense layer from the same image to as many outputs has $(n^2 C + 1)\, o^2 F$ parameters and about as
# many multiplications. So a convolution saves both, but not by the same factor: its weights are stored once and used at
# every place.

# %% [markdown] tags=["idea"]
# ## Pooling
#
# *Pooling* makes a feature map smaller. *Max pooling* keeps the largest value of each window of, mostly, 2 by 2 pixels;
# *average pooling* their mean. Nothing is learned in it, and the rule for the size is the same, with $s = k$.
#
# The layers behind it get a quarter of the numbers, which saves most of *their* weights. And a feature that moves by a
# pixel within its window leaves the maximum as it was. That makes the network less sensitive to small shifts. Less
# sensitive, not insensitive: how much is left is a matter for measuring
# ([Goodfellow et al., 9.3](https://www.deeplearningbook.org/contents/convnets.html)).

# %% [markdown] tags=["predict"]
# ## Predict: savings and shifts
#
# Eight filters of 3 by 3 pixels look at the digits, without padding. They have 80 parameters and give 6 · 6 · 8 = 288
# numbers.

# %% tags=["predict"]
dense_parameters = tk.Prediction(
    "3.2-parameters",
    "How many parameters has a dense layer that makes 288 numbers of the same 64 pixels?",
    ["about 2,000", "about 20,000", "about 200,000"],
)
dense_parameters

# %% tags=["predict"]
shifts = tk.Prediction(
    "3.2-shift",
    "Two networks of about 800 parameters read about 95 % of the digits: one with convolution and pooling, one dense. Now "
    "all images are shifted by one pixel. How many do they read?",
    [
        "convolution above 90 %, dense about half",
        "convolution nearly 60 %, dense less than half",
        "both above 90 %",
    ],
)
shifts

# %% [markdown] tags=["lab"]
# ## Lab: filters and feature maps
#
# Each column is a filter: its weights, and what it makes of the chosen image after convolution and after pooling. Below
# stand all sizes and counts. Press **Train** and watch the filters form.
#
# 1. Raise the kernel size to 5, then the stride to 2. Follow the rule for the size in the numbers below.
# 2. Switch the pooling off. Which layer grows? Look at its parameters in the table.
# 3. Set padding "same" and kernel size 8. Then go back to "valid" and kernel size 8: one place is left, and no room to
#    pool. Read what the lab says.

# %% tags=["lab"]
feature_lab = tk.FeatureLab(images)
feature_lab

# %% [markdown] tags=["explain"]
# ## What the windows saved
#
# If you skipped the lab, the next cell trains its network once for you.

# %%
if not feature_lab.runs:
    feature_lab.train().wait()
feature_lab.figure()

# %%
convolution = tk.FeatureLab(images).plan.layers[0]
multiplications = 6 * 6 * 3 * 3 * 1 * 8
print(f"outputs          {convolution.outputs:7,}")
print(f"parameters       {convolution.parameters:7,}, dense {convolution.dense:7,}")
print(f"multiplications  {multiplications:7,}, dense {64 * convolution.outputs:7,}")

# %%
dense_parameters.reveal(
    "about 20,000",
    "65 for each of the 288 outputs: 64 weights and a bias. The convolution has 234 times fewer parameters, but only 7 "
    "times fewer multiplications, because each weight is used at 36 places.",
)

# %% [markdown]
# Now two networks with about the same number of parameters, and a third to see what pooling does. Five seeds each.


# %%
def one_pixel_off(x):
    """The images shifted by one pixel to each of the four sides, zeros where nothing is left."""
    moved = np.zeros((4, *x.shape), x.dtype)
    moved[0, :, 1:], moved[1, :, :-1] = x[:, :-1], x[:, 1:]
    moved[2, :, :, 1:], moved[3, :, :, :-1] = x[:, :, :-1], x[:, :, 1:]
    return moved


def network_of(*layers):
    return keras.Sequential([keras.Input((8, 8, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(10)])


def window():
    return keras.layers.Conv2D(8, 3, activation="relu")


rivals = {
    "convolution, pooling": network_of(window(), keras.layers.MaxPooling2D(2)),
    "convolution only": network_of(window()),
    "dense": network_of(keras.layers.Flatten(), keras.layers.Dense(11, "relu")),
}
straight, shifted = {}, {}
print("                      parameters   validation accuracy, five seeds    shifted")
for name, network in rivals.items():
    sweep = tk.sweep(network, images, {"seed": range(5)}, learning_rate=3e-3, epochs=20, progress=False)
    straight[name], shifted[name] = sweep.history["val_accuracy"][:, -1], []
    for run in sweep:
        network.set_weights(run.weights)
        views = one_pixel_off(images.x_validation)
        shifted[name].append(np.mean([share_right(network, x, images.y_validation) for x in views]))
    print(
        f"{name:21} {network.count_params():10,}   "
        + "".join(f"{share:6.1%} " for share in straight[name])
        + f"{np.mean(shifted[name]):7.0%}"
    )

# %%
shifts.reveal(
    "convolution nearly 60 %, dense less than half",
    "A feature map shifts with the image, but the dense layer behind it has a weight for each place, and now the wrong "
    "ones are multiplied. Pooling takes away part of the shift. One pixel of eight is a lot; augmentation, which shifts "
    "the training images as well, is the remedy (3.3).",
)

# %% [markdown]
# With as many parameters, the convolutional network reads more digits than the dense one. Three notes of caution.
#
# - It is not cheaper to *run*: the same 800 parameters take four times the multiplications of the dense rival.
# - Without pooling it has nearly four times the parameters, most of them behind the convolution, and stands a shift no
#   better than the dense network.
# - The two beliefs are what helps. On data whose neighbouring columns have nothing to do with each other, such as a
#   table of measurements, a convolution has no advantage to offer.

# %% tags=["test"]
assert convolution.parameters == 80 and convolution.dense == 18_720
assert 230 < convolution.dense / convolution.parameters < 240
assert 6.5 < 64 * convolution.outputs / multiplications < 7.5
pooled, bare, dense = (rivals[name] for name in rivals)
assert abs(pooled.count_params() - 800) < 50 and abs(dense.count_params() - 800) < 50
assert 3.5 < bare.count_params() / pooled.count_params() < 4
assert 3.5 < (multiplications + 72 * 10) / (64 * 11 + 110) < 4.5
assert straight["convolution, pooling"].mean() > straight["dense"].mean() + 0.01
assert all(0.93 < straight[name].mean() < 0.98 for name in rivals)
assert min(shifted["convolution, pooling"]) > max(shifted["dense"])
assert 0.53 < np.mean(shifted["convolution, pooling"]) < 0.62
assert np.mean(shifted["dense"]) < 0.5 and np.mean(shifted["convolution only"]) < 0.5

# %% [markdown] tags=["code"]
# ## A convolutional network in plain Keras
#
# Nothing of tuningkit is needed in your own project. Two convolutions follow each other here: the second one sees, through
# the first and the pooling, a window of 8 by 8 pixels. The last lines print what you have just counted.

# %%
keras.utils.set_random_seed(0)
small_cnn = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
)
small_cnn.compile(
    optimizer=keras.optimizers.Adam(5e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
small_cnn.fit(images.x_train, images.y_train, epochs=5, verbose=0)
for layer in small_cnn.layers:
    print(f"{layer.name:18} {layer.output.shape[1:]!s:12} {layer.count_params():6,} parameters")
cnn_accuracy = share_right(small_cnn, images.x_validation, images.y_validation)
print(f"Validation accuracy after 5 epochs: {cnn_accuracy:.0%}")

# %% tags=["test"]
assert cnn_accuracy > 0.9
assert [layer.count_params() for layer in small_cnn.layers if layer.weights] == [80, 1168, 650]

# %% [markdown] tags=["idea"]
# ## Adaptive: a volume for every channel
#
# After training, the weights of a network stand still. What an *adaptive* network changes from input to input is which
# of its parts count, through *gates*: numbers between 0 and 1 that the network computes from the input.
#
# *Squeeze and excitation* gives each channel $c$ of an image such a gate:
#
# $$s = \sigma\big(W_2\, \mathrm{ReLU}(W_1 \bar x)\big), \qquad y_{i,j,c} = s_c \; x_{i,j,c}$$
#
# $\bar x$ holds the mean of each channel over all places (*squeeze*), $W_1$ and $W_2$ are two dense layers (*excitation*;
# biases left out here), $\sigma$ is the sigmoid. A gate of 0 mutes a channel, a gate of 1 lets it through
# ([Hu et al., 2018](https://arxiv.org/abs/1709.01507)).

# %% [markdown] tags=["idea"]
# ## Adaptive: change or carry on
#
# In a *highway* layer every unit has a gate $T$. It mixes a new value $H$ with the old one:
#
# $$y = T(x)\, H(x) + \big(1 - T(x)\big)\, x, \qquad T(x) = \sigma(W_T x + b_T)$$
#
# $x$ and $y$ are the values before and after the layer, $W_T$ and $b_T$ the gate's weights and bias. What is not changed
# is *carried*. A negative $b_T$ closes the gates at the start: with $-2$ each layer carries 88 % of its input on, so that
# a deep network begins as one that lets everything through. Highway networks came months before residual ones, whose
# skip is always open ([Srivastava et al., 2015](https://arxiv.org/abs/1505.00387)).

# %% [markdown] tags=["idea"]
# ## Adaptive: leave when sure
#
# A network with *early exits* has a full answer after several of its layers. An image leaves at the first exit whose
# highest probability reaches a threshold; only the hard ones go on to the end. The mean cost of an image is
#
# $$\bar c = \sum_e q_e\, c_e$$
#
# $q_e$ is the share of images that leave at exit $e$, and $c_e$ the multiplications spent until there, those of the exits
# asked in vain included. The paper measures confidence by the entropy of the probabilities instead of the highest one
# ([Teerapittayanon et al., 2016](https://arxiv.org/abs/1709.01686)).
#
# To give the gates something to adapt to, every second image of the digits is turned into its negative: dark ink on
# white becomes white on dark.


# %%
def half_as_negatives(data, seed=0):
    """The same images, one in two, drawn at random, with black and white exchanged."""
    rng = np.random.default_rng(seed)
    parts = {}
    for name in ("x_train", "x_validation", "x_test"):
        x = getattr(data, name)
        turned = rng.random(len(x)) < 0.5
        parts[name] = np.where(turned[:, None, None, None], 1 - x, x)
    return replace(data, name="digits, half of them negatives", **parts)


mixed = half_as_negatives(images)
negative = (mixed.x_validation != images.x_validation).any(axis=(1, 2, 3))
print(f"{negative.sum()} of {len(negative)} validation images are negatives.")

# %% [markdown] tags=["predict"]
# ## Predict: what gates are for
#
# Networks with gates are trained on these images. Then every gate is *frozen* at its mean over the validation images:
# it no longer depends on the image, but is open by the same amount on average.

# %% tags=["predict"]
frozen_gates = tk.Prediction(
    "3.2-frozen",
    "What does freezing do to the accuracy?",
    [
        "it ruins both squeeze and excitation and the highway",
        "it hardly changes either",
        "it ruins the highway and hardly changes squeeze and excitation",
    ],
)
frozen_gates

# %% tags=["predict"]
early_exits = tk.Prediction(
    "3.2-exits",
    "A network has three exits, and an image leaves as soon as the highest probability is 0.7. Compared with sending all "
    "images to the end, the accuracy",
    ["falls by ten points or more", "stays within two points", "rises by ten points or more"],
)
early_exits

# %% [markdown] tags=["lab"]
# ## Lab: what opens, what closes, who leaves
#
# Press **Train**. The threshold and the image can then be moved without any training.
#
# 1. Move the threshold from 0 to "never leave early". Watch accuracy and computation. Where would you stop?
# 2. Choose the adaptive units "squeeze and excitation" and go through the images. Do the bars move?
# 3. Choose "highway gates" and do the same. Then set the depth to 20 and the gates' first bias to 1: the gates are open
#    at the start. What does the network learn?

# %% tags=["lab"]
gate_lab = tk.GateLab(mixed, kind="early_exit", units=16, threshold=0.7)
gate_lab

# %% [markdown] tags=["explain"]
# ## What the exits saved
#
# If you skipped the lab, or changed its network, the next cell trains the one it began with.

# %%
began_with = {"kind": "early_exit", "exits": 3, "layers_between": 1, "units": 16}
if not began_with.items() <= vars(gate_lab.settings).items() or not gate_lab.runs:
    gate_lab.set(**began_with, learning_rate=3e-3, epochs=15, seed=0, threshold=0.7).train().wait()
reading, costs = gate_lab.wait().reading, gate_lab.costs
thresholds = [0, 0.5, 0.7, 0.9, 1.01]
trade_off = tk.models.exit_trade_off(reading.probabilities, mixed.y_validation, costs, thresholds)
print(costs.formula(1))
print(costs.formula(3))
print("threshold   leave at exit 1, 2, 3   accuracy   computation")
for i, threshold in enumerate(thresholds):
    shares = "".join(f"{share:7.0%}" for share in trade_off.shares[i])
    print(f"{threshold:9} {shares}  {trade_off.accuracy[i]:10.1%} {trade_off.computation[i]:13.2f}")
gate_lab.figure()

# %% [markdown]
# "Computation" is measured against the same network without its early exits. Three things to notice.
#
# - At 0 all images leave at once: the cheapest network, and not the best one.
# - In between, nothing worth mentioning is lost. Those who leave early are nearly always right; that is what being sure
#   is good for.
# - Above 1 nobody leaves early, and it costs *more* than without exits: they were asked in vain. In a network as small
#   as this one an exit is a large part of a layer, so a threshold of 0.9 saves nothing. In a large network exits are
#   cheap.

# %%
early_exits.reveal(
    "stays within two points",
    "The sure answers are right, and the unsure ones are still worked on. How much is saved depends on how many easy "
    "images there are.",
)

# %% tags=["test"]
rows = replace(mixed, **{n: getattr(mixed, n).reshape(-1, 64) for n in ("x_train", "x_validation", "x_test")})
exit_model = tk.models.early_exit(64, 10, exits=3, units=16)
trades, right_if_left = [], []
for run in tk.sweep(exit_model, rows, {"seed": range(5)}, learning_rate=3e-3, epochs=15, progress=False):
    exit_model.set_weights(run.weights)
    inside = tk.models.read_gates(exit_model, rows.x_validation)
    trades.append(tk.models.exit_trade_off(inside.probabilities, rows.y_validation, costs, thresholds))
    left = tk.models.exits_taken(inside.probabilities, 0.7) == 1
    right_if_left.append(np.mean(inside.predicted[0][left] == rows.y_validation[left]))
all_exits = np.array([trade.accuracy for trade in [trade_off, *trades]])
assert np.abs(all_exits[:, [1, 2, 3]] - all_exits[:, [4]]).max() < 0.02
assert np.mean(all_exits[:, 0] - all_exits[:, 4]) < -0.01
computation = np.array([trade.computation for trade in [trade_off, *trades]])
assert np.all(np.diff(computation, axis=1) > 0) and np.all(computation[:, 4] > 1.1)
assert np.mean(computation[:, 3]) > 0.95 and computation[:, 1].max() < 0.95
assert min(right_if_left) > 0.95

# %% [markdown]
# Now the gates, with two kinds of network and three seeds each. First as they were trained, then frozen.


# %%
def freeze(model, reading):
    """Hold every gate at its mean over the images: no weights, and the bias that gives this mean."""
    for name, gates in zip(reading.names, reading.gates, strict=True):
        mean = np.clip(gates.mean(axis=0), 1e-6, 1 - 1e-6)
        kernel, _ = model.get_layer(name).get_weights()
        model.get_layer(name).set_weights([0 * kernel, np.log(mean / (1 - mean))])


flat = replace(
    mixed, **{name: getattr(mixed, name).reshape(-1, 64) for name in ("x_train", "x_validation", "x_test")}
)
gated = {
    "squeeze": (tk.models.squeeze_excitation((8, 8, 1), 10, filters=(8, 16, 32)), mixed),
    "highway": (tk.models.highway(64, 10, depth=6, units=32), flat),
}
trained, frozen, moves = {}, {}, {}
print("          accuracy   frozen   how far a gate moves (standard deviation)")
for name, (model, data) in gated.items():
    trained[name], frozen[name], moves[name] = [], [], []
    for run in tk.sweep(model, data, {"seed": range(3)}, learning_rate=3e-3, epochs=10, progress=False):
        model.set_weights(run.weights)
        gates = tk.models.read_gates(model, data.x_validation)
        moves[name].append(np.mean([gate.std(axis=0).mean() for gate in gates.gates]))
        trained[name].append(share_right(model, data.x_validation, data.y_validation))
        freeze(model, gates)
        frozen[name].append(share_right(model, data.x_validation, data.y_validation))
        print(f"{name:9} {trained[name][-1]:8.0%} {frozen[name][-1]:8.0%} {moves[name][-1]:10.3f}")

# %%
frozen_gates.reveal(
    "it ruins the highway and hardly changes squeeze and excitation",
    "The highway's gates move from image to image, and the network relies on it. The channels' gates could move, but hardly "
    "do: here they have become constant volumes.",
)

# %% [markdown]
# So "adaptive" is what a structure *can* do, not what it does. These small images leave the channels' gates little reason
# to move: the mean over all places tells little about a digit. On photographs of a thousand classes the same gates do
# differ between classes, in the deeper blocks more than in the first ones, and they improve the accuracy
# ([Hu et al., 2018](https://arxiv.org/abs/1709.01507)). Whether they do on your data, freezing them tells you in a minute.

# %% tags=["test"]
assert np.abs(np.subtract(trained["squeeze"], frozen["squeeze"])).max() < 0.02
assert min(np.subtract(trained["highway"], frozen["highway"])) > 0.08
assert np.mean(np.subtract(trained["highway"], frozen["highway"])) > 0.2
assert max(moves["squeeze"]) < 0.03 < 0.1 < min(moves["highway"])
assert round(1 / (1 + np.exp(-2)), 2) == 0.88
by_bias = {}
for bias in (-2.0, 1.0):
    deep_highway = tk.models.highway(64, 10, depth=20, units=32, gate_bias=bias)
    run = tk.train(deep_highway, flat, learning_rate=3e-3, epochs=5, seed=0, progress=False)
    by_bias[bias] = run.history["val_accuracy"][-1]
assert by_bias[-2.0] > by_bias[1.0] + 0.2

# %% [markdown] tags=["code"]
# ## Early exits in plain Keras
#
# One model with two outputs is trained on both. Afterwards it is cut in two, so that the second half runs only for those
# images that stay.

# %%
keras.utils.set_random_seed(0)
pixels = keras.Input((64,))
early_layer = keras.layers.Dense(16, "relu")(pixels)
late_layer = keras.layers.Dense(16, "relu")(early_layer)
early_scores, late_scores = (keras.layers.Dense(10)(layer) for layer in (early_layer, late_layer))
two_exits = keras.Model(pixels, [early_scores, late_scores])
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
two_exits.compile(keras.optimizers.Adam(5e-3), [cross_entropy, cross_entropy])
two_exits.fit(digits.x_train, [digits.y_train, digits.y_train], epochs=6, verbose=0)

first_half = keras.Model(pixels, [early_layer, early_scores])
second_half = keras.Model(early_layer, late_scores)
features, scores = first_half(digits.x_validation)
sure = np.max(keras.ops.softmax(scores), axis=-1) >= 0.7
answers = np.argmax(scores, axis=-1)
answers[~sure] = np.argmax(second_half(np.asarray(features)[~sure]), axis=-1)
right_answers = np.mean(answers == digits.y_validation)
print(f"{sure.mean():.0%} of the images leave early; {right_answers:.0%} of all answers are right.")

# %% tags=["test"]
assert 0.4 < sure.mean() < 1 and right_answers > 0.85

# %% [markdown] tags=["exercise"]
# ## Exercise A: what a convolution costs
#
# Write a function of a square image's side `n`, its `channels`, the number of `filters`, their side `k`, the `stride` and
# the `padding` (zeros at each end of a side). It returns two numbers: the side of the output, and the number of
# parameters.

# %% tags=["exercise"]
# Write a function of (n, channels, filters, k, stride, padding) that returns two numbers.
convolution_numbers = None

# %%
tk.check("3.2-a", convolution_numbers)

# %% [markdown] tags=["hint"]
# In Python `//` divides and rounds down. Each filter has `k * k` weights for each channel of its input, and one bias.


# %% tags=["solution"]
def convolution_numbers(n, channels, filters, k, stride=1, padding=0):
    side = (n + 2 * padding - k) // stride + 1
    return side, (k * k * channels + 1) * filters


# %% tags=["test"]
assert convolution_numbers(8, 1, 8, 3) == (6, 80)


def gate_without_relu(x):
    gate = keras.layers.GlobalAveragePooling2D()(x)
    gate = keras.layers.Dense(x.shape[-1], "sigmoid")(keras.layers.Dense(2)(gate))
    return keras.layers.Multiply()([x, keras.layers.Reshape((1, 1, x.shape[-1]))(gate)])


def gate_with_softmax(x):
    gate = keras.layers.GlobalAveragePooling2D()(x)
    gate = keras.layers.Dense(x.shape[-1], "softmax")(keras.layers.Dense(2, "relu")(gate))
    return keras.layers.Multiply()([x, keras.layers.Reshape((1, 1, x.shape[-1]))(gate)])


WRONG = {
    "3.2-a": [
        (80, "function"),
        (lambda n, c, f, k, s, p: (n + 2 * p - k) // s + 1, "two numbers"),
        (lambda n, c, f, k, s, p: ((n + 2 * p - k) // s, (k * k * c + 1) * f), "one too small"),
        (lambda n, c, f, k, s, p: ((n + 2 * p - k) // s + 1, k * k * c * f), "biases are missing"),
    ],
    "3.2-b": [
        (3, "function of one tensor"),
        (lambda x: keras.layers.GlobalAveragePooling2D()(x), "keeps the shape"),
        (lambda x: x, "two Dense layers"),
        (gate_with_softmax, "one half"),
        (gate_without_relu, "another amount"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: a gate of your own
#
# Write squeeze and excitation as a function of a Keras tensor of shape `(batch, height, width, channels)`: the mean over
# all places, a `Dense` layer of 2 units with ReLU, a `Dense` layer of as many units as there are channels with a sigmoid,
# and the product with the input. It returns a tensor of the shape that it was given.

# %% tags=["exercise"]
# Write a function of one Keras tensor and call it `my_gate`.
my_gate = None

# %%
tk.check("3.2-b", my_gate)

# %% [markdown] tags=["hint"]
# `keras.layers.GlobalAveragePooling2D()` makes `(batch, channels)` of the images. `keras.layers.Reshape((1, 1, channels))`
# makes the gate broad enough for `keras.layers.Multiply()([x, gate])`; `x.shape[-1]` is the number of channels.


# %% tags=["solution"]
def my_gate(x):
    gate = keras.layers.GlobalAveragePooling2D()(x)
    gate = keras.layers.Dense(2, "relu")(gate)
    gate = keras.layers.Dense(x.shape[-1], "sigmoid")(gate)
    return keras.layers.Multiply()([x, keras.layers.Reshape((1, 1, x.shape[-1]))(gate)])


# %% [markdown] tags=["challenge"]
# ## Challenge
#
# The lab's first network has 810 parameters. Read 95 % of the validation digits within 40 epochs with at most 450.
# Everything may move, the learning rate included. Any run of the lab below counts.

# %%
challenge_lab = tk.FeatureLab(images)
challenge_lab


# %%
def small_and_good(runs):
    """What the challenge asks of a list of runs."""
    small = [run for run in runs if sum(weight.size for weight in run.weights) <= 450]
    if not small:
        return "No network with at most 450 parameters was trained yet."
    best = max(float(np.nanmax(run.history["val_accuracy"][:40])) for run in small)
    return best >= 0.95, f"The best network of at most 450 parameters reads {best:.1%}; 95 % are asked for."


challenge = tk.Challenge(
    "3.2-challenge",
    "Read 95 % of the validation digits within 40 epochs with at most 450 parameters.",
    check=small_and_good,
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
assert not challenge.check(challenge_lab.train().wait()).passed
assert not challenge.check(challenge_lab.set(filters=4).wait()).passed
assert challenge.check(challenge_lab.set(learning_rate=5e-3).wait()).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "3.2-quiz",
    [
        Question(
            "A plain ReLU network starts with Glorot's initialiser. You double its depth from 15 to 30 layers. What "
            "happens to the share of the gradient that reaches the first layer?",
            [
                Option(
                    "It halves", why="Each layer halves its square; 15 more layers halve it 15 times more."
                ),
                Option("It is multiplied by itself, roughly", True, "Twice as many factors make the square."),
                Option(
                    "Nothing, if it is trained for longer",
                    why="Before training there is nothing to wait for.",
                ),
            ],
        ),
        Question(
            "A deeper plain network has a higher training loss than a shallow one. What is it not?",
            [
                Option(
                    "Overfitting",
                    True,
                    "An overfitting network has a low training loss. This one is hard to train.",
                ),
                Option(
                    "A matter of the initialiser",
                    why="It may be: with Glorot and ReLU the gradient vanishes.",
                ),
                Option("Degradation", why="That is the name for it, where the gradient is healthy as well."),
            ],
        ),
        Question(
            "A convolution with 16 filters of 5 by 5 pixels looks at an image with 3 channels. How many parameters?",
            [
                Option(
                    "416",
                    why="That counts one channel: (25 + 1) times 16. A filter has weights for all three.",
                ),
                Option("1,200", why="The biases are missing, one for each filter."),
                Option("1,216", True, "(25 times 3, plus 1) times 16, however large the image is."),
            ],
        ),
        Question(
            "What does pooling do for a digit that is shifted by one pixel?",
            [
                Option(
                    "It takes away part of the harm",
                    True,
                    "The maximum of a window often stays, but what leaves the window is lost.",
                ),
                Option("The answer cannot change any more", why="The measurement above says otherwise."),
                Option(
                    "Nothing, it only saves weights", why="Without it, the shifted digits were read worse."
                ),
            ],
        ),
        Question(
            "You freeze the gates of a trained network at their means, and the accuracy stays. What have you learned?",
            [
                Option(
                    "The gates are useless and can go",
                    why="A constant gate still scales; only the adapting is idle.",
                ),
                Option(
                    "The network does not use their dependence on the input",
                    True,
                    "They work as constants. That is worth knowing before you pay for them.",
                ),
                Option(
                    "The network has early exits", why="Those are another way to adapt; they have no gates."
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# In a plain network the gradient is a product with one factor per layer, while a skip turns it into a sum, which depth
# and even a missing block cannot ruin. A convolution stores few weights and uses them everywhere, which saves far more
# parameters than multiplications and helps where neighbours belong together. Gates and early exits let a network treat
# each input in its own way, and freezing them or counting the cost tells whether it does.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [3.3 Regularisation](03_3_regularization.ipynb): when a network learns too much. A published listing
# of a residual network, with three faults, is repaired in [4.2](04_2_residual_network.ipynb).
#
# - X. Glorot, Y. Bengio,
#   [Understanding the difficulty of training deep feedforward neural networks](https://proceedings.mlr.press/v9/glorot10a.html),
#   AISTATS 2010
# - K. He, X. Zhang, S. Ren, J. Sun, [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852), ICCV 2015
# - K. He, X. Zhang, S. Ren, J. Sun, [Deep residual learning for image recognition](https://arxiv.org/abs/1512.03385),
#   CVPR 2016
# - K. He, X. Zhang, S. Ren, J. Sun, [Identity mappings in deep residual networks](https://arxiv.org/abs/1603.05027),
#   ECCV 2016
# - A. Veit, M. Wilber, S. Belongie,
#   [Residual networks behave like ensembles of relatively shallow networks](https://arxiv.org/abs/1605.06431), NeurIPS 2016
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
#   [Gradient-based learning applied to document recognition](https://doi.org/10.1109/5.726791), Proceedings of the IEEE 86,
#   1998
# - V. Dumoulin, F. Visin, [A guide to convolution arithmetic for deep learning](https://arxiv.org/abs/1603.07285), 2016
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, chapter 9, MIT Press 2016:
#   [deeplearningbook.org](https://www.deeplearningbook.org/contents/convnets.html)
# - J. Hu, L. Shen, G. Sun, [Squeeze-and-excitation networks](https://arxiv.org/abs/1709.01507), CVPR 2018
# - R. K. Srivastava, K. Greff, J. Schmidhuber, [Highway networks](https://arxiv.org/abs/1505.00387), 2015
# - S. Teerapittayanon, B. McDanel, H. T. Kung,
#   [BranchyNet: fast inference via early exiting from deep neural networks](https://arxiv.org/abs/1709.01686), ICPR 2016
