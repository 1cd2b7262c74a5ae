"""Fitting one of scikit-learn's searches: with a bar, its warnings counted, and what an interrupt leaves."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuningkit.training.progress import progress_bar


@dataclass
class Watched:
    """What was seen while a search was fitted.

    Attributes:
        scores: Every score as it came: all parameters of the estimator, the score.
        note: The warnings, counted, in words.
        interrupted: Whether the learner stopped it.
        seconds: How long it took.
    """

    scores: list[tuple[Mapping[str, Any], float]] = field(default_factory=list)
    note: str = ""
    interrupted: bool = False
    seconds: float = 0.0

    def of(self, candidate: Mapping[str, Any]) -> list[float]:
        """The scores of one candidate, in the order in which they came."""
        wanted = {name: repr(value) for name, value in candidate.items()}
        return [
            score
            for parameters, score in self.scores
            if all(repr(parameters.get(name)) == value for name, value in wanted.items())
        ]


class WatchedScorer:
    """A scorer that tells of every score it gives.

    Args:
        scorer: scikit-learn's own.
        tell: Called with the estimator's parameters and the score.
    """

    def __init__(self, scorer: Callable, tell: Callable[[Mapping[str, Any], float], None]) -> None:
        self._scorer, self._tell = scorer, tell

    def __call__(self, estimator: Any, *arguments: Any, **settings: Any) -> Any:
        """The score."""
        score = self._scorer(estimator, *arguments, **settings)
        self._tell(estimator.get_params(), score)
        return score


def fit_watched(search: Any, x: Any, y: Any, fits: int, *, progress: bool) -> Watched:
    """Fit a search, and report what happened.

    Args:
        search: A search of scikit-learn; it is fitted itself, as by ``search.fit(x, y)``.
        x: Inputs.
        y: Targets.
        fits: How many fits are expected, for the bar.
        progress: Whether to show a bar if it takes more than two seconds.

    Raises:
        KeyboardInterrupt: If nothing had been scored when it came.
        Exception: What scikit-learn raises, except that all fits failed: each candidate then says why itself.
    """
    from sklearn.metrics import check_scoring

    seen = Watched()
    scoring = search.scoring
    # Several scores at once come as a dictionary, and scores of other processes are not seen here.
    watchable = (scoring is None or isinstance(scoring, str) or callable(scoring)) and search.n_jobs in (
        None,
        1,
    )
    scorer = check_scoring(search.estimator, scoring) if watchable else None
    begin = time.perf_counter()
    try:
        with (
            progress_bar(fits, "Search", unit="fit", show=progress and watchable) as step,
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            if watchable:

                def tell(parameters: Mapping[str, Any], score: float) -> None:
                    seen.scores.append((parameters, float(score)))
                    if len(seen.scores) <= fits:
                        step()

                search.scoring = WatchedScorer(scorer, tell)
            search.fit(x, y)
    except KeyboardInterrupt:
        if not seen.scores:
            raise
        seen.interrupted = True
    except ValueError as error:
        # Our own count of the reasons is easier to read than thirty tracebacks in one message.
        if search.error_score == "raise" or "fits failed" not in str(error):
            raise
    finally:
        search.scoring = scoring
        if watchable and hasattr(search, "scorer_"):
            search.scorer_ = scorer
    seen.seconds = time.perf_counter() - begin
    seen.note = _words([one.category.__name__ for one in caught])
    return seen


def _words(names: Sequence[str]) -> str:
    if not names:
        return ""
    kinds = ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())
    return f"scikit-learn warned {len(names)} time{'s' if len(names) > 1 else ''}: {kinds}."
