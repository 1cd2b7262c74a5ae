"""Texts as numbers: every character, or every word, has a place in a list, and its place is its id."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

#: The first two entries of every vocabulary. Padding is the empty text; the sign for an unknown entry is the one that
#: Unicode has for it.
PADDING, UNKNOWN = "", "\ufffd"


def characters_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The vocabulary of some texts: all their characters, the most frequent one first.

    Args:
        texts: Training texts. Characters of validation and test must stay unknown, as they would be later.

    Returns:
        Entries by id: 0 is padding, 1 stands for every unknown character.

    Example:
        >>> characters_of(["abba", "abc a"])
        ('', '�', 'a', 'b', ' ', 'c')
    """
    counts = Counter(character for text in texts for character in text)
    # Ties in the order of Unicode, so that the same texts give the same ids whatever their order.
    return (PADDING, UNKNOWN, *sorted(counts, key=lambda character: (-counts[character], character)))


def ids_of(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Texts as rows of ids.

    Args:
        texts: Any texts. Of a long one, the first ``length`` entries are kept.
        vocabulary: Entries by id. If all are single characters, texts are read character by character; if some are
            longer, word by word.
        length: Ids per row; a shorter text is followed by padding.

    Returns:
        Ids, shape (texts, length), int32.

    Example:
        >>> ids_of(["cab", "xa"], ("", "�", "a", "b", "c"), 4)
        array([[4, 2, 3, 0],
               [1, 2, 0, 0]], dtype=int32)
    """
    number = {entry: place for place, entry in enumerate(vocabulary) if place > 1}
    rows = np.zeros((len(texts), length), dtype=np.int32)
    for row, text in zip(rows, texts, strict=True):
        entries = text.lower().split() if of_words(vocabulary) else text
        known = [number.get(entry, 1) for entry in entries[:length]]
        row[: len(known)] = known
    return rows


def text_of(ids: np.ndarray, vocabulary: Sequence[str]) -> str:
    """One row of ids as text, padding left out.

    Args:
        ids: Shape (length,).
        vocabulary: Entries by id.

    Returns:
        The text, with the sign � for what the vocabulary does not know.

    Example:
        >>> text_of(np.array([4, 2, 3, 1, 0]), ("", "�", "a", "b", "c"))
        'cab�'
    """
    between = " " if of_words(vocabulary) else ""
    return between.join(vocabulary[place] for place in ids.tolist() if place)


def of_words(vocabulary: Sequence[str]) -> bool:
    """Whether the entries are words; otherwise they are characters."""
    return any(len(entry) > 1 for entry in vocabulary)
