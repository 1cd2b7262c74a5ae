"""The settings of a PlaygroundLab beside those of every TuningLab: what each may be, and the line of text."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tuningkit.labs import settings_string
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.schedule_kinds import KINDS, check_kind
from tuningkit.models.sizes import whole_number
from tuningkit.training import hyperparameters as table

#: Inputs that the network can be given, made of the two coordinates, with the label that a learner reads.
FEATURES = {
    "x1": "x₁",
    "x2": "x₂",
    "x1^2": "x₁²",
    "x2^2": "x₂²",
    "x1*x2": "x₁x₂",
    "sin(x1)": "sin x₁",
    "sin(x2)": "sin x₂",
}
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu")
MOST_LAYERS, MOST_UNITS = 6, 8
MOST_NOISE = 0.5
OWN_DATA = "own"
#: Name in Python, the label on the screen, and whether there are classes to tell apart or an amount to predict.
DATA_SETS = {
    "circles": ("circles", "classification"),
    "moons": ("moons", "classification"),
    "spirals": ("spirals", "classification"),
    "xor": ("exclusive or", "classification"),
    "blobs": ("two blobs", "classification"),
    "plane": ("plane (regression)", "regression"),
    "bumps": ("six bumps (regression)", "regression"),
}

#: The playground's own settings with their values at first, in the order of the screen.
OWN_DEFAULTS: dict[str, Any] = {
    "data": "circles",
    "noise": 0.1,
    "train_share": 0.5,
    "data_seed": 0,
    "features": ("x1", "x2"),
    "hidden": (4, 2),
    "activation": "tanh",
    "schedule": "constant",
    "show_validation": True,
    "discretize": False,
}
#: Those that only change the picture.
OF_THE_PICTURE = ("show_validation", "discretize")
#: Those that need other data or another network, and so a new graph.
REBUILDS = ("data", "noise", "train_share", "data_seed", "features", "hidden", "activation")

_NO_LAYER = "none"
_EXAMPLE = "'data=spirals&hidden=8,8&learning_rate=0.01'"


def check_own(name: str, value: Any, *, own_data: bool = False) -> Any:
    """Check one of the playground's own settings.

    Args:
        name: A name of ``OWN_DEFAULTS``.
        value: Its value.
        own_data: Whether the learner brought a data set, so that ``data`` may be "own".

    Returns:
        The value as the lab keeps it: features in their fixed order, layers as a tuple.

    Raises:
        TypeError: If the value is of another kind.
        ValueError: If it is not possible; the message says what was received and what would be right.

    Example:
        >>> check_own("hidden", [8, 8])
        (8, 8)
    """
    if name == "data":
        return _check_data(value, own_data)
    if name in ("noise", "train_share"):
        low, high = (0.0, MOST_NOISE) if name == "noise" else (0.1, 0.9)
        return _check_share(name, value, low, high)
    if name == "data_seed":
        return whole_number(name, value, 0, 2**31 - 1)
    if name == "features":
        return _check_features(value)
    if name == "hidden":
        return _check_hidden(value)
    if name == "activation":
        return _one_of(name, value, ACTIVATIONS)
    if name == "schedule":
        return check_kind(value)
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False. Received: {name}={value!r}")
    return value


def _check_data(value: Any, own_data: bool) -> str:
    if not isinstance(value, str):
        raise TypeError(
            f"data must be the name of a data set: {', '.join(DATA_SETS)}. Received: {type(value).__name__}. To use "
            "data of your own, make a new lab: tk.PlaygroundLab(my_data)."
        )
    if value == OWN_DATA and not own_data:
        raise ValueError(
            "data='own' stands for a data set of your own: pass it when you make the lab, "
            "tk.PlaygroundLab(data=my_data). Received: no data set"
        )
    return _one_of("data", value, (*DATA_SETS, *([OWN_DATA] if own_data else [])))


def _check_share(name: str, value: Any, low: float, high: float) -> float:
    rule = f"a number from {low:g} to {high:g}, for example {0.2 if name == 'noise' else 0.5:g}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {rule}. Received: {name}={value!r} ({type(value).__name__})")
    if not low <= value <= high:
        raise ValueError(f"{name} must be {rule}. Received: {name}={value!r}")
    return float(value)


def _check_features(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f'features must be a list of names, such as ["x1", "x2"]. Received: {value!r}')
    chosen = [_one_of("features", one, tuple(FEATURES)) for one in value]
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"features must name at least one input, each once. Received: features={value!r}")
    return tuple(name for name in FEATURES if name in chosen)


def _check_hidden(value: Any) -> tuple[int, ...]:
    rule = f"the units of each hidden layer, at most {MOST_LAYERS} layers of 1 to {MOST_UNITS} units, such as (8, 8)"
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"hidden must be {rule}; () is a network without hidden layers. Received: {value!r}")
    if len(value) > MOST_LAYERS:
        raise ValueError(f"hidden must be {rule}. Received: {len(value)} layers")
    return tuple(whole_number(f"hidden layer {i}", units, 1, MOST_UNITS) for i, units in enumerate(value, 1))


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    near = get_close_matches(str(value), known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{name}: there is no {value!r}.{hint} Known: {', '.join(known)}.")


def to_line(settings: Mapping[str, Any], changes: Iterable[tuple[float, str, Any]] = ()) -> str:
    """All settings of a playground in one line; :func:`from_line` reads it back.

    Args:
        settings: Values by name, the playground's own and those of every lab.
        changes: Moves in the middle of the run: (epochs trained by then, name, new value).

    Example:
        >>> to_line({"hidden": (8, 8), "features": ("x1", "x1^2"), "seed": 3})
        'features=x1,x1^2&hidden=8,8&seed=3'
    """
    own = [(name, _own_text(settings[name])) for name in OWN_DEFAULTS if name in settings]
    others = {name: value for name, value in settings.items() if name not in OWN_DEFAULTS}
    lines = [urlencode(own, safe=",^*()"), settings_string.to_string(others, changes)]
    return "&".join(line for line in lines if line)


def from_line(text: str, *, own_data: bool = False) -> tuple[dict[str, Any], list[tuple[float, str, Any]]]:
    """Read back what :func:`to_line` wrote.

    Args:
        text: The line.
        own_data: Whether the learner brought a data set.

    Returns:
        Checked values by name, and the moves in the middle of the run.

    Raises:
        ValueError: If the line is damaged: not of that form, a name or a value that is not possible.
        TypeError: If it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"settings must be a text such as {_EXAMPLE}. Received: {type(text).__name__}")
    try:
        pairs = parse_qsl(text.strip(), keep_blank_values=True, strict_parsing=bool(text.strip()))
    except ValueError as error:
        raise ValueError(f"settings must look like {_EXAMPLE}. Received: {text!r}") from error
    settings: dict[str, Any] = {}
    others = []
    for name, value in pairs:
        if name not in OWN_DEFAULTS:
            _check_name(name)
            others.append((name, value))
            continue
        if name in settings:
            raise ValueError(f"settings name {name} twice. Received: {text!r}")
        settings[name] = check_own(name, _own_value(name, value), own_data=own_data)
    values = settings_string.from_string(urlencode(others))
    changes = values.pop("changes", [])
    return {**settings, **values}, changes


def check_any(name: str, value: Any, *, own_data: bool = False) -> Any:
    """Check a setting of either kind; see :func:`check_own` and ``lab_settings.check_setting``."""
    if name in OWN_DEFAULTS:
        return check_own(name, value, own_data=own_data)
    _check_name(name)
    return check_setting(name, value)


def _check_name(name: str) -> None:
    table.check_name(name, (*OWN_DEFAULTS, *table.HYPERPARAMETERS, "mode", "repeats", "changes"))


def _own_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or _NO_LAYER
    return repr(value) if isinstance(value, float) else str(value)


def _own_value(name: str, text: str) -> Any:
    if name in ("features", "hidden"):
        parts = [] if text == _NO_LAYER else text.split(",")
        return [_number(name, part, whole=True) for part in parts] if name == "hidden" else parts
    if name in OF_THE_PICTURE:
        if text not in ("yes", "no"):
            raise ValueError(f"{name} must be yes or no. Received: {name}={text!r}")
        return text == "yes"
    if name in ("noise", "train_share", "data_seed"):
        return _number(name, text, whole=name == "data_seed")
    return text


def _number(name: str, text: str, *, whole: bool) -> float | int:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        wanted = "whole numbers" if name == "hidden" else "a whole number" if whole else "a number"
        raise ValueError(f"{name} must be {wanted}. Received: {name}={text!r}") from None


def schedule_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a schedule of the playground is given: the lab's rate and length, and one sensible shape.

    Args:
        settings: The lab's settings.

    Returns:
        Values for ``schedule_kinds.build``: what has an end rate falls to a hundredth over the whole run; steps, and
        the first halving of "inverse time", take a tenth of it.
    """
    epochs, rate = settings["epochs"], settings["learning_rate"]
    return {
        "learning_rate": rate, "epochs": epochs, "end": rate / 100, "power": 1, "decay_epochs": None,
        "warmup_epochs": epochs / 10, "factor": 0.6, "every": epochs / 10, "halved_after": epochs / 10,
        "patience": max(3, epochs // 20),
    }  # fmt: skip


SCHEDULES = tuple(KINDS)
