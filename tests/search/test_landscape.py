"""The landscape is what separate trainings give, and what is saved is never trusted blindly."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search.disk_cache import DiskCache, cache_folder
from tuningkit.search.landscape import Landscape
from tuningkit.search.landscape_key import settings_key
from tuningkit.search.landscape_training import compute_landscape, default_values, landscape_values

VALUES = {"learning_rate": [0.01, 0.1, 100.0], "l2": [0.0, 1e-3]}


@pytest.fixture(scope="module")
def moons():
    return tk.datasets.make_moons(120, seed=0)


def network(units: int = 6):
    import keras

    return keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(units, "relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
        ]
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    return tmp_path


def compute(moons, model=None, **changes):
    settings = {"values": VALUES, "epochs": 3, "optimizer": "sgd", "on_epoch": lambda trainer: None}
    return compute_landscape(model or network(), moons, **{**settings, **changes})


@pytest.fixture(scope="module")
def landscape(moons):
    return compute(moons, cache=False)


def test_a_cell_is_a_separate_training(moons, landscape):
    run = tk.train(
        network(), moons, learning_rate=0.1, l2=1e-3, epochs=3, seed=0, optimizer="sgd", progress=False
    )
    np.testing.assert_allclose(landscape.curves[1, 1], run.history["val_loss"], rtol=1e-4)
    assert landscape.configuration((1, 1)) == {"learning_rate": 0.1, "l2": 1e-3}
    assert (landscape.names, landscape.shape, landscape.epochs) == (("learning_rate", "l2"), (3, 2), 3)


def test_scores_are_the_best_up_to_an_epoch():
    curves = np.array([[[3.0, 1.0, 2.0], [2.0, np.nan, np.nan]], [[5.0, 4.0, 0.5], [9.0, 9.0, 9.0]]])
    scape = Landscape({"learning_rate": (0.1, 1.0), "l2": (0.0, 1.0)}, curves, np.array([[0, 2], [0, 0]]))
    np.testing.assert_array_equal(scape.scores(1), [[3, 2], [5, 9]])
    np.testing.assert_array_equal(scape.scores(), [[1, np.nan], [0.5, 9]])
    assert scape.best == (1, 0)
    assert [trial.status for trial in scape.trials] == ["finished", "diverged", "finished", "finished"]
    assert scape.trials[1].epochs == 2
    with pytest.raises(ValueError, match="epochs 1 to 3"):
        scape.scores(4)
    accuracy = Landscape(scape.values, curves, scape.diverged_at, "val_accuracy")
    assert accuracy.direction == "max" and accuracy.best == (1, 1)


def test_every_place_belongs_to_a_cell_and_its_centre_to_itself(landscape):
    for cell in np.ndindex(landscape.shape):
        assert landscape.cell_at(landscape.centre(cell)) == cell
    assert landscape.cell_at((0.0, 0.0)) == (0, 0) and landscape.cell_at((1.0, 0.999, 0.2)) == (2, 1)


def test_divergence_is_a_state(moons):
    def far_out(y_true, y_pred):
        import keras

        return keras.ops.mean((y_true - y_pred) ** 4, axis=-1)

    values = {"learning_rate": [1e-3, 1e6], "l2": [0.0, 1e-3]}
    scape = compute(moons, values=values, loss=far_out, metrics=[])
    assert (scape.diverged_at[0] == 0).all() and (scape.diverged_at[1] > 0).all()
    assert np.isnan(scape.scores()[1]).all() and np.isfinite(scape.scores()[0]).all()
    assert "2 cells diverged" in repr(scape)


def test_saved_and_found_again(home, moons):
    first = compute(moons)
    # Another network of the same kind, with other names and other weights: all weights are drawn from the seed.
    again = compute(moons, on_epoch=pytest.fail)
    np.testing.assert_array_equal(first.curves, again.curves)
    assert again.note == "" and again.values == first.values and again.shared == first.shared
    assert len(list((home / "cache" / "landscapes").glob("*.npz"))) == 1


def test_the_key_changes_with_what_matters(moons):
    base = settings_key(network(), moons, {"epochs": 3})
    assert settings_key(network(), moons, {"epochs": 3}) == base
    others = [
        settings_key(network(), moons, {"epochs": 4}),
        settings_key(network(7), moons, {"epochs": 3}),
        settings_key(network(), tk.datasets.make_moons(120, seed=1), {"epochs": 3}),
    ]
    compiled = network()
    compiled.compile("sgd", loss="binary_crossentropy")
    others.append(settings_key(compiled, moons, {"epochs": 3}))
    assert len({base, *others}) == 5
    assert settings_key(network(), moons, {"loss": lambda a, b: a}) is None


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "foreign", "numbers"])
def test_a_damaged_file_is_told_and_never_used(home, damage):
    store = DiskCache("landscapes", "k" * 64)
    assert store.write({"a": np.arange(5.0)}, {"seconds": 1.0}) == ""
    arrays, meta, note = store.read()
    np.testing.assert_array_equal(arrays["a"], np.arange(5.0))
    assert meta == {"seconds": 1.0} and note == ""
    whole = store.path.read_bytes()
    if damage in ("cut", "text", "empty"):
        store.path.write_bytes({"cut": whole[: len(whole) // 2], "text": b"no archive", "empty": b""}[damage])
    else:
        with store.path.open("rb") as handle, np.load(handle) as file:
            parts = dict(file)
        if damage == "foreign":
            parts["about"] = np.array(str(parts["about"]).replace('"key": "', '"key": "0'))
        else:
            parts["a"] = parts["a"] + 1
        np.savez(store.path, **parts)
    arrays, _, note = store.read()
    assert arrays is None and "computed again" in note and "\n" not in note


def test_a_damaged_landscape_is_computed_again_with_a_word(home, moons):
    compute(moons)
    next((home / "cache" / "landscapes").glob("*.npz")).write_text("this is no archive")
    epochs = []
    mended = compute(moons, on_epoch=lambda trainer: epochs.append(trainer.epoch))
    assert epochs == [1, 2, 3] and "computed again" in mended.note
    assert compute(moons, on_epoch=pytest.fail).note == ""


def test_a_folder_that_cannot_be_written_costs_only_the_saving(home, moons):
    (home / "cache").write_text("a file where the folder should be")
    scape = compute(moons)
    assert np.isfinite(scape.scores()).any() and "could not be saved" in scape.note


def test_two_writers_at_once_leave_a_whole_file(home):
    key = "k" * 64

    def write(number: int) -> None:
        for _ in range(10):
            DiskCache("landscapes", key).write({"a": np.full(2000, number)}, {"number": number})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    notes = []
    while any(thread.is_alive() for thread in threads):
        arrays, meta, note = DiskCache("landscapes", key).read()
        notes.append(note)
        assert arrays is None or (arrays["a"] == meta["number"]).all()
    for thread in threads:
        thread.join()
    assert set(notes) == {""} and not list((cache_folder() / "landscapes").glob("*.tmp"))


def test_an_error_from_on_epoch_ends_the_computation_and_saves_nothing(home, moons):
    class StopError(Exception):
        pass

    def stop(trainer):
        raise StopError

    with pytest.raises(StopError):
        compute(moons, on_epoch=stop)
    assert not (home / "cache").exists()


def test_mean_over_seeds(moons, landscape):
    scape = compute(moons, seeds=[0, 1], cache=False)
    assert scape.seeds == (0, 1) and scape.curves.shape == landscape.curves.shape
    assert not np.allclose(scape.curves, landscape.curves)


def test_the_door():
    assert landscape_values(["l1", "dropout"])["dropout"] == default_values("dropout", 16)
    for names, words in [
        (["l2"], "two different"),
        (["l2", "l2"], "two different"),
        (["l2", "units"], "Unknown"),
    ]:
        with pytest.raises(ValueError, match=words):
            landscape_values(names)
    with pytest.raises(ValueError, match="at least two values of l2"):
        landscape_values(["l2", "l1"], {"l2": [0.1]})
    with pytest.raises(ValueError, match=r"shape \(x, y, epochs\)"):
        Landscape({"l2": (0.0,), "l1": (0.0,)}, np.zeros((2, 1, 3)), np.zeros((1, 1), int))


def test_an_unknown_objective_names_the_known_ones(moons):
    with pytest.raises(KeyError, match="val_loss"):
        compute(moons, objective="val_auc", cache=False)
