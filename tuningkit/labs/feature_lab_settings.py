"""The settings of a FeatureLab: what can be chosen, and what is possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tuningkit.labs.structure_settings import StructureSettings
from tuningkit.models.sizes import whole_number
from tuningkit.training.hyperparameters import format_value

PADDINGS = ("valid", "same")
POOLINGS = ("max", "average", None)
#: Allowed from Python; the sliders reach less far.
LARGEST_KERNEL, MOST_FILTERS, LARGEST_STRIDE, LARGEST_POOL = 31, 32, 8, 8
#: The words that a learner reads for a choice.
WORDS = {"valid": "valid (none)", "same": "same (zeros)", None: "none"}


@dataclass(frozen=True)
class FeatureSettings(StructureSettings):
    """One state of the controls.

    Whether kernel, stride and pooling fit an image of a certain size is checked by
    :func:`tuningkit.labs.feature_lab_plan.make_plan`.

    Attributes:
        kernel_size: Height and width of every filter in pixels, 1 to 31.
        filters: Number of filters, and so of feature maps, 1 to 32.
        stride: Pixels from one place of the window to the next, 1 to 8.
        padding: "valid" (no zeros around the image) or "same" (so many that stride 1 keeps the image's size).
        pooling: "max", "average" or None.
        pool_size: Height and width of the pooling window, which also moves by that much, 2 to 8.
        learning_rate: Step size of Adam, greater than 0.
        epochs: Where training stops.
        seed: Seed of the initial weights and the batch order.

    Raises:
        TypeError: If a value is of another kind.
        ValueError: If a value is not possible; the message says what was received and what would be right.

    Example:
        >>> FeatureSettings(kernel_size=5).in_words()
        '8 filters of 5 by 5, stride 1, padding valid, max pooling 2 by 2, learning rate 1e-3'
    """

    lab: ClassVar[str] = "FeatureLab"
    kernel_size: int = 3
    filters: int = 8
    stride: int = 1
    padding: str = "valid"
    pooling: str | None = "max"
    pool_size: int = 2
    learning_rate: float = 1e-3
    epochs: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_choice("padding", PADDINGS)
        self._check_choice("pooling", POOLINGS)
        for name, low, high in (
            ("kernel_size", 1, LARGEST_KERNEL),
            ("filters", 1, MOST_FILTERS),
            ("stride", 1, LARGEST_STRIDE),
            ("pool_size", 2, LARGEST_POOL),
        ):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, high))
        self._check_training()

    def pooling_in_words(self) -> str:
        """The pooling: "max pooling 2 by 2", "no pooling"."""
        return (
            f"{self.pooling} pooling {self.pool_size} by {self.pool_size}" if self.pooling else "no pooling"
        )

    def in_words(self) -> str:
        """The settings in one line, for a heading."""
        count = "1 filter" if self.filters == 1 else f"{self.filters} filters"
        k, rate = self.kernel_size, format_value(self.learning_rate)
        return (
            f"{count} of {k} by {k}, stride {self.stride}, padding {self.padding}, {self.pooling_in_words()}, "
            f"learning rate {rate}"
        )
