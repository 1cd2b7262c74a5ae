"""A highway network: each unit decides for each input how much it changes and how much it carries on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

import keras

from tuningkit.models import sizes


def highway(
    inputs: int | Sequence[int],
    outputs: int,
    *,
    depth: int = 10,
    units: int = 64,
    activation: str | Callable = "relu",
    gate_bias: float = -2.0,
) -> keras.Model:
    """A deep network with a gate in every layer.

    Layer l is ``y = T(x) * H(x) + (1 - T(x)) * x``, unit by unit, with ``H(x) = f(W_H x + b_H)``, the new value,
    and ``T(x) = sigmoid(W_T x + b_T)``, the gate: 1 replaces the value, 0 carries it on.

    Args:
        inputs: Number of features, or ``(features,)``.
        outputs: Scores per row, for example the number of classes.
        depth: Weight layers in all, 2 to 200: the first, ``depth - 2`` highway layers, the last.
        units: Units of every layer but the last, 1 to 4096.
        activation: Keras activation of the new values.
        gate_bias: Where the gates' biases begin. Negative: almost closed, so that at first the network carries
            its input through; the paper takes -1 to -3 for about ten layers, lower for more.

    Returns:
        A model with the layers ``first``; for l from 1 ``transform_l`` (H), ``gate_l`` (T, output
        ``(batch, units)``, each in (0, 1)), ``change_l`` (H - x), ``let_through_l`` (T * (H - x)), ``highway_l``
        (the sum with x); ``scores``.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range, or a name is unknown.

    Example:
        >>> model = tk.models.highway(64, 10, depth=20, units=32)
        >>> gates = keras.Model(model.input, [model.get_layer(f"gate_{i}").output for i in range(1, 19)])

    Reference:
        Srivastava, Greff & Schmidhuber (2015), Highway Networks, https://arxiv.org/abs/1505.00387
    """
    shape = sizes.input_shape(inputs, images=False)
    outputs = sizes.whole_number("outputs", outputs, 1, sizes.MOST_OUTPUTS)
    depth = sizes.whole_number("depth", depth, 2, sizes.DEEPEST)
    units = sizes.whole_number("units", units, 1, sizes.WIDEST)
    if isinstance(gate_bias, bool) or not isinstance(gate_bias, (int, float)) or not isfinite(gate_bias):
        raise ValueError(f"gate_bias must be a number, for example -2. Received: gate_bias={gate_bias!r}")
    start = keras.Input(shape)
    x = keras.layers.Dense(units, activation=activation, name="first")(start)
    for i in range(1, depth - 1):
        new = keras.layers.Dense(units, activation=activation, name=f"transform_{i}")(x)
        gate = keras.layers.Dense(
            units,
            activation="sigmoid",
            bias_initializer=keras.initializers.Constant(gate_bias),
            name=f"gate_{i}",
        )(x)
        # x + T (H - x) is T H + (1 - T) x.
        change = keras.layers.Subtract(name=f"change_{i}")([new, x])
        passed = keras.layers.Multiply(name=f"let_through_{i}")([gate, change])
        x = keras.layers.Add(name=f"highway_{i}")([x, passed])
    return keras.Model(start, keras.layers.Dense(outputs, name="scores")(x), name=f"highway_{depth}")
