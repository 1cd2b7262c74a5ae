"""What adaptive units answer for each row: the gates' values, and the probabilities of every exit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

#: Rows that go through the network at once.
_BATCH = 512


@dataclass(frozen=True, eq=False)
class GateReading:
    """The gates of a network and its answers, row by row.

    Attributes:
        names: Names of the gate layers from the input to the output, empty for a network without gates.
        gates: For each of them its values, shape (rows, units), each in (0, 1).
        probabilities: Softmax of the scores, shape (exits, rows, classes); one exit if the network has no others.

    Example:
        >>> read_gates(tk.models.highway(64, 10, depth=5), digits.x_validation).gates[0].shape
        (225, 64)
    """

    names: tuple[str, ...]
    gates: tuple[np.ndarray, ...]
    probabilities: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """The class that each exit finds most probable, shape (exits, rows)."""
        return self.probabilities.argmax(axis=-1)

    @property
    def confidence(self) -> np.ndarray:
        """The largest probability at each exit, shape (exits, rows)."""
        return self.probabilities.max(axis=-1)

    def open_share(self) -> np.ndarray:
        """Mean gate of every layer for every row, shape (layers, rows).

        In a highway layer ``y = T H + (1 - T) x`` this is the share of the new values; one minus it is the carry
        share.
        """
        return np.array([gate.mean(axis=1) for gate in self.gates])


def read_gates(model: keras.Model, x: np.ndarray) -> GateReading:
    """Send rows through a network and note what its gates and its exits answer.

    Args:
        model: What ``tk.models.squeeze_excitation``, ``tk.models.highway`` or ``tk.models.early_exit`` made,
            trained or not. It stays as it is.
        x: Rows of the shape that the model takes, at least one.

    Returns:
        The values, in the order of the rows.

    Raises:
        ValueError: If the model has neither gates nor exits, or the rows do not fit it.

    Example:
        >>> reading = tk.models.read_gates(model, digits.x_validation)
        >>> reading.gates[0].mean(axis=0)  # how far each channel of the first block is opened on average

    Reference:
        Hu, Shen & Sun (2018), https://arxiv.org/abs/1709.01507;
        Srivastava, Greff & Schmidhuber (2015), https://arxiv.org/abs/1505.00387;
        Teerapittayanon, McDanel & Kung (2016), https://arxiv.org/abs/1709.01686
    """
    x = np.asarray(x)
    names, exits = numbered(model, "gate_"), numbered(model, "exit_")
    if not names and not exits:
        raise ValueError(
            "model must come from tk.models.squeeze_excitation, tk.models.highway (depth 3 or more) or "
            f"tk.models.early_exit: it has no layer 'gate_1' or 'exit_1'. Received: {getattr(model, 'name', model)!r}"
        )
    wanted = tuple(model.input.shape[1:])
    if x.ndim == 0 or not len(x) or x.shape[1:] != wanted:
        shape = ", ".join(["rows", *map(str, wanted)])
        raise ValueError(f"x must have the shape ({shape}), with at least one row. Received: {x.shape}")
    return GateReader(model)(x)


class GateReader:
    """Reads the same network again and again, for example after every epoch.

    Args:
        model: As for :func:`read_gates`.

    Example:
        >>> reader = GateReader(model)
        >>> reader(digits.x_validation).names
        ('gate_1', 'gate_2')
    """

    def __init__(self, model: keras.Model) -> None:
        import keras

        self._names = tuple(numbered(model, "gate_"))
        exits = [model.get_layer(name).output for name in numbered(model, "exit_")] or [model.output]
        gates = [model.get_layer(name).output for name in self._names]
        self._inside = keras.Model(model.input, [*gates, *exits])

    def __call__(self, x: np.ndarray) -> GateReading:
        """The gates and answers for these rows, with the weights of now."""
        from keras import ops

        parts = [self._inside(x[i : i + _BATCH], training=False) for i in range(0, len(x), _BATCH)]
        parts = [part if isinstance(part, (list, tuple)) else [part] for part in parts]
        columns = [
            np.concatenate([ops.convert_to_numpy(p) for p in column]) for column in zip(*parts, strict=True)
        ]
        scores = np.array(columns[len(self._names) :], dtype=np.float64)
        return GateReading(self._names, tuple(columns[: len(self._names)]), _softmax(scores))


def numbered(model: Any, start: str) -> list[str]:
    """Names of the layers ``<start>1``, ``<start>2`` and so on, in this order.

    Example:
        >>> numbered(tk.models.early_exit(64, 10, exits=2), "exit_")
        ['exit_1', 'exit_2']
    """
    names = {layer.name for layer in getattr(model, "layers", ())}
    found = []
    while f"{start}{len(found) + 1}" in names:
        found.append(f"{start}{len(found) + 1}")
    return found


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
