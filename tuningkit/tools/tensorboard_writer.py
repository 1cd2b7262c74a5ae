"""Runs, sweeps and trials as TensorBoard's event files, in the layout of Keras's own TensorBoard callback.

A run is a folder: ``train`` and ``validation`` hold the curves as ``epoch_loss`` and the like, so that both lie in
one chart; the folder itself holds the hyperparameters and how the run ended, as the HParams plugin reads them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.tools.records import plain, run_to_record, to_text, trials_to_record

if TYPE_CHECKING:
    import keras

    from tuningkit.search.trials import Trial, Trials
    from tuningkit.training.results import Sweep
    from tuningkit.training.run import Run

#: How the event files that we write end, so that no others are ever replaced.
SUFFIX = ".tuningkit"
#: Under this name the exact record lies among the texts: event files hold 32-bit numbers, and no None.
RECORD = "tuningkit/record"


def write_run(
    run: Run,
    directory: str | Path,
    *,
    name: str = "run",
    model: keras.Model | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a run as event files; see :meth:`tuningkit.Run.to_tensorboard`."""
    folder = Path(directory) / name
    _make_room([folder], overwrite)
    _write_curves(folder, run.history)
    with _writer(folder) as summary:
        ended = "failure" if run.diverged_at else "success"
        _write_session(_set(run.hyperparameters), folder, ended, run.seconds)
        for metric in run.history:
            if metric.startswith("val_") and metric != "val_penalty":
                epoch, value = run.best(metric)
                summary.scalar(f"best_{metric}", value, step=epoch)
        summary.text(RECORD, _as_code(run_to_record(run)), step=run.epochs)
        for label, weights in _named_weights(run.weights, model):
            summary.histogram(label, weights, step=run.epochs)
    return folder


def write_sweep(sweep: Sweep, directory: str | Path, *, overwrite: bool = False) -> Path:
    """Write a sweep, a folder for each member; see :meth:`tuningkit.Sweep.to_tensorboard`."""
    names = [_folder_name(f"member-{place:03d}", one) for place, one in enumerate(sweep.configurations)]
    _make_room([Path(directory) / name for name in names], overwrite)
    for name, run in zip(names, sweep, strict=True):
        write_run(run, directory, name=name, overwrite=True)
    return Path(directory)


def write_trials(trials: Trials, directory: str | Path, *, overwrite: bool = False) -> Path:
    """Write a search, a folder for each trial; see :meth:`tuningkit.search.Trials.to_tensorboard`."""
    directory = Path(directory)
    folders = [directory / f"trial-{trial.number:03d}" for trial in trials]
    _make_room([directory, *folders], overwrite)
    for trial, folder in zip(trials, folders, strict=True):
        _write_trial(trial, trials.objective, folder)
    with _writer(directory) as summary:
        summary.text(RECORD, _as_code(trials_to_record(trials)), step=0)
    return directory


def _write_trial(trial: Trial, objective: str, folder: Path) -> None:
    curve = trial.curve or ((trial.objective,) if trial.scored else ())
    if curve:
        # A trial without a curve has its one number where its training ended.
        first = 1 if trial.curve else int(trial.epochs) if math.isfinite(trial.epochs) else 1
        _write_curves(folder, {objective: np.array(curve)}, first=first)
    with _writer(folder) as summary:
        ended = "success" if trial.status in ("finished", "stopped early") else "failure"
        _write_session(trial.configuration, folder, ended, trial.seconds)
        if trial.scored:
            summary.scalar(f"best_{objective}", trial.objective, step=len(curve))
        words = f"{trial.status}. {trial.message}" if trial.message else trial.status
        summary.text("status", words, step=0)


def _write_curves(folder: Path, history: Mapping[str, np.ndarray], *, first: int = 1) -> None:
    """Curves by Keras's names, counted from epoch 1 as everywhere in tuningkit (Keras itself begins at 0)."""
    for part, chosen in (("train", False), ("validation", True)):
        curves = {name: curve for name, curve in history.items() if name.startswith("val_") == chosen}
        if not curves:
            continue
        with _writer(folder / part) as summary:
            for name, curve in curves.items():
                for step, value in enumerate(np.asarray(curve), start=first):
                    summary.scalar(f"epoch_{name.removeprefix('val_')}", value, step=step)


def _write_session(hyperparameters: Mapping[str, Any], folder: Path, ended: str, seconds: float) -> None:
    """What the HParams plugin reads: the values a session began with, and that it ended.

    The writer of the folder must be the default one.
    """
    from tensorboard.plugins.hparams import api, api_pb2, summary
    from tensorflow import summary as tf_summary

    now = time.time()
    values = {name: value if isinstance(value, bool | int | float | str) else str(value)
              for name, value in plain(hyperparameters).items()}  # fmt: skip
    api.hparams(values, trial_id=folder.name, start_time_secs=now - seconds)
    status = api_pb2.STATUS_SUCCESS if ended == "success" else api_pb2.STATUS_FAILURE
    message = summary.session_end_pb(status, end_time_secs=now)
    tf_summary.experimental.write_raw_pb(message.SerializeToString(), step=0)


@contextmanager
def _writer(folder: Path) -> Iterator[Any]:
    """TensorFlow's summaries, written into a folder."""
    from tensorflow import summary

    writer = summary.create_file_writer(str(folder), filename_suffix=SUFFIX)
    with writer.as_default():
        yield summary
    writer.close()


def _make_room(folders: Sequence[Path], overwrite: bool) -> None:
    """Take away what an earlier export left; anything else in these folders stays.

    Raises:
        FileExistsError: If there is something, and it is not to be replaced.
    """
    parts = [part for folder in folders for part in (folder, folder / "train", folder / "validation")]
    old = [file for part in parts for file in part.glob(f"events.out.tfevents.*{SUFFIX}")]
    if old and not overwrite:
        raise FileExistsError(
            f"{str(old[0].parent)!r} holds a run already. Name another folder, or replace it with overwrite=True."
        )
    for file in old:
        file.unlink(missing_ok=True)


def _set(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hyperparameters.items() if value is not None}


def _named_weights(
    weights: Sequence[np.ndarray], model: keras.Model | None
) -> Iterator[tuple[str, np.ndarray]]:
    if model is not None and len(model.weights) != len(weights):
        raise ValueError(
            f"The run has {len(weights)} weight arrays and the model {len(model.weights)}: it is not the model that "
            "was trained."
        )
    for place, array in enumerate(weights):
        shape = "x".join(str(size) for size in array.shape)
        yield (model.weights[place].path if model else f"weights/{place:02d} ({shape})"), array


def _folder_name(start: str, configuration: Mapping[str, Any]) -> str:
    """A folder's name that tells what differs, without what file systems cannot take."""
    told = " ".join(f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
                    for name, value in configuration.items())  # fmt: skip
    kept = "".join(letter if letter.isalnum() or letter in "-_=. +" else "_" for letter in told)
    return f"{start} {kept[:60]}".rstrip(" .")


def _as_code(record: Mapping[str, Any]) -> str:
    """A record as TensorBoard's page of texts shows it in one piece: indented text is code in Markdown."""
    return "    " + to_text(record)
