"""How soon a move answers in mode "new run", in a lab without a screen."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from measure import Row, main, note, spread
from networks import digits_network

if TYPE_CHECKING:
    from tuningkit.labs import TuningLab

NAMES = ("first_point", "all_epochs")
EPOCHS = 60
PATIENCE = 120.0


def rows(quick: bool) -> list[Row]:
    import tuningkit as tk

    note("new run")
    lab = tk.TuningLab(digits_network(), tk.datasets.load_digits(), epochs=EPOCHS)
    lab.train().wait()
    strengths = [1e-6 * 2**step for step in range(3 if quick else 10)]
    moves = [move(lab, strength) for strength in strengths]
    lab.close()
    first, finished = zip(*moves, strict=True)
    return [
        Row("first_point", 1e3 * statistics.median(first), spread(first, "ms", scale=1e3)),
        Row("all_epochs", statistics.median(finished), spread(finished, "s")),
    ]


def move(lab: TuningLab, strength: float) -> tuple[float, float]:
    """Move the L2 slider; seconds to the first epoch that the lab shows, and to the end of the run."""
    end = time.perf_counter() + PATIENCE
    begin = time.perf_counter()
    lab.session.set("l2", strength, start=True)
    while lab.runs[-1].hyperparameters["l2"] != strength:
        if time.perf_counter() > end:
            raise TimeoutError(f"No epoch with L2 {strength} after {PATIENCE} s.")
        time.sleep(0.001)
    first = time.perf_counter() - begin
    lab.wait(PATIENCE)
    finished = time.perf_counter() - begin
    run = lab.runs[-1]
    if run.epochs != EPOCHS or run.hyperparameters["l2"] != strength:
        raise RuntimeError(f"Expected {EPOCHS} epochs with L2 {strength}; the lab has {run!r}.")
    return first, finished


if __name__ == "__main__":
    main(rows)
