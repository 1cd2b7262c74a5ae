"""``tk.search(..., client=client)``: the trials of a search on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuningkit.search.groups import Job, direction_of
from tuningkit.search.halving import CARRIED_AT_MOST, Rung
from tuningkit.search.trials import Trial
from tuningkit.training.cluster import Chunk, Cluster, check_client
from tuningkit.training.cluster_chunk import ChunkRecord, start_of
from tuningkit.training.cluster_parcel import pack_job
from tuningkit.training.cluster_sweep import note_of, plan_chunks


class ClusterSearch:
    """A job's configurations, trained on workers.

    Args:
        client: The client.
        job: What all trials have in common.
        configurations: What differs.
        step: Told after every epoch how many members made it.
    """

    def __init__(
        self,
        client: Any,
        job: Job,
        configurations: Sequence[Mapping[str, Any]],
        step: Callable[[int], None],
    ) -> None:
        self._job, self._configurations, self._step = job, configurations, step
        parcel = pack_job(job.model, job.data, job.shared, job.settings)
        self._cluster = Cluster(check_client(client), parcel)

    def to_the_end(self, epochs: int) -> tuple[list[Trial], bool, str]:
        """Train every configuration for all epochs.

        Returns:
            The trials that arrived, in the order of the configurations; whether some are missing; and a note on it.

        Raises:
            KeyboardInterrupt: If the learner stopped it and nothing had arrived.
            ConnectionError: If the cluster was lost and nothing had arrived.
        """
        chunks = self._chunks(list(self._job.chunks(self._configurations)))
        records, why = self._train(chunks, epochs)
        trials = [
            trial for record in records if record is not None for trial in self._rows(record, "finished")
        ]
        trials.sort(key=lambda trial: trial.number)
        return trials, bool(why), note_of(why, len(trials), len(self._configurations), "trials")

    def with_halving(self, rungs: Sequence[Rung]) -> tuple[list[Trial], bool, str]:
        """Train all to the first rung, the best of them to the second, and so on; as on one machine.

        Returns:
            As :meth:`to_the_end`. If it stops early, the trials stand at the last rung that all reached.

        Raises:
            KeyboardInterrupt: If the learner stopped it before the first rung was reached.
            ConnectionError: If the cluster was lost before the first rung was reached.
            ValueError: If the learning rate follows a ``ReduceLROnPlateau``, whose memory does not travel.
        """
        from tuningkit.training.schedule_rates import ReduceLROnPlateau

        if isinstance(self._job.shared.get("schedule"), ReduceLROnPlateau):
            raise ValueError(
                "Halving on a cluster goes on from what workers sent back, and what a ReduceLROnPlateau remembers is "
                "not in it. Use another schedule, method='random', or this machine (client=None)."
            )
        sign = 1 if direction_of(self._job.objective) == "min" else -1
        # As the members lie in the graphs of one machine, those carried along included.
        groups = [list(places) for places in self._job.chunks(self._configurations)]
        living = set(range(len(self._configurations)))
        states: dict[int, dict[str, Any]] = {}
        ended: dict[int, Trial] = {}
        now: dict[int, Trial] = {}
        spent = dict.fromkeys(living, 0.0)
        for number, rung in enumerate(rungs):
            records, why = self._train(self._chunks(groups, states), rung.epochs, living=living, keep=True)
            if why:
                note = note_of(why, len(ended) + len(now), len(self._configurations), "trials")
                unfinished = {p: self._again(t, "interrupted") for p, t in now.items() if p in living}
                ended |= unfinished
                return [ended[place] for place in sorted(ended)], True, note
            whole = [record for record in records if record is not None]
            last = number == len(rungs) - 1
            now = {}
            for record in whole:
                states |= {place: record.state_of(member) for member, place in enumerate(record.places)}
                share = record.seconds / max(1, sum(place in living for place in record.places))
                for trial in self._rows(record, "finished" if last else "stopped early"):
                    place = trial.number - 1
                    if place in living:
                        spent[place] += share
                        now[place] = self._again(trial, trial.status, spent[place])
            if last:
                ended |= now
                break
            scored = sorted(
                (t for t in now.values() if t.scored), key=lambda t: (sign * t.objective, t.number)
            )
            living = {trial.number - 1 for trial in scored[: rungs[number + 1].trials]}
            ended |= {place: trial for place, trial in now.items() if place not in living}
            more = rungs[number + 1].epochs - rung.epochs
            groups = [kept for kept in (self._cut(places, living, more) for places in groups) if kept]
            if not groups:
                break
        return [ended[place] for place in sorted(ended)], False, ""

    def _cut(self, places: list[int], living: set[int], epochs: int) -> list[int]:
        """The members of a graph's next rung, by the rule of one machine: the values depend on their order."""
        from tuningkit.training.members import way_of

        staying = [place for place in places if place in living]
        dropped = len(places) - len(staying)
        if not staying or not dropped:
            return staying
        job = self._job
        batch_size = self._configurations[places[0]].get("batch_size", job.shared["batch_size"])
        rows = batch_size * -(-len(job.data.x_train) // batch_size) * epochs
        size = sum(variable.numpy().size for variable in job.model.trainable_variables)
        together = way_of(job.model, len(places)) == "together"
        return staying if not together or dropped * rows * size > CARRIED_AT_MOST else places

    def _chunks(
        self, groups: Sequence[Sequence[int]], states: Mapping[int, dict[str, Any]] | None = None
    ) -> list[Chunk]:
        batch_size = self._job.shared["batch_size"]
        chunks = plan_chunks(self._cluster, self._job.model, self._configurations, groups, batch_size)
        if not states:
            return chunks
        return [
            Chunk(
                one.places,
                one.configurations,
                one.room_for,
                start_of([states[place] for place in one.places]),
            )
            for one in chunks
        ]

    def _train(self, chunks, epochs, *, living=None, keep=False) -> tuple[list[ChunkRecord | None], str]:
        counted = [sum(living is None or place in living for place in one.places) for one in chunks]
        seen = [0] * len(chunks)

        def report(number: int, message: dict[str, Any]) -> None:
            # A worker that died is followed by one that tells the same epochs again.
            if message["epoch"] > seen[number]:
                seen[number] = message["epoch"]
                self._step(counted[number])

        return self._cluster.run(chunks, epochs, on_report=report, keep_state=keep)

    def _rows(self, record: ChunkRecord, status: str) -> list[Trial]:
        return [
            self._job.trial(record, member, place + 1, self._configurations[place], status)
            for member, place in enumerate(record.places)
        ]

    @staticmethod
    def _again(trial: Trial, status: str, seconds: float | None = None) -> Trial:
        status = trial.status if trial.status == "diverged" else status
        return replace(trial, status=status, seconds=trial.seconds if seconds is None else seconds)
