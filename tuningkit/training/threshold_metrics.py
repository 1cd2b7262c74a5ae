"""How good yes and no are at a threshold: counts, curves over all thresholds, and what mistakes cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: Groups of the reliability diagram.
GROUPS = 8


@dataclass(frozen=True)
class Scores:
    """True answers and the scores a model gave, checked.

    Attributes:
        truth: Shape (rows,), True for a positive row.
        score: Shape (rows,), the probability of "positive" that the model gave, 0 to 1.
    """

    truth: np.ndarray
    score: np.ndarray


@dataclass(frozen=True)
class Numbers:
    """Everything that holds at one threshold.

    Attributes:
        threshold: A row counts as positive from this score on.
        true_negatives, false_positives, false_negatives, true_positives: The confusion matrix, in rows.
        accuracy, precision, recall, f1: Shares, 0 to 1. Precision is NaN if no row is called positive, and F1
            with it only if there is nothing to find either.
        false_alarm_rate: Share of the negative rows that are called positive.
        cost: Cost of all mistakes, per 100 rows.
    """

    threshold: float
    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    false_alarm_rate: float
    cost: float


@dataclass(frozen=True)
class Curves:
    """What does not depend on the threshold; every array has one value per candidate threshold unless said.

    Attributes:
        thresholds: Candidates, ascending: 0, the middles between neighbouring scores, 1.
        alarms: False alarms at each, in rows.
        misses: Misses at each, in rows.
        accuracy, precision, recall, f1: At each.
        roc: False-alarm rates and recalls, ascending, two arrays of scikit-learn's length.
        pr: Recalls and precisions, recalls ascending.
        calibration: Mean score and share of positives of each group of rows.
        roc_auc: Area under the ROC curve.
        average_precision: Mean precision, weighted by the steps of recall.
        brier: Mean squared difference of score and truth.
    """

    thresholds: np.ndarray
    alarms: np.ndarray
    misses: np.ndarray
    accuracy: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    roc: tuple[np.ndarray, np.ndarray]
    pr: tuple[np.ndarray, np.ndarray]
    calibration: tuple[np.ndarray, np.ndarray]
    roc_auc: float
    average_precision: float
    brier: float


def check_scores(truth: Any, score: Any) -> Scores:
    """Check true answers and scores.

    Args:
        truth: 0 or 1 (or False, True) for each row.
        score: Probability of 1 for each row, 0 to 1.

    Raises:
        ValueError: If shapes differ, a value is out of range, or one of the two classes is missing.
    """
    truth, score = np.asarray(truth), np.asarray(score)
    if score.ndim == 2 and score.shape[1] == 1:
        score = score[:, 0]
    if truth.ndim != 1 or score.ndim != 1 or len(truth) != len(score):
        raise ValueError(
            "y_true and scores must be two lists of the same length, one value for each row. "
            f"Received shapes {truth.shape} and {score.shape}."
        )
    if not np.isin(truth, (0, 1)).all():
        raise ValueError(f"y_true must hold 0 and 1 only. Received: {np.unique(truth)[:6].tolist()}")
    if score.dtype.kind not in "fiub" or not (np.isfinite(score).all() and (score >= 0).all()
                                              and (score <= 1).all()):  # fmt: skip
        raise ValueError(
            "scores must be probabilities, 0 to 1. Raw outputs of a network become probabilities by "
            "keras.ops.sigmoid (one output) or keras.ops.softmax (one per class)."
        )
    positives = int((truth == 1).sum())
    if positives in (0, len(truth)):
        raise ValueError(
            f"y_true needs rows of both classes. Received: {positives} positive rows of {len(truth)}."
        )
    return Scores(truth.astype(bool), score.astype(np.float64))


def numbers_at(scores: Scores, threshold: float, false_alarm: float, miss: float) -> Numbers:
    """The confusion matrix at a threshold and all that follows from it, computed by scikit-learn.

    Args:
        scores: Truth and scores.
        threshold: A row counts as positive from this score on.
        false_alarm: Cost of a false alarm.
        miss: Cost of a miss, in the same unit.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    called = scores.score >= threshold
    (tn, fp), (fn, tp) = confusion_matrix(scores.truth, called, labels=[False, True]).tolist()
    precision, recall, f1, _ = precision_recall_fscore_support(
        scores.truth, called, average="binary", pos_label=True, zero_division=np.nan
    )
    return Numbers(
        float(threshold),
        tn,
        fp,
        fn,
        tp,
        float(accuracy_score(scores.truth, called)),
        float(precision),
        float(recall),
        float(f1),
        fp / (fp + tn),
        100 * (fp * false_alarm + fn * miss) / len(called),
    )


def curves_of(scores: Scores) -> Curves:
    """Everything over all thresholds, computed by scikit-learn."""
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import (
        average_precision_score,
        brier_score_loss,
        precision_recall_curve,
        roc_auc_score,
        roc_curve,
    )

    truth, score = scores.truth, scores.score
    # From the lowest threshold to the highest: what is called positive is the rest of the sorted rows.
    order = np.argsort(score)
    known, first = np.unique(score[order], return_index=True)
    thresholds = np.concatenate([[0.0], (known[1:] + known[:-1]) / 2])
    below = first
    if known[-1] < 1:
        thresholds, below = np.append(thresholds, 1.0), np.append(first, len(score))
    missed = np.concatenate([[0], np.cumsum(truth[order])])[below]
    alarms = (~truth).sum() - (below - missed)
    hits = truth.sum() - missed
    with np.errstate(invalid="ignore"):
        precision = hits / (hits + alarms)
    rates, recalls, _ = roc_curve(truth, score, drop_intermediate=False)
    pr_precision, pr_recall, _ = precision_recall_curve(truth, score)
    share, mean = calibration_curve(truth, score, n_bins=GROUPS, strategy="quantile")
    return Curves(
        thresholds,
        alarms,
        missed,
        1 - (alarms + missed) / len(truth),
        precision,
        hits / truth.sum(),
        2 * hits / (2 * hits + alarms + missed),
        (rates, recalls),
        (pr_recall[::-1], pr_precision[::-1]),
        (mean, share),
        float(roc_auc_score(truth, score)),
        float(average_precision_score(truth, score)),
        float(brier_score_loss(truth, score)),
    )


def costs(curves: Curves, rows: int, false_alarm: float, miss: float) -> np.ndarray:
    """Cost of all mistakes per 100 rows, at each candidate threshold."""
    return 100 * (curves.alarms * false_alarm + curves.misses * miss) / rows


def best_threshold(curves: Curves, rows: int, false_alarm: float, miss: float) -> float:
    """The candidate threshold with the least cost; of equal ones the lowest."""
    return float(curves.thresholds[np.argmin(costs(curves, rows, false_alarm, miss))])


def scores_of_model(model: Any, data: Any, *, positive: int, split: str, run: Any) -> tuple[Any, Any]:
    """True answers and probabilities of one class, from a Keras model and a Dataset.

    Args:
        model: A Keras model with one output per class, or one for two classes.
        data: A :class:`tuningkit.Dataset` of classes.
        positive: The class that counts as positive; all others are negative.
        split: "train", "validation" or "test".
        run: A :class:`tuningkit.Run` of this model whose final weights are used; None: the model's own.

    Raises:
        ValueError: If the model or data have no classes, or the class or split is unknown.
    """
    import keras

    from tuningkit.training.data_check import check_data
    from tuningkit.training.heads import ends_in_probabilities

    if split not in ("train", "validation", "test"):
        raise ValueError(f'split must be "train", "validation" or "test". Received: {split!r}')
    check_data(model, data)
    if not data.n_classes or positive not in range(data.n_classes):
        raise ValueError(
            f"positive must be a class of the data, 0 to {(data.n_classes or 1) - 1}. Received: {positive!r}"
        )
    if run is not None:
        model = keras.models.clone_model(model)
        model.set_weights(run.weights)
    outputs = np.asarray(model.predict(getattr(data, f"x_{split}"), verbose=0), np.float64)
    if outputs.ndim != 2 or outputs.shape[1] not in (1, data.n_classes):
        raise ValueError(
            f"The model must give one number per class ({data.n_classes}). Received outputs of shape "
            f"{outputs.shape[1:]}."
        )
    if outputs.shape[1] == 1:
        share = outputs[:, 0] if ends_in_probabilities(model) else 1 / (1 + np.exp(-outputs[:, 0]))
        outputs = np.column_stack([1 - share, share])
    elif not ends_in_probabilities(model):
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = powers / powers.sum(axis=1, keepdims=True)
    truth = (getattr(data, f"y_{split}").reshape(-1) == positive).astype(int)
    return truth, np.clip(outputs[:, positive], 0, 1)
