"""Log-mel spectrograms: sound as an image of time and pitch, in plain NumPy."""

import numpy as np

from tuningkit.datasets.checks import as_plain_array, require_numbers

SAMPLING_RATE = 8000
FRAME = 256
HOP = 160
BANDS = 24
QUIETEST = 1e-6


def mel(frequency: np.ndarray) -> np.ndarray:
    """Pitch as people hear it: equal steps in mel sound equally far apart.

        m = 2595 log10(1 + f / 700)

    Args:
        frequency: Frequencies in hertz, 0 or more.

    Returns:
        Pitches in mel.

    Example:
        >>> np.round(mel(np.array([0, 1000, 2000, 4000]))).tolist()
        [0.0, 1000.0, 1521.0, 2146.0]

    Reference:
        D. O'Shaughnessy (1987), Speech Communication: Human and Machine, Addison-Wesley, p. 150.
    """
    return 2595.0 * np.log10(1.0 + np.asarray(frequency, dtype=np.float64) / 700.0)


def mel_filters(
    bands: int = BANDS, frame: int = FRAME, sampling_rate: int = SAMPLING_RATE, lowest: float = 60.0
) -> np.ndarray:
    """Triangles that sum the frequencies of a frame into bands, equally wide in mel.

    Triangle b rises from edge b to edge b + 1, where it is 1, and falls to edge b + 2. The bands + 2 edges
    divide the pitches from `lowest` to half the sampling rate into equal steps.

    Args:
        bands: Number of triangles.
        frame: Samples in a frame.
        sampling_rate: Samples per second.
        lowest: Lower end of the first triangle, in hertz.

    Returns:
        Weights of shape (bands, frame // 2 + 1), 0 to 1.

    Example:
        >>> mel_filters().shape
        (24, 129)
    """
    frequencies = np.fft.rfftfreq(frame, 1.0 / sampling_rate)
    pitches = np.linspace(mel(lowest), mel(sampling_rate / 2), bands + 2)
    edges = 700.0 * (10.0 ** (pitches / 2595.0) - 1.0)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - left) / (centre - left)
    falling = (right - frequencies) / (right - centre)
    return np.clip(np.minimum(rising, falling), 0.0, None)


def log_mel(waves: np.ndarray) -> np.ndarray:
    """Log-mel spectrograms of sounds at 8,000 samples per second.

    A frame of 256 samples (32 ms) every 160 (20 ms) is weighted with a Hann window w, so that its ends fade out,
    and taken apart into frequencies k; 24 triangles H sum their powers into bands b:

        X(t, k) = sum over n of w(n) s(160 t + n) exp(-2 pi i k n / 256),   w(n) = (1 - cos(2 pi n / 256)) / 2
        image(t, b) = ln(sum over k of H(b, k) |X(t, k)|^2 + 0.000001)

    Args:
        waves: Sound pressure, shape (sounds, samples) or (samples,), at least 256 samples.

    Returns:
        Natural logarithms of power, shape (sounds, frames, 24) or (frames, 24), float32.
        frames = 1 + (samples - 256) // 160.

    Raises:
        TypeError: If waves does not hold numbers.
        ValueError: If it has another shape, or fewer than 256 samples.

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 / 8000 * np.arange(8000))
        >>> log_mel(tone).shape, int(log_mel(tone)[0].argmax())
        ((49, 24), 10)

    Reference:
        S. Davis and P. Mermelstein (1980), Comparison of parametric representations for monosyllabic word
        recognition, https://doi.org/10.1109/TASSP.1980.1163420
    """
    array = as_plain_array(waves, "waves")
    require_numbers(array, "waves")
    if array.ndim not in (1, 2) or array.shape[-1] < FRAME:
        raise ValueError(
            f"waves must have the shape (sounds, samples) or (samples,) with {FRAME} samples or more, "
            f"but its shape is {array.shape}."
        )
    array = array.astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(array, FRAME, axis=-1)[..., ::HOP, :]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=-1)) ** 2
    return np.log(power @ mel_filters().T + QUIETEST).astype(np.float32)
