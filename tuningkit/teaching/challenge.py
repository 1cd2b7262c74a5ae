"""A goal that the learner reaches by tuning, checked by code on the runs that were recorded."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuningkit.teaching.card import Card, Content
from tuningkit.teaching.goal import Attempt, Goal, apart
from tuningkit.teaching.keys import lesson_of
from tuningkit.teaching.progress import Progress
from tuningkit.teaching.rich import SYMBOLS, Note, box, inline, unmarked
from tuningkit.teaching.run_reading import in_words, run_summary, runs_of


@dataclass(frozen=True)
class ChallengeResult:
    """What `Challenge.check` answers; true in an `if` when the challenge is met.

    Args:
        key: Such as `"3.3-challenge"`.
        passed: Whether it is met.
        message: What was reached and how far it is from the goal.
        best: The best value of the metric among the runs that count, if there is one.
    """

    key: str
    passed: bool
    message: str
    best: float | None = None

    def __bool__(self) -> bool:
        return self.passed

    def _heading(self) -> str:
        return f"Challenge {self.key}: {'reached' if self.passed else 'not yet'}"

    def _tone(self) -> str:
        return "right" if self.passed else "wrong"

    def __repr__(self) -> str:
        return f"{self._heading()}\n{SYMBOLS[self._tone()]} {unmarked(self.message)}"

    def _repr_html_(self) -> str:
        return box(self._heading(), f'<p role="status">{inline(self.message)}</p>', self._tone())


Verdict = bool | str | tuple[bool, str]
# Which challenge card watches a lab, so that running its cell again does not leave the old card counting as
# well.
_watchers: weakref.WeakKeyDictionary[Any, dict[str, Challenge]] = weakref.WeakKeyDictionary()


class Challenge(Card):
    """A goal such as "validation loss below 0.25 within 30 epochs, moving only L2".

    Either give the fields of a `Goal`, or a function that looks at the runs itself.

    Args:
        key: Chapter number, hyphen, name, such as `"3.3-challenge"`.
        goal: The goal in words; `None` takes the words of the fields.
        check: Takes the list of runs; returns true or false, a text that says what is missing, or both as a
            pair.
        progress: Where to record; the learner's own file by default.
        fields: `metric`, `below`, `above`, `within_epochs`, `moving_only`, `baseline`: see `Goal`.

    Raises:
        TypeError: Both or neither of `check` and the fields of a goal are given, or the fields do not make a
            goal.
        ValueError: The key has another form, or `check` comes without a goal in words.

    Example:
        >>> challenge = Challenge(
        ...     "3.3-challenge", metric="val_loss", below=0.25, within_epochs=30,
        ...     moving_only=["l2"], baseline={"learning_rate": 1e-3, "dropout": 0.0},
        ... )  # doctest: +SKIP
        >>> challenge.watch(lab)  # doctest: +SKIP
    """

    def __init__(
        self,
        key: str,
        goal: str | None = None,
        *,
        check: Callable[[list[Any]], Verdict] | None = None,
        progress: Progress | None = None,
        **fields: Any,
    ) -> None:
        lesson_of(key)
        if (check is None) == (not fields):
            raise TypeError(
                f"Challenge {key!r} wants either `check` or the fields of a goal, such as below=0.25."
            )
        if check is not None and not goal:
            raise ValueError(f"Challenge {key!r} wants its goal in words, because a function cannot say it.")
        super().__init__(progress)
        self.key = key
        self.rule = Goal(**fields) if check is None else None
        self.goal = goal or f"Reach a {self.rule.in_words()}."
        self._function = check
        self._result: ChallengeResult | None = None
        self._refresh()

    @property
    def passed(self) -> bool:
        """Whether the challenge was ever met, in this or an earlier session."""
        return bool((self.progress.get("challenges", self.key) or {}).get("passed"))

    def check(self, run: Any) -> ChallengeResult:
        """Check a run, a list of runs, a sweep, or all runs of a lab, and record the result.

        Args:
            run: One of these.

        Returns:
            Whether the goal is met, and in words how far the best attempt is from it.

        Raises:
            TypeError: It is none of these.
        """
        runs = runs_of(run)
        if not runs:
            result = ChallengeResult(self.key, False, f"There is no finished run yet. The goal: {self.goal}")
        elif self.rule is not None:
            result = self._measure(self.rule, runs)
        else:
            result = self._ask(runs)
        with self._mutex:
            self._result = result
            if runs:
                self._record(result, runs[-1])
            self._refresh()
        return result

    def watch(self, lab: Any) -> Challenge:
        """Check every run that a lab finishes from now on, and those it has finished already.

        The summaries of the runs go into the learner's progress, under the chapter of the key.

        Args:
            lab: A lab with `on_run_finished(callback)` and `runs`.

        Returns:
            The challenge itself, so that `challenge.watch(lab)` as the last line of a cell shows the card.

        Raises:
            TypeError: The lab cannot tell when a run is finished.
        """
        if not callable(getattr(lab, "on_run_finished", None)):
            raise TypeError(
                f"{type(lab).__name__} cannot say when a run is finished; "
                "call challenge.check(run) after training."
            )
        watchers = _watchers.setdefault(lab, {})
        watchers[self.key] = self
        # The lab must not be kept alive by its own callback.
        this_lab = weakref.ref(lab)

        def finished(run: Any) -> None:
            alive = this_lab()
            if alive is not None and _watchers.get(alive, {}).get(self.key) is self:
                if runs := runs_of(run):
                    # Of a sweep the best run stands for all: 64 at once would push out the others.
                    self.progress.record_run(min(runs, key=_best_loss), lesson_of(self.key))
                self.check(alive)

        lab.on_run_finished(finished)
        if runs_of(lab):
            self.check(lab)
        return self

    def _measure(self, rule: Goal, runs: Sequence[Any]) -> ChallengeResult:
        try:
            attempts = [rule.attempt(run) for run in runs]
        except (TypeError, ValueError) as error:
            return ChallengeResult(self.key, False, f"These runs cannot be checked. {error}")
        best = rule.best(attempts)
        message = _in_words(rule, best, len(attempts))
        return ChallengeResult(
            self.key, best.passed, message, best.value if best.epoch and not best.moved else None
        )

    def _ask(self, runs: list[Any]) -> ChallengeResult:
        try:
            verdict = self._function(runs)
        except Exception as error:
            message = f"The check could not work with these runs ({type(error).__name__}: {error})."
            return ChallengeResult(self.key, False, message)
        passed, words = verdict if isinstance(verdict, tuple) else (verdict is True, verdict)
        if not isinstance(words, str):
            words = "The goal is met." if passed else f"The goal is not met yet: {self.goal}"
        return ChallengeResult(self.key, bool(passed), words)

    def _record(self, result: ChallengeResult, run: Any) -> None:
        last_run: Mapping[str, Any] = run_summary(run)

        def change(before: dict[str, Any]) -> dict[str, Any]:
            attempts = before.get("attempts", 0)
            return {
                "goal": self.goal,
                "passed": bool(before.get("passed")) or result.passed,
                "attempts": (attempts if isinstance(attempts, int) else 0) + 1,
                "best": self._better(before.get("best"), result.best),
                "last_message": result.message,
                "last_run": last_run,
            }

        self.progress.update("challenges", self.key, change)

    def _better(self, before: Any, now: float | None) -> float | None:
        values = [value for value in (before, now) if isinstance(value, (int, float))]
        if not values or self.rule is None:
            return now
        return min(values) if self.rule.above is None else max(values)

    def _content(self) -> Content:
        notes = [Note(self.goal)]
        tone = "info"
        if self._result is not None:
            tone = self._result._tone()
            state = "Reached. " if self._result.passed else "Not yet. "
            notes.append(Note(f"**{state.strip()}** {self._result.message}", tone))
        elif self.passed:
            tone = "right"
            notes.append(Note("You reached this goal before. Can you reach it again, or do better?", "right"))
        else:
            notes.append(Note("No finished run was checked yet."))
        return Content("Challenge", notes=tuple(notes), tone=tone)


def _in_words(rule: Goal, best: Attempt, count: int) -> str:
    name, side = in_words(rule.metric), "below" if rule.above is None else "above"
    which = "Your run" if count == 1 else f"The best of your {count} runs"
    if not best.epoch:
        return f"{which} diverged before it had a {name}. A smaller learning rate keeps it finite."
    value, limit = apart(best.value, rule.limit)
    epochs = f"the first {rule.within_epochs} epochs count" if rule.within_epochs is not None else ""
    said = f"{which} reached a {name} of **{value}** at epoch {best.epoch}; the goal is {side} {limit}"
    if best.moved:
        moves = ", ".join(
            f"{in_words(name)} ({_shown(a)} → {_shown(b)})" for name, (a, b) in best.moved.items()
        )
        only = " and ".join(map(in_words, rule.moving_only)) or "nothing"
        return f"{said}. But it moved {moves}. This challenge lets you move only {only}."
    if best.reached:
        values = ", ".join(f"{in_words(name)} {_shown(value)}" for name, value in best.changes.items())
        return f"{said}{f', with {values}' if values else ''}."
    far = f"{abs(rule.distance(best)):.3g}"
    return f"{said}, so {far} is missing{f' ({epochs})' if epochs else ''}."


def _best_loss(run: Any) -> float:
    return run_summary(run).get("best_val_loss", math.inf)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
