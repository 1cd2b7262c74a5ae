"""The settings of a GateLab: what can be chosen, and what is possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from tuningkit.labs.structure_settings import StructureSettings
from tuningkit.models.sizes import whole_number
from tuningkit.training.hyperparameters import format_value

SQUEEZE, HIGHWAY, EXITS = "squeeze_excitation", "highway", "early_exit"
KINDS = (SQUEEZE, HIGHWAY, EXITS)
WORDS = {SQUEEZE: "squeeze and excitation", HIGHWAY: "highway gates", EXITS: "early exits"}
#: What a size is called where its name does not say it.
LABELS = {
    "ratio": "squeeze ratio",
    "gate_bias": "gates' first bias",
    "layers_between": "layers between exits",
    "units": "units per layer",
}
#: The sizes that each kind of network has.
SIZES = {
    SQUEEZE: ("filters", "ratio"),
    HIGHWAY: ("depth", "units", "gate_bias"),
    EXITS: ("exits", "layers_between", "units"),
}
#: What is looked at only; a move of these trains nothing.
LOOKS = ("image", "threshold", "layer")
RATIOS = (1, 2, 4, 8)
DEPTHS = range(4, 31)
UNITS = (8, 16, 32, 64, 128)
BIASES = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0)
EXIT_COUNTS = (2, 3, 4, 5)
LAYERS_BETWEEN = (1, 2, 3)
#: Above 1 no row is sure enough to leave before the last exit.
NEVER = 1.01
THRESHOLDS = (
    *(round(0.1 * n, 2) for n in range(6)), *(round(0.55 + 0.05 * n, 2) for n in range(9)),
    0.96, 0.97, 0.98, 0.99, 0.995, 0.999, NEVER,
)  # fmt: skip


@dataclass(frozen=True)
class GateSettings(StructureSettings):
    """One state of the controls.

    Attributes:
        kind: "squeeze_excitation", "highway" or "early_exit".
        filters: Channels of each convolution, one to three numbers (squeeze and excitation).
        ratio: How many times fewer units than channels the squeeze keeps (squeeze and excitation).
        depth: Weight layers in all, 4 to 30; all but the first and the last have a gate (highway).
        gate_bias: Where the gates' biases begin; negative is almost closed (highway).
        exits: Exits in all, 2 to 5 (early exit).
        layers_between: Hidden layers before each exit, 1 to 3 (early exit).
        units: Units of every hidden layer, 1 to 256 (highway, early exit).
        learning_rate: Step size of Adam, greater than 0.
        epochs: Where training stops.
        seed: Seed of the initial weights and the batch order.
        image: Validation image in front, from 0.
        threshold: Confidence that lets a row leave, 0 to 1.01 (early exit).
        layer: Gate layer in front, 1 to depth - 2 (highway).

    Raises:
        TypeError: If a value is of another kind.
        ValueError: If a value is not possible; the message says what was received and what would be right.

    Example:
        >>> GateSettings(kind="highway", depth=12).network["depth"]
        12
    """

    lab: ClassVar[str] = "GateLab"
    kind: str = SQUEEZE
    filters: tuple[int, ...] = (8, 16, 32)
    ratio: int = 4
    depth: int = 10
    gate_bias: float = -2.0
    exits: int = 3
    layers_between: int = 1
    units: int = 32
    learning_rate: float = 3e-3
    epochs: int = 15
    seed: int = 0
    image: int = 0
    threshold: float = 0.9
    layer: int = 1

    def __post_init__(self) -> None:
        self._check_choice("kind", KINDS)
        self._check_filters()
        for name, low, high in (
            ("ratio", 1, 64),
            ("depth", DEPTHS[0], DEPTHS[-1]),
            ("exits", EXIT_COUNTS[0], EXIT_COUNTS[-1]),
            ("layers_between", LAYERS_BETWEEN[0], LAYERS_BETWEEN[-1]),
            ("units", 1, 256),
            ("image", 0, 10_000_000),
            ("layer", 1, self.depth - 2),
        ):
            whole_number(name, getattr(self, name), low, high)
        _number("gate_bias", self.gate_bias, -20, 20, "for example -2")
        _number("threshold", self.threshold, 0, NEVER, f"where {NEVER} lets no image leave early")
        self._check_training()

    def _check_filters(self) -> None:
        if not isinstance(self.filters, Sequence) or isinstance(self.filters, str):
            raise TypeError(
                f"filters must be one to three numbers, for example (8, 16). Received: filters={self.filters!r}"
            )
        if not 1 <= len(self.filters) <= 3:
            raise ValueError(
                f"filters must be one to three numbers, for example (8, 16). Received: filters={tuple(self.filters)}"
            )
        counts = tuple(whole_number("each number of filters", count, 2, 64) for count in self.filters)
        object.__setattr__(self, "filters", counts)

    @property
    def network(self) -> dict[str, Any]:
        """The sizes of the network, as its builder takes them."""
        return {name: getattr(self, name) for name in SIZES[self.kind]}

    @property
    def structure(self) -> dict[str, Any]:
        """The kind and its sizes; those of other kinds count for nothing."""
        return {"kind": self.kind, **self.network}

    @property
    def looks(self) -> tuple[Any, ...]:
        """What is looked at."""
        return tuple(getattr(self, name) for name in LOOKS)

    def changed(self, **values: Any) -> GateSettings:
        """These settings with some of them moved; a layer that a shallower network lacks becomes its last.

        Raises:
            TypeError: If a value is of another kind.
            ValueError: If a name is unknown or a value not possible.
        """
        if "depth" in values and "layer" not in values:
            whole_number("depth", values["depth"], DEPTHS[0], DEPTHS[-1])
            values["layer"] = min(self.layer, values["depth"] - 2)
        return super().changed(**values)

    def in_words(self) -> str:
        """The network, for a heading: "highway gates, depth 10, units per layer 32"."""
        sizes = [f"{LABELS.get(name, name)} {_short(value)}" for name, value in self.network.items()]
        return f"{WORDS[self.kind]}, {', '.join(sizes)}, learning rate {format_value(self.learning_rate)}"


def threshold_words(value: float) -> str:
    """A threshold as its control shows it."""
    return "never leave early" if value > 1 else f"{value:g}"


def _short(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else format_value(value)


def _number(name: str, value: Any, low: float, high: float, help_words: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, {help_words}. Received: {name}={value!r}")
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must lie between {low} and {high}, {help_words}. Received: {name}={value}")
