"""What a model itself asks for: the starting point of a lab's controls, checked before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from tuningkit.labs.lab_settings import check_setting
from tuningkit.training.hyperparameters import OPTIMIZER_HYPERPARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from tuningkit.datasets import Dataset

_NEEDED_PART = {
    "dropout": "The model has no dropout layer. Add keras.layers.Dropout(0.3) to move its rate.",
    "l1": "The model has no layer with a kernel that a penalty could act on.",
    "l2": "The model has no layer with a kernel that a penalty could act on.",
}


@dataclass(frozen=True)
class OwnSettings:
    """What a model and its data ask for.

    Attributes:
        values: Starting values by name; None where the model's layers differ among themselves.
        differing: For each slider, whether the model's layers differ, so that "as in the model" is a choice.
        nothing_for: For each slider, why it can do nothing; empty if it can.
        loss_name: Name of the data loss.
        metric: Name of the first metric.
        data_name: Name of the data set.
        from_logits: Whether the model's outputs are raw scores rather than probabilities.
        compiled: Name of the optimiser the model was compiled with; empty if it was not.
    """

    values: dict[str, Any]
    differing: dict[str, bool]
    nothing_for: dict[str, str]
    loss_name: str
    metric: str
    data_name: str
    from_logits: bool
    compiled: str = ""

    def refuse(self, name: str, value: Any, optimizer: str | None) -> None:
        """Raise if ``name`` is given a value that has nothing to act on.

        Args:
            name: A setting.
            value: Its value, already checked.
            optimizer: The optimiser in force.
        """
        reason = self.nothing_for.get(name) if value else ""
        if value is not None:
            reason = reason or self.why_not(name, optimizer)
        if reason:
            raise ValueError(f"{reason} Received: {name}={value!r}")

    def why_not(self, name: str, optimizer: str | None) -> str:
        """Why this optimiser cannot be given ``name``; empty if it can, or if it is no matter of optimisers."""
        if name not in OPTIMIZER_HYPERPARAMETERS or name in self.moves_of(optimizer):
            return ""
        moves = ", ".join(self.moves_of(optimizer)) or "nothing beside the learning rate"
        return f"The optimizer {optimizer or self.compiled!r} has no {name} to move. It has: {moves}."

    def moves_of(self, optimizer: str | None) -> tuple[str, ...]:
        """What an optimiser can be given beside the learning rate."""
        from tuningkit.training.optimizer_choices import OPTIMIZERS

        choice = OPTIMIZERS.get(optimizer or self.compiled)
        return choice.live if choice is not None else ()

    def optimizer_options(self) -> list[tuple[str, str | None]]:
        """What the dropdown of optimisers offers: words and value each; None is the model's own."""
        from tuningkit.training.optimizer_choices import OPTIMIZERS

        own: list[tuple[str, str | None]] = (
            [(f"as compiled ({self.compiled})", None)] if self.compiled else []
        )
        return own + [(name, name) for name in OPTIMIZERS]

    def start_with(self, given: dict[str, Any]) -> dict[str, Any]:
        """Starting settings: what was given, checked, and for None what the model has.

        Raises:
            ValueError: If a value is not possible or has nothing to act on.
            TypeError: If a value is of the wrong type.
        """
        settings = {
            name: self.values[name] if value is None and name in self.values else check_setting(name, value)
            for name, value in given.items()
        }
        for name, value in settings.items():
            self.refuse(name, value, settings["optimizer"])
        return settings


def own_settings(
    model: keras.Model,
    data: Dataset,
    loss: str | Callable | None,
    metrics: Sequence | None,
    optimizer: str | None = None,
) -> OwnSettings:
    """Read off a model what it asks for itself.

    Args:
        model: The model.
        data: The data.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        optimizer: Name of the optimiser to begin with; None: the one the model was compiled with.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If they do not fit together, or the model cannot be trained live.
    """
    from tuningkit.training.data_check import check_data
    from tuningkit.training.fallback import why_not_vectorised
    from tuningkit.training.heads import choose_head, ends_in_probabilities
    from tuningkit.training.optimizer_choices import optimizer_name, own_learning_rate
    from tuningkit.training.surgery import make_live

    reason = why_not_vectorised(model, data, metrics, optimizer)
    if reason is not None:
        raise ValueError(f"{reason} Sliders cannot be attached to such a model; tk.train can train it.")
    check_data(model, data)
    head = choose_head(model, data, loss, metrics)
    live = make_live(model)
    own = {"dropout": live.own_dropout, "l1": live.own_l1, "l2": live.own_l2}
    compiled = getattr(model, "optimizer", None)
    values: dict[str, Any] = {
        "learning_rate": 1e-3 if compiled is None else own_learning_rate(compiled),
        # None: the very optimiser the model was compiled with, its momenta, schedule and clipping included.
        "optimizer": "adam" if compiled is None else None,
    }
    differing, nothing_for = {"learning_rate": False}, {"learning_rate": ""}
    for name, strengths in own.items():
        differing[name] = len(set(strengths)) > 1
        nothing_for[name] = "" if strengths else _NEEDED_PART[name]
        values[name] = None if differing[name] else (_plain(strengths[0]) if strengths else 0.0)
    return OwnSettings(
        values,
        differing,
        nothing_for,
        head.loss_name,
        next(iter(head.metrics), "loss"),
        data.name,
        not ends_in_probabilities(model),
        "" if compiled is None else optimizer_name(compiled),
    )


def _plain(strength: float) -> float:
    """A number that went through float32 as it was written: 0.3 rather than 0.30000001192."""
    return float(f"{strength:.7g}")


def check_controls(controls: Sequence[str] | None, known: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """The controls to show.

    Args:
        controls: Names, or None for all that are not hidden at first.
        known: All names there are.
        hidden: Names that are shown only if asked for.

    Raises:
        ValueError: If a name is unknown; the message gives the nearest one.
        TypeError: If it is a single text instead of a list.
    """
    if controls is None:
        return [name for name in known if name not in hidden]
    if isinstance(controls, str):
        raise TypeError(f'controls must be a list of names, such as ["l2"]. Received: {controls!r}')
    for name in controls:
        if name not in known:
            near = get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"There is no control {name!r}.{hint} Known: {', '.join(known)}.")
    return list(controls)


class Setting:
    """A lab's setting as an attribute: reading gives its value, assigning moves the control.

    Assigning begins no run by itself unless one is under way; ``lab.train()`` does. A slider moved by hand does.

    Args:
        doc: What the setting is.
    """

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, lab: Any, owner: type | None = None) -> Any:
        return self if lab is None else lab.get(self._name)

    def __set__(self, lab: Any, value: Any) -> None:
        lab.set(self._name, value)
