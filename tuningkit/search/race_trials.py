"""A method's looks as a table of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuningkit.search.trials import Trial, Trials

if TYPE_CHECKING:
    from tuningkit.search.race import Race
    from tuningkit.search.race_records import Look

_LIBRARIES = {"bayesian": "scikit-learn", "tpe": "Hyperopt"}


def looks_as_trials(race: Race, name: str) -> Trials:
    """All looks at one configuration are one trial.

    Args:
        race: The race.
        name: The method.
    """
    by_number: dict[int, list[Look]] = {}
    for look in race.looks[name]:
        by_number.setdefault(look.proposal.number, []).append(look)
    scape = race.landscape
    trials = tuple(_trial(race, number, looks) for number, looks in sorted(by_number.items()))
    stopped = [trial for trial in trials if trial.status == "stopped early"]
    return Trials(
        trials=trials,
        objective=scape.objective,
        direction=scape.direction,
        method=name,
        library=_LIBRARIES.get(name, "tuningkit"),
        space={key: list(values) for key, values in scape.values.items()},
        epochs_saved=float(sum(scape.epochs - trial.epochs for trial in stopped)),
        note="Answered by the nearest cell of a landscape of real trainings; no time was spent on training.",
    )


def _trial(race: Race, number: int, looks: list[Look]) -> Trial:
    scape, last = race.landscape, looks[-1]
    configuration: dict[str, float] = dict(scape.configuration(last.cell))
    if len(last.proposal.point) > 2:
        from tuningkit.search.race import IRRELEVANT

        configuration[IRRELEVANT] = round(last.proposal.point[2], 3)
    spent = sum(look.cost for look in looks)
    if last.diverged_at:
        status = "diverged"
    else:
        status = "finished" if last.proposal.until >= scape.epochs else "stopped early"
    repeats = looks[0].repeats
    return Trial(
        number=number,
        configuration=configuration,
        objective=last.objective,
        epochs=float(spent),
        status=status,
        seed=scape.seeds[0],
        message=f"the same cell as trial {repeats}" if repeats else "",
        curve=tuple(scape.curves[last.cell][:spent]),
        details={"reason": looks[-1].proposal.reason, "cell": last.cell},
    )
