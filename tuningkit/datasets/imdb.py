"""IMDB: film reviews, downloaded when asked for."""

from collections.abc import Sequence

import numpy as np

from tuningkit.datasets.checks import require_count
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.downloads import downloading
from tuningkit.datasets.vocabulary import PADDING, UNKNOWN

VALIDATION_SHARE = 0.2


def load_imdb(*, words: int = 10_000, length: int = 200, seed: int = 0) -> Dataset:
    """50,000 film reviews: does the writer like the film?

    The first call downloads 19 MB through `keras.datasets`, which compares checksums and keeps the files for later
    calls. The 25,000 test rows are those of the authors. Of their 25,000 training rows, a review that comes a second
    time, or is in the test part as well, is left out; a fifth of the others is drawn for validation.

    **From words to numbers.** Each word is replaced by its id: 0 is padding, 1 an unknown word, the others are in
    `data.vocabulary`, the most frequent word first. `data.text(row)` gives the words back (small letters, no full
    stops), `data.ids(["a fine film"])` reads your own.

    Args:
        words: How many of the most frequent words keep an id of their own, at least 10.
        length: Ids per row, at least 10. Of a longer review the end is kept, where the verdict often is.
        seed: Seed of the stratified split between training and validation.

    Returns:
        The dataset; rows of x have the shape (length,), int32.

    Raises:
        ConnectionError: If the files are not on this computer and there is no internet. `load_phrases` needs none.
        TypeError: If an argument is not a whole number.
        ValueError: If an argument is out of range, or a downloaded file has another checksum.

    Example:
        >>> reviews = load_imdb(length=100).subset(5000)  # doctest: +SKIP
        >>> reviews.class_names  # doctest: +SKIP
        ('negative', 'positive')

    Reference:
        A. L. Maas et al. (2011), Learning word vectors for sentiment analysis, https://aclanthology.org/P11-1015
    """
    import keras
    from sklearn.model_selection import train_test_split

    words, length = require_count(words, "words", least=10), require_count(length, "length", least=10)
    seed = require_count(seed, "seed", least=0)
    with downloading("IMDB", megabytes=19, instead="tk.datasets.load_phrases()"):
        # Keras counts words from 1; moved by one, 0 stays free for padding and 1 for unknown words.
        (texts, y), (texts_test, y_test) = keras.datasets.imdb.load_data(
            num_words=words + 2, start_char=None, oov_char=1, index_from=1
        )
        rank = keras.datasets.imdb.get_word_index()
    ranked = sorted((place, word) for word, place in rank.items() if place <= words)
    own = _without_repeats(texts, texts_test)
    x, y = _padded(texts, length)[own], np.asarray(y)[own]
    train, validation = train_test_split(
        np.arange(len(y)), test_size=VALIDATION_SHARE, random_state=seed, stratify=y
    )
    return Dataset(
        name="IMDB",
        x_train=x[train],
        y_train=y[train],
        x_validation=x[validation],
        y_validation=y[validation],
        x_test=_padded(texts_test, length),
        y_test=y_test,
        class_names=("negative", "positive"),
        source="A. L. Maas et al. (2011), https://ai.stanford.edu/~amaas/data/sentiment/",
        licence="none stated by its authors, who ask to cite the paper; the reviews belong to their writers",
        description=f"Film reviews, up to {length} words as ids; 0 is padding, 1 an unknown word.",
        vocabulary=(PADDING, UNKNOWN, *(word for _, word in ranked)),
    )


def _without_repeats(texts: Sequence[Sequence[int]], others: Sequence[Sequence[int]]) -> list[int]:
    """Places of the texts that are new: neither among the others nor earlier among themselves."""
    seen = {tuple(text) for text in others}
    new = []
    for place, text in enumerate(map(tuple, texts)):
        if text not in seen:
            seen.add(text)
            new.append(place)
    return new


def _padded(texts: Sequence[Sequence[int]], length: int) -> np.ndarray:
    """The last ids of each text, followed by zeros."""
    rows = np.zeros((len(texts), length), dtype=np.int32)
    for row, text in zip(rows, texts, strict=True):
        kept = text[-length:]
        row[: len(kept)] = kept
    return rows
