"""Values of KerasTuner's hyperparameters: checked, read from text, and tried one after the other.

Nothing here imports KerasTuner: what it defines is told apart by the name of its class, "Int", "Float", "Choice",
"Boolean" or "Fixed".
"""

from __future__ import annotations

import math
import numbers
from typing import Any

#: Values of one hyperparameter that are tried to find out what it reaches.
MOST_TRIED = 4
#: Stops of a slider; a longer list is thinned out.
MOST_STOPS = 200


class Written(str):
    """A value as it stands in a line of settings: text that its hyperparameter has to read."""


def kind_of(definition: Any) -> str:
    """What a hyperparameter is: "Int", "Float", "Choice", "Boolean" or "Fixed"."""
    return type(definition).__name__


def is_fixed(definition: Any) -> bool:
    """Whether a hyperparameter has one value only."""
    return kind_of(definition) == "Fixed"


def check_value(definition: Any, value: Any) -> Any:
    """Return ``value`` as the hyperparameter's own type, or say what is wrong with it.

    Args:
        definition: A KerasTuner hyperparameter, such as those in ``HyperParameters.space``.
        value: What was asked for; a :class:`Written` text is read first.

    Raises:
        TypeError: If it is of the wrong type.
        ValueError: If it is outside the range or no choice, or the hyperparameter is fixed.

    Example:
        >>> check_value(hp.space[0], 64)  # doctest: +SKIP
        64
    """
    name, kind = definition.name, kind_of(definition)
    if isinstance(value, Written):
        value = _read(definition, value)
    if kind == "Fixed":
        if value == definition.value:
            return value
        raise ValueError(f"{name} is fixed at {definition.value!r} by the hypermodel. Received: {value!r}")
    if kind == "Boolean":
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False. Received: {value!r}")
        return value
    if kind == "Choice":
        for choice in definition.values:
            if choice == value and isinstance(choice, bool) == isinstance(value, bool):
                return choice
        choices = ", ".join(map(repr, definition.values))
        raise ValueError(f"{name} must be one of {choices}. Received: {value!r}")
    return _checked_number(definition, value)


def admits(definition: Any, value: Any) -> bool:
    """Whether a hyperparameter can have this value."""
    try:
        check_value(definition, value)
    except (ValueError, TypeError):
        return False
    return True


def _checked_number(definition: Any, value: Any) -> int | float:
    name, low, high = definition.name, definition.min_value, definition.max_value
    whole = kind_of(definition) == "Int"
    rule = f"{'a whole number' if whole else 'a number'} from {low:g} to {high:g}"
    # NumPy's scalars are registered as such, too.
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {rule}. Received: {value!r} ({type(value).__name__})")
    number = float(value)
    if not (low <= number <= high) or (whole and number != int(number)):
        raise ValueError(f"{name} must be {rule}. Received: {value!r}")
    return int(number) if whole else number


def _read(definition: Any, text: str) -> Any:
    kind, known = kind_of(definition), ()
    if kind in ("Choice", "Boolean", "Fixed"):
        known = (True, False) if kind == "Boolean" else definition.values
        for value in known:
            if str(value) == str(text):
                return value
        return str(text)
    try:
        return int(text) if kind == "Int" else float(text)
    except ValueError:
        raise ValueError(f"{definition.name} must be a number. Received: {str(text)!r}") from None


def tried_values(definition: Any, present: Any) -> list[Any]:
    """Values other than the present one at which a model is built to see what the hyperparameter reaches.

    Of a range these are its ends and its middle; of a few choices all of them, of many the first and the last.

    Args:
        definition: A KerasTuner hyperparameter.
        present: Its present value.
    """
    kind = kind_of(definition)
    if kind == "Fixed":
        return []
    if kind == "Boolean":
        return [not present]
    if kind == "Choice":
        others = [value for value in definition.values if value != present]
        return others if len(others) <= MOST_TRIED else [*others[: MOST_TRIED - 1], others[-1]]
    wanted = [definition.min_value, definition.prob_to_value(0.5), definition.max_value]
    if kind == "Int" and definition.max_value - definition.min_value < MOST_TRIED:
        wanted = list(range(definition.min_value, definition.max_value + 1))
    return [value for value in dict.fromkeys(wanted) if value != present]


def stops(definition: Any) -> list[int | float]:
    """The values a slider over this hyperparameter stops at, ascending.

    With a step these are the values KerasTuner itself would try, thinned out if there are very many. A logarithmic
    range without a step goes 1, 2, 5, 10, another range in 25 stops as evenly as its sampling says.

    Args:
        definition: An Int, a Float, or a Choice between numbers.

    Example:
        >>> stops(hp.space[0])  # doctest: +SKIP
        [0.0001, 0.0002, 0.0005, 0.001]
    """
    if kind_of(definition) == "Choice":
        return sorted(definition.values)
    low, high = definition.min_value, definition.max_value
    whole = kind_of(definition) == "Int"
    if definition.step is not None and definition.sampling == "linear":
        count = int((high - low) / definition.step + 1e-9) + 1
        every = -(-count // MOST_STOPS)
        places = sorted({*range(0, count, every), count - 1})
        return [_plain(low + place * definition.step, whole) for place in places]
    if definition.step is not None:
        return sorted({_plain(value, whole) for value in definition.values})
    if definition.sampling == "log":
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        # Written out and read back, so that a stop is 1e-4 and not 0.00010000000000000002.
        listed = [float(f"{digit}e{exponent}") for exponent in exponents for digit in (1, 2, 5)]
    else:
        listed = [definition.prob_to_value(place / 24) for place in range(1, 24)]
    inside = {_plain(value, whole) for value in listed}
    return sorted({low, high, *(value for value in inside if low < value < high)})


def _plain(value: float, whole: bool) -> int | float:
    """0.3 rather than 0.30000000000000004."""
    return int(value) if whole else float(f"{value:.6g}")
