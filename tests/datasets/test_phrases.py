"""Phrases: sizes, balance, no twins, the vocabulary, the baseline and the licence."""

import pickle
from collections import Counter
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest

from tuningkit import datasets
from tuningkit.datasets.build_phrases import as_file, folded, phrases_by_language
from tuningkit.datasets.phrases import FILE, LANGUAGES, LONGEST
from tuningkit.datasets.vocabulary import characters_of, ids_of, text_of

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def phrases():
    return datasets.load_phrases()


@pytest.fixture(scope="module")
def texts(phrases):
    """Texts per part, as they can be read back; the signs for unknown characters are as rare as tested below."""
    return {part: [phrases.text(row) for row in getattr(phrases, f"x_{part}")] for part in PARTS}


def test_sizes_types_and_names(phrases):
    shapes = [getattr(phrases, f"x_{part}").shape for part in PARTS]
    assert shapes == [(5740, LONGEST), (1230, LONGEST), (1230, LONGEST)]
    assert sum(rows for rows, _ in shapes) >= 8000
    assert phrases.x_train.dtype == phrases.y_train.dtype == np.int32
    assert phrases.n_classes == 10 and set(phrases.class_names) == set(LANGUAGES.values())
    assert not phrases.x_train.flags.writeable
    assert FILE.stat().st_size < 100_000


def test_every_language_has_the_same_share_of_every_part(phrases):
    for part, count in zip(PARTS, (574, 123, 123), strict=True):
        assert set(np.bincount(getattr(phrases, f"y_{part}"))) == {count}


def test_no_phrase_has_a_twin_anywhere(phrases, texts):
    everything = [text for part in PARTS for text in texts[part] if "\ufffd" not in text]
    assert len(everything) > 8150
    assert len({folded(text) for text in everything}) == len(everything)
    stored = [line.split("\t")[1] for line in unpacked().splitlines()]
    assert len({folded(phrase) for phrase in stored}) == len(stored) == 8200
    assert all(len(folded(phrase)) >= 3 for phrase in stored)


def test_the_parts_hold_the_stored_phrases_each_once(phrases, texts):
    stored = Counter(line.split("\t")[1] for line in unpacked().splitlines())
    read = Counter(text for part in PARTS for text in texts[part])
    unknown = [text for text in read if "\ufffd" in text]
    assert read - stored == Counter(unknown) and len(unknown) < 30


def test_labels_are_the_languages(phrases, texts):
    names = dict(zip(texts["train"], (phrases.class_names[label] for label in phrases.y_train), strict=True))
    language = dict(line.split("\t")[::-1] for line in unpacked().splitlines())
    assert all(names[text] == LANGUAGES[language[text]] for text in names)
    # Some that every reader knows.
    for part in PARTS:
        labels = getattr(phrases, f"y_{part}")
        for text, label in zip(texts[part], labels, strict=True):
            greek = any("\u0370" <= letter <= "\u03ff" for letter in text)
            assert greek == (phrases.class_names[label] == "Greek")


def test_the_vocabulary_is_of_the_training_part_alone(phrases, texts):
    assert phrases.vocabulary[:2] == ("", "\ufffd")
    assert set(phrases.vocabulary[2:]) == set("".join(texts["train"]))
    assert set(np.unique(phrases.x_train)) == set(range(phrases.n_ids)) - {1}
    # Characters seen in no training phrase: few, but there are some, and they get the id 1.
    assert 0 < sum((getattr(phrases, f"x_{part}") == 1).sum() for part in ("validation", "test")) < 40


def test_padding_only_follows(phrases):
    for part in PARTS:
        padded = getattr(phrases, f"x_{part}") == 0
        assert (np.diff(padded.astype(int), axis=1) >= 0).all()
        assert not padded[:, :3].any()


def test_another_seed_is_another_split_of_the_same(phrases):
    again, other = datasets.load_phrases(), datasets.load_phrases(seed=1)
    np.testing.assert_array_equal(again.x_train, phrases.x_train)
    assert set(map(other.text, other.x_test)) != set(map(phrases.text, phrases.x_test))
    assert [len(getattr(other, f"y_{part}")) for part in PARTS] == [5740, 1230, 1230]


def test_the_baseline_is_what_the_docstring_says(phrases):
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    def counts(x):
        # Most letters are not in a phrase: with the zeros left out it takes a tenth of the time.
        return csr_array(
            np.stack([(x == number).sum(axis=1) for number in range(1, phrases.n_ids)], axis=1).astype(float)
        )

    model = LogisticRegression(max_iter=300).fit(counts(phrases.x_train), phrases.y_train)
    assert model.score(counts(phrases.x_validation), phrases.y_validation) == pytest.approx(0.70, abs=0.01)
    assert model.score(counts(phrases.x_test), phrases.y_test) == pytest.approx(0.73, abs=0.01)
    # Neither trivial nor hopeless: it confuses languages of one script, and never scripts.
    scripts = np.array(
        [{"Greek": 0, "Bulgarian": 1, "Russian": 1, "Ukrainian": 1}.get(n, 2) for n in phrases.class_names]
    )
    guesses = model.predict(counts(phrases.x_test))
    assert (scripts[guesses] == scripts[phrases.y_test]).mean() > 0.99


def test_the_licence_goes_along(phrases):
    notice = (FILE.parent / "phrases-licence.txt").read_text(encoding="utf-8")
    assert notice.startswith("UNICODE LICENSE V3") and "Copyright © 2004-2025 Unicode, Inc." in notice
    assert "Unicode License V3" in phrases.licence and "phrases-licence.txt" in phrases.licence
    assert "CLDR" in phrases.source and phrases.description


def test_the_file_is_what_the_builder_makes():
    pytest.importorskip("babel")
    built = phrases_by_language()
    assert {len(own) for own in built.values()} == {820}
    # Another version of Babel may carry other names; the file in the package stays what it is.
    if version("babel").startswith("2.18."):
        assert as_file(built) == FILE.read_bytes() or unpacked() == unpacked(as_file(built))


def test_ids_and_text_are_inverse(phrases):
    mine = ["Dank je wel", "Это по-русски", "naïve café"]
    assert [phrases.text(row) for row in phrases.ids(mine)] == mine
    assert phrases.text(phrases.ids(["漢字 ok"])[0]) == "\ufffd\ufffd ok"
    assert phrases.text(phrases.ids(["a" * 50])[0]) == "a" * LONGEST
    assert phrases.ids([]).shape == (0, LONGEST)


def test_words_are_read_as_words():
    vocabulary = ("", "\ufffd", "a", "good", "film")
    ids = ids_of(["A good  film", "film noir"], vocabulary, 4)
    np.testing.assert_array_equal(ids, [[2, 3, 4, 0], [4, 1, 0, 0]])
    assert text_of(ids[1], vocabulary) == "film \ufffd"


def test_the_order_of_the_training_texts_does_not_matter():
    assert characters_of(["ab", "ca"]) == characters_of(["ca", "ab"]) == ("", "\ufffd", "a", "b", "c")


def test_copies_keep_the_vocabulary(phrases):
    for copy in (phrases.subset(100), pickle.loads(pickle.dumps(phrases)), phrases.with_label_noise(0.1)):
        assert copy.vocabulary == phrases.vocabulary
        assert copy.text(copy.x_test[3]) == phrases.text(phrases.x_test[3])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda data: data.text("abc"), ValueError, "one row of whole numbers"),
        (lambda data: data.text(data.x_test), ValueError, "such as x_test"),
        (lambda data: data.text([0, 9999]), ValueError, "are 0 to"),
        (lambda data: data.ids("abc"), TypeError, r"write \['abc'\]"),
        (lambda data: data.ids([1, 2]), TypeError, "but it has 1"),
        (lambda data: replace(data, vocabulary=("", "\ufffd", "a")), ValueError, "has ids from"),
        (lambda data: replace(data, vocabulary=("a", "b", "c")), ValueError, "an empty one for padding"),
        (lambda data: datasets.load_iris().text([1, 2]), ValueError, "has no texts"),
        (lambda data: datasets.load_iris().ids(["a"]), ValueError, "has no texts"),
        (
            lambda data: replace(datasets.load_iris(), vocabulary=("", "\ufffd", "a")),
            ValueError,
            "whole numbers",
        ),
        (lambda data: datasets.load_phrases(seed=-1), ValueError, "seed must be at least 0"),
    ],
)
def test_what_does_not_fit_is_refused(phrases, call, error, message):
    with pytest.raises(error, match=message):
        call(phrases)


def unpacked(content=None):
    import gzip

    return gzip.decompress(content or FILE.read_bytes()).decode()
