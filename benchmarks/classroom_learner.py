"""A learner of the simulated class: a kernel with a TuningLab, and a hand on its L2 slider.

Every move begins a new run. It is answered by the first picture of the chart whose sentence names that run: such a
picture has at least one epoch. The next move waits for the answer, for three epochs on the screen (a lab keeps no
shorter run, so the number of the next one would be the same), and for the learner's own pace.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from classroom_kernel import Kernel
from networks import cells

from tuningkit.labs.static import unpack_frame

EPOCHS = 60
#: Seconds between two moves of one learner.
PACE = 2.0
#: Epochs that a learner waits for before the next move.
_LOOKED_AT = 3
#: Seconds after which a move counts as lost. Late is not lost: far beyond the knee answers take a minute.
PATIENCE = 240.0
_SENTENCE = re.compile(r"Run (\d+), ([\w ]+), epoch (\d+)")
_STATE = """
import json
lab.wait(120)
run = lab.runs[-1]
print(json.dumps({"setting": lab.l2, "run": run.hyperparameters["l2"], "epochs": run.epochs,
                  "loss": [float(value) for value in run.history["val_loss"]]}))
"""


@dataclass
class Picture:
    """The latest state of the chart.

    Attributes:
        run: Number of the run in front; 0 before the first.
        status: "training", "finished" or "paused".
        epochs: Epochs of the run in front.
        frame: The bytes that the browser would draw.
    """

    run: int = 0
    status: str = ""
    epochs: int = 0
    frame: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, frame: bytes) -> Self:
        """What the bytes say."""
        said = _SENTENCE.match(unpack_frame(frame)[0].get("sentence", ""))
        return cls(int(said[1]), said[2], int(said[3]), frame) if said else cls(frame=frame)

    def validation_loss(self) -> np.ndarray:
        """The validation curve in front, float32, shape (epochs,)."""
        header, numbers = unpack_frame(self.frame)
        (curve,) = [
            curve
            for curve in header["curves"]
            if curve["panel"] == 0 and curve["role"] == "validation" and curve["emphasis"]
        ]
        return numbers[curve["y"] : curve["y"] + curve["n"]]


class Learner:
    """One learner.

    Args:
        kernel: The learner's own kernel.
        number: Determines the pace's phase and the moves.
    """

    def __init__(self, kernel: Kernel, number: int) -> None:
        self.kernel = kernel
        self._chance = random.Random(number)
        self._news = asyncio.Event()
        self.picture = Picture()
        self.lost: list[str] = []
        self.process_id = 0

    async def sit_down(self) -> None:
        """Run the lesson's cells, press Train, and move twice, so that everything is warm."""
        for cell in cells(f"lab = tk.TuningLab(model, digits, l2=1e-4, epochs={EPOCHS})", "lab"):
            await self.kernel.run(cell)
        self.process_id = int(await self.kernel.run("import os; print(os.getpid())"))
        self._slider = self.kernel.find(_model_name="SelectionSliderModel", description="L2")
        state = self.kernel.widgets[self._slider]
        self._labels, self._place = state["_options_labels"], state["index"]
        self._chart = next(name for name, state in self.kernel.widgets.items() if "_panels" in state)
        self.kernel.on_update = self._look
        self.kernel.press(self.kernel.find(_model_name="ButtonModel", description="Train"))
        await self._until(lambda picture: picture.status == "finished", "the first run")
        for _ in range(2):
            await self.move()
        await self._until(lambda picture: picture.status == "finished", "the end of a run")

    async def play(self, seconds: float) -> list[float]:
        """Move the slider for so long; returns the seconds from each move to its answer."""
        end = time.perf_counter() + seconds
        next_move = time.perf_counter() + self._chance.uniform(0, PACE)
        found = []
        while next_move < end:
            await asyncio.sleep(max(0.0, next_move - time.perf_counter()))
            next_move = time.perf_counter() + PACE
            answered = await self.move()
            if answered is not None:
                found.append(answered)
        return found

    async def move(self) -> float | None:
        """One stop to the left or right; seconds until the new run's first epoch is there, None if it never is."""
        await self._until(lambda picture: picture.epochs >= _LOOKED_AT, "epochs to look at")
        # Up and down between 1e-6 and 1e-2, where every network learns.
        low, high = self._labels.index("1e-6"), self._labels.index("0.01")
        steps = [step for step in (-1, 1) if low <= self._place + step <= high]
        self._place += self._chance.choice(steps)
        before = self.picture.run
        begin = time.perf_counter()
        self.kernel.move(self._slider, {"index": self._place})
        answered = await self._until(
            lambda picture: picture.run > before, f"an answer to L2 {self._labels[self._place]}"
        )
        return time.perf_counter() - begin if answered else None

    async def check(self) -> None:
        """Compare what the learner saw last, what was asked for last, and what the lab ended with."""
        await self._until(lambda picture: picture.status == "finished", "the end of the last run")
        state = json.loads(await self.kernel.run(_STATE))
        asked = float(self._labels[self._place])
        self.lost += [
            f"asked for L2 {asked:g}, the lab's {what} has {state[what]:g}"
            for what in ("setting", "run")
            if state[what] != asked
        ]
        seen = self.picture.validation_loss()
        if state["epochs"] != EPOCHS or not np.array_equal(seen, np.float32(state["loss"])):
            self.lost.append(f"the last picture has {len(seen)} epochs, the run {state['epochs']}")
        if not self.kernel.alive:
            self.lost.append("the kernel died")

    def _look(self, widget: str, state: dict[str, Any], buffers: list[bytes]) -> None:
        if widget == self._chart and buffers:
            self.picture = Picture.of(buffers[0])
            self._news.set()

    async def _until(self, wanted: Any, what: str) -> bool:
        end = time.perf_counter() + PATIENCE
        while not wanted(self.picture):
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), end - time.perf_counter())
            except TimeoutError:
                self.lost.append(f"{what} did not come within {PATIENCE:g} s")
                return False
        return True
