"""Members trained by the workers of a Dask cluster: sent in chunks, watched while they train, collected in order.

A chunk's members have the values that they would have in one graph with all the others, to the last bit. Processors
compute several numbers at once, and those left over at the end by another instruction, which rounds otherwise. So
chunks begin at multiples of ``ALIGNMENT`` members, and a chunk of one, which would get a graph of another kind, is
never sent.

Reference: https://distributed.dask.org/
"""

from __future__ import annotations

import queue
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.cluster_chunk import ChunkRecord
from tuningkit.training.cluster_worker import keep, train_chunk, worker_facts

if TYPE_CHECKING:
    import keras
    from distributed import Client, Future

#: Members that a processor's widest instruction on float32 can take at once (AVX: 8).
ALIGNMENT = 8
#: Share of a worker's free memory that a chunk may take.
_SHARE = 0.7
#: How often Python looks around while it waits, how often it asks the scheduler who is there, and how long it waits
#: when all workers are gone or one does not hand over its results, in seconds. A worker that died is started again
#: within a few.
_LOOK, _ASK, _PATIENCE = 0.1, 2.0, 60.0


class ClusterLost(RuntimeWarning):
    """The connection to the cluster broke, or its workers gave up; what had arrived was kept."""


@dataclass(frozen=True)
class Chunk:
    """Members that a worker trains in one graph.

    Attributes:
        places: Which of the configurations, from 0.
        configurations: What differs, one per member.
        room_for: Members of the whole of which this is a part.
        start: What an earlier chunk returned, to go on from; None for the beginning.
    """

    places: list[int]
    configurations: list[dict[str, Any]]
    room_for: int
    start: dict[str, Any] | None = None


def check_client(client: Any) -> Client:
    """Check that this is a connected client of Dask.

    Raises:
        ImportError: If ``distributed`` is not installed.
        TypeError: If it is something else.
        RuntimeError: If it is closed, or its cluster has no workers.
        ConnectionError: If the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            'client= needs Dask, which is not installed. Install it with: pip install "tuningkit[cluster]"'
        ) from error
    if not isinstance(client, Client) or client.asynchronous:
        kind = "an asynchronous Client" if isinstance(client, Client) else type(client).__name__
        raise TypeError(
            "client must be a client of Dask, such as distributed.Client('tcp://10.0.0.1:8786'), or None to train on "
            f"this machine. Received: {kind}"
        )
    if client.status != "running":
        raise RuntimeError(
            f"The client is not connected (its status is {client.status!r}). Make a new one: "
            "distributed.Client('tcp://address-of-the-scheduler:8786')"
        )
    with _answering():
        workers = client.nthreads()
    if not workers:
        raise RuntimeError(
            "The cluster has no workers yet. Start some, one per processor or machine: dask worker "
            f"{client.scheduler.address} --nthreads 1"
        )
    return client


def split_members(model: keras.Model, members: int, parts: int, most: int | None = None) -> list[range]:
    """Split members into chunks in which they get the values they have in one graph.

    Args:
        model: The network.
        members: How many there are.
        parts: How many chunks are wanted; there may be fewer.
        most: Members that fit into a worker's memory; None for any number.

    Example:
        >>> split_members(dense, 20, 2)
        [range(0, 8), range(8, 20)]
    """
    from tuningkit.training.members import way_of

    # In turn, members share no instruction; but one alone gets a graph without a loop.
    unit = ALIGNMENT if way_of(model, members) == "together" else 2
    units = max(1, members // unit)
    if most is not None:
        parts = max(parts, -(-members // max(1, most)))
    sizes = [len(part) for part in np.array_split(np.arange(units), min(parts, units))]
    # Longer ones first: the last one also gets the members that are left over.
    ends = np.cumsum(sorted(sizes)[::-1]) * unit
    ends[-1] = members
    return [range(begin, end) for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


class Cluster:
    """One job on the workers of a client.

    Args:
        client: The client, checked.
        parcel: From :func:`tuningkit.training.cluster_parcel.pack_job`.
    """

    def __init__(self, client: Client, parcel: Mapping[str, Any]) -> None:
        self._client = client
        facts = self._ask_workers()
        self.workers = len(facts)
        self.free = min(one["free"] for one in facts.values()) * _SHARE
        with _large_graphs_are_meant():
            # A task, not scattered data: it is made again if the worker that holds it dies.
            self._parcel = client.submit(keep, dict(parcel), pure=False)

    def members_that_fit(self, model: keras.Model, batch_size: int, members: int) -> int:
        """Members for which every worker has room."""
        from tuningkit.training.members import way_of
        from tuningkit.training.memory import bytes_per_member

        at_once = way_of(model, members) == "together"
        return max(1, int(self.free // bytes_per_member(model, batch_size, at_once=at_once)))

    def run(
        self,
        chunks: Sequence[Chunk],
        epochs: int,
        *,
        on_report: Callable[[int, dict[str, Any]], None] = lambda number, message: None,
        keep_state: bool = False,
    ) -> tuple[list[ChunkRecord | None], str]:
        """Train all chunks, and tell of every epoch while they train.

        A worker that dies loses its chunk, and Dask gives it to another one; its epochs are then told of again.

        Args:
            chunks: What to train.
            epochs: Epochs in all.
            on_report: Called with a chunk's number and what it measured, after each of its epochs.
            keep_state: Whether the results can be gone on from.

        Returns:
            What each chunk came to, in order, None for those that did not arrive; and why some did not: "",
            "interrupted" or a sentence.

        Raises:
            Exception: What training raised on a worker.
        """
        topic, reports = f"tuningkit-{uuid.uuid4().hex}", queue.SimpleQueue()
        client = self._client
        client.subscribe_topic(topic, lambda event: reports.put(event[1]))
        futures: list[Future] = []
        records: list[ChunkRecord | None] = [None] * len(chunks)
        why = ""
        try:
            with _large_graphs_are_meant():
                for number, chunk in enumerate(chunks):
                    task = {
                        "configurations": chunk.configurations, "room_for": chunk.room_for, "start": chunk.start,
                        "epochs": epochs, "topic": topic, "number": number, "keep_state": keep_state,
                    }  # fmt: skip
                    futures.append(client.submit(train_chunk, self._parcel, task, pure=False))
            why = self._watch(futures, chunks, records, reports, on_report)
        except KeyboardInterrupt:
            why = "interrupted"
        finally:
            self._let_go(futures, topic)
        return records, why

    def _watch(self, futures, chunks, records, reports, on_report) -> str:
        waiting = set(range(len(futures)))
        asked = seen = time.monotonic()
        while waiting:
            _pass_on(reports, on_report, _LOOK)
            if (now := time.monotonic()) > asked + _ASK:
                asked, seen = now, now if self._has_workers() else seen
                if now - seen > _PATIENCE:
                    return f"All workers of the cluster have been gone for {_PATIENCE:g} seconds."
            for number in sorted(waiting):
                status = futures[number].status
                if status in ("cancelled", "lost") or self._client.status not in ("running", "connecting"):
                    return "The connection to the cluster was lost."
                if status == "error":
                    error = futures[number].exception()
                    if type(error).__name__ == "KilledWorker":
                        return "Several workers died over the same members, perhaps for want of memory."
                    raise error
                if status == "finished":
                    try:
                        result = futures[number].result(timeout=_PATIENCE)
                    except TimeoutError:
                        return f"A worker did not hand over what it had trained within {_PATIENCE:g} seconds."
                    except Exception as error:
                        if type(error).__name__ in (
                            "CancelledError",
                            "FutureCancelledError",
                            "CommClosedError",
                        ):
                            return "The connection to the cluster was lost."
                        if futures[number].status != "pending":
                            raise
                        continue  # Its worker died with it; Dask trains it again.
                    records[number] = ChunkRecord(chunks[number].places, result)
                    waiting.discard(number)
        _pass_on(reports, on_report, 0)
        return ""

    def _has_workers(self) -> bool:
        """Whether anyone is there to train; yes if the scheduler cannot be asked, which is another trouble."""
        try:
            return bool(self._client.nthreads())
        except (OSError, RuntimeError, TimeoutError):
            return True

    def _let_go(self, futures: Sequence[Future], topic: str) -> None:
        if self._client.status != "running":
            return
        left = [future for future in futures if not future.done()]
        if left:
            self._client.cancel(left, force=True)
        self._client.unsubscribe_topic(topic)

    def _ask_workers(self) -> dict[str, dict[str, Any]]:
        from importlib.metadata import version

        try:
            with _answering():
                facts = self._client.run(worker_facts)
        except ModuleNotFoundError as error:
            raise RuntimeError(
                f"A worker has no {error.name}. Install the same tuningkit on every machine, with pip install "
                '"tuningkit[cluster]", and start the workers from that environment.'
            ) from error
        for address, one in facts.items():
            for name in ("keras", "numpy"):
                if one[name] != version(name):
                    warnings.warn(
                        f"The worker {address} has {name} {one[name]}, this machine {version(name)}. Values may "
                        "differ in their last digits.",
                        RuntimeWarning,
                        stacklevel=4,
                    )
        return facts


def _pass_on(reports: queue.SimpleQueue, on_report: Callable, seconds: float) -> None:
    """Hand over what has been reported; wait a little for the first one."""
    try:
        message = reports.get(timeout=seconds) if seconds else reports.get_nowait()
        while True:
            on_report(message["number"], message)
            message = reports.get_nowait()
    except queue.Empty:
        return


@contextmanager
def _answering() -> Iterator[None]:
    """Say in words that the scheduler has gone, or that a worker has while it was asked."""
    try:
        yield
    except (OSError, TimeoutError) as error:  # Dask's CommClosedError is an OSError
        raise ConnectionError(
            f"The cluster does not answer ({error}). Look whether its scheduler and workers run, then make a new "
            "client."
        ) from error


@contextmanager
def _large_graphs_are_meant() -> Iterator[None]:
    """Dask warns of data in a task; here it is there on purpose, once for all chunks."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        yield
