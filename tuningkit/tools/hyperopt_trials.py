"""Hyperopt's ``Trials`` and ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tuningkit.search.conversions import to_hyperopt
from tuningkit.search.exchange import check_space_known
from tuningkit.search.space import Choice, Integer, Log, Uniform
from tuningkit.search.trials import Trial, Trials

if TYPE_CHECKING:
    import hyperopt

_OURS = (Choice, Integer, Log, Uniform)


def read_trials(source: hyperopt.Trials, space: Any, *, objective: str, direction: str) -> Trials:
    """Trials from a ``hyperopt.Trials`` and the space it searched."""
    import hyperopt

    ours = space if _is_ours(space) else {}
    searched = to_hyperopt(space) if ours else space
    sign = -1.0 if direction == "max" else 1.0
    rows = []
    for place, document in enumerate(source.trials, start=1):
        point = {name: values[0] for name, values in document["misc"]["vals"].items() if values}
        result = document["result"]
        loss = result.get("loss")
        scored = result.get("status") == hyperopt.STATUS_OK and loss is not None and math.isfinite(loss)
        done = document["state"] == hyperopt.JOB_STATE_DONE
        reason = document["misc"].get("error") or result.get("message") or ""
        noted = document["misc"].get("tuningkit", {})
        status = "finished" if scored else "failed" if done or reason else "interrupted"
        rows.append(
            Trial(
                place,
                noted.get("configuration") or _flat(hyperopt.space_eval(searched, point), ours),
                objective=sign * loss if scored else math.nan,
                # What the objective returns beside its loss, if it calls it so.
                epochs=noted.get("epochs", result.get("epochs", math.nan)),
                seconds=noted.get("seconds", _seconds(document)),
                status=noted.get("status", status),
                seed=noted.get("seed"),
                message=noted.get("message", str(reason)),
                curve=tuple(noted.get("curve", result.get("curve", ()))),
            )
        )
    return Trials(
        tuple(rows), objective, direction, method="tpe", library="Hyperopt",
        seconds=sum(row.seconds for row in rows), space=ours,
    )  # fmt: skip


def write_trials(trials: Trials) -> hyperopt.Trials:
    """A ``hyperopt.Trials`` that ``fmin`` goes on from."""
    check_space_known(trials.space, "Hyperopt's Trials")
    import hyperopt

    sign = -1.0 if trials.direction == "max" else 1.0
    made = hyperopt.Trials()
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    documents = []
    for place, trial in enumerate(trials):
        values = {
            name: [_coordinate(dimension, trial.configuration[name])]
            for name, dimension in trials.space.items()
            if name in trial.configuration
        }
        result: dict[str, Any] = {"status": hyperopt.STATUS_OK, "loss": sign * trial.objective}
        if not trial.scored:
            result = {"status": hyperopt.STATUS_FAIL, "message": trial.message}
        noted = {
            name: getattr(trial, name)
            for name in ("configuration", "epochs", "seconds", "status", "seed", "message", "curve")
        }
        documents.append(
            {
                "state": hyperopt.JOB_STATE_DONE,
                "tid": place,
                "spec": None,
                "result": result,
                "misc": {
                    "tid": place,
                    "cmd": ("domain_attachment", "FMinIter_Domain"),
                    "workdir": None,
                    "idxs": {name: [place] if name in values else [] for name in trials.space},
                    "vals": {name: values.get(name, []) for name in trials.space},
                    "tuningkit": noted,
                },
                "exp_key": None,
                "owner": None,
                "version": 0,
                "book_time": start,
                "refresh_time": start + timedelta(seconds=trial.seconds),
            }
        )
    made.insert_trial_docs(documents)
    made.refresh()
    return made


def _coordinate(dimension: Any, value: Any) -> Any:
    """A value as Hyperopt notes it: choices by their place, whole numbers of a logarithmic range as floats."""
    if isinstance(dimension, Choice):
        return list(dimension.values).index(value)
    return float(value)


def _is_ours(space: Any) -> bool:
    return isinstance(space, Mapping) and all(
        isinstance(one, (*_OURS, list, tuple)) for one in space.values()
    )


def _flat(configuration: Any, ours: Mapping[str, Any]) -> dict[str, Any]:
    """One level of names: what hangs on a choice stands beside it."""
    if not isinstance(configuration, Mapping):
        return {"value": configuration}
    flat: dict[str, Any] = {}
    for name, value in configuration.items():
        if isinstance(value, Mapping):
            inner = _flat(value, {})
            # {"optimizer": {"optimizer": "sgd", "momentum": 0.9}}: the choice itself, and what it brought along.
            for key, one in inner.items():
                taken = key != name and (key in flat or key in configuration)
                flat[f"{name} {key}" if taken else key] = one
        else:
            flat[name] = int(value) if isinstance(ours.get(name), Integer) else value
    return flat


def _seconds(document: Mapping[str, Any]) -> float:
    begin, end = document.get("book_time"), document.get("refresh_time")
    return (end - begin).total_seconds() if begin and end else 0.0
