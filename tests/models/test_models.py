"""The chapters' networks: what the papers say they compute, and that every tool of the course takes them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

import tuningkit as tk

DENSE, IMAGE = 64, (8, 8, 1)
BUILDERS = {
    "plain": (DENSE, {"depth": 4, "width": 12}),
    "residual": (DENSE, {"depth": 6, "width": 12}),
    "highway": (DENSE, {"depth": 4, "units": 12}),
    "early_exit": (DENSE, {"exits": 2, "units": 12}),
    "convolutional": (IMAGE, {"filters": (4,), "units": 12}),
    "squeeze_excitation": (IMAGE, {"filters": (8,)}),
}


def build(name: str, **sizes) -> keras.Model:
    inputs, small = BUILDERS[name]
    return getattr(tk.models, name)(inputs, 10, **{**small, **sizes})


def inside(model: keras.Model, *layers: str):
    """The outputs of some layers as functions of the input."""
    return keras.Model(model.input, [model.get_layer(name).output for name in layers])


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).uniform(size=(7, 64)).astype("float32")


@pytest.fixture(scope="module")
def data():
    digits = {DENSE: tk.datasets.load_digits(), IMAGE: tk.datasets.load_digits(images=True)}
    return {shape: each.subset(200, seed=0) for shape, each in digits.items()}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_network_learns_in_train_and_sweep(name, data):
    digits = data[BUILDERS[name][0]]
    model = build(name)
    before = model.get_weights()
    run = tk.train(model, digits, learning_rate=1e-2, epochs=8, seed=0, progress=False)
    assert run.history["loss"][-1] < 0.8 * run.history["loss"][0]
    assert len(run.weights) == len(before)
    sweep = tk.sweep(model, digits, {"learning_rate": [1e-4, 1e-2]}, epochs=2, seed=0, progress=False)
    np.testing.assert_allclose(
        sweep.history["loss"][1], run.history["loss"][:2], rtol=1e-4, err_msg="a sweep of another network"
    )
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_network_is_tuned_in_a_lab_and_saved(name, data, tmp_path):
    model = build(name)
    lab = tk.TuningLab(model, data[BUILDERS[name][0]], epochs=1)
    try:
        lab.train().wait(120)
        assert lab.runs[0].epochs == 1
    finally:
        lab.close()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = data[BUILDERS[name][0]].x_test[:5]
    np.testing.assert_allclose(again(x), model(x), atol=1e-6)


@pytest.mark.parametrize("inputs", [DENSE, IMAGE])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_the_twins_differ_by_the_additions_only(inputs, normalization):
    sizes = {"depth": 8, "width": 6, "normalization": normalization}
    twin, model = (getattr(tk.models, n)(inputs, 10, **sizes) for n in ("plain", "residual"))
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]
    assert [w.shape for w in twin.weights] == [w.shape for w in model.weights]
    extra = {layer.name for layer in model.layers} - {layer.name for layer in twin.layers}
    assert {name for name in extra if not name.startswith("input")} == {"skip_1", "skip_2", "skip_3"}


@pytest.mark.parametrize(("depth", "blocks"), [(2, 0), (4, 1), (40, 19)])
def test_depth_counts_weight_layers(depth, blocks):
    model = tk.models.residual(DENSE, 10, depth=depth, width=4)
    assert sum(isinstance(layer, keras.layers.Dense) for layer in model.layers) == depth
    assert sum(isinstance(layer, keras.layers.Add) for layer in model.layers) == blocks


def test_a_block_adds_its_answer_to_its_input(rows):
    model = build("residual", activation="tanh")
    stem, branch, after = inside(model, "layer_1", "layer_3", "skip_1")(rows)
    np.testing.assert_allclose(after, stem + branch, atol=1e-6)
    kernel_a, bias_a = model.get_layer("layer_2").get_weights()
    kernel_b, bias_b = model.get_layer("layer_3").get_weights()
    by_hand = np.tanh(np.tanh(stem) @ kernel_a + bias_a) @ kernel_b + bias_b
    np.testing.assert_allclose(branch, by_hand, atol=1e-5)


def test_a_residual_network_with_silent_blocks_is_its_first_and_last_layer(rows):
    """The identity is the easy thing to learn: a plain network with the same weights forgets its input."""
    weights = {}
    for name in ("residual", "plain"):
        model = build(name, depth=6)
        for number in range(2, 6):
            model.get_layer(f"layer_{number}").set_weights(
                [np.zeros_like(w) for w in model.get_layer(f"layer_{number}").get_weights()]
            )
        weights[name] = model
    skipped = weights["residual"]
    first, last = skipped.get_layer("layer_1"), skipped.get_layer("layer_6")
    np.testing.assert_allclose(skipped(rows), last(ops.relu(first(rows))), atol=1e-6)
    assert np.ptp(weights["plain"](rows), axis=0).max() == 0


def test_layers_that_share_an_initializer_do_not_share_numbers():
    model = build("plain", initializer=keras.initializers.HeNormal())
    second, third = (model.get_layer(f"layer_{k}").kernel.numpy() for k in (2, 3))
    assert not np.array_equal(second, third)


def test_channels_are_weighted_by_their_gate():
    model = build("squeeze_excitation")
    x = np.random.default_rng(0).uniform(size=(3, *IMAGE)).astype("float32")
    before, squeezed, gate, after = inside(model, "conv_1", "squeeze_1", "gate_1", "scale_1")(x)
    np.testing.assert_allclose(squeezed, np.mean(before, axis=(1, 2)), atol=1e-6)
    reduce, expand = model.get_layer("reduce_1").get_weights(), model.get_layer("gate_1").get_weights()
    hidden = np.maximum(np.asarray(squeezed) @ reduce[0] + reduce[1], 0)
    np.testing.assert_allclose(gate, 1 / (1 + np.exp(-(hidden @ expand[0] + expand[1]))), atol=1e-5)
    np.testing.assert_allclose(after, np.asarray(before) * np.asarray(gate)[:, None, None, :], atol=1e-6)
    assert reduce[0].shape == (8, 2)


def test_a_highway_layer_mixes_new_and_old_by_its_gate(rows):
    model = build("highway")
    x, new, gate, out = inside(model, "first", "transform_1", "gate_1", "highway_1")(rows)
    np.testing.assert_allclose(out, gate * new + (1 - gate) * x, atol=1e-6)
    shut = build("highway", gate_bias=-50.0)
    first, last = inside(shut, "first", "highway_2")(rows)
    np.testing.assert_allclose(first, last, atol=1e-6)
    assert 0.02 < np.mean(gate) < 0.5  # sigmoid(-2) is 0.12


def test_the_joint_loss_is_the_mean_of_the_exits_losses(rows):
    model = build("early_exit", exits=3)
    y = np.arange(7) % 10
    with_each = tk.models.exit_scores(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    separate = np.mean([float(loss(y, scores)) for scores in with_each(rows)])
    joint = float(loss(y, model(rows)))
    [rest] = model.losses
    assert float(rest) > 0
    assert joint + float(rest) == pytest.approx(separate, abs=1e-6)


def test_the_record_of_early_exits_adds_up_to_the_joint_loss(data):
    digits = data[DENSE]
    model = build("early_exit")
    run = tk.train(model, digits, epochs=2, seed=0, progress=False)
    model.set_weights(run.weights)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    exits = tk.models.exit_scores(model)(digits.x_validation)
    separate = np.mean([float(loss(digits.y_validation, scores)) for scores in exits])
    ours = run.history["val_loss"][-1] + run.history["val_penalty"][-1]
    assert ours == pytest.approx(separate, abs=1e-4)


def test_exits_share_their_weights_with_the_network(rows):
    model = build("early_exit")
    exits = tk.models.exit_scores(model)
    model.get_layer("exit_1").kernel.assign(ops.zeros((12, 10)))
    assert np.ptp(exits(rows)[0]) == 0 and np.ptp(exits(rows)[1]) > 0
    with pytest.raises(ValueError, match=r"tk.models.early_exit.*'plain_4'"):
        tk.models.exit_scores(build("plain"))


@pytest.mark.parametrize(
    ("name", "wrong", "error", "words"),
    [
        ("plain", {"depth": 1}, ValueError, "depth must lie between 2 and 200. Received: depth=1"),
        ("plain", {"depth": 2.5}, TypeError, "depth must be a whole number"),
        ("residual", {"depth": 7}, ValueError, "depth=7; 6 or 8 would do"),
        ("residual", {"width": 0}, ValueError, "width must lie between 1 and 4096"),
        ("residual", {"activation": "rely"}, ValueError, '"relu" or "tanh".*rely'),
        ("residual", {"initializer": "he"}, ValueError, '"he_normal".*he'),
        ("residual", {"normalization": "group"}, ValueError, '"batch" or "layer".*group'),
        ("highway", {"gate_bias": float("nan")}, ValueError, "gate_bias must be a number"),
        ("highway", {"units": True}, TypeError, "units must be a whole number"),
        ("early_exit", {"exits": 0}, ValueError, "exits must lie between 1 and 20"),
        ("convolutional", {"filters": (4, 4, 4, 4)}, ValueError, "1 to 3 numbers.*8 by 8"),
        ("convolutional", {"filters": 4}, TypeError, "filters must be a sequence"),
        ("convolutional", {"dropout": 1.0}, ValueError, r"dropout must lie in \[0, 1\)"),
        ("squeeze_excitation", {"ratio": 0}, ValueError, "ratio must lie between 1 and 64"),
        ("squeeze_excitation", {"filters": ()}, ValueError, "1 to 3 numbers"),
    ],
)  # fmt: skip
def test_wrong_sizes_are_refused_in_words(name, wrong, error, words):
    with pytest.raises(error, match=words):
        build(name, **wrong)


@pytest.mark.parametrize(
    ("name", "inputs", "error", "words"),
    [
        ("plain", (8, 8), ValueError, "height, width, channels"),
        ("plain", "64", TypeError, "a number of features or a shape"),
        ("highway", IMAGE, ValueError, r"\(features,\)"),
        ("convolutional", 64, ValueError, "height, width, channels"),
        ("convolutional", (8, 0, 1), ValueError, "each size of inputs"),
    ],
)
def test_wrong_inputs_are_refused_in_words(name, inputs, error, words):
    with pytest.raises(error, match=words):
        getattr(tk.models, name)(inputs, 10)


def test_unknown_networks_are_named():
    with pytest.raises(AttributeError, match=r"no attribute 'resnet'.*residual"):
        tk.models.resnet  # noqa: B018
    assert set(tk.models.__all__) <= set(dir(tk.models))
