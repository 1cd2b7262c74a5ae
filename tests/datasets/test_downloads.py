"""Data by name: read from Keras's folder, checked, and refused in helpful words when it cannot be had.

There is no internet in the tests. Small files in the true formats lie in a folder that Keras takes for its own, and
the checksums are computed by Keras itself.
"""

import gzip
import hashlib
import json
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pytest

from tuningkit import datasets
from tuningkit.datasets import fashion_mnist
from tuningkit.datasets.downloads import downloading

ROWS, TEST_ROWS = 600, 100


@dataclass
class Internet:
    """What stands in for it: files by name, or nothing at all."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def retrieve(self, address, target, progress):
        self.asked.append(address)
        name = address.rsplit("/", 1)[1]
        if name not in self.files:
            raise urllib.error.URLError("no route to host")
        Path(target).write_bytes(self.files[name])


@pytest.fixture
def internet(monkeypatch, tmp_path):
    internet = Internet()
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", internet.retrieve)
    return internet


@pytest.fixture(scope="module")
def clothes():
    """Files in the format of Fashion-MNIST, by name, and their pixels and labels."""
    rng = np.random.default_rng(0)
    files, arrays = {}, {}
    for part, rows in (("train", ROWS), ("t10k", TEST_ROWS)):
        labels = (np.arange(rows) % 10).astype(np.uint8)
        pixels = rng.integers(0, 256, (rows, 28, 28), dtype=np.uint8)
        files[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(b"\0" * 8 + labels.tobytes(), mtime=0)
        files[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(b"\0" * 16 + pixels.tobytes(), mtime=0)
        arrays[part] = pixels, labels
    return files, arrays


@pytest.fixture
def with_clothes(internet, clothes, monkeypatch):
    files, _ = clothes
    internet.files |= files
    sums = {name: hashlib.md5(files[name]).hexdigest() for name in fashion_mnist.CHECKSUMS}
    monkeypatch.setattr(fashion_mnist, "CHECKSUMS", sums)
    return internet


def test_fashion_mnist_is_read_split_and_scaled(with_clothes, clothes):
    data = datasets.load_fashion_mnist()
    assert [len(part) for part in (data.x_train, data.x_validation, data.x_test)] == [500, 100, 100]
    for labels in (data.y_train, data.y_validation, data.y_test):
        assert len(set(np.bincount(labels))) == 1
    assert data.x_train.shape[1:] == (784,) and data.x_train.dtype == np.float32
    assert data.x_train.min() == 0 and data.x_train.max() == 1
    pixels, labels = clothes[1]["t10k"]
    np.testing.assert_array_equal(data.x_test, pixels.reshape(-1, 784).astype("float32") / 255)
    np.testing.assert_array_equal(data.y_test, labels)
    assert data.class_names[9] == "ankle boot" and data.licence.startswith("MIT")
    assert data.source and data.description


def test_fashion_mnist_rows_are_those_of_the_training_files_each_once(with_clothes, clothes):
    data = datasets.load_fashion_mnist(images=True, seed=3)
    assert data.input_shape == (28, 28, 1)
    rows = np.concatenate([data.x_train, data.x_validation]).reshape(ROWS, -1)
    original = clothes[1]["train"][0].reshape(ROWS, -1).astype("float32") / 255
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], original[np.lexsort(original.T)])
    other = datasets.load_fashion_mnist(images=True, seed=4)
    assert not np.array_equal(other.x_train, data.x_train)


def test_fashion_mnist_is_downloaded_once(with_clothes):
    datasets.load_fashion_mnist()
    assert len(with_clothes.asked) == 4
    with_clothes.files.clear()
    datasets.load_fashion_mnist()
    assert len(with_clothes.asked) == 4


def test_a_file_with_another_checksum_is_not_opened(internet, clothes):
    internet.files |= clothes[0]  # Right format, but not the published files.
    with pytest.raises(ValueError, match=r"not the one expected.*tk.datasets.load_digits\(\)"):
        datasets.load_fashion_mnist()


def test_a_damaged_file_in_the_folder_is_fetched_again(with_clothes, tmp_path):
    datasets.load_fashion_mnist()
    (damaged,) = tmp_path.rglob("t10k-labels-idx1-ubyte.gz")
    damaged.write_bytes(b"half a file")
    assert len(datasets.load_fashion_mnist().y_test) == TEST_ROWS
    assert len(with_clothes.asked) == 5


def test_the_checksums_are_those_published():
    assert set(fashion_mnist.CHECKSUMS.values()) == {
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    }


@pytest.mark.parametrize(
    ("load", "name", "instead"),
    [
        (datasets.load_fashion_mnist, "Fashion-MNIST", "tk.datasets.load_digits()"),
        (datasets.load_imdb, "IMDB", "tk.datasets.load_phrases()"),
    ],
)
def test_without_the_internet_it_is_said_what_works_instead(internet, load, name, instead):
    with pytest.raises(ConnectionError) as caught:
        load()
    message = str(caught.value)
    assert message.startswith(f"{name} is not on this computer yet") and "no route to host" in message
    assert instead in message


def test_a_stopped_connection_is_the_same(internet, monkeypatch):
    def retrieve(address, target, progress):
        raise TimeoutError("timed out")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", retrieve)
    with pytest.raises(ConnectionError, match="timed out"):
        datasets.load_fashion_mnist()


def test_other_errors_stay_what_they_are():
    with pytest.raises(ValueError, match=r"^something else$"), downloading("X", megabytes=1, instead="y"):
        raise ValueError("something else")


WORDS = [f"word{place}" for place in range(1, 51)]


def reviews(seed, rows):
    """Word numbers as IMDB's file has them, from 1; no two alike."""
    rng = np.random.default_rng(seed)
    texts = np.empty(rows, dtype=object)
    texts[:] = [rng.integers(1, 51, rng.integers(5, 30)).tolist() for _ in range(rows)]
    return texts


@pytest.fixture
def with_reviews(internet, monkeypatch, tmp_path):
    """IMDB's files in the true format; the checksums in Keras's own code become theirs."""
    train, test = reviews(1, 200), reviews(2, 50)
    train[10] = list(train[12])  # One comes twice,
    train[20] = list(test[3])  # and one is in the test part.
    labels, labels_test = np.arange(200) % 2, np.arange(50) % 2
    np.savez(tmp_path / "imdb.npz", x_train=train, y_train=labels, x_test=test, y_test=labels_test)
    index = json.dumps({word: place + 1 for place, word in enumerate(WORDS)}).encode()
    internet.files |= {"imdb.npz": (tmp_path / "imdb.npz").read_bytes(), "imdb_word_index.json": index}
    kept = keras.utils.get_file

    def get_file(fname, origin, file_hash):
        assert len(file_hash) in (32, 64), "Keras no longer checks this file"
        return kept(fname, origin, file_hash=hashlib.sha256(internet.files[fname]).hexdigest())

    monkeypatch.setattr("keras.src.datasets.imdb.get_file", get_file)
    return train, test


def test_imdb_rows_are_the_ends_of_the_reviews(with_reviews):
    _, test = with_reviews
    data = datasets.load_imdb(words=40, length=12)
    assert data.x_test.shape == (50, 12) and data.x_test.dtype == np.int32
    expected = {" ".join(WORDS[n - 1] if n <= 40 else "\ufffd" for n in text[-12:]) for text in test}
    assert set(map(data.text, data.x_test)) == expected
    assert data.vocabulary == ("", "\ufffd", *WORDS[:40])
    assert data.text(data.ids(["Word3 nothing word1"])[0]) == "word3 \ufffd word1"
    assert data.class_names == ("negative", "positive")
    assert "Maas" in data.source and "none stated" in data.licence and data.description


def test_imdb_labels_stay_with_their_reviews(with_reviews):
    train, _ = with_reviews
    data = datasets.load_imdb(words=50, length=30)
    label = {" ".join(WORDS[n - 1] for n in text): place % 2 for place, text in enumerate(train)}
    for x, y in ((data.x_train, data.y_train), (data.x_validation, data.y_validation)):
        assert [label[data.text(row)] for row in x] == y.tolist()


def test_imdb_repeats_no_review(with_reviews):
    data = datasets.load_imdb(words=50, length=30)
    texts = [data.text(row) for x in (data.x_train, data.x_validation, data.x_test) for row in x]
    assert len(texts) == len(set(texts)) == 248
    assert [len(data.x_train), len(data.x_validation)] == [158, 40]
    assert abs(np.bincount(data.y_validation) - 20).max() <= 1


def test_imdb_with_another_checksum_is_not_opened(internet):
    internet.files["imdb.npz"] = b"not the file"
    with pytest.raises(ValueError, match=r"not the one expected.*load_phrases"):
        datasets.load_imdb()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.load_imdb(words=5), "words must be at least 10"),
        (lambda: datasets.load_imdb(length=0), "length must be at least 10"),
        (lambda: datasets.load_imdb(seed=-1), "seed must be at least 0"),
        (lambda: datasets.load_fashion_mnist(seed=-1), "seed must be at least 0"),
    ],
)
def test_arguments_out_of_range_are_refused_before_anything_is_fetched(internet, call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert not internet.asked
