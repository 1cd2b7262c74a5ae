"""How many steps of training fit into a given time, learned while training."""

from __future__ import annotations


class Pace:
    """Learns how long a step takes.

    Example:
        >>> pace = Pace()
        >>> pace.steps(0.05, most=40)
        1
        >>> pace.note(0.002)
        >>> pace.steps(0.05, most=40)
        25
    """

    def __init__(self) -> None:
        self._seconds_per_step = 0.0

    def steps(self, budget: float, most: int) -> int:
        """Steps that take about ``budget`` seconds, from 1 to ``most``."""
        # Until it is known how long a step takes, one at a time: a step of a large network may take a second.
        if not self._seconds_per_step:
            return 1
        return max(1, min(most, int(budget / self._seconds_per_step)))

    def note(self, seconds: float) -> None:
        """Take in how long a step took the last time."""
        known = self._seconds_per_step
        self._seconds_per_step = (known + seconds) / 2 if known else seconds
