"""The layers that the deep stacks are made of: one weight layer, and what comes before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from tuningkit.models import sizes

_NORMALIZATIONS = {
    None: None,
    "batch": keras.layers.BatchNormalization,
    "layer": keras.layers.LayerNormalization,
}


@dataclass(frozen=True)
class LayerKit:
    """How each layer of a deep stack is made; a plain network and its residual twin share one kit.

    Attributes:
        shape: Shape of one input row. With one axis the weight layers are dense, with three they are
            convolutions of 3 by 3 pixels.
        outputs: Scores per row.
        depth: Weight layers in all, the first and the last one included.
        width: Units, or channels, of every weight layer but the last.
        activation: Name of a Keras activation, or a function.
        initializer: Name of a Keras initializer, or an initializer.
        normalization: None, "batch" or "layer".

    Raises:
        TypeError: If a size is no whole number.
        ValueError: If a size is out of range or a name is unknown; the message says what would be right.
    """

    shape: tuple[int, ...]
    outputs: int
    depth: int
    width: int
    activation: Any
    initializer: Any
    normalization: str | None

    def __post_init__(self) -> None:
        checked = {
            "shape": sizes.input_shape(self.shape),
            "outputs": sizes.whole_number("outputs", self.outputs, 1, sizes.MOST_OUTPUTS),
            "depth": sizes.whole_number("depth", self.depth, 2, sizes.DEEPEST),
            "width": sizes.whole_number("width", self.width, 1, sizes.WIDEST),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.normalization not in _NORMALIZATIONS:
            raise ValueError(
                f'normalization must be None, "batch" or "layer". Received: {self.normalization!r}'
            )
        for name, module in (("activation", keras.activations), ("initializer", keras.initializers)):
            try:
                module.get(getattr(self, name))
            except (ValueError, TypeError) as error:
                examples = {
                    "activation": '"relu" or "tanh"',
                    "initializer": '"he_normal" or "glorot_uniform"',
                }
                raise ValueError(
                    f"{name} must be one that Keras knows, for example {examples[name]}. "
                    f"Received: {name}={getattr(self, name)!r}"
                ) from error

    def weights(self, number: int) -> keras.layers.Layer:
        """Weight layer ``number``, without an activation: dense, or a convolution of 3 by 3 pixels."""
        name, initializer = f"layer_{number}", self._fresh_initializer()
        if len(self.shape) == 1:
            return keras.layers.Dense(self.width, kernel_initializer=initializer, name=name)
        return keras.layers.Conv2D(self.width, 3, padding="same", kernel_initializer=initializer, name=name)

    def before(self, x: Any, number: int) -> Any:
        """What weight layer ``number`` receives: ``x`` normalised, if asked for, and activated."""
        kind = _NORMALIZATIONS[self.normalization]
        if kind is not None:
            x = kind(name=f"normalization_{number}")(x)
        return keras.layers.Activation(self.activation, name=f"activation_{number}")(x)

    def head(self, x: Any) -> Any:
        """The scores: the last weight layer, after averaging over the pixels of an image."""
        x = self.before(x, self.depth)
        if len(self.shape) == 3:
            x = keras.layers.GlobalAveragePooling2D(name="average")(x)
        last = keras.layers.Dense(
            self.outputs, kernel_initializer=self._fresh_initializer(), name=f"layer_{self.depth}"
        )
        return last(x)

    def _fresh_initializer(self) -> Any:
        # One object for all layers would give all of them the same numbers.
        given = self.initializer
        return given.clone() if isinstance(given, keras.initializers.Initializer) else given
