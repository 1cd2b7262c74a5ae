"""KerasTuner's tuners, watched while they run."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.search.keras_tuner_tuners import configuration_of
from tuningkit.search.trials import Trial, Trials

if TYPE_CHECKING:
    import keras
    import keras_tuner


class LiveTuner:
    """Put before one of KerasTuner's tuners, it tells of every trial and epoch while the search goes on.

    KerasTuner copies the callbacks it is given for each trial, so that a callback that draws would draw into a copy.
    Its tuner is not copied: KerasTuner calls ``on_trial_begin``, ``on_epoch_end`` and ``on_trial_end`` on the one
    that searches. That is where this class listens; what is tried and trained stays KerasTuner's.

    Attributes:
        rows: What is known of each trial, by KerasTuner's id, in the order in which they began.
        running: Id of the trial under way, or None.

    Example:
        >>> class LiveHyperband(tk.search.LiveTuner, keras_tuner.Hyperband):
        ...     pass
        >>> tuner = LiveHyperband(build_model, objective="val_loss", max_epochs=9, directory=folder)
        >>> tk.TunerLab(tuner, x, y, validation_data=(x_validation, y_validation))

    Reference:
        https://keras.io/api/keras_tuner/tuners/base_tuner/
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.rows: dict[str, Trial] = {}
        self.running: str | None = None
        self._begins: dict[str, float] = {}
        self._watchers: list[Callable[[], None]] = []
        super().__init__(*arguments, **settings)

    def watch(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after every epoch and at both ends of every trial, in the thread that searches."""
        self._watchers.append(callback)

    @property
    def trials(self) -> Trials:
        """The trials so far, the one under way included (as "interrupted")."""
        return Trials.from_keras_tuner(self)

    def on_trial_begin(self, trial: keras_tuner.engine.trial.Trial) -> None:
        """KerasTuner is about to train a trial."""
        super().on_trial_begin(trial)
        values = trial.hyperparameters.values
        number = self.rows[trial.trial_id].number if trial.trial_id in self.rows else len(self.rows) + 1
        books = {name: value for name, value in values.items() if name.startswith("tuner/")}
        self.rows[trial.trial_id] = Trial(
            number,
            configuration_of(values),
            epochs=0,
            status="interrupted",
            details={"trial_id": trial.trial_id, **books},
        )
        self.running = trial.trial_id
        self._begins[trial.trial_id] = time.perf_counter()
        self._tell()

    def on_epoch_end(
        self,
        trial: keras_tuner.engine.trial.Trial,
        model: keras.Model,
        epoch: int,
        logs: Mapping[str, float] | None = None,
    ) -> None:
        """KerasTuner has trained an epoch."""
        super().on_epoch_end(trial, model, epoch, logs=logs)
        value = float((logs or {}).get(self.oracle.objective.name, math.nan))
        row = self.rows[trial.trial_id]
        curve = (*row.curve, value)
        self.rows[trial.trial_id] = replace(
            row, curve=curve, epochs=len(curve), objective=self._best(curve), seconds=self._seconds(trial)
        )
        self._tell()

    def on_trial_end(self, trial: keras_tuner.engine.trial.Trial) -> None:
        """KerasTuner has finished a trial, or given it up."""
        super().on_trial_end(trial)
        score = math.nan if trial.score is None else float(trial.score)
        status = {"COMPLETED": "finished"}.get(trial.status, "failed")
        if status == "finished" and not math.isfinite(score):
            status = "diverged"
        self.rows[trial.trial_id] = replace(
            self.rows[trial.trial_id],
            configuration=configuration_of(trial.hyperparameters.values),
            objective=score if status == "finished" else math.nan,
            status=status,
            seconds=self._seconds(trial),
            message=reason_in(trial.message),
        )
        self.running = None
        self._tell()

    def _best(self, curve: tuple[float, ...]) -> float:
        known = [value for value in curve if math.isfinite(value)]
        if not known:
            return math.nan
        return min(known) if self.oracle.objective.direction == "min" else max(known)

    def _seconds(self, trial: Any) -> float:
        return time.perf_counter() - self._begins[trial.trial_id]

    def _tell(self) -> None:
        for callback in list(self._watchers):
            callback()


def reason_in(text: str | None) -> str:
    r"""The error that a traceback ends with, in one line; KerasTuner keeps all of the traceback of a failed trial.

    Example:
        >>> reason_in("Traceback (most recent call last):\n  ...\nValueError: too much\n")
        'ValueError: too much'
    """
    lines = [line for line in (text or "").splitlines() if line.strip()]
    errors = [
        line
        for line in lines
        if re.match(r"[\w.]+: ", line) or re.fullmatch(r"[\w.]*(Error|Exception)", line)
    ]
    return (errors or lines or [""])[-1].strip()
