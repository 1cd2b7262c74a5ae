"""How a sweep scales over the workers of a Dask cluster on this machine.

Prints the table of ``results_cluster.md`` and writes it there: ``python benchmarks/cluster_scaling.py``, a few
minutes; ``--quick`` is a trial of the program and writes nothing unless ``--write`` is given.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from pathlib import Path

import numpy as np

MEMBERS, EPOCHS, ROUNDS = 64, 60, 3
WORKERS = (1, 2, 4)
TRIAL = "**A trial of the program (`--quick`), too short to say how a cluster scales.**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few members and epochs, two workers at most")
    parser.add_argument("--write", action="store_true", help="write the table of a quick run, too")
    options = parser.parse_args()
    members, epochs, rounds = (16, 3, 1) if options.quick else (MEMBERS, EPOCHS, ROUNDS)
    text = table(members, epochs, rounds, WORKERS[:2] if options.quick else WORKERS)
    if options.quick:
        text = f"{TRIAL}\n\n{text}"
    print(text)
    if options.write or not options.quick:
        Path(__file__).with_name("results_cluster.md").write_text(text, encoding="utf-8")


def table(members: int, epochs: int, rounds: int, workers: tuple[int, ...]) -> str:
    """Measure, and say it as Markdown."""
    import tuningkit as tk

    digits, model = tk.datasets.load_digits(), network()
    grid = {"learning_rate": np.geomspace(1e-4, 1e-1, members)}

    def seconds(epochs: int = epochs, **more: object) -> float:
        begin = time.perf_counter()
        tk.sweep(model, digits, grid, epochs=epochs, seed=0, progress=False, **more)
        return time.perf_counter() - begin

    seconds(1)  # Imports and the first look at memory are nobody's training time.
    alone = statistics.median(seconds() for _ in range(rounds))
    rows = [f"| this process, no cluster | {alone:.1f} s | 1 | |"]
    measured = {}
    for count in workers:
        with cluster(count) as client:
            seconds(1, client=client)  # Each worker loads TensorFlow once.
            short = seconds(1, client=client)
            measured[count] = (statistics.median(seconds(client=client) for _ in range(rounds)), short)
        whole, short = measured[count]
        rows.append(f"| {count} | {whole:.1f} s | {alone / whole:.2f} | {short:.1f} s |")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join(
        [
            f"Measured on {cores} cores, scheduler, workers and client on the same machine, Python 3.11,",
            f"TensorFlow 2.21. {members} members of 64-128-10 with dropout, the digits, batches of 32,",
            f"{epochs} epochs; median of {rounds}. Each worker has one thread for tasks and one for TensorFlow. The",
            f"process without a cluster uses all {cores} cores by itself: the third column says how much faster than",
            "that a cluster on the same machine is. Each worker had loaded TensorFlow before.",
            "",
            "| Workers | Sweep | Times as fast as one process | A sweep of 1 epoch |",
            "|---|---|---|---|",
            *rows,
            "",
            f"More workers than cores ({cores}) share them. The sweep of one epoch is what a cluster costs before it",
            "gains: sending the data, building one graph per worker, collecting the weights.",
            "",
            *estimate(measured[1], members),
            "",
        ]
    )


def estimate(one: tuple[float, float], members: int) -> list[str]:
    """What more machines would bring, on paper: the part that is shared out, and the part that is not."""
    whole, fixed = one
    shared = max(0.0, whole - fixed)
    lines = [
        "**Beyond one machine, on paper, not measured.** Take the sweep of one epoch as what every worker pays "
        f"({fixed:.1f} s) and the rest as work that is shared out ({shared:.1f} s on one worker). With a core for "
        "each, and a connection that costs nothing beside that:",
        "",
        "| Workers with a core each | Sweep, estimated | Times as fast as 1 worker |",
        "|---|---|---|",
    ]
    for count in (2, 4, 8, 16, 32):
        parts = min(count, max(1, members // 8))
        seconds = fixed + shared / parts
        lines.append(f"| {count} | {seconds:.1f} s | {whole / seconds:.1f} |")
    return [
        *lines,
        "",
        f"It stops at {max(1, members // 8)} workers, because a chunk of a dense network has at least 8 members. "
        "Wide graphs are also cheaper per member than narrow ones, so the true numbers lie below these.",
    ]


def network():
    import keras

    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((64,)),
        keras.layers.Dense(128, "relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10),
    ]
    return keras.Sequential(layers)


class cluster:  # noqa: N801
    """A scheduler and workers on the loopback interface, one TensorFlow thread each."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self):
        from distributed import Client, LocalCluster

        threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2", "TF_CPP_MIN_LOG_LEVEL": "3"}
        os.environ.update(threads)  # Processes that are spawned take them over.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._cluster = LocalCluster(
                n_workers=self._count,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                memory_limit=0,
                silence_logs=50,
            )
        self._client = Client(self._cluster, set_as_default=False)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._cluster.close()


if __name__ == "__main__":
    main()
