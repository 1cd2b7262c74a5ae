"""A lab's settings as one line of text that can be shared and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tuningkit.labs.lab_settings import HYPER, MAY_BE_NONE, check_setting
from tuningkit.search.hypermodel_values import Written
from tuningkit.training import hyperparameters as table

_OWN_SETTINGS = ("mode", "repeats", "changes")
_AS_IN_MODEL = "model"
_MOVABLE = (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS)


def to_string(settings: Mapping[str, Any], changes: Iterable[tuple[float, str, Any]] = ()) -> str:
    """Write settings as ``name=value&name=value``, in alphabetical order.

    Args:
        settings: Values by name; None becomes "model": as in the model.
        changes: Moves in the middle of the run: (epochs trained by then, name, new value).

    Example:
        >>> to_string({"l2": 1e-4, "seed": 3})
        'l2=0.0001&seed=3'
        >>> to_string({"l2": 1e-4}, [(12.5, "l2", 0.01)])
        'l2=0.0001&changes=12.5:l2:0.01'
    """
    pairs = [(name, _written(value)) for name, value in sorted(settings.items())]
    # Every digit of the position: the move is repeated at the very same step.
    moves = ",".join(
        f"{position!r}:{_in_a_list(name)}:{_in_a_list(_written(value))}" for position, name, value in changes
    )
    return urlencode([*pairs, *([("changes", moves)] if moves else [])], safe=":,")


def from_string(text: str) -> dict[str, Any]:
    """Read settings back.

    Args:
        text: What :func:`to_string` wrote.

    Returns:
        Values by name; ``changes``, if there are any, as a list of (position, name, value). Values of a
        hypermodel's own hyperparameters are texts that it has to read.

    Raises:
        ValueError: If the text is not of that form, or a name or value is not possible.
        TypeError: If it is no text.

    Example:
        >>> from_string("l2=0.0001&seed=3")
        {'l2': 0.0001, 'seed': 3}
    """
    if not isinstance(text, str):
        raise TypeError(
            f"settings must be a text such as 'l2=0.0001&seed=3'. Received: {type(text).__name__}"
        )
    try:
        pairs = parse_qsl(text.strip(), keep_blank_values=True, strict_parsing=bool(text.strip()))
    except ValueError as error:
        raise ValueError(f"settings must look like 'l2=0.0001&seed=3'. Received: {text!r}") from error
    settings: dict[str, Any] = {}
    for name, value in pairs:
        if name in settings:
            raise ValueError(f"settings name {name} twice. Received: {text!r}")
        if not name.startswith(HYPER):
            table.check_name(name, (*table.HYPERPARAMETERS, *_OWN_SETTINGS))
        settings[name] = _read_changes(value) if name == "changes" else _checked(name, value)
    return settings


def _checked(name: str, value: str) -> Any:
    return Written(value) if name.startswith(HYPER) else check_setting(name, _read(name, value))


def _in_a_list(value: Any) -> str:
    """A name or value among others: colons and commas of its own must not end it."""
    return quote(str(value), safe=" -+./")


def _written(value: Any) -> Any:
    return _AS_IN_MODEL if value is None else value


def _read(name: str, value: str) -> Any:
    if value == _AS_IN_MODEL and name in MAY_BE_NONE:
        return None
    if name in ("mode", "optimizer"):
        return value
    whole = name == "repeats" or table.HYPERPARAMETERS[name].kind == "integer"
    try:
        return int(value) if whole else float(value)
    except ValueError:
        wanted = "a whole number" if whole else "a number"
        raise ValueError(f"{name} must be {wanted}. Received: {name}={value!r}") from None


def _read_changes(text: str) -> list[tuple[float, str, Any]]:
    changes = []
    for part in text.split(","):
        try:
            position, name, value = part.split(":")
            at = float(position)
            if not 0 <= at < float("inf"):
                raise ValueError
        except ValueError:
            raise ValueError(
                f"changes must look like '12.5:l2:0.01', epoch, name and value. Received: {part!r}"
            ) from None
        name = unquote(name)
        if not name.startswith(HYPER):
            table.check_name(name, _MOVABLE)
        changes.append((at, name, _checked(name, unquote(value))))
    return changes


def describe_change(name: str, old: Any, new: Any) -> str:
    """A move in the middle of a run as the chart's marker says it: ``L2 1e-4 → 1e-2``."""
    written = table.format_value
    label = table.HYPERPARAMETERS[name].label if name in table.HYPERPARAMETERS else name
    return f"{label} {written(old)} → {written(new)}"
