"""KerasTuner's tuners and project folders, and trials."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tuningkit.search.conversions import to_keras_tuner
from tuningkit.search.exchange import check_space_known
from tuningkit.search.groups import direction_of
from tuningkit.search.keras_tuner_tuners import configuration_of, space_of
from tuningkit.search.live_tuner import reason_in
from tuningkit.search.trials import Trial, Trials
from tuningkit.tools.records import read_record, trials_from_record, trials_to_record, write_record

if TYPE_CHECKING:
    import keras_tuner

_METHODS = {"Hyperband": "hyperband", "Bayesian": "bayesian", "Grid": "grid", "Random": "random"}
#: Beside KerasTuner's own files: what it has no place for.
_BESIDE = "tuningkit.json"


def read_project(source: keras_tuner.Tuner | str | Path) -> Trials:
    """Trials of a tuner or of a project folder; see :meth:`tuningkit.search.Trials.from_keras_tuner`."""
    if isinstance(source, str | Path):
        return _read_folder(Path(source))
    oracle = source.oracle
    objective = oracle.objective
    kinds = "".join(kind.__name__ for kind in type(oracle).__mro__)
    order = [*oracle.start_order, *(name for name in oracle.trials if name not in oracle.start_order)]
    rows = rows_of((oracle.trials[name] for name in order), objective.name, getattr(source, "rows", {}))
    return Trials(
        rows,
        objective.name,
        "min" if objective.direction == "min" else "max",
        method=next((method for word, method in _METHODS.items() if word in kinds), ""),
        library="KerasTuner",
        seconds=sum(row.seconds for row in rows),
        space=space_of(source),
    )


def rows_of(found: Iterable[Any], objective: str, noted: Mapping[str, Trial]) -> tuple[Trial, ...]:
    """KerasTuner's trials as ours.

    Args:
        found: Its trials, in the order in which they began.
        objective: The metric that it compares.
        noted: What is known of a trial beside, by its id: seconds, epochs, curve.
    """
    return tuple(
        replace(noted[one.trial_id], number=number) if one.trial_id in noted else _row(number, one, objective)
        for number, one in enumerate(found, start=1)
    )


def _row(number: int, trial: Any, objective: str) -> Trial:
    values = trial.hyperparameters.values
    score = math.nan if trial.score is None else float(trial.score)
    curve = _observations(trial, objective)
    status = {"COMPLETED": "finished", "RUNNING": "interrupted"}.get(trial.status, "failed")
    if status == "finished" and not math.isfinite(score):
        status = "diverged"
    if "tuner/epochs" in values:
        # Of a round of Hyperband: the epochs of this round alone.
        epochs = float(values["tuner/epochs"] - values["tuner/initial_epoch"])
    else:
        epochs = float(len(curve)) if len(curve) > 1 else math.nan
    books = {name: value for name, value in values.items() if name.startswith("tuner/")}
    return Trial(
        number,
        configuration_of(values),
        objective=score,
        epochs=epochs,
        status=status,
        message=reason_in(trial.message),
        curve=curve if len(curve) > 1 else (),
        details={"trial_id": trial.trial_id, **books},
    )


def _observations(trial: Any, objective: str) -> tuple[float, ...]:
    if not trial.metrics.exists(objective):
        return ()
    return tuple(sum(one.value) / len(one.value) for one in trial.metrics.get_history(objective))


def _read_folder(folder: Path) -> Trials:
    from keras_tuner import HyperParameters
    from keras_tuner.engine.trial import Trial as TheirTrial

    try:
        state = json.loads((folder / "oracle.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{str(folder)!r} is no project folder of KerasTuner: there is no oracle.json in it. Give "
            "directory/project_name."
        ) from None
    loaded = [TheirTrial.load(str(path)) for path in sorted(folder.glob("trial_*/trial.json"))]
    place = {name: number for number, name in enumerate(state["start_order"])}
    loaded.sort(key=lambda trial: place.get(trial.trial_id, len(place)))
    noted: dict[str, Trial] = {}
    beside = None
    if (folder / _BESIDE).exists():
        beside = trials_from_record(read_record(folder / _BESIDE))
        noted = {_id(trial): trial for trial in beside}
    objective, direction = _objective(loaded) if beside is None else (beside.objective, beside.direction)
    hyperparameters = HyperParameters.from_config(state["hyperparameters"])
    space = space_of(SimpleNamespace(oracle=SimpleNamespace(get_space=lambda: hyperparameters)))
    rows = rows_of(loaded, objective, noted)
    told = beside or Trials((), library="KerasTuner")
    seconds = max(told.seconds, sum(row.seconds for row in rows))
    return replace(
        told,
        trials=rows,
        objective=objective,
        direction=direction,
        seconds=seconds,
        space=told.space or space,
    )


def _objective(loaded: list[Any]) -> tuple[str, str]:
    """What was compared: KerasTuner's files do not name it, but its best value is a trial's score."""
    names: dict[str, int] = {}
    scored = [trial for trial in loaded if trial.score is not None]
    for trial in scored:
        for name in trial.metrics.metrics:
            if trial.metrics.exists(name) and trial.metrics.get_best_value(name) == trial.score:
                names[name] = names.get(name, 0) + 1
    if not names:
        return "val_loss", "min"
    objective = max(names, key=lambda name: (names[name], name.startswith("val_")))
    return objective, scored[0].metrics.get_direction(objective) or direction_of(objective)


def write_project(trials: Trials, directory: str | Path, project_name: str) -> Path:
    """A project folder of KerasTuner; see :meth:`tuningkit.search.Trials.to_keras_tuner`."""
    check_space_known(trials.space, "A project of KerasTuner")
    import keras_tuner
    from keras_tuner.engine.trial import Trial as TheirTrial

    folder = Path(directory) / project_name
    if (folder / "oracle.json").exists():
        raise FileExistsError(f"{str(folder)!r} holds a project of KerasTuner already. Name another.")
    space = to_keras_tuner(trials.space)
    objective = keras_tuner.Objective(trials.objective, trials.direction)
    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=objective, max_trials=max(1, len(trials)), hyperparameters=space
    )
    for trial in trials:
        theirs = TheirTrial(
            space.copy(), trial_id=_id(trial), status="COMPLETED" if trial.scored else "FAILED"
        )
        theirs.hyperparameters.values = {**theirs.hyperparameters.values, **trial.configuration}
        theirs.message = trial.message or None
        if trial.scored:
            theirs.score = trial.objective
            theirs.metrics.register(trials.objective, trials.direction)
            for step, value in enumerate(trial.curve or (trial.objective,)):
                theirs.metrics.update(trials.objective, value, step=step)
            theirs.best_step = theirs.metrics.get_best_step(trials.objective)
        home = folder / f"trial_{theirs.trial_id}"
        home.mkdir(parents=True)
        theirs.save(str(home / "trial.json"))
    names = [_id(trial) for trial in trials]
    state = {**oracle.get_state(), "start_order": names, "end_order": names}
    (folder / "oracle.json").write_text(json.dumps(state), encoding="utf-8")
    # A tuner reads its project only if it finds a state of its own there.
    (folder / "tuner0.json").write_text("{}", encoding="utf-8")
    write_record(trials_to_record(trials), folder / _BESIDE)
    return folder


def _id(trial: Trial) -> str:
    return str(trial.details.get("trial_id", f"{trial.number:04d}"))
