"""The tree-structured Parzen estimator of the real Hyperopt, as a method of a race."""

from __future__ import annotations

import math
from typing import Any

from tuningkit.search.race_records import Look, MethodSettings, Proposal

#: Random looks before the estimator is asked; Hyperopt's own default of 20 would be most of a small budget.
INITIAL = 8
# Hyperopt's default: of n results the best ceil(gamma * sqrt(n)) count as good.
_GAMMA = 0.25
_CANDIDATES = 24


class TPEMethod:
    """One suggestion at a time from ``hyperopt.tpe.suggest``, with its defaults but for the first random looks.

    A run that diverged is told as failed; Hyperopt then counts it as infinitely bad.

    Args:
        settings: The race's settings.

    Reference:
        J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl (2011), Algorithms for Hyper-Parameter Optimization,
        https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
    """

    def __init__(self, settings: MethodSettings) -> None:
        from hyperopt import Trials, hp
        from hyperopt.base import Domain

        self._settings = settings
        self._names = ["x", "y", "irrelevant"][: settings.dimensions]
        self._domain = Domain(lambda point: 0.0, {name: hp.uniform(name, 0, 1) for name in self._names})
        self._trials = Trials()
        self._done = 0
        self._document: Any = None

    def ask(self, left: int) -> Proposal | None:
        """Hyperopt's suggestion."""
        from hyperopt import tpe

        if left < self._settings.epochs:
            return None
        if self._document is None:
            # A seed for each suggestion, as Hyperopt's own loop gives it.
            seed = (self._settings.seed * 10_007 + self._done) % (2**31)
            ids = self._trials.new_trial_ids(1)
            self._document = tpe.suggest(
                ids,
                self._domain,
                self._trials,
                seed=seed,
                n_startup_jobs=INITIAL,
                n_EI_candidates=_CANDIDATES,
                gamma=_GAMMA,
                verbose=False,
            )[0]
        drawn = self._document["misc"]["vals"]
        point = tuple(min(float(drawn[name][0]), math.nextafter(1.0, 0.0)) for name in self._names)
        return Proposal(self._done + 1, point, self._settings.epochs, self._reason())

    def tell(self, look: Look) -> None:
        """Hand the result to Hyperopt."""
        from hyperopt.base import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK

        if math.isfinite(look.objective):
            loss = -look.objective if self._settings.maximise else look.objective
            result = {"status": STATUS_OK, "loss": float(loss)}
        else:
            result = {"status": STATUS_FAIL}
        self._document["state"] = JOB_STATE_DONE
        self._document["result"] = result
        self._trials.insert_trial_docs([self._document])
        self._trials.refresh()
        self._document = None
        self._done += 1

    def _reason(self) -> str:
        done = self._done
        if done < INITIAL:
            return f"random draw {done + 1} of {INITIAL}: TPE needs some results to begin"
        good = math.ceil(_GAMMA * math.sqrt(done))
        return (
            f"TPE: of {_CANDIDATES} draws for each hyperparameter around the {good} best of {done} results, the "
            "value that is likelier among these than among the rest"
        )
