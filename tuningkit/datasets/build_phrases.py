"""Write files/phrases.tsv.gz from the names that Babel carries: `python -m tuningkit.datasets.build_phrases`.

Babel brings the names of countries, languages, currencies, units and times in many languages, from Unicode's Common
Locale Data Repository (CLDR). The file is kept in the package, so that the data does not change with Babel's version.
"""

from __future__ import annotations

import gzip
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator

from tuningkit.datasets.phrases import FILE, LANGUAGES, LONGEST, PER_LANGUAGE

#: Letters that a phrase has at least: two say next to nothing, and many abbreviations are as short.
FEWEST_LETTERS = 3


def folded(phrase: str) -> str:
    """What two phrases have in common that look alike to a reader: letters without case, accents, spaces and signs.

    Phrases of one language with the same letters ("Tokio" and "TOKIO", "Dinar (1992-1993)" and "Dinar") count as one,
    so that no phrase of the training rows returns, hardly changed, in the test. Phrases with the same letters in two
    languages ("Madrid", or "Peru" and "Perú") have no right answer, and are left out of both.

    Args:
        phrase: Any text.

    Returns:
        Its letters.

    Example:
        >>> folded("São Tomé & Príncipe") == folded("Sao Tome Principe")
        True
    """
    return "".join(letter for letter in unicodedata.normalize("NFKD", phrase.casefold()) if letter.isalpha())


def names_in(language: str) -> Iterator[str]:
    """All names that Babel has in a language, in a fixed order; some come more than once.

    Args:
        language: A code such as "el".

    Yields:
        Names of countries, languages, scripts, currencies, units, cities, time zones, months, days and quarters.
    """
    from babel import Locale

    locale = Locale(language)
    for table in ("territories", "languages", "scripts", "variants", "currencies"):
        names = getattr(locale, table)
        yield from (names[code] for code in sorted(names))
    for table, width in (("unit_display_names", "long"), ("time_zones", "city")):
        names = getattr(locale, table)
        yield from (names[code][width] for code in sorted(names) if width in names[code])
    for code in sorted(locale.meta_zones):
        yield from filter(None, [locale.meta_zones[code].get("long", {}).get("standard")])
    for table in ("months", "days", "quarters"):
        names = getattr(locale, table)["format"]["wide"]
        yield from (names[number] for number in sorted(names))


def phrases_by_language() -> dict[str, list[str]]:
    """Phrases that belong to one language alone, equally many of each.

    Returns:
        Phrases by code, in the order of a checksum: as good as drawn at random, and the same wherever it runs.

    Raises:
        ValueError: If a language has too few of them.
    """
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        phrases = (unicodedata.normalize("NFC", " ".join(name.split())) for name in names_in(language))
        kept = found.setdefault(language, {})
        for phrase in phrases:
            kept.setdefault(folded(phrase), phrase)
    languages_with = Counter(letters for phrases in found.values() for letters in phrases)
    chosen = {}
    for language, phrases in found.items():
        own = [
            phrase
            for letters, phrase in phrases.items()
            if languages_with[letters] == 1 and len(letters) >= FEWEST_LETTERS and len(phrase) <= LONGEST
        ]
        if len(own) < PER_LANGUAGE:
            raise ValueError(
                f"{LANGUAGES[language]} has {len(own)} phrases of its own, but {PER_LANGUAGE} are needed."
            )
        chosen[language] = sorted(own, key=lambda phrase: hashlib.sha256(phrase.encode()).digest())[
            :PER_LANGUAGE
        ]
    return chosen


def as_file(phrases: dict[str, list[str]]) -> bytes:
    """The bytes of the file: lines of code, tab, phrase, packed without a date, so that they never differ."""
    lines = [f"{language}\t{phrase}\n" for language, own in phrases.items() for phrase in own]
    return gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0)


if __name__ == "__main__":
    from babel import __version__

    FILE.write_bytes(as_file(phrases_by_language()))
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes, from Babel {__version__}")
