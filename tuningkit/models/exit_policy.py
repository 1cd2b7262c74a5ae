"""Which exit a row takes, what that costs, and what it does to the accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.models.gate_reading import numbered

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ExitCosts:
    """Multiply-accumulates for one row: how many products a layer computes and adds up.

    A dense layer of n inputs and m units has ``n * m``. Biases and activations are not counted.

    Attributes:
        layers: Inputs and units of the dense layers that lead from exit e - 1 to exit e, the exit's own left out, one
            list per exit.
        heads: Inputs and classes of each exit's own layer.

    Example:
        >>> costs = exit_costs(tk.models.early_exit(64, 10, exits=2, units=32))
        >>> costs.through, costs.without_early_exits
        ((2368, 3712), 3392)
    """

    layers: tuple[tuple[tuple[int, int], ...], ...]
    heads: tuple[tuple[int, int], ...]

    @property
    def through(self) -> tuple[int, ...]:
        """Cost of leaving at exit e: all layers up to there, and all exits up to there, which were asked in vain."""
        spent, total = 0, []
        for layers, (inputs, outputs) in zip(self.layers, self.heads, strict=True):
            spent += sum(n * m for n, m in layers) + inputs * outputs
            total.append(spent)
        return tuple(total)

    @property
    def without_early_exits(self) -> int:
        """Cost of the same network with its last exit only."""
        inputs, outputs = self.heads[-1]
        return sum(n * m for layers in self.layers for n, m in layers) + inputs * outputs

    def formula(self, exit_number: int) -> str:
        """What is added up for one exit, in words: "exit 1: 64 x 64 + 64 x 10 = 4,736"."""
        terms = []
        for layers, head in zip(self.layers[:exit_number], self.heads, strict=False):
            terms += [f"{n} x {m}" for n, m in (*layers, head)]
        return f"exit {exit_number}: {' + '.join(terms)} = {self.through[exit_number - 1]:,}"


@dataclass(frozen=True, eq=False)
class ExitTradeOff:
    """What each threshold saves and what it costs.

    Attributes:
        thresholds: Shape (thresholds,).
        shares: Share of the rows that leave at each exit, shape (thresholds, exits).
        accuracy: Share of the rows that are right, shape (thresholds,).
        computation: Mean cost per row, divided by that of the network without early exits, shape (thresholds,). Above
            1 where so few leave early that the exits asked in vain cost more than is saved.
    """

    thresholds: np.ndarray
    shares: np.ndarray
    accuracy: np.ndarray
    computation: np.ndarray


def exits_taken(probabilities: Any, threshold: float) -> np.ndarray:
    """The exit that each row leaves by: the first with ``max_k p_e[k] >= threshold``, else the last.

    BranchyNet asks for a low entropy of p_e; the largest probability says nearly the same and is easier to read.

    Args:
        probabilities: Shape (exits, rows, classes), each row adding up to 1.
        threshold: At 0 all leave at the first exit; above 1 all go to the last.

    Returns:
        Numbers of exits from 1, shape (rows,).

    Raises:
        ValueError: If the shape is another one, or the threshold is negative or no number.

    Example:
        >>> exits_taken([[[0.9, 0.1], [0.6, 0.4]], [[1.0, 0.0], [0.5, 0.5]]], threshold=0.8)
        array([1, 2])

    Reference:
        Teerapittayanon, McDanel & Kung (2016), BranchyNet, https://arxiv.org/abs/1709.01686
    """
    values = _checked(probabilities)
    sure = values.max(axis=-1) >= _threshold(threshold)
    sure[-1] = True
    return sure.argmax(axis=0) + 1


def exit_costs(model: keras.Model) -> ExitCosts:
    """Count the multiply-accumulates of a network with early exits, from the shapes of its kernels.

    Args:
        model: What ``tk.models.early_exit`` made.

    Raises:
        ValueError: If the model has no layer ``exit_1``.

    Example:
        >>> exit_costs(tk.models.early_exit(64, 10)).formula(1)
        'exit 1: 64 x 64 + 64 x 10 = 4,736'
    """
    exits = numbered(model, "exit_")
    if not exits:
        raise ValueError(
            "model must come from tk.models.early_exit: it has no layer 'exit_1'. "
            f"Received: {getattr(model, 'name', model)!r}"
        )

    def shape(name: str) -> tuple[int, int]:
        inputs, outputs = model.get_layer(name).kernel.shape
        return int(inputs), int(outputs)

    layers = tuple(
        tuple(shape(name) for name in numbered(model, f"hidden_{e}_")) for e in range(1, len(exits) + 1)
    )
    return ExitCosts(layers, tuple(shape(name) for name in exits))


def exit_trade_off(
    probabilities: Any, labels: Any, costs: ExitCosts, thresholds: Sequence[float] | np.ndarray
) -> ExitTradeOff:
    """Accuracy and computation for many thresholds.

    With ``q_e`` the share of rows that leave at exit e and ``c_e`` its cost, the mean cost is ``sum_e q_e c_e``.

    Args:
        probabilities: Shape (exits, rows, classes).
        labels: The right classes, shape (rows,).
        costs: From :func:`exit_costs`.
        thresholds: What to try, each 0 or more.

    Raises:
        ValueError: If shapes do not fit each other or a threshold is negative.

    Example:
        >>> trade = exit_trade_off(reading.probabilities, digits.y_validation, costs, [0.0, 0.9, 1.01])
        >>> 1 - trade.computation[1]  # saved at a threshold of 0.9
    """
    values, right = _checked(probabilities), np.asarray(labels)
    if right.shape != values.shape[1:2]:
        raise ValueError(
            f"labels must hold one class per row, shape ({values.shape[1]},). Received: {right.shape}"
        )
    through = np.array(costs.through, dtype=float)
    if len(through) != len(values):
        raise ValueError(f"costs has {len(through)} exits, but probabilities has {len(values)}.")
    thresholds = np.array([_threshold(one) for one in thresholds], dtype=float)
    correct = values.argmax(axis=-1) == right
    rows = np.arange(len(right))
    shares, accuracy = np.zeros((len(thresholds), len(values))), np.zeros(len(thresholds))
    for i, threshold in enumerate(thresholds):
        taken = exits_taken(values, threshold) - 1
        shares[i] = np.bincount(taken, minlength=len(values)) / len(rows)
        accuracy[i] = correct[taken, rows].mean()
    return ExitTradeOff(thresholds, shares, accuracy, shares @ through / costs.without_early_exits)


def _checked(probabilities: Any) -> np.ndarray:
    values = np.asarray(probabilities)
    if values.ndim != 3 or not values.size:
        raise ValueError(
            f"probabilities must have the shape (exits, rows, classes), none of them 0. Received: {values.shape}"
        )
    return values


def _threshold(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value >= 0:
        raise ValueError(
            "threshold must be a number of at least 0; above 1 no row leaves before the last exit. "
            f"Received: threshold={value!r}"
        )
    return float(value)
