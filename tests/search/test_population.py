"""Population-based training: its two steps as the paper defines them, and a lineage that is one real training."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search.population_steps import exploit, explore
from tuningkit.search.population_training import population_based_training
from tuningkit.training import Trainer

SPACE = {"learning_rate": tk.search.Log(1e-4, 1), "dropout": tk.search.Uniform(0, 0.5)}


@pytest.fixture(scope="module")
def found(few, little):
    """Eight members, four rounds."""
    return population_based_training(
        little,
        few,
        SPACE,
        members=8,
        epochs=10,
        interval=2,
        share=0.25,
        factors=(0.5, 2),
        seed=3,
        progress=False,
    )


# The two steps


def test_the_worst_copy_one_of_the_best():
    scores = np.array([0.5, 0.1, 0.9, 0.4, 0.2, 0.8, 0.3, 0.6, 0.7, 0.05])
    drawn = set()
    for seed in range(40):
        parents = exploit(scores, 0.2, np.random.default_rng(seed), more_is_better=False)
        changed = np.flatnonzero(parents != np.arange(10))
        assert set(changed) == {2, 5}  # 0.9 and 0.8 are the worst two of ten
        drawn |= {int(one) for one in parents[changed]}
    assert drawn == {9, 1}  # 0.05 and 0.1: each is drawn at some time, and no other


def test_more_may_be_better():
    parents = exploit(np.array([0.5, 0.9, 0.7, 0.6]), 0.25, np.random.default_rng(0), more_is_better=True)
    assert parents.tolist() == [1, 1, 2, 3]


def test_a_member_that_has_diverged_always_copies():
    scores = np.array([np.nan, 0.4, np.nan, 0.2, np.nan, 0.3])
    parents = exploit(scores, 0.17, np.random.default_rng(0), more_is_better=False)
    assert parents.tolist() == [3, 1, 3, 3, 3, 5]
    one_left = exploit(np.array([np.nan, 0.4, np.nan]), 0.5, np.random.default_rng(0), more_is_better=True)
    assert one_left.tolist() == [1, 1, 1]


def test_if_all_have_diverged_nobody_copies():
    assert exploit(np.full(3, np.nan), 0.3, np.random.default_rng(0), more_is_better=True).tolist() == [
        0,
        1,
        2,
    ]


def test_nobody_who_copies_is_copied():
    rng = np.random.default_rng(1)
    for _ in range(200):
        scores = np.where(rng.random(7) < 0.3, np.nan, rng.random(7))
        parents = exploit(scores, float(rng.uniform(0.05, 0.5)), rng, more_is_better=False)
        assert (parents[parents] == parents).all()


def test_values_are_multiplied_each_by_its_own_draw_and_stay_in_range():
    values = {"learning_rate": 0.01, "dropout": 0.3}
    seen = {
        tuple(explore(values, SPACE, (0.5, 2), np.random.default_rng(seed)).values()) for seed in range(40)
    }
    assert seen == {(rate, rest) for rate in (0.005, 0.02) for rest in (0.15, 0.5)}  # 0.6 is cut off at 0.5


# The whole


def test_the_best_network_is_one_training_with_a_schedule(found, few, little):
    alone = Trainer(little, few, seeds=3)
    for epoch in range(found.epochs):
        for name in SPACE:
            alone.set(name, float(found.schedule(name)[epoch]))
        alone.train(epoch + 1)
    for name, curve in alone.history.items():
        np.testing.assert_allclose(found.best.history[name], curve[0], rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(found.best.weights, alone.run().weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-4)


def test_every_lineage_is_read_off_the_places(found):
    curve = found.history["val_loss"]
    best = curve[found.lineage(), np.arange(found.epochs)]
    np.testing.assert_allclose(best, found.best.history["val_loss"])
    assert found.best_member == np.argmin(curve[:, -1])
    assert found.copies >= len(found.rounds) == 4
    copied = [(n, place) for n, row in enumerate(found.parents) for place in range(8) if row[place] != place]
    assert len(copied) == found.copies
    for number, place in copied:
        after, source = found.rounds[number], found.parents[number, place]
        # It was worse than its source, and goes on with its source's settings, moved.
        assert not curve[place, after - 1] <= curve[source, after - 1]
        for name, ends in SPACE.items():
            before = found.values[name][source, after - 1]
            moved = [float(np.clip(factor * before, ends.low, ends.high)) for factor in (0.5, 2)]
            assert found.values[name][place, after] in moved


def test_those_that_stay_keep_their_values(found):
    for after, row in zip(found.rounds, found.parents, strict=True):
        stayed = row == np.arange(8)
        for values in found.values.values():
            np.testing.assert_array_equal(values[stayed, after], values[stayed, after - 1])


def test_it_begins_as_random_search_does(found, few, little):
    trials = tk.search(little, few, SPACE, method="random", trials=8, epochs=2, seed=3, progress=False)
    curves = np.array([trial.curve for trial in trials])
    np.testing.assert_allclose(found.history["val_loss"][:, :2], curves, rtol=1e-5)
    for name in SPACE:
        assert found.values[name][:, 0].tolist() == [trial.configuration[name] for trial in trials]


def test_the_record_of_the_best_says_what_was_moved(found):
    for change in found.best.changes:
        way = found.schedule(change.name)
        assert (change.old, change.new) == (way[int(change.epoch) - 1], way[int(change.epoch)])
        assert change.epoch in found.rounds
    assert found.best.hyperparameters["learning_rate"] == found.schedule("learning_rate")[-1]
    assert len(found.best.changes) == sum((np.diff(found.schedule(name)) != 0).sum() for name in SPACE)


def test_it_describes_itself(found):
    text, page = repr(found), found._repr_html_()
    assert text.startswith(f"Population-based training: 8 members, 10 epochs, {found.copies} copies")
    assert "learning_rate from" in text and "<strong>Population-based training" in page
    with pytest.raises(ValueError, match="moved learning_rate, dropout"):
        found.schedule("l2")
    with pytest.raises(IndexError, match="0 to 7"):
        found.lineage(8)


def test_it_draws_the_way_of_the_best(found):
    ax = found.plot("dropout")
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), found.schedule("dropout"))
    assert len(ax.lines) == 9 and ax.get_ylabel() == "dropout"
    assert found.plot().get_ylabel() == "learning rate, log scale"


def test_members_that_diverge_are_replaced_and_train_again(few, little):
    # A step multiplies a weight by 1 - 2 * rate * l2: far beyond -1 for half of these, which soon overflow.
    space = {"learning_rate": tk.search.Log(0.1, 1), "l2": tk.search.Log(1e-3, 1e5)}
    found = population_based_training(
        little, few, space, members=6, epochs=8, interval=4, optimizer="sgd", seed=0, progress=False
    )
    lost = ~np.isfinite(found.history["val_loss"][:, 3])
    assert lost.sum() >= 2
    assert (found.parents[0][lost] != np.flatnonzero(lost)).all()
    assert np.isfinite(found.history["val_loss"][lost, 4]).any()
    assert found.best.diverged_at is None


def test_interrupted_it_keeps_what_it_has(few, little, monkeypatch):
    whole = Trainer.train

    def train(trainer, epochs, **settings):
        whole(trainer, min(epochs, 3), **settings)
        if epochs > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "train", train)
    found = population_based_training(little, few, SPACE, members=3, epochs=10, progress=False)
    assert found.interrupted and found.epochs == 3 and found.rounds == (2,)
    assert "(interrupted)" in repr(found)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"members": 1}, "members must be a whole number of at least 2"),
        ({"interval": 0}, "interval must be"),
        ({"share": 0.6}, "share must be"),
        ({"factors": ()}, "factors must be positive"),
        ({"factors": (0.8, -1)}, "factors must be positive"),
        ({"epochs": 0}, "epochs must"),
        ({"space": {"learning_rate": [0.1, 0.01]}}, "needs a range"),
        ({"space": {"batch_size": tk.search.Integer(8, 64)}}, "batch_size"),
        ({"objective": "val_penalty"}, "objective must be one of"),
        ({"learning_rate": 0.1}, "Give it once"),
    ],
)
def test_what_cannot_be_is_refused(few, little, settings, message):
    space = settings.pop("space", SPACE)
    with pytest.raises(ValueError, match=message):
        population_based_training(little, few, space, **settings)


def test_the_models_own_weights_stay(few, little):
    before = [array.copy() for array in little.get_weights()]
    population_based_training(little, few, SPACE, members=2, epochs=1, progress=False)
    assert all((a == b).all() for a, b in zip(before, little.get_weights(), strict=True))
    assert isinstance(little, keras.Model)
