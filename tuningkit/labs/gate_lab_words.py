"""What a GateLab says in words: what is opened or closed, for one image and for all of them."""

from __future__ import annotations

import html

import numpy as np

from tuningkit.labs.gate_lab_data import Naming
from tuningkit.labs.gate_lab_session import Experiment, GateSnapshot, Look
from tuningkit.labs.gate_lab_settings import EXITS, HIGHWAY, GateSettings
from tuningkit.labs.sentences import state_html
from tuningkit.models.exit_policy import exits_taken

BUILDING = "The network is being built."
#: Gates that differ by less from their mean are called alike.
_ALIKE = 0.02


def findings(experiment: Experiment, settings: GateSettings, naming: Naming) -> str:
    """What the adaptive units do with the image in front and with all validation images.

    Args:
        experiment: The network in front.
        settings: What is looked at.
        naming: What rows and classes are called.
    """
    look = experiment.look
    if look is None:
        return BUILDING
    kind = experiment.settings.kind
    said = {HIGHWAY: _highway, EXITS: _exits}.get(kind, _squeeze)(look, settings, naming)
    when = "Before training" if not look.epoch else f"After epoch {look.epoch}"
    return f"{when}: {said}"


def answer(look: Look, settings: GateSettings, naming: Naming) -> str:
    """What the network says of the image in front, exit by exit if there are several."""
    reading, image = look.reading, place(look, settings)
    shown = [
        f"{naming.classes[reading.predicted[e, image]]} with {_probability(reading.confidence[e, image])}"
        for e in range(len(reading.probabilities))
    ]
    if look.costs is None:
        return f"The network says {shown[0]}."
    number = taken(look, settings)
    steps = ", ".join(f"exit {e}: {words}" for e, words in enumerate(shown[:number], start=1))
    end = (
        "the last, so it leaves here"
        if number == len(shown)
        else f"at least {settings.threshold:g}, it leaves here"
    )
    return f"The network says: {steps} ({end})."


def taken(look: Look, settings: GateSettings) -> int:
    """The exit that the row in front leaves by, from 1; 1 for a network with one answer."""
    of_row = look.reading.probabilities[:, [place(look, settings)]]
    return int(exits_taken(of_row, settings.threshold)[0])


def place(look: Look, settings: GateSettings) -> int:
    """Where the image in front stands among the rows looked at."""
    return min(settings.image, len(look.labels) - 1)


def _squeeze(look: Look, settings: GateSettings, naming: Naming) -> str:
    image = place(look, settings)
    of_class = look.labels == look.labels[image]
    lines = []
    for block, gate in enumerate(look.reading.gates, start=1):
        mine, every, alike = gate[image], gate.mean(axis=0), gate[of_class].mean(axis=0)
        channel = int(np.abs(mine - every).argmax())
        said = f"block {block} opens its channels from {mine.min():.2f} to {mine.max():.2f}, "
        if abs(mine[channel] - every[channel]) < _ALIKE:
            lines.append(f"{said}none more than {_ALIKE} from its mean over all {naming.row}s")
            continue
        word = "more" if mine[channel] > every[channel] else "less"
        lines.append(
            f"{said}channel {channel + 1} {word} than usual: {mine[channel]:.2f}; mean of its class "
            f"{alike[channel]:.2f}, of all {every[channel]:.2f}"
        )
    return f"for this {naming.row}, {'. '.join(lines).replace('. block', '. Block')}."


def _highway(look: Look, settings: GateSettings, naming: Naming) -> str:
    shares, image = look.reading.open_share(), place(look, settings)
    every = shares.mean(axis=1)
    layer = min(settings.layer, len(every))
    gates = look.reading.gates[layer - 1][image]
    return (
        f"on average the gates take {every.mean():.0%} of each value from the new and carry "
        f"{1 - every.mean():.0%} on (the carry share). Layer {every.argmax() + 1} is the most open "
        f"({every.max():.0%}), layer {every.argmin() + 1} the most closed ({every.min():.0%}). For this "
        f"{naming.row} layer {layer} is open by {shares[layer - 1, image]:.0%}; {int((gates > 0.5).sum())} of its "
        f"{len(gates)} units are more than half open."
    )


def _exits(look: Look, settings: GateSettings, naming: Naming) -> str:
    present, last = look.at([settings.threshold]), look.at([2.0])
    shares = [f"{share:.0%} at exit {e}" for e, share in enumerate(present.shares[0], start=1)]
    shares[0] = shares[0].replace("at", f"of the validation {naming.row}s leave at")
    lost = 100 * (last.accuracy[0] - present.accuracy[0])
    change = (
        "nothing is lost"
        if abs(lost) < 0.05
        else f"{abs(lost):.1f} points {'lost' if lost > 0 else 'gained'}"
    )
    alone = (look.reading.predicted == look.labels).mean(axis=1)
    each = ", ".join(f"exit {e} {share:.1%}" for e, share in enumerate(alone, start=1))
    saved = 1 - present.computation[0]
    cost = (
        f"{saved:.0%} of the computation is saved"
        if saved >= 0
        else f"{-saved:.0%} more computation than without early exits, which were asked in vain"
    )
    return (
        f"{', '.join(shares)}. {present.accuracy[0]:.1%} are right, {last.accuracy[0]:.1%} if "
        f"all go to the last exit: {change}; {cost}. Each exit alone, for every {naming.row}: {each} right."
    )


def cost_words(look: Look, settings: GateSettings, naming: Naming) -> str:
    """How the computation is counted, with the numbers of this network; empty without early exits."""
    costs = look.costs
    if costs is None:
        return ""
    shares = look.at([settings.threshold]).shares[0]
    counted = "; ".join(costs.formula(e) for e in range(1, len(costs.through) + 1))
    mean = float(shares @ np.array(costs.through))
    terms = " + ".join(f"{share:.3f} x {cost:,}" for share, cost in zip(shares, costs.through, strict=True))
    whole = " + ".join(f"{n} x {m}" for layers in costs.layers for n, m in layers)
    inputs, outputs = costs.heads[-1]
    return (
        f"Multiply-accumulates for one {naming.row}: {counted}. Mean at this threshold: {terms} = {mean:,.0f}. With "
        f"the last exit only: {whole} + {inputs} x {outputs} = {costs.without_early_exits:,}. The {naming.row} "
        "leaves at the first exit whose largest probability reaches the threshold; BranchyNet asks for a low "
        "entropy instead, to the same end."
    )


def result(experiment: Experiment, naming: Naming) -> str:
    """What the network has learned so far."""
    if experiment.diverged_at:
        return f"diverged in epoch {experiment.diverged_at}"
    if not experiment.epochs:
        return "no epoch is trained yet"
    epochs = f"{experiment.epochs} epochs" if experiment.epochs > 1 else "1 epoch"
    share = f"{experiment.history['val_accuracy'][-1]:.1%} of the validation {naming.row}s"
    # A trainer sees one output of a network with several exits: the mean of their log-probabilities.
    joint = " by the exits' mean answer" if experiment.settings.kind == EXITS else ""
    return f"{share} right{joint} after {epochs}"


def sentence(snapshot: GateSnapshot, naming: Naming) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return f"Training stopped: {snapshot.error[0]}"
    return f"Network {snapshot.present.number}, {snapshot.status}: {result(snapshot.present, naming)}."


def status_html(snapshot: GateSnapshot) -> str:
    """The line above the picture."""
    present, words = snapshot.present, html.escape(snapshot.present.settings.in_words())
    text = f"network {present.number} · epoch {present.epochs} of {snapshot.settings.epochs} · {words}"
    if present.diverged_at:
        text += f" · diverged in epoch {present.diverged_at}: try a lower learning rate"
    start = f"This is the network before its first step: {words}. Press <b>Train</b>."
    return state_html(snapshot.status, text, snapshot.error, start=start)


def _probability(value: float) -> str:
    return "more than 0.999" if value > 0.999 else f"{value:.3f}"
