"""Values as JSON can hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Convert a value to what a JSON file can hold.

    Args:
        value: Anything: mappings, lists, tuples, NumPy numbers and arrays, numbers, texts.

    Returns:
        Dictionaries with text keys, lists, texts, finite numbers, booleans and `None`. NaN and infinity
        become `"nan"`, `"inf"` and `"-inf"`: JSON has no number for them. Any other object becomes its
        description.

    Example:
        >>> plain({"loss": float("nan"), 3: (1, 2)})
        {'loss': 'nan', '3': [1, 2]}
    """
    if value is None or isinstance(value, (bool, str)):
        # A NumPy text or a text enumeration is stored as the text itself.
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        # Python refuses to write numbers of more than 4,300 digits.
        return int(value) if value.bit_length() < 4096 else "a number of over 1,000 digits"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return repr(value)[:200]
