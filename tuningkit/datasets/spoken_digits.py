"""Spoken digits: short sounds as images of time and pitch, from voices that are never heard in two parts."""

import numpy as np

from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.mel_features import log_mel
from tuningkit.datasets.scaling import scale_inputs
from tuningkit.datasets.spoken_clips import PARTS, load_spoken_clips
from tuningkit.datasets.spoken_voices import DIGITS

LICENCE = (
    "The clips are part of tuningkit (BSD-3-Clause). espeak-ng, which spoke them, is GPL-3.0-or-later; section 2 of "
    "that licence covers a program's output only if the output itself contains the covered work."
)


def load_spoken_digits(*, snr: float | None = 20.0, seed: int = 0) -> Dataset:
    """1,600 spoken digits as log-mel images: 980 training, 300 validation and 320 test rows.

    "zero" to "nine" in English, twice by each of 80 synthetic voices: 49 for training, 15 for validation, 16 for
    the test. **No voice is in two parts**, nor are related voices, so the test asks what a product is asked:
    does it understand somebody it has never heard? Within a part, the 20 clips of one voice resemble each other.
    Intervals that treat them as 320 independent answers are too narrow; resample voices, not clips.

    The clips were made once with the speech synthesiser espeak-ng 1.51 by `record_spoken_digits.py` beside this
    file: random accent, pitch and speed, 8,000 samples per second, stored as 8-bit mu-law. Synthetic speech is
    cleaner and more uniform than people's. When loaded, each word is put at a random place in 0.8 s, white noise
    is added, and `tuningkit.datasets.log_mel` makes the image; all values share one scale, mean 0 and standard
    deviation 1 in the training part. Nothing is downloaded, and espeak-ng need not be installed.

    **Licence.** espeak-ng is GPL-3.0-or-later. Section 2 of the GPL says that a program's output is covered only
    if the output, given its content, constitutes a covered work. Vowels are computed from a table of resonances.
    The noise of consonants such as s and t comes from short sound files inside espeak-ng, mixed in and here
    resampled: fractions of a second, of no use as a part of the program. We read the licence so that spoken words
    are not a covered work. This is our reading, not legal advice.

    Args:
        snr: Signal-to-noise ratio in decibels; None adds no noise.
        seed: Seed of places and noise. The split is always the same.

    Returns:
        The dataset; `x_train` has the shape (980, 39, 24, 1): rows, frames of 20 ms, mel bands from low to high.
        `load_spoken_clips(part)` has the same rows as sounds, with their voices.

    Raises:
        TypeError: If snr is not a number.
        ValueError: If snr or seed is out of range.

    Example:
        >>> load_spoken_digits().input_shape
        (39, 24, 1)

    Reference:
        espeak-ng, https://github.com/espeak-ng/espeak-ng, its docs/phontab.md on how sounds are made;
        GNU General Public License 3, https://www.gnu.org/licenses/gpl-3.0.html
    """
    clips = {part: load_spoken_clips(part, snr=snr, seed=seed) for part in PARTS}
    images = (log_mel(clips[part].waves)[..., None] for part in PARTS)
    train, validation, test = scale_inputs(*images)
    return Dataset(
        name="spoken digits",
        x_train=train,
        y_train=clips["train"].digits,
        x_validation=validation,
        y_validation=clips["validation"].digits,
        x_test=test,
        y_test=clips["test"].digits,
        class_names=DIGITS,
        source="made with espeak-ng 1.51 by tuningkit/datasets/record_spoken_digits.py",
        licence=LICENCE,
        description=f"1,600 spoken digits, {np.prod(train.shape[1:])} log-mel values each; no voice is in two parts.",
    )
