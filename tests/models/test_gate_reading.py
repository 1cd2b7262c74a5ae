"""Gates and exits as read from a network: against Keras submodels, plain loops and counting by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tuningkit as tk
from tuningkit.models.exit_policy import ExitCosts
from tuningkit.models.gate_reading import numbered


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).uniform(size=(9, 64)).astype("float32")


@pytest.fixture(scope="module")
def exits():
    keras.utils.set_random_seed(1)
    return tk.models.early_exit(64, 10, exits=3, layers_between=2, units=12)


def inside(model, x, *names):
    """What some layers answer."""
    return [keras.Model(model.input, model.get_layer(name).output)(x).numpy() for name in names]


def stirred(model):
    """Other weights than the first ones, so that the gates are not all near one value."""
    draw = np.random.default_rng(3)
    model.set_weights([w + draw.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("filters", [(6,), (4, 8, 6)])
def test_channel_weights_are_those_of_a_keras_submodel(rows, filters):
    model = stirred(tk.models.squeeze_excitation((8, 8, 1), 10, filters=filters, ratio=2))
    images = rows.reshape(-1, 8, 8, 1)
    before = model.get_weights()
    reading = tk.models.read_gates(model, images)
    assert reading.names == tuple(f"gate_{i}" for i in range(1, len(filters) + 1))
    for name, gate, channels in zip(reading.names, reading.gates, filters, strict=True):
        assert gate.shape == (9, channels)
        np.testing.assert_allclose(gate, inside(model, images, name)[0], atol=1e-6)
    assert np.ptp(reading.gates[0]) > 0.05
    # And the last one by hand, from the squeezed values: sigmoid(W_2 relu(W_1 z)).
    z = inside(model, images, f"squeeze_{len(filters)}")[0]
    (w1, b1), (w2, b2) = (model.get_layer(f"{n}_{len(filters)}").get_weights() for n in ("reduce", "gate"))
    by_hand = 1 / (1 + np.exp(-(np.maximum(z @ w1 + b1, 0) @ w2 + b2)))
    np.testing.assert_allclose(reading.gates[-1], by_hand, atol=1e-5)
    np.testing.assert_allclose(reading.probabilities[0], keras.ops.softmax(model(images)), atol=1e-6)
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_highway_gates_are_those_of_a_keras_submodel(rows):
    model = stirred(tk.models.highway(64, 10, depth=5, units=8))
    reading = tk.models.read_gates(model, rows)
    assert reading.names == ("gate_1", "gate_2", "gate_3")
    for gate, expected in zip(reading.gates, inside(model, rows, *reading.names), strict=True):
        np.testing.assert_allclose(gate, expected, atol=1e-6)
    x = inside(model, rows, "first")[0]
    kernel, bias = model.get_layer("gate_1").get_weights()
    np.testing.assert_allclose(reading.gates[0], 1 / (1 + np.exp(-(x @ kernel + bias))), atol=1e-5)
    assert reading.open_share().shape == (3, 9)
    np.testing.assert_allclose(reading.open_share()[1, 4], reading.gates[1][4].mean(), rtol=1e-6)


def test_ten_layers_are_read_in_their_order():
    model = tk.models.highway(64, 10, depth=14, units=4)
    assert numbered(model, "gate_") == [f"gate_{i}" for i in range(1, 13)]
    assert len(tk.models.read_gates(model, np.zeros((1, 64))).gates) == 12


def test_exits_answer_like_exit_scores(exits, rows):
    reading = tk.models.read_gates(exits, rows)
    expected = [keras.ops.convert_to_numpy(s) for s in tk.models.exit_scores(exits)(rows)]
    np.testing.assert_allclose(reading.probabilities, keras.ops.softmax(np.array(expected)), atol=1e-6)
    np.testing.assert_array_equal(reading.predicted, np.argmax(expected, axis=-1))
    np.testing.assert_allclose(reading.confidence, reading.probabilities.max(-1))
    assert reading.gates == () and reading.names == ()


def test_many_rows_are_read_like_few(exits, rows):
    many = np.tile(rows, (120, 1))  # more than go through at once
    np.testing.assert_allclose(
        tk.models.read_gates(exits, many).probabilities[:, -9:],
        tk.models.read_gates(exits, rows).probabilities, atol=1e-6,
    )  # fmt: skip


PROBABILITIES = st.tuples(st.integers(1, 4), st.integers(1, 12), st.integers(2, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0.01, 1))
)


@given(PROBABILITIES, st.floats(0, 1.2))
def test_exits_taken_equal_a_loop_over_the_rows(values, threshold):
    values = values / values.sum(axis=-1, keepdims=True)
    expected = []
    for row in range(values.shape[1]):
        number = 1
        while number < len(values) and max(values[number - 1, row]) < threshold:
            number += 1
        expected.append(number)
    assert tk.models.exits_taken(values, threshold).tolist() == expected


def test_the_two_ends_of_the_threshold(exits, rows):
    reading = tk.models.read_gates(exits, rows)
    labels = np.arange(9)
    trade = tk.models.exit_trade_off(
        reading.probabilities, labels, tk.models.exit_costs(exits), [0.0, 0.4, 1.01]
    )
    np.testing.assert_array_equal(trade.shares[0], [1, 0, 0])
    np.testing.assert_array_equal(trade.shares[-1], [0, 0, 1])
    assert trade.accuracy[0] == (reading.predicted[0] == labels).mean()
    assert trade.accuracy[-1] == (reading.predicted[-1] == labels).mean()
    np.testing.assert_allclose(trade.shares.sum(axis=1), 1)
    # A probability of exactly 1 does not leave above 1, and leaves at 1.
    sure = np.array([[[1.0, 0.0]], [[1.0, 0.0]]])
    assert tk.models.exits_taken(sure, 1.0).tolist() == [1] and tk.models.exits_taken(
        sure, 1.01
    ).tolist() == [2]


def test_what_is_in_between_is_counted_row_by_row():
    probabilities = [[[0.9, 0.1], [0.6, 0.4], [0.55, 0.45]], [[1.0, 0.0], [0.2, 0.8], [0.7, 0.3]]]
    costs = ExitCosts(layers=(((3, 4),), ((4, 4),)), heads=((4, 2), (4, 2)))
    assert costs.through == (3 * 4 + 4 * 2, 3 * 4 + 4 * 2 + 4 * 4 + 4 * 2)
    assert costs.without_early_exits == 3 * 4 + 4 * 4 + 4 * 2
    trade = tk.models.exit_trade_off(probabilities, [0, 1, 1], costs, [0.8])
    assert tk.models.exits_taken(probabilities, 0.8).tolist() == [1, 2, 2]
    assert trade.accuracy[0] == pytest.approx(2 / 3)
    assert trade.computation[0] == pytest.approx((20 + 44 + 44) / 3 / 36)


def test_costs_are_those_of_the_layer_sizes(exits):
    costs = tk.models.exit_costs(exits)
    first = 64 * 12 + 12 * 12 + 12 * 10
    more = 12 * 12 + 12 * 12 + 12 * 10
    assert costs.through == (first, first + more, first + 2 * more)
    assert costs.without_early_exits == 64 * 12 + 5 * 12 * 12 + 12 * 10
    # Every multiply-accumulate of a dense layer belongs to one number of its kernel.
    kernels = sum(w.size for w in exits.get_weights() if w.ndim == 2)
    assert costs.through[-1] == kernels
    assert costs.formula(1) == "exit 1: 64 x 12 + 12 x 12 + 12 x 10 = 1,032"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x: tk.models.read_gates(tk.models.plain(64, 10), x), "no layer 'gate_1' or 'exit_1'"),
        (lambda m, x: tk.models.read_gates(m, x[:, :3]), r"shape \(rows, 64\).*Received: \(9, 3\)"),
        (lambda m, x: tk.models.read_gates(m, x[:0]), "at least one row"),
        (lambda m, x: tk.models.exit_costs(tk.models.plain(64, 10)), "no layer 'exit_1'"),
        (lambda m, x: tk.models.exits_taken(x, 0.5), r"\(exits, rows, classes\).*\(9, 64\)"),
        (lambda m, x: tk.models.exits_taken(np.ones((1, 1, 2)), -0.1), "at least 0.*threshold=-0.1"),
        (lambda m, x: tk.models.exits_taken(np.ones((1, 1, 2)), float("nan")), "threshold=nan"),
        (
            lambda m, x: tk.models.exit_trade_off(np.ones((3, 2, 2)), [0], tk.models.exit_costs(m), [0.5]),
            r"one class per row, shape \(2,\)",
        ),
        (
            lambda m, x: tk.models.exit_trade_off(np.ones((2, 1, 2)), [0], tk.models.exit_costs(m), [0.5]),
            "costs has 3 exits, but probabilities has 2",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(exits, rows, call, words):
    with pytest.raises(ValueError, match=words):
        call(exits, rows)
