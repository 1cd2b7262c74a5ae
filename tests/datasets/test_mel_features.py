"""Log-mel images: against a slow computation from the formula, against SciPy, and on sounds with a known answer."""

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT

from tuningkit.datasets import load_spoken_clips, log_mel
from tuningkit.datasets.mel_features import BANDS, FRAME, HOP, SAMPLING_RATE, mel, mel_filters


@pytest.fixture(scope="module")
def waves():
    return load_spoken_clips("test").waves[:3]


def slow_log_mel(wave):
    """The formula of the docstring, sum by sum."""
    times = np.arange(FRAME)
    window = (1 - np.cos(2 * np.pi * times / FRAME)) / 2
    top, bottom = 2595 * np.log10(1 + 4000 / 700), 2595 * np.log10(1 + 60 / 700)
    edges = [700 * (10 ** ((bottom + (top - bottom) * i / 25) / 2595) - 1) for i in range(26)]
    image = np.zeros((1 + (len(wave) - FRAME) // HOP, BANDS))
    for t in range(len(image)):
        piece = wave[HOP * t : HOP * t + FRAME].astype(np.float64) * window
        power = [
            np.abs(np.sum(piece * np.exp(-2j * np.pi * k * times / FRAME))) ** 2
            for k in range(FRAME // 2 + 1)
        ]
        for b in range(BANDS):
            energy = 0.0
            for k in range(FRAME // 2 + 1):
                frequency = k * SAMPLING_RATE / FRAME
                if edges[b] <= frequency <= edges[b + 1]:
                    energy += power[k] * (frequency - edges[b]) / (edges[b + 1] - edges[b])
                elif edges[b + 1] < frequency <= edges[b + 2]:
                    energy += power[k] * (edges[b + 2] - frequency) / (edges[b + 2] - edges[b + 1])
            image[t, b] = np.log(energy + 1e-6)
    return image


def test_equals_the_formula(waves):
    for wave in waves[:2]:
        np.testing.assert_allclose(log_mel(wave), slow_log_mel(wave), atol=2e-3)


def test_equals_scipys_fourier_transform(waves):
    window = (1 - np.cos(2 * np.pi * np.arange(FRAME) / FRAME)) / 2
    transform = ShortTimeFFT(window, HOP, SAMPLING_RATE)
    # SciPy counts a frame by its middle: the first whole one is the first that begins at sample 0 here.
    for wave, image in zip(waves, log_mel(waves), strict=True):
        pieces = np.stack([wave[HOP * t : HOP * t + FRAME] for t in range(len(image))]).astype(float)
        power = np.array(
            [np.abs(transform.stft(piece, 0, 1, k_offset=FRAME // 2)[:, 0]) ** 2 for piece in pieces]
        )
        np.testing.assert_allclose(image, np.log(power @ mel_filters().T + 1e-6), atol=2e-3)


def test_one_sound_or_many(waves):
    images = log_mel(waves)
    assert images.shape == (3, 39, 24) and images.dtype == np.float32
    np.testing.assert_allclose(log_mel(waves[1]), images[1], atol=1e-5)


@pytest.mark.parametrize("frequency", [150, 500, 1000, 3000])
def test_a_tone_lights_up_its_own_band(frequency):
    tone = np.sin(2 * np.pi * frequency * np.arange(4000) / SAMPLING_RATE)
    brightest = log_mel(tone).mean(axis=0).argmax()
    centres = np.linspace(mel(60), mel(4000), BANDS + 2)[1:-1]
    assert brightest == np.abs(centres - mel(frequency)).argmin()


def test_filters_cover_every_frequency_between_the_ends():
    filters = mel_filters()
    assert filters.min() >= 0 and filters.max() <= 1 and (filters.sum(axis=1) > 0).all()
    frequencies = np.fft.rfftfreq(FRAME, 1 / SAMPLING_RATE)
    edges = 700 * (10 ** (np.linspace(mel(60), mel(4000), BANDS + 2) / 2595) - 1)
    middle = (frequencies > edges[1]) & (frequencies < edges[-2])
    np.testing.assert_allclose(filters.sum(axis=0)[middle], 1, atol=1e-9)


def test_twice_as_loud_is_the_same_image_shifted(waves):
    loud = log_mel(waves[0]) > -8  # where the smallest power does not count
    shift = log_mel(2 * waves[0])[loud] - log_mel(waves[0])[loud]
    np.testing.assert_allclose(shift, np.log(4), atol=0.01)


def test_silence_is_the_quietest_value():
    np.testing.assert_allclose(log_mel(np.zeros(256)), np.log(1e-6), rtol=1e-6)


@pytest.mark.parametrize(
    ("waves", "message"),
    [
        (np.zeros(255), "256 samples or more, but its shape is"),
        (np.zeros((2, 3, 300)), "must have the shape"),
        (["sound"], "contains text"),
        (1.0, "must hold one entry per example"),
    ],
)
def test_no_sound_is_refused(waves, message):
    with pytest.raises((TypeError, ValueError), match=message):
        log_mel(waves)
