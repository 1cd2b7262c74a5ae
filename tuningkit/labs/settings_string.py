"""A lab's settings as one line of text that can be shared and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tuningkit.labs.session import check_setting
from tuningkit.training.hyperparameters import HYPERPARAMETERS, check_name, format_value

_OWN_SETTINGS = ("mode", "repeats")
_AS_IN_MODEL = "model"


def to_string(settings: Mapping[str, Any]) -> str:
    """Write settings as ``name=value&name=value``, in alphabetical order.

    Example:
        >>> to_string({"l2": 1e-4, "seed": 3})
        'l2=0.0001&seed=3'
    """
    return urlencode(
        [(name, _AS_IN_MODEL if value is None else value) for name, value in sorted(settings.items())]
    )


def from_string(text: str) -> dict[str, Any]:
    """Read settings back.

    Args:
        text: What :func:`to_string` wrote.

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
        check_name(name, (*HYPERPARAMETERS, *_OWN_SETTINGS))
        if name in settings:
            raise ValueError(f"settings name {name} twice. Received: {text!r}")
        settings[name] = check_setting(name, _read(name, value))
    return settings


def _read(name: str, value: str) -> Any:
    if value == _AS_IN_MODEL:
        return None
    if name in ("mode", "optimizer"):
        return value
    whole = name == "repeats" or HYPERPARAMETERS[name].kind == "integer"
    try:
        return int(value) if whole else float(value)
    except ValueError:
        wanted = "a whole number" if whole else "a number"
        raise ValueError(f"{name} must be {wanted}. Received: {name}={value!r}") from None


def describe_change(name: str, old: Any, new: Any) -> str:
    """A move in the middle of a run as the chart's marker says it: ``L2 1e-4 → 1e-2``."""
    return f"{HYPERPARAMETERS[name].label} {format_value(old)} → {format_value(new)}"
