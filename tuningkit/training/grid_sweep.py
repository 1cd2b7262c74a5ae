"""``tk.sweep``: every value of a hyperparameter trained at once, in one graph."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training import hyperparameters as table
from tuningkit.training.grid_values import STRUCTURAL, check_grid, named_schedules
from tuningkit.training.lock import training_turn
from tuningkit.training.results import Sweep
from tuningkit.training.single_run import (
    KEYWORDS,
    check_count,
    check_optimizer_settings,
    rate_and_schedule,
    run_to_the_end,
)

if TYPE_CHECKING:
    import keras
    from distributed import Client

    from tuningkit.datasets import Dataset
    from tuningkit.training.schedule_rates import Schedule
    from tuningkit.training.trainer import Trainer


def sweep(
    model: keras.Model,
    data: Dataset,
    grid: Mapping[str, Sequence[Any]],
    *,
    epochs: int = 30,
    schedule: Schedule | None = None,
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    seed: int | None = None,
    shuffle: bool = True,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
    progress: bool = True,
    on_epoch: Callable[[Any], None] | None = None,
    client: Client | None = None,
    **fixed: float | None,
) -> Sweep:
    """Train one network per combination of values, all in one graph, and return the records.

    All members start from the same weights and see the same batches and the same dropout noise, so that they
    differ by the hyperparameter alone. A sweep over ``seed`` is the exception: there, that noise is the point.

    Args:
        model: A built Keras model with one input and one output. It is never changed.
        data: The data.
        grid: Values by hyperparameter: ``learning_rate``, ``dropout``, ``l1``, ``l2``, ``seed``, ``batch_size``,
            ``optimizer``, ``schedule``. With several names, all combinations; the last name changes fastest.
            Schedules are given by name: ``{"schedule": {"constant": 0.01, "cosine": CosineDecay(0.01, 1000)}}``.
        epochs: Passes over the training rows, for every member.
        schedule: As in :func:`tuningkit.train`, unless it is in the grid.
        optimizer: As in :func:`tuningkit.train`, unless it is in the grid.
        batch_size: Rows per step, unless it is in the grid.
        seed: As in :func:`tuningkit.train`, unless it is in the grid.
        shuffle: As in :func:`tuningkit.train`.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        progress: Whether to show a bar if it takes more than two seconds.
        on_epoch: Called with the trainer after every epoch of every group. With a client, called as often as an
            epoch arrives, with an object that has ``epoch``, ``members``, ``history`` and ``seconds``.
        client: A client of Dask whose workers train the members; None for this machine. The values are the same.
            See docs/many_machines.md.
        **fixed: Values shared by all members, such as ``learning_rate=1e-3``.

    Returns:
        The sweep. Interrupted with Ctrl-C, what was finished: all members up to the last common epoch, or the
        groups of a structural sweep that were complete. With a client, the members that had arrived; likewise if
        the connection is lost, and ``note`` says so.

    Raises:
        ValueError: If the grid is empty, a name unknown, a value out of range or given twice, if the model
            needs ``model.fit``, or if the members would not fit into memory (the message says how many would).
        TypeError: If the grid is no mapping, or model, data or client are of another kind.
        ImportError: If there is a client, but no Dask.
        ConnectionError: If the cluster is lost before any member has arrived.

    Example:
        >>> sweep = tk.sweep(model, digits, {"l2": np.geomspace(1e-6, 1, 17)}, epochs=30)
        >>> sweep.history["val_loss"].shape
        (17, 30)
    """
    from tuningkit.training.fallback import why_not_vectorised
    from tuningkit.training.schedule_rates import check_schedule

    epochs, batch_size = check_count("epochs", epochs), check_count("batch_size", batch_size)
    seed = table.check_value("seed", seed)
    schedules = named_schedules(grid)
    grid = check_grid({**grid, "schedule": list(schedules)} if schedules else grid)
    if "learning_rate" in fixed:
        fixed["learning_rate"], schedule = rate_and_schedule(fixed["learning_rate"], schedule)
    for name in fixed:
        table.check_name(name, KEYWORDS)
    given = {
        name
        for name, value in {**fixed, "schedule": schedule, "seed": seed, "optimizer": optimizer}.items()
        if value is not None
    }
    both = sorted(set(grid) & given)
    if both:
        raise ValueError(f"{', '.join(both)} stands in the grid and as a fixed value. Give it once.")
    fixed = table.check_all(fixed)
    settings = {name: value for name, value in fixed.items() if name in table.OPTIMIZER_HYPERPARAMETERS}
    reason = why_not_vectorised(model, data, metrics, optimizer)
    # Before any group is trained: an error in the last one would throw away the others.
    for choice in grid.get("optimizer", [optimizer]):
        check_optimizer_settings(model, choice, settings)
    if reason is not None:
        raise ValueError(f"{reason} Such a model cannot be swept in one graph; call tk.train for each value.")
    configurations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    shared = {"optimizer": optimizer, "batch_size": batch_size, "seed": seed}
    shared |= {"schedule": check_schedule(schedule), "schedules": schedules}
    settings = {"shuffle": shuffle, "loss": loss, "metrics": metrics}
    groups = structural_groups(configurations)
    finished = []
    begin = time.perf_counter()
    if client is not None:
        from tuningkit.training.cluster_sweep import train_on_cluster

        finished, note = train_on_cluster(
            client, model, data, configurations, {**shared, **fixed}, settings,
            groups=groups, epochs=epochs, progress=progress, on_epoch=on_epoch,
        )  # fmt: skip
        record = _collect(finished, grid, configurations, time.perf_counter() - begin, note)
        return replace(record, **_described(model, data, settings))
    with training_turn():
        for number, places in enumerate(groups):
            words = f"Group {number + 1} of {len(groups)}" if len(groups) > 1 else f"{len(places)} members"
            try:
                trainer = group_trainer(
                    model, data, [configurations[i] for i in places], {**shared, **fixed}, settings
                )
                complete = _train_group(trainer, epochs, progress, words, on_epoch)
            except KeyboardInterrupt:
                # Before the first epoch of this group was done. Earlier groups are worth keeping.
                if not finished:
                    raise
                break
            # Half a group has shorter curves than the others; alone, they are the result.
            if not complete and len(groups) > 1:
                if not finished:
                    raise KeyboardInterrupt
                break
            finished.append((places, trainer))
    record = _collect(finished, grid, configurations, time.perf_counter() - begin)
    return replace(record, **_described(model, data, settings))


def structural_groups(configurations: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Places of the configurations that can share a graph."""
    groups: dict[tuple, list[int]] = {}
    for place, configuration in enumerate(configurations):
        key = tuple(str(configuration.get(name)) for name in STRUCTURAL)
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def group_trainer(
    model: keras.Model,
    data: Dataset,
    configurations: Sequence[Mapping[str, Any]],
    shared: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Trainer:
    """A trainer whose members are configurations that can share a graph.

    Args:
        model: The network.
        data: The data.
        configurations: What differs, one per member.
        shared: What all members have: ``optimizer``, ``batch_size``, ``seed`` and other hyperparameters; and
            ``schedules``, by the names that stand in the configurations.
        settings: ``loss``, ``metrics`` and ``shuffle``.
    """
    from tuningkit.training.trainer import Trainer

    first = configurations[0]
    seeds = [one["seed"] for one in configurations] if "seed" in first else shared["seed"]
    if isinstance(seeds, list) and len(seeds) == 1:
        seeds = seeds[0]
    trainer = Trainer(
        model,
        data,
        optimizer=first.get("optimizer", shared["optimizer"]),
        batch_size=first.get("batch_size", shared["batch_size"]),
        members=len(configurations),
        seeds=seeds,
        **settings,
    )
    if "schedule" in first:
        trainer.set_schedule([shared["schedules"][one["schedule"]] for one in configurations])
    elif shared.get("schedule") is not None:
        trainer.set_schedule(shared["schedule"])
    for name in (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS):
        if name in first:
            trainer.set(name, [one[name] for one in configurations])
        elif shared.get(name) is not None:
            trainer.set(name, shared[name])
    return trainer


def _train_group(trainer, epochs, progress, words, on_epoch) -> bool:
    """Whether the group was trained to its end; interrupted before its first epoch was done, it raises."""
    if on_epoch is None:
        return run_to_the_end(trainer, epochs, progress=progress, description=words)
    try:
        trainer.train(epochs, on_epoch=on_epoch)
    except KeyboardInterrupt:
        if trainer.epoch == 0:
            raise
        return False
    return True


def _described(model, data, settings) -> dict[str, Any]:
    """What a record says about model and data, whoever trained it."""
    from tuningkit.training.baseline import baseline_loss
    from tuningkit.training.heads import choose_head

    loss_name = choose_head(model, data, settings["loss"], settings["metrics"]).loss_name
    names = {"loss_name": loss_name, "model_name": model.name, "data_name": data.name}
    return {**names, "baseline": baseline_loss(data, loss_name)}


def _collect(finished, grid, configurations, seconds, note="") -> Sweep:
    places = [place for group, _ in finished for place in group]
    order = np.argsort(places)
    trainers = [trainer for _, trainer in finished]
    first = trainers[0]
    curves = [trainer.history for trainer in trainers]
    if any("learning_rate" in one for one in curves):
        # One group may have a schedule and another one none.
        curves = [
            {**one, "learning_rate": trainer.learning_rates}
            for one, trainer in zip(curves, trainers, strict=True)
        ]
    history = {name: np.concatenate([one[name] for one in curves])[order] for name in curves[0]}
    weights = [trainer.weights(member) for trainer in trainers for member in range(trainer.members)]
    swept = set(grid)
    common = {name: value for name, value in first.hyperparameters().items() if name not in swept}
    rates = {one.hyperparameters(k)["learning_rate"] for one in trainers for k in range(one.members)}
    if "schedule" in swept and len(rates) > 1:
        # Every schedule has a rate of its own; its name says which.
        common.pop("learning_rate", None)
    return Sweep(
        history=history,
        grid=grid,
        configurations=[configurations[places[i]] for i in order],
        hyperparameters=common,
        weights=[weights[i] for i in order],
        diverged_at=np.concatenate([trainer.diverged_at for trainer in trainers])[order],
        seconds=seconds,
        note=note,
    )
