"""How many trials KerasTuner's Hyperband will run, known before it runs."""

from __future__ import annotations

import math


def hyperband_trials(max_epochs: int, factor: int = 3) -> int:
    """Rounds of all configurations of one iteration of Hyperband, each round of a configuration counted.

    Bracket s begins with about ``(brackets / (s + 1)) * factor**s`` configurations; each of its s + 1 rounds keeps
    one of ``factor``.

    Args:
        max_epochs: Epochs of a configuration that is never dropped.
        factor: Of how many configurations one stays.

    Example:
        >>> hyperband_trials(9)
        23

    Reference:
        Li et al. (2018), https://jmlr.org/papers/v18/16-558.html, algorithm 1
    """
    brackets, epochs = 0, float(max_epochs)
    while epochs >= 1:
        epochs /= factor
        brackets += 1
    ends = math.ceil(1 + math.log(max_epochs, factor))
    return sum(
        math.ceil(ends / (bracket + 1) * factor ** (bracket - number))
        for bracket in range(brackets)
        for number in range(bracket + 1)
    )
