"""What is known of a class of one size, the rule for the knee, and the page that docs/teaching.md quotes."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from classroom_learner import EPOCHS, PACE
from measure import number, percentile

#: Seconds within which 95 of 100 moves have to be answered.
LIMIT = 1.0


@dataclass(frozen=True)
class Stage:
    """A class of one size.

    Attributes:
        learners: How many moved their sliders at once.
        answers: Seconds from each move to the first epoch of its run, of all learners.
        memory: Private memory of each learner's kernel in MB.
        taken: By how much the machine's available memory has shrunk since before the first learner, in MB.
        work: Processor seconds that the kernels spent for each move.
        lost: What was lost, in words.
    """

    learners: int
    answers: Sequence[float]
    memory: float
    taken: float
    work: float
    lost: Sequence[str]

    @property
    def p95(self) -> float:
        """The time within which 95 of 100 moves were answered, in seconds, to the millisecond that is shown."""
        return round(percentile(self.answers, 95), 3)

    def row(self) -> str:
        """A row of the table."""
        cells = [
            str(self.learners),
            str(len(self.answers)),
            f"{number(1e3 * statistics.median(self.answers))} ms",
            f"{number(1e3 * self.p95)} ms",
            f"{number(self.work)} s",
            f"{self.memory:.0f} MB",
            str(len(self.lost)) if self.lost else "nothing",
        ]
        return f"| {' | '.join(cells)} |"


def knee(sizes: Sequence[int], p95: Sequence[float]) -> tuple[int | None, int | None]:
    """Where a class becomes too large for the machine.

    The rule: sizes are gone through from the smallest; the knee is the first one whose 95th percentile is above
    ``LIMIT``. A larger size that happens to be quicker does not count.

    Args:
        sizes: Learners, ascending.
        p95: The 95th percentile of each size, in seconds.

    Returns:
        The largest size before the knee, and the knee; None for what there is not.

    Example:
        >>> knee([1, 2, 4, 8], [0.1, 0.2, 1.3, 0.9])
        (2, 4)
    """
    holds = None
    for size, seconds in zip(sizes, p95, strict=True):
        if seconds > LIMIT:
            return holds, size
        holds = size
    return holds, None


def knee_in_words(sizes: Sequence[int], p95: Sequence[float], ended: str) -> str:
    """The knee in a sentence.

    Args:
        sizes: Learners, ascending.
        p95: The 95th percentile of each size, in seconds.
        ended: Why no larger class was measured.
    """
    holds, size = knee(sizes, p95)
    within = f"95 of 100 moves are {'' if size else 'still '}answered within {LIMIT:g} s"
    limit = f"No more than {sizes[-1]} were measured: {ended}."
    if size is None:
        return f"**The knee was not reached: with {_learners(holds)} {within}.** {limit}"
    before = f"with {_learners(holds)} {within}, with {size} no longer" if holds else f"not even {within}"
    return f"**The knee is at {_learners(size)}**: {before}. {limit}"


def _learners(count: int | None) -> str:
    return f"{count} learner{'' if count == 1 else 's'}"


def page(stages: Sequence[Stage], *, machine: str, server: float, start: float, ended: str) -> str:
    """The Markdown that docs/teaching.md quotes.

    Args:
        stages: By size, ascending.
        machine: What the figures were measured on.
        server: Private memory of the Jupyter server in MB.
        start: Processor seconds from the start of a kernel until its lab is warm.
        ended: Why no larger class was measured.
    """
    sizes, p95 = [stage.learners for stage in stages], [stage.p95 for stage in stages]
    largest = stages[-1]
    before = f"""
        Measured on {machine}. Each learner has a kernel with the digits TuningLab and moves its L2 slider once every
        {PACE:g} s, all at the same time and without a rest; each move begins a run of {EPOCHS} epochs. The time is
        from the move's message to the first epoch of its run, through a Jupyter server and its WebSocket, as
        JupyterLab does it; what a browser needs to draw comes on top. The simulated learners run on the same
        processors."""
    less = f"{number(largest.taken / 1e3)} GB"
    after = f"""
        Until a learner's lab had trained its first runs, the kernel took {number(start)} s of a processor: a class
        that begins all at once waits for that. With one kernel and no page open the Jupyter server had
        {server:.0f} MB of private memory. With {largest.learners} learners the machine had {less} of memory less
        available than before the first one came. Lost would be a last move whose value is not the one the lab ends
        with, a last picture that is not the run's, a move without an answer, or a kernel that died."""
    heads = ("Learners at once", "Moves", "Answered, median", "95th percentile", "Processor time of a move")
    lines = [
        _paragraph(before),
        "",
        f"| {' | '.join((*heads, 'Private memory of each kernel', 'Lost'))} |",
        "|---|---|---|---|---|---|---|",
        *(stage.row() for stage in stages),
        "",
        _paragraph(knee_in_words(sizes, p95, ended)),
        "",
        _paragraph(after),
    ]
    return "\n".join(lines) + "\n"


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)
