"""TensorBoard's event files as runs and trials, read with TensorBoard's own EventAccumulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.trials import Trial, Trials
from tuningkit.tools.records import from_text, run_from_record, trials_from_record
from tuningkit.tools.tensorboard_writer import RECORD
from tuningkit.training.run import Run, best_epoch, more_is_better

if TYPE_CHECKING:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

#: Hyperparameters that are whole numbers; event files know only numbers.
_WHOLE = ("batch_size", "epochs", "seed")
_PARTS = {"train": "", "validation": "val_"}


def read_run(directory: str | Path) -> Run:
    """The run in a folder; see :meth:`tuningkit.Run.from_tensorboard`."""
    folder = _existing(directory)
    top = _events(folder)
    record = _record(top)
    if record is not None and record.get("kind") == "tuningkit run":
        return run_from_record(record)
    history = _history(folder)
    if "loss" not in history:
        raise ValueError(
            f"There is no curve of a loss (epoch_loss) in {str(folder / 'train')!r}. Give the folder of one run, as "
            "Keras's TensorBoard callback or run.to_tensorboard() wrote it."
        )
    note = "" if "penalty" in history else "Written by Keras: loss and val_loss hold the L1/L2 penalty."
    return Run(history, _hyperparameters(top), weights=[], model_name=folder.name, note=note)


def read_trials(directory: str | Path, *, objective: str = "val_loss") -> Trials:
    """The search in a folder; see :meth:`tuningkit.search.Trials.from_tensorboard`."""
    folder = _existing(directory)
    record = _record(_events(folder))
    if record is not None and record.get("kind") == "tuningkit trials":
        return trials_from_record(record)
    rows = []
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        curve = _history(part).get(objective)
        if curve is None:
            continue
        best = best_epoch(curve, objective)
        rows.append(
            Trial(
                len(rows) + 1,
                _hyperparameters(_events(part)),
                objective=float("nan") if best is None else curve[best],
                epochs=len(curve),
                status="diverged" if best is None else "finished",
                curve=tuple(curve),
                details={"run": part.name},
            )
        )
    if not rows:
        raise ValueError(f"No folder in {str(folder)!r} holds a run with a curve {objective!r}.")
    return Trials(
        tuple(rows), objective, "max" if more_is_better(objective) else "min", library="TensorBoard"
    )


def scalars(directory: str | Path) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Every curve below a folder: by run (its path below the folder), then by tag, as steps and values.

    Example:
        >>> steps, values = scalars("logs")["run/train"]["epoch_loss"]
    """
    folder = _existing(directory)
    read = {name: dict(_curves(_events(folder / name))) for name in run_names(folder)}
    return {name: curves for name, curves in read.items() if curves}


def run_names(directory: str | Path) -> list[str]:
    """What TensorBoard calls runs: the folders with event files, by their paths below a folder, in order.

    Example:
        >>> run_names("logs")
        ['run', 'run/train', 'run/validation']
    """
    folder = Path(directory)
    found = {file.parent for file in folder.rglob("events.out.tfevents.*")}
    return sorted(run.relative_to(folder).as_posix() for run in found)


def _history(folder: Path) -> dict[str, np.ndarray]:
    history = {}
    for part, prefix in _PARTS.items():
        if not (folder / part).is_dir():
            continue
        for tag, (_, values) in _curves(_events(folder / part)):
            # Keras's callback writes what evaluate() measured beside the epochs.
            if tag.startswith("epoch_"):
                history[prefix + tag.removeprefix("epoch_")] = values
    return history


def _events(folder: Path) -> EventAccumulator | None:
    """What the event files of a folder hold, all of it; None if there are none."""
    from tensorboard.backend.event_processing import event_accumulator as events

    if not any(folder.glob("events.out.tfevents.*")):
        return None
    whole = {events.TENSORS: 0, events.SCALARS: 0, events.HISTOGRAMS: 1}
    return events.EventAccumulator(str(folder), size_guidance=whole).Reload()


def _curves(found: EventAccumulator | None) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Tags of scalars with their steps and values, whichever generation of TensorFlow wrote them."""
    if found is None:
        return
    from tensorboard.util import tensor_util

    for tag in found.Tags()["tensors"]:
        if found.SummaryMetadata(tag).plugin_data.plugin_name != "scalars":
            continue
        points = [(one.step, tensor_util.make_ndarray(one.tensor_proto)) for one in found.Tensors(tag)]
        yield tag, _sorted(points)
    for tag in found.Tags()["scalars"]:
        yield tag, _sorted([(one.step, one.value) for one in found.Scalars(tag)])


def _sorted(points: list[tuple[int, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """The last value of each step: a run that went on from a checkpoint repeats some."""
    last = dict(points)
    steps = sorted(last)
    return np.array(steps), np.array([float(last[step]) for step in steps])


def _hyperparameters(found: EventAccumulator | None) -> dict[str, Any]:
    from tensorboard.plugins.hparams import metadata

    if found is None:
        return {}
    tag = metadata.SESSION_START_INFO_TAG
    if tag not in found.Tags()["tensors"]:
        return {}
    start = metadata.parse_session_start_info_plugin_data(found.SummaryMetadata(tag).plugin_data.content)
    return {name: _value(name, getattr(value, value.WhichOneof("kind")))
            for name, value in start.hparams.items()}  # fmt: skip


def _value(name: str, value: Any) -> Any:
    return int(value) if name in _WHOLE and isinstance(value, float) and value.is_integer() else value


def _record(found: EventAccumulator | None) -> Mapping[str, Any] | None:
    if found is None or RECORD not in found.Tags()["tensors"]:
        return None
    from tensorboard.util import tensor_util

    text = tensor_util.make_ndarray(found.Tensors(RECORD)[-1].tensor_proto).item()
    return from_text(text.decode("utf-8"))


def _existing(directory: str | Path) -> Path:
    folder = Path(directory)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    return folder
