"""Mu-law: eight bits for a sample of sound, fine steps where it is quiet and coarse ones where it is loud."""

import numpy as np

MU = 255.0


def to_mu_law(wave: np.ndarray) -> np.ndarray:
    """Squeeze samples into one byte each.

        F(s) = sign(s) ln(1 + 255 |s|) / ln(256), rounded to one of 255 steps from -1 to 1

    Args:
        wave: Sound pressure, -1 to 1; what lies outside is clipped.

    Returns:
        Bytes of the same shape, uint8, 1 to 255; 128 is silence.

    Example:
        >>> to_mu_law(np.array([-1.0, 0.0, 0.01, 1.0])).tolist()
        [1, 128, 157, 255]

    Reference:
        ITU-T G.711 (1988), Pulse code modulation of voice frequencies, https://www.itu.int/rec/T-REC-G.711
        (which draws the same curve in straight pieces).
    """
    wave = np.clip(np.asarray(wave, dtype=np.float64), -1.0, 1.0)
    squeezed = np.sign(wave) * np.log1p(MU * np.abs(wave)) / np.log1p(MU)
    return np.round(127.0 * squeezed + 128.0).astype(np.uint8)


def from_mu_law(samples: np.ndarray) -> np.ndarray:
    """The way back: sound pressure from bytes.

    Args:
        samples: Bytes, uint8, as `to_mu_law` makes them.

    Returns:
        Sound pressure of the same shape, float32, -1 to 1.

    Example:
        >>> from_mu_law(np.array([1, 128, 255], dtype=np.uint8)).tolist()
        [-1.0, 0.0, 1.0]
    """
    squeezed = (np.asarray(samples).astype(np.float64) - 128.0) / 127.0
    return (np.sign(squeezed) * np.expm1(np.abs(squeezed) * np.log1p(MU)) / MU).astype(np.float32)
