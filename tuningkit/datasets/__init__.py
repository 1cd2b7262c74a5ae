"""Data for the lessons, all of it offline, two larger sets by name, and a door for a learner's own arrays.

Every loader returns a `Dataset`: read-only arrays, already split into training, validation and test parts and
scaled by the training part's statistics. To add a loader, write one file with one function and name it below;
heavy libraries are imported inside the function, so that importing this package stays quick.
"""

from tuningkit.datasets.blobs import make_blobs
from tuningkit.datasets.breast_cancer import load_breast_cancer
from tuningkit.datasets.bumps import make_bumps
from tuningkit.datasets.circles import make_circles
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.digits import load_digits
from tuningkit.datasets.fashion_mnist import load_fashion_mnist
from tuningkit.datasets.imdb import load_imdb
from tuningkit.datasets.iris import load_iris
from tuningkit.datasets.mel_features import log_mel
from tuningkit.datasets.moons import make_moons
from tuningkit.datasets.phrases import load_phrases
from tuningkit.datasets.plane import make_plane
from tuningkit.datasets.spirals import make_spirals
from tuningkit.datasets.spoken_clips import SpokenClips, load_spoken_clips
from tuningkit.datasets.spoken_digits import load_spoken_digits
from tuningkit.datasets.wine import load_wine
from tuningkit.datasets.xor import make_xor

__all__ = [
    "Dataset",
    "SpokenClips",
    "load_breast_cancer",
    "load_digits",
    "load_fashion_mnist",
    "load_imdb",
    "load_iris",
    "load_phrases",
    "load_spoken_clips",
    "load_spoken_digits",
    "load_wine",
    "log_mel",
    "make_blobs",
    "make_bumps",
    "make_circles",
    "make_moons",
    "make_plane",
    "make_spirals",
    "make_xor",
]
