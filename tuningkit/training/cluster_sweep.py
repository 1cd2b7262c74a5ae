"""``tk.sweep(..., client=client)``: the members of a sweep on the workers of a Dask cluster."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.training.cluster import Chunk, Cluster, ClusterLost, check_client, split_members
from tuningkit.training.cluster_chunk import ChunkRecord
from tuningkit.training.cluster_parcel import pack, pack_job
from tuningkit.training.cluster_progress import ClusterProgress
from tuningkit.training.progress import progress_bar

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset


def train_on_cluster(
    client: Any,
    model: keras.Model,
    data: Dataset,
    configurations: Sequence[Mapping[str, Any]],
    shared: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    groups: Sequence[Sequence[int]],
    epochs: int,
    progress: bool,
    on_epoch: Callable[[Any], None] | None,
) -> tuple[list[tuple[list[int], ChunkRecord]], str]:
    """Train all members of a sweep.

    Args:
        client: The client.
        model: The network.
        data: The data.
        configurations: What differs, one per member.
        shared: As for :func:`tuningkit.training.grid_sweep.group_trainer`.
        settings: ``loss``, ``metrics`` and ``shuffle``.
        groups: Places of the configurations that share a graph.
        epochs: Epochs of each.
        progress: Whether to show a bar.
        on_epoch: Called with a :class:`ClusterProgress`.

    Returns:
        Places and record of every chunk that arrived, and a note if some did not.

    Raises:
        KeyboardInterrupt: If the learner stopped it before any chunk had arrived.
        ConnectionError: If the cluster was lost before any chunk had arrived.
    """
    cluster = Cluster(check_client(client), pack_job(model, data, shared, settings))
    chunks = plan_chunks(cluster, model, configurations, groups, shared["batch_size"])
    description = f"{len(configurations)} members on {cluster.workers} workers"
    total = epochs * len(configurations)
    with progress_bar(total, description, unit="member-epoch", show=progress) as step:
        watch = ClusterProgress([one.places for one in chunks], epochs, step=step, on_epoch=on_epoch)
        records, why = cluster.run(chunks, epochs, on_report=watch.report)
    finished = [(record.places, record) for record in records if record is not None]
    return finished, note_of(why, sum(len(places) for places, _ in finished), len(configurations))


def plan_chunks(
    cluster: Cluster,
    model: keras.Model,
    configurations: Sequence[Mapping[str, Any]],
    groups: Sequence[Sequence[int]],
    batch_size: int,
) -> list[Chunk]:
    """The chunks of all groups: together about as many as there are workers, or as many as fit into their memory.

    Args:
        cluster: The cluster.
        model: The network.
        configurations: What differs, one per member.
        groups: Places of the configurations that share a graph.
        batch_size: Rows per step, where a configuration does not say.
    """
    chunks = []
    for places in groups:
        rows = configurations[places[0]].get("batch_size", batch_size)
        most = cluster.members_that_fit(model, rows, len(places))
        parts = -(-cluster.workers * len(places) // len(configurations))
        for part in split_members(model, len(places), parts, most):
            chosen = [places[member] for member in part]
            packed = [
                {name: pack(value, f"A value of {name}") for name, value in configurations[place].items()}
                for place in chosen
            ]
            chunks.append(Chunk(chosen, packed, len(places)))
    return chunks


def note_of(why: str, arrived: int, wanted: int, what: str = "members") -> str:
    """One line about what is missing; "" if nothing is.

    Raises:
        KeyboardInterrupt: If the learner stopped it and nothing has arrived.
        ConnectionError: If the cluster was lost and nothing has arrived.
    """
    if not why:
        return ""
    if not arrived:
        if why == "interrupted":
            raise KeyboardInterrupt
        raise ConnectionError(
            f"{why} None of the {wanted} {what} had arrived. Look at the scheduler and its workers, then run the "
            "cell again with a new client."
        )
    if why == "interrupted":
        return f"Interrupted: {arrived} of {wanted} {what} had arrived from the cluster."
    note = f"{why} {arrived} of {wanted} {what} had arrived and were kept."
    warnings.warn(note, ClusterLost, stacklevel=4)
    return note
