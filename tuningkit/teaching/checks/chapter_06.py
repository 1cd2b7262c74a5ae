"""Checks of chapter 6, the tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

_LOW, _HIGH = 1e-4, 1.0


@exercise("6-a", "A conditional space", hint="Draw a few points: hyperopt.pyll.stochastic.sample(space).")
def conditional_space(answer: Any) -> Iterator[Finding]:
    """A space of Hyperopt: a learning rate on a logarithmic scale, and a momentum for SGD alone."""
    if not isinstance(answer, Mapping):
        yield wrong(
            f"The space is a dictionary, but you gave {describe(answer)}.", 'space = {"learning_rate": ...}'
        )
        return
    missing = [name for name in ("learning_rate", "optimizer") if name not in answer]
    if missing:
        yield wrong(f"The space lacks {' and '.join(missing)}.")
        return
    from hyperopt.pyll import stochastic

    rng = np.random.default_rng(0)
    drawn = [stochastic.sample(answer, rng=rng) for _ in range(300)]
    yield from _rates([point["learning_rate"] for point in drawn])
    yield from _optimizers([point["optimizer"] for point in drawn])


def _rates(rates: list[Any]) -> Iterator[Finding]:
    if not all(isinstance(rate, int | float | np.number) for rate in rates):
        yield wrong("The learning rate should be a number.", 'hp.loguniform("learning_rate", ...)')
        return
    low, high = min(rates), max(rates)
    if low >= 0.9 and high > 1.5:
        yield wrong(
            f"Drawn learning rates lie between {low:.3g} and {high:.3g}: the ends were not taken as logarithms.",
            "hp.loguniform takes the logarithms of the ends: np.log(1e-4) and np.log(1).",
        )
    elif low < 0.99 * _LOW or high > 1.01 * _HIGH:
        yield wrong(f"Learning rates from 0.0001 to 1 are asked for; drawn were {low:.3g} to {high:.3g}.")
    elif not 2e-3 < np.median(rates) < 5e-2:
        yield wrong(
            f"Half of the drawn learning rates lie above {np.median(rates):.2g}: the scale is not logarithmic.",
            "On a logarithmic scale from 0.0001 to 1, half of them lie below 0.01.",
        )
    elif low > 1e-3 or high < 0.1:
        yield wrong(f"The range is too narrow: drawn were {low:.3g} to {high:.3g}.")
    else:
        yield right("The learning rate covers 0.0001 to 1 on a logarithmic scale.")


def _optimizers(chosen: list[Any]) -> Iterator[Finding]:
    if not all(isinstance(one, Mapping) and "optimizer" in one for one in chosen):
        yield wrong(
            "Each choice of the optimizer should be a dictionary that names it.",
            'hp.choice("optimizer", [{"optimizer": "adam"}, ...])',
        )
        return
    names = {one["optimizer"] for one in chosen}
    if names != {"adam", "sgd"}:
        yield wrong(f"The optimizers should be adam and sgd. Received: {', '.join(sorted(map(str, names)))}")
        return
    if any("momentum" in one for one in chosen if one["optimizer"] == "adam"):
        yield wrong(
            "Adam has a momentum here, which it does not use: the search would tune a number without effect.",
            "Put the momentum into the dictionary of sgd alone.",
        )
        return
    momenta = [one.get("momentum") for one in chosen if one["optimizer"] == "sgd"]
    if not all(isinstance(value, int | float) for value in momenta):
        yield wrong("SGD should bring a momentum along.", '"momentum": hp.uniform("momentum", 0, 0.95)')
    elif min(momenta) < 0 or max(momenta) > 0.951 or max(momenta) - min(momenta) < 0.5:
        yield wrong(
            f"Momenta from 0 to 0.95 are asked for; drawn were {min(momenta):.2g} to {max(momenta):.2g}.",
            "At 1 the steps of old gradients would never fade.",
        )
    else:
        yield right("Only SGD has a momentum, from 0 to 0.95.")


@dataclass(frozen=True)
class _Row:
    """A trial, as far as the exercise needs one."""

    number: int
    objective: float
    epochs: int
    status: str = "finished"


class _Table(tuple):
    """Four trials that behave as a table of ``tk.search`` does; the second one diverged.

    Args:
        direction: "min" or "max".
    """

    def __new__(cls, direction: str) -> _Table:
        made = super().__new__(
            cls, (_Row(1, 0.5, 4), _Row(2, np.nan, 1, "diverged"), _Row(3, 0.3, 6), _Row(4, 0.4, 8))
        )
        made.direction, made.trials = direction, tuple(made)
        return made

    @property
    def best(self) -> _Row:
        """The best trial."""
        scored = [row for row in self if np.isfinite(row.objective)]
        return (min if self.direction == "min" else max)(scored, key=lambda row: row.objective)

    @property
    def objectives(self) -> np.ndarray:
        """What is compared."""
        return np.array([row.objective for row in self])

    @property
    def epochs(self) -> float:
        """Epochs of all trials."""
        return float(sum(row.epochs for row in self))

    def best_so_far(self, by: str = "trials") -> tuple[np.ndarray, np.ndarray]:
        """What was spent, and the best until then."""
        spent = np.cumsum([1.0 if by == "trials" else row.epochs for row in self])
        keep = np.fmin if self.direction == "min" else np.fmax
        return spent, keep.accumulate(self.objectives)


@exercise("6-b", "What the best trial cost", hint="What was spent on trials that failed was spent as well.")
def cost_of_the_best(answer: Any) -> Iterator[Finding]:
    """Epochs of all trials up to the best one, itself included."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of one table of trials, but you gave {describe(answer)}.",
            "def epochs_until_best(trials):",
        )
        return
    got, upward = answer(_Table("min")), answer(_Table("max"))
    if not all(isinstance(one, int | float | np.number) for one in (got, upward)):
        yield wrong(f"The function should return a number of epochs, but it returned {describe(got)}.")
        return
    known = {
        3: ("This counts trials. Trials differ in length.", "Add up trial.epochs."),
        6: ("This is what the best trial itself cost.", "The ones before it were needed to get there."),
        10: ("The trial that diverged is left out, but its epoch was spent.", ""),
        19: ("This is the whole search. The best one was found earlier.", "Stop at trials.best."),
    }
    if got == 11 and upward == 4:
        yield right("All that was spent until the best trial ended, on failed ones too.")
    elif got == 11:
        yield wrong(
            f"Where more is better the best trial is the first one, after 4 epochs; you answered {upward:g}.",
            "trials.best knows the direction.",
        )
    elif got in known:
        yield wrong(*(part for part in known[got] if part))
    else:
        yield wrong(f"The test table's best trial ends after 4 + 1 + 6 = 11 epochs; you answered {got:g}.")
