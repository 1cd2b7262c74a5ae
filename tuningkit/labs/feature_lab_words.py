"""What a FeatureLab says: sizes and counts in words and numbers, the state, the network's answer."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.feature_lab_plan import Plan, Window
from tuningkit.labs.feature_lab_session import Experiment, FeatureSnapshot
from tuningkit.labs.sentences import state_html

if TYPE_CHECKING:
    from tuningkit.labs.feature_lab_network import FeatureMaps


def size_words(plan: Plan) -> list[str]:
    """The rule for the size of the output with its numbers, and what the window misses; a sentence each."""
    rows, columns = plan.rows, plan.columns
    lines = [
        "Size of a feature map along one side: floor((n + 2p - k) / s) + 1, with n pixels, 2p zeros added at both "
        f"ends together, a kernel of k pixels and stride s. Here: {_both_sides(rows, columns)}."
    ]
    zeros = rows.before + rows.after
    if zeros:
        lines.append(
            f"Zeros added along each side: {zeros}, of which {rows.before} before the first pixel and {rows.after} "
            "after the last."
        )
    if plan.pool_rows is not None and plan.pool_columns is not None:
        lines.append(
            f"Pooling follows the same rule, with k = s = {plan.pool_rows.size} and no zeros: "
            f"{_both_sides(plan.pool_rows, plan.pool_columns)}."
        )
    if rows.step > rows.size:
        lines.append(
            f"The stride is larger than the kernel, so {rows.step - rows.size} of every {rows.step} rows and columns "
            "of pixels are skipped."
        )
    for way, what in ((rows, "of the image"), (plan.pool_rows, "of each map")):
        missed = unseen(way) if way is not None else 0
        if missed:
            last = "row and column" if missed == 1 else f"{missed} rows and columns"
            lines.append(f"The last {last} {what} are never under the window.")
    return lines


def unseen(way: Window) -> int:
    """Pixels at the end that no place of the window reaches."""
    end = (way.places - 1) * way.step + way.size - way.before
    return max(0, way.length - end)


def _both_sides(rows: Window, columns: Window) -> str:
    if rows.in_numbers() == columns.in_numbers():
        return rows.in_numbers()
    return f"rows {rows.in_numbers()}, columns {columns.in_numbers()}"


def count_words(plan: Plan) -> str:
    """What the convolution learns, beside a dense layer that gives as many outputs."""
    conv = plan.layers[0]
    rows, columns, _ = conv.shape
    times = conv.dense / conv.parameters if conv.dense else 1.0
    return (
        f"The convolution learns (k · k · channels + 1) · filters = {conv.counting} = {_numbers(conv.parameters)}: "
        f"a weight per pixel of the window and one bias, for each filter, the same at all {rows * columns:,} places. "
        f"A dense layer with as many outputs learns (inputs + 1) · outputs = {conv.dense_counting} = "
        f"{_numbers(conv.dense or 0)}, {_times(times)}."
    )


def _times(ratio: float) -> str:
    if ratio == 1:
        return "just as many"
    return f"{ratio:,.0f} times as many" if ratio >= 100 else f"{ratio:.3g} times as many"


def _numbers(count: int) -> str:
    return f"{count:,} numbers"


def plan_html(plan: Plan) -> str:
    """Sizes and counts, layer by layer."""
    cell = "padding:1px 14px 1px 0;text-align:{0};vertical-align:top"
    left, right = cell.format("left"), cell.format("right")
    heads = (
        ("layer", left),
        ("output shape", left),
        ("outputs", right),
        ("parameters", right),
        ("dense layer with as many outputs", f"{right};max-width:12em"),
    )
    lines = [
        "<tr>" + "".join(f"<th scope='col' style='{style}'>{name}</th>" for name, style in heads) + "</tr>"
    ]
    for layer in plan.layers:
        dense = "" if layer.dense is None else f"{layer.dense:,}"
        values = (
            "(" + ", ".join(map(str, layer.shape)) + ")",
            f"{layer.outputs:,}",
            f"{layer.parameters:,}",
            dense,
        )
        styles = (left, right, right, right)
        name = f"<b>{layer.name}</b>: {html.escape(layer.words)}"
        row = f"<th scope='row' style='{left};font-weight:400;white-space:nowrap'>{name}</th>"
        row += "".join(
            f"<td style='{style}'>{value}</td>" for value, style in zip(values, styles, strict=True)
        )
        lines.append(f"<tr>{row}</tr>")
    lines.append(
        f"<tr><th scope='row' style='{left}'>in all</th><td></td><td></td>"
        f"<td style='{right}'><b>{plan.parameters:,}</b></td><td></td></tr>"
    )
    table = (
        f"<div style='overflow-x:auto'><table style='border-collapse:collapse'>{''.join(lines)}</table></div>"
    )
    sizes = " ".join(html.escape(line) for line in size_words(plan))
    # A formula that breaks in the middle is hard to read.
    sizes = re.sub(r"floor\(\(\d.*?= -?\d+", "<span style='white-space:nowrap'>\\g<0></span>", sizes)
    return f"<div>{table}<div>{html.escape(count_words(plan))}</div><div>{sizes}</div></div>"


def image_words(place: int, label: str) -> str:
    """The image in words."""
    return (
        f"validation image {place}, a {label!r}"
        if not label.isdigit()
        else f"validation image {place}, a {label}"
    )


def answer_words(maps: FeatureMaps | None, names: tuple[str, ...], experiment: Experiment) -> str:
    """What the network says about the image."""
    if maps is None:
        return "The network is being built."
    when = f"After {_epochs(experiment.epochs)}" if experiment.epochs else "Before training"
    if not np.isfinite(maps.shares).all():
        return f"{when}, the network has no answer: its weights are no numbers any more."
    said, right = names[maps.answer], maps.answer == maps.label
    verdict = "which is right" if right else f"but it is {names[maps.label]}"
    return f"{when}, the network says {said} with {maps.shares[maps.answer]:.0%}, {verdict}."


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def result_words(experiment: Experiment) -> str:
    """What became of the training."""
    run = experiment.run
    if run is None:
        return "no epoch is trained yet"
    if run.diverged_at:
        return f"diverged in epoch {run.diverged_at}"
    share = float(run.history["val_accuracy"][-1])
    return f"{share:.1%} of the validation images right after {_epochs(run.epochs)}"


def sentence(snapshot: FeatureSnapshot) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return f"Training stopped: {snapshot.error[0]}"
    status = snapshot.status if snapshot.shown is snapshot.present else "an earlier run"
    return f"Run {snapshot.shown.number}, {status}: {result_words(snapshot.shown)}."


def status_html(snapshot: FeatureSnapshot) -> str:
    """The line above the pictures."""
    present = snapshot.present
    words = html.escape(present.settings.in_words())
    text = (
        f"run {present.number} · epoch {present.epochs} of {max(snapshot.planned, present.epochs)} · {words}"
    )
    if present.epochs:
        text += f" · {result_words(present)}"
    if snapshot.shown is not present:
        text += f" · <b>run {snapshot.shown.number} is shown</b>, as picked in the table"
    start = f"This is the network before its first step: {words}. Press <b>Train</b>."
    return state_html(snapshot.status, text, snapshot.error, start=start)
