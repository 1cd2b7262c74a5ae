# %% [markdown] tags=["title"]
# # 4.2 Improving the structure: a residual network
#
# **You will be able to** find three faults in a published listing by running it in miniature, explain why plain networks
# stop learning when they get deep, and build a residual network that does not.
#
# | | |
# |---|---|
# | **Time** | 45 minutes |
# | **You need first** | [Start here](00_start_here.ipynb); what a layer, a loss and a gradient are |
# | **Part of the article** | 4.2, the example of improving a network's structure |
#
# Run the next cell first. It is done at once, and goes on loading TensorFlow while you read.

# %%
import tuningkit as tk

# %% [markdown] tags=["idea"]
# ## A listing called ResNet
#
# The article shows a PyTorch class named `ResNet`. Four convolutions follow each other, with 64, 128, 256 and 512
# filters, each with batch normalisation and ReLU; after the first one the image is pooled. A last convolution of one
# pixel makes ten channels, one per class, and that is the output. A loop then takes batches from `dataloader` and
# minimises the cross-entropy.
#
# Here is the same structure in Keras, with a sixteenth of the filters, so that it answers at once. All three faults
# of the listing survive the shrinking.

# %%
import keras
import numpy as np

from tuningkit.teaching import Option, Question


def listing_in_miniature():
    """The article's class, layer by layer, with 4, 8, 16 and 32 filters instead of 64 to 512."""
    image = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 7, strides=2, padding="same", name="conv1")(image)
    x = keras.layers.BatchNormalization(name="bn1")(x)
    x = keras.layers.ReLU(name="relu1")(x)
    x = keras.layers.MaxPooling2D(3, strides=2, padding="same", name="pool")(x)
    for number, filters in enumerate((8, 16, 32), start=2):
        x = keras.layers.Conv2D(filters, 3, padding="same", name=f"conv{number}")(x)
        x = keras.layers.BatchNormalization(name=f"bn{number}")(x)
        x = keras.layers.ReLU(name=f"relu{number}")(x)
    scores = keras.layers.Conv2D(10, 1, name="conv5")(x)
    return keras.Model(image, scores, name="listing")


keras.utils.set_random_seed(0)
listing = listing_in_miniature()
rng = np.random.default_rng(0)
pictures = rng.uniform(size=(6, 32, 32, 3)).astype("float32")
labels = np.array([0, 1, 2, 3, 4, 5])

# %% [markdown] tags=["idea"]
# ## Fault one: nothing is residual
#
# A *residual* network has *skip connections*: the input of a block is added to its output. In the listing nothing is
# added. There is a test that needs no reading: silence the middle. With all weights of the middle convolutions at zero,
# a residual network still passes its input on. A plain one forgets which image it saw.

# %%
additions = [layer.name for layer in listing.layers if isinstance(layer, keras.layers.Add)]
print("Additions in the listing:", len(additions))

for name in ("conv2", "conv3", "conv4"):
    listing.get_layer(name).set_weights([0 * w for w in listing.get_layer(name).get_weights()])
answers = listing.predict(pictures, verbose=0)
print("Largest difference between its answers to six images:", np.ptp(answers, axis=0).max())

# %% tags=["test"]
assert additions == []
assert np.ptp(answers, axis=0).max() == 0
assert np.ptp(listing_in_miniature().predict(pictures, verbose=0), axis=0).max() > 0

# %% [markdown] tags=["idea"]
# ## Fault two: the data come from nowhere
#
# The training loop reads `for data, target in dataloader`, and no line says what `dataloader` is. Python finds out
# when the loop starts, not before. The network expects images with three colour channels; which images, how many, and
# how they are scaled the article leaves open, so nobody can repeat its result.

# %%
try:
    for data, target in dataloader:
        print(data.shape, target.shape)
except NameError as error:
    loader_fault = str(error)
    print("NameError:", loader_fault)

# %% tags=["test"]
assert "dataloader" in loader_fault

# %% [markdown] tags=["idea"]
# ## Fault three: an answer for every place
#
# For one image a classifier should give ten scores. A convolution gives ten scores *at every place* it looks at:
#
# $$\text{height of the output} = \left\lceil \frac{32}{2 \cdot 2} \right\rceil = 8$$
#
# 32 is the height of the image in pixels; the first convolution and the pooling each halve it. The labels are one
# class per image, so the cross-entropy has nothing to compare most of the scores with, and refuses. PyTorch's
# `CrossEntropyLoss` reads such an output as one classification per pixel and asks for a label for each
# ([documentation](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html)).

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print("Shape of the answers:", answers.shape, " shape of the labels:", labels.shape)
try:
    cross_entropy(labels, answers)
except ValueError as error:
    shape_fault = str(error)
    print("ValueError:", shape_fault.splitlines()[0][:110])

# %% [markdown]
# The repair is one layer: the mean over all places, *global average pooling*, before the ten scores
# ([Lin et al., 2014](https://arxiv.org/abs/1312.4400)).

# %%
middle = listing.get_layer("relu4").output
pooled = keras.layers.GlobalAveragePooling2D()(middle)
repaired = keras.Model(listing.input, keras.layers.Dense(10)(pooled))
repaired_loss = float(cross_entropy(labels, repaired(pictures)))
print("Shape of the answers:", repaired.output_shape, f" cross-entropy: {repaired_loss:.2f}")

# %% tags=["test"]
assert answers.shape == (6, 8, 8, 10)
assert shape_fault
assert repaired.output_shape == (None, 10) and np.isfinite(repaired_loss)

# %% [markdown] tags=["idea"]
# ## Why depth needs a detour
#
# The gradient that reaches an early layer is a product, one factor for each layer above it:
#
# $$\frac{\partial L}{\partial h_k} = D_k W_{k+1}^\top \cdots D_{n-1} W_n^\top \,\frac{\partial L}{\partial h_n}$$
#
# $L$ is the loss (nats per row), $h_k$ the output of layer $k$ before its activation, $n$ the last layer, $W$ the weights,
# and $D$ a diagonal matrix with the slopes of the activation. If each factor shrinks what it is given, the product
# *vanishes* with depth; if each enlarges it, it *explodes*.
#
# ReLU has slope 0 for about half of its inputs. Keras's own initialiser (Glorot) does not make up for that: about half
# of the squared gradient is lost at every layer
# ([Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html);
# [He et al., 2015](https://arxiv.org/abs/1502.01852)).

# %% [markdown] tags=["idea"]
# ## The residual block
#
# A block computes what is to be *changed* in its input, and adds it:
#
# $$x_{l+1} = x_l + F(x_l), \qquad F(x) = W_b\, f\big(W_a\, f(x)\big)$$
#
# $x_l$ is the input of block $l$, $f$ normalisation and activation, $W_a$ and $W_b$ two layers of weights. For a block
# that has nothing to add, zero weights are enough. The gradient gets a term that no weight can shrink:
#
# $$\frac{\partial L}{\partial x_l} = \frac{\partial L}{\partial x_n}\left(1 + \frac{\partial}{\partial x_l} \sum_{i=l}^{n-1} F(x_i)\right)$$
#
# $n$ is the last block. The 1 is the skip. It stays a clean 1 only if nothing stands behind the addition. So normalisation
# and activation come *before* the weights: *pre-activation*
# ([He et al., 2016](https://arxiv.org/abs/1603.05027)).

# %% [markdown] tags=["predict"]
# ## Predict: twenty layers
#
# A plain network and its residual twin: 20 weight layers of 32 units, ReLU, the same initial weights. Nothing is
# different but the additions.

# %% tags=["predict"]
vanishing = tk.Prediction(
    "4.2-vanishing",
    "Take the size of the gradient at the plain network's last layer as 1. What arrives at the first?",
    ["about 1: a gradient is a gradient", "between a tenth and a hundredth", "less than a hundredth"],
)
vanishing

# %% tags=["predict"]
seeds_prediction = tk.Prediction(
    "4.2-seeds",
    "Both networks are trained from five different seeds. In how many of the five does the residual one win?",
    between=(0, 5),
    unit="seeds",
)
seeds_prediction

# %% [markdown] tags=["lab"]
# ## Lab: depth, with and without skips
#
# The pairs of bars show the gradient that arrives at each layer, on a logarithmic scale. Press **Train**: both networks
# learn side by side.
#
# 1. Move the depth to 4, then to 40. What happens to the left bar of layer 1, what to the right one?
# 2. Back at depth 20, choose the initialiser "He". The plain network's gradient is rescued; look what it learns.
# 3. Choose the activation "sigmoid". Which network still learns?

# %% tags=["lab"]
digits = tk.datasets.load_digits()
lab = tk.DepthLab(digits, depth=20, width=32, epochs=8)
lab

# %% [markdown] tags=["explain"]
# ## What the skips changed
#
# If you skipped the lab, the next cell trains both networks once for you.

# %%
wanted = {"depth": 20, "activation": "relu", "initializer": "glorot_uniform", "normalization": None}


def runs_as_planned():
    """The lab's runs with the settings of the prediction, the latest of each network."""
    fitting = [run for run in lab.runs if wanted.items() <= run.hyperparameters.items() and run.epochs >= 8]
    return {run.hyperparameters["network"]: run for run in fitting}


if len(runs_as_planned()) < 2:
    lab.set(**wanted, network="both", epochs=8, learning_rate=1e-3, seed=0).train().wait()
runs = runs_as_planned()
for kind, run in runs.items():
    print(f"{kind:8} validation accuracy after 8 epochs {run.history['val_accuracy'][7]:.0%}")
lab.figure()

# %% [markdown]
# More of the plain network's gradient comes through after training (the round marks): training changes the weights as
# well. The residual network is far ahead by then.
#
# The other two moves of the lab, for you to compare: with He's initialiser the plain network learns, too. With sigmoid
# it guesses, one digit in ten, and the residual network still learns: the skip goes around the activation.

# %%
moves = {
    "plain, He": tk.models.plain(64, 10, depth=20, width=32, initializer="he_normal"),
    "plain, sigmoid": tk.models.plain(64, 10, depth=20, width=32, activation="sigmoid"),
    "residual, sigmoid": tk.models.residual(64, 10, depth=20, width=32, activation="sigmoid"),
}
reached = {}
for name, network in moves.items():
    run = tk.train(network, digits, epochs=8, seed=0, progress=False)
    reached[name] = run.history["val_accuracy"][-1]
    print(f"{name:18} validation accuracy after 8 epochs {reached[name]:.0%}")

# %% tags=["test"]
assert reached["plain, He"] > 0.6 and reached["residual, sigmoid"] > 0.6
assert reached["plain, sigmoid"] < 0.2

# %% [markdown]
# The bars can be had without the lab, for any Keras model. `arriving` is the gradient at each layer's output, per row.

# %%
from tuningkit.training.layer_signals import layer_signals

keras.utils.set_random_seed(0)
arrives = {}
for name, build, initializer in (
    ("plain, Glorot", tk.models.plain, "glorot_uniform"),
    ("plain, He", tk.models.plain, "he_normal"),
    ("residual, Glorot", tk.models.residual, "glorot_uniform"),
):
    signals = layer_signals(build(64, 10, depth=20, width=32, initializer=initializer), digits)
    arrives[name] = signals.ratio
    print(f"{name:17} of 1 at the last layer, {signals.ratio:.2g} arrives at the first")

# %%
vanishing.reveal(
    "less than a hundredth",
    "Each of the 19 steps back lets about half of the squared gradient through. With He's initialiser, which doubles the "
    "variance of the weights to make up for ReLU, or with skips, it arrives nearly whole.",
)

# %% tags=["test"]
assert arrives["plain, Glorot"] < 1e-2
assert lab.signals["plain"][1].ratio > 10 * lab.signals["plain"][0].ratio
assert 0.1 < arrives["plain, He"] < 10
assert 0.1 < arrives["residual, Glorot"] < 10
assert runs["residual"].history["val_accuracy"][7] > runs["plain"].history["val_accuracy"][7] + 0.15

# %% [markdown]
# One run each may be luck. So: five seeds each, with other initial weights and another order of the rows.

# %%
accuracy = {}
for kind in ("plain", "residual"):
    network = getattr(tk.models, kind)(64, 10, depth=20, width=32)
    sweep = tk.sweep(network, digits, {"seed": range(5)}, epochs=6)
    accuracy[kind] = sweep.history["val_accuracy"][:, -1]
print("seed      " + "".join(f"{seed:>7}" for seed in range(5)))
for kind, values in accuracy.items():
    print(f"{kind:10}" + "".join(f"{value:7.1%}" for value in values))
wins = int(np.sum(accuracy["residual"] > accuracy["plain"]))
print(f"The residual network wins {wins} of 5.")

# %%
seeds_prediction.reveal(
    wins,
    "The worst residual network is better than the best plain one. A coin falls five times on the side you named with "
    "a chance of one in 32.",
)

# %% [markdown]
# What this shows, and what not. Plain networks of this depth *can* learn: choose He's initialiser, as above. With skips
# less depends on such choices. Vanishing is not the whole story either: the plain networks that He and colleagues compared
# had batch normalisation, their gradients did not vanish, and the deeper one still trained worse. Skips repaired that, and
# networks of a hundred layers became practical ([He et al., 2015](https://arxiv.org/abs/1512.03385), section 4.1). The
# digits need no such depth: a plain network of four layers learns them as well, as the next cell shows.

# %%
shallow = tk.train(tk.models.plain(64, 10, depth=4, width=32), digits, epochs=15, seed=0)
print(f"Four plain layers, 15 epochs: {shallow.history['val_accuracy'][-1]:.0%}")

# %% tags=["test"]
assert wins == 5
assert accuracy["residual"].min() > accuracy["plain"].max() + 0.1
assert shallow.history["val_accuracy"][-1] > 0.9

# %% [markdown] tags=["code"]
# ## A residual network for images in plain Keras
#
# Nothing of tuningkit is needed in your own project. This one has eight weight layers: the first convolution, three
# blocks of two, and the scores.


# %%
def residual_network(shape, classes, filters=12, blocks=3):
    """Pre-activation residual network: convolutions of 3 by 3 pixels, scores as raw numbers (logits)."""
    image = keras.Input(shape)
    x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(image)
    for _ in range(blocks):
        change = x
        for _ in range(2):
            change = keras.layers.BatchNormalization(momentum=0.9)(change)
            change = keras.layers.ReLU()(change)
            change = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(change)
        x = keras.layers.Add()([x, change])
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(classes)(x), name="residual_network")


images = tk.datasets.load_digits(images=True)
keras.utils.set_random_seed(0)
network = residual_network((8, 8, 1), 10)
network.compile(keras.optimizers.Adam(5e-3), cross_entropy, metrics=["accuracy"])
record = network.fit(
    images.x_train,
    images.y_train,
    validation_data=(images.x_validation, images.y_validation),
    epochs=5,
    batch_size=32,
    verbose=0,
)
print(f"Validation accuracy after 5 epochs: {record.history['val_accuracy'][-1]:.0%}")

# %% tags=["test"]
assert record.history["val_accuracy"][-1] > 0.9

# %% [markdown] tags=["code"]
# ## The listing, repaired, in PyTorch
#
# The article's language is PyTorch. This version has skips, a loader, and one answer per image. PyTorch is not part of
# tuningkit; if it is missing, the cell says how to get it, and the chapter goes on.

# %%
# The repaired listing in PyTorch.
try:
    import torch
except ImportError:
    torch = None
    print("PyTorch is not installed, so this cell does nothing. To run it: python -m pip install torch")

if torch is not None:

    class ResidualBlock(torch.nn.Module):
        """Normalise, activate, convolve, twice; then add the input."""

        def __init__(self, channels):
            super().__init__()
            layers = []
            for _ in range(2):
                layers += [
                    torch.nn.BatchNorm2d(channels),
                    torch.nn.ReLU(),
                    torch.nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
                ]
            self.change = torch.nn.Sequential(*layers)

        def forward(self, x):
            return x + self.change(x)

    def torch_residual_network(channels=12, blocks=3, classes=10):
        """The first convolution, the blocks, and one row of scores per image."""
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, channels, kernel_size=3, padding=1, bias=False),
            *[ResidualBlock(channels) for _ in range(blocks)],
            torch.nn.BatchNorm2d(channels),
            torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(channels, classes),
        )

    def as_tensors(x, y):
        """PyTorch wants the channels before the rows and columns, and whole-number labels."""
        return torch.tensor(np.moveaxis(x, -1, 1).copy()), torch.tensor(y.astype("int64"))

    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*as_tensors(images.x_train, images.y_train)),
        batch_size=64,
        shuffle=True,
    )
    torch_network = torch_residual_network()
    optimizer = torch.optim.Adam(torch_network.parameters(), lr=5e-3)
    criterion = torch.nn.CrossEntropyLoss()
    for _ in range(6):
        torch_network.train()
        for batch, target in loader:
            optimizer.zero_grad()
            loss = criterion(torch_network(batch), target)
            loss.backward()
            optimizer.step()

    torch_network.eval()
    x_validation, y_validation = as_tensors(images.x_validation, images.y_validation)
    with torch.no_grad():
        torch_scores = torch_network(x_validation)
    torch_accuracy = float((torch_scores.argmax(1) == y_validation).float().mean())
    print(f"PyTorch {torch.__version__}: validation accuracy after 6 epochs {torch_accuracy:.0%}")

# %% tags=["test"]
if torch is not None:
    assert torch_network(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    assert torch_accuracy > 0.85
    rows = torch.randn(2, 12, 8, 8)
    for block in torch_network[1:4]:
        for weight in block.change.parameters():
            torch.nn.init.zeros_(weight)
        assert torch.equal(block(rows), rows)

# %% [markdown] tags=["exercise"]
# ## Exercise A: a block of your own
#
# Write a function that takes a Keras tensor of shape `(batch, units)` and returns the output of a pre-activation residual
# block: ReLU, `Dense`, ReLU, `Dense`, and the addition. Without normalisation. The number of units must stay the same.

# %% tags=["exercise"]
# Write a function of one Keras tensor and call it `my_block`.
my_block = None

# %%
tk.check("4.2-a", my_block)

# %% [markdown] tags=["hint"]
# `x.shape[-1]` is the number of units. Keep `x` under its name, work on a copy called `change`, and end with
# `keras.layers.Add()([x, change])`.


# %% tags=["solution"]
def my_block(x):
    change = keras.layers.ReLU()(x)
    change = keras.layers.Dense(x.shape[-1])(change)
    change = keras.layers.ReLU()(change)
    change = keras.layers.Dense(x.shape[-1])(change)
    return keras.layers.Add()([x, change])


# %% tags=["test"]
def dense_chain(x):
    for _ in range(2):
        x = keras.layers.Dense(x.shape[-1])(keras.layers.ReLU()(x))
    return x


def activated_skip(x):
    x = keras.layers.ReLU()(x)
    change = keras.layers.Dense(x.shape[-1])(x)
    change = keras.layers.Dense(x.shape[-1])(keras.layers.ReLU()(change))
    return keras.layers.Add()([x, change])


def one_layer(x):
    return keras.layers.Add()([x, keras.layers.Dense(x.shape[-1])(keras.layers.ReLU()(x))])


def activation_behind(x):
    return keras.layers.ReLU()(my_block(x))


def no_activation(x):
    change = keras.layers.Dense(x.shape[-1])(keras.layers.Dense(x.shape[-1])(x))
    return keras.layers.Add()([x, change])


image = keras.Input((32, 32, 3))
doubled = keras.layers.Conv2D(4, 3)(image)
for _ in range(3):
    doubled = keras.layers.Add()([doubled, doubled])
adds_itself = keras.Model(image, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(doubled)))
flat = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(6, 3)(image))
for _ in range(3):
    flat = keras.layers.Add()([flat, dense_chain(flat)])
dense_blocks = keras.Model(image, keras.layers.Dense(10)(flat))


WRONG = {
    "4.2-a": [
        (3, "function"),
        (lambda x: "nothing", "Keras tensor"),
        (lambda x: keras.layers.Dense(5)(x), "shape"),
        (dense_chain, "forgets its input"),
        (activated_skip, "negative"),
        (activation_behind, "negative"),
        (one_layer, "two Dense layers"),
        (no_activation, "ReLU"),
    ],
    "4.2-b": [
        (3, "Keras model"),
        (listing, "8, 8, 10"),
        (
            keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(10)]),
            "convolution",
        ),
        (keras.Model(listing.input, keras.layers.Dense(10, "softmax")(pooled)), "softmax"),
        (residual_network((8, 8, 1), 10), "32, 32, 3"),
        (repaired, "does not add"),
        (adds_itself, "to itself"),
        (dense_blocks, "at least 3 convolutions"),
    ],
}

# %% [markdown] tags=["exercise"]
# ## Exercise B: repair the listing
#
# Build a network for colour images of 32 by 32 pixels that deserves the name: at least three residual blocks with
# convolutions, and ten scores per image, as raw numbers.

# %% tags=["exercise"]
# Build a Keras model with the input shape (32, 32, 3) and call it `honest_resnet`.
honest_resnet = None

# %%
tk.check("4.2-b", honest_resnet)

# %% [markdown] tags=["hint"]
# `residual_network` above takes the shape of the images as its first argument.

# %% tags=["solution"]
honest_resnet = residual_network((32, 32, 3), 10)

# %% [markdown] tags=["challenge"]
# ## Challenge
#
# Can a *plain* network of depth 20 or more reach a validation accuracy of 88 % within 12 epochs? Skips are forbidden;
# activation, initialiser, normalisation and learning rate are yours. Any run of the lab below counts.

# %%
challenge_lab = tk.DepthLab(digits, network="plain", depth=20, width=32, epochs=12)
challenge_lab


# %%
def deep_and_plain(runs):
    """What the challenge asks of a list of runs."""
    plain = [run for run in runs if run.hyperparameters["network"] == "plain"]
    deep = [run for run in plain if run.hyperparameters["depth"] >= 20]
    if not deep:
        return "No plain network of depth 20 or more was trained yet."
    best = max(float(np.nanmax(run.history["val_accuracy"][:12])) for run in deep)
    return best >= 0.88, f"The best deep plain network has {best:.1%} within 12 epochs; 88 % are asked for."


challenge = tk.Challenge(
    "4.2-challenge",
    "Reach a validation accuracy of 88 % within 12 epochs with a plain network of depth 20 or more.",
    check=deep_and_plain,
)
challenge.watch(challenge_lab)
challenge

# %% tags=["test"]
assert not challenge.check(lab).passed
challenge_lab.set(activation="tanh").train().wait()
assert challenge.check(challenge_lab).passed

# %% [markdown] tags=["quiz"]
# ## Quiz

# %%
tk.Quiz(
    "4.2-quiz",
    [
        Question(
            "What makes a network residual?",
            [
                Option("Batch normalisation after each convolution", why="Plain networks have that, too."),
                Option("Its depth", why="The article's listing is deep enough and still plain."),
                Option(
                    "The input of a block is added to its output",
                    True,
                    "The layers of the block then learn only what to change.",
                ),
            ],
        ),
        Question(
            "A classifier's output has the shape (batch, 8, 8, 10). What is missing?",
            [
                Option(
                    "A step that makes one answer of the 64 places",
                    True,
                    "Global average pooling, or flattening and a dense layer.",
                ),
                Option("A softmax", why="It would change the numbers, not the shape."),
                Option("More filters", why="Then the last number would grow; the places would stay."),
            ],
        ),
        Question(
            "All weights of a plain network's middle layers are set to zero. What is its answer?",
            [
                Option("The same as before", why="Then the middle layers would have done nothing."),
                Option(
                    "The same for every input",
                    True,
                    "Nothing of the input gets past them. With skips it would.",
                ),
                Option("The input itself", why="That is what a residual block does."),
            ],
        ),
        Question(
            "Two networks were trained once each; the residual one is better by two points. What do you do?",
            [
                Option(
                    "Report it",
                    why="One run each says nothing about the next seed; two points may be luck.",
                ),
                Option(
                    "Train both longer until the gap grows", why="Then you stop when you like the answer."
                ),
                Option(
                    "Train both with several seeds",
                    True,
                    "The spread over seeds says whether the gap is more than luck.",
                ),
            ],
        ),
    ],
)

# %% [markdown] tags=["takeaway"]
# ## Take-away
#
# Run a listing in miniature before you trust its name: silence the middle, look at the shapes, follow the data. In a
# deep plain network the gradient is a long product that vanishes or explodes, unless initialiser or normalisation keep
# its factors near one. A skip connection adds a path without factors, and makes deep networks far easier to train.

# %% [markdown] tags=["sources"]
# ## Next chapter and sources
#
# **Next chapter:** [4.3 A regularised network](04_3_regularized_network.ipynb). It repairs the article's Keras example in
# the same way, and asks whether the penalties helped.
#
# - K. He, X. Zhang, S. Ren, J. Sun, [Deep residual learning for image recognition](https://arxiv.org/abs/1512.03385),
#   CVPR 2016
# - K. He, X. Zhang, S. Ren, J. Sun, [Identity mappings in deep residual networks](https://arxiv.org/abs/1603.05027),
#   ECCV 2016
# - K. He, X. Zhang, S. Ren, J. Sun,
#   [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852), ICCV 2015
# - X. Glorot, Y. Bengio,
#   [Understanding the difficulty of training deep feedforward neural networks](https://proceedings.mlr.press/v9/glorot10a.html),
#   AISTATS 2010
# - M. Lin, Q. Chen, S. Yan, [Network in network](https://arxiv.org/abs/1312.4400), ICLR 2014
