"""Spoken digits: size, balance, no voice in two parts, licence, noise, and the way to the ear."""

import shutil
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from tuningkit import datasets
from tuningkit.datasets import record_spoken_digits as recording
from tuningkit.datasets import spoken_clips as storage
from tuningkit.datasets.mu_law import from_mu_law, to_mu_law
from tuningkit.datasets.spoken_voices import ACCENTS, DIGITS, FAMILIES, voices_of

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def spoken():
    return datasets.load_spoken_digits()


@pytest.fixture(scope="module")
def clips():
    return {part: datasets.load_spoken_clips(part) for part in PARTS}


@pytest.fixture(scope="module")
def recorded():
    with np.load(storage.FILE) as file:
        return {name: file[name] for name in file.files}


def test_the_file_is_small_and_has_enough_clips(recorded):
    assert storage.FILE.stat().st_size <= 5_000_000
    assert len(recorded["digits"]) == 1600 >= 1500
    assert recorded["lengths"].sum() == len(recorded["samples"])
    assert recorded["lengths"].min() > 0.14 * 8000 and recorded["lengths"].max() <= storage.WINDOW
    assert recorded["samples"].dtype == np.uint8


def test_shapes_and_scale(spoken):
    assert [len(getattr(spoken, f"x_{part}")) for part in PARTS] == [980, 300, 320]
    assert spoken.input_shape == (39, 24, 1) and spoken.x_train.dtype == np.float32
    assert spoken.class_names == DIGITS
    # The training part sets the scale; the others follow it.
    assert abs(spoken.x_train.mean()) < 1e-4 and abs(spoken.x_train.std() - 1) < 1e-4
    assert abs(spoken.x_test.mean()) > 1e-3


def test_every_voice_says_every_digit_as_often(spoken, clips):
    for part in PARTS:
        voices, digits = clips[part].voices, clips[part].digits
        assert (np.bincount(getattr(spoken, f"y_{part}")) == len(digits) // 10).all()
        for voice in voices_of(part):
            assert (np.bincount(digits[voices == voice], minlength=10) == recording.TAKES).all()


def test_no_voice_and_no_family_is_in_two_parts(clips):
    for kind in ("voices", "families"):
        heard = [set(getattr(clips[part], kind)) for part in PARTS]
        assert sum(map(len, heard)) == len(set.union(*heard))
    assert [len(set(clips[part].voices)) for part in PARTS] == [49, 15, 16]
    for part in PARTS:
        families = clips[part].families
        assert set(families) == set(FAMILIES[part])
        assert all(
            voice in family.split("/") for voice, family in zip(clips[part].voices, families, strict=True)
        )


def test_no_sound_of_one_part_is_in_another():
    """Two voices with other names could still sound the same: compare every word with every other."""
    silent = {part: datasets.load_spoken_clips(part, snr=None) for part in PARTS}
    for digit in range(10):
        spectra = {}
        for part in PARTS:
            # Sizes of the spectrum do not depend on where the word lies in its window.
            size = np.abs(np.fft.rfft(silent[part].waves[silent[part].digits == digit]))
            spectra[part] = size / np.linalg.norm(size, axis=1, keepdims=True)
        for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
            assert (spectra[one] @ spectra[other].T).max() < 0.95
    assert (spectra["test"] @ spectra["test"].T).max() > 0.999  # the measure does find equal sounds


def test_rows_of_clips_are_rows_of_the_data_set(spoken, clips):
    raw = {part: datasets.log_mel(clips[part].waves)[..., None] for part in PARTS}
    mean, deviation = raw["train"].mean(dtype=float), raw["train"].std(dtype=float)
    for part in PARTS:
        np.testing.assert_array_equal(getattr(spoken, f"y_{part}"), clips[part].digits)
        expected = (raw[part] - mean) / deviation
        np.testing.assert_allclose(getattr(spoken, f"x_{part}"), expected, atol=1e-4)


def test_origin_and_licence_are_told(spoken):
    assert "espeak-ng" in spoken.source and "record_spoken_digits.py" in spoken.source
    assert "BSD-3-Clause" in spoken.licence and "GPL-3.0-or-later" in spoken.licence
    assert (Path(storage.__file__).parent / "record_spoken_digits.py").exists()
    assert "GNU General Public License" in datasets.load_spoken_digits.__doc__


def test_seed_and_noise(clips):
    again = datasets.load_spoken_clips("test")
    np.testing.assert_array_equal(again.waves, clips["test"].waves)
    other = datasets.load_spoken_clips("test", seed=1)
    assert not np.array_equal(other.waves, again.waves)
    np.testing.assert_array_equal(other.voices, again.voices)


def test_noise_has_the_strength_that_was_asked_for(recorded):
    silent = datasets.load_spoken_clips("validation", snr=None)
    noisy = datasets.load_spoken_clips("validation", snr=10)
    # Without noise, outside the word there is silence; the places differ, so compare the strengths.
    first = np.flatnonzero(recorded["parts"] == 1)[:20]
    ends = np.cumsum(recorded["lengths"])
    for row, place in enumerate(first):
        word = from_mu_law(recorded["samples"][ends[place] - recorded["lengths"][place] : ends[place]])
        assert np.sum(silent.waves[row] ** 2) == pytest.approx(np.sum(word**2), rel=1e-4)
        noise = (np.sum(noisy.waves[row] ** 2) - np.sum(word**2)) / storage.WINDOW
        assert noise / np.mean(word**2) == pytest.approx(0.1, rel=0.35)


def test_arrays_are_read_only(clips):
    with pytest.raises(ValueError, match="read-only"):
        clips["test"].waves[0, 0] = 1.0


def test_clips_can_be_played(clips):
    player = clips["test"].audio([0, 5])
    with wave.open(BytesIO(player.data)) as sound:
        assert sound.getframerate() == 8000
        assert sound.getnframes() == 2 * (storage.WINDOW + int(0.3 * 8000))
        heard = np.frombuffer(sound.readframes(storage.WINDOW), dtype="<i2")
    assert np.corrcoef(heard, clips["test"].waves[0])[0, 1] > 0.999
    assert "<audio" in player._repr_html_() and "http" not in player._repr_html_()
    assert clips["test"].describe(-1).startswith('"nine", said by ')


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.load_spoken_clips("all"), 'part must be "train", "validation" or "test"'),
        (lambda: datasets.load_spoken_digits(snr="loud"), "snr must be a number of decibels or None"),
        (lambda: datasets.load_spoken_digits(snr=True), "snr must be a number of decibels or None"),
        (lambda: datasets.load_spoken_clips(snr=1000), "snr must be from -40 to 120"),
        (lambda: datasets.load_spoken_clips(snr=float("nan")), "snr must be from -40 to 120"),
        (lambda: datasets.load_spoken_clips(seed=-1), "seed must be at least 0"),
        (lambda: datasets.load_spoken_clips("test").audio([]), "rows is empty"),
        (lambda: datasets.load_spoken_clips("test").audio(320), "rows must be row numbers from 0 to 319"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises((TypeError, ValueError, IndexError), match=message):
        call()


def test_mu_law_loses_little():
    wave_form = np.linspace(-1, 1, 4001)
    back = from_mu_law(to_mu_law(wave_form))
    # A step is at most ln(256) / 127 of a value's distance from -1 / 255, and the error half a step.
    assert (np.abs(back - wave_form) <= (np.abs(wave_form) + 1 / 255) * np.log(256) / 127 / 2 * 1.05).all()
    codes = np.arange(1, 256, dtype=np.uint8)
    np.testing.assert_array_equal(to_mu_law(from_mu_law(codes)), codes)
    assert to_mu_law(np.array([-3.0, 3.0])).tolist() == [1, 255]


def test_clean_resamples_trims_and_levels():
    rate = 22050
    tone = 0.3 * np.sin(2 * np.pi * 500 * np.arange(rate // 2) / rate)
    sound = recording.clean(np.concatenate([np.zeros(5000), tone, np.zeros(9000)]), rate)
    assert np.abs(sound).max() == pytest.approx(recording.LOUDEST)
    assert len(sound) == pytest.approx(4000 + 2 * recording.MARGIN, abs=40)
    assert np.abs(np.fft.rfft(sound)).argmax() * 8000 / len(sound) == pytest.approx(500, abs=2)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_espeak_says_again_what_the_file_holds(recorded):
    starts = np.cumsum(recorded["lengths"]) - recorded["lengths"]
    for row in (0, 777, 1599):
        sound = recording.speak(
            DIGITS[recorded["digits"][row]],
            voice=str(recorded["voices"][row]),
            accent=ACCENTS[recorded["accents"][row]],
            pitch=int(recorded["pitches"][row]),
            speed=int(recorded["speeds"][row]),
        )
        expected = recorded["samples"][starts[row] : starts[row] + recorded["lengths"][row]]
        said = to_mu_law(recording.clean(*sound))
        # Another version of espeak-ng may speak a little differently: near is enough.
        assert len(said) == pytest.approx(len(expected), rel=0.2)
        if len(said) == len(expected):
            assert np.corrcoef(from_mu_law(said), from_mu_law(expected))[0, 1] > 0.9
