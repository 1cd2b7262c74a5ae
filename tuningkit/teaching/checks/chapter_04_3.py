"""Checks of chapter 4.3, the regularised network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuningkit.teaching.exercises import exercise
from tuningkit.teaching.results import Finding, describe, right, wrong

# Losses of six seeds. They go up and down together, so that a paired interval is much narrower than another one.
_PLAIN = np.array([0.30, 0.42, 0.35, 0.51, 0.38, 0.44])
_REGULARISED = np.array([0.27, 0.40, 0.36, 0.46, 0.35, 0.43])


@exercise("4.3-a", "A paired interval", hint="Begin with the differences, then use nothing but these.")
def paired_interval(answer: Any) -> Iterator[Finding]:
    """Mean of the differences, and mean plus and minus t times s over the root of n."""
    if not callable(answer):
        yield wrong(
            f"The answer is a function of two arrays, but you gave {describe(answer)}.",
            "def paired_interval(plain, regularised):",
        )
        return
    got = np.asarray(answer(_PLAIN.copy(), _REGULARISED.copy()), float)
    if got.shape != (3,):
        yield wrong(
            f"The function should return three numbers, mean, low and high, but the shape is {got.shape}.",
            "return mean, low, high",
        )
        return
    mean = float(np.mean(_REGULARISED - _PLAIN))
    if np.isclose(got[0], -mean):
        yield wrong(
            "The difference is taken the other way round: regularised minus plain is asked for.",
            "Below zero means that the regularised network has the lower loss.",
        )
        return
    if not np.isclose(got[0], mean):
        yield wrong(f"The mean difference of the test should be {mean:.4f}, but is {got[0]:.4f}.")
        return
    yield right("The mean difference, regularised minus plain.")
    yield from _the_ends(got)


def _the_ends(got: np.ndarray) -> Iterator[Finding]:
    mean, low, high = got
    if low > high:
        yield wrong("The lower end is above the higher one.", "Return mean, low, high, in this order.")
        return
    if not np.isclose(mean - low, high - mean):
        yield wrong("The two ends should be equally far from the mean.")
        return
    from scipy import stats

    differences = _REGULARISED - _PLAIN
    n = len(differences)
    t, spread = stats.t.ppf(0.975, n - 1), differences.std(ddof=1)
    half = high - mean
    apart = np.sqrt(_PLAIN.var(ddof=1) / n + _REGULARISED.var(ddof=1) / n)
    mistakes = [
        (t * differences.std() / np.sqrt(n), "The deviation is divided by n; with so few numbers divide by n - 1.",
         "np.std(..., ddof=1)"),
        (t * spread, "This is the spread of single differences; the mean of n of them is surer.",
         "Divide by the square root of n."),
        (stats.norm.ppf(0.975) * spread / np.sqrt(n), "1.96 is for many numbers; with few, Student's t is larger.",
         "stats.t.ppf(0.975, n - 1)"),
        (stats.t.ppf(0.95, n - 1) * spread / np.sqrt(n), "That is a 90 % interval: 5 % are left out on each side.",
         "stats.t.ppf(0.975, n - 1)"),
        (stats.t.ppf(0.975, n) * spread / np.sqrt(n), "Student's distribution has n - 1 degrees of freedom, not n.",
         "stats.t.ppf(0.975, n - 1)"),
        (stats.t.ppf(0.975, 2 * n - 2) * apart,
         "This treats the two arrays as unrelated; what a seed does to both should cancel out.",
         "Take the deviation of the differences."),
    ]  # fmt: skip
    if np.isclose(half, t * spread / np.sqrt(n)):
        yield right("Both ends of the paired 95 % interval.")
        return
    for value, text, look in mistakes:
        if np.isclose(half, value):
            yield wrong(text, look)
            return
    yield wrong(
        f"The interval should reach {t * spread / np.sqrt(n):.4f} to each side of the mean, but reaches {half:.4f}.",
        "t, times the deviation of the differences, over the root of n.",
    )


@exercise("4.3-b", "A training that can be judged", hint="Compare with `repaired` and `stop` of the chapter.")
def sound_training(answer: Any) -> Iterator[Finding]:
    """A compiled, regularised network for whole-number labels, and an early stop on the validation rows."""
    import keras

    if not isinstance(answer, tuple | list) or len(answer) != 2:
        yield wrong(
            f"The answer is a tuple of a network and a callback, but you gave {describe(answer)}.",
            "sound_training = (network, callback)",
        )
        return
    network, callback = answer
    if not isinstance(network, keras.Model) or not isinstance(callback, keras.callbacks.Callback):
        yield wrong(
            f"The tuple should hold a Keras model and a callback, but holds {describe(network)} and "
            f"{describe(callback)}.",
            "The network comes first.",
        )
        return
    if not network.built or tuple(network.input_shape) != (None, 64):
        yield wrong("The network should take 64 numbers per row.", "Begin with keras.Input((64,)).")
        return
    yield from _network(network)
    yield from _early_stop(callback)


def _network(network: Any) -> Iterator[Finding]:
    if not network.compiled:
        yield wrong("The network is not compiled, so nothing says what it minimises.", "network.compile(...)")
        return
    if tuple(network.output_shape) != (None, 10):
        yield wrong(
            f"There should be ten outputs, one per class, but the output has the shape {network.output_shape}."
        )
        return
    yield from _loss(network)
    if _penalised(network) or _drops(network):
        yield right("It is regularised.")
    else:
        yield wrong(
            "The network has neither an L1 or L2 penalty nor dropout.",
            "Dense(..., kernel_regularizer=keras.regularizers.L2(1e-3)), or a Dropout layer",
        )
    asked = [name for name in _metric_names(network) if "acc" in name]
    if asked:
        yield right("Accuracy is measured, which contains no penalty.")
    else:
        yield wrong("The accuracy is not among the metrics.", 'compile(..., metrics=["accuracy"])')


def _loss(network: Any) -> Iterator[Finding]:
    import keras

    loss = network.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    if "sparse_categorical_crossentropy" not in str(name).lower():
        yield wrong(
            f"The loss should take whole-number labels, as the digits have them; yours is {name!r}.",
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        )
        return
    from_logits = bool(isinstance(loss, keras.losses.Loss) and loss.get_config().get("from_logits"))
    last = network.layers[-1]
    softmax = isinstance(last, keras.layers.Softmax) or (
        getattr(getattr(last, "activation", None), "__name__", "") == "softmax"
    )
    if softmax and from_logits:
        yield wrong(
            "The network ends with a softmax, and the loss applies another one (from_logits=True).",
            "Leave out one of the two.",
        )
    elif not softmax and not from_logits:
        yield wrong(
            "The outputs are raw scores, but the loss takes them for probabilities.",
            "Either from_logits=True in the loss, or a softmax in the last layer.",
        )
    else:
        yield right("The loss fits the labels and the outputs.")


def _penalised(network: Any) -> bool:
    for layer in network.layers:
        penalty = getattr(layer, "kernel_regularizer", None)
        if any(float(getattr(penalty, name, 0) or 0) > 0 for name in ("l1", "l2")):
            return True
    return False


def _drops(network: Any) -> bool:
    return any(type(layer).__name__.endswith("Dropout") and layer.rate > 0 for layer in network.layers)


def _metric_names(network: Any) -> list[str]:
    given = network.get_compile_config() or {}
    metrics = given.get("metrics") or []
    names = []
    for metric in metrics if isinstance(metrics, list) else [metrics]:
        if isinstance(metric, dict):
            config = metric.get("config", {})
            metric = config.get("name", metric.get("class_name", "")) if isinstance(config, dict) else config
        names.append(str(metric).lower())
    return names


def _early_stop(callback: Any) -> Iterator[Finding]:
    import keras

    if not isinstance(callback, keras.callbacks.EarlyStopping):
        yield wrong(
            f"The callback should stop early, but it is {describe(callback)}.",
            "keras.callbacks.EarlyStopping",
        )
        return
    if not callback.monitor.startswith("val_"):
        yield wrong(
            f"The callback watches {callback.monitor!r}, which is measured on training rows.",
            'monitor="val_loss", or another name that begins with val_',
        )
    elif not callback.restore_best_weights:
        yield wrong(
            "After stopping, the weights of the last epoch would stay, not those of the best.",
            "restore_best_weights=True",
        )
    else:
        yield right("It stops on the validation rows and goes back to the best epoch.")
