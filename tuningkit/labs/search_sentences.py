"""What a SearchLab says in words: the state, the race in a table, the edges, the sentence for a screen reader."""

from __future__ import annotations

import html
import math

from tuningkit.labs.search_points import LOOKS_OF
from tuningkit.labs.search_snapshot import SearchSnapshot
from tuningkit.labs.sentences import state_html
from tuningkit.search.boundary import boundary_warnings
from tuningkit.search.race import METHOD_LABELS
from tuningkit.search.race_records import Look
from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

START = "Press <b>Play</b> or <b>Step</b>."
#: A space and a hyphen at which no line is broken: "L2 1e-6" stays in one piece.
_FIXED, _HYPHEN = "\u00a0", "\u2011"
_CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top"


def label(name: str) -> str:
    """A hyperparameter's name in words."""
    return HYPERPARAMETERS[name].label if name in HYPERPARAMETERS else name


def status_html(snapshot: SearchSnapshot) -> str:
    """The line above the map."""
    scape, status = snapshot.landscape, snapshot.status
    left = f" · about {snapshot.seconds_left:.0f} s left" if (snapshot.seconds_left or 0) > 2 else ""
    done, total = snapshot.progress
    if snapshot.error is not None or status == "waiting":
        return state_html(status, "", snapshot.error, start=START)
    if scape is None:
        if status == "building":
            return "<div>Building the networks of the landscape …</div>"
        if status == "training":
            return f"<div><b>Training the landscape</b> · epoch {done} of {total}{left}</div>"
        return f"<div>Ready. {START} The landscape is trained first, once; it is kept for next time.</div>"
    cells = f"{scape.shape[0]} × {scape.shape[1]} real trainings of {scape.epochs} epochs"  # noqa: RUF001
    if status == "seeds":
        return f"<div><b>Racing with other seeds</b> · seed {done} of {total}{left}</div>"
    words = {"racing": "Racing", "paused": "Paused", "finished": "Finished: every budget is spent"}.get(
        status
    )
    if words is None:
        note = f" {html.escape(scape.note)}" if scape.note else ""
        return f"<div>Ready: a landscape of {cells}. {START}{note}</div>"
    spent = max((looks[-1].spent for looks in snapshot.looks.values() if looks), default=0)
    return f"<div><b>{words}</b> · {spent} of {snapshot.budget} epochs spent by each method</div>"


def table_html(snapshot: SearchSnapshot) -> str:
    """What each method has found, and what it will do next and why."""
    if snapshot.landscape is None or not snapshot.settings.methods:
        return "" if snapshot.settings.methods else "<div>Tick at least one method.</div>"
    measure = snapshot.landscape.objective.replace("val_", "validation ").replace("_", " ")
    rows = []
    for name in snapshot.settings.methods:
        looks = snapshot.looks.get(name, ())
        best = _best(snapshot, looks)
        proposal = snapshot.coming.get(name)
        if proposal is not None:
            coming = f"<b>{_number(proposal.number)}:</b> {html.escape(proposal.reason)}"
        else:
            coming = "budget spent" if looks else ""
        found = "" if best is None else f"{best.objective:.3g}"
        where = "" if best is None else f" ({_where(snapshot, best)})"
        cells = [f"{LOOKS_OF[name][2]} {METHOD_LABELS[name]}", f"<b>{found}</b>{where}", _last(looks), coming]
        rows.append("<tr>" + "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells) + "</tr>")
    heads = ["method", f"best {measure}", "last look", "next look, and why"]
    head = "".join(f"<th scope='col' style='{_CELL}'>{text}</th>" for text in heads)
    return f"<table style='border-collapse:collapse;line-height:1.4'><tr>{head}</tr>{''.join(rows)}</table>"


def closing_html(snapshot: SearchSnapshot) -> str:
    """Below everything: edges of the search space, repeats, how the answers are found."""
    if snapshot.landscape is None or snapshot.race is None:
        return ""
    lines = []
    if any(snapshot.looks.values()):
        for name, trials in snapshot.race.trials.items():
            if name not in snapshot.settings.methods:
                continue
            lines += [
                f"<b>{METHOD_LABELS[name]}:</b> {html.escape(str(one))}" for one in boundary_warnings(trials)
            ]
        lines += _repeats(snapshot)
    lines.append(
        "A proposal is answered by the cell it falls into: the network nearest to it that was really trained. "
        "A look costs the epochs that training would take."
    )
    if snapshot.settings.irrelevant:
        lines.append(
            "The third hyperparameter changes nothing, but the methods do not know that. The map shows every "
            "point without it."
        )
    return "".join(f"<div>{line}</div>" for line in lines)


def sentence(snapshot: SearchSnapshot, front: str) -> str:
    """The latest reason in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return f"The search stopped: {snapshot.error[0]}"
    looks = snapshot.looks.get(front, ())
    proposal = snapshot.coming.get(front)
    said = []
    if looks:
        said.append(f"{METHOD_LABELS[front]} look {looks[-1].proposal.number}: {_found(looks[-1])}.")
    if proposal is not None:
        said.append(f"Next: {proposal.reason}.")
    elif looks:
        said.append("Its budget is spent.")
    return " ".join(said)


def _repeats(snapshot: SearchSnapshot) -> list[str]:
    lines = []
    for name in snapshot.settings.methods:
        looks = [look for look in snapshot.looks.get(name, ()) if look.proposal.begun == 0]
        seen = {look.cell for look in looks}
        columns = {look.cell[0] for look in looks}
        again = len(looks) - len(seen)
        if again and snapshot.settings.irrelevant:
            x, _ = snapshot.landscape.names
            lines.append(
                f"<b>{METHOD_LABELS[name]}:</b> {again} of {len(looks)} configurations repeat a cell already "
                f"trained; {len(columns)} different values of {label(x)} tried."
            )
    return lines


def _best(snapshot: SearchSnapshot, looks: tuple[Look, ...]) -> Look | None:
    finite = [look for look in looks if math.isfinite(look.objective)]
    if not finite:
        return None
    pick = max if snapshot.landscape.direction == "max" else min
    return pick(finite, key=lambda look: look.objective)


def _where(snapshot: SearchSnapshot, look: Look) -> str:
    found = snapshot.landscape.configuration(look.cell)
    return ", ".join(
        f"{label(name)} {format_value(value)}".replace(" ", _FIXED).replace("-", _HYPHEN)
        for name, value in found.items()
    )


def _last(looks: tuple[Look, ...]) -> str:
    return f"<b>{_number(looks[-1].proposal.number)}:</b> {_found(looks[-1])}" if looks else ""


def _found(look: Look) -> str:
    if look.diverged_at:
        return f"diverged in epoch {look.diverged_at}"
    text = f"{look.objective:.3g} after {look.proposal.until} epochs"
    return text + (f", the same cell as {_number(look.repeats)}" if look.repeats else "")


def _number(number: int) -> str:
    return f"#{number}"
