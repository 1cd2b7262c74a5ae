"""What a training curve shows, in one word and one sentence of advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal[
    "diverged",
    "not learning",
    "underfitting",
    "overfitting",
    "plateau",
    "noisy",
    "healthy",
    "too short",
]

# Thresholds, all relative, so that they do not depend on the unit of the loss. They are stated in diagnose().
SHORTEST = 3
EXPLODED = 3.0
LEARNED = 0.05
OVERFIT_RISE = 0.10
OVERFIT_GAP = 0.10
OVERFIT_STANDING = 0.05
NOISE = 0.15
FLAT = 0.02
STILL_FALLING = 0.05
STILL_FALLING_SHARE = 0.10
UNDERFIT_SHARE = 0.25


@dataclass(frozen=True)
class Diagnosis:
    """A named finding about a run.

    Attributes:
        kind: What the curves show.
        since_epoch: First epoch (counted from 1) from which it shows, or None if it concerns the whole run.
        advice: What to try next, one sentence.
        evidence: The numbers it rests on, one sentence.
    """

    kind: Kind
    since_epoch: int | None
    advice: str
    evidence: str

    def __str__(self) -> str:
        since = f" since epoch {self.since_epoch}" if self.since_epoch is not None else ""
        return f"{self.kind.capitalize()}{since}. {self.evidence} {self.advice}"

    def _repr_html_(self) -> str:
        since = f" since epoch {self.since_epoch}" if self.since_epoch is not None else ""
        return f"<p><strong>{self.kind.capitalize()}{since}.</strong> {self.evidence} {self.advice}</p>"


def diagnose(history: Mapping[str, np.ndarray], *, baseline: float | None = None) -> Diagnosis:
    """Say what the curves of one run show.

    The rules are tried in this order; the first that holds is the diagnosis. "Smoothed" is the running median
    of three epochs. The reference is the baseline, the loss of always predicting the same thing; without one
    (None, or 0) it is the training loss of the first epoch.

    1. *too short*: fewer than 3 epochs.
    2. *diverged*: a loss that is not finite, or the last smoothed training loss above 3 times the reference.
       It counts from the epoch since which that has been so.
    3. *not learning*: the best smoothed training loss is less than 5 % below the reference.
    4. *overfitting*: the smoothed validation loss has risen at least 10 % above its minimum by the last
       epoch and stood at least 5 % above it throughout the last fifth of the run, while the training loss has
       gone on falling and ends at least 10 % below the validation loss. It counts from the epoch of the
       minimum.
    5. *noisy*: over the second half of the run the validation loss turns at every second epoch or more, and
       its median jump between neighbouring epochs exceeds 15 % of its median.
    6. *underfitting*: both smoothed losses end above a quarter of the reference, the validation loss no more
       than 10 % above the training loss. A training loss alone does not show it: it is measured with dropout
       on, and perhaps on mislabelled rows, so it can be high while the validation loss is fine.
    7. *plateau*: over the last third of the run neither smoothed loss spans more than 2 % of its value. It
       counts from the first epoch after which validation stays within 2 % of the end.
    8. *healthy*: none of these.

    For the advice, a loss is still falling if over the last fifth of the run its smoothed curve fell by more
    than 5 % of its value, or by more than a tenth of its whole fall.

    Args:
        history: Arrays of shape (epochs,) under ``loss`` and, if there is validation data, ``val_loss``: data
            losses, without the L1/L2 penalty. Without ``val_loss`` the training loss is judged alone.
        baseline: Loss of a constant prediction (for C balanced classes, ln C). None leaves it out.

    Returns:
        The diagnosis, with advice.

    Raises:
        ValueError: If ``loss`` is missing or empty.

    Example:
        >>> diagnose({"loss": falling, "val_loss": falling_then_rising}).kind
        'overfitting'

    Reference:
        Goodfellow, Bengio & Courville (2016), Deep Learning, sections 5.2 and 11.4,
        https://www.deeplearningbook.org
    """
    if "loss" not in history or len(history["loss"]) == 0:
        raise ValueError(f"history must hold 'loss' with at least one epoch. Received: {sorted(history)}")
    train = np.asarray(history["loss"], float)
    validation = np.asarray(history.get("val_loss", train), float)
    for rule in (_too_short, _diverged, _not_learning, _overfitting, _noisy, _underfitting, _plateau):
        found = rule(train, validation, baseline)
        if found is not None:
            return found
    best = int(np.argmin(validation))
    words = (
        "Training and validation loss fell together" if "val_loss" in history else "The training loss fell"
    )
    which = "validation" if "val_loss" in history else "training"
    return Diagnosis(
        "healthy",
        None,
        "It was still improving: train longer to see where it stops."
        if _still_falling(validation)
        else "Keep this run as the one to beat, and change one thing at a time.",
        f"{words}; best {which} loss {validation[best]:.3g} at epoch {best + 1}.",
    )


def _too_short(train, validation, baseline) -> Diagnosis | None:
    bad = ~(np.isfinite(train) & np.isfinite(validation))
    if len(train) >= SHORTEST or bad.any():
        return None
    return Diagnosis(
        "too short",
        None,
        "Train for at least 3 epochs before judging.",
        f"Only {len(train)} epoch{'s' if len(train) > 1 else ''} so far.",
    )


def _diverged(train, validation, baseline) -> Diagnosis | None:
    advice = "Lower the learning rate, by a factor of 10 to begin with."
    bad = ~(np.isfinite(train) & np.isfinite(validation))
    if bad.any():
        epoch = int(np.argmax(bad)) + 1
        return Diagnosis("diverged", epoch, advice, f"The loss left the range of numbers in epoch {epoch}.")
    reference = _reference(train, baseline)
    fine = _smooth(train) <= EXPLODED * reference
    if fine[-1] or reference <= 0:
        return None
    return Diagnosis(
        "diverged",
        int(np.flatnonzero(fine)[-1]) + 2 if fine.any() else 1,
        advice,
        f"The training loss stands at {train[-1]:.3g}; {_words(baseline)} {reference:.3g}.",
    )


def _reference(train: np.ndarray, baseline: float | None) -> float:
    # A baseline of 0 (targets that never vary) gives no scale to judge by.
    return float(baseline or train[0])


def _words(baseline: float | None) -> str:
    return "always predicting the same gives" if baseline else "it began at"


def _not_learning(train, validation, baseline) -> Diagnosis | None:
    best, reference = float(_smooth(train).min()), _reference(train, baseline)
    if best <= (1 - LEARNED) * reference:
        return None
    return Diagnosis(
        "not learning",
        None,
        "Try a learning rate ten times smaller and one ten times larger, with less regularisation.",
        f"The training loss got no better than {best:.3g}; {_words(baseline)} {reference:.3g}.",
    )


def _overfitting(train, validation, baseline) -> Diagnosis | None:
    smooth_train, smooth = _smooth(train), _smooth(validation)
    lowest = int(np.argmin(smooth))
    risen = smooth[-1] > (1 + OVERFIT_RISE) * smooth[lowest]
    # A curve that only jumps about has a minimum far below its end, too, but it comes back to it.
    last_fifth = smooth[-max(1, len(smooth) // 5) :]
    stands = last_fifth.min() > (1 + OVERFIT_STANDING) * smooth[lowest]
    fell_on = smooth_train[-1] < smooth_train[lowest]
    gap = smooth_train[-1] < (1 - OVERFIT_GAP) * smooth[-1]
    if not (risen and stands and fell_on and gap and lowest < len(train) - 1):
        return None
    return Diagnosis(
        "overfitting",
        lowest + 1,
        "Add dropout or L2, gather more data, or stop training at the minimum.",
        f"The validation loss rose from {smooth[lowest]:.3g} to {smooth[-1]:.3g} while the training loss fell on.",
    )


def _noisy(train, validation, baseline) -> Diagnosis | None:
    half = validation[len(validation) // 2 :]
    if len(half) < SHORTEST:
        return None
    jumps = np.abs(np.diff(half))
    turns = np.mean(np.diff(half)[1:] * np.diff(half)[:-1] < 0)
    level = float(np.median(half))
    if level <= 0 or np.median(jumps) <= NOISE * level or turns < 0.5:
        return None
    return Diagnosis(
        "noisy",
        len(validation) // 2 + 1,
        "Lower the learning rate or use larger batches.",
        f"From epoch to epoch the validation loss jumps by {100 * np.median(jumps) / level:.0f} % of its value.",
    )


def _underfitting(train, validation, baseline) -> Diagnosis | None:
    end, end_validation = _smooth(train)[-1], _smooth(validation)[-1]
    reference = _reference(train, baseline)
    together = end_validation <= (1 + OVERFIT_GAP) * end
    if not together or min(end, end_validation) <= UNDERFIT_SHARE * reference:
        return None
    falling = _still_falling(train)
    return Diagnosis(
        "underfitting",
        None,
        "Train longer or raise the learning rate."
        if falling
        else "Use less regularisation or a larger network.",
        f"The training loss is {'still falling' if falling else 'flat'} at {end:.3g}; "
        f"{_words(baseline)} {reference:.3g}.",
    )


def _still_falling(curve: np.ndarray) -> bool:
    smooth = _smooth(curve)
    fifth = max(1, len(curve) // 5)
    fall = smooth[-1 - fifth] - smooth[-1]
    # The second makes a slow but steady fall count, such as that of a learning rate far too small.
    return bool(
        fall > STILL_FALLING * abs(smooth[-1 - fifth])
        or fall > STILL_FALLING_SHARE * (smooth[0] - smooth[-1]) > 0
    )


def _plateau(train, validation, baseline) -> Diagnosis | None:
    smooth_train, smooth = _smooth(train), _smooth(validation)
    third = max(2, len(train) // 3)
    if len(train) < 2 * third:
        return None
    still = all(np.ptp(curve[-third:]) <= FLAT * abs(curve[-1]) for curve in (smooth_train, smooth))
    if not still:
        return None
    away = np.abs(smooth - smooth[-1]) > FLAT * abs(smooth[-1])
    since = int(np.flatnonzero(away)[-1]) + 2 if away.any() else 1
    return Diagnosis(
        "plateau",
        since,
        "Let the learning rate decay, or change the network: more of the same training will not help.",
        f"Neither loss has moved by more than {100 * FLAT:.0f} % over the last {third} epochs.",
    )


def _smooth(curve: np.ndarray) -> np.ndarray:
    """Running median of three; the ends look at two."""
    if len(curve) < 3:
        return curve
    padded = np.concatenate([curve[:1], curve, curve[-1:]])
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
