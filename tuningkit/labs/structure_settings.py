"""What the settings of the labs that build their own network share: moved, compared, checked alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from tuningkit.training.hyperparameters import check_value

#: What is chosen for the training; all else says what network is built.
_TRAINING = ("learning_rate", "epochs", "seed")


class StructureSettings:
    """Base of a frozen dataclass with one field per control.

    Attributes:
        lab: Name of the lab, for messages.
        learning_rate: Step size of Adam, greater than 0.
        epochs: Where training stops.
        seed: Seed of the initial weights and the batch order.
    """

    lab: ClassVar[str]
    learning_rate: float
    epochs: int
    seed: int

    @property
    def structure(self) -> dict[str, Any]:
        """What says which network is built, by name."""
        return {name: value for name, value in asdict(self).items() if name not in _TRAINING}

    @property
    def training(self) -> tuple[Any, ...]:
        """What another network, or another start, is needed for; two equal ones train alike."""
        return (*self.structure.values(), self.learning_rate, self.seed)

    def changed(self, **values: Any) -> Self:
        """These settings with some of them moved.

        Raises:
            TypeError: If a value is of another kind.
            ValueError: If a name is unknown or a value not possible.
        """
        known = list(asdict(self))
        for name in values:
            if name not in known:
                raise ValueError(
                    f"A {self.lab} has {', '.join(known)}.{_hint(name, known)} Received: {name!r}"
                )
        return replace(self, **values)

    def _check_choice(self, name: str, known: Sequence[str | None]) -> None:
        """Raise if a setting is none of the names that are known; None is one if it is listed."""
        value = getattr(self, name)
        if value not in known:
            options = ", ".join(map(repr, known))
            hint = _hint(str(value), [one for one in known if one])
            raise ValueError(f"{name} must be one of {options}.{hint} Received: {name}={value!r}")

    def _check_training(self) -> None:
        """Check and convert learning rate, epochs and seed."""
        for name in _TRAINING:
            value = getattr(self, name)
            if value is None:
                raise ValueError(f"{name} must be a number. Received: {name}=None")
            object.__setattr__(self, name, check_value(name, value))


def _hint(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
