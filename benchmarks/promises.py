"""What tuningkit promises about speed and memory: one entry per row of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One row's promise.

    Attributes:
        what: What is measured, in words.
        unit: Follows the number, for example "times" or "ms".
        at_least: The promise is kept by this number or more; None if it has no lower end.
        at_most: The promise is kept by this number or less. With neither end, the row only informs.
    """

    what: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    def words(self) -> str:
        """The promise as the table shows it."""
        if self.at_least is not None:
            return f"at least {self.at_least:g} {self.unit}"
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}"
        return "none"

    def verdict(self, measured: float) -> str:
        """Whether ``measured`` keeps the promise: "yes", "no", or "not promised". NaN keeps none."""
        if self.at_least is not None:
            return "yes" if measured >= self.at_least else "no"
        if self.at_most is not None:
            return "yes" if measured <= self.at_most else "no"
        return "not promised"


_FIT = "than `model.fit(verbose=0)`"
_SLIDER = "Slider, from key press to the changed picture in JupyterLab, 95th percentile"

#: By name, in the order of the table.
PROMISES: dict[str, Promise] = {
    "members_1": Promise(f"One network, an epoch: faster {_FIT}", "times", at_least=15),
    "members_16": Promise(f"16 networks at once, an epoch of each: faster {_FIT}", "times", at_least=25),
    "members_64": Promise(f"64 networks at once, an epoch of each: faster {_FIT}", "times", at_least=45),
    "cnn": Promise(f"A small convolutional network, an epoch: faster {_FIT}", "times", at_least=4),
    "first_epoch": Promise(
        f"One network, from nothing to the end of its first epoch: faster {_FIT}", "times"
    ),
    "search_64": Promise(
        "A grid of 64 trials, 30 epochs each: faster than KerasTuner's GridSearch", "times", at_least=30
    ),
    "search_ranking": Promise(
        "The same 64 trials: rank correlation of their results with KerasTuner's", "(1 is the same ranking)"
    ),
    "import": Promise("`import tuningkit`, as a share of `import tensorflow`", "%", at_most=5),
    "first_point": Promise("New run, from the move to its first point, without a screen", "ms", at_most=250),
    "all_epochs": Promise("New run, from the move to its 60th epoch, without a screen", "s", at_most=1.5),
    "first_point_painted": Promise(
        "New run, from the key press to its first point, painted in JupyterLab", "ms", at_most=250
    ),
    "all_epochs_painted": Promise(
        "New run, from the key press to its 60th epoch, painted in JupyterLab", "s", at_most=1.5
    ),
    "memory": Promise("Private memory of the kernel after a lab", "MB", at_most=600),
    "resident": Promise("The same, with the library files it reads, which processes share", "MB"),
    "growth": Promise("Private memory that 200 slider restarts add", "MB", at_most=20),
    "slider_new_run": Promise(f'{_SLIDER}, "new run"', "ms", at_most=100),
    "slider_mid_run": Promise(f'{_SLIDER}, "mid-run"', "ms", at_most=100),
    "optimizer_paths": Promise(
        f"{_SLIDER}, 300 steps of all ten optimisers on a loss surface", "ms", at_most=150
    ),
    "playground": Promise(
        "Playground: spirals, two hidden layers of 8, batches of 10, validation and pictures included",
        "epochs per second",
    ),
    "playground_fit": Promise(
        f"The same network on the same points: faster {_FIT}, which draws nothing", "times"
    ),
    "painted": Promise("Painted updates while training runs at full speed", "per second", at_least=20),
}
