"""Sizes and counts of a FeatureLab, against Keras's own; feature maps against a Keras submodel and plain NumPy."""

from __future__ import annotations

from itertools import product

import keras
import numpy as np
import pytest

from tuningkit.labs.feature_lab_network import build_network, feature_maps
from tuningkit.labs.feature_lab_plan import Window, make_plan
from tuningkit.labs.feature_lab_settings import FeatureSettings
from tuningkit.labs.feature_lab_words import count_words, plan_html, size_words, unseen

IMAGES = [(8, 8, 1), (7, 10, 1)]
LAYERS = [
    FeatureSettings(),
    FeatureSettings(kernel_size=4, filters=3, stride=2, padding="same", pooling="average"),
    FeatureSettings(kernel_size=5, filters=2, pooling=None),
    FeatureSettings(kernel_size=9, filters=1, stride=3, padding="same", pool_size=3),
    FeatureSettings(kernel_size=1, filters=5, stride=4, pooling=None),
]


def keras_shapes(settings: FeatureSettings, image: tuple[int, int, int]) -> list[tuple[int, ...]] | None:
    """Shapes after convolution and pooling as Keras works them out; None where it finds no place for a window."""
    conv = keras.layers.Conv2D(
        settings.filters, settings.kernel_size, strides=settings.stride, padding=settings.padding
    )
    try:
        shapes = [conv.compute_output_shape((1, *image))[1:]]
        if settings.pooling:
            pool = keras.layers.MaxPooling2D(settings.pool_size)
            shapes.append(pool.compute_output_shape((1, *shapes[0]))[1:])
    except ValueError:
        return None
    return shapes if min(min(shape) for shape in shapes) > 0 else None


@pytest.mark.parametrize("image", IMAGES)
def test_every_size_is_that_of_keras_and_what_keras_refuses_is_refused(image):
    seen = {True: 0, False: 0}
    for kernel, stride, padding, pool in product(
        range(1, 12), range(1, 5), ("valid", "same"), (None, 2, 3, 4)
    ):
        settings = FeatureSettings(
            kernel_size=kernel, stride=stride, padding=padding, filters=2,
            pooling="max" if pool else None, pool_size=pool or 2,
        )  # fmt: skip
        expected = keras_shapes(settings, image)
        seen[expected is None] += 1
        if expected is None:
            with pytest.raises(ValueError, match="does not fit into"):
                make_plan(settings, image, 10)
        else:
            plan = make_plan(settings, image, 10)
            assert [layer.shape for layer in plan.layers[: len(expected)]] == expected, settings
    assert seen[True] > 50 and seen[False] > 100


@pytest.mark.parametrize("settings", LAYERS, ids=FeatureSettings.in_words)
@pytest.mark.parametrize("image", IMAGES)
def test_every_layer_has_the_shape_and_the_parameters_that_keras_says(settings, image):
    plan, model = make_plan(settings, image, 10), build_network(settings, image, 10)
    assert [layer.name for layer in plan.layers] == [layer.name for layer in model.layers]
    for counted, layer in zip(plan.layers, model.layers, strict=True):
        assert counted.shape == layer.output.shape[1:]
        assert counted.parameters == layer.count_params()
        if counted.dense is not None:
            dense = keras.layers.Dense(counted.outputs)
            dense.build((None, int(np.prod(layer.input.shape[1:]))))
            assert counted.dense == dense.count_params()
    assert plan.parameters == model.count_params()
    assert plan.layers[0].dense is not None


def random_weights(model: keras.Model) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [draw.normal(size=weight.shape).astype("float32") for weight in model.weights]


@pytest.mark.parametrize("settings", LAYERS, ids=FeatureSettings.in_words)
def test_feature_maps_are_those_of_a_keras_submodel(settings):
    model = build_network(settings, (8, 8, 1), 10)
    weights = random_weights(model)
    model.set_weights(weights)
    image = np.random.default_rng(1).random((8, 8, 1)).astype("float32")
    found = feature_maps(settings, weights, image, label=4)
    inside = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    expected = {
        layer.name: np.asarray(out)[0] for layer, out in zip(model.layers, inside(image[None]), strict=True)
    }
    np.testing.assert_allclose(found.after_convolution, expected["conv"], atol=1e-5)
    if settings.pooling:
        np.testing.assert_allclose(found.after_pooling, expected["pool"], atol=1e-5)
    else:
        assert found.after_pooling is None
    np.testing.assert_allclose(found.shares, np.asarray(keras.ops.softmax(expected["scores"])), atol=1e-5)
    assert found.label == 4 and found.answer == expected["scores"].argmax()
    np.testing.assert_array_equal(found.filters, weights[0][:, :, 0])
    np.testing.assert_array_equal(found.biases, weights[1])


def test_feature_maps_are_those_of_a_plain_loop():
    """Window by window in NumPy, with the zeros where the plan puts them: one more at the end than before."""
    settings = FeatureSettings(kernel_size=4, filters=3, stride=3, padding="same")
    plan = make_plan(settings, (8, 8, 1), 10)
    assert (plan.rows.before, plan.rows.after) == (1, 1) and plan.rows.places == 3
    settings = FeatureSettings(kernel_size=3, filters=3, stride=2, padding="same")
    plan = make_plan(settings, (8, 8, 1), 10)
    assert (plan.rows.before, plan.rows.after) == (0, 1)
    weights = random_weights(build_network(settings, (8, 8, 1), 10))
    image = np.random.default_rng(1).random((8, 8, 1)).astype("float32")
    padded = np.pad(
        image[..., 0], ((plan.rows.before, plan.rows.after), (plan.columns.before, plan.columns.after))
    )
    expected = np.zeros((plan.rows.places, plan.columns.places, 3))
    for i, j, f in np.ndindex(*expected.shape):
        window = padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        expected[i, j, f] = max(0.0, float((window * weights[0][:, :, 0, f]).sum() + weights[1][f]))
    pooled = expected[: 2 * (4 // 2), : 2 * (4 // 2)].reshape(2, 2, 2, 2, 3).max(axis=(1, 3))
    found = feature_maps(settings, weights, image, 0)
    np.testing.assert_allclose(found.after_convolution, expected, atol=1e-5)
    np.testing.assert_allclose(found.after_pooling, pooled, atol=1e-5)


def test_the_rule_is_said_with_its_numbers():
    assert Window(8, 3, 1).in_numbers() == "floor((8 + 0 - 3) / 1) + 1 = 6"
    plan = make_plan(FeatureSettings(kernel_size=4, padding="same"), (8, 8, 1), 10)
    said = " ".join(size_words(plan))
    assert "floor((8 + 3 - 4) / 1) + 1 = 8" in said and "1 before the first pixel and 2 after" in said
    assert "floor((8 + 0 - 2) / 2) + 1 = 4" in said
    uneven = make_plan(FeatureSettings(), (7, 10, 1), 10)
    assert (
        "rows floor((7 + 0 - 3) / 1) + 1 = 5, columns floor((10 + 0 - 3) / 1) + 1 = 8"
        in size_words(uneven)[0]
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel_size": 2, "stride": 4}, "2 of every 4 rows and columns of pixels are skipped"),
        ({"kernel_size": 3, "stride": 2, "pooling": None}, "last row and column of the image are never"),
        ({"kernel_size": 2}, "last row and column of each map are never"),
        ({"kernel_size": 1, "stride": 4, "pooling": None}, "last 3 rows and columns of the image are never"),
    ],
)
def test_what_no_window_reaches_is_said(settings, words):
    assert words in " ".join(size_words(make_plan(FeatureSettings(**settings), (8, 8, 1), 10)))


def test_pixels_that_no_window_reaches_are_counted():
    for kernel, stride, padding in product(range(1, 9), range(1, 5), ("valid", "same")):
        way = make_plan(
            FeatureSettings(kernel_size=kernel, stride=stride, padding=padding, pooling=None), (8, 8, 1), 10
        ).rows
        reached = {i * stride - way.before + u for i in range(way.places) for u in range(kernel)}
        last = max(pixel for pixel in reached if pixel < 8)
        assert unseen(way) == 7 - last


def test_counts_are_said_with_their_numbers():
    plan = make_plan(FeatureSettings(), (8, 8, 1), 10)
    said = count_words(plan)
    assert "(3 · 3 · 1 + 1) · 8 = 80 numbers" in said and "(64 + 1) · 288 = 18,720 numbers, 234 times" in said
    whole = make_plan(FeatureSettings(kernel_size=8, pooling=None), (8, 8, 1), 10)
    assert "just as many" in count_words(whole)  # a window as large as the image is a dense layer
    assert "1,662 times as many" in count_words(
        make_plan(FeatureSettings(kernel_size=7, stride=2, padding="same"), (24, 24, 1), 10)
    )
    page = plan_html(plan)
    assert "(6, 6, 8)" in page and "18,720" in page and ">810<" in page


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kernel_size": 0}, ValueError, "kernel_size must lie between 1 and 31. Received: kernel_size=0"),
        ({"kernel_size": 2.5}, TypeError, "kernel_size must be a whole number"),
        ({"filters": 33}, ValueError, "filters must lie between 1 and 32"),
        ({"stride": 9}, ValueError, "stride must lie between 1 and 8"),
        ({"pool_size": 1}, ValueError, "pool_size must lie between 2 and 8"),
        ({"padding": "sane"}, ValueError, "Did you mean 'same'.*'sane'"),
        ({"pooling": "min"}, ValueError, "pooling must be one of 'max', 'average', None"),
        ({"learning_rate": 0}, ValueError, "learning"),
        ({"seed": None}, ValueError, "seed=None"),
        ({"kernel": 3}, ValueError, "Did you mean 'kernel_size'"),
    ],
)
def test_wrong_settings_are_refused_in_words(settings, error, words):
    with pytest.raises(error, match=words):
        FeatureSettings().changed(**settings)
