"""Early exits: easy rows leave the network before its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from tuningkit.models import sizes
from tuningkit.models.joint_exits import JointExits


def early_exit(
    inputs: int | Sequence[int],
    outputs: int,
    *,
    exits: int = 3,
    layers_between: int = 1,
    units: int = 64,
    activation: str | Callable = "relu",
) -> keras.Model:
    """A network with several exits, each a full answer, trained together.

    Training lowers the mean of all exits' cross-entropies, ``J = (1/E) sum_e L_e``, as in the paper with equal
    weights. A trainer wants one output and one loss: the output is the mean of the exits' log-probabilities, and the
    layer :class:`tuningkit.models.joint_exits.JointExits` adds what is then missing from J, which needs no labels and
    measures how much the exits disagree. It appears as the ``penalty`` of a run; ``loss + penalty`` is J itself.

    Afterwards :func:`exit_scores` gives the scores of every exit. A row leaves at the first exit that is sure enough.

    Args:
        inputs: Number of features, or ``(features,)``.
        outputs: Classes, 2 or more.
        exits: Exits in all, 1 to 20, the last one included.
        layers_between: Weight layers before each exit, counted from the exit before, 1 to 20.
        units: Units of every hidden layer, 1 to 4096.
        activation: Keras activation.

    Returns:
        A model with the layers ``hidden_e_i`` (layer i before exit e, activation included), ``exit_e`` (its raw
        scores) and ``joint``, where e and i count from 1.

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range, or a name is unknown.

    Example:
        >>> model = tk.models.early_exit(64, 10, exits=3)
        >>> first, second, third = tk.models.exit_scores(model).predict(digits.x_test)

    Reference:
        Teerapittayanon, McDanel & Kung (2016), BranchyNet, https://arxiv.org/abs/1709.01686
    """
    shape = sizes.input_shape(inputs, images=False)
    outputs = sizes.whole_number("outputs", outputs, 2, sizes.MOST_OUTPUTS)
    exits = sizes.whole_number("exits", exits, 1, 20)
    layers_between = sizes.whole_number("layers_between", layers_between, 1, 20)
    units = sizes.whole_number("units", units, 1, sizes.WIDEST)
    start = x = keras.Input(shape)
    scores: list[Any] = []
    for e in range(1, exits + 1):
        for i in range(1, layers_between + 1):
            x = keras.layers.Dense(units, activation=activation, name=f"hidden_{e}_{i}")(x)
        scores.append(keras.layers.Dense(outputs, name=f"exit_{e}")(x))
    return keras.Model(start, JointExits(name="joint")(scores), name=f"early_exit_{exits}")


def exit_scores(model: keras.Model) -> keras.Model:
    """The same network, with the raw scores of every exit as its outputs; the weights are shared.

    Args:
        model: What :func:`early_exit` made, trained or not.

    Returns:
        A model with a list of outputs, ``(batch, classes)`` each, from the first exit to the last.

    Raises:
        ValueError: If the model has no layer ``exit_1``.

    Example:
        >>> probabilities = [keras.ops.softmax(s) for s in tk.models.exit_scores(model)(rows)]
    """
    names = [layer.name for layer in getattr(model, "layers", ()) if layer.name.startswith("exit_")]
    if "exit_1" not in names:
        raise ValueError(
            "model must come from tk.models.early_exit: it has no layer 'exit_1'. "
            f"Received: {getattr(model, 'name', model)!r}"
        )
    numbers = sorted(int(name.removeprefix("exit_")) for name in names)
    return keras.Model(model.input, [model.get_layer(f"exit_{e}").output for e in numbers])
