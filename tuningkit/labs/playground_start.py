"""How a PlaygroundLab begins: its settings checked, its problem known, before anything is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningkit.labs.boundary import MOST_CLASSES
from tuningkit.labs.own_settings import OwnSettings
from tuningkit.labs.playground_data import CLASS_NAMES, check_own_data
from tuningkit.labs.playground_settings import DATA_SETS, OWN_DATA, OWN_DEFAULTS, check_own
from tuningkit.labs.playground_views import Problem

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset


@dataclass(frozen=True)
class Start:
    """What a playground begins with.

    Attributes:
        settings: Checked values by name.
        own: What its networks ask for.
        brought: The learner's own data set, or None.
    """

    settings: dict[str, Any]
    own: OwnSettings
    brought: Dataset | None

    def problem(self, data: str) -> Problem:
        """The problem that a data set poses, by its name."""
        if data == OWN_DATA and self.brought is not None:
            return Problem.of(self.brought)
        return Problem(CLASS_NAMES if DATA_SETS[data][1] == "classification" else ())

    @property
    def problems(self) -> list[Problem]:
        """All problems that this lab may show, each once."""
        names = [*DATA_SETS, *([OWN_DATA] if self.brought is not None else [])]
        return list(dict.fromkeys(self.problem(name) for name in names))


def start(data: str | Dataset, given: Mapping[str, Any]) -> Start:
    """Check what a playground is given.

    Args:
        data: Name of a data set, or a data set of the learner's own.
        given: All other settings by name.

    Raises:
        TypeError: If a value is of another kind.
        ValueError: If a value is not possible.
    """
    brought = None if isinstance(data, str) else check_own_data(data, MOST_CLASSES)
    named = {**given, "data": OWN_DATA if brought is not None else data}
    settings = {name: check_own(name, named[name], own_data=brought is not None) for name in OWN_DEFAULTS}
    names = ("learning_rate", "dropout", "l1", "l2")
    own = OwnSettings(
        values={"learning_rate": 0.01, "optimizer": "adam", "dropout": 0.0, "l1": 0.0, "l2": 0.0},
        differing=dict.fromkeys(names, False),
        nothing_for=dict.fromkeys(names, ""),
        loss_name="",
        metric="",
        data_name="",
        from_logits=True,
    )
    settings |= own.start_with({name: value for name, value in given.items() if name not in OWN_DEFAULTS})
    refuse_dropout(settings)
    return Start(settings, own, brought)


def refuse_dropout(settings: Mapping[str, Any]) -> None:
    """Raise if there is a dropout rate and no layer whose units it could drop."""
    if settings["dropout"] and not settings["hidden"]:
        raise ValueError(
            "Without a hidden layer there is nothing to drop: dropout must be 0 where hidden is (). "
            f"Received: dropout={settings['dropout']!r}"
        )
