"""The trials of a search that goes one by one: counted, put on record, found again after a restart."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tuningkit.search.one_by_one import Outcome
from tuningkit.search.trials import Trial
from tuningkit.training.run import best_epoch

_FILE = "tuningkit-trials.jsonl"


class Attempts:
    """Trains what a library proposes, and keeps a row of each, whatever happened.

    Args:
        objective: What is compared.
        epochs: Epochs of a trial that is trained to its end.
        seed: Of all trials.
        step: Called after every trial.
        record: Where finished trials are kept for the next time, or None.

    Attributes:
        trials: The rows so far.
        note: One line worth knowing, such as a fallback to ``model.fit``.
    """

    def __init__(
        self,
        objective: str,
        epochs: int,
        seed: int | None,
        *,
        step: Callable[[], None],
        record: TrialRecord | None = None,
    ) -> None:
        self._objective, self._epochs, self._seed = objective, epochs, seed
        self._step, self._record = step, record
        self.trials: list[Trial] = []
        self.note = ""

    def attempt(
        self,
        configuration: Mapping[str, Any],
        train: Callable[[], Outcome],
        *,
        epochs: int | None = None,
        before: Trial | None = None,
    ) -> tuple[Trial, Outcome | None]:
        """Train one configuration, or take it from the record.

        Args:
            configuration: Hyperparameters by name.
            train: Trains it.
            epochs: Epochs that it is meant to have had afterwards; None for all.
            before: Its row, if it goes on from an earlier attempt.

        Returns:
            Its row, and the outcome; None for one that failed or was on record.

        Raises:
            KeyboardInterrupt: If the learner stopped it; its row says so.
        """
        epochs = self._epochs if epochs is None else epochs
        number = before.number if before else len(self.trials) + 1
        seed = configuration.get("seed", self._seed)
        known = None if self._record is None else self._record.find(configuration, epochs)
        outcome = None
        if known is not None:
            trial = replace(known, number=number, configuration=dict(configuration))
        else:
            try:
                outcome = train()
            except Exception as error:
                message = f"{type(error).__name__}: {' '.join(str(error).split())}"
                trial = Trial(
                    number, dict(configuration), epochs=0, status="failed", seed=seed, message=message
                )
            else:
                trial = self._row(number, configuration, outcome, seed)
                if before is not None:
                    trial = replace(trial, seconds=trial.seconds + before.seconds)
                self.note = self.note or outcome.note
            if self._record is not None and trial.status != "interrupted":
                self._record.add(trial, epochs)
        self.trials[number - 1 : number] = [trial]
        if outcome is not None and outcome.interrupted:
            raise KeyboardInterrupt
        self._step()
        return trial, outcome

    def _row(self, number: int, configuration: Mapping[str, Any], outcome: Outcome, seed: Any) -> Trial:
        curve = outcome.curve[: outcome.diverged_at]
        best = best_epoch(curve, self._objective)
        status = "finished" if len(curve) >= self._epochs else "stopped early"
        if outcome.interrupted:
            status = "interrupted"
        if outcome.diverged_at:
            status = "diverged"
        return Trial(
            number,
            dict(configuration),
            objective=float(curve[best]) if best is not None and status != "diverged" else math.nan,
            epochs=len(curve),
            seconds=outcome.seconds,
            status=status,
            seed=seed,
            message=f"diverged in epoch {outcome.diverged_at}" if outcome.diverged_at else "",
            curve=tuple(curve),
        )


class TrialRecord:
    """Finished trials in a file, a line for each, so that a search goes on where it was after a restart.

    Args:
        directory: The folder; it is made if it is not there.
        request: What the search was asked for. A folder with the trials of another search is refused.

    Raises:
        ValueError: If the folder holds another search.
    """

    def __init__(self, directory: str | Path, request: Mapping[str, Any]) -> None:
        self._path = Path(directory) / _FILE
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Trial] = {}
        wanted = json.loads(json.dumps(dict(request), default=str))
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        if not lines:
            self._write(wanted, "w")
            return
        before = _parse(lines[0]) or {}
        other = [name for name in wanted if before.get(name) != wanted[name]]
        if other:
            changes = "; ".join(f"{name} was {before.get(name)!r}, now {wanted[name]!r}" for name in other)
            raise ValueError(
                f"The folder {str(directory)!r} holds the trials of another search: {changes}. "
                "Name another folder, or delete this one."
            )
        for line in lines[1:]:
            entry = _parse(line)
            # A line that was being written when the kernel stopped is not a trial.
            if entry is not None and "key" in entry:
                key = entry.pop("key")
                self._known[key] = Trial(**entry)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, configuration: Mapping[str, Any], epochs: int) -> Trial | None:
        """The trial of this configuration and so many epochs, if there is one."""
        return self._known.get(_key(configuration, epochs))

    def add(self, trial: Trial, epochs: int) -> None:
        """Put a trial on record, on disk at once."""
        key = _key(trial.configuration, epochs)
        self._known[key] = trial
        entry = {name: getattr(trial, name) for name in trial.__dataclass_fields__}
        self._write({"key": key, **entry, "details": {}}, "a")

    def _write(self, entry: Mapping[str, Any], mode: str) -> None:
        with self._path.open(mode, encoding="utf-8") as file:
            # A new line first: the last one may have been cut off when a kernel stopped.
            file.write(f"{'' if mode == 'w' else chr(10)}{json.dumps(entry, default=_plain)}")


def _key(configuration: Mapping[str, Any], epochs: int) -> str:
    return f"{epochs} epochs of {sorted(configuration.items())!r}"


def _parse(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def record_in(
    directory: str | Path | None, *, space: Any, shared: Mapping[str, Any], **request: Any
) -> TrialRecord | None:
    """Where a search that was asked for in this way keeps its trials; None without a folder.

    Args:
        directory: The folder, or None.
        space: What is searched.
        shared: What all trials have in common.
        **request: What else the search was asked for.

    Raises:
        ValueError: If the folder holds another search.
    """
    return None if directory is None else TrialRecord(directory, {**request, "space": repr(space), **shared})
