"""The settings of a DepthLab: what can be chosen, and what is possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tuningkit.labs.structure_settings import StructureSettings
from tuningkit.models.sizes import whole_number
from tuningkit.training.hyperparameters import format_value

PLAIN, RESIDUAL, BOTH = "plain", "residual", "both"
NETWORKS = (BOTH, PLAIN, RESIDUAL)
DEPTHS = range(2, 41, 2)
ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu")
INITIALIZERS = ("glorot_uniform", "he_normal", "lecun_normal", "random_normal")
NORMALIZATIONS = (None, "batch", "layer")
#: The words that a learner reads for a choice.
WORDS = {
    BOTH: "plain and residual",
    PLAIN: "plain",
    RESIDUAL: "residual",
    "glorot_uniform": "Glorot (default)",
    "he_normal": "He",
    "lecun_normal": "LeCun",
    "random_normal": "normal, 0.05",
    None: "none",
}


@dataclass(frozen=True)
class DepthSettings(StructureSettings):
    """One state of the controls.

    Attributes:
        network: "both", "plain" or "residual".
        depth: Weight layers in all, an even number from 2 to 40.
        width: Units of every layer but the last, or channels for images.
        activation: One of ``ACTIVATIONS``.
        initializer: One of ``INITIALIZERS``, names that Keras knows.
        normalization: None, "batch" or "layer".
        learning_rate: Step size of Adam, greater than 0.
        epochs: Where training stops.
        seed: Seed of the initial weights and the batch order, the same for both networks.

    Raises:
        TypeError: If a value is of another kind.
        ValueError: If a value is not possible; the message says what was received and what would be right.

    Example:
        >>> DepthSettings(depth=30).kinds
        ('plain', 'residual')
    """

    lab: ClassVar[str] = "DepthLab"
    network: str = BOTH
    depth: int = 20
    width: int = 32
    activation: str = "relu"
    initializer: str = "glorot_uniform"
    normalization: str | None = None
    learning_rate: float = 1e-3
    epochs: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (
            ("network", NETWORKS),
            ("activation", ACTIVATIONS),
            ("initializer", INITIALIZERS),
            ("normalization", NORMALIZATIONS),
        ):
            self._check_choice(name, known)
        whole_number("depth", self.depth, DEPTHS[0], DEPTHS[-1])
        if self.depth % 2:
            raise ValueError(
                "depth must be even: the first layer, two per residual block, the last. "
                f"Received: depth={self.depth}; {self.depth - 1} or {self.depth + 1} would do."
            )
        whole_number("width", self.width, 1, 256)
        self._check_training()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The networks that are trained."""
        return (PLAIN, RESIDUAL) if self.network == BOTH else (self.network,)

    def in_words(self) -> str:
        """The settings that matter for the signal, for a heading: "depth 20, relu, he_normal"."""
        norm = f", {self.normalization} normalisation" if self.normalization else ""
        rate = format_value(self.learning_rate)
        return f"depth {self.depth}, {self.activation}, {self.initializer}{norm}, learning rate {rate}"
