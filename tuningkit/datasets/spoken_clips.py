"""Spoken digits as sound: what `load_spoken_digits` makes its images from, to listen to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuningkit.datasets.checks import require_count
from tuningkit.datasets.mel_features import SAMPLING_RATE
from tuningkit.datasets.mu_law import from_mu_law
from tuningkit.datasets.spoken_voices import ACCENTS, DIGITS, FAMILIES

if TYPE_CHECKING:
    from IPython.display import Audio

FILE = Path(__file__).with_name("files") / "spoken_digits.npz"
PARTS = tuple(FAMILIES)
WINDOW = 6400


@dataclass(frozen=True, eq=False, repr=False)
class SpokenClips:
    """Spoken digits of one part, row by row as in the data set of `load_spoken_digits`.

    Args:
        part: "train", "validation" or "test".
        waves: Sound pressure, shape (rows, 6400), float32: 0.8 s at 8,000 samples per second.
        digits: What is said, shape (rows,), 0 to 9.
        voices: Who says it, shape (rows,): names of espeak-ng's voices.
        families: The voice or the related voices it belongs to, shape (rows,).
        accents: In which English, shape (rows,), such as "en-gb-scotland".
    """

    part: str
    waves: np.ndarray
    digits: np.ndarray
    voices: np.ndarray
    families: np.ndarray
    accents: np.ndarray
    sampling_rate: int = SAMPLING_RATE

    def __len__(self) -> int:
        return len(self.waves)

    def __repr__(self) -> str:
        return f"SpokenClips({len(self):,} {self.part} clips of {len(set(self.voices))} voices)"

    def describe(self, row: int) -> str:
        """What is said in a row, and by whom.

        Args:
            row: Row number.

        Returns:
            A few words.

        Example:
            >>> load_spoken_clips("test").describe(0)
            '"zero", said by Demonic (en-gb-x-gbcwmd)'
        """
        return f'"{DIGITS[self.digits[row]]}", said by {self.voices[row]} ({self.accents[row]})'

    def audio(self, rows: int | Sequence[int], *, pause: float = 0.3) -> "Audio":
        """A player for one clip, or for several in a row; make it the last line of a cell.

        Args:
            rows: A row number, or several.
            pause: Silence between two clips, in seconds.

        Returns:
            The player, which works offline. It plays the clips as loud as the loudest of them allows.

        Raises:
            IndexError: If there is no such row.
            ValueError: If rows is empty.
        """
        from IPython.display import Audio

        chosen = np.atleast_1d(np.asarray(rows, dtype=int))
        if not chosen.size:
            raise ValueError("rows is empty: there is nothing to play.")
        if chosen.min() < -len(self) or chosen.max() >= len(self):
            raise IndexError(f"rows must be row numbers from 0 to {len(self) - 1}, but they are {rows!r}.")
        silence = np.zeros(int(pause * self.sampling_rate), dtype=np.float32)
        sound = np.concatenate([piece for row in chosen for piece in (self.waves[row], silence)])
        return Audio(sound, rate=self.sampling_rate)


def load_spoken_clips(
    part: Literal["train", "validation", "test"] = "train", *, snr: float | None = 20.0, seed: int = 0
) -> SpokenClips:
    """The sounds behind `load_spoken_digits`: one part's clips, to hear and to measure by yourself.

    Each word lies at a random place in 0.8 s. White noise is added over the whole 0.8 s, with a standard
    deviation that follows from the word's own strength:

        noise = rms(word) * 10 ^ (-snr / 20)

    Args:
        part: "train", "validation" or "test"; no voice, and no near relative of it, is in two of them.
        snr: Signal-to-noise ratio in decibels: 20 is a quiet hiss, 0 noise as strong as the word. None adds
            no noise.
        seed: Seed of places and noise.

    Returns:
        The clips; with the same `snr` and `seed`, its rows are those of `load_spoken_digits`.

    Raises:
        TypeError: If snr is not a number.
        ValueError: If there is no such part, or snr or seed is out of range.

    Example:
        >>> load_spoken_clips("test", snr=10)
        SpokenClips(320 test clips of 16 voices)
    """
    if part not in PARTS:
        raise ValueError(f'part must be "train", "validation" or "test", but it is {part!r}.')
    loudness = _noise_share(snr)
    generator = np.random.default_rng([require_count(seed, "seed", least=0), PARTS.index(part)])
    recorded = _recorded()
    rows = np.flatnonzero(recorded["parts"] == PARTS.index(part))
    waves = np.zeros((len(rows), WINDOW), dtype=np.float32)
    for wave, row in zip(waves, rows, strict=True):
        word = from_mu_law(recorded["samples"][recorded["starts"][row] : recorded["ends"][row]])
        place = generator.integers(WINDOW - len(word) + 1)
        wave += generator.standard_normal(WINDOW, dtype=np.float32) * (loudness * np.sqrt(np.mean(word**2)))
        wave[place : place + len(word)] += word
    voices = recorded["voices"][rows]
    family_of = {voice: family for family in FAMILIES[part] for voice in family.split("/")}
    return SpokenClips(
        part=part,
        waves=_frozen(waves),
        digits=_frozen(recorded["digits"][rows].astype(np.int32)),
        voices=_frozen(voices),
        families=_frozen(np.array([family_of[voice] for voice in voices])),
        accents=_frozen(np.array(ACCENTS)[recorded["accents"][rows]]),
    )


@cache
def _recorded() -> dict[str, np.ndarray]:
    """The file in the package, read once."""
    with np.load(FILE) as file:
        arrays = {name: file[name] for name in file.files}
    ends = np.cumsum(arrays["lengths"])
    return arrays | {"starts": ends - arrays["lengths"], "ends": ends}


def _noise_share(snr: Any) -> float:
    """Noise as a share of the word's strength."""
    if snr is None:
        return 0.0
    if isinstance(snr, bool) or not isinstance(snr, int | float | np.integer | np.floating):
        raise TypeError(f"snr must be a number of decibels or None, but it is {snr!r}.")
    if not -40 <= snr <= 120:
        raise ValueError(f"snr must be from -40 to 120 decibels, or None for no noise, but it is {snr!r}.")
    return 10.0 ** (-float(snr) / 20.0)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
