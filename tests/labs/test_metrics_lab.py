"""MetricsLab from Python: the numbers are scikit-learn's, the curves agree with them, and what is refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.static import unpack_frame
from tuningkit.training.threshold_metrics import check_scores, costs, curves_of, numbers_at

TRUTH = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
SCORES = np.array([0.05, 0.1, 0.1, 0.2, 0.3, 0.4, 0.7, 0.35, 0.6, 0.9])


@pytest.fixture
def metrics_lab():
    made = []

    def make(truth=TRUTH, scores=SCORES, **settings):
        made.append(tk.MetricsLab(truth, scores, **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


def test_the_numbers_at_a_threshold(metrics_lab):
    found = metrics_lab(threshold=0.5, false_alarm=1, miss=5).metrics()
    counts = [
        found[name] for name in ("true_negatives", "false_positives", "false_negatives", "true_positives")
    ]
    assert counts == [6, 1, 1, 2]
    assert found["accuracy"] == pytest.approx(0.8)
    assert found["precision"] == found["recall"] == found["f1"] == pytest.approx(2 / 3)
    assert found["false_alarm_rate"] == pytest.approx(1 / 7)
    assert found["cost"] == pytest.approx(100 * (1 + 5) / 10)
    # Of the 21 pairs of a positive and a negative row, three are in the wrong order.
    assert found["roc_auc"] == pytest.approx(18 / 21)


def test_nobody_called_positive_is_no_precision_and_no_crash(metrics_lab):
    lab = metrics_lab(threshold=1.0)
    assert np.isnan(lab.metrics()["precision"]) and lab.metrics()["recall"] == 0
    assert "precision not defined" in repr(lab)
    assert lab.figure().axes


@pytest.mark.parametrize("seed", range(3))
def test_curves_over_all_thresholds_are_the_numbers_at_each(seed):
    rng = np.random.default_rng(seed)
    score = rng.random(60).round(1 + seed)
    scores = check_scores(np.append(rng.random(58) < score[:58], [0, 1]).astype(int), score)
    curves = curves_of(scores)
    priced = costs(curves, 60, 2, 7)
    for place, threshold in enumerate(curves.thresholds):
        numbers = numbers_at(scores, threshold, 2, 7)
        assert priced[place] == pytest.approx(numbers.cost)
        for name in ("accuracy", "precision", "recall", "f1"):
            assert getattr(curves, name)[place] == pytest.approx(getattr(numbers, name), nan_ok=True)


def test_the_cheapest_threshold_follows_the_costs(metrics_lab):
    lab = metrics_lab(false_alarm=1, miss=20)
    assert lab.go_to_cheapest().threshold == lab.best_threshold == pytest.approx(0.325)
    assert lab.metrics()["false_negatives"] == 0
    lab.false_alarm, lab.miss = 20, 1
    assert lab.best_threshold == pytest.approx(0.8)
    every = [numbers_at(lab.session.scores, t, 20, 1).cost for t in np.linspace(0, 1, 101)]
    assert min(every) == pytest.approx(lab.go_to_cheapest().metrics()["cost"])


def test_the_browsers_rounding_is_no_move(metrics_lab):
    lab = metrics_lab(threshold=0.3478)
    slider = lab._controls["threshold"].widget
    slider.value = 0.35
    assert lab.threshold == 0.3478
    slider.value = 0.34
    assert lab.threshold == 0.34


def test_a_slider_moves_every_picture(metrics_lab):
    lab = metrics_lab(names=("healthy", "ill"))
    before = (lab._view.matrix.value, lab._view.now._frame, lab._view.all._frame)
    lab._controls["threshold"].widget.value = 0.33
    lab._controls["miss"].widget.value = 9
    lab.wait(60)
    assert lab.threshold == 0.33 and lab.miss == 9
    assert not {before[0]} & {lab._view.matrix.value} and lab._view.now._frame != before[1]
    assert lab._view.all._frame != before[2]
    marks = unpack_frame(lab._view.all._frame)[0]["markers"]
    assert [marks[0]["x"], marks[0]["y"]] == pytest.approx([2 / 7, 1.0])
    assert [marks[1]["x"], marks[1]["y"]] == pytest.approx([1.0, 3 / 5])
    assert "Threshold 0.33" in unpack_frame(lab._view.now._frame)[0]["sentence"]
    assert "called ill" in lab._view.matrix.value and "70.0 %" in lab._view.matrix.value


def test_the_still_picture_says_the_same(metrics_lab):
    lab = metrics_lab(threshold=0.3)
    assert "Threshold 0.30" in lab.figure().axes[0].get_title(loc="left")
    assert "image/png" in lab._repr_mimebundle_()[0]


def test_a_model_and_a_dataset(metrics_lab, network, moons):
    lab = metrics_lab(network, moons)
    logits = network.predict(moons.x_validation, verbose=0)[:, 0]
    np.testing.assert_allclose(lab.session.scores.score, 1 / (1 + np.exp(-logits)), rtol=1e-5)
    assert (lab.session.scores.truth == (moons.y_validation == 1)).all()
    other = metrics_lab(network, moons, positive=0, split="test")
    assert (other.session.scores.truth == (moons.y_test == 0)).all()
    before = network.get_weights()
    run = tk.train(network, moons, epochs=2, learning_rate=0.05, progress=False)
    trained = metrics_lab(network, moons, run=run)
    assert np.abs(trained.session.scores.score - lab.session.scores.score).max() > 0.01
    assert all((old == new).all() for old, new in zip(before, network.get_weights(), strict=True))
    # One output per class: the share of the softmax.
    wide = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    chosen = keras.ops.softmax(wide.predict(moons.x_validation, verbose=0))[:, 1]
    np.testing.assert_allclose(metrics_lab(wide, moons).session.scores.score, chosen, rtol=1e-4)


@pytest.mark.parametrize(
    ("truth", "scores", "settings", "error", "words"),
    [
        (TRUTH, SCORES[:-1], {}, ValueError, "same length"),
        (TRUTH, SCORES * 3, {}, ValueError, "probabilities"),
        (TRUTH + 1, SCORES, {}, ValueError, "0 and 1"),
        (TRUTH * 0, SCORES, {}, ValueError, "both classes"),
        (TRUTH, SCORES, {"threshold": 1.2}, ValueError, "from 0 to 1"),
        (TRUTH, SCORES, {"miss": "much"}, TypeError, "must be a number"),
        (TRUTH, SCORES, {"names": "ab"}, ValueError, "two words"),
    ],
)
def test_what_cannot_be_is_refused(truth, scores, settings, error, words):
    with pytest.raises(error, match=words):
        tk.MetricsLab(truth, scores, **settings)


def test_unknown_names_and_classes_are_refused(metrics_lab, network, moons):
    lab = metrics_lab()
    with pytest.raises(ValueError, match="no setting"):
        lab.set("cost", 2)
    with pytest.raises(ValueError, match="0 to 1"):
        metrics_lab(network, moons, positive=7)
    with pytest.raises(ValueError, match="split must be"):
        metrics_lab(network, moons, split="all")
    lab.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.threshold = 0.2
