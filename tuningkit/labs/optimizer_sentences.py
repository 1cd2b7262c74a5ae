"""What an OptimizerLab says in words: the state, the limits of stability, how each path ended."""

from __future__ import annotations

import html

from tuningkit.labs.optimizer_session import OptimizerSnapshot
from tuningkit.optimizers.path_record import Path, Paths
from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS
from tuningkit.optimizers.stability import rate_limit
from tuningkit.training.hyperparameters import format_value

_FORMULAS = {"sgd": "2/λ", "momentum": "2(1+β)/λ", "nesterov": "2(1+β)/((1+2β)λ)"}


def status_html(snapshot: OptimizerSnapshot) -> str:
    """The line above the pictures."""
    if snapshot.error is not None:
        words, trace = snapshot.error
        return (
            f"<div role='alert'><b>✗ {html.escape(words)}</b><br>The paths before it stay. Change the surface or a "
            "setting to try again.<details><summary>Details for a bug report</summary><pre style='white-space:"
            f"pre-wrap;max-height:220px;overflow:auto'>{html.escape(trace)}</pre></details></div>"
        )
    if snapshot.status == "waiting":
        return "<div>Waiting: another lab is training. The paths follow when that one pauses or ends.</div>"
    if snapshot.paths is None:
        return "<div>Working out the first paths …</div>"
    if not len(snapshot.paths):
        return "<div>Tick at least one optimiser.</div>"
    settings = snapshot.paths.settings
    rate = "each at its own best learning rate" if snapshot.own_rates else _rate_words(settings.learning_rate)
    return f"<div><b>{html.escape(snapshot.paths.surface.title)}</b> · {settings.steps} steps · {rate}</div>"


def _rate_words(rate: object) -> str:
    return f"learning rate {format_value(rate)}" if isinstance(rate, float) else "a rate for each"


def limits_html(paths: Paths | None) -> str:
    """The largest stable learning rates on a quadratic surface, and on which side of them the paths are."""
    found = limits(paths) if paths is not None else []
    if not found:
        return ""
    curvature = paths.surface.largest_curvature(paths.settings.condition)
    parts = []
    for path, limit in found:
        side = "above: it leads away" if path.learning_rate > limit else "below: it converges"
        parts.append(
            f"{PATH_OPTIMIZERS[path.optimizer]} {_FORMULAS[path.optimizer]} = {format_value(limit)}; "
            f"its rate {format_value(path.learning_rate)} is {side}"
        )
    noisy = paths.surface.noise if paths.settings.noise is None else paths.settings.noise
    tail = " With noise, it converges to a cloud around the minimum." if noisy else ""
    return (
        f"<div><b>Limit of the learning rate</b> (largest curvature λ = {format_value(curvature)}): "
        f"{'. '.join(parts)}.{tail}</div>"
    )


def limits(paths: Paths) -> list[tuple[Path, float]]:
    """The paths that have a limit of stability on their surface, with it."""
    curvature = paths.surface.largest_curvature(paths.settings.condition)
    if curvature is None:
        return []
    momentum = 0.9 if paths.settings.momentum is None else paths.settings.momentum
    found = [(path, rate_limit(path.optimizer, curvature, momentum)) for path in paths]
    return [(path, limit) for path, limit in found if limit is not None]


def endings_html(snapshot: OptimizerSnapshot) -> str:
    """How each path ended."""
    if snapshot.paths is None:
        return ""
    items = []
    for path in snapshot.paths:
        rate = f" (rate {format_value(path.learning_rate)})" if snapshot.own_rates else ""
        words = html.escape(path.in_words())
        items.append(
            f"<li>{'<b>' if path.diverged_at else ''}{words}{'</b>' if path.diverged_at else ''}{rate}</li>"
        )
    return f"<ul style='margin:2px 0 2px 18px;padding:0'>{''.join(items)}</ul>" if items else ""


def sentence(snapshot: OptimizerSnapshot) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return snapshot.error[0]
    if snapshot.paths is None or not len(snapshot.paths):
        return "No path is drawn."
    return f"{snapshot.paths.surface.title}. " + " ".join(path.in_words() for path in snapshot.paths)
