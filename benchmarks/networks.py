"""The networks that are measured, in ordinary Keras."""

from __future__ import annotations

import inspect


def digits_network():
    import keras

    keras.utils.set_random_seed(0)
    l2 = keras.regularizers.L2(1e-4)
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(128, "relu", kernel_regularizer=l2),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(10, kernel_regularizer=l2),
        ]
    )


def small_cnn():
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(10),
        ]
    )


def cells(*lab_lines: str) -> list[str]:
    """The same network as a learner's notebook has it: a cell that makes it, and a cell with the lab."""
    network = inspect.getsource(digits_network)
    make = "import tuningkit as tk\n\ndigits = tk.datasets.load_digits()\nmodel = digits_network()"
    return [f"{network}\n\n{make}", "\n".join(lab_lines)]
