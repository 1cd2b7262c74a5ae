"""Make the clips of `load_spoken_digits` with espeak-ng, which must be installed; needs about two minutes.

    python -m tuningkit.datasets.record_spoken_digits [file]

With espeak-ng 1.51 the same bytes come out each time: pitch, speed and accent are drawn with a fixed seed, and
espeak-ng itself draws nothing. Another version may speak a little differently.
"""

import subprocess
import sys
from math import gcd
from pathlib import Path

import numpy as np

from tuningkit.datasets.mel_features import SAMPLING_RATE
from tuningkit.datasets.mu_law import to_mu_law
from tuningkit.datasets.spoken_voices import ACCENTS, DIGITS, FAMILIES, voices_of

TAKES = 2
SEED = 20
LOUDEST = 0.9
QUIET = 0.02
MARGIN = 80  # 10 ms, so that a word is not cut at its softest sound


def speak(text: str, *, voice: str, accent: str, pitch: int, speed: int) -> tuple[np.ndarray, int]:
    """Let espeak-ng say a text.

    Args:
        text: What to say.
        voice: A variant of espeak-ng, such as "f2".
        accent: A language of espeak-ng, such as "en-us".
        pitch: 0 (low) to 99 (high); 50 is the voice's own.
        speed: Words per minute.

    Returns:
        Sound pressure from -1 to 1, and samples per second.

    Raises:
        FileNotFoundError: If espeak-ng is not installed.
        subprocess.CalledProcessError: If it does not know the voice.
    """
    command = ["espeak-ng", "--stdout", "-v", f"{accent}+{voice}", "-p", str(pitch), "-s", str(speed), text]
    said = subprocess.run(command, capture_output=True, check=True).stdout
    # A WAV file on a pipe: its header of 44 bytes holds the rate, but not yet the true length.
    return np.frombuffer(said[44:], dtype="<i2") / 32768.0, int.from_bytes(said[24:28], "little")


def clean(wave: np.ndarray, rate: int) -> np.ndarray:
    """Bring a word to 8,000 samples per second, cut the silence around it, make all words equally loud.

    Args:
        wave: Sound pressure.
        rate: Its samples per second.

    Returns:
        Sound pressure, at most 0.9.
    """
    from scipy.signal import resample_poly

    common = gcd(SAMPLING_RATE, rate)
    wave = resample_poly(wave, SAMPLING_RATE // common, rate // common)
    loud = np.flatnonzero(np.abs(wave) > QUIET * np.abs(wave).max())
    wave = wave[max(loud[0] - MARGIN, 0) : loud[-1] + 1 + MARGIN]
    return wave * (LOUDEST / np.abs(wave).max())


def record(path: Path) -> None:
    """Speak all digits with all voices and write one file.

    Args:
        path: The file to write, ending in .npz.
    """
    generator = np.random.default_rng(SEED)
    clips, rows = [], []
    for part in FAMILIES:
        for voice in voices_of(part):
            accents = generator.choice(len(ACCENTS), TAKES, replace=False)
            for accent in accents:
                for digit, word in enumerate(DIGITS):
                    pitch, speed = int(generator.integers(35, 66)), int(generator.integers(150, 201))
                    sound = speak(word, voice=voice, accent=ACCENTS[accent], pitch=pitch, speed=speed)
                    clips.append(to_mu_law(clean(*sound)))
                    rows.append((list(FAMILIES).index(part), voice, digit, accent, pitch, speed))
    parts, voices, digits, accents, pitches, speeds = zip(*rows, strict=True)
    np.savez_compressed(
        path,
        samples=np.concatenate(clips),
        lengths=np.array([len(clip) for clip in clips], dtype=np.int32),
        parts=np.array(parts, dtype=np.uint8),
        voices=np.array(voices),
        digits=np.array(digits, dtype=np.uint8),
        accents=np.array(accents, dtype=np.uint8),
        pitches=np.array(pitches, dtype=np.uint8),
        speeds=np.array(speeds, dtype=np.uint8),
    )
    print(f"{len(clips):,} clips in {path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    record(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("files") / "spoken_digits.npz"
    )
