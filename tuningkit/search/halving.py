"""Successive halving: all configurations get a few epochs, the best of them more, the best of these all.

Reference:
    Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization,
    https://arxiv.org/abs/1502.07943. Li et al. (2018), Hyperband, https://jmlr.org/papers/v18/16-558.html, of which
    this is one bracket.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningkit.search.groups import Job, direction_of
from tuningkit.search.trials import Trial
from tuningkit.training.continuation import go_on, take_snapshot

if TYPE_CHECKING:
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes:
        trials: How many configurations are trained to this rung.
        epochs: Epochs that each has had at its end, counted from the beginning.
    """

    trials: int
    epochs: int


def ladder(trials: int, epochs: int, eta: float = 3, min_epochs: int = 1) -> list[Rung]:
    """How many configurations get how many epochs.

    The last rung has all epochs; each one before it has a share of 1/eta of the next one's epochs, rounded up, and
    eta times as many configurations: ``trials / eta**i`` of them at rung i, rounded down.

    Args:
        trials: Configurations at the start.
        epochs: Epochs of those that are never dropped.
        eta: Of how many configurations one stays, greater than 1.
        min_epochs: Epochs before the first cut, at least.

    Returns:
        The rungs, from the first.

    Raises:
        ValueError: If eta or min_epochs are out of range.

    Example:
        >>> ladder(64, 30)
        [Rung(trials=64, epochs=2), Rung(trials=21, epochs=4), Rung(trials=7, epochs=10), Rung(trials=2, epochs=30)]
    """
    if isinstance(eta, bool) or not isinstance(eta, (int, float)) or not (math.isfinite(eta) and eta > 1):
        raise ValueError(f"eta must be a number greater than 1, for example 3. Received: eta={eta!r}")
    if isinstance(min_epochs, bool) or not isinstance(min_epochs, int) or not 1 <= min_epochs <= epochs:
        raise ValueError(
            f"min_epochs must be a whole number from 1 to epochs ({epochs}). Received: min_epochs={min_epochs!r}"
        )
    # A little more than the logarithm, because log(27, 3) is 2.9999999999999996.
    cuts = int(min(math.log(trials, eta), math.log(epochs / min_epochs, eta)) + 1e-9)
    found: list[Rung] = []
    for i in range(cuts + 1):
        share = epochs / eta ** (cuts - i)
        rung = Rung(max(1, int(trials / eta**i + 1e-9)), math.ceil(share - 1e-9))
        # With an eta near 1 two rungs can be rounded to the same epochs: there is nothing to train in between.
        if not found or found[-1].epochs < rung.epochs:
            found.append(rung)
    return found


def train_with_halving(
    job: Job,
    configurations: Sequence[Mapping[str, Any]],
    rungs: Sequence[Rung],
    step: Callable[[int], None],
) -> tuple[list[Trial], bool]:
    """Train all configurations to the first rung, the best of them to the second, and so on.

    Configurations are compared by their best objective so far, over all graphs; one that has diverged is never
    kept. Those that stay go on exactly as if nothing had been dropped.

    Args:
        job: What they have in common.
        configurations: What differs.
        rungs: From :func:`ladder`.
        step: Told after every epoch how many members made it.

    Returns:
        The trials, in the order of the configurations, and whether the learner interrupted.

    Raises:
        KeyboardInterrupt: If it came before any member had an epoch to show.
    """
    sign = 1 if direction_of(job.objective) == "min" else -1
    alive: list[tuple[list[int], Trainer]] = [
        (places, job.trainer([configurations[place] for place in places]))
        for places in job.chunks(configurations)
    ]
    ended: dict[int, Trial] = {}

    def record(places: list[int], trainer: Trainer, status: str) -> dict[int, Trial]:
        return {
            place: job.trial(trainer, member, place + 1, configurations[place], status)
            for member, place in enumerate(places)
        }

    try:
        for number, rung in enumerate(rungs):
            for _, trainer in alive:
                trainer.train(rung.epochs, on_epoch=lambda one: step(one.members))
            now = {place: trial for group in alive for place, trial in record(*group, "finished").items()}
            if number == len(rungs) - 1:
                ended |= now
                break
            ranked = sorted(
                (t for t in now.values() if t.scored), key=lambda t: (sign * t.objective, t.number)
            )
            kept = {trial.number - 1 for trial in ranked[: rungs[number + 1].trials]}
            for places, trainer in alive:
                dropped = [place for place in places if place not in kept]
                both = record(places, trainer, "stopped early")
                ended |= {place: both[place] for place in dropped}
            alive = [group for group in (_survivors(job, configurations, g, kept) for g in alive) if group]
            if not alive:
                break
    except KeyboardInterrupt:
        if not any(trainer.epoch for _, trainer in alive):
            raise
        for group in alive:
            if group[1].epoch:
                ended |= record(*group, "interrupted")
        return [ended[place] for place in sorted(ended)], True
    return [ended[place] for place in sorted(ended)], False


def _survivors(
    job: Job, configurations: Sequence[Mapping[str, Any]], group: tuple[list[int], Trainer], kept: set[int]
) -> tuple[list[int], Trainer] | None:
    """The members of one graph that go on, in a graph of their own; None if none does."""
    places, trainer = group
    staying = [member for member, place in enumerate(places) if place in kept]
    if not staying:
        return None
    if len(staying) == len(places):
        return group
    snapshot = take_snapshot(trainer, staying)
    smaller = job.trainer([configurations[places[member]] for member in staying])
    go_on(smaller, snapshot)
    return [places[member] for member in staying], smaller
