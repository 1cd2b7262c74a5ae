"""Layers and regularizers whose strength is a variable, so that a slider can move it while the graph runs."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="tuningkit")
class LiveDropout(keras.layers.Layer):
    """Dropout whose rate is a variable of the graph instead of a constant baked into it.

    During training each unit is kept with probability ``1 - rate`` and, if kept, divided by ``1 - rate``;
    at inference the inputs pass through unchanged. Keras's own layer reads a Python float, and draws no
    noise at all if it was built with rate 0, so its rate can never be raised afterwards.

    The noise is compared with the rate (``uniform >= rate``). Two rates that see the same noise therefore
    drop nested sets of units: what differs between them is the rate, not the luck of the draw.

    Args:
        rate: Share of units to drop, in [0, 1).
        noise_shape: Shape of the noise, with ``None`` for "as in the input". ``(None, 1, None)`` drops whole
            feature maps of a sequence.
        seed: Integer seed of the noise.

    Raises:
        ValueError: If ``rate`` is outside [0, 1).

    Example:
        >>> layer = LiveDropout(0.5)
        >>> layer.rate.assign(0.2)

    Reference:
        Srivastava et al. (2014), https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(
        self,
        rate: float = 0.0,
        *,
        noise_shape: tuple[int | None, ...] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must lie in [0, 1), for example 0.3. Received: rate={rate}")
        self.noise_shape = tuple(noise_shape) if noise_shape is not None else None
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # Held in a namespace so that Keras does not count it among the layer's weights: the weights of the
        # clone must line up with the weights of the learner's model.
        self._live = SimpleNamespace(
            rate=keras.Variable(rate, trainable=False, name="rate", dtype="float32"), noise=None, watch=None
        )
        self.supports_masking = True
        self.built = True

    @property
    def rate(self) -> keras.Variable:
        """The dropout rate, a scalar variable."""
        return self._live.rate

    @property
    def noise(self) -> Any:
        """Noise for the next call, uniform in [0, 1), of the noise's shape; None to draw it.

        A trainer of several members draws it for all of them beforehand.
        """
        return self._live.noise

    @noise.setter
    def noise(self, value: Any) -> None:
        self._live.noise = value

    @property
    def watch(self) -> Callable[[tuple[int, ...]], None] | None:
        """Called with the shape of the noise at every training call, if set."""
        return self._live.watch

    @watch.setter
    def watch(self, value: Callable[[tuple[int, ...]], None] | None) -> None:
        self._live.watch = value

    def call(self, inputs, training: bool = False):
        """Drop units while training; pass the inputs through otherwise."""
        if not training:
            return inputs
        shape = ops.shape(inputs)
        if self.noise_shape is not None:
            shape = tuple(
                size if wanted is None else wanted
                for size, wanted in zip(shape, self.noise_shape, strict=True)
            )
        if self.watch is not None:
            self.watch(tuple(shape))
        noise = self.noise
        if noise is None:
            noise = keras.random.uniform(shape, seed=self.seed_generator, dtype="float32")
        rate = self.rate.value
        kept = ops.cast(noise >= rate, "float32") * (1.0 / (1.0 - rate))
        return inputs * ops.cast(kept, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """Dropout keeps the shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Configuration with the present rate, so that a saved model drops as it did last."""
        return {
            **super().get_config(),
            "rate": round(float(ops.convert_to_numpy(self.rate)), 7),
            "noise_shape": self.noise_shape,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="tuningkit")
class LiveL1L2(keras.regularizers.Regularizer):
    """The penalty ``l1 * sum(|w|) + l2 * sum(w ** 2)`` with strengths that are variables of the graph.

    Args:
        l1: Strength of the L1 term, at least 0 (loss units per unit of absolute weight).
        l2: Strength of the L2 term, at least 0 (loss units per unit of squared weight).

    Attributes:
        left_out: True while a trainer adds penalty and gradient itself, which takes half the passes over the
            weights that TensorFlow's own gradient takes.

    Raises:
        ValueError: If a strength is negative or not finite.

    Example:
        >>> penalty = LiveL1L2(l2=1e-4)
        >>> penalty.l2.assign(1e-2)

    Reference:
        Goodfellow, Bengio & Courville (2016), Deep Learning, section 7.1,
        https://www.deeplearningbook.org/contents/regularization.html
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        for name, value in (("l1", l1), ("l2", l2)):
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or a positive number. Received: {name}={value}")
        self.l1 = keras.Variable(l1, trainable=False, name="l1", dtype="float32")
        self.l2 = keras.Variable(l2, trainable=False, name="l2", dtype="float32")
        self.left_out = False

    def __call__(self, x):
        """The penalty of the weights ``x``, a scalar."""
        if self.left_out:
            return 0.0
        return self.l1.value * ops.sum(ops.absolute(x)) + self.l2.value * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, float]:
        """Configuration with the present strengths."""
        return {
            "l1": float(ops.convert_to_numpy(self.l1)),
            "l2": float(ops.convert_to_numpy(self.l2)),
        }
