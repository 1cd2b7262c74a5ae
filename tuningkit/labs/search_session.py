"""What a SearchLab does, without widgets: one landscape, a race on it, and the race over many seeds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_session import Session
from tuningkit.labs.search_snapshot import RaceSettings, SearchSnapshot
from tuningkit.search.landscape import Landscape
from tuningkit.search.landscape_training import compute_landscape
from tuningkit.search.race import Race
from tuningkit.search.race_spread import SEEDS, RaceSpread, cached_race_over_seeds
from tuningkit.training.lock import training_turn

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

#: Steps a second that the speed slider offers.
SPEEDS = (0.5, 1.0, 2.0, 5.0, 20.0)


class _StoppedError(Exception):
    """The learner paused or closed the lab while the landscape was being computed."""


class SearchSession(Session):
    """A race that is steered from any thread and run in the lab's own.

    Args:
        model: A built Keras model.
        data: The data.
        values: The values of the two hyperparameters, x first.
        arguments: Further arguments of the landscape: epochs, seeds, objective, fixed values.
        settings: What the learner has chosen at first.
        on_update: Called in the worker's thread with a :class:`SearchSnapshot`.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        values: Mapping[str, Sequence[float]],
        *,
        arguments: Mapping[str, Any],
        settings: RaceSettings,
        on_update: Callable[[SearchSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-search-lab")
        self._model, self._data, self.values = model, data, dict(values)
        self._arguments, self.settings = dict(arguments), settings
        self.landscape: Landscape | None = None
        self.race: Race | None = None
        self._spreads: dict[tuple, RaceSpread] = {}
        self._steps = 0
        self._compute_wanted = self._reset = self._run_to_end = False
        self._seeds_wanted = 0
        self._progress: tuple[int, int] = (0, 0)
        self._begin = 0.0
        self.speed = 2.0
        self._nudge = threading.Event()
        self.latest = SearchSnapshot("idle", settings)

    # Requests, from any thread

    def step(self, count: int = 1) -> None:
        """Let every method spend ``count`` more trainings' worth of epochs."""
        with self._lock:
            self._playing = False
            self._steps += count
        self._wake()

    def play(self, *, at_once: bool = False) -> None:
        """Step after step at the chosen speed, to the end of the budget; ``at_once`` without a pause."""
        with self._lock:
            self._playing, self._run_to_end = True, at_once
        self._wake()

    def pause(self) -> None:
        """Stop after the step under way."""
        with self._lock:
            self._playing = self._run_to_end = self._compute_wanted = False
            self._steps = self._seeds_wanted = 0
        self._wake()

    def compute(self) -> None:
        """Compute the landscape, or read it from the cache."""
        with self._lock:
            self._compute_wanted = True
        self._wake()

    def race_seeds(self, seeds: int = SEEDS) -> None:
        """Run the race with many seeds."""
        with self._lock:
            self._playing, self._steps = False, 0
            self._seeds_wanted = seeds
        self._wake()

    def choose(self, **changes: Any) -> None:
        """Change settings; a new seed or dimension begins the race anew."""
        with self._lock:
            self.settings = replace(self.settings, **changes)
            self._reset = self._reset or bool({"seed", "irrelevant", "budget"} & set(changes))
        self._wake()

    def reset(self) -> None:
        """Begin the race anew."""
        with self._lock:
            self._reset, self._playing, self._steps, self._seeds_wanted = True, False, 0, 0
        self._wake()

    def _wake(self) -> None:
        self._nudge.set()
        self.worker.wake()

    # In the worker's thread

    def snapshot(self, *, final: bool = False) -> SearchSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        race, settings = self.race, self.settings
        done, total = self._progress
        left = None
        if done and total and self._status in ("training", "seeds"):
            left = (time.monotonic() - self._begin) / done * (total - done)
        looks = {} if race is None else {name: tuple(found) for name, found in race.looks.items()}
        # After an error nothing is asked: the method that failed would fail again.
        asked = race is not None and self._error is None
        coming = {name: race.next(name) for name in settings.methods} if asked else {}
        self.latest = SearchSnapshot(
            self._status,
            settings,
            self.landscape,
            looks,
            coming,
            0 if race is None else race.budget,
            self._spreads.get(self._spread_key(settings)),
            self._progress,
            left,
            self._error,
            final,
            race,
        )
        return self.latest

    def _has_work(self) -> bool:
        with self._lock:
            asked = self._compute_wanted or self._playing or self._steps or self._seeds_wanted
            return bool(asked) or (self.race is not None)

    def _take_turn(self) -> None:
        """Only the landscape is trained, so only it waits for other labs; a race is over in moments."""
        with self._lock:
            self._error = self._exception = None
            asked = bool(self._compute_wanted or self._playing or self._steps or self._seeds_wanted)
        if self.landscape is None and (not asked or not self._compute()):
            return
        while not self.worker.stopped:
            self._nudge.clear()
            self._obey()
            if self._seeds_wanted:
                self._run_seeds()
                continue
            if not self._due():
                break
            self._status = "racing"
            self._advance()
            self.trained = True
            self._publish(at_once=True)
            if self._playing and not self._run_to_end:
                self._nudge.wait(1 / self.speed)

    def _compute(self) -> bool:
        def called_off() -> bool:
            asked = self._compute_wanted or self._playing or self._steps or self._seeds_wanted
            return self.worker.stopped or not asked

        def on_epoch(trainer: Any) -> None:
            if called_off():
                raise _StoppedError
            self._progress = (trainer.epoch, self._arguments["epochs"])
            self._publish()

        with training_turn(on_wait=lambda: self._say("waiting"), cancelled=called_off) as held:
            if not held:
                return False
            self._progress, self._begin = (0, self._arguments["epochs"]), time.monotonic()
            self._say("building")
            self._status = "training"
            names = list(self.values)
            try:
                self.landscape = compute_landscape(
                    self._model, self._data, *names, values=self.values, on_epoch=on_epoch, **self._arguments
                )
            except _StoppedError:
                return False
            finally:
                self._progress = (0, 0)
        with self._lock:
            self._compute_wanted, self._reset = False, True
        self.trained = True
        return True

    def _obey(self) -> bool:
        with self._lock:
            reset, self._reset = self._reset, False
            settings, self._compute_wanted = self.settings, False
        race = self.race
        if reset or race is None:
            self.race = Race(
                self.landscape,
                budget=settings.budget,
                seed=settings.seed,
                irrelevant=settings.irrelevant,
                acquisition=settings.acquisition,
                exploration=settings.exploration,
            )
        else:
            race.steer(settings.acquisition, settings.exploration)
        return reset

    def _due(self) -> bool:
        with self._lock:
            methods = self.settings.methods
            wanted = self._playing or self._steps > 0
        if not wanted:
            return False
        if methods and not self.race.done(methods):
            return True
        with self._lock:
            self._playing = self._run_to_end = False
            self._steps = 0
        return False

    def _advance(self) -> None:
        self.race.step(self.settings.methods)
        with self._lock:
            self._steps = max(0, self._steps - 1)

    def _run_seeds(self) -> None:
        settings, count = self.settings, self._seeds_wanted
        self._status, self._begin = "seeds", time.monotonic()
        self._progress = (0, count)
        self._publish(at_once=True)
        key = self._spread_key(settings)

        def on_seed(spread: RaceSpread) -> None:
            self._progress = (len(spread.seeds), count)
            self._spreads[key] = spread
            self._publish()

        def stop() -> bool:
            return self.worker.stopped or not self._seeds_wanted or self.settings != settings

        spread = cached_race_over_seeds(
            self.landscape,
            settings.methods,
            seeds=count,
            budget=self.race.budget,
            irrelevant=settings.irrelevant,
            acquisition=settings.acquisition,
            exploration=settings.exploration,
            on_seed=on_seed,
            stop=stop,
        )
        if spread.seeds:
            self._spreads[key] = spread
        self._progress = (0, 0)
        with self._lock:
            self._seeds_wanted = 0
        self.trained = True

    def _spread_key(self, settings: RaceSettings) -> tuple:
        # Without Bayesian optimisation its settings change nothing; the seed of the race on show never does.
        steering = (settings.acquisition, settings.exploration) if "bayesian" in settings.methods else ()
        return (settings.methods, settings.irrelevant, settings.budget, *steering)

    def _resting(self) -> str:
        race = self.race
        if race is None or not any(race.looks.values()):
            return "idle"
        return "finished" if self.settings.methods and race.done(self.settings.methods) else "paused"

    def _failed(self, error: BaseException, text: str) -> None:
        with self._lock:
            self._compute_wanted = self._run_to_end = False
            self._steps = self._seeds_wanted = 0
        self._progress = (0, 0)
        super()._failed(error, text)

    def _free(self) -> None:
        """The landscape and the race are small: they stay for the learner to look at."""
