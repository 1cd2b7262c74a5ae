"""What a worker does: one trainer, trained for some epochs, reported epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def worker_facts() -> dict[str, Any]:
    """What a worker's machine has: free memory in bytes, and the versions that values depend on."""
    from importlib.metadata import PackageNotFoundError, version

    from tuningkit.limits import free_memory

    facts: dict[str, Any] = {"free": free_memory()}
    for name in ("keras", "numpy"):
        facts[name] = version(name)
    try:
        facts["tensorflow"] = version("tensorflow-cpu")
    except PackageNotFoundError:
        facts["tensorflow"] = version("tensorflow")
    return facts


def keep(parcel: dict[str, Any]) -> dict[str, Any]:
    """The parcel itself: as the result of a task, it is made again if the worker that holds it dies."""
    return parcel


def train_chunk(parcel: Mapping[str, Any], chunk: Mapping[str, Any]) -> dict[str, Any]:
    """Train some members on this worker.

    Args:
        parcel: From :func:`tuningkit.training.cluster_parcel.pack_job`.
        chunk: ``configurations``, ``room_for``, ``epochs``, ``topic`` and ``number`` for the reports, ``start`` (the
            ``state``, ``measures`` and ``rates`` of an earlier result, or None) and ``keep_state``.

    Returns:
        ``measures`` (epochs, members, names), ``names``, ``rates`` (epochs, members), ``weights`` per member,
        ``hyperparameters`` per member and ``seconds``, as plain arrays and numbers.
    """
    from distributed import get_worker

    from tuningkit.training.cluster_parcel import unpack, unpack_job
    from tuningkit.training.grid_sweep import group_trainer
    from tuningkit.training.lock import training_turn

    worker = get_worker()
    key = worker.get_current_task()

    def cancelled() -> bool:
        # Whoever asked has pressed Ctrl-C or is gone. A thread cannot be stopped from outside.
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    with training_turn(cancelled=cancelled) as held:
        if not held:
            return {}
        model, data, shared, settings = unpack_job(parcel)
        configurations = [
            {name: unpack(value) for name, value in one.items()} for one in chunk["configurations"]
        ]
        trainer = group_trainer(
            model, data, configurations, shared, {**settings, "room_for": chunk["room_for"]}
        )
        if chunk["start"] is not None:
            _go_on(trainer, chunk["start"])

        def report(one: Any) -> None:
            history = {name: curves[:, -1].tolist() for name, curves in one.record.history().items()}
            message = {"number": chunk["number"], "epoch": one.epoch, "measures": history}
            worker.log_event(chunk["topic"], {**message, "rates": one.learning_rates[:, -1].tolist()})

        trainer.train(chunk["epochs"], on_epoch=report, stop=cancelled)
        history = trainer.record.history()
        result = {
            "names": list(history),
            "measures": np.stack([history[name].T for name in history], axis=2),
            "rates": trainer.learning_rates.T,
            "scheduled": trainer.settings.schedules.at_work,
            "weights": [trainer.engine.weights(member) for member in range(trainer.members)],
            "hyperparameters": [trainer.hyperparameters(member) for member in range(trainer.members)],
            "seconds": trainer.seconds,
        }
        if chunk["keep_state"]:
            rows = trainer.engine.state.take(range(trainer.members))
            result["state"] = {"theta": rows.theta, "moving": rows.moving, "optimizer": rows.optimizer}
        return result


def _go_on(trainer: Any, start: Mapping[str, Any]) -> None:
    from tuningkit.training.continuation import Snapshot, go_on
    from tuningkit.training.epoch_record import EpochRecord
    from tuningkit.training.member_schedules import PlateauMemory
    from tuningkit.training.member_state import StateRows

    record = EpochRecord(trainer.members, start["names"])
    for measures, rates in zip(start["measures"], start["rates"], strict=True):
        record.add(measures, rates)
    memory = PlateauMemory([None] * trainer.members, np.ones(trainer.members))
    go_on(trainer, Snapshot(StateRows(**start["state"]), memory, record, 0.0))
