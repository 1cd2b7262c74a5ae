"""What a TuningLab says in words: the state, the diagnosis, the sentence for a screen reader."""

from __future__ import annotations

import html

from tuningkit.labs.records import Record
from tuningkit.labs.snapshot import Snapshot

_STATES = {
    "building": "Building the network …",
    "waiting": "Waiting: another lab is training. This one begins when that one pauses or ends.",
    "training": "Training",
    "paused": "Paused",
    "finished": "Finished",
}


def status_html(snapshot: Snapshot, chosen: Record | None) -> str:
    """The line above the chart.

    Args:
        snapshot: The lab's state.
        chosen: The run in front.
    """
    start = "Press <b>Train</b>, or move a slider."
    if snapshot.status in ("idle", "building", "waiting") or (snapshot.error and snapshot.record is None):
        return state_html(snapshot.status, "", snapshot.error, start=start)
    whole = int(snapshot.position)
    text = f"run {snapshot.number} · epoch {whole} of {snapshot.epochs_planned}"
    if snapshot.partial:
        text += f", {100 * (snapshot.position - whole):.0f} % of the next"
    run = snapshot.record.run if snapshot.record else None
    if run is not None and run.diverged_at:
        text += f" · diverged in epoch {run.diverged_at}"
    if snapshot.seconds_left and snapshot.seconds_left > 2:
        text += f" · about {snapshot.seconds_left:.0f} s left"
    if chosen is not None and chosen is not snapshot.record:
        text += f" · <b>run {chosen.number} is shown</b>, as picked in the table"
    return state_html(snapshot.status, text, snapshot.error, start=start)


def state_html(
    status: str,
    text: str,
    error: tuple[str, str] | None,
    *,
    start: str,
    again: str = "Change a setting or press Train to try again.",
) -> str:
    """A lab's state in one line, or what went wrong with the traceback folded below.

    Args:
        status: A session's status.
        text: Where the training stands.
        error: The error in words, and its traceback.
        start: What to do when nothing has happened yet.
        again: What to do after an error.
    """
    if error is not None:
        words, trace = error
        return (
            f"<div role='alert'><b>✗ {html.escape(words)}</b><br>{html.escape(again)}"
            "<details><summary>Details for a bug report</summary><pre style='white-space:pre-wrap;"
            f"max-height:220px;overflow:auto'>{html.escape(trace)}</pre></details></div>"
        )
    if status == "idle":
        return f"<div>Ready. {start}</div>"
    if status in ("building", "waiting"):
        return f"<div>{_STATES[status]}</div>"
    return f"<div><b>{_STATES[status]}</b> · {text}</div>"


def sentence(snapshot: Snapshot, chosen: Record | None, metric: str) -> str:
    """The state in one sentence, for a screen reader.

    Args:
        snapshot: The lab's state.
        chosen: The run in front.
        metric: Name of the second panel's metric.
    """
    if snapshot.error is not None:
        return f"Training stopped: {snapshot.error[0]}"
    if chosen is None:
        return "No epoch is trained yet."
    run = chosen.run
    status = snapshot.status if chosen is snapshot.record else "an earlier run"
    if run.diverged_at:
        return f"Run {chosen.number}, {status}: diverged in epoch {run.diverged_at}."
    said = (
        f"Run {chosen.number}, {status}, epoch {run.epochs}: training loss {run.history['loss'][-1]:.3g}, "
        f"validation loss {run.history['val_loss'][-1]:.3g}"
    )
    if metric != "loss":
        value = run.history[f"val_{metric}"][-1]
        shown = f"{100 * value:.1f} percent" if metric == "accuracy" else f"{value:.3g}"
        said += f", validation {metric.replace('_', ' ')} {shown}"
    return said + "."


def diagnosis_html(record: Record | None) -> str:
    """The diagnosis below the chart."""
    if record is None:
        return ""
    found = record.run.diagnosis
    since = f" since epoch {found.since_epoch}" if found.since_epoch is not None else ""
    return (
        f"<div><b>Run {record.number}: {found.kind}{since}.</b> "
        f"{html.escape(found.evidence)} <i>{html.escape(found.advice)}</i></div>"
    )
