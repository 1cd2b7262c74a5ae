"""Numbers as people read them, the same way everywhere in the course."""

import math


def format_number(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits: `0.05`, `1e-4`, `2.5e6`, `0`.

    Args:
        value: Any number.
        digits: Significant digits, 1 or more.

    Returns:
        Text without mathematical markup, so that drawing it is quick and safe in any thread.

    Example:
        >>> format_number(1e-4), format_number(0.05), format_number(0)
        ('1e-4', '0.05', '0')
    """
    value = float(value)
    if math.isnan(value):
        return "no value"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 1e-3 <= float(f"{abs(value):.{digits - 1}e}") < 1e5:
        whole_digits = len(str(int(abs(value))))
        return f"{value:.{max(digits, whole_digits)}g}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"
